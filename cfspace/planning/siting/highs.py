"""Mixed-integer programs for HiGHS: sparse rows in, an answer with its bound out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from cfspace.errors import CfspaceError, MissingExtraError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

RELATIVE_GAP = 1e-9
"""Gaps below this count as closed: sums of decimals are not exacter."""


PRIMAL_FEASIBLE = 2


class SolverError(CfspaceError):
    """HiGHS ended in a way that no input explains."""


@dataclass(eq=False, kw_only=True)
class Program:
    """A program to maximise: columns between 0 and `upper`, rows ``low <= a x <= high``.

    Attributes
    ----------
    worth
        What each column is worth.
    upper
        Its upper bound.
    is_whole
        Whether it must be a whole number.
    """

    worth: Floats
    upper: Floats
    is_whole: NDArray[np.bool_]
    _sizes: list[Ints] = field(default_factory=list)
    _index: list[Ints] = field(default_factory=list)
    _value: list[Floats] = field(default_factory=list)
    _low: list[Floats] = field(default_factory=list)
    _high: list[Floats] = field(default_factory=list)

    def add_rows(self, sizes: Ints, index: Ints, value: Floats, *, low: Floats, high: Floats) -> None:
        """Add rows, each of `sizes` entries."""
        self._sizes.append(np.asarray(sizes, np.int64))
        self._index.append(np.asarray(index, np.int64))
        self._value.append(np.asarray(value, np.float64))
        self._low.append(np.asarray(low, np.float64))
        self._high.append(np.asarray(high, np.float64))

    def add_row(self, index: Ints, value: Floats, *, low: float = -np.inf, high: float = np.inf) -> None:
        """Add one row."""
        sizes = np.array([len(index)])
        self.add_rows(sizes, index, value, low=np.array([low]), high=np.array([high]))

    def rows(self) -> tuple[Ints, Ints, Floats, Floats, Floats]:
        """Return where each row begins, columns, values, and both bounds."""
        none = np.empty(0)
        ptr = np.cumsum(np.concatenate([np.zeros(1, np.int64), *self._sizes]))
        index = np.concatenate([none.astype(np.int64), *self._index])
        value, low, high = (np.concatenate([none, *part]) for part in (self._value, self._low, self._high))
        return ptr, index, value, low, high


@dataclass(frozen=True, eq=False, kw_only=True)
class Answer:
    """What HiGHS found.

    Attributes
    ----------
    columns
        The best columns known; None where there are none.
    value, bound
        Their worth, and what none can better.
    is_best
        Whether they are proven best.
    is_feasible
        False where it is proven that no columns keep all rows.
    """

    columns: Floats | None
    value: float
    bound: float
    is_best: bool
    is_feasible: bool = True


def solve(program: Program, *, time_limit_s: float) -> Answer:
    """Maximise a program with HiGHS [huangfu-2018].

    Parameters
    ----------
    program
        The program.
    time_limit_s
        When to stop with the best known.

    Raises
    ------
    MissingExtraError
        If highspy is not installed.
    SolverError
        If HiGHS fails.
    """
    try:
        import highspy
    except ImportError as error:
        raise MissingExtraError("highspy", "siting") from error
    # Its base: the class itself greets on standard output before it can be told not to.
    highs: Any = highspy.Highs.__bases__[0]()
    for name, value in (
        ("output_flag", False),
        ("log_to_console", False),
        ("threads", 1),
        ("random_seed", 0),
        ("mip_rel_gap", RELATIVE_GAP),
        ("mip_abs_gap", 1e-9),
        ("time_limit", max(time_limit_s, 0.01)),
    ):
        highs.setOptionValue(name, value)
    if highs.passModel(_model(program, highspy)) == highspy.HighsStatus.kError:
        raise SolverError("HiGHS refused the program; this is a fault of cfspace, please report it")
    # No known choice is given to start from: HiGHS 1.16 loses count of what its presolve took out of a
    # start, and then calls it best (the check below found that).
    if highs.run() == highspy.HighsStatus.kError:
        raise SolverError("HiGHS did not run; this is a fault of cfspace, please report it")
    return _answer(program, highs, highspy)


def _model(program: Program, highspy: Any) -> Any:
    ptr, index, value, low, high = program.rows()
    lp = highspy.HighsLp()
    n_columns = len(program.worth)
    lp.num_col_, lp.num_row_ = n_columns, len(low)
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = program.worth, np.zeros(n_columns), program.upper
    lp.row_lower_, lp.row_upper_ = low, high
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = ptr, index, value
    if program.is_whole.any():
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[int(whole)] for whole in program.is_whole.tolist()]
    return lp


def _answer(program: Program, highs: Any, highspy: Any) -> Answer:
    status, info = highs.getModelStatus(), highs.getInfo()
    known = highspy.HighsModelStatus
    if status in (known.kInfeasible, known.kUnboundedOrInfeasible):
        return Answer(columns=None, value=np.nan, bound=np.nan, is_best=False, is_feasible=False)
    if status not in (known.kOptimal, known.kTimeLimit, known.kModelEmpty):
        raise SolverError(f"HiGHS ended with {status}; this is a fault of cfspace, please report it")
    is_best = status != known.kTimeLimit
    columns = _columns(program, highs, info)
    value = np.nan if columns is None else float(columns @ program.worth)
    bound = value if is_best else float(info.mip_dual_bound) if program.is_whole.any() else np.inf
    if is_best and not np.isclose(value, float(info.objective_function_value), rtol=1e-6, atol=1e-6):
        raise SolverError(
            f"HiGHS says {info.objective_function_value}, its answer is worth {value}; please report it"
        )
    return Answer(columns=columns, value=value, bound=bound, is_best=is_best)


def _columns(program: Program, highs: Any, info: Any) -> Floats | None:
    solution = highs.getSolution()
    if not solution.value_valid or info.primal_solution_status != PRIMAL_FEASIBLE:
        return None
    columns = np.asarray(solution.col_value, np.float64)
    columns[program.is_whole] = np.rint(columns[program.is_whole])
    return columns
