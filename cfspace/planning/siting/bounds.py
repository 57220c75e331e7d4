"""Bounds by Lagrangian relaxation: which options no best choice can hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cfspace.planning.siting.problem import SitingProblem
from cfspace.planning.siting.search import Gains

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

ROUNDS = 400
PATIENCE = 12
SMALLEST_STEP = 1e-3


@dataclass(frozen=True, eq=False, kw_only=True)
class Bounds:
    """What no choice can better.

    Attributes
    ----------
    all
        Of any choice.
    with_option
        Of any choice that holds each option, shape (n_options,).
    hint
        Options that the relaxation chose, best first.
    """

    all: float
    with_option: Floats
    hint: Ints


def bounds(problem: SitingProblem, gains: Gains, *, value: float) -> Bounds:
    """Return upper bounds on what options can gain together.

    Parameters
    ----------
    problem
        Number, budget and costs; spacing is left out, which only loosens the bound.
    gains
        What each option gains each row.
    value
        What a known choice gains; steps are taken towards it.

    Notes
    -----
    That a row counts its best option alone is relaxed with a price per row [cornuejols-1977;
    galvao-1996], which subgradient steps improve [held-1974].
    """
    price = 0.5 * gains.best(problem.free)
    best = Bounds(all=np.inf, with_option=np.full(problem.n_options, np.inf), hint=np.empty(0, np.int64))
    scale, waited = 1.0, 0
    for _ in range(ROUNDS):
        found, share = _at(problem, gains, price)
        tighter = np.minimum(best.with_option, found.with_option)
        waited = 0 if found.all < best.all - 1e-7 * abs(value) else waited + 1
        hint = found.hint if found.all < best.all else best.hint
        best = Bounds(all=min(best.all, found.all), with_option=tighter, hint=hint)
        if waited == PATIENCE:
            scale, waited = scale / 2, 0
        away = found.all - value
        if scale < SMALLEST_STEP or away <= 1e-9 * max(1.0, abs(value)):
            break
        price = _stepped(gains, price, share, scale * away)
    return best


def _stepped(gains: Gains, price: Floats, share: Floats, length: float) -> Floats:
    from cfspace.planning.siting.kernels import served_times

    times = np.empty(gains.n_rows)
    served_times(gains.ptr, gains.row, gains.gain, price, share, times)
    slope = 1.0 - times
    slope[(price <= 0.0) & (slope > 0.0)] = 0.0
    norm = float(slope @ slope)
    return price if norm == 0.0 else np.maximum(price - length / norm * slope, 0.0)


def _at(problem: SitingProblem, gains: Gains, price: Floats) -> tuple[Bounds, Floats]:
    """Return the bounds at some prices, and which share of each option the relaxed problem builds."""
    worth = np.where(problem.is_open, 0.0, gains.over(price))
    found = [_by_number(problem.n_new, worth)]
    if problem.budget is not None:
        found.append(_by_budget(problem.budget, problem.cost, worth))
    total, share, loss = min(found, key=lambda one: one[0])
    every = float(price.sum()) + total
    hint = np.flatnonzero(share > 0.5)
    hint = hint[np.argsort(-worth[hint], kind="stable")]
    return Bounds(all=every, with_option=every + loss, hint=hint), share


def _by_number(n_new: int | None, worth: Floats) -> tuple[float, Floats, Floats]:
    """Return worth, shares and what each option's being chosen costs, where their number is limited."""
    n = len(worth) if n_new is None else min(n_new, len(worth))
    order = np.argsort(-worth, kind="stable")
    taken = order[:n]
    taken = taken[worth[taken] > 0.0]
    share = np.zeros(len(worth))
    share[taken] = 1.0
    least = float(worth[order[n - 1]]) if n and len(worth) else np.inf
    loss = np.minimum(0.0, worth - max(least, 0.0)) if n < len(worth) else np.zeros(len(worth))
    return float(worth[taken].sum()), share, loss


def _by_budget(budget: float, cost: Floats, worth: Floats) -> tuple[float, Floats, Floats]:
    """Return the same where their cost is limited: the last one may be built in part [dantzig-1957]."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(worth > 0.0, np.where(cost > 0.0, worth / cost, np.inf), 0.0)
    order = np.argsort(-ratio, kind="stable")
    order = order[ratio[order] > 0.0]
    spent = np.cumsum(cost[order])
    whole = order[spent <= budget]
    share = np.zeros(len(worth))
    share[whole] = 1.0
    rate = 0.0
    if len(whole) < len(order):
        last = order[len(whole)]
        rate = float(ratio[last])
        share[last] = (budget - float(cost[whole].sum())) / cost[last]
    return float(share @ worth), share, np.minimum(0.0, worth - rate * cost)
