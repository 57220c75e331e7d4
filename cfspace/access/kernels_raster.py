"""Kernels that lay reached streets into a raster of distances, compiled on first use."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cfspace.access.jit import JIT, njit
from cfspace.access.kernels_balls import Graph, Groups, Scratch
from cfspace.access.kernels_lines import append


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
def reaches(
    graph: Graph, groups: Groups, g: int, s: int, scratch: Scratch, u: int, v: int, limit: int
) -> NDArray[np.int64]:
    """Return start and end of what is reached of segment ``s`` from its ends and from feet on it."""
    length = np.int64(graph.length[s])
    found = np.empty((2 + groups.foot_ptr[g + 1] - groups.foot_ptr[g], 2), np.int64)
    n = 0
    low, high = reached_ends(graph, scratch, s, u, v, limit)
    if low >= 0:
        found[n, 0], found[n, 1] = 0, low
        n += 1
    if high <= length:
        found[n, 0], found[n, 1] = high, length
        n += 1
    for k in range(groups.foot_ptr[g], groups.foot_ptr[g + 1]):
        rest = limit - groups.foot_connector[k]
        if groups.foot_segment[k] == s and rest >= 0:
            found[n, 0] = max(np.int64(0), groups.foot_along[k] - rest)
            found[n, 1] = min(length, groups.foot_along[k] + rest)
            n += 1
    return found[np.argsort(found[:n, 0])]


@njit(**JIT)
def around_feet(
    graph: Graph,
    groups: Groups,
    g: int,
    segment_from: NDArray[np.int32],
    segment_to: NDArray[np.int32],
    scratch: Scratch,
    limit: int,
    stamp: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the reached and the unreached pieces of segments with feet of group ``g``; stamp these."""
    inside, outside = np.empty((16, 3), np.int64), np.empty((16, 3), np.int64)
    n_in, n_out = 0, 0
    for k in range(groups.foot_ptr[g], groups.foot_ptr[g + 1]):
        s = groups.foot_segment[k]
        if scratch.mark[s] == stamp:
            continue
        scratch.mark[s] = stamp
        length, done = np.int64(graph.length[s]), np.int64(0)
        for start, end in reaches(graph, groups, g, s, scratch, segment_from[s], segment_to[s], limit):
            if start > done:
                outside = append(outside, n_out, s, done, start)
                n_out += 1
            if end > done:
                inside = append(inside, n_in, s, max(start, done), end)
                n_in += 1
                done = end
        if done < length:
            outside = append(outside, n_out, s, done, length)
            n_out += 1
    return inside[:n_in], outside[:n_out]


