"""scipy: Dijkstra on a sparse matrix, the way its documentation has it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from benchmarks.networks import Graph

ROWS_AT_ONCE = 64
"""Without ``min_only`` the answer is dense, sources x nodes: more rows than this thrash the cache."""


def matrix(graph: Graph) -> csr_array:
    """Return the symmetric matrix of lengths; directed search on it is faster than undirected."""
    rows, columns = np.concatenate([graph.first, graph.last]), np.concatenate([graph.last, graph.first])
    lengths = np.concatenate([graph.length_m, graph.length_m])
    return csr_array((lengths, (rows, columns)), shape=(graph.n_nodes, graph.n_nodes))


def nearest_m(lengths: csr_array, sources: NDArray[np.int64], *, limit_m: float) -> NDArray[np.float64]:
    """Return the metres from every node to its nearest source."""
    metres: NDArray[np.float64] = dijkstra(lengths, indices=sources, min_only=True, limit=limit_m)
    return metres


def counts(lengths: csr_array, sources: NDArray[np.int64], *, breaks_m: Sequence[float]) -> NDArray[np.int32]:
    """Return how many sources lie within each break of every node."""
    found = np.zeros((lengths.shape[0], len(breaks_m)), np.int32)
    for chunk in chunks(sources):
        metres = dijkstra(lengths, indices=chunk, limit=max(breaks_m))
        for column, break_m in enumerate(breaks_m):
            found[:, column] += np.count_nonzero(metres <= break_m, axis=0).astype(np.int32)
    return found


def pairs(
    lengths: csr_array, sources: NDArray[np.int64], *, limit_m: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return source (its position), node and metres of all that lie within the limit."""
    parts = []
    for number, chunk in enumerate(chunks(sources)):
        metres = dijkstra(lengths, indices=chunk, limit=limit_m)
        row, node = np.nonzero(np.isfinite(metres))
        parts.append((row + number * ROWS_AT_ONCE, node, metres[row, node]))
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    return columns[0], columns[1], columns[2]


def chunks(sources: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Return the sources in lots whose dense answers fit the cache better."""
    return [sources[start : start + ROWS_AT_ONCE] for start in range(0, len(sources), ROWS_AT_ONCE)]
