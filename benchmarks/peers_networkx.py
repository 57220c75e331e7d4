"""networkx: plain Python, for the smallest network."""

from __future__ import annotations

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from benchmarks.networks import Graph


def graph_of_dicts(graph: Graph) -> nx.Graph:
    """Return the network as networkx has it."""
    built = nx.Graph()
    built.add_nodes_from(range(graph.n_nodes))
    edges = zip(graph.first.tolist(), graph.last.tolist(), graph.length_m.tolist(), strict=True)
    built.add_weighted_edges_from(edges, weight="length_m")
    return built


def nearest_m(graph: nx.Graph, sources: NDArray[np.int64], *, limit_m: float) -> NDArray[np.float64]:
    """Return the metres from every node to its nearest source."""
    found = nx.multi_source_dijkstra_path_length(
        graph, set(sources.tolist()), cutoff=limit_m, weight="length_m"
    )
    metres = np.full(graph.number_of_nodes(), np.inf)
    metres[list(found)] = list(found.values())
    return metres
