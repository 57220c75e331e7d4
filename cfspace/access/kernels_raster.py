"""Kernels that lay reached streets into a raster of distances, compiled on first use."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cfspace.access.jit import JIT, njit
from cfspace.access.kernels_balls import Graph, Groups, Scratch


@njit(**JIT)
def grown_pieces(pieces: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return twice the rows."""
    wider = np.empty((2 * pieces.shape[0], pieces.shape[1]), np.int64)
    wider[: pieces.shape[0]] = pieces
    return wider


@njit(**JIT)
def reached_ends(
    graph: Graph, scratch: Scratch, s: int, u: int, v: int, limit: int
) -> tuple[np.int64, np.int64]:
    """Return how far segment ``s`` (from ``u`` to ``v``) is reached from its first and last vertex."""
    length = np.int64(graph.length[s])
    low = np.int64(-1)
    high = length + 1
    if scratch.reached[u] <= limit:
        low = min(length, limit - scratch.reached[u])
    if scratch.reached[v] <= limit:
        high = max(np.int64(0), length - (limit - scratch.reached[v]))
    return low, high


@njit(**JIT)
def stretches(
    graph: Graph,
    groups: Groups,
    g: int,
    segment_from: NDArray[np.int32],
    segment_to: NDArray[np.int32],
    scratch: Scratch,
    count: int,
    limit: int,
    stamp: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the reached and the unreached stretches of every segment that group ``g`` touches.

    Rows are (segment, start, end) in ticks. ``stamp`` marks segments as seen; it must be new.
    """
    inside = np.empty((256, 3), np.int64)
    outside = np.empty((256, 3), np.int64)
    n_in, n_out = 0, 0
    mark = scratch.mark
    # On segments with feet of the group, stretches around each foot join those from the ends.
    for k in range(groups.foot_ptr[g], groups.foot_ptr[g + 1]):
        s = groups.foot_segment[k]
        if mark[s] == stamp:
            continue
        mark[s] = stamp
        length = np.int64(graph.length[s])
        cuts = np.empty((2 + groups.foot_ptr[g + 1] - groups.foot_ptr[g], 2), np.int64)
        m = 0
        low, high = reached_ends(graph, scratch, s, segment_from[s], segment_to[s], limit)
        if low >= 0:
            cuts[m, 0], cuts[m, 1] = 0, low
            m += 1
        if high <= length:
            cuts[m, 0], cuts[m, 1] = high, length
            m += 1
        for j in range(groups.foot_ptr[g], groups.foot_ptr[g + 1]):
            rest = limit - groups.foot_connector[j]
            if groups.foot_segment[j] == s and rest >= 0:
                cuts[m, 0] = max(np.int64(0), groups.foot_along[j] - rest)
                cuts[m, 1] = min(length, groups.foot_along[j] + rest)
                m += 1
        order = np.argsort(cuts[:m, 0])
        done = np.int64(0)
        for q in range(m):
            a, b = cuts[order[q], 0], cuts[order[q], 1]
            if n_in + 1 >= inside.shape[0]:
                inside = grown_pieces(inside)
            if n_out + 2 >= outside.shape[0]:
                outside = grown_pieces(outside)
            if a > done:
                outside[n_out, 0], outside[n_out, 1], outside[n_out, 2] = s, done, a
                n_out += 1
            if b > done or (q == 0 and b >= done):
                inside[n_in, 0], inside[n_in, 1], inside[n_in, 2] = s, max(a, done), b
                n_in += 1
                done = b
        if done < length:
            outside[n_out, 0], outside[n_out, 1], outside[n_out, 2] = s, done, length
            n_out += 1
    for j in range(count):
        u = scratch.touched[j]
        if scratch.reached[u] > limit:
            continue
        for e in range(graph.ptr[u], graph.ptr[u + 1]):
            s = graph.segment[e]
            if mark[s] == stamp:
                continue
            mark[s] = stamp
            if n_in + 2 >= inside.shape[0]:
                inside = grown_pieces(inside)
            if n_out + 1 >= outside.shape[0]:
                outside = grown_pieces(outside)
            length = np.int64(graph.length[s])
            low, high = reached_ends(graph, scratch, s, segment_from[s], segment_to[s], limit)
            if low >= high:
                inside[n_in, 0], inside[n_in, 1], inside[n_in, 2] = s, 0, length
                n_in += 1
                continue
            if low > 0:
                inside[n_in, 0], inside[n_in, 1], inside[n_in, 2] = s, 0, low
                n_in += 1
            if high < length:
                inside[n_in, 0], inside[n_in, 1], inside[n_in, 2] = s, high, length
                n_in += 1
            outside[n_out, 0], outside[n_out, 1] = s, max(low, np.int64(0))
            outside[n_out, 2] = min(high, length)
            n_out += 1
    return inside[:n_in], outside[:n_out]


@njit(**JIT)
def untouched(
    boxes: NDArray[np.float64], mark: NDArray[np.int32], stamp: int, window: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return the segments not stamped whose box (west, south, east, north) meets a window."""
    found = np.empty(256, np.int64)
    n = 0
    for s in range(boxes.shape[0]):
        if (
            boxes[s, 0] <= window[2]
            and boxes[s, 2] >= window[0]
            and boxes[s, 1] <= window[3]
            and boxes[s, 3] >= window[1]
            and mark[s] != stamp
        ):
            if n == found.size:
                found = np.concatenate((found, np.empty(n, np.int64)))
            found[n] = s
            n += 1
    return found[:n]


@njit(**JIT)
def paint(
    xy: NDArray[np.float64],
    sizes: NDArray[np.int64],
    west: float,
    south: float,
    cell_m: float,
    within_m: float,
    square_m2: NDArray[np.float64],
) -> None:
    """Lower each cell near some polylines to the square of its distance to them."""
    n_rows, n_columns = square_m2.shape
    k = 0
    for i in range(sizes.size):
        for j in range(k, k + sizes[i] - 1):
            ax, ay = xy[j, 0], xy[j, 1]
            dx, dy = xy[j + 1, 0] - ax, xy[j + 1, 1] - ay
            square = dx * dx + dy * dy
            inverse = 1.0 / square if square > 0 else 0.0
            first_row = max(0, int(np.ceil((min(ay, ay + dy) - within_m - south) / cell_m)))
            last_row = min(n_rows - 1, int(np.floor((max(ay, ay + dy) + within_m - south) / cell_m)))
            first = max(0, int(np.ceil((min(ax, ax + dx) - within_m - west) / cell_m)))
            last = min(n_columns - 1, int(np.floor((max(ax, ax + dx) + within_m - west) / cell_m)))
            for row in range(first_row, last_row + 1):
                py = south + row * cell_m - ay
                for column in range(first, last + 1):
                    px = west + column * cell_m - ax
                    t = min(1.0, max(0.0, (px * dx + py * dy) * inverse))
                    ex, ey = px - t * dx, py - t * dy
                    away = ex * ex + ey * ey
                    if away < square_m2[row, column]:
                        square_m2[row, column] = away
        k += sizes[i]


@njit(**JIT)
def field(
    reached_m2: NDArray[np.float64], unreached_m2: NDArray[np.float64], buffer_m: float, within_m: float
) -> NDArray[np.float64]:
    """Return a field that is above zero in the buffer, where a reached street is the nearest.

    Where nothing was painted it is ``buffer_m - within_m``.
    """
    n_rows, n_columns = reached_m2.shape
    inside = np.empty((n_rows, n_columns))
    for row in range(n_rows):
        for column in range(n_columns):
            near = min(np.sqrt(reached_m2[row, column]), within_m)
            far = np.sqrt(unreached_m2[row, column])
            inside[row, column] = min(buffer_m - near, far - near)
    return inside
