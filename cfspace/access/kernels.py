"""Search kernels on flat arrays, compiled by numba on first use.

Costs are whole ticks (tenths of a millimetre), so that sums do not depend on their order and
thread count cannot change a byte. Arguments are not checked here: the public functions do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from cfspace.access.jit import JIT, njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

Ticks: TypeAlias = Any
"""A whole number; numba finds its width."""

UNREACHED = np.int32(2**31 - 1)
"""The cost of a node that no search has reached."""

ZERO, ONE, HALF = np.uint64(0), np.uint64(1), np.uint64(32)
LOW, HIGH = np.uint64(0x0000_0000_FFFF_FFFF), np.uint64(0xFFFF_FFFF_0000_0000)
"""For two numbers of 32 bits in one of 64."""


@njit(**JIT)
def bucket_count(longest: int, shift: int) -> int:
    """Return a power of two above the number of buckets that open at once."""
    count = 1
    while count < (longest >> shift) + 2:
        count *= 2
    return count


@njit(**JIT)
def listed(place: NDArray[np.int32], size: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return the indices at each place, rising: those at ``p`` are ``ptr[p]:ptr[p + 1]``; -1 is no place."""
    ptr = np.zeros(size + 1, np.int64)
    for p in place:
        if p >= 0:
            ptr[p + 1] += 1
    for p in range(size):
        ptr[p + 1] += ptr[p]
    found = np.empty(ptr[size], np.int32)
    end = ptr[:-1].copy()
    for i in range(place.size):
        p = place[i]
        if p >= 0:
            found[end[p]] = i
            end[p] += 1
    return ptr, found


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
def widened(queue: NDArray[np.uint64], size: NDArray[np.uint64], bits: np.uint64) -> NDArray[np.uint64]:
    """Return buckets of twice the room; each has ``1 << bits`` rows now."""
    wider = np.empty(2 * queue.size, np.uint64)
    for bucket in range(size.size):
        old, new = np.int64(bucket) << np.int64(bits), np.int64(bucket) << np.int64(bits + ONE)
        for row in range(np.int64(size[bucket])):
            wider[new + row] = queue[old + row]
    return wider


@njit(**JIT)
def nearest(
    ptr: NDArray[np.int32],
    steps: NDArray[np.uint64],
    seed_node: NDArray[np.int32],
    seed_key: NDArray[np.uint64],
    n_buckets: int,
    limit: int,
    shift: int,
    at_once: int,
    best: NDArray[np.uint64],
) -> None:
    """Set for every node the key of its nearest seed, or one beyond the limit.

    A key is ``ticks << 32 | owner``, so one comparison finds the nearer, and of equally near ones the
    lower owner. Half-edges (``steps``) are ``ticks << 32 | node``. Seeds must be sorted so that
    neighbours are near: they spread ``at_once`` at a time, each lot pruned by all before it, which
    keeps the working set in the cache, by a lazy circular bucket queue [dial-1969].

    All is unsigned: signed indices would be looked at for wrapping around. Pushing has no branch,
    because whether a neighbour is improved is what a processor cannot guess: every neighbour is
    written behind its bucket, and the bucket grows only if it was improved.
    """
    best[:] = np.uint64(limit + 1) << HALF
    spread(ptr, steps, seed_node, seed_key, n_buckets, limit, shift, at_once, best)


@njit(**JIT)
def drain(
    ptr: NDArray[np.int32],
    steps: NDArray[np.uint64],
    best: NDArray[np.uint64],
    queue: NDArray[np.uint64],
    size: NDArray[np.uint64],
    bits: np.uint64,
    width: np.uint64,
    bucket: np.uint64,
    row: np.uint64,
) -> tuple[np.uint64, np.uint64, bool]:
    """Search on from a row of a bucket until all are empty, or one is full.

    Returns bucket and row to go on from, and whether one is full.
    """
    mask, full = np.uint64(size.size - 1), (ONE << bits) - ONE
    n_empty = 0
    while n_empty < size.size:
        now = bucket & mask
        n_empty += 1
        while row < size[now]:
            n_empty = 0
            entry = queue[(now << bits) + row]
            row += ONE
            u = entry & LOW
            key = best[u]
            if (entry ^ key) >> HALF:
                continue
            for e in range(np.uint64(ptr[u]), np.uint64(ptr[u + ONE])):
                step = steps[e]
                v = step & LOW
                there = key + (step - v)
                old = best[v]
                best[v] = min(there, old)
                slot = (there >> width) & mask
                n = size[slot]
                queue[(slot << bits) + n] = (there & HIGH) | v
                n += np.uint64(there < old)
                size[slot] = n
                if n == full:
                    # What has been lowered is queued, so this node may be looked at once more.
                    return bucket, row - ONE, True
        size[now] = ZERO
        bucket += ONE
        row = ZERO
    return bucket, row, False


