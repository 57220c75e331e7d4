"""Search kernels on flat arrays, compiled by numba on first use.

Costs are whole ticks (tenths of a millimetre), so that sums do not depend on their order and
thread count cannot change a byte. Arguments are not checked here: the public functions do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNREACHED = np.int32(2**31 - 1)
"""The cost of a node that no search has reached."""

JIT: dict[str, Any] = {"cache": True, "nogil": True, "boundscheck": False, "error_model": "numpy"}


@njit(**JIT)
def bucket_count(longest: int, shift: int) -> int:
    """Return a power of two above the number of buckets that open at once."""
    count = 1
    while count < (longest >> shift) + 2:
        count *= 2
    return count


@njit(**JIT)
def grown(pool: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return a queue pool of twice the rows."""
    wider = np.empty((2 * pool.shape[0], pool.shape[1]), np.int32)
    wider[: pool.shape[0]] = pool
    return wider


@njit(**JIT)
def spread(
    ptr: NDArray[np.int32],
    node: NDArray[np.int32],
    ticks: NDArray[np.int32],
    seed_node: NDArray[np.int32],
    seed_ticks: NDArray[np.int32],
    seed_owner: NDArray[np.int32],
    first: int,
    last: int,
    limit: int,
    shift: int,
    reached: NDArray[np.int32],
    owner: NDArray[np.int32],
    head: NDArray[np.int32],
    pool: NDArray[np.int32],
) -> NDArray[np.int32]:
    """Spread from seeds ``first:last`` over what they improve, by a lazy circular bucket queue.

    ``pool`` rows are (next, node, key); stale rows are skipped when they are met. Returns the
    pool, which may have grown.
    """
    mask = head.size - 1
    free = -1
    top = 0
    live = 0
    bucket = np.int64(limit >> shift)
    for k in range(first, last):
        s = seed_node[k]
        d = seed_ticks[k]
        if d <= limit and d < reached[s]:
            reached[s] = d
            owner[s] = seed_owner[k]
            if top == pool.shape[0]:
                pool = grown(pool)
            slot = (d >> shift) & mask
            pool[top, 0] = head[slot]
            pool[top, 1] = s
            pool[top, 2] = d
            head[slot] = top
            top += 1
            live += 1
            bucket = min(bucket, np.int64(d >> shift))
    while live > 0:
        slot = bucket & mask
        i = head[slot]
        if i < 0:
            bucket += 1
            continue
        head[slot] = pool[i, 0]
        u = pool[i, 1]
        d = pool[i, 2]
        pool[i, 0] = free
        free = i
        live -= 1
        if d > reached[u]:
            continue
        for e in range(ptr[u], ptr[u + 1]):
            if ticks[e] > limit - d:
                continue
            nd = d + ticks[e]
            v = node[e]
            if nd < reached[v]:
                reached[v] = nd
                owner[v] = owner[u]
                if free >= 0:
                    i = free
                    free = pool[i, 0]
                else:
                    if top == pool.shape[0]:
                        pool = grown(pool)
                    i = top
                    top += 1
                slot = (nd >> shift) & mask
                pool[i, 0] = head[slot]
                pool[i, 1] = v
                pool[i, 2] = nd
                head[slot] = i
                live += 1
    return pool


@njit(**JIT)
def longest_step(ticks: NDArray[np.int32], seeds: NDArray[np.int32], limit: int) -> int:
    """Return the longest step within the limit: how far apart queued keys can be."""
    longest = 0
    for e in range(ticks.size):
        if ticks[e] <= limit and ticks[e] > longest:
            longest = ticks[e]
    for k in range(seeds.size):
        if seeds[k] <= limit and seeds[k] > longest:
            longest = seeds[k]
    return longest


@njit(**JIT)
def nearest(
    ptr: NDArray[np.int32],
    node: NDArray[np.int32],
    ticks: NDArray[np.int32],
    seed_node: NDArray[np.int32],
    seed_ticks: NDArray[np.int32],
    seed_owner: NDArray[np.int32],
    limit: int,
    shift: int,
    step: int,
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return for every node the ticks to its nearest seed and that seed's owner (-1: none).

    Seeds must be sorted so that neighbours are near: they spread ``step`` at a time, each
    pruned by all before it, which keeps the working set in the cache [dial-1969].
    """
    n_nodes = ptr.size - 1
    reached = np.full(n_nodes, UNREACHED, np.int32)
    owner = np.full(n_nodes, -1, np.int32)
    longest = longest_step(ticks, seed_ticks, limit)
    head = np.full(bucket_count(longest, shift), -1, np.int32)
    pool = np.empty((4096, 3), np.int32)
    for first in range(0, seed_node.size, step):
        last = min(first + step, seed_node.size)
        pool = spread(
            ptr,
            node,
            ticks,
            seed_node,
            seed_ticks,
            seed_owner,
            first,
            last,
            limit,
            shift,
            reached,
            owner,
            head,
            pool,
        )
    return reached, owner


@njit(**JIT)
def straight(along: int, foot_along: int, length: int, forward: int, backward: int, connectors: int) -> int:
    """Return the ticks of the way along one segment, or -1 where that way is closed."""
    if foot_along >= along:
        cost, part = forward, foot_along - along
    else:
        cost, part = backward, along - foot_along
    if cost < 0:
        return -1
    if length == 0:
        return connectors
    return connectors + (cost * part + length // 2) // length


@njit(**JIT)
def finish(
    reached: NDArray[np.int32],
    owner: NDArray[np.int32],
    end_node: NDArray[np.int32],
    end_ticks: NDArray[np.int64],
    connector: NDArray[np.int64],
    along: NDArray[np.int64],
    segment: NDArray[np.int32],
    foot_segment: NDArray[np.int32],
    foot_along: NDArray[np.int64],
    foot_connector: NDArray[np.int64],
    foot_owner: NDArray[np.int32],
    length: NDArray[np.int32],
    forward: NDArray[np.int32],
    backward: NDArray[np.int32],
    limit: int,
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return ticks and owner for each origin, out of what is known at the ends of its segment.

    Feet (the targets') are sorted by segment; one on the origin's own segment is also reached
    straight along it. -1 ticks: not reached within the limit; owner -1 likewise. Ways of -1 ticks
    are closed.
    """
    n = segment.size
    total = np.full(n, -1, np.int64)
    whose = np.full(n, -1, np.int32)
    for i in range(n):
        s = segment[i]
        if s < 0:
            continue
        best = np.int64(limit) + 1
        who = np.int32(-1)
        for side in range(2):
            v = end_node[i, side]
            if reached[v] != UNREACHED and end_ticks[i, side] >= 0:
                d = end_ticks[i, side] + reached[v]
                if d < best:
                    best = d
                    who = owner[v]
        k = np.searchsorted(foot_segment, s)
        while k < foot_segment.size and foot_segment[k] == s:
            joins = connector[i] + foot_connector[k]
            d = straight(
                along[i], foot_along[k], length[s], np.int64(forward[s]), np.int64(backward[s]), joins
            )
            if 0 <= d < best:
                best = d
                who = foot_owner[k]
            k += 1
        if best <= limit:
            total[i] = best
            whose[i] = who
    return total, whose
