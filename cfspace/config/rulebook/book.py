"""A whole rulebook: targets, tasks, indicators, and what can be known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cached_property
from typing import Annotated, Final

from pydantic import Field, model_validator

from cfspace.config.kinds import KINDS
from cfspace.config.rulebook.base import Frozen, Name, Share, Target, Text
from cfspace.config.rulebook.places import (
    AuditRule,
    CountNormRule,
    EquippedRule,
    FloatingSupplyRule,
    PresenceRule,
    RatioRule,
    SupplyRule,
)
from cfspace.config.rulebook.reach import (
    BundleRule,
    CoverageRule,
    LandCoverageRule,
    ProfileRatioRule,
    ZoneCoverageRule,
)
from cfspace.config.rulebook.streets import (
    CrossingSpacingRule,
    DensityRule,
    GateCrossingRule,
    GateSpeedRule,
    RouteRule,
    StreetRatioRule,
)
from cfspace.config.rulebook.uncertainty import Uncertainty

SEARCH_AT_LEAST_M: Final = 3000.0
"""Searches go at least this far, in metres, whatever a rulebook asks."""

Rule = (
    CoverageRule
    | ZoneCoverageRule
    | BundleRule
    | ProfileRatioRule
    | LandCoverageRule
    | SupplyRule
    | FloatingSupplyRule
    | CountNormRule
    | RatioRule
    | EquippedRule
    | PresenceRule
    | AuditRule
    | DensityRule
    | StreetRatioRule
    | CrossingSpacingRule
    | GateCrossingRule
    | GateSpeedRule
    | RouteRule
)
"""An indicator with the parameters of its measure."""


class Task(Frozen):
    """A task of the policy, with its weight in the overall score; 0 leaves it out."""

    number: int = Field(ge=1, le=99)
    title: Text
    weight: float = Field(default=1.0, ge=0)


class Rulebook(Frozen):
    """Targets and indicators of one policy, checked: names are declared, numbers make sense."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
    version: str = Field(min_length=1)
    title: Text
    absence_unprovable: tuple[Name, ...] = ()
    few_children_below: float = Field(default=50.0, ge=0)
    min_covered_share: Share = 0.9
    min_known_share: Share = 0.5
    min_answered_share: Share = 0.0
    uncertainty: Uncertainty = Uncertainty()
    task: tuple[Task, ...]
    target: tuple[Target, ...] = ()
    indicator: tuple[Annotated[Rule, Field(discriminator="measure")], ...]

    @model_validator(mode="after")
    def _holds_something(self) -> Rulebook:
        # Not a least length of the field: pydantic counts valid entries only, and would tell a second fault.
        if not self.indicator:
            raise ValueError("there is no indicator, add at least one [[indicator]]")
        return self

    @model_validator(mode="after")
    def _names_are_unique(self) -> Rulebook:
        for what, names in (
            ("task", [str(task.number) for task in self.task]),
            ("target", [target.id for target in self.target]),
            ("indicator", [rule.id for rule in self.indicator]),
        ):
            twice = [name for name, n in Counter(names).items() if n > 1]
            if twice:
                raise ValueError(f"{what} {twice[0]} stands twice, give each its own name")
        return self

    @model_validator(mode="after")
    def _names_are_declared(self) -> Rulebook:
        tasks = {task.number for task in self.task}
        targets = {*KINDS, *(target.id for target in self.target)}
        for rule in self.indicator:
            if rule.task not in tasks:
                raise ValueError(f"{rule.id}: task {rule.task} is not declared, add a [[task]] for it")
            unknown = [name for name in rule.uses() if name not in targets]
            if unknown:
                raise ValueError(
                    f"{rule.id}: {unknown[0]!r} is neither a kind nor declared, add a [[target]] for it"
                )
        return self

    def targets(self, kinds: Iterable[str] = ()) -> dict[str, Target]:
        """Return every target by its id: those declared, those used, and each of `kinds` by its name.

        Parameters
        ----------
        kinds
            Facility kinds that the study has; each is a target of its own name.

        Returns
        -------
        Targets, sorted by id.
        """
        found = dict(self._own_targets)
        for name in kinds:
            found.setdefault(name, Target(id=name, kinds=(name,)))
        return dict(sorted(found.items()))

    @cached_property
    def _own_targets(self) -> dict[str, Target]:
        found = {target.id: target for target in self.target}
        for name in {name for rule in self.indicator for name in rule.uses()}:
            found.setdefault(name, Target(id=name, kinds=(name,)))
        return found

    def limits_m(self, kinds: Iterable[str] = ()) -> dict[str, float]:
        """Return how far to search for each target: the most that is asked, at least 3,000 m."""
        limits = dict.fromkeys(self.targets(kinds), SEARCH_AT_LEAST_M)
        for rule in self.indicator:
            for name, limit_m in rule.reaches().items():
                limits[name] = max(limit_m, limits[name])
        return limits

    def trip_targets(self) -> tuple[str, ...]:
        """Return the targets to which the ways themselves are asked for: schools."""
        rules = [rule for rule in self.indicator if isinstance(rule, RouteRule)]
        return tuple(dict.fromkeys(name for rule in rules for name in rule.uses()))

    def profile_targets(self) -> dict[str, tuple[str, ...]]:
        """Return, by walking profile, the targets to which walks with that profile are asked for."""
        found: dict[str, dict[str, None]] = {}
        for rule in self.indicator:
            if isinstance(rule, ProfileRatioRule):
                found.setdefault(rule.profile, {}).update(dict.fromkeys(rule.uses()))
        return {profile: tuple(names) for profile, names in found.items()}

    def zone_targets(self) -> tuple[str, ...]:
        """Return the targets to which the walk to the school of one's own zone is asked for."""
        found = (rule.uses()[0] for rule in self.indicator if isinstance(rule, ZoneCoverageRule))
        return tuple(dict.fromkeys(found))

    def catchments_m(self) -> dict[str, float]:
        """Return, by target, the longest walk between children and places that share them out."""
        found: dict[str, float] = {}
        for rule in self.indicator:
            if isinstance(rule, FloatingSupplyRule):
                found[rule.target] = max(rule.catchment_m, found.get(rule.target, 0.0))
        return found

    def rule(self, indicator_id: str) -> Rule:
        """Return the indicator of that id.

        Raises
        ------
        KeyError
            If the rulebook has no such indicator.
        """
        for rule in self.indicator:
            if rule.id == indicator_id:
                return rule
        raise KeyError(indicator_id)
