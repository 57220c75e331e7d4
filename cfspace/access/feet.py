"""Points with several feet: a home in a gated compound begins its walk at whichever gate is nearest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def best_foot(metres: NDArray[np.float64], owner: NDArray[np.int64], n_points: int) -> NDArray[np.int64]:
    """Return for each point which of its feet the least metres belong to.

    Parameters
    ----------
    metres
        A walk for every foot; ``inf`` and ``NaN`` (no foot) come last.
    owner
        The point of each foot, as `cfspace.network.snap.SnappedPoints.every_foot` gives them: the first
        `n_points` feet are those of the points themselves, in order.
    n_points
        How many points there are.

    Returns
    -------
    Rows of `metres`, shape (n_points,); of feet equally far, the first.

    Examples
    --------
    >>> best_foot(np.array([9.0, np.nan, 7.0]), np.array([0, 1, 0]), 2).tolist()
    [2, 1]
    """
    order = np.lexsort((np.arange(len(owner)), metres, owner))  # NaN sorts last
    first = np.searchsorted(owner[order], np.arange(n_points))
    best: NDArray[np.int64] = order[first]
    return best
