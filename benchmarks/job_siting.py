"""Maximal covering location: the exact model against spopt, and the gap of the greedy preview."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.errors import PeerMissingError
from benchmarks.peers import peer
from benchmarks.results import Comparison, JobResult
from benchmarks.settings import Settings
from benchmarks.timing import check, in_turns
from cfspace.planning.siting.models import choose_sites
from cfspace.planning.siting.problem import SitingProblem

GOAL = 0.25
WITH_GOAL = 5_000
SIDE_M, REACH_M = 10_000.0, 700.0


def run(settings: Settings) -> JobResult:
    """Compare on points drawn in a square of 10 km, straight walks, the nearest within 700 m."""
    n_demand, n_options, n_new = (5_000, 500, 30) if max(settings.sizes) > 1_000 else (200, 30, 3)
    result = JobResult(
        job="siting", title=f"{n_new} of {n_options} sites for {n_demand} demand points: maximal coverage"
    )
    walks, weight = _drawn(n_demand, n_options)
    problem = _problem(walks, weight, n_new)
    try:
        peer("highspy")  # the solver that the exact models need, not part of cfspace's main job
        by_spopt = _spopt(walks, weight, n_new)
    except PeerMissingError as error:
        result.missing.append(str(error))
        return result
    ours = choose_sites(_problem(walks, weight, n_new), time_limit_s=600.0)
    check(ours.is_exact, "cfspace proved nothing")
    check(ours.value >= by_spopt() - 1e-6, "spopt found a better choice")
    cases = {
        "cfspace": lambda: choose_sites(_problem(walks, weight, n_new), time_limit_s=600.0).value,
        "greedy preview": lambda: choose_sites(problem, preview=True).value,
        "spopt": by_spopt,
    }
    timings = in_turns(cases, rounds=min(settings.rounds, 3))
    what = f"{n_demand} x {n_options}, n = {n_new}"
    goal = GOAL if n_demand >= WITH_GOAL else None
    result.comparisons.append(Comparison.of(what, timings, "cfspace", "spopt", goal=goal))
    result.comparisons.append(Comparison.of(what, timings, "greedy preview", "spopt"))
    return result


def _drawn(n_demand: int, n_options: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return walks from every demand point to every site, and whole children."""
    rng = np.random.default_rng(20_220_387)
    homes, sites = rng.uniform(0, SIDE_M, (n_demand, 2)), rng.uniform(0, SIDE_M, (n_options, 2))
    walks = np.hypot(*(homes[:, None] - sites[None]).transpose(2, 0, 1))
    return walks, rng.integers(1, 40, n_demand).astype(float)


def _problem(walks: NDArray[np.float64], weight: NDArray[np.float64], n_new: int) -> SitingProblem:
    n_demand, n_options = walks.shape
    demand, option = np.nonzero(walks <= REACH_M)
    every = np.arange(n_options)
    return SitingProblem(
        weight=weight,
        before_m=np.full(n_demand, np.inf),
        is_served=np.zeros(n_demand, bool),
        tier=np.zeros(n_demand, np.int64),
        demand=demand,
        option=option,
        metres=walks[demand, option],
        place=every,
        kind=np.zeros(n_options, np.int64),
        x_m=every.astype(float),
        y_m=every.astype(float),
        cost=np.ones(n_options),
        capacity=np.full(n_options, np.inf),
        is_open=np.zeros(n_options, bool),
        n_new=n_new,
    )


def _spopt(walks: NDArray[np.float64], weight: NDArray[np.float64], n_new: int) -> Callable[[], float]:
    """Return spopt's maximal covering model, built and solved with the solver that pulp brings."""
    locate: Any = peer("spopt.locate")
    pulp: Any = peer("pulp")

    def solve() -> float:
        model = locate.MCLP.from_cost_matrix(walks, weight, service_radius=REACH_M, p_facilities=n_new)
        solved = model.solve(pulp.PULP_CBC_CMD(msg=False))
        return float(solved.problem.objective.value())

    return solve
