"""From the name of a place to a folder with its map, its outline and a study file that runs."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import geopandas as gpd
import osmium
from osmium.filter import KeyFilter
from osmium.osm import WAY

from cfspace.errors import OsmError, OutputError, ParameterError
from cfspace.io.atomic import atomic_file, check_output
from cfspace.io.fetch_overpass import Overpass, fetch_tiles, merge_tiles, snapshot_of, tiles_of
from cfspace.io.fetch_pbf import Box, cut_osm
from cfspace.io.fetch_place import NOMINATIM_URL, Place, find_place, place_of_box, place_of_file
from cfspace.io.fetch_study import MARGIN_M, Wish, readme, study_text

logger = logging.getLogger(__name__)

__all__ = ["MARGIN_M", "Servers", "Wish", "fetch"]

Tell = Callable[[str], None]

PARTS: Final = ".parts"
MARKER: Final = ".cfspace"
OWN: Final = frozenset({"city.osm", "city.osm.pbf", "boundary.geojson", "README.md", MARKER, PARTS})
"""What a fetch that was broken off may have left; study.toml comes last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Servers:
    """Whom to ask."""

    nominatim: str = NOMINATIM_URL
    overpass: Overpass = field(default_factory=Overpass)


def _silent(_: str) -> None:
    return


def fetch(
    wish: Wish, out: Path, *, servers: Servers | None = None, force: bool = False, tell: Tell = _silent
) -> Path:
    """Fetch a place, and write a study file for it.

    Parameters
    ----------
    wish
        Which place, and how much of it.
    out
        The folder to fill. One that a broken-off call left is gone on with.
    servers
        Whom to ask.
    force
        Whether an earlier fetch there may be replaced.
    tell
        Called with what is being done, in words.

    Returns
    -------
    The study file.

    Raises
    ------
    ParameterError
        If the wish makes no sense.
    OutputError
        If the folder is taken.
    DownloadError
        If the place is unknown or a server cannot be had; what was downloaded is kept.
    OsmError, LayerError, CrsError
        If a file of the user's cannot be read, or there is no street in the place.
    """
    servers = servers or Servers()
    _check(wish)
    _check_room(out, force=force)
    place = _place(wish, out, servers, tell)
    box = place.box(margin_m=wish.margin_m)
    if wish.pbf is not None:
        with _leaving_nothing(out):
            file, snapshot = _cut(wish, wish.pbf, out, box, tell)
    else:
        file, snapshot = _download(wish, place, out, box, servers, tell)
    study = _write_folder(wish, place, file, snapshot, out)
    for earlier in {"city.osm", "city.osm.pbf"} - {file.name}:
        (out / earlier).unlink(missing_ok=True)
    shutil.rmtree(out / PARTS, ignore_errors=True)
    return study


def _check(wish: Wish) -> None:
    given = [wish.place, wish.box, wish.boundary]
    if sum(one is not None for one in given) != 1:
        raise ParameterError(
            f"PLACE: {sum(one is not None for one in given)} places are given; "
            "give exactly one of PLACE, --bbox and --boundary"
        )
    if not 0 <= wish.margin_m <= 50_000:
        raise ParameterError(f"--margin: {wish.margin_m:g} m; give 0 to 50000 metres")
    if wish.admin_level is not None and not 1 <= wish.admin_level <= 12:
        raise ParameterError(f"--admin-level: {wish.admin_level}; give 1 to 12 (in China 6 is 区 and 县)")
    if wish.language not in ("zh", "en"):
        raise ParameterError(f"--lang: {wish.language!r} is not a language of cfspace; use zh or en")


def _check_room(out: Path, *, force: bool) -> None:
    """Refuse a folder that is taken; what a broken-off call left in it is gone on with."""
    if out.is_dir() and not out.is_symlink():
        names = {path.name for path in out.iterdir() if not path.name.endswith(".part")}
        if names <= OWN and (PARTS in names or MARKER in names):
            return
    check_output(out, force=force)


@contextmanager
def _leaving_nothing(out: Path) -> Iterator[None]:
    """Remove the folders made for an answer that did not come, where they hold nothing."""
    try:
        yield
    except BaseException:
        for folder in (out / PARTS, out):
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
        raise


def _make(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written ({error.strerror}); choose another folder") from error
    return folder


def _place(wish: Wish, out: Path, servers: Servers, tell: Tell) -> Place:
    if wish.box is not None:
        return place_of_box(wish.box, name=wish.name)
    if wish.boundary is not None:
        return place_of_file(wish.boundary, name=wish.name, datum=wish.datum)
    tell(f"asking {servers.nominatim} for {wish.place}")
    key = f"{servers.nominatim}\n{wish.language}\n{wish.place}"
    kept = out / PARTS / f"place-{hashlib.sha256(key.encode()).hexdigest()[:20]}.geojson"
    if kept.is_file():
        row = gpd.read_file(kept).iloc[0]
        place = Place(name=row["name"], place_id=row["id"], outline=row.geometry, origin=row["origin"])
    else:
        place = find_place(
            wish.place or "",
            url=servers.nominatim,
            manners=servers.overpass.manners,
            language=wish.language,
        )
        _make(kept.parent)
        with atomic_file(kept) as part:
            place.frame().assign(origin=place.origin).to_file(part, driver="GeoJSON")
    return replace(place, name=wish.name) if wish.name else place


def _cut(wish: Wish, pbf: Path, out: Path, box: Box, tell: Tell) -> tuple[Path, dt.date | None]:
    tell(f"cutting {pbf.name}")
    _make(out / PARTS)
    with atomic_file(out / "city.osm.pbf") as part:
        cut = cut_osm(pbf, part, box, admin_level=wish.coarsest_level)
        _check_streets(part, told_as=pbf)
    return out / "city.osm.pbf", None if cut.newest is None else cut.newest.date()


def _download(
    wish: Wish, place: Place, out: Path, box: Box, servers: Servers, tell: Tell
) -> tuple[Path, dt.date | None]:
    server = replace(servers.overpass, admin_level=wish.coarsest_level)
    tiles = tiles_of(box, tile_m=server.tile_m, within=place.with_margin(margin_m=wish.margin_m))
    parts = fetch_tiles(
        server,
        tiles,
        _make(out / PARTS),
        tell=lambda n_done, n: tell(f"asking {server.url} for tile {n_done + 1} of {n}"),
    )
    tell("putting the tiles together")
    with atomic_file(out / "city.osm") as part:
        merge_tiles(parts, part, box)
        _check_streets(part, told_as=Path(server.url))
    stamp = snapshot_of(parts)
    return out / "city.osm", None if stamp is None else dt.date.fromisoformat(stamp)


def _check_streets(file: Path, *, told_as: Path) -> None:
    ways = osmium.FileProcessor(str(file), WAY).with_filter(KeyFilter("highway"))
    if next(iter(ways), None) is None:
        raise OsmError(f"{told_as}: no street lies in the place; check where it is")


def _write_folder(wish: Wish, place: Place, file: Path, snapshot: dt.date | None, out: Path) -> Path:
    with atomic_file(out / "boundary.geojson") as part:
        place.frame().to_file(part, driver="GeoJSON")
    for name, text in (
        (MARKER, "This folder was made by cfspace fetch.\n"),
        ("README.md", readme(wish, place, file.name, snapshot)),
        ("study.toml", study_text(wish, place, file.name, snapshot)),
    ):
        with atomic_file(out / name) as part:
            part.write_text(text, encoding="utf-8", newline="\n")
    return out / "study.toml"
