"""The siting models: solved exactly, or greedily for a preview."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from cfspace.errors import ParameterError
from cfspace.planning.siting.bounds import bounds
from cfspace.planning.siting.capacity import best_with_room, room_value
from cfspace.planning.siting.highs import RELATIVE_GAP, Answer, Program
from cfspace.planning.siting.problem import Model, SitingProblem, Solution, checked_model
from cfspace.planning.siting.programs import add_limits, chosen_of, coverage_program, solve_spaced
from cfspace.planning.siting.rows import Rows, coverage_rows, saving_rows
from cfspace.planning.siting.search import Gains, coverage_gains, exchange, greedy, saving_gains, search

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

TIER_SLACK: Final = 1e-7
"""How much of what an earlier tier gained, as a share, a later one may cost: less than any child."""


def choose_sites(
    problem: SitingProblem,
    *,
    model: Model = "max_coverage",
    preview: bool = False,
    time_limit_s: float = 60.0,
) -> Solution:
    """Return the best options to build.

    Parameters
    ----------
    problem
        Demand, options, pairs and limits.
    model
        ``max_coverage``: most children newly within reach [church-1974]. ``cover_all``: every child
        that any option can serve, at least cost [toregas-1971]. ``p_median``: most children times metres
        saved [hakimi-1964]. ``capacity``: most children with a place within reach, who may spread over
        open places. ``worst_first``: most children of tier 0, among those choices most of tier 1, and so on.
    preview
        Greedy with exchanges instead of exact; there is no gap then, but the bound is told.
    time_limit_s
        When an exact model stops with the best known, and tells the gap.

    Returns
    -------
    The choice, its value, and what no choice can better.

    Raises
    ------
    ParameterError
        If the model is unknown, or no choice keeps all limits.
    MissingExtraError
        If an exact model is asked for and highspy is not installed.

    Notes
    -----
    The exact models leave out options that a Lagrangian bound proves to be in no best choice, and let
    HiGHS decide among the rest [huangfu-2018].
    """
    checked_model(model)
    told = problem if model == "capacity" else problem.with_open_ones_told()
    until = time.monotonic() + time_limit_s
    return _SOLVERS[model](told, preview, until)


def site_value(problem: SitingProblem, chosen: Ints, *, model: Model) -> float:
    """Return the value of a choice under a model, as `Solution.value` tells it."""
    told = problem if model == "capacity" else problem.with_open_ones_told()
    if model == "capacity":
        return room_value(told, chosen)
    if model == "p_median":
        return saving_gains(told).value(chosen)
    if model == "cover_all":
        return float(told.cost[chosen].sum())
    rows = coverage_rows(told)
    return float(rows.weight[rows.reached(chosen, told.n_options)].sum())


def tier_values(problem: SitingProblem, chosen: Ints) -> Floats:
    """Return how many children of each tier a choice brings within reach, the worst-off first."""
    told = problem.with_open_ones_told()
    rows = coverage_rows(told)
    n_tiers = int(told.tier.max(initial=0)) + 1
    got = rows.reached(chosen, told.n_options)
    return np.bincount(rows.tier[got], rows.weight[got], minlength=n_tiers).astype(np.float64)


def _max_coverage(problem: SitingProblem, preview: bool, until: float) -> Solution:
    rows = _untiered(coverage_rows(problem))
    return _most_gained(
        problem, "max_coverage", coverage_gains(rows, problem.n_options), lambda: rows, preview, until
    )


def _p_median(problem: SitingProblem, preview: bool, until: float) -> Solution:
    gains = saving_gains(problem)
    return _most_gained(problem, "p_median", gains, None, preview, until)


def _most_gained(
    problem: SitingProblem,
    model: Model,
    gains: Gains,
    rows: Callable[[], Rows] | None,
    preview: bool,
    until: float,
) -> Solution:
    """Solve a model in which a row of demand counts its best option alone."""
    chosen = search(problem, gains)
    value = gains.value(chosen)
    limits = bounds(problem, gains, value=value)
    better = _from_hint(problem, gains, limits.hint)
    if gains.value(better) > value:
        chosen, value = better, gains.value(better)
    best_possible = max(limits.all, value)
    if preview or best_possible <= value * (1 + RELATIVE_GAP):
        is_exact = best_possible <= value * (1 + RELATIVE_GAP)
        return _solution(problem, model, chosen, value, value if is_exact else best_possible, is_exact)
    core = _core(problem, limits.with_option, value, chosen)
    told = rows() if rows is not None else saving_rows(_only(problem, core))
    coverage = coverage_program(problem, told, core)
    answer = solve_spaced(coverage.program, problem, core, until=until)
    return _better_of(problem, model, gains, chosen, answer, core, best_possible)


def _better_of(
    problem: SitingProblem,
    model: Model,
    gains: Gains,
    known: Ints,
    answer: Answer,
    core: Ints,
    best_possible: float,
) -> Solution:
    """Return the better of a known choice and an answer; what was left out is no better than the known."""
    found = chosen_of(answer, core)
    chosen = max((known, found), key=gains.value)
    value = gains.value(chosen)
    bound = value if answer.is_best else min(best_possible, max(answer.bound, value))
    return _solution(problem, model, chosen, value, bound, answer.is_best)


def _from_hint(problem: SitingProblem, gains: Gains, hint: Ints) -> Ints:
    """Return a choice made from the relaxed one, as far as all limits let it."""
    chosen = np.empty(0, np.int64)
    for one in hint.tolist():
        more = np.sort(np.append(chosen, one))
        if problem.allows(more):
            chosen = more
    return exchange(problem, gains, chosen)


def _core(problem: SitingProblem, with_option: Floats, value: float, chosen: Ints) -> Ints:
    """Return options that a better choice than one of this value may hold."""
    may = with_option >= value * (1 - RELATIVE_GAP)
    may[chosen] = True
    return np.flatnonzero(may & ~problem.is_open)


def _only(problem: SitingProblem, core: Ints) -> SitingProblem:
    """Return the problem without the pairs of other options."""
    kept = np.isin(problem.option, core)
    return replace(
        problem, demand=problem.demand[kept], option=problem.option[kept], metres=problem.metres[kept]
    )


def _untiered(rows: Rows) -> Rows:
    return Rows(ptr=rows.ptr, option=rows.option, weight=rows.weight, tier=np.zeros_like(rows.tier)).merged()


def _worst_first(problem: SitingProblem, preview: bool, until: float) -> Solution:
    rows, free = coverage_rows(problem), problem.free
    chosen = _greedy_by_tier(problem, rows)
    if preview:
        return _tiered(problem, chosen, away=np.inf)
    coverage, away = coverage_program(problem, rows, free), 0.0
    program = coverage.program
    for worth in coverage.by_tier:
        program.worth = worth
        answer = solve_spaced(program, problem, free, until=until)
        if answer.columns is None:
            away = np.inf
            break
        chosen = chosen_of(answer, free)
        if not answer.is_best:
            away = answer.bound - answer.value
            break
        # What the choice wins, and not what HiGHS says: its columns may stray by its tolerance, and so much
        # of a tier of millions is more than a later choice can keep. In shares, as tolerances are absolute.
        held, whole = np.flatnonzero(worth), max(1.0, float(worth.sum()))
        won = float(worth[held][answer.columns[held] > 0.5].sum())
        program.add_row(held, worth[held] / whole, low=won / whole - TIER_SLACK)
    return _tiered(problem, chosen, away=away)


def _greedy_by_tier(problem: SitingProblem, rows: Rows) -> Ints:
    """Return a greedy choice for tier 0, added to for tier 1 and so on."""
    chosen = np.empty(0, np.int64)
    for tier in range(int(rows.tier.max(initial=0)) + 1):
        weight = np.where(rows.tier == tier, rows.weight, 0.0)
        own = Rows(ptr=rows.ptr, option=rows.option, weight=weight, tier=rows.tier)
        chosen = greedy(problem, coverage_gains(own, problem.n_options), begin=chosen)
    return chosen


def _tiered(problem: SitingProblem, chosen: Ints, *, away: float) -> Solution:
    value = site_value(problem, chosen, model="worst_first")
    return _solution(problem, "worst_first", chosen, value, value + away, away == 0.0)


def _cover_all(problem: SitingProblem, preview: bool, until: float) -> Solution:
    """Solve the least cost of serving every row [toregas-1971]; number and budget play no part."""
    free = replace(problem, n_new=None, budget=None)
    rows = _untiered(coverage_rows(problem))
    if preview:
        return _all_greedily(free, rows)
    core = np.unique(rows.option)
    program = Program(worth=-free.cost[core], upper=np.ones(len(core)), is_whole=np.ones(len(core), bool))
    place = np.searchsorted(core, rows.option)
    sizes, one = np.diff(rows.ptr), np.ones(rows.n_rows)
    program.add_rows(sizes, place, np.ones(len(place)), low=one, high=np.full(rows.n_rows, np.inf))
    add_limits(program, free, core)
    answer = solve_spaced(program, free, core, until=until)
    if not answer.is_feasible:
        raise ParameterError(
            f"siting: no choice serves every child and keeps {free.spacing_m:g} m between new places; "
            "lower the spacing, or use the model max_coverage"
        )
    if answer.columns is None:
        raise ParameterError(
            "siting: no choice was found in time; raise the time limit, or ask for a preview"
        )
    chosen = chosen_of(answer, core)
    cost = float(free.cost[chosen].sum())
    return _solution(free, "cover_all", chosen, cost, min(cost, -answer.bound), answer.is_best)


def _all_greedily(problem: SitingProblem, rows: Rows) -> Solution:
    gains = coverage_gains(rows, problem.n_options)
    chosen = greedy(problem, gains, per_cost=True)
    if gains.value(chosen) < float(rows.weight.sum()) * (1 - RELATIVE_GAP):
        raise ParameterError(
            f"siting: the greedy choice keeps {problem.spacing_m:g} m between new places and leaves children "
            "unserved; lower the spacing, or ask for the exact model"
        )
    return _solution(problem, "cover_all", chosen, float(problem.cost[chosen].sum()), 0.0, False)


def _capacity(problem: SitingProblem, preview: bool, until: float) -> Solution:
    chosen, value, bound, is_exact = best_with_room(problem, preview=preview, until=until)
    return _solution(problem, "capacity", chosen, value, bound, is_exact)


def _solution(
    problem: SitingProblem, model: Model, chosen: Ints, value: float, bound: float, is_exact: bool
) -> Solution:
    return Solution(
        model=model,
        chosen=np.sort(chosen),
        value=value,
        bound=value if is_exact else bound,
        by_tier=tier_values(problem, chosen),
        is_exact=is_exact,
    )


_SOLVERS: Final[dict[Model, Callable[[SitingProblem, bool, float], Solution]]] = {
    "max_coverage": _max_coverage,
    "cover_all": _cover_all,
    "p_median": _p_median,
    "capacity": _capacity,
    "worst_first": _worst_first,
}
