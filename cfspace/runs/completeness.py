"""How complete what is known of each kind is, for ``cfspace check``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from cfspace.config.rulebook import Rulebook
from cfspace.facilities.completeness import as_listed, completeness, count_sources
from cfspace.runs.city import City
from cfspace.runs.inputs import map_layers
from cfspace.units import assign

ESTIMATES = ("estimate", "low", "high", "osm_share", "municipal_share")


def completeness_rows(city: City, book: Rulebook) -> list[dict[str, Any]]:
    """Return a row per kind: how many there are, by what evidence, and what two lists tell of the rest.

    Parameters
    ----------
    city
        As loaded.
    book
        Its targets name further kinds.

    Returns
    -------
    Per kind ``kind``, ``count`` (margin included) and ``evidence``; inside the study ``n_osm``,
    ``n_municipal`` and ``n_both`` as the sources list them, and where both list some, Chapman's ``estimate``
    with its interval ``low`` to ``high``, the share of it that each holds and ``is_reliable``, which are
    None elsewhere; ``units`` holds the same per unit of the coarsest level.
    """
    places = _inside(city)
    level = city.units.levels[0]
    of_kind = completeness(places).to_dict("index")
    of_unit = completeness(places, by=("kind", f"{level}_id")).reset_index()
    counts = count_sources(places, by=("kind",)).to_dict("index")
    targeted = {kind for target in book.targets().values() for kind in target.kinds}
    n_all = city.facilities["kind"].value_counts()
    return [
        {
            "kind": kind,
            "count": int(n_all.get(kind, 0)),
            "evidence": city.evidence.get(kind, "none"),
            **_cells(counts.get(kind)),
            **_estimates(of_kind.get(kind)),
            "units": _unit_rows(of_unit[of_unit["kind"] == kind], level),
        }
        for kind in sorted(targeted | set(n_all.index) | set(city.evidence))
    ]


def kinds_known(city: City) -> dict[str, float]:
    """Return the share of the places of a kind that the study knows, where two lists tell of it.

    That is the places on either list over the high end of Chapman's estimate; kinds of which fewer than 7
    places are on both lists are left out, as are those that a complete list settles.
    """
    if not city.facilities["source"].str.contains("municipal").any():
        return {}
    table = completeness(_inside(city))
    table = table[table["is_reliable"]]
    known = (table["n_osm"] + table["n_municipal"] - table["n_both"]) / table["high"]
    return {
        str(kind): min(float(share), 1.0)
        for kind, share in known.items()
        if city.evidence.get(str(kind)) != "municipal_complete"
    }


def _inside(city: City) -> gpd.GeoDataFrame:
    """Return the places of both sources that lie in the study, with the coarsest unit of each."""
    places = as_listed(city.facilities, city.found, city.merges)
    points = places.geometry.representative_point()
    placed = places.assign(**{str(name): column for name, column in assign(points, city.units).items()})
    inside = placed[f"{city.units.levels[0]}_id"].notna().to_numpy()
    if city.study.area is not None:
        frame, _ = map_layers(city.study)[0].read()
        area = shapely.union_all(frame.to_crs(city.crs).geometry.to_numpy())
        shapely.prepare(area)
        inside = inside & shapely.intersects(area, points.to_numpy())
    return placed[inside]


def _cells(row: Mapping[Any, Any] | None) -> dict[str, int]:
    names = ("n_osm", "n_municipal", "n_both")
    return {name: 0 if row is None else int(row[name]) for name in names}


def _estimates(row: Mapping[Any, Any] | None) -> dict[str, Any]:
    if row is None:
        return {**dict.fromkeys(ESTIMATES), "is_reliable": None}
    told = {name: round(float(row[name]), 3) for name in ESTIMATES}
    return {**told, "is_reliable": bool(row["is_reliable"])}


def _unit_rows(rows: pd.DataFrame, level: str) -> list[dict[str, Any]]:
    return [
        {"unit_level": level, "unit_id": str(row[f"{level}_id"]), **_cells(row), **_estimates(row)}
        for row in rows.to_dict("records")
    ]
