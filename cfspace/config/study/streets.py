"""Where the streets of a study come from, and how they are walked."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from cfspace.config.study.base import Datum, Section, Where


class OsmSection(Section):
    """``[osm]``: the OpenStreetMap extract and how it is walked."""

    file: Path | None = None
    place: str | None = None
    extent: Path | None = None
    mapped: tuple[str, ...] = ()
    kinds: Path | None = None
    walk_rules: str = "cfspace"
    connectors: Literal["cross_nothing", "nearest"] = "cross_nothing"
    max_connector_m: float = Field(default=200.0, gt=0, le=2000)

    @model_validator(mode="after")
    def _one_source(self) -> OsmSection:
        if (self.file is None) == (self.place is None):
            raise ValueError("give either file or place")
        return self


class NetworkSection(Section):
    """``[network]``: streets as a line layer instead of OSM ways."""

    file: Path
    datum: Datum = "wgs84"
    crs: str | None = None
    highway: str | None = None
    walkable: Where = Field(default_factory=dict)
    columns: dict[str, str] = Field(default_factory=dict)
    walk_rules: str = "cfspace"
    max_connector_m: float = Field(default=200.0, gt=0, le=2000)

    @model_validator(mode="after")
    def _one_rule(self) -> NetworkSection:
        if self.highway is None and not self.walkable:
            raise ValueError("give highway (the column with the OSM class) or walkable (column = values)")
        return self
