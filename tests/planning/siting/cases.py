"""Small siting problems, and the best choice by trying every one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from cfspace.planning.siting.models import site_value, tier_values
from cfspace.planning.siting.problem import Model, SitingProblem

FULL_M = 400.0
LIMIT_M = 900.0


def drawn(
    seed: int,
    *,
    model: Model,
    n_demand: int = 14,
    n_options: int = 8,
    n_open: int = 0,
    n_kinds: int = 1,
    n_new: int | None = 3,
    budget: float | None = None,
    spacing_m: float = 0.0,
) -> SitingProblem:
    """Return a problem drawn by lot: points in a square of 1 km, straight walks.

    Weights and costs are thirds and tenths, so that sums of them are no exact numbers.
    """
    rng = np.random.default_rng(seed)
    at = rng.uniform(0, 1000, (n_demand, 2))
    n_places = n_options // n_kinds
    places = rng.uniform(0, 1000, (n_places, 2))
    place = np.tile(np.arange(n_places), n_kinds)
    kind = np.repeat(np.arange(n_kinds), n_places)
    asks = rng.integers(0, n_kinds, n_demand)
    far = np.hypot(*(at[:, None] - places[place][None]).transpose(2, 0, 1))
    reach_m = LIMIT_M if model == "p_median" else FULL_M
    demand, option = np.nonzero((far <= reach_m) & (asks[:, None] == kind[None]))
    before_m = rng.uniform(100, 1500, n_demand)
    before_m[rng.random(n_demand) < 0.3] = np.inf
    is_open = np.arange(len(place)) < n_open
    return SitingProblem(
        weight=rng.integers(0, 30, n_demand) / 3,
        before_m=before_m,
        is_served=before_m <= FULL_M,
        tier=np.digitize(before_m, [600.0, 1200.0]).max() - np.digitize(before_m, [600.0, 1200.0]),
        demand=demand,
        option=option,
        metres=far[demand, option],
        place=place,
        kind=kind,
        x_m=places[place, 0],
        y_m=places[place, 1],
        cost=rng.integers(1, 40, len(place)) / 10,
        capacity=rng.integers(3, 20, len(place)).astype(float),
        is_open=is_open,
        n_new=n_new,
        budget=budget,
        spacing_m=spacing_m,
        limit_m=LIMIT_M,
    )


def choices(problem: SitingProblem) -> Iterator[NDArray[np.int64]]:
    """Return every choice that is allowed."""
    most = len(problem.free) if problem.n_new is None else problem.n_new
    for size in range(most + 1):
        for some in combinations(problem.free.tolist(), size):
            chosen = np.array(some, np.int64)
            if problem.allows(chosen):
                yield chosen


def best_value(problem: SitingProblem, model: Model) -> float:
    """Return the value of the best choice, by trying every one."""
    return max(site_value(problem, chosen, model=model) for chosen in choices(problem))


def best_tiers(problem: SitingProblem) -> tuple[float, ...]:
    """Return the tiers of the best choice, by trying every one; to a millionth of a child."""
    return max(tuple(tier_values(problem, chosen).round(6)) for chosen in choices(problem))


def least_cost(problem: SitingProblem) -> float | None:
    """Return the least cost that serves all who can be served, by trying every choice; None if none does."""
    told = problem.with_open_ones_told()
    asks = (told.weight > 0) & ~told.is_served
    wanted = set(told.demand[asks[told.demand]].tolist())
    costs = [
        float(problem.cost[chosen].sum())
        for chosen in choices(problem)
        if wanted <= set(told.demand[np.isin(told.option, chosen)].tolist())
    ]
    return min(costs, default=None)
