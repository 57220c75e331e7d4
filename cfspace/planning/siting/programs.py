"""Siting models as programs: columns of options and of rows of demand, and what limits the choice."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from cfspace.planning.siting.highs import Answer, Program, solve
from cfspace.planning.siting.problem import SitingProblem
from cfspace.planning.siting.rows import Rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

MOST_SPACING_ROUNDS = 200


@dataclass(frozen=True, eq=False, kw_only=True)
class Coverage:
    """A program of covering rows.

    Attributes
    ----------
    program
        The program; its first columns are the options of `core`, the rest are rows of demand.
    core
        Options that may be chosen.
    by_tier
        What each column is worth in each tier, shape (n_tiers, n_columns).
    """

    program: Program
    core: Ints
    by_tier: Floats


def coverage_program(problem: SitingProblem, rows: Rows, core: Ints) -> Coverage:
    """Return the program of covering the heaviest rows: maximal covering location [church-1974].

    A row with a single option is worth as much to that option, and needs no column of its own.
    """
    place, own = _core_rows(problem, rows, core)
    is_single = np.diff(own.ptr) == 1
    single, many = np.flatnonzero(is_single), np.flatnonzero(~is_single)
    n_columns = len(core) + len(many)
    by_tier = np.zeros((int(own.tier.max(initial=0)) + 1, n_columns))
    np.add.at(by_tier, (own.tier[single], place[own.option[own.ptr[:-1][single]]]), own.weight[single])
    by_tier[own.tier[many], len(core) + np.arange(len(many))] = own.weight[many]
    program = Program(
        worth=by_tier.sum(axis=0), upper=np.ones(n_columns), is_whole=np.arange(n_columns) < len(core)
    )
    _add_served(program, place, own.take(many), len(core))
    add_limits(program, problem, core)
    return Coverage(program=program, core=core, by_tier=by_tier)


def _core_rows(problem: SitingProblem, rows: Rows, core: Ints) -> tuple[Ints, Rows]:
    """Return the column of each option, and the rows as far as the core serves them."""
    kept = np.zeros(problem.n_options, bool)
    kept[core] = True
    place = np.full(problem.n_options, -1, np.int64)
    place[core] = np.arange(len(core))
    return place, rows.of_options(kept).merged()


def _add_served(program: Program, place: Ints, rows: Rows, n_core: int) -> None:
    """Add: a row is served only if one of its options is built."""
    if not rows.n_rows:
        return
    ends = rows.ptr[1:]
    index = np.insert(place[rows.option], ends, n_core + np.arange(rows.n_rows))
    value = np.insert(np.full(len(rows.option), -1.0), ends, 1.0)
    nothing = np.zeros(rows.n_rows)
    program.add_rows(np.diff(rows.ptr) + 1, index, value, low=nothing - np.inf, high=nothing)


def add_limits(program: Program, problem: SitingProblem, core: Ints) -> None:
    """Add rows for number, budget, and one option a place."""
    columns = np.arange(len(core))
    if problem.n_new is not None and problem.n_new < len(core):
        program.add_row(columns, np.ones(len(core)), high=float(problem.n_new))
    if problem.budget is not None:
        program.add_row(columns, problem.cost[core], high=problem.budget)
    order = np.argsort(problem.place[core], kind="stable")
    _, start, count = np.unique(problem.place[core][order], return_index=True, return_counts=True)
    for first, n in zip(start[count > 1].tolist(), count[count > 1].tolist(), strict=True):
        program.add_row(columns[order[first : first + n]], np.ones(n), high=1.0)


def solve_spaced(program: Program, problem: SitingProblem, core: Ints, *, until: float) -> Answer:
    """Solve a program, adding rows for those pairs of new places that came too near to each other.

    Of all options within half the spacing of one point, at most one can be built: a row for the middle of
    each pair too near is kept by every allowed choice, and cuts off that pair.

    Parameters
    ----------
    program
        Its first columns are the options of `core`.
    problem
        Gives the spacing.
    core
        Options that may be chosen.
    until
        When to stop, on the clock of `time.monotonic`.
    """
    for _ in range(MOST_SPACING_ROUNDS):
        answer = solve(program, time_limit_s=until - time.monotonic())
        if answer.columns is None or not problem.spacing_m:
            return answer
        if not _add_spacing(program, problem, core, chosen_of(answer, core)):
            return answer
        if time.monotonic() >= until:
            break
    # No time is left, and the last choice breaks the spacing: only its bound counts.
    return Answer(columns=None, value=np.nan, bound=answer.bound, is_best=False)


def _add_spacing(program: Program, problem: SitingProblem, core: Ints, chosen: Ints) -> bool:
    """Add a row for each pair of chosen options that are too near; tell whether there was one."""
    first, second = np.nonzero(np.triu(problem.conflict(chosen[:, None], chosen[None, :]), k=1))
    xy = np.column_stack([problem.x_m, problem.y_m])
    tree = cKDTree(xy[core])
    for one, other in zip(chosen[first].tolist(), chosen[second].tolist(), strict=True):
        near = tree.query_ball_point((xy[one] + xy[other]) / 2, problem.spacing_m / 2 * (1 - 1e-9))
        same = [c for c in near if problem.kind[core[c]] == problem.kind[one]]
        both = np.searchsorted(core, [one, other]).tolist()
        columns = np.array(sorted({*same, *both}))
        program.add_row(columns, np.ones(len(columns)), high=1.0)
    return len(first) > 0


def chosen_of(answer: Answer, core: Ints) -> Ints:
    """Return the options that an answer builds."""
    if answer.columns is None:
        return np.empty(0, np.int64)
    return core[answer.columns[: len(core)] > 0.5]
