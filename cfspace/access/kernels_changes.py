"""Kernels that bring finished searches up to date, compiled on first use."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

import numpy as np

from cfspace.access.jit import JIT, njit

if TYPE_CHECKING:
    from numpy.typing import NDArray


@njit(**JIT)
def unsupported(
    ptr: NDArray[np.int32],
    node: NDArray[np.int32],
    ticks: NDArray[np.int32],
    seed_ticks: NDArray[np.int64],
    known: NDArray[np.int64],
    limit: int,
    suspect: NDArray[np.int32],
) -> NDArray[np.bool_]:
    """Return which nodes no longer have a way as short as the one known.

    Half-edges are those that are left, each with the node at its far end; `seed_ticks` is the cheapest seed
    left at each node (beyond the limit: none); `suspect` are nodes whose way may be gone. They are looked at
    from the nearest on, so that whatever could support a node is known to stand or to have fallen
    [ramalingam-1996]. A step of no length is no support: two nodes might hold each other up.
    """
    fallen = np.zeros(known.size, np.bool_)
    seen = np.zeros(known.size, np.bool_)
    queue = [(np.int64(0), np.int32(0))]
    queue.clear()
    for k in range(suspect.size):
        u = suspect[k]
        if known[u] <= limit and not seen[u]:
            seen[u] = True
            heapq.heappush(queue, (known[u], u))
    while len(queue) > 0:
        at, u = heapq.heappop(queue)
        stands = seed_ticks[u] == at
        e = ptr[u]
        while not stands and e < ptr[u + 1]:
            v = node[e]
            stands = ticks[e] > 0 and not fallen[v] and known[v] + ticks[e] == at
            e += 1
        if stands:
            continue
        fallen[u] = True
        for e in range(ptr[u], ptr[u + 1]):
            v = node[e]
            if not seen[v] and known[v] <= limit and known[v] == at + ticks[e]:
                seen[v] = True
                heapq.heappush(queue, (known[v], v))
    return fallen
