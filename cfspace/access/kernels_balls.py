"""Kernels for many small searches, compiled on first use.

Each search starts from the seeds of one group (a facility), is bounded, and leaves its scratch
as it found it, by the list of nodes that it touched. Counts, pairs, routes and areas build on it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cfspace.access.jit import JIT, njit
from cfspace.access.kernels import HALF, HIGH, LOW, ONE, ZERO, bucket_count, longest_step


class Graph(NamedTuple):
    """Half-edges by node (see `cfspace.network.costs.Csr`) and cost by segment.

    Steps are half-edges as ``ticks << 32 | node``.
    """

    ptr: NDArray[np.int32]
    node: NDArray[np.int32]
    ticks: NDArray[np.int32]
    steps: NDArray[np.uint64]
    segment: NDArray[np.int32]
    length: NDArray[np.int32]
    forward: NDArray[np.int32]
    backward: NDArray[np.int32]


class Groups(NamedTuple):
    """Targets by group: seeds at junctions, and feet on segments; group ``g`` is ``ptr[g]:ptr[g + 1]``."""

    seed_ptr: NDArray[np.int64]
    seed_node: NDArray[np.int32]
    seed_ticks: NDArray[np.int32]
    foot_ptr: NDArray[np.int64]
    foot_segment: NDArray[np.int32]
    foot_along: NDArray[np.int64]
    foot_connector: NDArray[np.int64]


class Scratch(NamedTuple):
    """Working arrays of one thread, for searches as far as a limit.

    ``reached`` holds ``limit + 1`` for every node that is not reached. Nodes that are reached stand in
    ``touched``, those of seeds first.
    """

    limit: int
    shift: int
    reached: NDArray[np.int32]
    touched: NDArray[np.int32]
    size: NDArray[np.uint64]
    mark: NDArray[np.int32]


@njit(**JIT)
def new_scratch(graph: Graph, groups: Groups, limit: int, shift: int) -> Scratch:
    """Return working arrays, clean; a bucket is ``1 << shift`` ticks wide."""
    n_nodes = graph.ptr.size - 1
    longest = longest_step(graph.ticks, groups.seed_ticks, limit)
    return Scratch(
        limit,
        shift,
        np.full(n_nodes, limit + 1, np.int32),
        np.empty(n_nodes + 1, np.int32),
        np.zeros(bucket_count(longest, shift), np.uint64),
        np.full(graph.length.size, -1, np.int32),
    )


@njit(**JIT)
def new_queue(scratch: Scratch) -> NDArray[np.uint64]:
    """Return buckets with room for a few entries each; searches hand it on as it grows."""
    return np.empty(scratch.size.size << 5, np.uint64)


@njit(**JIT)
def row_bits(scratch: Scratch, queue: NDArray[np.uint64]) -> np.uint64:
    """Return the power of two that a bucket of the queue has rows."""
    bits = ZERO
    while np.uint64(scratch.size.size) << bits < np.uint64(queue.size):
        bits += ONE
    return bits


@njit(**JIT)
def clean(scratch: Scratch, count: int) -> None:
    """Reset what a search touched."""
    for j in range(count):
        scratch.reached[scratch.touched[j]] = scratch.limit + 1


@njit(**JIT)
def reach_seeds(
    groups: Groups, g: int, scratch: Scratch, queue: NDArray[np.uint64], via: NDArray[np.int32] | None
) -> tuple[int, np.uint64, bool]:
    """Place the seeds of group ``g``; return how many nodes, the first bucket, and whether one is full."""
    limit, size, bits = scratch.limit, scratch.size, row_bits(scratch, queue)
    mask = np.uint64(size.size - 1)
    count, bucket, is_full = 0, np.uint64(limit) >> np.uint64(scratch.shift), False
    for k in range(groups.seed_ptr[g], groups.seed_ptr[g + 1]):
        s, d = groups.seed_node[k], groups.seed_ticks[k]
        if d < scratch.reached[s] and not is_full:
            if scratch.reached[s] > limit:
                scratch.touched[count] = s
                count += 1
            scratch.reached[s] = d
            if via is not None:
                via[s] = -2 - k
            own = np.uint64(d) >> np.uint64(scratch.shift)
            bucket, slot = min(bucket, own), own & mask
            queue[(slot << bits) + size[slot]] = (np.uint64(d) << HALF) | np.uint64(s)
            size[slot] += ONE
            is_full = size[slot] == ONE << bits
    return count, bucket, is_full


@njit(**JIT)
def from_seeds(
    graph: Graph,
    scratch: Scratch,
    queue: NDArray[np.uint64],
    via: NDArray[np.int32] | None,
    count: int,
    bucket: np.uint64,
) -> tuple[int, bool]:
    """Search on from the seeds; return how many nodes are touched, and whether a bucket became full.

    Entries of the queue are ``ticks << 32 | node``, in buckets of equal room [dial-1969]. As in
    `kernels.spread` pushing has no branch.
    """
    reached, touched, size = scratch.reached, scratch.touched, scratch.size
    ptr, steps = graph.ptr, graph.steps
    mask, width, bits = (
        np.uint64(size.size - 1),
        np.uint64(scratch.shift) + HALF,
        row_bits(scratch, queue),
    )
    far, full = np.int64(scratch.limit) + 1, ONE << bits
    n_empty = 0
    while n_empty < size.size:
        now = bucket & mask
        n_empty += 1
        i = ZERO
        while i < size[now]:
            n_empty = 0
            entry = queue[(now << bits) + i]
            i += ONE
            u = entry & LOW
            if np.int64(entry >> HALF) != reached[u]:
                continue
            for e in range(np.uint64(ptr[u]), np.uint64(ptr[u + ONE])):
                there = (entry & HIGH) + steps[e]
                v, d = there & LOW, np.int64(there >> HALF)
                old = np.int64(reached[v])
                touched[count] = v
                count += int(d < old) & int(old == far)
                reached[v] = min(d, old)
                if via is not None and d < old:
                    via[v] = graph.segment[e]
                slot = (there >> width) & mask
                n = size[slot]
                queue[(slot << bits) + n] = there
                n += np.uint64(d < old)
                size[slot] = n
                if n == full:
                    return count, True
        size[now] = ZERO
        bucket += ONE
    return count, False


@njit(**JIT)
def ball(
    graph: Graph,
    groups: Groups,
    g: int,
    scratch: Scratch,
    queue: NDArray[np.uint64],
    via: NDArray[np.int32] | None,
) -> tuple[int, int, NDArray[np.uint64]]:
    """Search back from group ``g``; return how many nodes are touched, how many as seeds, and the queue.

    ``via``, where it is given, gets the segment by which each touched node is left on the way to the
    group, or -2 - seed where it is a seed. Where a bucket becomes full the search begins again with
    buckets of twice the room: were the queue exchanged on the way, its count of references would be
    looked at for every half-edge, which takes longer than all else.
    """
    while True:
        count, bucket, is_full = reach_seeds(groups, g, scratch, queue, via)
        n_seeds = count
        if not is_full:
            count, is_full = from_seeds(graph, scratch, queue, via, count, bucket)
        if not is_full:
            return count, n_seeds, queue
        clean(scratch, count)
        scratch.size[:] = ZERO
        queue = np.empty(2 * queue.size, np.uint64)
