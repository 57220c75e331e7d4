"""Slow, obvious versions of what the package computes fast."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from itertools import pairwise

import networkx as nx
import numpy as np
import shapely
from numpy.typing import NDArray

from cfspace.network.model import WalkNetwork
from cfspace.network.snap import SnappedPoints


def foot_graph(network: WalkNetwork, closed: Collection[int] = (), **groups: SnappedPoints) -> nx.Graph:
    """Return a graph in which every foot is a node and every point hangs on its foot.

    Points are the nodes (group, index); lengths are measured on the polylines by shapely. Segments that
    are `closed` are left out.
    """
    cuts: dict[int, list[tuple[float, tuple[object, ...]]]] = defaultdict(list)
    graph = nx.Graph()
    for group, points in groups.items():
        for index in np.flatnonzero(points.has_foot):
            cuts[int(points.segment[index])].append(
                (float(points.offset_m[index]), (group, "foot", int(index)))
            )
            add(graph, (group, int(index)), (group, "foot", int(index)), float(points.connector_m[index]))
    for segment in sorted({*range(network.n_segments)} - {*closed}):
        line = network.lines[segment]
        ends = ("node", int(network.segment_from[segment])), ("node", int(network.segment_to[segment]))
        stops = [(0.0, ends[0]), *sorted(cuts[segment]), (shapely.length(line), ends[1])]
        for (at, here), (then, there) in pairwise(stops):
            add(graph, here, there, then - at)
    return graph


def add(graph: nx.Graph, here: object, there: object, length_m: float) -> None:
    """Add an edge, keeping the shorter of two that join the same nodes."""
    if not graph.has_edge(here, there) or graph[here][there]["length"] > length_m:
        graph.add_edge(here, there, length=length_m)


def oracle_nearest_m(
    network: WalkNetwork, origins: SnappedPoints, targets: SnappedPoints, *, max_walk_m: float
) -> NDArray[np.float64]:
    """Return what `cfspace.access.nearest.nearest` must return, by networkx."""
    graph = foot_graph(network, origin=origins, target=targets)
    sources = [("target", int(index)) for index in np.flatnonzero(targets.has_foot)]
    found = nx.multi_source_dijkstra_path_length(graph, sources, weight="length") if sources else {}
    metres = np.array([found.get(("origin", index), np.inf) for index in range(len(origins))])
    metres[metres > max_walk_m] = np.inf
    return np.where(origins.has_foot, metres, np.nan)
