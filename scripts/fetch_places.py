"""Fetch many places from OpenStreetMap, each with a study file that runs.

    python scripts/fetch_places.py places.csv --out studies
    python scripts/fetch_places.py places.csv --out studies --pbf jilin-latest.osm.pbf

The list is a CSV file (UTF-8) with a column `name`, which becomes the name of the folder, and a column
`place` (asked of Nominatim) or `bbox` (west,south,east,north); a column `admin_level` is optional. Each
place goes to `<out>/<name>/`, its study file to `<out>/<name>/<name>.toml`, so that
`cfspace batch '<out>/*/*.toml' --out results` runs them all. A place that is there already is left alone,
so that a broken-off call is gone on with; one that cannot be had is told at the end, and the others are
fetched.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Sequence
from pathlib import Path

import cfspace
from cfspace.io.fetch import Servers, Wish, fetch


def main(arguments: Sequence[str] | None = None) -> int:
    """Fetch the places, and return the exit status."""
    options = parser().parse_args(arguments)
    try:
        wishes = read_list(options.places, options.pbf)
    except cfspace.InputError as error:
        print(error, file=sys.stderr)
        return 2
    failed = [name for name, wish in wishes.items() if not fetch_one(name, wish, options.out)]
    print(f"{len(wishes) - len(failed)} of {len(wishes)} places in {options.out}")
    return 2 if failed else 0


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    what = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, prog="fetch_places.py"
    )
    what.add_argument("places", type=Path, metavar="LIST", help="CSV file of places")
    what.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the studies")
    what.add_argument("--pbf", type=Path, metavar="FILE", help="cut them out of this large OSM file")
    return what


def read_list(path: Path, pbf: Path | None) -> dict[str, Wish]:
    """Return what to fetch by name.

    Raises
    ------
    InputError
        If the list cannot be read, a name is missing or stands twice, or a row names no place.
    """
    if not path.is_file():
        raise cfspace.InputError(f"{path}: no such file; give a CSV file with columns name and place or bbox")
    wishes: dict[str, Wish] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            name, level = (row.get("name") or "").strip(), (row.get("admin_level") or "").strip()
            place, box = (row.get("place") or "").strip() or None, (row.get("bbox") or "").strip() or None
            if not name or name in wishes or "/" in name:
                raise cfspace.InputError(
                    f"{path}: row {number}: name {name!r}; give each place one of its own"
                )
            if (place is None) == (box is None):
                raise cfspace.InputError(f"{path}: row {number} ({name}): give either place or bbox")
            wishes[name] = Wish(
                place=place, box=box, pbf=pbf, name=name, admin_level=int(level) if level else None
            )
    if not wishes:
        raise cfspace.InputError(f"{path}: holds no place; write a row for each")
    return wishes


def fetch_one(name: str, wish: Wish, out: Path) -> bool:
    """Fetch a place unless it is there; tell what is wrong with it, and return whether it is there now."""
    study = out / name / f"{name}.toml"
    if study.is_file():
        return True
    try:
        fetch(wish, out / name, servers=Servers()).rename(study)
    except cfspace.CfspaceError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
