"""Where something could be built: plots and buildings of a layer, places of a kind, points along streets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cfspace.errors import LayerError, ParameterError
from cfspace.network.model import WalkNetwork

if TYPE_CHECKING:
    from numpy.typing import NDArray

COLUMNS: Final = ("candidate_id", "name", "origin", "cost", "capacity")
NO_SITE: Final = ("steps", "corridor", "bridleway", "motorway", "motorway_link", "trunk", "trunk_link")
"""Highway classes along which nothing is built."""

FIRST_STEP_M = 100.0
WIDER = 1.25


def candidates_of_layer(frame: gpd.GeoDataFrame, network: WalkNetwork, *, origin: str) -> gpd.GeoDataFrame:
    """Return the candidates that a layer of plots, buildings or points holds.

    Parameters
    ----------
    frame
        In the CRS of the network; optional columns ``id``, ``name``, ``cost``, ``capacity``.
    network
        The walk network.
    origin
        What the layer is called.

    Returns
    -------
    Points in the same CRS, `COLUMNS`: of an area the point of its outline that is nearest to a street, where
    its gate would be. Cost and capacity are NaN where nothing says.

    Raises
    ------
    LayerError
        If the layer is empty, or an id stands twice.
    """
    if frame.empty:
        raise LayerError(f"{origin}: holds no candidate; check the file and its filter")
    ids = frame["id"].astype(str) if "id" in frame else pd.Series([f"{i}" for i in range(1, len(frame) + 1)])
    twice = ids[ids.duplicated()]
    if len(twice):
        raise LayerError(f"{origin}: id {twice.iloc[0]!r} stands twice; give each candidate its own")
    columns = {
        "candidate_id": ids.to_numpy(object),
        "name": _texts(frame, "name"),
        "origin": origin,
        "cost": _numbers(frame, "cost", origin),
        "capacity": _numbers(frame, "capacity", origin),
    }
    points = gates_of(frame.geometry.to_numpy(), network)
    return gpd.GeoDataFrame(columns, geometry=points, crs=frame.crs)


def gates_of(shapes: NDArray[np.object_], network: WalkNetwork) -> NDArray[np.object_]:
    """Return where one would enter each shape: at a point, or where an area is nearest to a street."""
    points = shapes.copy()
    areas = np.flatnonzero(shapely.get_dimensions(shapes) > 0)
    lines = network.lines[network.takes_feet]
    if len(areas) and len(lines):
        outline = shapely.boundary(shapes[areas])
        outline = np.where(shapely.is_empty(outline), shapes[areas], outline)
        near = shapely.STRtree(lines).query_nearest(shapes[areas], all_matches=False)
        ways = shapely.shortest_line(outline[near[0]], lines[near[1]])
        points[areas[near[0]]] = shapely.get_point(ways, 0)
    return points


def candidates_of_kind(
    facilities: gpd.GeoDataFrame, entrances: gpd.GeoDataFrame, kind: str
) -> gpd.GeoDataFrame:
    """Return places of a kind as candidates (idle schools, community centres), each at its first entrance.

    Raises
    ------
    ParameterError
        If the study has none of that kind.
    """
    own = facilities[facilities["kind"] == kind].drop_duplicates("facility_id")
    doors = entrances[entrances["kind"] == kind].drop_duplicates("facility_id").set_index("facility_id")
    own = own[own["facility_id"].isin(doors.index)]
    if own.empty:
        there = ", ".join(sorted(set(facilities["kind"])))
        raise ParameterError(f"--at: the study has no {kind!r} to build in; it has {there}")
    columns = {
        "candidate_id": own["facility_id"].to_numpy(object),
        "name": _texts(own, "name"),
        "origin": kind,
        "cost": np.nan,
        "capacity": np.nan,
    }
    points = doors.loc[own["facility_id"]].geometry.to_numpy()
    return gpd.GeoDataFrame(columns, geometry=points, crs=facilities.crs)


def candidates_on_streets(
    network: WalkNetwork, inside: shapely.Geometry, *, spacing_m: float | None = None, most: int = 1500
) -> gpd.GeoDataFrame:
    """Return points along the streets of the study, about `spacing_m` from each other.

    Parameters
    ----------
    network
        The walk network; no bridges, tunnels, islands, stairs and motorways.
    inside
        Where the study lies, in the CRS of the network.
    spacing_m
        How far apart; default: 100 m, or as much more as keeps them to `most`.
    most
        See `spacing_m`.

    Returns
    -------
    As `candidates_of_layer`, sorted from south to north in strips of `spacing_m`.
    """
    if spacing_m is not None and not spacing_m > 0:
        raise ParameterError(f"--street-step: {spacing_m} is not above zero; give metres")
    lines = network.lines[_can_hold(network)]
    step_m = spacing_m or FIRST_STEP_M
    points = _thinned(lines, inside, step_m)
    while spacing_m is None and len(points) > most:
        step_m *= WIDER
        points = _thinned(lines, inside, step_m)
    if not len(points):
        raise ParameterError("siting: no street of the study can hold a site; give a layer of candidates")
    columns = {
        "candidate_id": [f"street-{i}" for i in range(1, len(points) + 1)],
        "name": "",
        "origin": "streets",
        "cost": np.nan,
        "capacity": np.nan,
    }
    return gpd.GeoDataFrame(columns, geometry=shapely.points(points), crs=network.crs)


def _can_hold(network: WalkNetwork) -> NDArray[np.bool_]:
    table = network.attributes
    fits = network.takes_feet & ~network.is_island & ~table["highway"].isin(NO_SITE).to_numpy(bool)
    if "footway" in table:
        fits &= ~(table["footway"] == "crossing").to_numpy(bool, na_value=False)
    return fits


def _thinned(lines: NDArray[np.object_], inside: shapely.Geometry, step_m: float) -> NDArray[np.float64]:
    """Return points on lines, one a square of `step_m`: the one nearest to its middle."""
    length_m = shapely.length(lines)
    n_points = np.maximum(1, np.ceil(length_m / (step_m / 4)).astype(int))
    line = np.repeat(np.arange(len(lines)), n_points)
    nth = np.arange(len(line)) - np.repeat(np.cumsum(n_points) - n_points, n_points)
    at = (nth + 0.5) / n_points[line]
    points = shapely.line_interpolate_point(lines[line], at, normalized=True)
    shapely.prepare(inside)
    points = points[shapely.intersects(inside, points)]
    xy = shapely.get_coordinates(points)
    cell = np.floor(xy / step_m)
    away = np.hypot(*(xy - (cell + 0.5) * step_m).T)
    order = np.lexsort((xy[:, 0], xy[:, 1], away, cell[:, 0], cell[:, 1]))
    _, first = np.unique(cell[order][:, ::-1], axis=0, return_index=True)
    chosen: NDArray[np.float64] = xy[order[first]]
    return chosen


def _texts(frame: pd.DataFrame, column: str) -> NDArray[np.object_]:
    if column not in frame:
        return np.full(len(frame), "", object)
    return np.asarray(frame[column].where(frame[column].notna(), "").astype(str), object)


def _numbers(frame: pd.DataFrame, column: str, origin: str) -> NDArray[np.float64]:
    if column not in frame:
        return np.full(len(frame), np.nan)
    numbers = pd.to_numeric(frame[column], errors="coerce").to_numpy(float)
    bad = np.flatnonzero((np.isnan(numbers) & frame[column].notna().to_numpy()) | (numbers < 0))
    if len(bad):
        raise LayerError(
            f"{origin}: {column} {frame[column].iloc[bad[0]]!r} in row {bad[0] + 1} is no number from 0; "
            "correct it"
        )
    return numbers
