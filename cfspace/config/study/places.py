"""Lists of places: facilities, compounds, attendance zones, checklists, candidates, corrections."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from cfspace.config.study.base import Datum, Level, Section, Where


class LayerSection(Section):
    """One ``[[layers]]``: a municipal list of facilities of one kind."""

    kind: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    file: Path
    lon: str | None = None
    lat: str | None = None
    datum: Datum = "wgs84"
    crs: str | None = None
    id: str | None = None
    name: str | None = None
    where: Where = Field(default_factory=dict)
    columns: dict[str, str] = Field(default_factory=dict)
    complete: bool = False
    allow_empty: bool = False


class CompoundsSection(Section):
    """``[compounds]``: gated residential compounds, whose homes leave by their gates alone."""

    origin: Literal["osm"] | None = Field(default=None, alias="from")
    file: Path | None = None
    datum: Datum = "wgs84"
    crs: str | None = None
    where: Where = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_source(self) -> CompoundsSection:
        if (self.file is None) == (self.origin is None):
            raise ValueError('give either from = "osm" or file (polygons, one a compound)')
        return self


class ZoneSection(Section):
    """One ``[[zones]]``: attendance zones, each naming its school."""

    kind: str
    file: Path
    facility: str
    datum: Datum = "wgs84"
    crs: str | None = None


class AuditSection(Section):
    """One ``[[audits]]``: checklists of yes, no and unknown per facility or unit."""

    file: Path
    columns: dict[str, str]
    kind: str | None = None
    facility: str | None = None
    level: Level | None = None
    unit_id: str | None = None

    @model_validator(mode="after")
    def _facility_or_unit(self) -> AuditSection:
        if (self.kind is None) == (self.level is None):
            raise ValueError("give kind and facility, or level and unit_id")
        if self.kind is not None and self.facility is None:
            raise ValueError("facility (the column that names it) is missing")
        if self.level is not None and self.unit_id is None:
            raise ValueError("unit_id (the column of unit codes) is missing")
        return self


class CandidatesSection(Section):
    """One ``[[candidates]]``: plots, buildings or points where something could be built."""

    file: Path
    lon: str | None = None
    lat: str | None = None
    datum: Datum = "wgs84"
    crs: str | None = None
    id: str | None = None
    name: str | None = None
    where: Where = Field(default_factory=dict)
    columns: dict[Literal["cost", "capacity"], str] = Field(default_factory=dict)


class CorrectionsSection(Section):
    """``[corrections]``: merges, splits and moves made by hand."""

    file: Path
