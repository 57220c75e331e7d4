"""Main roads: where they run, which are dual carriageways, and where they are crossed at signals.

A main road is a way of the classes that the profile names, walkable or not. It is crossed at a node
where a walk goes from one of its sides to the other. The node is *guarded* when

- its own tags say that it has signals; or, where they do not tell,
- those of a crossing way that passes it do; or, where they do not tell either,
- a traffic signal stands within `signal_reach_m`, because signals are often mapped at the stop line.

``crossing=uncontrolled`` tells: it is a zebra without signals.

Two one-way carriageways of the same class and name, in opposite directions and at most
`carriageway_gap_m` apart, are one dual road. Nodes of both that a way across the median joins are a pair:
both are guarded if both have signals, or if signals stand between them; else neither is, as far as
neither has a better partner (`cfspace.network.medians`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from cfspace.network.roads import Roads, no_roads, road_attributes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cfspace.network.model import WalkNetwork
    from cfspace.network.profiles.model import MainRoadRule, TagValues

    Floats = NDArray[np.float64]
    Truths = NDArray[np.bool_]
    Ints = NDArray[np.int64]

OPPOSITE_COSINE = -0.8
"""Directions whose cosine lies below this are opposite: within 37 degrees."""

NO_GROUND = 99
"""Level of bridges and tunnels, which nothing on the ground crosses."""

REACH_BACK_M = 1e-3

SAME_ANGLE = 1e-8
"""Directions this near in radians are one."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Stretches:
    """Straight stretches of main road between two vertices, each as long as the data draw it.

    Attributes
    ----------
    start, end
        OSM node ids of either end.
    x_m, y_m
        Positions of both ends, shape (n, 2).
    road
        Code of class and name (or number); -1 for links, which are never dual.
    heading
        Direction of traffic in radians; NaN where it runs both ways.
    halves
        What crossing it counts, in half passages: 2, on a dual road 1, on a link 0.
    level
        Layer; `NO_GROUND` on bridges and in tunnels.
    walkable
        Whether it is part of the walk network.
    """

    start: Ints
    end: Ints
    x_m: Floats
    y_m: Floats
    road: Ints
    heading: Floats
    halves: NDArray[np.int8]
    level: NDArray[np.int8]
    walkable: Truths

    @property
    def lines(self) -> NDArray[np.object_]:
        """Each stretch as a LineString, from a millimetre before it: who passes a vertex crosses just one."""
        ends = np.stack([self.x_m, self.y_m], axis=-1)
        along = ends[:, 1] - ends[:, 0]
        length_m = np.maximum(np.hypot(along[:, 0], along[:, 1]), REACH_BACK_M)
        ends[:, 0] -= along * (REACH_BACK_M / length_m)[:, None]
        lines: NDArray[np.object_] = shapely.linestrings(ends)
        return lines


@dataclass(frozen=True, eq=False, kw_only=True)
class MainRoads:
    """The nodes of main roads, each with the arms of main road that leave it, by angle.

    Attributes
    ----------
    stretches
        Where the main roads run.
    node_id
        OSM node ids, ascending.
    x_m, y_m
        Their positions.
    ptr
        Arms of node ``i`` are ``ptr[i]:ptr[i + 1]``.
    angle
        Direction in which each arm leaves, in radians from east, ascending at each node.
    halves
        What crossing each arm counts, in half passages.
    road, heading
        Of the dual road through each node: its code (-1: none) and the direction of traffic.
    signalled
        Whether signals guard each node by itself.
    """

    stretches: Stretches
    node_id: Ints
    x_m: Floats
    y_m: Floats
    ptr: Ints
    angle: Floats
    halves: NDArray[np.int8]
    road: Ints
    heading: Floats
    signalled: Truths

    @property
    def n_arms(self) -> Ints:
        """Arms of each node."""
        return np.diff(self.ptr)

    def find(self, node_id: Ints) -> Ints:
        """Return the position of nodes by their OSM id, -1 for those on no main road."""
        if not len(self.node_id):
            return np.full(len(node_id), -1)
        at = np.minimum(np.searchsorted(self.node_id, node_id), len(self.node_id) - 1)
        return np.where(self.node_id[at] == node_id, at, -1)