@njit(**JIT)
def spread(
    ptr: NDArray[np.int32],
    steps: NDArray[np.uint64],
    seed_node: NDArray[np.int32],
    seed_key: NDArray[np.uint64],
    n_buckets: int,
    limit: int,
    shift: int,
    at_once: int,
    best: NDArray[np.uint64],
) -> None:
    """Go on with a search: lower the keys of all nodes that seeds reach with less than `best` holds.

    Whatever `best` knows already prunes what the seeds need not look at. The queue is never exchanged in the
    loop over half-edges: its references would be counted for each, which takes longer than all else.
    """
    bits = np.uint64(6)
    queue = np.empty(n_buckets << 6, np.uint64)
    size = np.zeros(n_buckets, np.uint64)
    mask = np.uint64(n_buckets - 1)
    width = np.uint64(shift) + HALF
    for first in range(0, seed_node.size, at_once):
        bucket = np.uint64(limit) >> np.uint64(shift)
        for k in range(first, min(first + at_once, seed_node.size)):
            s, key = np.uint64(seed_node[k]), seed_key[k]
            if key < best[s]:
                best[s] = key
                slot = (key >> width) & mask
                queue[(slot << bits) + size[slot]] = (key & HIGH) | s
                size[slot] += ONE
                if size[slot] == (ONE << bits) - ONE:
                    queue = widened(queue, size, bits)
                    bits += ONE
                bucket = min(bucket, key >> width)
        row, is_full = ZERO, True
        while is_full:
            bucket, row, is_full = drain(ptr, steps, best, queue, size, bits, width, bucket, row)
            if is_full:
                queue = widened(queue, size, bits)
                bits += ONE


@njit(**JIT)
def straight(
    along: Ticks, foot_along: Ticks, length: Ticks, forward: Ticks, backward: Ticks, connectors: Ticks
) -> Ticks:
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
def feet_by_segment(
    foot_ptr: NDArray[np.int64], foot_segment: NDArray[np.int32], n_segments: int
) -> NDArray[np.uint8]:
    """Return for each segment a bit for every lane that has a foot on it."""
    lanes = np.zeros(n_segments, np.uint8)
    for lane in range(foot_ptr.size - 1):
        for k in range(foot_ptr[lane], foot_ptr[lane + 1]):
            lanes[foot_segment[k]] |= np.uint8(1 << lane)
    return lanes


@njit(**JIT)
def finish(
    best: NDArray[np.uint64],
    n_lanes: int,
    end_node: NDArray[np.int32],
    end_ticks: NDArray[np.uint32],
    connector: NDArray[np.int64],
    along: NDArray[np.int64],
    segment: NDArray[np.int32],
    foot_ptr: NDArray[np.int64],
    foot_segment: NDArray[np.int32],
    foot_along: NDArray[np.int64],
    foot_connector: NDArray[np.int64],
    foot_owner: NDArray[np.int32],
    length: NDArray[np.int32],
    forward: NDArray[np.int32],
    backward: NDArray[np.int32],
    limits: NDArray[np.int64],
    ticks_per_m: float,
    metres: NDArray[np.float64],
    owner: NDArray[np.int32],
) -> None:
    """Write metres and owner for each lane and origin, out of what is known at the ends of its segment.

    ``best`` holds ``n_lanes`` keys for each node. Feet (the targets') are sorted by lane and segment;
    one on the origin's own segment is also reached straight along it. Not within the limit: ``inf``
    and -1; no segment: ``NaN`` and -1.
    """
    has_foot = feet_by_segment(foot_ptr, foot_segment, length.size)
    for i in range(segment.size):
        s = segment[i]
        if s < 0:
            metres[:, i] = np.nan
            owner[:, i] = -1
            continue
        first, last = np.int64(end_node[i, 0]) * n_lanes, np.int64(end_node[i, 1]) * n_lanes
        to_first, to_last = np.uint64(end_ticks[i, 0]) << HALF, np.uint64(end_ticks[i, 1]) << HALF
        for lane in range(limits.size):
            key = min(best[first + lane] + to_first, best[last + lane] + to_last)
            if has_foot[s] >> lane & 1:
                k = foot_ptr[lane]
                k += np.searchsorted(foot_segment[k : foot_ptr[lane + 1]], s)
                while k < foot_ptr[lane + 1] and foot_segment[k] == s:
                    joins = connector[i] + foot_connector[k]
                    d = straight(
                        along[i], foot_along[k], length[s], np.int64(forward[s]), np.int64(backward[s]), joins
                    )
                    if 0 <= d <= limits[lane]:
                        key = min(key, (np.uint64(d) << HALF) | np.uint64(foot_owner[k]))
                    k += 1
            is_within = key < np.uint64(limits[lane] + 1) << HALF
            metres[lane, i] = np.float64(key >> HALF) / ticks_per_m if is_within else np.inf
            owner[lane, i] = np.int32(key & LOW) if is_within else -1
