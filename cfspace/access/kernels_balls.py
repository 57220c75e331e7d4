"""Kernels for many small searches: counts, pairs and routes, compiled on first use.

Each search starts from the seeds of one group (a facility), is bounded, and leaves its scratch
as it found it, by the list of nodes that it touched.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cfspace.access.jit import JIT, njit
from cfspace.access.kernels import UNREACHED, bucket_count, grown, longest_step, straight


class Graph(NamedTuple):
    """Half-edges by node (see `cfspace.network.costs.Csr`) and cost by segment."""

    ptr: NDArray[np.int32]
    node: NDArray[np.int32]
    ticks: NDArray[np.int32]
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
    head: NDArray[np.int32]
    mark: NDArray[np.int32]


@njit(**JIT)
def new_scratch(graph: Graph, groups: Groups, limit: int, shift: int) -> Scratch:
    """Return working arrays, clean."""
    n_nodes = graph.ptr.size - 1
    longest = longest_step(graph.ticks, groups.seed_ticks, limit)
    return Scratch(
        np.full(n_nodes, UNREACHED, np.int32),
        np.full(n_nodes, -1, np.int32),
        np.empty(n_nodes, np.int32),
        np.full(bucket_count(longest, shift), -1, np.int32),
        np.full(graph.length.size, -1, np.int32),
    )


@njit(**JIT)
def ball(
    graph: Graph,
    groups: Groups,
    g: int,
    limit: int,
    shift: int,
    scratch: Scratch,
    pool: NDArray[np.int32],
) -> tuple[int, NDArray[np.int32]]:
    """Search back from group ``g``; return how many nodes were touched, and the pool.

    ``via`` gets the segment by which each touched node is left on the way to the group, or
    -2 - seed where it is a seed.
    """
    reached, via, touched, head = scratch.reached, scratch.via, scratch.touched, scratch.head
    mask = head.size - 1
    free, top, live, count = -1, 0, 0, 0
    bucket = np.int64(limit >> shift)
    for k in range(groups.seed_ptr[g], groups.seed_ptr[g + 1]):
        s = groups.seed_node[k]
        d = groups.seed_ticks[k]
        if d <= limit and d < reached[s]:
            if reached[s] == UNREACHED:
                touched[count] = s
                count += 1
            reached[s] = d
            via[s] = -2 - k
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
        for e in range(graph.ptr[u], graph.ptr[u + 1]):
            if graph.ticks[e] > limit - d:
                continue
            nd = d + graph.ticks[e]
            v = graph.node[e]
            if nd < reached[v]:
                if reached[v] == UNREACHED:
                    touched[count] = v
                    count += 1
                reached[v] = nd
                via[v] = graph.segment[e]
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
    return count, pool


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
    pool = np.empty((4096, 3), np.int32)
    who = np.empty(4096, np.int32)
    far = np.empty(4096, np.int32)
    sizes = np.zeros(stop - start, np.int64)
    n = 0
    for g in range(start, stop):
        count, pool = ball(graph, groups, g, limit, shift, scratch, pool)
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
    pool = np.empty((4096, 3), np.int32)
    who = np.empty(4096, np.int32)
    far = np.empty(4096, np.int32)
    found = np.zeros((origins.segment.size, breaks.size), np.int32)
    for g in range(start, stop):
        count, pool = ball(graph, groups, g, limit, shift, scratch, pool)
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
