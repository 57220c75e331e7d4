"""Homes from OSM buildings: which are lived in, and how much floor they have."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from cfspace.errors import LayerError
from cfspace.homes.model import EVERYWHERE, Homes, make_frame, per_band
from cfspace.io.osm import OsmData

Tags = Mapping[str, str]

_NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)?")


@dataclass(frozen=True, slots=True)
class ResidentialRules:
    """What ``residential.toml`` says."""

    levels: Mapping[str, float]
    unspecific: Mapping[str, float]
    other_use_keys: frozenset[str]
    unused_keys: frozenset[str]
    unused_not: frozenset[str]
    home_pairs: tuple[tuple[str, str], ...]
    other_land: frozenset[str]
    home_land: frozenset[str]
    least_m2: float
    level_m: float
    most_levels: float


@cache
def residential_rules() -> ResidentialRules:
    """Return the rules that come with cfspace."""
    text = resources.files("cfspace.homes").joinpath("residential.toml").read_text(encoding="utf-8")
    raw: dict[str, Any] = tomllib.loads(text)
    rules = raw["rules"]
    return ResidentialRules(
        levels=raw["levels"],
        unspecific=raw["unspecific"],
        other_use_keys=frozenset(rules["other_use_keys"]),
        unused_keys=frozenset(rules["unused_keys"]),
        unused_not=frozenset(rules["unused_not"]),
        home_pairs=tuple(tuple(pair.split("=", 1)) for pair in rules["home_pairs"]),
        other_land=frozenset(rules["other_land"]),
        home_land=frozenset(rules["home_land"]),
        least_m2=float(rules["least_m2"]),
        level_m=float(rules["level_m"]),
        most_levels=float(rules["most_levels"]),
    )


def _is_unused(tags: Tags, rules: ResidentialRules) -> bool:
    return any(tags[key] not in rules.unused_not for key in rules.unused_keys & tags.keys())


def _use(tags: Tags, rules: ResidentialRules) -> str:
    """Return ``home``, ``other``, or ``unclear`` where the land below is to decide."""
    kind = tags.get("building", "")
    if _is_unused(tags, rules):
        return "other"
    if kind in rules.levels:
        return "home"
    if kind not in rules.unspecific:
        return "other"
    if any(key in tags and value in ("*", tags[key]) for key, value in rules.home_pairs):
        return "home"
    return "other" if rules.other_use_keys & tags.keys() else "unclear"


def read_levels(tags: Tags, rules: ResidentialRules) -> float:
    """Return how many levels a building has by its tags, NaN where they do not say.

    Examples
    --------
    >>> rules = residential_rules()
    >>> [read_levels({"building:levels": text}, rules) for text in ("6", "5;7", "3-4", "?")]
    [6.0, 7.0, 4.0, nan]
    >>> read_levels({"height": "18 m"}, rules)
    6.0
    """
    for key, step in (("building:levels", 1.0), ("height", rules.level_m)):
        found = [float(text.replace(",", ".")) / step for text in _NUMBER.findall(tags.get(key, ""))]
        if found and 0.0 < max(found) <= rules.most_levels:
            return max(max(found), 1.0) if key == "height" else max(found)
    return float("nan")


def _land_below(
    points: NDArray[np.object_], landuse: gpd.GeoDataFrame, rules: ResidentialRules
) -> NDArray[np.bool_]:
    """Return which points lie on land where nobody lives; the smallest area around a point decides."""
    known = landuse[landuse["landuse"].isin(rules.other_land | rules.home_land)]
    other = known["landuse"].isin(rules.other_land).to_numpy()
    shapes = known.geometry.to_numpy()
    point, area = shapely.STRtree(shapes).query(points, predicate="intersects")
    order = np.lexsort((~other[area], shapely.area(shapes)[area], point))
    point, area = point[order], area[order]
    first = np.r_[True, point[1:] != point[:-1]] if point.size else np.zeros(0, dtype=np.bool_)
    on_other = np.zeros(len(points), dtype=np.bool_)
    on_other[point[first]] = other[area[first]]
    return on_other


def _residential(
    buildings: gpd.GeoDataFrame,
    area_m2: NDArray[np.float64],
    landuse: gpd.GeoDataFrame,
    rules: ResidentialRules,
) -> NDArray[np.bool_]:
    uses = np.asarray([_use(tags, rules) for tags in buildings["tags"]], dtype=object)
    unclear = np.flatnonzero((uses == "unclear") & (area_m2 >= rules.least_m2))
    is_home = uses == "home"
    inside = shapely.point_on_surface(buildings.geometry.to_numpy()[unclear])
    is_home[unclear] = ~_land_below(inside, landuse, rules)
    return np.asarray(is_home, dtype=np.bool_)


def _floor_area(
    homes: gpd.GeoDataFrame, area_m2: NDArray[np.float64], rules: ResidentialRules
) -> tuple[NDArray[np.float64], int]:
    """Return each building's floor area, and of how many the levels are assumed."""
    assumed = {**rules.unspecific, **rules.levels}
    tagged = np.asarray([read_levels(tags, rules) for tags in homes["tags"]], dtype=np.float64)
    by_kind = np.asarray([assumed[tags["building"]] for tags in homes["tags"]], dtype=np.float64)
    return area_m2 * np.where(np.isnan(tagged), by_kind, tagged), int(np.isnan(tagged).sum())


def homes_from_buildings(osm: OsmData, *, crs: pyproj.CRS) -> Homes:
    """Return a home per residential building, weighing its floor area.

    Parameters
    ----------
    osm
        ``buildings`` and ``landuse``, EPSG:4326.
    crs
        Metric CRS of the answer.

    Returns
    -------
    Homes at the centroids of their buildings, sorted by id; every band holds the floor area.

    Raises
    ------
    LayerError
        If no building is residential.
    """
    rules = residential_rules()
    shapes = osm.buildings.geometry.to_crs(crs).to_numpy()
    areas_m2 = shapely.area(shapes)
    chosen = _residential(osm.buildings, areas_m2, osm.landuse, rules)
    if not chosen.any():
        raise LayerError(
            f"[homes] ({osm.source.name}): none of {len(osm.buildings)} buildings is residential; "
            "give homes from points, polygons or a raster instead"
        )
    homes = osm.buildings[chosen]
    floor_m2, n_assumed = _floor_area(homes, areas_m2[chosen], rules)
    ids = (homes["osm_type"].astype(str) + "/" + homes["osm_id"].astype(str)).to_numpy()
    order = np.lexsort((homes["osm_id"].to_numpy(), homes["osm_type"].astype(str).to_numpy()))
    centres = gpd.GeoSeries(shapely.centroid(shapes[chosen][order]), crs=crs)
    frame = make_frame(ids[order], per_band(floor_m2[order]), centres, floor_area_m2=floor_m2[order])
    notes = (
        f"homes: {len(homes)} of {len(osm.buildings)} buildings are taken as residential; "
        f"levels are assumed for {n_assumed} of them ({n_assumed / len(homes):.0%})",
    )
    return Homes(frame=frame, weights="floor_area_m2", notes=notes, placed_within=EVERYWHERE)