@njit(**JIT)
def from_ends(
    graph: Graph,
    segment_from: NDArray[np.int32],
    segment_to: NDArray[np.int32],
    scratch: Scratch,
    count: int,
    limit: int,
    stamp: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the reached and the unreached pieces of the other segments touched; stamp these."""
    inside, outside = np.empty((256, 3), np.int64), np.empty((256, 3), np.int64)
    n_in, n_out = 0, 0
    for j in range(count):
        u = scratch.touched[j]
        if scratch.reached[u] > limit:
            continue
        for e in range(graph.ptr[u], graph.ptr[u + 1]):
            s = graph.segment[e]
            if scratch.mark[s] == stamp:
                continue
            scratch.mark[s] = stamp
            length = np.int64(graph.length[s])
            low, high = reached_ends(graph, scratch, s, segment_from[s], segment_to[s], limit)
            if low >= high:
                low, high = length, length
            if low > 0:
                inside = append(inside, n_in, s, 0, low)
                n_in += 1
            if high < length:
                inside = append(inside, n_in, s, high, length)
                n_in += 1
            if max(low, np.int64(0)) < min(high, length):
                outside = append(outside, n_out, s, max(low, np.int64(0)), min(high, length))
                n_out += 1
    return inside[:n_in], outside[:n_out]


@njit(**JIT)
def meets(boxes: NDArray[np.float64], s: int, window: NDArray[np.float64]) -> bool:
    """Tell whether the box of segment ``s`` (west, south, east, north) meets a window."""
    across = (boxes[s, 0] <= window[2]) & (boxes[s, 2] >= window[0])
    return bool(across & (boxes[s, 1] <= window[3]) & (boxes[s, 3] >= window[1]))


@njit(**JIT)
def nearby(boxes: NDArray[np.float64], window: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the segments whose box meets a window."""
    found = np.empty(boxes.shape[0] + 1, np.int64)
    n = 0
    for s in range(boxes.shape[0]):
        found[n] = s
        n += int(meets(boxes, s, window))
    return found[:n].copy()


@njit(**JIT)
def untouched(
    nearby: NDArray[np.int64],
    boxes: NDArray[np.float64],
    mark: NDArray[np.int32],
    stamp: int,
    window: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Return those of some segments that are not stamped and whose box meets a window."""
    found = np.empty(nearby.size, np.int64)
    n = 0
    for s in nearby:
        if mark[s] != stamp and meets(boxes, s, window):
            found[n] = s
            n += 1
    return found[:n]


@njit(**JIT)
def paint_row(
    square_m2: NDArray[np.float64],
    first: np.uint64,
    n_cells: np.uint64,
    px: float,
    py: float,
    cell_m: float,
    dx: float,
    dy: float,
    inverse: float,
) -> None:
    """Lower cells in a row, the first at (px, py), to the square of their distance to a straight piece.

    The piece runs from the origin to (dx, dy). Nothing branches, so that it becomes vectors.
    """
    for k in range(n_cells):
        x = px + k * cell_m
        t = min(1.0, max(0.0, (x * dx + py * dy) * inverse))
        ex, ey = x - t * dx, py - t * dy
        square_m2[first + k] = min(square_m2[first + k], ex * ex + ey * ey)


@njit(**JIT)
def covered(low: float, high: float, within_m: float, start: float, cell_m: float, n: int) -> tuple[int, int]:
    """Return the first cell, of ``n``, within some metres of an interval, and the one behind the last."""
    first = max(0, int(np.ceil((low - within_m - start) / cell_m)))
    last = min(n - 1, int(np.floor((high + within_m - start) / cell_m)))
    return first, max(first, last + 1)


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
    cells = square_m2.ravel()
    k = 0
    for i in range(sizes.size):
        for j in range(k, k + sizes[i] - 1):
            ax, ay = xy[j, 0], xy[j, 1]
            dx, dy = xy[j + 1, 0] - ax, xy[j + 1, 1] - ay
            square = dx * dx + dy * dy
            inverse = 1.0 / square if square > 0 else 0.0
            rows = covered(min(ay, ay + dy), max(ay, ay + dy), within_m, south, cell_m, n_rows)
            columns = covered(min(ax, ax + dx), max(ax, ax + dx), within_m, west, cell_m, n_columns)
            px, wide = west + columns[0] * cell_m - ax, np.uint64(columns[1] - columns[0])
            for row in range(rows[0], rows[1]):
                first, py = np.uint64(row * n_columns + columns[0]), south + row * cell_m - ay
                paint_row(cells, first, wide, px, py, cell_m, dx, dy, inverse)
        k += sizes[i]


@njit(**JIT)
def field(
    reached_m2: NDArray[np.float64],
    unreached_m2: NDArray[np.float64],
    buffer_m: float,
    within_m: float,
    least_m: float,
) -> NDArray[np.float64]:
    """Return a field that is above zero in the buffer, where a reached street is the nearest.

    Where nothing was painted it is ``buffer_m - within_m``. Nowhere is it nearer to zero than ``least_m``.
    """
    n_rows, n_columns = reached_m2.shape
    inside = np.empty((n_rows, n_columns))
    for row in range(n_rows):
        for column in range(n_columns):
            near = min(np.sqrt(reached_m2[row, column]), within_m)
            far = np.sqrt(unreached_m2[row, column])
            value = min(buffer_m - near, far - near)
            inside[row, column] = value if value >= least_m else min(value, -least_m)
    return inside
