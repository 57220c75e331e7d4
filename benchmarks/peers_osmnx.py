"""Service areas as OSMnx's example gallery has them (notebook 13, isolines), on its own kind of graph."""

from __future__ import annotations

from collections.abc import Sequence

import networkx as nx
import numpy as np
import shapely
from numpy.typing import NDArray

from cfspace.network.model import WalkNetwork


def street_graph(network: WalkNetwork) -> nx.MultiGraph:
    """Return a projected graph as OSMnx makes it: x, y, length and geometry; nodes are numbered.

    Undirected, which halves the recipe's work: feet go both ways.
    """
    graph = nx.MultiGraph(crs=network.crs)
    places = zip(network.node_x_m.tolist(), network.node_y_m.tolist(), strict=True)
    graph.add_nodes_from((node, {"x": x, "y": y}) for node, (x, y) in enumerate(places))
    ends = zip(network.segment_from.tolist(), network.segment_to.tolist(), strict=True)
    lengths = (network.length_ticks / 1e4).tolist()
    for (first, last), length, line in zip(ends, lengths, network.lines, strict=True):
        graph.add_edge(first, last, length=length, geometry=line)
    return graph


def reached_nodes(graph: nx.MultiGraph, node: int, *, break_m: float) -> NDArray[np.int64]:
    """Return the nodes within a walk of one, sorted."""
    return np.sort(np.fromiter(nx.ego_graph(graph, node, radius=break_m, distance="length"), np.int64))


def service_areas(
    graph: nx.MultiGraph, node: int, *, breaks_m: Sequence[float], buffer_m: float
) -> list[shapely.Geometry]:
    """Return the recipe's polygon for each break: reached nodes and edges, buffered and united."""
    areas = []
    for break_m in breaks_m:
        reached = nx.ego_graph(graph, node, radius=break_m, distance="length")
        points = shapely.points([(data["x"], data["y"]) for _, data in reached.nodes(data=True)])
        lines = [data["geometry"] for _, _, data in reached.edges(data=True)]
        parts = [shapely.buffer(points, buffer_m), shapely.buffer(np.array(lines, object), buffer_m)]
        areas.append(shapely.union_all(np.concatenate(parts)))
    return areas


def united_buffers(
    lines_of_break: Sequence[NDArray[np.object_]], *, buffer_m: float
) -> list[shapely.Geometry]:
    """Return the plain exact shape: reached pieces of street, given, buffered one by one and united."""
    return [shapely.union_all(shapely.buffer(lines, buffer_m)) for lines in lines_of_break]
