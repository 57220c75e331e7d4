"""Kernel that follows searches back to give routes, compiled on first use."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cfspace.access.jit import JIT, njit
from cfspace.access.kernels import UNREACHED
from cfspace.access.kernels_balls import Graph, Groups, ball, clean, new_queue, new_scratch
from cfspace.access.kernels_lines import append
from cfspace.access.kernels_pairs import Origins, along_segment, by_ends


@njit(**JIT)
def nearest_foot(groups: Groups, g: int, origins: Origins, i: int) -> int:
    """Return the foot of group ``g`` on the segment of origin ``i`` that is nearest along it."""
    best = np.int64(UNREACHED)
    foot = -1
    for k in range(groups.foot_ptr[g], groups.foot_ptr[g + 1]):
        if groups.foot_segment[k] == origins.segment[i]:
            d = abs(groups.foot_along[k] - origins.along[i]) + groups.foot_connector[k]
            if d < best:
                best = d
                foot = k
    return foot


@njit(**JIT)
def follow(
    graph: Graph,
    groups: Groups,
    segment_from: NDArray[np.int32],
    segment_to: NDArray[np.int32],
    seed_foot: NDArray[np.int32],
    via: NDArray[np.int32],
    v: int,
    pieces: NDArray[np.int64],
    n: int,
) -> tuple[NDArray[np.int64], int]:
    """Write the pieces from node ``v`` to the group, from row ``n``; return the rows, and the next."""
    while via[v] >= 0:
        s = via[v]
        length = np.int64(graph.length[s])
        if segment_from[s] == v and segment_to[s] != v:
            pieces = append(pieces, n, s, np.int64(0), length)
            v = segment_to[s]
        else:
            pieces = append(pieces, n, s, length, np.int64(0))
            v = segment_from[s]
        n += 1
    seed = seed_foot[-2 - via[v]]
    k = seed >> 1
    s = groups.foot_segment[k]
    start = np.int64(0) if seed & 1 == 0 else np.int64(graph.length[s])
    pieces = append(pieces, n, s, start, groups.foot_along[k])
    return pieces, n + 1


@njit(**JIT)
def routes(
    graph: Graph,
    groups: Groups,
    origins: Origins,
    segment_from: NDArray[np.int32],
    segment_to: NDArray[np.int32],
    seed_foot: NDArray[np.int32],
    pair_ptr: NDArray[np.int64],
    pair_origin: NDArray[np.int32],
    limit: int,
    shift: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return ticks of each pair, how many pieces its route has, and the pieces.

    Pairs are sorted by group: those of group ``g`` are ``pair_ptr[g]:pair_ptr[g + 1]``. A piece is
    (segment, start, end) in ticks along the polyline; it is walked against it where end < start.
    Ticks are -1, and there is no piece, where the walk is longer than the limit.
    """
    scratch = new_scratch(graph, groups, limit, shift)
    queue = new_queue(scratch)
    via = np.empty(graph.ptr.size - 1, np.int32)
    total = np.full(pair_origin.size, -1, np.int64)
    sizes = np.zeros(pair_origin.size, np.int64)
    pieces = np.empty((4096, 3), np.int64)
    n = 0
    for g in range(pair_ptr.size - 1):
        if pair_ptr[g] == pair_ptr[g + 1]:
            continue
        count, _, queue = ball(graph, groups, g, scratch, queue, via)
        for p in range(pair_ptr[g], pair_ptr[g + 1]):
            i = pair_origin[p]
            s = origins.segment[i]
            if s < 0:
                continue
            begin = n
            by_node, side = by_ends(origins, i, scratch.reached)
            direct = along_segment(graph, groups, g, origins, i)
            if min(by_node, direct) > limit:
                continue
            if direct <= by_node:
                end = groups.foot_along[nearest_foot(groups, g, origins, i)]
            else:
                end = np.int64(0) if side == 0 else np.int64(graph.length[s])
            pieces = append(pieces, n, s, origins.along[i], end)
            n += 1
            if direct > by_node:
                v = segment_from[s] if side == 0 else segment_to[s]
                ends = (segment_from, segment_to)
                pieces, n = follow(graph, groups, *ends, seed_foot, via, v, pieces, n)
            total[p], sizes[p] = min(by_node, direct), n - begin
        clean(scratch, count)
    return total, sizes, pieces[:n].copy()
