"""Kernels for many small searches: counts, pairs and routes, compiled on first use.

Each search starts from the seeds of one group (a facility), is bounded, and leaves its scratch
as it found it, by the list of nodes that it touched.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cfspace.access.jit import JIT, njit
from cfspace.access.kernels import (
    HALF,
    LOW,
    ONE,
    UNREACHED,
    ZERO,
    bucket_count,
    longest_step,
    straight,
    widened,
)


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


class Origins(NamedTuple):
    """Points that walk: ends of their segment, ticks to each, and lists of them by place."""

    end_node: NDArray[np.int32]
    end_ticks: NDArray[np.int64]
    connector: NDArray[np.int64]
    along: NDArray[np.int64]
    segment: NDArray[np.int32]
    first_ptr: NDArray[np.int64]
    by_first: NDArray[np.int32]
    last_ptr: NDArray[np.int64]
    by_last: NDArray[np.int32]
    segment_ptr: NDArray[np.int64]
    by_segment: NDArray[np.int32]


class Scratch(NamedTuple):
    """Working arrays of one thread."""

    reached: NDArray[np.int32]
    via: NDArray[np.int32]
    touched: NDArray[np.int32]
    size: NDArray[np.uint64]
    mark: NDArray[np.int32]


@njit(**JIT)
def new_scratch(graph: Graph, groups: Groups, limit: int, shift: int) -> Scratch:
    """Return working arrays, clean."""
    n_nodes = graph.ptr.size - 1
    longest = longest_step(graph.ticks, groups.seed_ticks, limit)
    return Scratch(
        np.full(n_nodes, UNREACHED, np.int32),
        np.full(n_nodes, -1, np.int32),
        np.empty(n_nodes + 1, np.int32),
        np.zeros(bucket_count(longest, shift), np.uint64),
        np.full(graph.length.size, -1, np.int32),
    )


@njit(**JIT)
def new_queue(scratch: Scratch) -> NDArray[np.uint64]:
    """Return buckets with room for a few entries each; searches hand it on as it grows."""
    return np.empty(scratch.size.size << 5, np.uint64)


@njit(**JIT)
def put(
    queue: NDArray[np.uint64], size: NDArray[np.uint64], bits: np.uint64, slot: np.uint64, entry: np.uint64
) -> tuple[NDArray[np.uint64], np.uint64]:
    """Write an entry into a bucket of ``1 << bits`` rows; return the queue, wider where it was full."""
    row = size[slot]
    queue[(slot << bits) + row] = entry
    size[slot] = row + ONE
    if size[slot] == ONE << bits:
        queue = widened(queue, size, bits)
        bits += ONE
    return queue, bits


@njit(**JIT)
def reach_seeds(
    groups: Groups,
    g: int,
    limit: int,
    shift: int,
    scratch: Scratch,
    queue: NDArray[np.uint64],
    bits: np.uint64,
) -> tuple[int, np.uint64, NDArray[np.uint64], np.uint64]:
    """Place the seeds of group ``g``; return how many nodes that are, their first bucket, and the queue."""
    mask = np.uint64(scratch.size.size - 1)
    count, bucket = 0, np.uint64(limit) >> np.uint64(shift)
    for k in range(groups.seed_ptr[g], groups.seed_ptr[g + 1]):
        s, d = groups.seed_node[k], groups.seed_ticks[k]
        if d <= limit and d < scratch.reached[s]:
            if scratch.reached[s] == UNREACHED:
                scratch.touched[count] = s
                count += 1
            scratch.reached[s] = d
            scratch.via[s] = -2 - k
            own = np.uint64(d) >> np.uint64(shift)
            entry = (np.uint64(d) << HALF) | np.uint64(s)
            queue, bits = put(queue, scratch.size, bits, own & mask, entry)
            bucket = min(bucket, own)
    return count, bucket, queue, bits


@njit(**JIT)
def ball(
    graph: Graph,
    groups: Groups,
    g: int,
    limit: int,
    shift: int,
    scratch: Scratch,
    queue: NDArray[np.uint64],
) -> tuple[int, NDArray[np.uint64]]:
    """Search back from group ``g``; return how many nodes were touched, and the queue.

    ``via`` gets the segment by which each touched node is left on the way to the group, or
    -2 - seed where it is a seed. Entries of the queue are ``ticks << 32 | node``, in buckets of
    equal room [dial-1969].
    """
    reached, via, touched, size = scratch.reached, scratch.via, scratch.touched, scratch.size
    mask, width = np.uint64(size.size - 1), np.uint64(shift) + HALF
    bits = ZERO
    while np.uint64(size.size) << bits < np.uint64(queue.size):
        bits += ONE
    count, bucket, queue, bits = reach_seeds(groups, g, limit, shift, scratch, queue, bits)
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
            for e in range(np.uint64(graph.ptr[u]), np.uint64(graph.ptr[u + ONE])):
                there = (entry & ~LOW) + graph.steps[e]
                v, d = there & LOW, np.int64(there >> HALF)
                if d < reached[v] and d <= limit:
                    touched[count] = v
                    count += reached[v] == UNREACHED
                    reached[v] = d
                    via[v] = graph.segment[e]
                    slot = (there >> width) & mask
                    n = size[slot] + ONE
                    queue[(slot << bits) + n - ONE] = there
                    size[slot] = n
                    if n == ONE << bits:
                        queue = widened(queue, size, bits)
                        bits += ONE
        size[now] = ZERO
        bucket += ONE
    return count, queue


@njit(**JIT)
def clean(scratch: Scratch, count: int) -> None:
    """Reset what a search touched."""
    for j in range(count):
        scratch.reached[scratch.touched[j]] = UNREACHED


@njit(**JIT)
def by_ends(origins: Origins, i: int, reached: NDArray[np.int32]) -> np.int64:
    """Return the ticks of origin ``i`` by the ends of its segment; `UNREACHED` where neither helps."""
    best = np.int64(UNREACHED)
    for side in range(2):
        v = origins.end_node[i, side]
        if reached[v] != UNREACHED and origins.end_ticks[i, side] >= 0:
            best = min(best, origins.end_ticks[i, side] + reached[v])
    return best


@njit(**JIT)
def along_segment(graph: Graph, groups: Groups, g: int, origins: Origins, i: int) -> np.int64:
    """Return the ticks of origin ``i`` straight along its segment to a foot of group ``g``."""
    best = np.int64(UNREACHED)
    s = origins.segment[i]
    for k in range(groups.foot_ptr[g], groups.foot_ptr[g + 1]):
        if groups.foot_segment[k] == s:
            joins = origins.connector[i] + groups.foot_connector[k]
            d = straight(
                origins.along[i],
                groups.foot_along[k],
                np.int64(graph.length[s]),
                np.int64(graph.forward[s]),
                np.int64(graph.backward[s]),
                joins,
            )
            if d >= 0:
                best = min(best, d)
    return best


@njit(**JIT)
def room_for(groups: Groups, g: int, origins: Origins, scratch: Scratch, count: int) -> int:
    """Return how many origins group ``g`` can meet at the most."""
    room = 0
    for j in range(count):
        u = scratch.touched[j]
        room += (
            origins.first_ptr[u + 1] - origins.first_ptr[u] + origins.last_ptr[u + 1] - origins.last_ptr[u]
        )
    for k in range(groups.foot_ptr[g], groups.foot_ptr[g + 1]):
        s = groups.foot_segment[k]
        room += origins.segment_ptr[s + 1] - origins.segment_ptr[s]
    return room


@njit(**JIT)
def meet(
    graph: Graph,
    groups: Groups,
    g: int,
    origins: Origins,
    scratch: Scratch,
    count: int,
    limit: int,
    who: NDArray[np.int32],
    far: NDArray[np.int32],
    n: int,
) -> int:
    """Write origins within the limit of group ``g`` and their ticks from row ``n``; return the next row."""
    reached, mark = scratch.reached, scratch.mark
    for k in range(groups.foot_ptr[g], groups.foot_ptr[g + 1]):
        mark[groups.foot_segment[k]] = g
    for j in range(count):
        u = scratch.touched[j]
        for side in range(2):
            ptr = origins.first_ptr if side == 0 else origins.last_ptr
            listed = origins.by_first if side == 0 else origins.by_last
            for q in range(ptr[u], ptr[u + 1]):
                i = listed[q]
                # At its last node an origin is met only if it was not at its first already.
                if side == 1 and reached[origins.end_node[i, 0]] != UNREACHED:
                    continue
                if mark[origins.segment[i]] == g:
                    continue
                d = by_ends(origins, i, reached)
                if d <= limit:
                    who[n] = i
                    far[n] = d
                    n += 1
    for k in range(groups.foot_ptr[g], groups.foot_ptr[g + 1]):
        s = groups.foot_segment[k]
        if mark[s] != g:
            continue
        mark[s] = -1
        for q in range(origins.segment_ptr[s], origins.segment_ptr[s + 1]):
            i = origins.by_segment[q]
            d = min(by_ends(origins, i, reached), along_segment(graph, groups, g, origins, i))
            if d <= limit:
                who[n] = i
                far[n] = d
                n += 1
    return n


@njit(**JIT)
def pairs(
    graph: Graph, groups: Groups, origins: Origins, start: int, stop: int, limit: int, shift: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64]]:
    """Return origin and ticks of every pair of groups ``start:stop``, and how many each group has."""
    scratch = new_scratch(graph, groups, limit, shift)
    queue = new_queue(scratch)
    who = np.empty(4096, np.int32)
    far = np.empty(4096, np.int32)
    sizes = np.zeros(stop - start, np.int64)
    n = 0
    for g in range(start, stop):
        count, queue = ball(graph, groups, g, limit, shift, scratch, queue)
        room = room_for(groups, g, origins, scratch, count)
        while n + room > who.size:
            who = np.concatenate((who, np.empty(who.size, np.int32)))
            far = np.concatenate((far, np.empty(far.size, np.int32)))
        after = meet(graph, groups, g, origins, scratch, count, limit, who, far, n)
        sizes[g - start] = after - n
        n = after
        clean(scratch, count)
    return who[:n].copy(), far[:n].copy(), sizes


@njit(**JIT)
def counts(
    graph: Graph,
    groups: Groups,
    origins: Origins,
    start: int,
    stop: int,
    breaks: NDArray[np.int64],
    shift: int,
) -> NDArray[np.int32]:
    """Return how many of groups ``start:stop`` lie within each break (rising) of each origin."""
    limit = breaks[-1]
    scratch = new_scratch(graph, groups, limit, shift)
    queue = new_queue(scratch)
    who = np.empty(4096, np.int32)
    far = np.empty(4096, np.int32)
    found = np.zeros((origins.segment.size, breaks.size), np.int32)
    for g in range(start, stop):
        count, queue = ball(graph, groups, g, limit, shift, scratch, queue)
        room = room_for(groups, g, origins, scratch, count)
        if room > who.size:
            who = np.empty(2 * room, np.int32)
            far = np.empty(2 * room, np.int32)
        n = meet(graph, groups, g, origins, scratch, count, limit, who, far, 0)
        for j in range(n):
            b = breaks.size - 1
            while b >= 0 and far[j] <= breaks[b]:
                found[who[j], b] += 1
                b -= 1
        clean(scratch, count)
    return found
