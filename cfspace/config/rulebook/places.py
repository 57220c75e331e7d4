"""Rules of measures that count places, amounts and answers: supply, ratio, presence, audit."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field, model_validator
from typing_extensions import override

from cfspace.config.rulebook.base import Frozen, Indicator, Name, Positive, Share
from cfspace.config.study import Level

RESIDENTIAL: Final = "residential"
"""What `of` names when blocks of residential land are asked, not facilities."""


class Amount(Frozen):
    """Where a supply comes from: a column of a unit table, or an attribute summed over a target."""

    table: Name | None = None
    target: Name | None = None
    attribute: Name | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> Amount:
        if (self.table is None) == (self.target is None):
            raise ValueError("an amount needs either table, or target and attribute")
        if (self.target is None) != (self.attribute is None):
            raise ValueError("an amount of a target needs attribute, and one of a table has none")
        return self


class OwnGoal(Frozen):
    """A part of the supply with a goal of its own, so that no part makes up for another."""

    target: Name
    goal: Positive


class SupplyRule(Indicator):
    """Amount per head: the first of `amounts` for which the study has data, over `per`."""

    measure: Literal["supply"]
    amounts: tuple[Amount, ...] = Field(min_length=1)
    denominator: Name
    per: Positive = 1.0
    each: tuple[OwnGoal, ...] = ()

    @model_validator(mode="after")
    def _children_have_ages(self) -> SupplyRule:
        if (self.denominator == "children") != bool(self.who):
            raise ValueError(f'{self.id}: denominator "children" and a list of age bands go together')
        return self

    @override
    def uses(self) -> tuple[str, ...]:
        named = [amount.target for amount in self.amounts if amount.target is not None]
        return tuple(dict.fromkeys([*named, *(part.target for part in self.each)]))


class FloatingSupplyRule(Indicator):
    """What falls to each child when all who reach a place share it: a two-step floating catchment."""

    measure: Literal["floating_supply"]
    target: Name
    attribute: Name
    catchment_m: Positive
    per: Positive = 1.0

    @model_validator(mode="after")
    def _for_children(self) -> FloatingSupplyRule:
        if not self.who:
            raise ValueError(f"{self.id}: children share the places, give who, a list of age bands")
        return self

    @override
    def uses(self) -> tuple[str, ...]:
        return (self.target,)

    @override
    def reaches(self) -> dict[str, float]:
        return {self.target: self.catchment_m}


class Step(Frozen):
    """From how many residents on, one place of the target is asked for how many of them."""

    target: Name
    above: float = Field(default=0.0, ge=0)
    fixed: float = Field(default=0.0, ge=0)
    per: Positive


class CountNormRule(Indicator):
    """Places there are over places that a norm asks for by number of residents."""

    measure: Literal["count_norm"]
    value_unit: Literal["ratio"] = "ratio"
    steps: tuple[Step, ...] = Field(min_length=1)
    denominator: Name = "residents"

    @model_validator(mode="after")
    def _steps_rise(self) -> CountNormRule:
        starts = [step.above for step in self.steps]
        if starts[0] != 0 or starts != sorted(set(starts)):
            raise ValueError(f"{self.id}: steps must start at 0 and rise")
        return self

    @override
    def uses(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(step.target for step in self.steps))


class Check(Frozen):
    """What is asked of one attribute: credit per value, or a least number."""

    attribute: Name
    credits: dict[str, Share] | None = None
    min: float | None = None

    @model_validator(mode="after")
    def _one_question(self) -> Check:
        if (self.credits is None) == (self.min is None):
            raise ValueError(f"{self.attribute}: give either credits or min")
        return self


class RatioRule(Indicator):
    """Credited answers over known answers, over the facilities of a target."""

    measure: Literal["ratio"]
    target: Name
    checks: tuple[Check, ...] = Field(min_length=1)
    value_unit: Literal["share"] = "share"

    @override
    def uses(self) -> tuple[str, ...]:
        return (self.target,)


class EquippedRule(Indicator):
    """Share of places (or, for ``residential``, of residential blocks) with another kind of place at hand."""

    measure: Literal["equipped"]
    of: tuple[Name, ...] = Field(min_length=1)
    having: tuple[Name, ...] = Field(min_length=1)
    within_m: float = Field(ge=0)
    host: Name | None = None
    value_unit: Literal["share"] = "share"

    @override
    def uses(self) -> tuple[str, ...]:
        return (*(name for name in self.of if name != RESIDENTIAL), *self.having)


class PresenceRule(Indicator):
    """Share of units of one level that have at least one of a target."""

    measure: Literal["presence"]
    target: Name
    of_level: Level
    value_unit: Literal["share of units"] = "share of units"

    @override
    def uses(self) -> tuple[str, ...]:
        return (self.target,)


class AuditRule(Indicator):
    """Share of yes among the known answers to checklist items."""

    measure: Literal["audit"]
    kinds: tuple[Name, ...] = ()
    items: tuple[Name, ...] = Field(min_length=1)
    value_unit: Literal["share"] = "share"
