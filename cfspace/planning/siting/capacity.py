"""Places that have room for so many: children spread over all open places within reach of them.

Demand floats: nobody is tied to the nearest place, and the children of one home may go to several. How many
find room is then a flow, as in the capacitated covering problem [current-1988] with demand that may be
split.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cfspace.planning.siting.highs import RELATIVE_GAP, Answer, Program, solve
from cfspace.planning.siting.problem import SitingProblem
from cfspace.planning.siting.programs import add_limits, chosen_of, solve_spaced
from cfspace.planning.siting.rows import Rows, all_rows
from cfspace.planning.siting.search import may_join

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

TRIED_AT_A_STEP = 24
LEAST_FLOW = 1e-7


@dataclass(frozen=True, eq=False, kw_only=True)
class _Flows:
    """A program: columns of options, then one for each pair of a row of demand and an option."""

    program: Program
    core: Ints


def best_with_room(problem: SitingProblem, *, preview: bool, until: float) -> tuple[Ints, float, float, bool]:
    """Return the choice that gives most children a place, how many more, the bound, and whether it is proven.

    Parameters
    ----------
    problem
        Open options have a capacity as well; what they hold already is no gain of a choice.
    preview
        Greedy: adds the option that gives most children a place, one by one.
    until
        When to stop, on the clock of `time.monotonic`.
    """
    rows, before = _rows(problem), room_value(problem, np.empty(0, np.int64), added=False)
    known = _greedy(problem, rows, before) if preview else np.empty(0, np.int64)
    if preview:
        most = float(rows.weight.sum()) - before
        return known, _added(problem, rows, known, before), most, False
    flows = _flows(problem, rows, problem.free)
    answer = solve_spaced(flows.program, problem, flows.core, until=until)
    chosen = chosen_of(answer, flows.core)
    value = _added(problem, rows, chosen, before)
    bound = (
        max(value, answer.bound - before) if np.isfinite(answer.bound) else float(rows.weight.sum()) - before
    )
    return chosen, value, bound, answer.is_best


def room_value(problem: SitingProblem, chosen: Ints, *, added: bool = True) -> float:
    """Return how many children find a place if some options are built; `added`: how many more than now."""
    rows = _rows(problem)
    now = _with_place(problem, rows, np.empty(0, np.int64)) if added else 0.0
    return _with_place(problem, rows, chosen) - now


PREFERS_OPEN = 1e-4
"""How much more a place that is there already counts, so that nobody moves to a new one without need."""


def places_taken(problem: SitingProblem, chosen: Ints) -> tuple[Ints, Floats]:
    """Return who goes to the chosen options: the pair and the children of it, row by row.

    As many as ever stay where there is a place already; the new options then take just as many children as
    they add, and no child is counted twice.
    """
    kept = problem.is_open[problem.option] | np.isin(problem.option, chosen)
    pair = np.flatnonzero(kept & (problem.weight[problem.demand] > 0))
    if not len(pair):
        return pair, np.empty(0)
    point, option = problem.demand[pair], problem.option[pair]
    program = Program(
        worth=np.where(problem.is_open[option], 1.0 + PREFERS_OPEN, 1.0),
        upper=problem.weight[point],
        is_whole=np.zeros(len(pair), bool),
    )
    for owner, most in ((point, problem.weight), (option, problem.capacity)):
        order = np.argsort(owner, kind="stable")
        own, start = np.unique(owner[order], return_index=True)
        sizes = np.diff(np.append(start, len(pair)))
        high = most[own]
        program.add_rows(sizes, order, np.ones(len(pair)), low=np.full(len(own), -np.inf), high=high)
    answer = solve(program, time_limit_s=1e9)
    flow = np.zeros(len(pair)) if answer.columns is None else answer.columns
    new = (flow > LEAST_FLOW) & ~problem.is_open[option]
    return pair[new], flow[new]


def _rows(problem: SitingProblem) -> Rows:
    rows = all_rows(problem)
    return Rows(ptr=rows.ptr, option=rows.option, weight=rows.weight, tier=np.zeros_like(rows.tier)).merged()


def _added(problem: SitingProblem, rows: Rows, chosen: Ints, before: float) -> float:
    return _with_place(problem, rows, chosen) - before


def _with_place(problem: SitingProblem, rows: Rows, chosen: Ints) -> float:
    """Return how many children find a place, by the largest flow [ford-1956]."""
    flows = _flows(problem, rows, np.sort(chosen), are_built=True)
    if not len(flows.program.worth):
        return 0.0
    answer: Answer = solve(flows.program, time_limit_s=1e9)
    return answer.value


def _flows(problem: SitingProblem, rows: Rows, core: Ints, *, are_built: bool = False) -> _Flows:
    """Return the program; with `are_built` the options of the core are built, and nothing is to be chosen."""
    kept = problem.is_open.copy()
    kept[core] = True
    own = rows.of_options(kept)
    n_core = 0 if are_built else len(core)
    n_pairs, row = len(own.option), own.of_pair
    least = np.minimum(own.weight[row], problem.capacity[own.option])
    program = Program(
        worth=np.concatenate([np.zeros(n_core), np.ones(n_pairs)]),
        upper=np.concatenate([np.ones(n_core), least]),
        is_whole=np.arange(n_core + n_pairs) < n_core,
    )
    pair = n_core + np.arange(n_pairs)
    sizes = np.diff(own.ptr)
    program.add_rows(sizes, pair, np.ones(n_pairs), low=np.full(own.n_rows, -np.inf), high=own.weight)
    place = np.full(problem.n_options, -1, np.int64)
    if not are_built:
        place[core] = np.arange(len(core))
    _add_room(program, problem, own, pair, place)
    if not are_built:
        _add_only_if_built(program, least, pair, place[own.option])
        add_limits(program, problem, core)
    return _Flows(program=program, core=core)


def _add_room(program: Program, problem: SitingProblem, own: Rows, pair: Ints, place: Ints) -> None:
    """Add: no option takes more children than it has room for, and none if it is not built."""
    if not len(own.option):
        return
    order = np.argsort(own.option, kind="stable")
    options, start = np.unique(own.option[order], return_index=True)
    for option, columns in zip(options.tolist(), np.split(pair[order], start[1:]), strict=True):
        room = float(problem.capacity[option])
        if not np.isfinite(room):
            continue
        if place[option] < 0:
            program.add_row(columns, np.ones(len(columns)), high=room)
        else:
            index, value = np.append(columns, place[option]), np.append(np.ones(len(columns)), -room)
            program.add_row(index, value, high=0.0)


def _add_only_if_built(program: Program, least: Floats, pair: Ints, place: Ints) -> None:
    """Add for each pair: nobody goes to what is not built, which holds the relaxed problem together."""
    new = np.flatnonzero(place >= 0)
    index = np.column_stack([pair[new], place[new]]).ravel()
    value = np.column_stack([np.ones(len(new)), -least[new]]).ravel()
    n_rows = len(new)
    program.add_rows(np.full(n_rows, 2), index, value, low=np.full(n_rows, -np.inf), high=np.zeros(n_rows))


def _greedy(problem: SitingProblem, rows: Rows, before: float) -> Ints:
    """Return a choice made one by one; at each step only the options with most demand and room are tried."""
    chosen, value = np.empty(0, np.int64), before
    near = np.bincount(rows.option, rows.weight[rows.of_pair], minlength=problem.n_options)
    promise = np.minimum(near, problem.capacity)
    while problem.n_new is None or len(chosen) < problem.n_new:
        may = np.flatnonzero(may_join(problem, chosen) & (promise > 0))
        tried = may[np.argsort(-promise[may], kind="stable")][:TRIED_AT_A_STEP]
        values = [_with_place(problem, rows, np.append(chosen, one)) for one in tried.tolist()]
        best = int(np.argmax(values)) if values else -1
        if best < 0 or values[best] <= value * (1 + RELATIVE_GAP):
            break
        chosen, value = np.sort(np.append(chosen, tried[best])), values[best]
    return chosen
