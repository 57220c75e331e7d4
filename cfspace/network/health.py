"""How sound a walk network is: components, islands, dead ends, near-misses."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from cfspace.network.model import WalkNetwork

NEAR_MISS_M = 2.0
# What a dead end leads to within such a walk, it does not miss.
LEADS_THERE_M = 10.0
# Ways that need no sidewalk and have no speed limit.
FOR_FEET = ("footway", "path", "pedestrian", "steps", "cycleway", "corridor", "bridleway", "track")


@dataclass(frozen=True, kw_only=True)
class NetworkHealth:
    """Counts over a walk network, and the places behind them.

    Attributes
    ----------
    n_nodes, n_segments, length_km
        Size.
    n_components, largest_share
        Parts that are not joined, and the share of all length in the longest.
    n_islands, island_km
        Components of less than 2 km, and their length together.
    n_dead_ends
        Junctions that a single segment ends at.
    n_near_misses
        Dead ends within 2 m of a segment that they do not lead to within 10 m (bridges and tunnels
        apart).
    n_zero_length
        Segments of no length.
    known_shares
        Share of the length whose lighting and surface are known; of the length of carriageways, whose
        sidewalks and speed limit are; of the length of crossings, whose kind is. Absent where there is
        nothing of the sort.
    places
        Points to look at: ``what`` (dead_end, near_miss, island), in the CRS of the network.
    """

    n_nodes: int
    n_segments: int
    length_km: float
    n_components: int
    largest_share: float
    n_islands: int
    island_km: float
    n_dead_ends: int
    n_near_misses: int
    n_zero_length: int
    known_shares: dict[str, float]
    places: gpd.GeoDataFrame

    def counts(self) -> dict[str, float | int | dict[str, float]]:
        """Return everything but the places, for JSON."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "places"}


def network_health(network: WalkNetwork) -> NetworkHealth:
    """Look a walk network over.

    Parameters
    ----------
    network
        Walk network.

    Returns
    -------
    Counts and lengths, and the places to look at: dead ends, near-misses, islands.

    Examples
    --------
    >>> from cfspace.network.toy import toy_network
    >>> found = network_health(toy_network([({}, [(0, 0), (100, 0)]), ({}, [(101, 0), (200, 0)])]))
    >>> found.n_components, found.n_dead_ends, found.n_near_misses
    (2, 4, 2)
    """
    degree = np.bincount(network.segment_from, minlength=network.n_nodes)
    degree += np.bincount(network.segment_to, minlength=network.n_nodes)
    dead = np.flatnonzero(degree == 1)
    near = _near_misses(network, dead)
    whole_m = float(network.length_m.sum())
    lengths_m = network.component_length_m
    island = np.flatnonzero(network.is_island)
    return NetworkHealth(
        n_nodes=network.n_nodes,
        n_segments=network.n_segments,
        length_km=whole_m / 1000,
        n_components=len(lengths_m),
        largest_share=float(lengths_m[0] / whole_m) if whole_m else 0.0,
        n_islands=len(np.unique(network.component[island])),
        island_km=float(network.length_m[island].sum() / 1000),
        n_dead_ends=len(dead),
        n_near_misses=len(near),
        n_zero_length=int((network.length_ticks == 0).sum()),
        known_shares=_known_shares(network),
        places=_places(network, dead, near, island),
    )


def _near_misses(network: WalkNetwork, dead: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return dead ends on the ground within 2 m of a segment on the ground that they do not lead to."""
    exits = _Exits(network)
    on_ground = dead[network.takes_feet[exits.segment[exits.ptr[dead]]]]
    points = shapely.points(network.node_x_m[on_ground], network.node_y_m[on_ground])
    end, near = shapely.STRtree(network.lines).query(points, predicate="dwithin", distance=NEAR_MISS_M)
    ends = (network.segment_from[near], network.segment_to[near])
    nodes = on_ground[end]
    open_end = network.takes_feet[near] & (ends[0] != nodes) & (ends[1] != nodes)
    missed = set()
    for node, *others in zip(*(column[open_end].tolist() for column in (nodes, *ends)), strict=True):
        # A short stub is near the street it leaves, and misses nothing.
        if exits.within(node, LEADS_THERE_M).isdisjoint(others):
            missed.add(node)
    return np.array(sorted(missed), np.int64)


class _Exits:
    """The segments at each node: those of node ``i`` are ``ptr[i]:ptr[i + 1]``."""

    def __init__(self, network: WalkNetwork) -> None:
        ends = np.concatenate([network.segment_from, network.segment_to])
        order = np.argsort(ends, kind="stable")
        self.ptr = np.concatenate([[0], np.cumsum(np.bincount(ends, minlength=network.n_nodes))])
        self.segment = order % network.n_segments
        self.node = np.concatenate([network.segment_to, network.segment_from])[order]
        self.length_m = network.length_m[self.segment]

    def within(self, start: int, metres: float) -> set[int]:
        """Return the nodes within a short walk of a node."""
        walks = {start: 0.0}
        stack = [start]
        while stack:
            here = stack.pop()
            for exit_ in range(self.ptr[here], self.ptr[here + 1]):
                there, walk = int(self.node[exit_]), walks[here] + float(self.length_m[exit_])
                if walk <= metres and walk < walks.get(there, np.inf):
                    walks[there] = walk
                    stack.append(there)
        return set(walks)


def _known_shares(network: WalkNetwork) -> dict[str, float]:
    table, length_m = network.attributes, network.length_m
    every = np.ones(len(table), bool)
    carries_cars = ~table["highway"].isin(FOR_FEET).to_numpy()
    crossing = (table["footway"] == "crossing").to_numpy(bool, na_value=False)
    asked = {
        "sidewalk": (table["sidewalk_left"].notna() | table["sidewalk_right"].notna(), carries_cars),
        "lit": (table["lit"].notna(), every),
        "surface": (table["surface"].notna(), every),
        "maxspeed": (table["maxspeed_kmh"].notna(), carries_cars),
        "crossing": (table["crossing"].notna(), crossing),
    }
    whole_m = {name: float(length_m[where].sum()) for name, (_, where) in asked.items()}
    return {
        name: float(length_m[known.to_numpy(bool) & where].sum()) / whole_m[name]
        for name, (known, where) in asked.items()
        if whole_m[name]
    }


def _places(
    network: WalkNetwork, dead: NDArray[np.int64], near: NDArray[np.int64], island: NDArray[np.int64]
) -> gpd.GeoDataFrame:
    _, first = np.unique(network.component[island], return_index=True)
    of_island = network.segment_from[island[first]]
    nodes = np.concatenate([dead, near, of_island])
    what = np.repeat(["dead_end", "near_miss", "island"], [len(dead), len(near), len(of_island)])
    points = shapely.points(network.node_x_m[nodes], network.node_y_m[nodes])
    return gpd.GeoDataFrame({"what": what}, geometry=points, crs=network.crs)
