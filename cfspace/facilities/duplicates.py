"""Places that OSM holds twice: as a point and as an area, or as an area within another."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from cfspace.facilities.corrections import Corrections
from cfspace.facilities.kinds import KindRules
from cfspace.facilities.merge import Merged, stacked
from cfspace.facilities.names import normalised, simple_similarity
from cfspace.facilities.records import is_area, join

POINT_TO_AREA_M = 30.0
SAME_NAME = 0.6
INSIDE_SHARE = 0.9
KEPT_TEXT = frozenset({"facility_id", "kind", "source", "geometry"})


@dataclass(frozen=True)
class _Absorbed:
    """One row that lives on in another."""

    winner: int
    loser: int
    distance_m: float
    note: str
    shared: bool = False  # the loser may live on in several rows, one a level


def without_duplicates(
    facilities: gpd.GeoDataFrame, rules: KindRules, corrections: Corrections | None = None
) -> Merged:
    """Return OSM facilities with each place once, and the table of what was put together.

    Parameters
    ----------
    facilities
        Facilities of OSM in a metric CRS.
    rules
        Kind rules: kinds without outline (crossings, gates, stops) are left as they are; kinds of
        ``nested = "merge"`` lose areas that lie within another of them, whatever their names.
    corrections
        Pairs of OSM facilities merged or split by hand.

    Returns
    -------
    A point within 30 m of an area of its kind is the same place if their names are alike or one has none.
    A school of unknown level gives its area to a school of known level within it.
    """
    frame = facilities.reset_index(drop=True)
    geometry = frame.geometry.to_numpy()
    area = is_area(geometry)
    names = ["" if pd.isna(name) else normalised(name) for name in frame["name"]]
    kinds = frame["kind"].to_numpy(dtype=object)
    found: list[_Absorbed] = []
    for kind, rule in rules.kinds.items():
        rows = np.flatnonzero(kinds == kind)
        if rule.helper or rule.outline == "none" or not len(rows):
            continue
        relatives = np.flatnonzero(np.isin(kinds, rule.stands_for))
        points, areas = rows[~area[rows]], rows[area[rows]]
        found += _nested(areas, areas, geometry, names, merge_all=rule.nested == "merge")
        found += _points_in_areas(points, areas, geometry, names)
        found += _same_points(points, geometry, names)
        if len(relatives):
            known = relatives[area[relatives]]
            found += _points_in_areas(points, known, geometry, names)
            found += _nested(areas, known, geometry, names, merge_all=False)
            found += _areas_given(relatives[~area[relatives]], areas, geometry, names)
    return _applied(frame, _by_hand(frame, area, found, corrections or Corrections()))


def _by_hand(
    frame: gpd.GeoDataFrame, area: npt.NDArray[np.bool_], found: list[_Absorbed], corrections: Corrections
) -> list[_Absorbed]:
    """Return the pairs found, without those split by hand, and before them those merged by hand."""
    ids = frame["facility_id"].tolist()
    row_of = {own: row for row, own in enumerate(ids)}
    forced = []
    for pair in corrections.merges:
        rows = [row_of[own] for own in pair if own in row_of]
        if len(rows) == 2:
            winner, loser = sorted(rows, key=lambda row: not area[row])
            distance_m = float(frame.geometry.iloc[winner].distance(frame.geometry.iloc[loser]))
            forced.append(_Absorbed(winner, loser, distance_m, "merged by hand"))
    return forced + [step for step in found if not corrections.are_apart(ids[step.winner], ids[step.loser])]


def _alike(one: str, other: str) -> bool:
    return not one or not other or simple_similarity(one, other) >= SAME_NAME


def _points_in_areas(
    points: npt.NDArray[np.int64],
    areas: npt.NDArray[np.int64],
    geometry: npt.NDArray[np.object_],
    names: list[str],
) -> list[_Absorbed]:
    return [
        _Absorbed(area, point, distance_m, "point and area of one place")
        for point, area, distance_m in _nearest_alike(points, areas, geometry, names)
    ]


def _areas_given(
    points: npt.NDArray[np.int64],
    areas: npt.NDArray[np.int64],
    geometry: npt.NDArray[np.object_],
    names: list[str],
) -> list[_Absorbed]:
    return [
        _Absorbed(
            point, area, distance_m, "area of unknown level, its level told by a point in it", shared=True
        )
        for point, area, distance_m in _nearest_alike(points, areas, geometry, names)
    ]


def _nearest_alike(
    points: npt.NDArray[np.int64],
    areas: npt.NDArray[np.int64],
    geometry: npt.NDArray[np.object_],
    names: list[str],
) -> list[tuple[int, int, float]]:
    """Return for each point the best area within reach of a like name: same names first, then nearest."""
    if not len(points) or not len(areas):
        return []
    tree = shapely.STRtree(geometry[areas])
    ours, theirs = tree.query(geometry[points], predicate="dwithin", distance=POINT_TO_AREA_M)
    distance_m = shapely.distance(geometry[points[ours]], geometry[areas[theirs]])
    best: dict[int, tuple[float, float, int]] = {}
    for point, area, far in zip(
        points[ours].tolist(), areas[theirs].tolist(), distance_m.tolist(), strict=True
    ):
        if _alike(names[point], names[area]):
            named = simple_similarity(names[point], names[area]) if names[point] and names[area] else 0.0
            rank = (-named, far, area)
            best[point] = min(best.get(point, rank), rank)
    return [(point, area, far) for point, (_, far, area) in sorted(best.items())]


def _nested(
    inner: npt.NDArray[np.int64],
    outer: npt.NDArray[np.int64],
    geometry: npt.NDArray[np.object_],
    names: list[str],
    *,
    merge_all: bool,
) -> list[_Absorbed]:
    if not len(inner) or not len(outer):
        return []
    tree = shapely.STRtree(geometry[outer])
    ours, theirs = tree.query(shapely.point_on_surface(geometry[inner]), predicate="within")
    ours, theirs = inner[ours], outer[theirs]
    size = shapely.area(geometry)
    smaller = (ours != theirs) & (
        (size[ours] < size[theirs]) | ((size[ours] == size[theirs]) & (ours > theirs))
    )
    ours, theirs = ours[smaller], theirs[smaller]
    shared = shapely.area(
        shapely.intersection(shapely.make_valid(geometry[ours]), shapely.make_valid(geometry[theirs]))
    )
    pairs = zip(ours.tolist(), theirs.tolist(), (shared / size[ours]).tolist(), strict=True)
    return [
        _Absorbed(theirs_row, ours_row, 0.0, "area within another")
        for ours_row, theirs_row, share in pairs
        if share >= INSIDE_SHARE and (merge_all or _alike(names[ours_row], names[theirs_row]))
    ]


def _same_points(
    points: npt.NDArray[np.int64], geometry: npt.NDArray[np.object_], names: list[str]
) -> list[_Absorbed]:
    if len(points) < 2:
        return []
    tree = shapely.STRtree(geometry[points])
    ours, theirs = tree.query(geometry[points], predicate="dwithin", distance=POINT_TO_AREA_M)
    return [
        _Absorbed(
            one, other, float(shapely.distance(geometry[one], geometry[other])), "two points of one name"
        )
        for one, other in zip(points[ours].tolist(), points[theirs].tolist(), strict=True)
        if one < other and names[one] and names[one] == names[other]
    ]


def _applied(frame: gpd.GeoDataFrame, found: list[_Absorbed]) -> Merged:
    # A row absorbed once is gone; what it had absorbed goes on to the one that took it.
    target: dict[int, int] = {}
    kept: list[_Absorbed] = []
    for step in found:
        winner = step.winner
        while winner in target:
            winner = target[winner]
        if winner != step.loser and (step.shared or step.loser not in target):
            target[step.loser] = winner
            kept.append(replace(step, winner=winner))
    result = _filled(frame, kept)
    losers = sorted(target)
    table = _table(frame, kept)
    return Merged(join([result.drop(index=losers)], frame.crs), table)


def _filled(frame: gpd.GeoDataFrame, kept: list[_Absorbed]) -> gpd.GeoDataFrame:
    """Return `frame` with what the winners lack taken from those they absorbed."""
    if not kept:
        return frame
    result = frame.copy()
    for column in frame.columns.difference(sorted(KEPT_TEXT)):
        values = frame[column].to_numpy(dtype=object).copy()
        for step in kept:
            if column == "source_id":
                values[step.winner] = f"{values[step.winner]}+{values[step.loser]}"
            elif pd.isna(values[step.winner]):
                values[step.winner] = values[step.loser]
        result[column] = pd.Series(values, index=frame.index).astype(frame[column].dtype)
    geometry = frame.geometry.to_numpy().copy()
    for step in kept:
        if is_area(geometry[[step.loser]])[0] and not is_area(geometry[[step.winner]])[0]:
            geometry[step.winner] = geometry[step.loser]
    return result.set_geometry(gpd.GeoSeries(geometry, index=frame.index, crs=frame.crs))


def _table(frame: gpd.GeoDataFrame, kept: list[_Absorbed]) -> pd.DataFrame:
    winners, losers = [step.winner for step in kept], [step.loser for step in kept]
    columns: dict[str, Any] = {
        "kind": frame["kind"].iloc[winners].to_numpy(),
        "status": "osm_duplicate",
        "facility_id": frame["facility_id"].iloc[winners].to_numpy(),
        "name": frame["name"].iloc[winners].to_numpy(),
        "other_id": frame["facility_id"].iloc[losers].to_numpy(),
        "other_name": frame["name"].iloc[losers].to_numpy(),
        "distance_m": np.round([step.distance_m for step in kept], 1),
        "similarity": np.nan,
        "note": [step.note for step in kept],
    }
    return stacked([pd.DataFrame(columns)])
