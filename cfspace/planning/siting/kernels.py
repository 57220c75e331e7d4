"""Kernels of the search for sites: what each option gains over what there is already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cfspace.access.jit import JIT, njit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@njit(**JIT)
def gains_over(
    ptr: NDArray[np.int64],
    row: NDArray[np.int64],
    gain: NDArray[np.float64],
    price: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Write for each option the sum of its gains beyond the price of each row."""
    for j in range(ptr.size - 1):
        total = 0.0
        for e in range(ptr[j], ptr[j + 1]):
            more = gain[e] - price[row[e]]
            if more > 0.0:
                total += more
        out[j] = total


@njit(**JIT)
def served_times(
    ptr: NDArray[np.int64],
    row: NDArray[np.int64],
    gain: NDArray[np.float64],
    price: NDArray[np.float64],
    share: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Add to each row the shares of options that gain it more than its price."""
    out[:] = 0.0
    for j in range(ptr.size - 1):
        if share[j] > 0.0:
            for e in range(ptr[j], ptr[j + 1]):
                if gain[e] > price[row[e]]:
                    out[row[e]] += share[j]
