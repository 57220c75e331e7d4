"""Make the sample study: ``python scripts/make_sample.py [--out data/sample]``.

The town is synthetic and always the same: the same program gives the same bytes.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from sample.checklists import write_checklists
from sample.files import write_pbf
from sample.ledgers import write_people, write_rasters, write_units
from sample.lists import write_rolls
from sample.studies import write_studies
from sample.town import build
from sample.truth import write_truth

DEFAULT_OUT = Path(__file__).resolve().parents[1] / "data" / "sample"


def make_sample(out: Path) -> None:
    """Write the whole sample study into a folder."""
    town = build()
    for folder in ("units", "municipal", "audits", "population"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    write_pbf(out / "town.osm.pbf", town.osm)
    write_units(out / "units")
    write_people(out / "municipal", town.people, town.places)
    write_rolls(out / "municipal", town.places)
    write_checklists(out / "audits", town.places)
    write_rasters(out / "population", town.people)
    write_studies(out)
    write_truth(out / "truth.json", town)


def main() -> None:
    """Read the command line and make the sample."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT, help="folder to write into")
    make_sample(parser.parse_args().out)


if __name__ == "__main__":
    main()
