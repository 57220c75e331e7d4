"""The model of a study file: one city at one date, and what it points to."""

from cfspace.config.study.base import LEVELS, Level
from cfspace.config.study.homes import HomesSection, Points, Polygons, Totals
from cfspace.config.study.places import (
    AuditSection,
    CandidatesSection,
    CompoundsSection,
    CorrectionsSection,
    LayerSection,
    ZoneSection,
)
from cfspace.config.study.streets import NetworkSection, OsmSection
from cfspace.config.study.study import Study, StudySection
from cfspace.config.study.units import AreaSection, TableSection, UnitsSection

__all__ = [
    "LEVELS",
    "AreaSection",
    "AuditSection",
    "CandidatesSection",
    "CompoundsSection",
    "CorrectionsSection",
    "HomesSection",
    "LayerSection",
    "Level",
    "NetworkSection",
    "OsmSection",
    "Points",
    "Polygons",
    "Study",
    "StudySection",
    "TableSection",
    "Totals",
    "UnitsSection",
    "ZoneSection",
]