def main_roads(network: WalkNetwork, rule: MainRoadRule) -> MainRoads:
    """Find the main roads of a network, walkable or not."""
    stretches = _stretches(roads_of(network), rule)
    ends = np.concatenate([stretches.start, stretches.end])
    other = np.concatenate([stretches.end, stretches.start])
    x_m, y_m = (np.concatenate([xy, xy[:, ::-1]]) for xy in (stretches.x_m, stretches.y_m))
    angle = bearing(x_m[:, 1] - x_m[:, 0], y_m[:, 1] - y_m[:, 0])
    arm = np.tile(np.arange(len(stretches.start)), 2)
    # Two ways drawn over the same nodes are one arm.
    _, once = np.unique(np.stack([ends, other]), axis=1, return_index=True)
    order = once[np.lexsort((angle[once], ends[once]))]
    node_id, first = np.unique(ends[order], return_index=True)
    at = order[first]
    road, heading = _dual_through(order, first, arm, stretches)
    return MainRoads(
        stretches=stretches,
        node_id=node_id,
        x_m=x_m[at, 0],
        y_m=y_m[at, 0],
        ptr=np.append(first, len(order)),
        angle=angle[order],
        halves=stretches.halves[arm[order]],
        road=road,
        heading=heading,
        signalled=_signalled(network, node_id, x_m[at, 0], y_m[at, 0], rule),
    )


def bearing(dx_m: Floats, dy_m: Floats) -> Floats:
    """Return directions in radians from east, from -pi up to but without pi.

    Examples
    --------
    >>> bearing(np.array([1.0, 0.0, -1.0]), np.array([0.0, 2.0, 0.0])).round(2).tolist()
    [0.0, 1.57, -3.14]
    """
    angle = np.arctan2(dy_m, dx_m)
    return np.where(angle > np.pi - SAME_ANGLE, -np.pi, angle)


def vertex_ids(network: WalkNetwork) -> Ints:
    """Return the OSM node id of every vertex; where inner ones have none, numbers that nothing else has."""
    if len(network.vertex_node_id):
        return network.vertex_node_id
    below = int(min(network.node_id.min(initial=0), 0)) - 1
    ids = below - np.arange(len(network.vertex_x_m), dtype=np.int64)
    ids[network.vertex_ptr[:-1]] = network.node_id[network.segment_from]
    ids[network.vertex_ptr[1:] - 1] = network.node_id[network.segment_to]
    return ids


def roads_of(network: WalkNetwork) -> Roads:
    """Return the carriageways that the network knows of, at least those that it walks along."""
    if len(network.roads.ways):
        return network.roads
    table = network.attributes
    tags = [{"highway": str(one)} for one in table["highway"]]
    ways = road_attributes(table["way_id"].tolist(), tags, np.ones(len(table), bool))
    return Roads(
        ways=ways.assign(
            name=table["name"],
            oneway=table["oneway"].astype(np.int8),
            bridge=table["bridge"],
            tunnel=table["tunnel"],
            layer=table["layer"],
        ),
        ptr=network.vertex_ptr,
        node_id=vertex_ids(network),
        x_m=network.vertex_x_m,
        y_m=network.vertex_y_m,
        nodes=no_roads().nodes,
    )


def _stretches(roads: Roads, rule: MainRoadRule) -> Stretches:
    ways = roads.ways
    sizes = np.diff(roads.ptr)
    is_main = ways["highway"].isin([*rule.classes, *rule.links]).to_numpy(bool)
    way = np.repeat(np.arange(len(ways)), sizes)
    here = np.flatnonzero((way[:-1] == way[1:]) & is_main[way[:-1]]) if len(way) else np.empty(0, np.int64)
    here = here[roads.node_id[here] != roads.node_id[here + 1]]
    way = way[here]
    x_m, y_m = (np.stack([xy[here], xy[here + 1]], axis=1) for xy in (roads.x_m, roads.y_m))
    oneway = ways["oneway"].to_numpy(float)[way]
    along = np.arctan2(y_m[:, 1] - y_m[:, 0], x_m[:, 1] - x_m[:, 0])
    heading = np.where(oneway == 0, np.nan, along + np.where(oneway < 0, np.pi, 0.0))
    is_link = ways["highway"].isin(rule.links).to_numpy(bool)[way]
    road = np.where(is_link, -1, _road_codes(ways)[way])
    is_dual = _dual(x_m, y_m, road, heading, rule.carriageway_gap_m.value)
    apart = (ways["bridge"] | ways["tunnel"]).to_numpy(bool)
    return Stretches(
        start=roads.node_id[here],
        end=roads.node_id[here + 1],
        x_m=x_m,
        y_m=y_m,
        road=road,
        heading=heading,
        halves=np.where(is_link, 0, np.where(is_dual, 1, 2)).astype(np.int8),
        level=np.where(apart, NO_GROUND, ways["layer"]).astype(np.int8)[way],
        walkable=ways["walkable"].to_numpy(bool)[way],
    )


