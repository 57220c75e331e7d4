"""Demand as rows of options that would serve it; demand points with the same options are one row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cfspace.planning.siting.problem import SitingProblem

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

NAMES_SEED = 20_220_387


@dataclass(frozen=True, eq=False, kw_only=True)
class Rows:
    """Sets of options, each with what it is worth that one of the set is built.

    Attributes
    ----------
    ptr, option
        The options of row ``i`` are ``option[ptr[i]:ptr[i + 1]]``, ascending.
    weight
        What each row is worth.
    tier
        Its tier.
    """

    ptr: Ints
    option: Ints
    weight: Floats
    tier: Ints

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.weight)

    @property
    def of_pair(self) -> Ints:
        """The row of each entry of `option`."""
        return np.repeat(np.arange(self.n_rows), np.diff(self.ptr))

    def merged(self) -> Rows:
        """Return rows in which each set of a tier stands once, weights added."""
        first, group = self._same()
        order = np.argsort(first[group], kind="stable")
        weight = np.zeros(len(first))
        np.add.at(weight, group[order], self.weight[order])
        return self._chosen(first, weight)

    def of_options(self, kept: NDArray[np.bool_]) -> Rows:
        """Return the rows as far as they name options kept; rows that name none are left out."""
        stays = kept[self.option]
        sizes = np.bincount(self.of_pair[stays], minlength=self.n_rows)
        left = np.flatnonzero(sizes)
        return Rows(
            ptr=_ptr(sizes[left]), option=self.option[stays], weight=self.weight[left], tier=self.tier[left]
        )

    def reached(self, chosen: Ints, n_options: int) -> NDArray[np.bool_]:
        """Tell which rows name one of some options."""
        is_chosen = np.zeros(n_options, bool)
        is_chosen[chosen] = True
        hits: NDArray[np.bool_] = np.bincount(self.of_pair[is_chosen[self.option]], minlength=self.n_rows) > 0
        return hits

    def _same(self) -> tuple[Ints, Ints]:
        """Return the first row of each distinct set and tier, and the set of each row."""
        sizes = np.diff(self.ptr)
        names = np.random.default_rng(NAMES_SEED).integers(
            0, 2**63, size=(2, int(self.option.max(initial=0)) + 1)
        )
        sums = [_sums(one[self.option], self.ptr) for one in names]
        keys = np.column_stack([*sums, sizes, self.tier])
        _, first, group = np.unique(keys, axis=0, return_index=True, return_inverse=True)
        group = group.reshape(-1)
        # Sums of drawn numbers could agree by chance: rows that differ after all stay by themselves.
        twin = first[group]
        place = np.arange(len(self.option)) - np.repeat(self.ptr[:-1], sizes)
        differs = self.option != self.option[np.repeat(self.ptr[:-1][twin], sizes) + place]
        alone = np.unique(self.of_pair[differs])
        group[alone] = len(first) + np.arange(len(alone))
        first = np.concatenate([first, alone])
        order = np.argsort(first, kind="stable")
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order))
        return first[order], rank[group]

    def take(self, rows: Ints) -> Rows:
        """Return some of the rows."""
        return self._chosen(rows, self.weight[rows])

    def _chosen(self, rows: Ints, weight: Floats) -> Rows:
        sizes = np.diff(self.ptr)[rows]
        at = np.repeat(self.ptr[:-1][rows] - np.cumsum(sizes) + sizes, sizes) + np.arange(int(sizes.sum()))
        return Rows(ptr=_ptr(sizes), option=self.option[at], weight=weight, tier=self.tier[rows])


def coverage_rows(problem: SitingProblem) -> Rows:
    """Return the children who are not served yet, by the options that would serve them."""
    asks = (problem.weight > 0) & ~problem.is_served
    return _rows(problem, asks[problem.demand]).merged()


def all_rows(problem: SitingProblem) -> Rows:
    """Return all children, served or not, by the options that would serve them."""
    return _rows(problem, (problem.weight > 0)[problem.demand]).merged()


def _rows(problem: SitingProblem, kept: NDArray[np.bool_]) -> Rows:
    demand, option = problem.demand[kept], problem.option[kept]
    order = np.lexsort((option, demand))
    demand, option = demand[order], option[order]
    points, sizes = np.unique(demand, return_counts=True)
    return Rows(ptr=_ptr(sizes), option=option, weight=problem.weight[points], tier=problem.tier[points])


def saving_rows(problem: SitingProblem) -> Rows:
    """Return what walks can be shortened by, as rows: the set of options that are at least so near.

    A demand point whose options save 9, 5 and 2 (children times metres) has a row of the first worth
    4, one of the first two worth 3, and one of all three worth 2 [cornuejols-1980].
    """
    demand, option, saved = savings(problem)
    order = np.lexsort((option, -saved, demand))
    demand, option, saved = demand[order], option[order], saved[order]
    last = np.append(demand[1:] != demand[:-1], True) if len(demand) else np.zeros(0, bool)
    worth = saved - np.where(last, 0.0, np.append(saved[1:], 0.0))
    start = np.flatnonzero(np.append(True, last[:-1])) if len(demand) else np.zeros(0, np.int64)
    begin = np.repeat(start, np.diff(np.append(start, len(demand))))
    level = np.flatnonzero(worth > 0)
    sizes = level - begin[level] + 1
    at = np.repeat(begin[level] - np.cumsum(sizes) + sizes, sizes) + np.arange(int(sizes.sum()))
    row = np.repeat(np.arange(len(level)), sizes)
    ascending = np.lexsort((option[at], row))
    rows = Rows(
        ptr=_ptr(sizes),
        option=option[at][ascending],
        weight=worth[level],
        tier=np.zeros(len(level), np.int64),
    )
    return rows.merged()


def savings(problem: SitingProblem) -> tuple[Ints, Ints, Floats]:
    """Return demand point, option and what it saves of pairs that save something: children times metres."""
    before_m = np.minimum(problem.before_m, problem.limit_m)[problem.demand]
    saved = problem.weight[problem.demand] * (before_m - problem.metres)
    kept = saved > 0
    return problem.demand[kept], problem.option[kept], saved[kept]


def _ptr(sizes: NDArray[np.integer]) -> Ints:
    ptr = np.zeros(len(sizes) + 1, np.int64)
    np.cumsum(sizes, out=ptr[1:])
    return ptr


def _sums(values: Ints, ptr: Ints) -> Ints:
    """Return the sum of each row, of numbers that may wrap around."""
    total = np.zeros(len(values) + 1, np.uint64)
    np.cumsum(values.view(np.uint64), out=total[1:])
    return (total[ptr[1:]] - total[ptr[:-1]]).view(np.int64)
