"""Kernels that merge stretches of segments and cut their polylines, compiled on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cfspace.access.jit import JIT, njit
from cfspace.access.kernels import Ticks

if TYPE_CHECKING:
    from numpy.typing import NDArray


@njit(**JIT)
def grown_pieces(pieces: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return twice the rows."""
    wider = np.empty((2 * pieces.shape[0], pieces.shape[1]), np.int64)
    wider[: pieces.shape[0]] = pieces
    return wider


@njit(**JIT)
def append(pieces: NDArray[np.int64], n: int, s: int, start: Ticks, end: Ticks) -> NDArray[np.int64]:
    """Write a piece into row ``n``, growing the rows where they are full."""
    if n == pieces.shape[0]:
        pieces = grown_pieces(pieces)
    pieces[n, 0], pieces[n, 1], pieces[n, 2] = s, start, end
    return pieces


@njit(**JIT)
def merge(
    segment: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Merge stretches sorted by segment and start.

    Returns which rows begin a merged stretch, and where that stretch ends.
    """
    n = segment.size
    keep = np.zeros(n, np.bool_)
    far = end.copy()
    first = 0
    for i in range(n):
        if i == 0 or segment[i] != segment[first] or start[i] > far[first]:
            first = i
            keep[i] = True
        elif end[i] > far[first]:
            far[first] = end[i]
    return keep, far


@njit(**JIT)
def cut(
    ptr: NDArray[np.int64],
    x_m: NDArray[np.float64],
    y_m: NDArray[np.float64],
    segment: NDArray[np.int64],
    start_m: NDArray[np.float64],
    end_m: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Cut stretches out of polylines: their vertices in a row, and how many each has."""
    n_rows = 0
    for i in range(segment.size):
        n_rows += ptr[segment[i] + 1] - ptr[segment[i]] + 2
    xy = np.empty((n_rows, 2))
    sizes = np.zeros(segment.size, np.int64)
    row = 0
    for i in range(segment.size):
        first = row
        done = 0.0
        for k in range(ptr[segment[i]], ptr[segment[i] + 1] - 1):
            dx = x_m[k + 1] - x_m[k]
            dy = y_m[k + 1] - y_m[k]
            step = np.hypot(dx, dy)
            a = max(start_m[i] - done, 0.0)
            b = min(end_m[i] - done, step)
            done += step
            if b < a or step == 0.0:
                continue
            if row == first:
                xy[row, 0] = x_m[k] + dx * (a / step)
                xy[row, 1] = y_m[k] + dy * (a / step)
                row += 1
            xy[row, 0] = x_m[k] + dx * (b / step)
            xy[row, 1] = y_m[k] + dy * (b / step)
            row += 1
        if row - first == 1:
            xy[row] = xy[first]
            row += 1
        sizes[i] = row - first
    return xy[:row], sizes
