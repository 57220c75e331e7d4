"""Dual carriageways as one road: nodes of both that a way across the median joins are guarded together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cfspace.network.mainroads import OPPOSITE_COSINE, MainRoads, told_of_signals, vertex_ids

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cfspace.network.model import WalkNetwork
    from cfspace.network.profiles.model import MainRoadRule

    Truths = NDArray[np.bool_]


def guarded(main: MainRoads, network: WalkNetwork, rule: MainRoadRule) -> Truths:
    """Tell which nodes of main roads are guarded, the partner across the median considered.

    Of a pair both nodes are guarded if both have signals or if signals stand between them. A node with
    several partners needs one of them to be so; a node with none is judged by itself.
    """
    is_guarded = main.signalled.copy()
    pairs = _pairs(main, network, rule)
    one, other = pairs["one"].to_numpy(int), pairs["other"].to_numpy(int)
    good = pairs["signals"].to_numpy(bool) | (main.signalled[one] & main.signalled[other])
    is_guarded[one] = False
    is_guarded[one[good]] = True
    return is_guarded


def _pairs(main: MainRoads, network: WalkNetwork, rule: MainRoadRule) -> pd.DataFrame:
    """Return every pair twice: nodes of main roads ``one`` and ``other``, ``signals`` between them."""
    gap_m = rule.carriageway_gap_m.value
    steps = _steps(main, network, rule)
    steps = pd.concat([steps, steps.rename(columns={"here": "there", "there": "here"})], ignore_index=True)
    steps = steps[steps["metres"] <= gap_m]
    steps["one"], steps["other"] = main.find(steps["here"].to_numpy()), main.find(steps["there"].to_numpy())
    straight = steps[(steps["one"] >= 0) & (steps["other"] >= 0)]
    onto = steps[(steps["one"] >= 0) & (steps["other"] < 0)]
    nodes = network.roads.nodes
    lights = nodes["node_id"].to_numpy(np.int64)[told_of_signals(nodes, rule)[0]]
    joined = onto.merge(onto, on="there", suffixes=("", "_beyond"))
    joined = joined[joined["metres"] + joined["metres_beyond"] <= gap_m]
    joined = joined.assign(
        other=joined["one_beyond"],
        signals=joined["signals"] | joined["signals_beyond"] | joined["there"].isin(lights),
    )
    pairs = pd.concat([straight, joined], ignore_index=True)[["one", "other", "signals"]]
    one, other = pairs["one"].to_numpy(int), pairs["other"].to_numpy(int)
    opposite = np.cos(main.heading[one] - main.heading[other]) < OPPOSITE_COSINE
    is_pair = opposite & (main.road[one] == main.road[other]) & (main.road[one] >= 0)
    chosen: pd.DataFrame = pairs[is_pair]
    return chosen


def _steps(main: MainRoads, network: WalkNetwork, rule: MainRoadRule) -> pd.DataFrame:
    """Return the pieces of segments between junctions and nodes of main roads: ends, metres, signals."""
    table = network.attributes
    ids = vertex_ids(network)
    sizes = np.diff(network.vertex_ptr)
    segment = np.repeat(np.arange(network.n_segments), sizes)
    is_stop = np.zeros(len(ids), bool)
    is_stop[network.vertex_ptr[:-1]] = is_stop[network.vertex_ptr[1:] - 1] = True
    is_stop |= main.find(ids) >= 0
    stops = np.flatnonzero(is_stop)
    steps = np.hypot(np.diff(network.vertex_x_m), np.diff(network.vertex_y_m))
    along = np.concatenate([[0.0], np.cumsum(steps)])
    nodes = network.roads.nodes
    lights = nodes["node_id"].to_numpy(np.int64)[told_of_signals(nodes, rule)[0]]
    lit = np.cumsum(np.isin(ids, lights) & ~is_stop)
    first, last = stops[:-1], stops[1:]
    same = segment[first] == segment[last]
    first, last = first[same], last[same]
    by_way = told_of_signals(table[["crossing"]], rule)[0][segment[first]]
    return pd.DataFrame(
        {
            "here": ids[first],
            "there": ids[last],
            "metres": along[last] - along[first],
            "signals": by_way | (lit[last] > lit[first]),
        }
    )
