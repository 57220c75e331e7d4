"""Kernels of the shortest-path tree: one search back, and sums along every path at once.

Costs are whole numbers above zero, so that a node is reached before any node whose path leads through
it, and sums can be carried down the tree in the order of reaching. Arguments are not checked here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cfspace.access.jit import JIT, njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

FAR = np.int64(2**62)
"""The cost of a node that no search has reached."""


@njit(**JIT)
def push(key: NDArray[np.int64], node: NDArray[np.int32], n: int, d: int, v: int) -> None:
    """Put a node onto a binary heap of `n`, least cost and then least node first."""
    i = n
    while i > 0:
        up = (i - 1) >> 1
        if key[up] < d or (key[up] == d and node[up] <= v):
            break
        key[i] = key[up]
        node[i] = node[up]
        i = up
    key[i] = d
    node[i] = v


@njit(**JIT)
def drop_first(key: NDArray[np.int64], node: NDArray[np.int32], n: int) -> None:
    """Take the first node off a heap of `n`; the heap then has one fewer."""
    d = key[n - 1]
    v = node[n - 1]
    i = 0
    while 2 * i + 1 < n - 1:
        down = 2 * i + 1
        right = down + 1
        if right < n - 1 and (
            key[right] < key[down] or (key[right] == key[down] and node[right] < node[down])
        ):
            down = right
        if d < key[down] or (d == key[down] and v <= node[down]):
            break
        key[i] = key[down]
        node[i] = node[down]
        i = down
    key[i] = d
    node[i] = v


@njit(**JIT)
def tree(
    ptr: NDArray[np.int32],
    node: NDArray[np.int32],
    segment: NDArray[np.int32],
    cost: NDArray[np.int64],
    sums_of: NDArray[np.int64],
    seed_node: NDArray[np.int32],
    seed_cost: NDArray[np.int64],
    seed_owner: NDArray[np.int32],
    seed_sums: NDArray[np.int64],
    limit: int,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]:
    """Return for every node the cost to its nearest seed, the seed's owner, and sums along the way.

    ``cost`` and ``sums_of`` are by segment. Of ways that cost the same, a seed at the node counts first,
    then the lowest segment; of such seeds the first.
    """
    n_nodes = ptr.size - 1
    reached = np.full(n_nodes, FAR, np.int64)
    owner = np.full(n_nodes, -1, np.int32)
    onward = np.full(n_nodes, -1, np.int32)
    through = np.full(n_nodes, -1, np.int32)
    done = np.zeros(n_nodes, np.bool_)
    sums = np.zeros((n_nodes, sums_of.shape[1]), np.int64)
    # Every half-edge and every seed puts a node onto the heap once at most.
    heap_key = np.empty(node.size + seed_node.size + 1, np.int64)
    heap_node = np.empty(node.size + seed_node.size + 1, np.int32)
    n = 0
    for k in range(seed_node.size):
        v = seed_node[k]
        if seed_cost[k] <= limit and seed_cost[k] < reached[v]:
            reached[v] = seed_cost[k]
            owner[v] = seed_owner[k]
            sums[v] = seed_sums[k]
            push(heap_key, heap_node, n, seed_cost[k], v)
            n += 1
    while n > 0:
        d = heap_key[0]
        u = heap_node[0]
        drop_first(heap_key, heap_node, n)
        n -= 1
        if done[u]:
            continue
        done[u] = True
        if onward[u] >= 0:
            owner[u] = owner[onward[u]]
            sums[u] = sums[onward[u]] + sums_of[through[u]]
        for e in range(ptr[u], ptr[u + 1]):
            v = node[e]
            nd = d + cost[segment[e]]
            if done[v] or nd > limit:
                continue
            if nd < reached[v] or (nd == reached[v] and onward[v] >= 0 and segment[e] < through[v]):
                if nd < reached[v]:
                    push(heap_key, heap_node, n, nd, v)
                    n += 1
                reached[v] = nd
                onward[v] = u
                through[v] = segment[e]
    return reached, owner, sums


@njit(**JIT)
def finish(
    reached: NDArray[np.int64],
    owner: NDArray[np.int32],
    sums: NDArray[np.int64],
    ends: NDArray[np.int32],
    rates: NDArray[np.bool_],
    shift: int,
    segment: NDArray[np.int32],
    along: NDArray[np.int64],
    beyond: NDArray[np.int64],
    start_cost: NDArray[np.int64],
    start_sums: NDArray[np.int64],
    foot_segment: NDArray[np.int32],
    foot_along: NDArray[np.int64],
    foot_cost: NDArray[np.int64],
    foot_owner: NDArray[np.int32],
    foot_sums: NDArray[np.int64],
    limit: int,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]:
    """Return cost, owner and sums for each origin, out of what is known at the ends of its segment.

    Origins may lie on two segments (both sides of a road), each with a cost and sums to start with;
    ``rates`` tells which sums grow by the ticks walked along a segment. Feet (the targets') are
    sorted by segment; one on the same segment is also reached straight along it. -1: not reached.
    """
    n = segment.shape[0]
    total = np.full(n, -1, np.int64)
    whose = np.full(n, -1, np.int32)
    out = np.zeros((n, sums.shape[1]), np.int64)
    for i in range(n):
        best = np.int64(limit) + 1
        for j in range(segment.shape[1]):
            s = segment[i, j]
            if s < 0:
                continue
            for side in range(2):
                v = ends[s, side]
                part = along[i] if side == 0 else beyond[i]
                d = start_cost[i, j] + (part << shift) + reached[v]
                if d < best:
                    best = d
                    whose[i] = owner[v]
                    out[i] = start_sums[i, j] + sums[v] + rates[s] * part
            k = np.searchsorted(foot_segment, s)
            while k < foot_segment.size and foot_segment[k] == s:
                part = abs(foot_along[k] - along[i])
                d = start_cost[i, j] + (part << shift) + foot_cost[k]
                if d < best:
                    best = d
                    whose[i] = foot_owner[k]
                    out[i] = start_sums[i, j] + foot_sums[k] + rates[s] * part
                k += 1
        if best <= limit:
            total[i] = best
    return total, whose, out
