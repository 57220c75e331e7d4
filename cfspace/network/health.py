"""How sound a walk network is: components, islands, dead ends, near-misses."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from cfspace.network.model import WalkNetwork

NEAR_MISS_M = 2.0


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
        Dead ends within 2 m of a segment that they do not join (bridges and tunnels apart).
    n_zero_length
        Segments of no length.
    known_shares
        Share of the length whose sidewalks, lighting, surface and speed limit are known; of the length of
        crossings, the share whose kind is (absent where no crossing is mapped as a way).
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
    """Dead ends that lie within 2 m of a segment on their own level that they do not join."""
    points = shapely.points(network.node_x_m[dead], network.node_y_m[dead])
    end, segment = shapely.STRtree(network.lines).query(points, predicate="dwithin", distance=NEAR_MISS_M)
    joined = (network.segment_from[segment] == dead[end]) | (network.segment_to[segment] == dead[end])
    missed: NDArray[np.int64] = dead[np.unique(end[~joined & network.takes_feet[segment]])]
    return missed


def _known_shares(network: WalkNetwork) -> dict[str, float]:
    table, length = network.attributes, network.length_m
    known = {
        "sidewalk": table["sidewalk_left"].notna() | table["sidewalk_right"].notna(),
        "lit": table["lit"].notna(),
        "surface": table["surface"].notna(),
        "maxspeed": table["maxspeed_kmh"].notna(),
    }
    whole = float(length.sum()) or 1.0
    shares = {name: float(length[mask.to_numpy(bool)].sum() / whole) for name, mask in known.items()}
    is_crossing = (table["footway"] == "crossing").to_numpy(bool, na_value=False)
    crossing_m = float(length[is_crossing].sum())
    if crossing_m:
        is_told = is_crossing & table["crossing"].notna().to_numpy(bool)
        shares["crossing"] = float(length[is_told].sum()) / crossing_m
    return shares


def _places(
    network: WalkNetwork, dead: NDArray[np.int64], near: NDArray[np.int64], island: NDArray[np.int64]
) -> gpd.GeoDataFrame:
    _, first = np.unique(network.component[island], return_index=True)
    of_island = network.segment_from[island[first]]
    nodes = np.concatenate([dead, near, of_island])
    what = np.repeat(["dead_end", "near_miss", "island"], [len(dead), len(near), len(of_island)])
    points = shapely.points(network.node_x_m[nodes], network.node_y_m[nodes])
    return gpd.GeoDataFrame({"what": what}, geometry=points, crs=network.crs)
