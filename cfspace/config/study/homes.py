"""Where the children of a study live, and how many."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from cfspace.config.study.base import BandColumns, Datum, Level, Section, Where


class Totals(Section):
    """``totals``: children per unit and band, spread over homes by floor area."""

    file: Path
    unit_id: str
    columns: BandColumns
    level: Level | None = None


class Points(Section):
    """``points``: homes as given points."""

    file: Path
    lon: str | None = None
    lat: str | None = None
    datum: Datum = "wgs84"
    id: str | None = None
    columns: BandColumns = Field(default_factory=dict)


class Polygons(Section):
    """``polygons``: homes as points spread inside each polygon."""

    file: Path
    where: Where = Field(default_factory=dict)
    weight: str = "area"
    datum: Datum = "wgs84"
    spacing_m: float = Field(default=50.0, gt=0)


class HomesSection(Section):
    """``[homes]``: where children live."""

    origin: Literal["buildings", "raster", "points", "polygons"] = Field(alias="from")
    totals: Totals | None = None
    raster: dict[str, Path] | None = None
    raster_classes: dict[str, Path] | None = None
    points: Points | None = None
    polygons: Polygons | None = None

    @model_validator(mode="after")
    def _source_of_origin(self) -> HomesSection:
        if self.origin == "raster" and (self.raster is None) == (self.raster_classes is None):
            raise ValueError('with from = "raster" give raster (a file per band) or raster_classes')
        if self.origin in ("points", "polygons") and getattr(self, self.origin) is None:
            raise ValueError(f'with from = "{self.origin}" give {self.origin} = {{ file = ... }}')
        return self
