"""Children's ways to school in figures: how much of each has a footway, and what main roads it crosses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cfspace.access.nearest import nearest
from cfspace.access.routes import Routes, route
from cfspace.indicators.city import Floats
from cfspace.indicators.outcome import Codes
from cfspace.indicators.streets import FOOTWAYS, Objects, Streets, Truths, one_of_two
from cfspace.network.model import WalkNetwork
from cfspace.network.snap import SnappedPoints
from cfspace.rulebooks.values import words

MAIN_ROADS: Final = ("trunk", "primary", "secondary")
"""Roads whose crossing counts."""

SIGNAL_M: Final = 25.0
"""A junction with a signalled crossing this near is crossed at signals: assumed, as far as its arms reach."""

MERGE_M: Final = 40.0
"""Carriageways this near are one street: assumed."""

_FIGURES: Final = ("path_m", "known_m", "footway_m", "major_crossings")

TRIP_COLUMNS: Final = ("home_id", "kind", "facility_id", *_FIGURES)
"""The columns of the table of trips."""


def trips_to_school(
    network: WalkNetwork,
    segments: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    *,
    home_ids: NDArray[np.object_],
    home_feet: SnappedPoints,
    entrances: pd.DataFrame,
    entrance_feet: SnappedPoints,
    limits_m: Mapping[str, float],
) -> pd.DataFrame:
    """Return the shortest way from each home to the nearest school of each kind, in figures.

    Parameters
    ----------
    network
        Walk network.
    segments
        Its segments with their attributes, row by row.
    facilities
        Places in the metric CRS; of kind ``crossing`` those with ``crossing=traffic_signals`` have signals.
    home_ids, home_feet
        Homes and where they join the network.
    entrances, entrance_feet
        Entrances with `facility_id` and `kind`, and where they join the network.
    limits_m
        By kind of school, how far to search.

    Returns
    -------
    One row per home and kind that is reached, with `TRIP_COLUMNS`: metres along the network (connectors left
    out), metres of which it is known whether there is a footway, those with one, and the main roads crossed
    without signals, foot bridge or underpass. One of two carriageways counts half.
    """
    streets = Streets(
        rows=np.arange(len(segments), dtype=np.int64),
        frame=pd.DataFrame(segments.drop(columns=segments.geometry.name)),
        lines=np.asarray(segments.geometry.array, dtype=object),
        length_m=network.length_m,
    )
    crossed = MainRoads.of(network, streets, _signals(facilities))
    tables = []
    for kind, limit_m in limits_m.items():
        rows = np.flatnonzero((entrances["kind"] == kind).to_numpy())
        schools = entrance_feet.take(rows)
        found = nearest(network, home_feet, schools, max_walk_m=limit_m)
        homes = np.flatnonzero(found.target >= 0)
        target = found.target[homes].astype(np.int64)
        routes = route(network, home_feet.take(homes), schools.take(target), max_walk_m=limit_m)
        ids = entrances["facility_id"].to_numpy()[rows][target]
        keys = {"home_id": home_ids[homes], "kind": kind, "facility_id": ids}
        tables.append(pd.DataFrame({**keys, **_figures(network, streets, routes, crossed)}))
    empty = pd.DataFrame(columns=[*TRIP_COLUMNS])
    return pd.concat(tables, ignore_index=True)[[*TRIP_COLUMNS]] if tables else empty


def _signals(facilities: gpd.GeoDataFrame) -> Objects:
    with_signals = (facilities["kind"] == "crossing").to_numpy() & (
        words(facilities, "crossing") == "traffic_signals"
    )
    points: Objects = np.asarray(facilities.geometry.array, dtype=object)[with_signals]
    return points


def _figures(network: WalkNetwork, streets: Streets, routes: Routes, crossed: MainRoads) -> dict[str, Floats]:
    pieces = np.abs(routes.end_m - routes.start_m)
    n_pairs = len(routes.metres)
    pair = np.repeat(np.arange(n_pairs), np.diff(routes.piece_ptr))
    there, known = footways(streets)

    def per_pair(values: Floats) -> Floats:
        return np.bincount(pair, weights=values, minlength=n_pairs).astype(np.float64)

    return {
        "path_m": per_pair(pieces),
        "known_m": per_pair(np.where(known[routes.segment], pieces, 0.0)),
        "footway_m": per_pair(np.where(there[routes.segment], pieces, 0.0)),
        "major_crossings": per_pair(_crossings(network, routes, pair, crossed)),
    }


def footways(streets: Streets) -> tuple[Truths, Truths]:
    """Return where a segment has a footway on at least one side, and where that is known.

    A way for feet, a living street, and a street with a sidewalk mapped separately have one. A street has
    none where both sides are tagged so.
    """
    classes = streets.text("highway").astype(str)
    left, right = streets.text("sidewalk_left"), streets.text("sidewalk_right")
    for_feet = np.isin(classes, (*FOOTWAYS, "living_street"))
    beside = np.isin(left.astype(str), ("yes", "separate")) | np.isin(right.astype(str), ("yes", "separate"))
    there = for_feet | beside
    return there, there | ((left == "no") & (right == "no"))


def _crossings(network: WalkNetwork, routes: Routes, pair: Codes, crossed: MainRoads) -> Floats:
    """Return, for each piece, what is crossed at its end on the way to the next piece."""
    onward = np.append(pair[1:] == pair[:-1], False) if len(pair) else np.zeros(0, dtype=bool)
    end = np.where(
        routes.end_m >= routes.start_m,
        network.segment_to[routes.segment],
        network.segment_from[routes.segment],
    ).astype(np.int64)
    following = np.append(routes.segment[1:], -1) if len(pair) else np.zeros(0, dtype=np.int64)
    asked = np.flatnonzero(onward & crossed.at_main_road[end])
    turns = np.column_stack([routes.segment[asked], end[asked], following[asked]])
    distinct, which = np.unique(turns, axis=0, return_inverse=True)
    worth = np.array([crossed.worth(*turn) for turn in distinct.tolist()], dtype=np.float64)
    counts = np.zeros(len(pair))
    counts[asked] = worth[which.reshape(-1)] if len(asked) else 0.0
    return counts


class MainRoads:
    """Junctions at which main roads can be crossed on foot, on the level and without signals."""

    def __init__(
        self, at_main_road: Truths, legs: dict[int, list[tuple[int, float]]], weight: Floats
    ) -> None:
        self.at_main_road = at_main_road
        self._legs = legs
        self._weight = weight

    @classmethod
    def of(cls, network: WalkNetwork, streets: Streets, signals: Objects) -> MainRoads:
        """Return the main roads of a network; `signals` are points of signalled crossings."""
        is_main = np.isin(streets.text("highway").astype(str), MAIN_ROADS)
        weight = np.where(is_main, np.where(one_of_two(streets, MERGE_M), 0.5, 1.0), 0.0)
        ends = np.column_stack([network.segment_from, network.segment_to]).astype(np.int64)
        main_ends = np.bincount(ends[is_main].ravel(), minlength=network.n_nodes)
        open_nodes = (main_ends >= 2) & ~_with_signals(network, streets, ends, signals)
        legs: dict[int, list[tuple[int, float]]] = {int(node): [] for node in np.flatnonzero(open_nodes)}
        for side in (0, 1):
            rows = np.flatnonzero(open_nodes[ends[:, side]])
            for row, bearing in zip(rows.tolist(), _leaving(streets.lines[rows], side).tolist(), strict=True):
                legs[int(ends[row, side])].append((row, bearing))
        return cls(open_nodes, legs, weight)

    def worth(self, before: int, node: int, after: int) -> float:
        """Return what walking from one segment to another at a junction crosses: 0, a half or 1.

        A road is crossed where main-road segments leave the junction on both sides of the walk.
        """
        legs = self._legs[node]
        come, go = _bearing_of(legs, before), _bearing_of(legs, after)
        opening = (go - come) % (2 * np.pi)
        sides: tuple[list[float], list[float]] = ([], [])
        for segment, bearing in legs:
            if self._weight[segment] > 0 and segment not in (before, after):
                sides[int((bearing - come) % (2 * np.pi) > opening)].append(float(self._weight[segment]))
        return min(*sides[0], *sides[1]) if sides[0] and sides[1] else 0.0


def _bearing_of(legs: list[tuple[int, float]], segment: int) -> float:
    return next(bearing for row, bearing in legs if row == segment)


def _leaving(lines: Objects, side: int) -> Floats:
    """Return the direction in which each line leaves one of its ends, over its first five metres."""
    length_m = shapely.length(lines)
    reach_m = np.minimum(5.0, length_m)
    start = shapely.get_point(lines, 0 if side == 0 else -1)
    onward = shapely.line_interpolate_point(lines, reach_m if side == 0 else length_m - reach_m)
    return np.asarray(
        np.arctan2(
            shapely.get_y(onward) - shapely.get_y(start), shapely.get_x(onward) - shapely.get_x(start)
        ),
        dtype=np.float64,
    )


def _with_signals(
    network: WalkNetwork, streets: Streets, ends: NDArray[np.int64], signals: Objects
) -> Truths:
    signalled = np.zeros(network.n_nodes, dtype=bool)
    tagged = streets.text("crossing") == "traffic_signals"
    signalled[ends[tagged].ravel()] = True
    if len(signals):
        nodes = shapely.points(network.node_x_m, network.node_y_m)
        signalled[shapely.STRtree(signals).query(nodes, predicate="dwithin", distance=SIGNAL_M)[0]] = True
    return signalled
