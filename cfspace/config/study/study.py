"""The study file: one city at one date, and what it points to."""

from __future__ import annotations

import datetime as dt
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, PrivateAttr, model_validator

from cfspace.config.cards import card
from cfspace.config.study.base import LEVELS, Section
from cfspace.config.study.homes import HomesSection
from cfspace.config.study.places import (
    AuditSection,
    CandidatesSection,
    CompoundsSection,
    CorrectionsSection,
    LayerSection,
    ZoneSection,
)
from cfspace.config.study.streets import NetworkSection, OsmSection
from cfspace.config.study.units import AreaSection, TableSection, UnitsSection


class StudySection(Section):
    """``[study]``: what the study is called, its language, date, rulebook and CRS."""

    name: str
    language: Literal["zh", "en"] = "zh"
    snapshot: dt.date
    rulebook: str = "jilin-2022"
    crs: str | None = None


class Study(Section):
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
