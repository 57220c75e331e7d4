"""Gates of OSM, found by their place or id and opened."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from cfspace.facilities.gates import GATE_VALUES, NO_WAY_IN
from cfspace.io.frame import to_metric

SHUT: dict[str, tuple[str, ...]] = {
    "locked": ("yes",),
    "access": ("private", "no", "permit", "customers"),
    "foot": ("no", "private"),
}
XY = tuple[float, float]


class GateError(Exception):
    """No such gate."""

    def __init__(self, found: str, remedy: str) -> None:
        super().__init__(found)
        self.found, self.remedy = found, remedy


def opened_gate(
    features: gpd.GeoDataFrame, *, crs: pyproj.CRS, at: XY | None, node: int | None, within_m: float
) -> tuple[int, gpd.GeoDataFrame, bool]:
    """Return the node of a gate, the objects of OSM with the gate open, and whether it was shut.

    Parameters
    ----------
    features
        Objects in EPSG:4326: ``osm_type``, ``osm_id``, ``tags``.
    crs
        Metric frame of `at`.
    at
        A place near the gate, in metres; or
    node
        its OSM id.
    within_m
        How far `at` may lie from it.

    Raises
    ------
    GateError
        If there is no such gate.
    """
    rows = np.flatnonzero((features["osm_type"] == "node").to_numpy())
    rows = np.array([row for row in rows if _is_gate(features["tags"].iloc[row])], np.int64)
    if node is not None:
        found = rows[features["osm_id"].to_numpy()[rows] == node]
        if not len(found):
            raise GateError(f"node {node} is no gate of the study's OSM data", "check the id, or give at")
        row = int(found[0])
    else:
        row = _nearest(features, rows, crs, at or (np.inf, np.inf), within_m)
    tags = features["tags"].iloc[row]
    was_shut = any(tags.get(key, "") in values for key, values in SHUT.items())
    kept = {key: value for key, value in tags.items() if key not in SHUT}
    changed = features["tags"].tolist()
    changed[row] = {**kept, "foot": "yes"}
    column = np.empty(len(changed), object)
    column[:] = changed
    return int(features["osm_id"].iloc[row]), features.assign(tags=column), was_shut


def gate_point(features: gpd.GeoDataFrame, node: int, crs: pyproj.CRS) -> shapely.Point:
    """Return where a node lies, in metres."""
    row = (features["osm_type"] == "node") & (features["osm_id"] == node)
    point: shapely.Point = features.geometry[row].to_crs(crs).iloc[0]
    return point


def _is_gate(tags: dict[str, str]) -> bool:
    entrance = "entrance" in tags and tags["entrance"] not in NO_WAY_IN
    return entrance or tags.get("barrier") in GATE_VALUES


def _nearest(
    features: gpd.GeoDataFrame, rows: np.ndarray[tuple[int], np.dtype[np.int64]], crs: pyproj.CRS, at: XY,
    within_m: float,
) -> int:  # fmt: skip
    points = features.geometry.to_numpy()[rows]
    x_m, y_m = to_metric(crs, shapely.get_x(points), shapely.get_y(points))
    away_m = np.hypot(x_m - at[0], y_m - at[1])
    if not len(rows) or away_m.min() > within_m:
        near = f"; the nearest is {away_m.min():,.0f} m away" if len(rows) else ""
        raise GateError(f"no mapped gate lies within {within_m:g} m{near}", "give its place, or use add_path")
    return int(rows[int(np.argmin(away_m))])
