"""Kernels that meet origins in searches back from facilities: pairs and counts, compiled on first use."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cfspace.access.jit import JIT, njit
from cfspace.access.kernels import UNREACHED, straight
from cfspace.access.kernels_balls import Graph, Groups, Scratch, ball, clean, new_queue, new_scratch


class Origins(NamedTuple):
    """Ends of all segments, and points that walk: ticks to their ends, -1 where that way is closed."""

    segment_from: NDArray[np.int32]
    segment_to: NDArray[np.int32]
    to_first: NDArray[np.int64]
    to_last: NDArray[np.int64]
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
    s, first, last = origins.segment[i], origins.to_first[i], origins.to_last[i]
    if s < 0:
        return False, False
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
        by_first, by_last = useful(origins, forward, backward, i)
        if by_first:
            ptr[origins.segment_from[origins.segment[i]] + 2] += 1
        if by_last:
            ptr[origins.segment_to[origins.segment[i]] + 2] += 1
    for u in range(n_nodes):
        ptr[u + 2] += ptr[u + 1]
    rows = np.empty((ptr[n_nodes + 1], 4), np.int32)
    for i in range(origins.segment.size):
        by_first, by_last = useful(origins, forward, backward, i)
        if not (by_first or by_last):
            continue
        u, v = origins.segment_from[origins.segment[i]], origins.segment_to[origins.segment[i]]
        to_first = min(origins.to_first[i], np.int64(UNREACHED)) if by_first else np.int64(UNREACHED)
        to_last = min(origins.to_last[i], np.int64(UNREACHED)) if by_last else np.int64(UNREACHED)
        if by_first:
            k = ptr[u + 1]
            ptr[u + 1] = k + 1
            rows[k, 0], rows[k, 1], rows[k, 2], rows[k, 3] = i, to_first, v, to_last
        if by_last:
            k = ptr[v + 1]
            ptr[v + 1] = k + 1
            rows[k, 0], rows[k, 1], rows[k, 2], rows[k, 3] = i, to_last, u, to_first - 1
    return ptr[: n_nodes + 1], rows


@njit(**JIT)
def by_ends(origins: Origins, i: int, reached: NDArray[np.int32]) -> tuple[np.int64, int]:
    """Return the ticks of origin ``i`` by the better end of its segment, and which that is.

    Ticks are beyond the limit where neither is reached; the end is -1 where both ways are closed.
    """
    best, side = np.int64(UNREACHED), -1
    s = origins.segment[i]
    if origins.to_first[i] >= 0:
        d = origins.to_first[i] + reached[origins.segment_from[s]]
        if d < best:
            best, side = d, 0
    if origins.to_last[i] >= 0:
        d = origins.to_last[i] + reached[origins.segment_to[s]]
        if d < best:
            best, side = d, 1
    return best, side


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
def room_for_one(ways: Ways) -> int:
    """Return how many rows `meet` writes to at the most: one for each way and each origin, and one behind."""
    return int(ways.rows.shape[0] + ways.by_segment.size + 1)


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
            d = min(by_ends(origins, i, scratch.reached)[0], along_segment(graph, groups, g, origins, i))
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
    met = np.empty((room_for_one(ways), 2), np.int32)
    sizes = np.zeros(stop - start, np.int64)
    n = 0
    for g in range(start, stop):
        count, n_seeds, queue = ball(graph, groups, g, scratch, queue, None)
        met = grown(met, n, room_for_one(ways))
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
    met = np.empty((room_for_one(ways), 2), np.int32)
    found = np.zeros((origins.segment.size, breaks.size), np.int32)
    for g in range(start, stop):
        count, n_seeds, queue = ball(graph, groups, g, scratch, queue, None)
        n = meet(graph, groups, g, origins, ways, scratch, (count, n_seeds), met, 0)
        for j in range(n):
            i = np.uint64(met[j, 0])
            for b in range(np.uint64(breaks.size)):
                found[i, b] += met[j, 1] <= breaks[b]
        clean(scratch, count)
    return found


@njit(**JIT)
def told(
    met: NDArray[np.int32],
    sizes: NDArray[np.int64],
    start: int,
    ticks_per_unit: float,
    origin: NDArray[np.int32],
    target: NDArray[np.int32],
    units: NDArray[np.float64],
) -> None:
    """Write the pairs of some groups, ``start`` and on, into columns, ticks as units."""
    j = 0
    for g in range(sizes.size):
        for _ in range(sizes[g]):
            origin[j], target[j] = met[j, 0], start + g
            units[j] = met[j, 1] / ticks_per_unit
            j += 1
