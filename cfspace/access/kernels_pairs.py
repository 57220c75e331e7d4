"""Kernels that meet origins in searches back from facilities: pairs and counts, compiled on first use."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cfspace.access.jit import JIT, njit
from cfspace.access.kernels import UNREACHED, straight
from cfspace.access.kernels_balls import Graph, Groups, Scratch, ball, clean, new_queue, new_scratch

FIRST_ROOM = 4096


class Origins(NamedTuple):
    """Points that walk: ends of their segment, and ticks to each; -1 where that way is closed."""

    end_node: NDArray[np.int32]
    end_ticks: NDArray[np.int64]
    connector: NDArray[np.int64]
    along: NDArray[np.int64]
    segment: NDArray[np.int32]


class Ways(NamedTuple):
    """Ways from origins to junctions; those to junction ``u`` are ``ptr[u]:ptr[u + 1]``.

    A row is origin, ticks, the junction at the other end of its segment, and ticks to that. Of ways equally
    long the first end counts: there the ticks of the other are one less than they are at the last.
    Origins by segment stand beside, for those on the segment of a foot.
    """

    ptr: NDArray[np.int32]
    rows: NDArray[np.int32]
    segment_ptr: NDArray[np.int64]
    by_segment: NDArray[np.int32]


@njit(**JIT)
def useful(
    origins: Origins, forward: NDArray[np.int32], backward: NDArray[np.int32], i: int
) -> tuple[bool, bool]:
    """Return whether origin ``i`` may walk best by the first end of its segment, and by the last.

    By the first it never does where it comes there as soon by way of the last, as from a junction.
    """
    s = origins.segment[i]
    if s < 0:
        return False, False
    first, last = origins.end_ticks[i, 0], origins.end_ticks[i, 1]
    ahead, back = np.int64(forward[s]), np.int64(backward[s])
    by_first = first >= 0 and not (last >= 0 and back >= 0 and last + back <= first)
    by_last = last >= 0 and not (by_first and ahead >= 0 and first + ahead <= last)
    return by_first, by_last


@njit(**JIT)
def ways(
    origins: Origins, forward: NDArray[np.int32], backward: NDArray[np.int32], n_nodes: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the ways from origins to junctions: `Ways.ptr` and `Ways.rows`."""
    ptr = np.zeros(n_nodes + 2, np.int32)
    for i in range(origins.segment.size):
        by = useful(origins, forward, backward, i)
        for side in range(2):
            if by[side]:
                ptr[origins.end_node[i, side] + 2] += 1
    for u in range(n_nodes):
        ptr[u + 2] += ptr[u + 1]
    rows = np.empty((ptr[n_nodes + 1], 4), np.int32)
    for i in range(origins.segment.size):
        by = useful(origins, forward, backward, i)
        for side in range(2):
            if by[side]:
                u = origins.end_node[i, side]
                k = ptr[u + 1]
                ptr[u + 1] = k + 1
                other = origins.end_ticks[i, 1 - side] if by[1 - side] else np.int64(UNREACHED)
                rows[k, 0], rows[k, 1] = i, min(origins.end_ticks[i, side], np.int64(UNREACHED))
                rows[k, 2] = origins.end_node[i, 1 - side]
                rows[k, 3] = min(other, np.int64(UNREACHED)) - side
    return ptr[: n_nodes + 1], rows


@njit(**JIT)
def by_ends(origins: Origins, i: int, reached: NDArray[np.int32]) -> np.int64:
    """Return the ticks of origin ``i`` by the ends of its segment; beyond the limit where neither helps."""
    best = np.int64(UNREACHED)
    for side in range(2):
        if origins.end_ticks[i, side] >= 0:
            best = min(best, origins.end_ticks[i, side] + reached[origins.end_node[i, side]])
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
def room_for(groups: Groups, g: int, ways: Ways, scratch: Scratch, count: int) -> int:
    """Return how many rows `meet` writes to at the most."""
    room = 1
    for j in range(count):
        u = scratch.touched[j]
        room += ways.ptr[u + 1] - ways.ptr[u]
    for k in range(groups.foot_ptr[g], groups.foot_ptr[g + 1]):
        s = groups.foot_segment[k]
        room += ways.segment_ptr[s + 1] - ways.segment_ptr[s]
    return room


@njit(**JIT)
def meet_at_junctions(
    ways: Ways, scratch: Scratch, start: int, stop: int, met: NDArray[np.int32], n: int
) -> int:
    """Write origin and ticks of those who walk best by the touched nodes ``start:stop``, from row ``n``."""
    reached, limit = scratch.reached, np.int64(scratch.limit)
    for j in range(start, stop):
        u = np.uint64(scratch.touched[j])
        own = np.int64(reached[u])
        for k in range(np.uint64(ways.ptr[u]), np.uint64(ways.ptr[u + np.uint64(1)])):
            d = own + ways.rows[k, 1]
            other = np.int64(reached[np.uint64(ways.rows[k, 2])]) + ways.rows[k, 3]
            met[n, 0], met[n, 1] = ways.rows[k, 0], np.int32(d)
            n += int(d <= min(other, limit))
    return n


