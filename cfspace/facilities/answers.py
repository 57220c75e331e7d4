"""Checklists and attendance zones of a study, joined to its facilities and units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import pandas as pd
import pyproj

from cfspace.config.study import AuditSection, ZoneSection
from cfspace.errors import LayerError
from cfspace.facilities.lookup import find_by_name
from cfspace.io.checklists import Checklist, read_checklist
from cfspace.io.layers import read_layer
from cfspace.io.reports import LayerReport, some_names
from cfspace.units import Units

_COLUMNS: Final = ("kind", "facility_id", "level", "unit_id", "item", "value")


@dataclass(frozen=True, eq=False, kw_only=True)
class Answers:
    """The answers of all checklists of a study.

    Attributes
    ----------
    frame
        ``kind`` and ``facility_id``, or ``level`` and ``unit_id``; ``item``; ``value`` (yes, no or unknown).
    reports
        What reading each file did.
    notes
        Places that are not the study's, with their names.
    """

    frame: pd.DataFrame
    reports: tuple[LayerReport, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class Zones:
    """Attendance zones of a study.

    Attributes
    ----------
    frame
        Polygons in the metric CRS: ``kind``, ``facility`` (the name as given), ``facility_id`` (missing where
        no facility of the kind has that name).
    reports
        What reading each file did.
    notes
        Zones whose school was not found.
    """

    frame: gpd.GeoDataFrame
    reports: tuple[LayerReport, ...] = ()
    notes: tuple[str, ...] = ()


def read_audit(section: AuditSection) -> Checklist:
    """Return the answers of one ``[[audits]]``, before they are joined.

    Raises
    ------
    LayerError
        If the file cannot be read, or a cell is none of yes, no and unknown.
    """
    return read_checklist(
        section.file,
        layer=_label(section),
        columns=section.columns,
        facility=section.facility,
        unit_id=section.unit_id,
    )


def _label(section: AuditSection) -> str:
    return f"{section.kind or section.level} audit"


def _of_kind(facilities: gpd.GeoDataFrame, kind: str) -> gpd.GeoDataFrame:
    return facilities[facilities["kind"] == kind]


def _lost_note(label: str, lost: Sequence[str], n_all: int, what: str) -> list[str]:
    if not lost:
        return []
    return [f"{label}: {len(lost)} of {n_all} places are no {what} of the study: {some_names(lost, most=5)}"]


def _join_answers(
    section: AuditSection, facilities: gpd.GeoDataFrame, units: Units
) -> tuple[pd.DataFrame, LayerReport, list[str]]:
    checklist = read_audit(section)
    answers, label = checklist.frame, _label(section)
    places = list(dict.fromkeys(answers["place"]))
    if section.level is not None:
        if section.level not in units.levels:
            there = ", ".join(units.levels)
            raise LayerError(
                f"{label} ({section.file.name}): the study has no such units; use one of {there}"
            )
        known = set(units.frames[section.level]["unit_id"])
        ids = {place: place if place in known else None for place in places}
    else:
        found = find_by_name(places, _of_kind(facilities, section.kind or ""))
        ids = dict(zip(places, found, strict=True))
    what = f"{section.level} unit" if section.level is not None else str(section.kind)
    lost = [place for place in places if ids[place] is None]
    if len(lost) == len(places):
        raise LayerError(
            f"{label} ({section.file.name}): none of {len(places)} places is a {what} of the study "
            f"({some_names(places, most=3)}); name them as its lists do"
        )
    key, group, value = (
        ("unit_id", "level", section.level)
        if section.level is not None
        else ("facility_id", "kind", section.kind)
    )
    placed = answers.assign(**{key: answers["place"].map(ids), group: value})
    placed = placed[placed[key].notna()].reindex(columns=list(_COLUMNS))
    return placed, checklist.report, _lost_note(label, lost, len(places), what)


def join_audits(sections: Sequence[AuditSection], *, facilities: gpd.GeoDataFrame, units: Units) -> Answers:
    """Read the checklists of a study and find the places that they speak of.

    Parameters
    ----------
    sections
        The study's ``[[audits]]``.
    facilities
        ``facility_id``, ``kind``, ``name``.
    units
        The study's units.

    Raises
    ------
    LayerError
        If a file cannot be read, or not one of its places is the study's.
    """
    parts, reports, notes = [pd.DataFrame(columns=list(_COLUMNS), dtype=object)], [], []
    for section in sections:
        part, report, told = _join_answers(section, facilities, units)
        parts.append(part)
        reports.append(report)
        notes += told
    frame = pd.concat(parts, ignore_index=True) if sections else parts[0]
    return Answers(frame=frame, reports=tuple(reports), notes=tuple(notes))


def join_zones(sections: Sequence[ZoneSection], *, facilities: gpd.GeoDataFrame, crs: pyproj.CRS) -> Zones:
    """Read the attendance zones of a study and find the school of each.

    Parameters
    ----------
    sections
        The study's ``[[zones]]``.
    facilities
        ``facility_id``, ``kind``, ``name``.
    crs
        Metric CRS of the answer.

    Raises
    ------
    LayerError
        If a file cannot be read, or not one of its zones names a school of the study.
    """
    parts, reports, notes = [], [], []
    for section in sections:
        label = f"{section.kind} zones"
        layer = read_layer(
            section.file,
            layer=label,
            datum=section.datum,
            crs=section.crs,
            columns={"facility": section.facility},
            shapes="polygon",
        )
        names = [name if isinstance(name, str) else "" for name in layer.frame["facility"]]
        ids = find_by_name(names, _of_kind(facilities, section.kind))
        lost = [name or "(no name)" for name, found in zip(names, ids, strict=True) if found is None]
        if len(lost) == len(ids):
            raise LayerError(
                f"{label} ({section.file.name}): none of {len(ids)} zones names a {section.kind} "
                f"of the study ({some_names(names, most=3)}); name them as its lists do, "
                "and look whether a school of that name stands there twice"
            )
        notes += _lost_note(label, lost, len(ids), section.kind)
        reports.append(layer.report)
        zones = layer.frame[["facility", "geometry"]].to_crs(crs)
        parts.append(zones.assign(kind=section.kind, facility_id=pd.Series(ids, dtype="str")))
    columns = {name: pd.Series(dtype="str") for name in ("facility", "kind", "facility_id")}
    empty = gpd.GeoDataFrame(columns, geometry=[], crs=crs)
    frame = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=crs) if parts else empty
    return Zones(frame=frame, reports=tuple(reports), notes=tuple(notes))
