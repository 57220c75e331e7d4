"""Curves of shares: who holds how much, and who walks how far."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def lorenz_points(
    values: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return cumulative shares of weight, and of value times weight, lowest values first.

    Examples
    --------
    >>> people, share = lorenz_points(np.array([3.0, 1.0]), np.array([1.0, 1.0]))
    >>> people.tolist(), share.tolist()
    ([0.0, 0.5, 1.0], [0.0, 0.25, 1.0])
    """
    order = np.argsort(values, kind="stable")
    people = np.concatenate([[0.0], np.cumsum(weights[order])])
    held = np.concatenate([[0.0], np.cumsum((values * weights)[order])])
    return people / (people[-1] or 1.0), held / (held[-1] or 1.0)


def gini(people: NDArray[np.float64], share: NDArray[np.float64]) -> float:
    """Return the Gini index of a Lorenz curve: 0 where all have alike.

    Examples
    --------
    >>> gini(np.array([0.0, 0.5, 1.0]), np.array([0.0, 0.25, 1.0]))
    0.25
    """
    return float(1.0 - np.sum(np.diff(people) * (share[1:] + share[:-1])))


def cumulative(
    metres: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return distances in order, and the share of measured weight reached by each; inf is never reached.

    Examples
    --------
    >>> x, y = cumulative(np.array([200.0, 100.0, np.inf, np.nan]), np.array([1.0, 1.0, 2.0, 5.0]))
    >>> x.tolist(), y.tolist()
    ([0.0, 100.0, 200.0], [0.0, 0.25, 0.5])
    """
    total = float(weights[~np.isnan(metres)].sum()) or 1.0
    reached = np.flatnonzero(np.isfinite(metres))
    order = reached[np.argsort(metres[reached], kind="stable")]
    x, y = metres[order], np.cumsum(weights[order]) / total
    return np.concatenate([[0.0], x]), np.concatenate([[0.0], y])
