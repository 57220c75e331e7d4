"""What results are summed to: the area, its units, and facts of these."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from cfspace.config.study.base import Datum, Level, Section, Where


class AreaSection(Section):
    """``[area]``: homes outside of it do not count."""

    file: Path
    datum: Datum = "wgs84"
    where: Where = Field(default_factory=dict)


class UnitsSection(Section):
    """One ``[[units]]``: polygons that results are summed to."""

    level: Level
    file: Path | None = None
    id: str | None = None
    name: str | None = None
    datum: Datum = "wgs84"
    crs: str | None = None
    where: Where = Field(default_factory=dict)
    beside: tuple[str, ...] = ()
    origin: Literal["osm"] | None = Field(default=None, alias="from")
    admin_level: int | None = Field(default=None, ge=1, le=12)

    @model_validator(mode="after")
    def _one_source(self) -> UnitsSection:
        if self.origin == "osm":
            if self.file is not None or self.admin_level is None:
                raise ValueError('with from = "osm" give admin_level and no file')
        elif self.file is None or self.id is None:
            raise ValueError('give file and id (its code column), or from = "osm" and admin_level')
        return self


class TableSection(Section):
    """One ``[[tables]]``: facts per unit."""

    level: Level
    file: Path
    unit_id: str
    columns: dict[str, str]
