"""Greedy choice and exchange: a good choice at once, for previews and as a start for the exact models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cfspace.planning.siting.problem import SLACK, SitingProblem
from cfspace.planning.siting.rows import Rows, savings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

MOST_ROUNDS = 20
LEAST_GAIN = 1e-9


@dataclass(frozen=True, eq=False, kw_only=True)
class Gains:
    """What each option gains each row of demand; a row counts its best option alone.

    Attributes
    ----------
    ptr, row, gain
        The gains of option ``j`` are ``ptr[j]:ptr[j + 1]``.
    n_rows
        Number of rows.
    """

    ptr: Ints
    row: Ints
    gain: Floats
    n_rows: int

    def over(self, price: Floats) -> Floats:
        """Return for each option the sum of its gains beyond the price of each row."""
        from cfspace.planning.siting.kernels import gains_over

        out = np.empty(len(self.ptr) - 1)
        gains_over(self.ptr, self.row, self.gain, price, out)
        return out

    def best(self, chosen: Ints) -> Floats:
        """Return what each row gains by some options together."""
        best = np.zeros(self.n_rows)
        for j in chosen.tolist():
            own = slice(self.ptr[j], self.ptr[j + 1])
            best[self.row[own]] = np.maximum(best[self.row[own]], self.gain[own])
        return best

    def value(self, chosen: Ints) -> float:
        """Return what some options gain together."""
        return float(self.best(chosen).sum())


def coverage_gains(rows: Rows, n_options: int) -> Gains:
    """Return gains of covering rows: their weight, whichever option does it."""
    return _by_option(rows.option, rows.of_pair, rows.weight[rows.of_pair], n_options, rows.n_rows)


def saving_gains(problem: SitingProblem) -> Gains:
    """Return gains of shortening walks, in children times metres."""
    demand, option, saved = savings(problem)
    return _by_option(option, demand, saved, problem.n_options, problem.n_demand)


def _by_option(option: Ints, row: Ints, gain: Floats, n_options: int, n_rows: int) -> Gains:
    order = np.lexsort((row, option))
    ptr = np.zeros(n_options + 1, np.int64)
    np.cumsum(np.bincount(option, minlength=n_options), out=ptr[1:])
    return Gains(ptr=ptr, row=row[order], gain=gain[order].astype(np.float64), n_rows=n_rows)


def search(problem: SitingProblem, gains: Gains) -> Ints:
    """Return a good choice: greedy, then exchanged one for one while that helps.

    With a budget, greedy by gain and greedy by gain per cost both start, and the better end counts.
    """
    ways = (False,) if problem.budget is None else (False, True)
    ends = [exchange(problem, gains, greedy(problem, gains, per_cost=way)) for way in ways]
    return max(ends, key=gains.value)


def greedy(
    problem: SitingProblem, gains: Gains, *, begin: Ints | None = None, per_cost: bool = False
) -> Ints:
    """Return a choice that takes, one by one, the option that gains most, or most per cost."""
    chosen = np.empty(0, np.int64) if begin is None else begin
    while problem.n_new is None or len(chosen) < problem.n_new:
        more = np.where(may_join(problem, chosen), gains.over(gains.best(chosen)), 0.0)
        if not len(more) or not more.max() > LEAST_GAIN:
            break
        worth = more / np.maximum(problem.cost, LEAST_GAIN) if per_cost else more
        chosen = np.sort(np.append(chosen, int(np.argmax(worth))))
    return chosen


def exchange(problem: SitingProblem, gains: Gains, chosen: Ints) -> Ints:
    """Return a choice that no exchange of one option for another betters."""
    value = gains.value(chosen)
    for _ in range(MOST_ROUNDS):
        before = value
        for out in [-1, *chosen.tolist()]:
            if out >= 0 and out not in chosen:
                continue
            rest = chosen[chosen != out]
            if problem.n_new is not None and len(rest) >= problem.n_new:
                continue
            best = gains.best(rest)
            more = np.where(may_join(problem, rest), gains.over(best), 0.0)
            into = int(np.argmax(more)) if len(more) else -1
            if into >= 0 and float(best.sum()) + more[into] > value + LEAST_GAIN * max(1.0, value):
                value = float(best.sum()) + float(more[into])
                chosen = np.sort(np.append(rest, into))
        if value <= before:
            break
    return chosen


def may_join(problem: SitingProblem, chosen: Ints) -> NDArray[np.bool_]:
    """Tell which options may be built besides those chosen."""
    may = ~problem.is_open
    if problem.budget is not None:
        may = may & (problem.cost + problem.cost[chosen].sum() <= problem.budget + SLACK)
    every = np.arange(problem.n_options)
    for one in chosen.tolist():
        may = may & ~problem.conflict(every, np.full(problem.n_options, one))
    return may
