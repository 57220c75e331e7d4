"""Rules of measures that ask how far a home is from something."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator
from typing_extensions import override

from cfspace.config.rulebook.base import Band, Frozen, Indicator, Name, Positive, Share, _bands_of


class Reach(Frozen):
    """One way to be served: a target within a distance, for all bands or for some.

    `credit` below one (a bookcase is half a library) enters the score alone, as grading does.
    """

    target: Name
    full_m: Positive
    zero_m: Positive | None = None
    credit: Share = 1.0
    who: Annotated[tuple[Band, ...], BeforeValidator(_bands_of)] = ()

    @model_validator(mode="after")
    def _zero_beyond_full(self) -> Reach:
        if self.zero_m is not None and self.zero_m <= self.full_m:
            raise ValueError(f"{self.target}: zero_m {self.zero_m:g} is not beyond full_m {self.full_m:g}")
        return self

    @property
    def limit_m(self) -> float:
        """How far the search must go, in metres."""
        return self.zero_m if self.zero_m is not None else self.full_m


class _ReachRule(Indicator):
    reach: tuple[Reach, ...] = ()
    target: Name | None = None
    full_m: Positive | None = None
    zero_m: Positive | None = None

    @model_validator(mode="after")
    def _one_form(self) -> _ReachRule:
        if (self.target is None) == (not self.reach):
            raise ValueError(f"{self.id}: give either target and full_m, or reach = [...]")
        if self.target is not None and self.full_m is None:
            raise ValueError(f"{self.id}: target {self.target} has no full_m")
        if not self.who:
            raise ValueError(f"{self.id}: a share of children needs who, a list of age bands")
        self.ways()
        return self

    def ways(self) -> tuple[Reach, ...]:
        """Return the ways to be served, whichever form the file uses."""
        return self._ways

    @cached_property
    def _ways(self) -> tuple[Reach, ...]:
        if self.target is None or self.full_m is None:
            return self.reach
        return (Reach(target=self.target, full_m=self.full_m, zero_m=self.zero_m),)

    @override
    def uses(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(way.target for way in self.ways()))

    @override
    def reaches(self) -> dict[str, float]:
        limits: dict[str, float] = {}
        for way in self.ways():
            limits[way.target] = max(way.limit_m, limits.get(way.target, 0.0))
        return limits


class CoverageRule(_ReachRule):
    """Share of children within the full distance of any of its targets."""

    measure: Literal["coverage"]
    value_unit: Literal["share"] = "share"

    @model_validator(mode="after")
    def _every_band_has_a_way(self) -> CoverageRule:
        for band in self.who:
            if not any(not way.who or band in way.who for way in self.ways()):
                raise ValueError(f"{self.id}: age band {band} has no reach")
        return self


class ZoneCoverageRule(_ReachRule):
    """Share of children within the full distance of the school of their own attendance zone."""

    measure: Literal["zone_coverage"]
    value_unit: Literal["share"] = "share"

    @model_validator(mode="after")
    def _one_kind_of_school(self) -> ZoneCoverageRule:
        if self.target is None:
            raise ValueError(f"{self.id}: zones are of one kind of school, give target and full_m")
        return self


class BundleRule(_ReachRule):
    """Mean share of several kinds of service within reach."""

    measure: Literal["bundle"]
    value_unit: Literal["share"] = "share"


class ProfileRatioRule(_ReachRule):
    """Coverage walked with one profile over coverage walked with no encumbrance."""

    measure: Literal["profile_ratio"]
    profile: Literal["stroller"] = "stroller"
    value_unit: Literal["ratio"] = "ratio"


class LandCoverageRule(Indicator):
    """Share of residential land within straight-line distance of a target's edge."""

    measure: Literal["land_coverage"]
    value_unit: Literal["share of residential land"] = "share of residential land"
    reach: tuple[Reach, ...] = Field(min_length=1)

    @override
    def uses(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(way.target for way in self.reach))
