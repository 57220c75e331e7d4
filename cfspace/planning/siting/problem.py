"""What a siting model is asked: children, options to build, and what limits the choice."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from cfspace.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Truths = NDArray[np.bool_]

Model = Literal["max_coverage", "cover_all", "p_median", "capacity", "worst_first"]

MODELS: tuple[Model, ...] = ("max_coverage", "cover_all", "p_median", "capacity", "worst_first")
"""The siting models."""


def checked_model(name: str) -> Model:
    """Return a model by its name.

    Raises
    ------
    ParameterError
        If there is none of that name.
    """
    for model in MODELS:
        if model == name:
            return model
    raise ParameterError(f"--model: {name!r} is unknown; use one of {', '.join(MODELS)}")


@dataclass(frozen=True, eq=False, kw_only=True)
class SitingProblem:
    """Demand, options and the pairs between them.

    Attributes
    ----------
    weight
        Children at each demand point, shape (n_demand,).
    before_m
        Their walk as things stand; ``inf`` where there is none within the search.
    is_served
        Whether they are within the full distance as things stand.
    tier
        How badly off they are, 0 the worst; for `worst_first`.
    demand, option, metres
        Pairs of a demand point and an option that would serve it, each pair once; shape (n_pairs,).
    place
        The place that each option would be built at; one of each is built at the most.
        Shape (n_options,), as all that follows.
    kind
        Number of its kind; spacing holds within one.
    x_m, y_m
        Where it lies.
    cost
        What it costs, in any one unit.
    capacity
        Children it has room for; ``inf`` where that plays no part.
    is_open
        Whether it is there already: open whatever is chosen, at no cost.
    n_new
        How many to build at the most; None: any number.
    budget
        What they may cost together; None: anything.
    spacing_m
        New ones of a kind are at least this far from each other, straight.
    limit_m
        What a walk counts that found none, for `p_median`.
    """

    weight: Floats
    before_m: Floats
    is_served: Truths
    tier: Ints
    demand: Ints
    option: Ints
    metres: Floats
    place: Ints
    kind: Ints
    x_m: Floats
    y_m: Floats
    cost: Floats
    capacity: Floats
    is_open: Truths
    n_new: int | None = None
    budget: float | None = None
    spacing_m: float = 0.0
    limit_m: float = np.inf

    def __post_init__(self) -> None:
        for name, least in (("weight", 0.0), ("metres", 0.0), ("cost", 0.0), ("capacity", 0.0)):
            values = getattr(self, name)
            if len(values) and not (values >= least).all():
                raise ParameterError(f"siting: {name} must be numbers of at least {least:g}")
        if self.n_new is not None and self.n_new < 0:
            raise ParameterError(f"siting: {self.n_new} new places make no sense; give a number from 0")
        if self.budget is not None and not self.budget >= 0:
            raise ParameterError(f"siting: a budget of {self.budget} makes no sense; give a number from 0")

    @property
    def n_demand(self) -> int:
        """Number of demand points."""
        return len(self.weight)

    @property
    def n_options(self) -> int:
        """Number of options, those that are open among them."""
        return len(self.place)

    @cached_property
    def free(self) -> Ints:
        """The options that may be chosen."""
        return np.flatnonzero(~self.is_open)

    def allows(self, chosen: Ints) -> bool:
        """Tell whether some options may be built together."""
        rivals = chosen[:, None] != chosen[None, :]
        return (
            (self.n_new is None or len(chosen) <= self.n_new)
            and (self.budget is None or float(self.cost[chosen].sum()) <= self.budget + SLACK)
            and not bool((self.conflict(chosen[:, None], chosen[None, :]) & rivals).any())
        )

    def conflict(self, one: Ints, other: Ints) -> Truths:
        """Tell which pairs of options may not be built together (an option is in conflict with itself)."""
        same_place = self.place[one] == self.place[other]
        if not self.spacing_m:
            return np.asarray(same_place, bool)
        apart_m = np.hypot(self.x_m[one] - self.x_m[other], self.y_m[one] - self.y_m[other])
        near = (self.kind[one] == self.kind[other]) & (apart_m < self.spacing_m)
        return np.asarray(same_place | near, bool)

    def with_open_ones_told(self) -> SitingProblem:
        """Return the same problem, in which open options stand in the walks as they are, and in no pair."""
        is_told = self.is_open[self.option]
        before_m = self.before_m.copy()
        np.minimum.at(before_m, self.demand[is_told], self.metres[is_told])
        is_served = self.is_served.copy()
        is_served[self.demand[is_told]] = True
        rest = ~is_told
        return replace(
            self,
            before_m=before_m,
            is_served=is_served,
            demand=self.demand[rest],
            option=self.option[rest],
            metres=self.metres[rest],
        )


SLACK = 1e-9
"""How far sums of costs may pass the budget: adding in another order must not refuse a choice."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Solution:
    """What a siting model answers.

    Attributes
    ----------
    model
        The model.
    chosen
        Options to build, ascending.
    value
        Children newly within reach (`max_coverage`, `worst_first`), children with a place newly
        (`capacity`), children times metres saved (`p_median`), or the cost (`cover_all`).
    bound
        What no choice can better.
    by_tier
        Children newly within reach in each tier.
    is_exact
        Whether the choice is proven best.
    """

    model: Model
    chosen: Ints
    value: float
    bound: float
    by_tier: Floats
    is_exact: bool

    @property
    def gap(self) -> float:
        """How much better, as a share of the value, a choice might still be: 0 where it is proven best."""
        if self.is_exact:
            return 0.0
        away = self.value - self.bound if self.model == "cover_all" else self.bound - self.value
        return max(0.0, away) / self.value if self.value > 0 else float(np.inf if away > 0 else 0.0)