def _road_codes(ways: pd.DataFrame) -> Ints:
    """Return a number for each class and name; where there is no name, the road's number tells."""
    name = ways["name"].astype(object).where(ways["name"].notna(), ways["ref"].astype(object))
    key = ways["highway"].astype(str) + "\n" + name.where(name.notna(), "").astype(str)
    codes: Ints = pd.factorize(key, sort=True)[0].astype(np.int64)
    return codes


def _dual(x_m: Floats, y_m: Floats, road: Ints, heading: Floats, gap_m: float) -> Truths:
    """Tell which stretches have one of the same road beside them that leads the other way."""
    is_dual = np.zeros(len(road), bool)
    oneway = np.flatnonzero(np.isfinite(heading) & (road >= 0))
    if not len(oneway):
        return is_dual
    lines = shapely.linestrings(np.stack([x_m[oneway], y_m[oneway]], axis=-1))
    middles = shapely.points(x_m[oneway].mean(axis=1), y_m[oneway].mean(axis=1))
    one, other = oneway[shapely.STRtree(lines).query(middles, predicate="dwithin", distance=gap_m)]
    pairs = (road[one] == road[other]) & (np.cos(heading[one] - heading[other]) < OPPOSITE_COSINE)
    is_dual[one[pairs]] = True
    return is_dual


def _dual_through(order: Ints, first: Ints, arm: Ints, stretches: Stretches) -> tuple[Ints, Floats]:
    """Return code and heading of the first dual arm of each node, -1 and NaN where it has none."""
    node = np.repeat(np.arange(len(first)), np.diff(np.append(first, len(order))))
    stretch = arm[order]
    dual = np.flatnonzero(stretches.halves[stretch] == 1)
    of_node, at = np.unique(node[dual], return_index=True)
    road, heading = np.full(len(first), -1), np.full(len(first), np.nan)
    road[of_node] = stretches.road[stretch[dual[at]]]
    heading[of_node] = stretches.heading[stretch[dual[at]]]
    return road, heading


def _signalled(network: WalkNetwork, node_id: Ints, x_m: Floats, y_m: Floats, rule: MainRoadRule) -> Truths:
    nodes = network.roads.nodes
    signals, none = told_of_signals(nodes, rule)
    told = nodes["node_id"].to_numpy(np.int64)
    is_signalled, is_told = np.isin(node_id, told[signals]), np.isin(node_id, told[signals | none])
    for with_signals, passed in zip((True, False), _on_crossing_ways(network, rule), strict=True):
        by_way = np.isin(node_id, passed) & ~is_told
        is_signalled |= by_way & with_signals
        is_told |= by_way
    lights = nodes[(nodes["highway"] == "traffic_signals").to_numpy(bool)]
    if len(lights) and len(node_id):
        reach_m = rule.signal_reach_m.value
        tree = shapely.STRtree(shapely.points(lights["x_m"], lights["y_m"]))
        near = tree.query(shapely.points(x_m, y_m), predicate="dwithin", distance=reach_m)[0]
        is_near = np.zeros(len(node_id), bool)
        is_near[near] = True
        is_signalled |= ~is_told & is_near
    return is_signalled


def told_of_signals(table: pd.DataFrame, rule: MainRoadRule) -> tuple[Truths, Truths]:
    """Tell which rows say that there are signals, and which that there are none."""
    none = tells(table, rule.without_signals)
    return tells(table, rule.with_signals) & ~none, none


def _on_crossing_ways(network: WalkNetwork, rule: MainRoadRule) -> tuple[Ints, Ints]:
    """Return the nodes on ways tagged as crossings with signals, and on those without."""
    table = network.attributes[["crossing"]]
    is_main = network.attributes["highway"].isin([*rule.classes, *rule.links]).to_numpy(bool)
    ids, sizes = vertex_ids(network), np.diff(network.vertex_ptr)
    signals, none = (ids[np.repeat(told & ~is_main, sizes)] for told in told_of_signals(table, rule))
    return signals, none


def tells(table: pd.DataFrame, values: TagValues) -> Truths:
    """Tell which rows have one of the values of any of the keys."""
    told = np.zeros(len(table), bool)
    for key, ones in values.items():
        if key in table:
            told |= table[key].isin(ones).to_numpy(bool)
    return told
