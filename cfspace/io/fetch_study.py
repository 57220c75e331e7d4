"""What a fetched folder says: its study file and its README."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cfspace.io.fetch_pbf import SMALLEST_ADMIN_LEVEL
from cfspace.io.fetch_place import Place

MARGIN_M: Final = 3000.0
"""As far as searches go at least, so that what lies across the boundary counts."""

ATTRIBUTION: Final = (
    "Map data © OpenStreetMap contributors, Open Database License (ODbL) 1.0: "
    "https://www.openstreetmap.org/copyright"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be fetched: exactly one of `place`, `box` and `boundary`.

    Attributes
    ----------
    place
        A name that Nominatim knows.
    box
        ``W,S,E,N``, WGS-84 degrees.
    boundary
        A layer of polygons, in `datum`.
    datum
        ``wgs84``, ``gcj02`` or ``bd09``.
    pbf
        A large OSM file to cut from; no map server is asked then.
    name
        What to call the place.
    margin_m
        Metres around it that come along.
    admin_level
        Level of OSM boundaries to be units; None for the outline alone.
    language
        ``zh`` or ``en``, of the study.
    """

    place: str | None = None
    box: str | None = None
    boundary: Path | None = None
    datum: str = "wgs84"
    pbf: Path | None = None
    name: str | None = None
    margin_m: float = MARGIN_M
    admin_level: int | None = None
    language: str = "zh"

    @property
    def coarsest_level(self) -> int:
        """The coarsest level of boundaries that must come whole."""
        return min(SMALLEST_ADMIN_LEVEL, self.admin_level or SMALLEST_ADMIN_LEVEL)


def _level_of(admin_level: int) -> str:
    """Return the level of the study that a level of OSM stands for in China."""
    if admin_level <= 6:
        return "district"
    return "street" if admin_level <= 8 else "community" if admin_level <= 10 else "block"


def _units_text(admin_level: int | None) -> str:
    outline = '[[units]]\nlevel = "district"\nfile = "boundary.geojson"\nid = "id"\nname = "name"\n'
    if admin_level is None:
        return outline
    level = _level_of(admin_level)
    finer = f'[[units]]\nlevel = "{level}"\nfrom = "osm"\nadmin_level = {admin_level}\n'
    return finer if level == "district" else f"{outline}\n{finer}"


def study_text(wish: Wish, place: Place, file: str, snapshot: dt.date | None) -> str:
    """Return the study file of a place: the outline or OSM's boundaries as units, homes from buildings."""
    # A JSON string is a TOML string, but for DEL.
    name = json.dumps(place.name.replace("\x7f", ""), ensure_ascii=False)
    age = "" if snapshot else "   # the day it was fetched: the data does not say how old it is"
    return f"""# {ATTRIBUTION}
# {place.origin.replace(chr(10), " ")}; with {wish.margin_m:.0f} m around it.

[study]
name = {name}
language = "{wish.language}"
snapshot = {snapshot or _today()}{age}
rulebook = "jilin-2022"

[osm]
file = "{file}"

[area]
file = "boundary.geojson"

{_units_text(wish.admin_level)}
[homes]
from = "buildings"   # weights are floor area, not children, until totals are given
"""


def _today() -> dt.date:
    return dt.datetime.now(tz=dt.UTC).date()


def readme(wish: Wish, place: Place, file: str, snapshot: dt.date | None) -> str:
    """Return what stands in the folder, and whose data it is."""
    source = "Overpass" if wish.pbf is None else wish.pbf.name
    what = f"OpenStreetMap of the place and {wish.margin_m:.0f} m around it, from {source}"
    return f"""# {place.name}

{ATTRIBUTION}. Whoever passes on these files, or what is made of
them, must name the contributors; an altered database stays under the same licence.

| file | content |
|---|---|
| `{file}` | {what}, as of {snapshot or "an unknown day"} |
| `boundary.geojson` | the outline ({place.origin}), WGS-84 |
| `study.toml` | the study; `cfspace check study.toml`, then `cfspace run study.toml --out run` |

Add municipal lists (`[[layers]]`), children (`totals` under `[homes]`) and finer units (`[[units]]`)
to the study file.
"""
