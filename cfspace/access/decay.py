"""Decay: for how much a walk counts, by its length."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from cfspace.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

Decay = Callable[["NDArray[np.float64]"], "NDArray[np.float64]"]
"""Weights of walks: from metres to numbers of at least 0."""


def step_decay(breaks_m: Sequence[float], weights: Sequence[float]) -> Decay:
    """Return weights by zones: the first up to the first break (``<=``), and so on; 0 beyond the last.

    Luo and Qi's zones of 10, 20 and 30 minutes have the weights 1, 0.68, 0.22 (slow decay) or 1, 0.42,
    0.09 (sharp decay) [luo-qi-2009].

    Parameters
    ----------
    breaks_m
        Ends of zones in metres, rising.
    weights
        One per zone, at least 0.

    Raises
    ------
    ParameterError
        If the breaks do not rise above 0 or the weights do not fit them.

    Examples
    --------
    >>> step_decay([500, 1000, 1500], [1.0, 0.68, 0.22])(np.array([500.0, 500.1, 1500.0, 1600.0]))
    array([1.  , 0.68, 0.22, 0.  ])
    """
    ends, of_zone = np.asarray(breaks_m, np.float64), np.append(np.asarray(weights, np.float64), 0.0)
    if not len(ends) or not (np.diff(ends, prepend=0.0) > 0).all():
        raise ParameterError(f"breaks_m: {list(breaks_m)} do not rise from above 0; give the ends of zones")
    if len(of_zone) != len(ends) + 1 or not (np.isfinite(of_zone) & (of_zone >= 0)).all():
        raise ParameterError(
            f"weights: {list(weights)} for {len(ends)} zones; give each zone a number of at least 0"
        )
    return lambda metres: of_zone[np.searchsorted(ends, metres, side="left")]


def gaussian_decay(reach_m: float, *, edge_weight: float = 0.01) -> Decay:
    """Return weights that fall as a Gaussian: 1 at the door, `edge_weight` at `reach_m`.

    ``exp(-metres**2 / beta)`` with ``beta = -reach_m**2 / ln(edge_weight)`` [luo-qi-2009; wan-2012]; the
    default of 0.01 at the edge is our choice.

    Parameters
    ----------
    reach_m
        Edge of the catchment in metres, above 0.
    edge_weight
        Between 0 and 1, both excluded.

    Raises
    ------
    ParameterError
        If either lies outside its range.

    Examples
    --------
    >>> gaussian_decay(1000)(np.array([0.0, 500.0, 1000.0])).round(4)
    array([1.    , 0.3162, 0.01  ])
    """
    if not (np.isfinite(reach_m) and reach_m > 0):
        raise ParameterError(f"reach_m: {reach_m:g} is no reach; give metres above 0")
    if not 0 < edge_weight < 1:
        raise ParameterError(f"edge_weight: {edge_weight:g} is out of range; give a weight between 0 and 1")
    steepness = np.log(edge_weight)
    return lambda metres: np.asarray(np.exp(steepness * (metres / reach_m) ** 2), np.float64)
