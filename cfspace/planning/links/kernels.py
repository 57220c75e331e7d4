"""Kernels for links: how far every junction is from a target, and what a link changes of that.

Ticks are tenths of a millimetre. Arguments are not checked here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cfspace.access.jit import JIT, njit
from cfspace.access.kernels_tree import FAR, drop_first, push

if TYPE_CHECKING:
    from numpy.typing import NDArray


@njit(**JIT)
def distances(
    ptr: NDArray[np.int32],
    node: NDArray[np.int32],
    ticks: NDArray[np.int32],
    seed_node: NDArray[np.int32],
    seed_ticks: NDArray[np.int64],
    limit: int,
) -> NDArray[np.int64]:
    """Return the ticks from every junction to its nearest seed; `FAR` beyond the limit."""
    reached = np.full(ptr.size - 1, FAR, np.int64)
    spread(ptr, node, ticks, seed_node, seed_ticks, limit, reached)
    return reached


@njit(**JIT)
def spread(
    ptr: NDArray[np.int32],
    node: NDArray[np.int32],
    ticks: NDArray[np.int32],
    seed_node: NDArray[np.int32],
    seed_ticks: NDArray[np.int64],
    limit: int,
    reached: NDArray[np.int64],
) -> NDArray[np.int32]:
    """Lower known distances by what some seeds offer, no further than that betters them; return where."""
    room = 64
    key = np.empty(room, np.int64)
    heap = np.empty(room, np.int32)
    touched = np.empty(room, np.int32)
    n = 0
    count = 0
    for k in range(seed_node.size):
        v = seed_node[k]
        if seed_ticks[k] <= limit and seed_ticks[k] < reached[v]:
            if n == key.size:
                key = np.concatenate((key, np.empty(key.size, np.int64)))
                heap = np.concatenate((heap, np.empty(heap.size, np.int32)))
            reached[v] = seed_ticks[k]
            push(key, heap, n, seed_ticks[k], v)
            n += 1
            if count == touched.size:
                touched = np.concatenate((touched, np.empty(touched.size, np.int32)))
            touched[count] = v
            count += 1
    while n > 0:
        d = key[0]
        u = heap[0]
        drop_first(key, heap, n)
        n -= 1
        if d > reached[u]:
            continue
        for e in range(ptr[u], ptr[u + 1]):
            v = node[e]
            nd = d + ticks[e]
            if nd <= limit and nd < reached[v]:
                reached[v] = nd
                if n == key.size:
                    key = np.concatenate((key, np.empty(key.size, np.int64)))
                    heap = np.concatenate((heap, np.empty(heap.size, np.int32)))
                push(key, heap, n, nd, v)
                n += 1
                if count == touched.size:
                    touched = np.concatenate((touched, np.empty(touched.size, np.int32)))
                touched[count] = v
                count += 1
    return np.unique(touched[:count])
