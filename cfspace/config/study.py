"""The study file: one city at one date, and what it points to."""

from __future__ import annotations

import datetime as dt
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, model_validator

from cfspace.config.bands import BAND_YEARS
from cfspace.config.cards import card

Level = Literal["district", "street", "community", "block"]
"""The levels that results are summed to, coarse first."""

LEVELS: tuple[Level, ...] = ("district", "street", "community", "block")

Value = str | int | float | bool
Where = dict[str, Value | list[Value]]


def _known_bands(columns: dict[str, str]) -> dict[str, str]:
    unknown = sorted(set(columns) - set(BAND_YEARS))
    if unknown:
        raise ValueError(f"age band {unknown[0]!r} is unknown, the bands are {', '.join(BAND_YEARS)}")
    return columns


def _known_datum(datum: object) -> object:
    known = ("wgs84", "gcj02", "bd09")
    if isinstance(datum, str) and (datum in known or datum.lower().endswith(".csv")):
        return datum
    raise ValueError(f"datum {datum!r} is unknown, use {', '.join(known)} or a control-point .csv file")


Datum = Annotated[str, BeforeValidator(_known_datum)]
BandColumns = Annotated[dict[str, str], BeforeValidator(_known_bands)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class StudySection(_Section):
    """``[study]``: what the study is called, its language, date, rulebook and CRS."""

    name: str
    language: Literal["zh", "en"] = "zh"
    snapshot: dt.date
    rulebook: str = "jilin-2022"
    crs: str | None = None


class OsmSection(_Section):
    """``[osm]``: the OpenStreetMap extract and how it is walked."""

    file: Path | None = None
    place: str | None = None
    extent: Path | None = None
    mapped: tuple[str, ...] = ()
    walk_rules: str = "cfspace"
    connectors: Literal["cross_nothing", "nearest"] = "cross_nothing"
    max_connector_m: float = Field(default=200.0, gt=0, le=2000)

    @model_validator(mode="after")
    def _one_source(self) -> OsmSection:
        if (self.file is None) == (self.place is None):
            raise ValueError("give either file or place")
        return self


class NetworkSection(_Section):
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


class AreaSection(_Section):
    """``[area]``: homes outside of it do not count."""

    file: Path
    datum: Datum = "wgs84"
    where: Where = Field(default_factory=dict)


class UnitsSection(_Section):
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


class Totals(_Section):
    """``totals``: children per unit and band, spread over homes by floor area."""

    file: Path
    unit_id: str
    columns: BandColumns
    level: Level | None = None


class Points(_Section):
    """``points``: homes as given points."""

    file: Path
    lon: str | None = None
    lat: str | None = None
    datum: Datum = "wgs84"
    id: str | None = None
    columns: BandColumns = Field(default_factory=dict)


class Polygons(_Section):
    """``polygons``: homes as points spread inside each polygon."""

    file: Path
    where: Where = Field(default_factory=dict)
    weight: str = "area"
    datum: Datum = "wgs84"
    spacing_m: float = Field(default=50.0, gt=0)


class HomesSection(_Section):
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


class LayerSection(_Section):
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


class CompoundsSection(_Section):
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


class TableSection(_Section):
    """One ``[[tables]]``: facts per unit."""

    level: Level
    file: Path
    unit_id: str
    columns: dict[str, str]


class ZoneSection(_Section):
    """One ``[[zones]]``: attendance zones, each naming its school."""

    kind: str
    file: Path
    facility: str
    datum: Datum = "wgs84"
    crs: str | None = None


class AuditSection(_Section):
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


class CandidatesSection(_Section):
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


class CorrectionsSection(_Section):
    """``[corrections]``: merges, splits and moves made by hand."""

    file: Path


class Study(_Section):
    """A study file, validated; every path in it is absolute.

    Attributes
    ----------
    study
        Name, language, snapshot, rulebook, metric CRS.
    osm, network
        Where the streets come from; at least one is there.
    area
        Homes outside it do not count.
    units
        Polygons that results are summed to, coarse level first.
    homes
        Where the children come from.
    layers
        Municipal lists of facilities.
    tables
        Facts per unit.
    zones
        Attendance zones.
    audits
        Checklists.
    corrections
        Merges, splits and moves made by hand.
    compounds
        Whether gated compounds bind homes to their gates.
    candidates
        Where something could be built.
    """

    study: StudySection
    osm: OsmSection | None = None
    network: NetworkSection | None = None
    area: AreaSection | None = None
    units: list[UnitsSection] = Field(min_length=1)
    homes: HomesSection
    layers: list[LayerSection] = Field(default_factory=list)
    tables: list[TableSection] = Field(default_factory=list)
    zones: list[ZoneSection] = Field(default_factory=list)
    audits: list[AuditSection] = Field(default_factory=list)
    compounds: CompoundsSection | None = None
    corrections: CorrectionsSection | None = None
    candidates: list[CandidatesSection] = Field(default_factory=list)
    _source: Path = PrivateAttr(default=Path("study.toml"))

    @model_validator(mode="after")
    def _sources_fit(self) -> Study:
        if self.osm is None and self.network is None:
            raise ValueError("give [osm] (an extract or a place) or [network] (a line layer of streets)")
        if self.osm is None and self.homes.origin == "buildings":
            raise ValueError('[homes] from = "buildings" needs [osm]')
        if self.osm is None and any(unit.origin == "osm" for unit in self.units):
            raise ValueError('[[units]] from = "osm" needs [osm]')
        if self.osm is None and self.compounds is not None and self.compounds.origin == "osm":
            raise ValueError('[compounds] from = "osm" needs [osm]')
        order = [LEVELS.index(unit.level) for unit in self.units]
        if order != sorted(set(order)):
            raise ValueError("[[units]] must name each level once, coarse level first")
        return self

    @property
    def source(self) -> Path:
        """The file the study was read from."""
        return self._source

    def from_file(self, path: Path) -> Study:
        """Return the study, remembering the file it was read from.

        Parameters
        ----------
        path
            That file.
        """
        self._source = path
        return self

    def explore(self, *, height_px: int = 600) -> Any:
        """Return the map of the study, computed now into a folder that goes with the view.

        To look at inputs and first results in a notebook; to keep them, call `cfspace.run`.

        Parameters
        ----------
        height_px
            How high the map is shown.

        Raises
        ------
        StudyError
            If the study or what it points to is at fault.
        """
        # The rooms that compute lie above this one, and are asked by name.
        return import_module("cfspace.runs.exploring").explore(self, height_px=height_px)

    def _repr_html_(self) -> str:
        facts: dict[str, object] = {
            "file": self.source.name,
            "snapshot": self.study.snapshot.isoformat(),
            "rulebook": self.study.rulebook,
            "units": ", ".join(unit.level for unit in self.units),
            "streets": self._streets_from(),
            "homes from": self.homes.origin,
            "layers": ", ".join(f"{layer.kind} ({layer.file.name})" for layer in self.layers),
        }
        return card(self.study.name, facts)

    def _streets_from(self) -> str | None:
        file = self.network.file if self.network else self.osm.file if self.osm else None
        return file.name if file else self.osm.place if self.osm else None

    @property
    def max_connector_m(self) -> float:
        """Longest connector allowed, in metres."""
        section = self.network or self.osm
        return section.max_connector_m if section is not None else 200.0

    def as_toml_dict(self) -> dict[str, Any]:
        """Return the study as plain values, for ``run.json``."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)
