"""Order along a Hilbert curve: things near on the ground become near in memory."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BITS = 16


def hilbert_order(x_m: NDArray[np.float64], y_m: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the order of points along a Hilbert curve over their bounding box.

    Equal cells keep the order given. The curve is that of [hilbert-1891].

    Examples
    --------
    >>> hilbert_order(np.array([0.0, 9.0, 0.0, 9.0]), np.array([0.0, 0.0, 9.0, 9.0])).tolist()
    [0, 2, 3, 1]
    """
    if not len(x_m):
        return np.empty(0, np.int64)
    span = max(float(np.ptp(x_m)), float(np.ptp(y_m)), 1e-9)
    scale = ((1 << BITS) - 1) / span
    column = ((x_m - x_m.min()) * scale).astype(np.int64)
    row = ((y_m - y_m.min()) * scale).astype(np.int64)
    return np.argsort(_index(column, row), kind="stable")


def _index(column: NDArray[np.int64], row: NDArray[np.int64]) -> NDArray[np.int64]:
    x, y = column.copy(), row.copy()
    index = np.zeros_like(x)
    side = 1 << (BITS - 1)
    while side:
        right, upper = (x & side) > 0, (y & side) > 0
        index += side * side * ((3 * right) ^ upper)
        flip = ~upper & right
        x[flip], y[flip] = side - 1 - (x[flip] & (side - 1)), side - 1 - (y[flip] & (side - 1))
        swap = ~upper
        x[swap], y[swap] = y[swap], x[swap].copy()
        x &= side - 1
        y &= side - 1
        side >>= 1
    return index