@njit(**JIT)
def without_marked(
    origins: Origins, mark: NDArray[np.int32], g: int, met: NDArray[np.int32], first: int, n: int
) -> int:
    """Drop rows ``first:n`` of origins on a segment that is marked ``g``; return the next row."""
    kept = first
    for row in range(first, n):
        met[kept, 0], met[kept, 1] = met[row, 0], met[row, 1]
        kept += int(mark[origins.segment[met[row, 0]]] != g)
    return kept


@njit(**JIT)
def meet(
    graph: Graph,
    groups: Groups,
    g: int,
    origins: Origins,
    ways: Ways,
    scratch: Scratch,
    touched: tuple[int, int],
    met: NDArray[np.int32],
    n: int,
) -> int:
    """Write origins within the limit of group ``g`` and their ticks from row ``n``; return the next row.

    Origins on the segment of a foot are met at its ends only, which are seeds (``touched[1]`` of all) if they
    lie within the limit; they are left out there, and looked at by themselves.
    """
    mark, count, n_checked = scratch.mark, touched[0], touched[1]
    for k in range(groups.foot_ptr[g], groups.foot_ptr[g + 1]):
        mark[groups.foot_segment[k]] = g
    # A foot without both its seeds within the limit has an end that may be touched later than the seeds.
    if not ends_are_seeds(groups, g, scratch.limit):
        n_checked = count
    first = n
    n = meet_at_junctions(ways, scratch, 0, n_checked, met, n)
    n = without_marked(origins, mark, g, met, first, n)
    n = meet_at_junctions(ways, scratch, n_checked, count, met, n)
    for k in range(groups.foot_ptr[g], groups.foot_ptr[g + 1]):
        s = groups.foot_segment[k]
        if mark[s] != g:
            continue
        mark[s] = -1
        for q in range(ways.segment_ptr[s], ways.segment_ptr[s + 1]):
            i = ways.by_segment[q]
            d = min(by_ends(origins, i, scratch.reached), along_segment(graph, groups, g, origins, i))
            if d <= scratch.limit:
                met[n, 0], met[n, 1] = i, d
                n += 1
    return n


@njit(**JIT)
def ends_are_seeds(groups: Groups, g: int, limit: int) -> bool:
    """Tell whether both ends of the segment of every foot of group ``g`` are seeds within the limit."""
    n_seeds = 0
    for k in range(groups.seed_ptr[g], groups.seed_ptr[g + 1]):
        n_seeds += groups.seed_ticks[k] <= limit
    return n_seeds == 2 * int(groups.foot_ptr[g + 1] - groups.foot_ptr[g])


@njit(**JIT)
def grown(met: NDArray[np.int32], n: int, room: int) -> NDArray[np.int32]:
    """Return the rows with room for some more behind the first ``n``."""
    if n + room <= met.shape[0]:
        return met
    wider = np.empty((2 * (n + room), 2), np.int32)
    wider[:n] = met[:n]
    return wider


@njit(**JIT)
def pairs(
    graph: Graph,
    groups: Groups,
    origins: Origins,
    ways: Ways,
    start: int,
    stop: int,
    limit: int,
    shift: int,
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return origin and ticks of every pair of groups ``start:stop``, and how many each group has."""
    scratch = new_scratch(graph, groups, limit, shift)
    queue = new_queue(scratch)
    met = np.empty((FIRST_ROOM, 2), np.int32)
    sizes = np.zeros(stop - start, np.int64)
    n = 0
    for g in range(start, stop):
        count, n_seeds, queue = ball(graph, groups, g, scratch, queue, None)
        met = grown(met, n, room_for(groups, g, ways, scratch, count))
        after = meet(graph, groups, g, origins, ways, scratch, (count, n_seeds), met, n)
        sizes[g - start] = after - n
        n = after
        clean(scratch, count)
    return met[:n], sizes


@njit(**JIT)
def counts(
    graph: Graph,
    groups: Groups,
    origins: Origins,
    ways: Ways,
    start: int,
    stop: int,
    breaks: NDArray[np.int64],
    shift: int,
) -> NDArray[np.int32]:
    """Return how many of groups ``start:stop`` lie within each break (rising) of each origin."""
    scratch = new_scratch(graph, groups, breaks[-1], shift)
    queue = new_queue(scratch)
    met = np.empty((FIRST_ROOM, 2), np.int32)
    found = np.zeros((origins.segment.size, breaks.size), np.int32)
    for g in range(start, stop):
        count, n_seeds, queue = ball(graph, groups, g, scratch, queue, None)
        met = grown(met, 0, room_for(groups, g, ways, scratch, count))
        n = meet(graph, groups, g, origins, ways, scratch, (count, n_seeds), met, 0)
        for j in range(n):
            i = np.uint64(met[j, 0])
            for b in range(np.uint64(breaks.size)):
                found[i, b] += met[j, 1] <= breaks[b]
        clean(scratch, count)
    return found


@njit(**JIT)
def told(
    met: NDArray[np.int32], ticks_per_unit: float, origin: NDArray[np.int32], units: NDArray[np.float64]
) -> None:
    """Write rows of origin and ticks into two columns, ticks as units."""
    for j in range(met.shape[0]):
        origin[j] = met[j, 0]
        units[j] = met[j, 1] / ticks_per_unit
