"""Rules of measures that look at streets, gates and crossings."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator
from typing_extensions import override

from cfspace.config.rulebook.base import Band, Indicator, Name, Positive

Classes = tuple[Name, ...]


class DensityRule(Indicator):
    """Length of public street per area, both carriageways of one street taken as one."""

    measure: Literal["density"]
    classes: Classes = Field(min_length=1)
    merge_m: Positive
    value_unit: Literal["km per km2"] = "km per km2"


class StreetRatioRule(Indicator):
    """Share of known street length that has what is asked for."""

    measure: Literal["street_ratio"]
    feature: Literal["footway", "footway_width", "cycleway"]
    classes: Classes = Field(min_length=1)
    alongside_m: Positive | None = None
    min_width_m: Positive | None = None
    gate_min_width_m: Positive | None = None
    gate_targets: tuple[Name, ...] = ()
    gate_within_m: Positive | None = None
    value_unit: Literal["share of street length"] = "share of street length"

    @model_validator(mode="after")
    def _width_where_asked(self) -> StreetRatioRule:
        if (self.feature == "footway_width") != (self.min_width_m is not None):
            raise ValueError(f'{self.id}: min_width_m and feature = "footway_width" go together')
        at_gates = {self.gate_min_width_m is None, not self.gate_targets, self.gate_within_m is None}
        if len(at_gates) != 1:
            raise ValueError(f"{self.id}: give gate_min_width_m, gate_targets and gate_within_m together")
        return self

    @override
    def uses(self) -> tuple[str, ...]:
        return self.gate_targets


class CrossingSpacingRule(Indicator):
    """Share of main-street length whose gap between crossings is no longer than allowed."""

    measure: Literal["crossing_spacing"]
    classes: Classes = Field(min_length=1)
    target: Name
    max_gap_m: Positive
    snap_m: Positive
    value_unit: Literal["share of street length"] = "share of street length"

    @override
    def uses(self) -> tuple[str, ...]:
        return (self.target,)


class GateCrossingRule(Indicator):
    """Share of gates with a crossing near, credit falling from full to zero distance."""

    measure: Literal["gate_crossing"]
    gates: tuple[Name, ...] = Field(min_length=1)
    target: Name
    full_m: Positive
    zero_m: Positive
    value_unit: Literal["share of gates"] = "share of gates"

    @override
    def uses(self) -> tuple[str, ...]:
        return (*self.gates, self.target)


class GateSpeedRule(Indicator):
    """Share of known road length near gates with a limit low enough."""

    measure: Literal["gate_speed"]
    gates: tuple[Name, ...] = Field(min_length=1)
    along_m: Positive
    snap_m: Positive
    max_kmh: Positive
    calm_classes: Classes = ()
    road_classes: Classes = Field(min_length=1)
    value_unit: Literal["share of street length"] = "share of street length"

    @override
    def uses(self) -> tuple[str, ...]:
        return self.gates


class RouteRule(Indicator):
    """What children meet on their shortest paths to school, weighted by children."""

    measure: Literal["route"]
    figure: Literal["footway_share", "major_crossings"]
    schools: dict[Band, Name]
    value_unit: Literal["share of path length", "crossings per trip"]

    @model_validator(mode="after")
    def _a_school_for_each_band(self) -> RouteRule:
        if set(self.schools) != set(self.who):
            raise ValueError(f"{self.id}: schools must name a kind for each age band of who")
        return self

    @override
    def uses(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.schools.values()))
