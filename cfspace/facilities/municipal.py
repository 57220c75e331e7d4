"""Facilities out of municipal lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from cfspace.config.study import LayerSection
from cfspace.errors import CrsError
from cfspace.facilities.kinds import KindRules
from cfspace.facilities.records import (
    FLAG_COLUMNS,
    NUMBER_COLUMNS,
    WORD_COLUMNS,
    frame_of,
    is_area,
    join,
    parse_flag,
    parse_number,
    unique_ids,
)
from cfspace.facilities.tagtable import Shapes, TagTable
from cfspace.io.layers import Layer, read_layer
from cfspace.io.reports import LayerReport

FAR_M = 50_000.0
"""A list of which nothing lies nearer to the data is one of another city."""

OUTSIDE_M = 500.0
"""Where the data ends is known to a few hundred metres."""

MIXED_KIND = "school"
"""A list of this kind holds schools of several levels; their names tell which."""


@dataclass(frozen=True)
class MunicipalList:
    """One ``[[layers]]`` of the study, read.

    Attributes
    ----------
    facilities
        One row per row of the list (two for a school of two levels), in the metric CRS.
    kinds
        The kinds that the list speaks for, whether or not it holds any.
    complete
        Whether the list is the whole truth for its kinds.
    report
        What the reader kept, dropped and repaired.
    """

    facilities: gpd.GeoDataFrame
    kinds: tuple[str, ...]
    complete: bool
    report: LayerReport


def read_list(section: LayerSection, rules: KindRules, *, crs: pyproj.CRS) -> MunicipalList:
    """Read one municipal list and return its facilities.

    Parameters
    ----------
    section
        The ``[[layers]]`` of the study file.
    rules
        Kind rules; they tell the levels of a list of kind ``school``.
    crs
        Metric CRS of the result.

    Raises
    ------
    LayerError
        If the file is missing, unreadable, lacks a column, or is empty without ``allow_empty``.
    CrsError
        If the coordinates have no reference system.
    """
    layer = read_layer(
        section.file,
        layer=section.kind,
        datum=section.datum,
        lon=section.lon,
        lat=section.lat,
        crs=section.crs,
        columns=section.columns,
        where=section.where,
        name=section.name,
        id=section.id,
        allow_empty=section.allow_empty,
    )
    facilities = from_layer(layer, section, crs=crs)
    kinds: tuple[str, ...] = (section.kind,)
    if section.kind == MIXED_KIND:
        facilities = by_level(facilities, rules)
        kinds = (MIXED_KIND, *rules.kinds[MIXED_KIND].stands_for)
    return MunicipalList(facilities, kinds, section.complete, layer.report)


def outside_notes(
    lists: Sequence[MunicipalList], sections: Sequence[LayerSection], extent: shapely.Geometry
) -> tuple[str, ...]:
    """Return a note for each list of which some lies outside the data.

    Parameters
    ----------
    lists, sections
        Lists, and their sections of the study file.
    extent
        Where the data ends, in the metric CRS.

    Raises
    ------
    CrsError
        If a list lies wholly more than 50 km away: it is of another city, or in another CRS.
    """
    shapely.prepare(extent)
    notes = []
    for one, section in zip(lists, sections, strict=True):
        places = one.facilities.drop_duplicates("source_id").geometry.to_numpy()
        far_m = shapely.distance(extent, places)
        where = f"{section.kind} ({section.file.name})"
        n_out = int((far_m > OUTSIDE_M).sum())
        if n_out and far_m.min() > FAR_M:
            raise CrsError(
                f"{where}: all of {len(far_m)} lie far outside the data, the nearest "
                f"{far_m.min() / 1e3:,.0f} km away; "
                + _cure(one.facilities.drop_duplicates("source_id").geometry, extent)
            )
        if n_out:
            notes.append(
                f"{where}: {n_out} of {len(far_m)} lie outside the data, up to {far_m.max() / 1e3:,.1f} km, "
                "and cannot be walked to"
            )
    return tuple(notes)


def _cure(places: gpd.GeoSeries, extent: shapely.Geometry) -> str:
    """Return what to do about places of another city: west of 90 E both orders of degrees are possible."""
    turned = shapely.transform(places.to_crs(4326).to_numpy(), lambda xy: xy[:, ::-1])
    turned = turned[np.abs(shapely.bounds(turned)).max(axis=1) < 90.0]
    there = gpd.GeoSeries(turned, crs=4326).to_crs(places.crs).to_numpy()
    if np.min(shapely.distance(extent, there), initial=np.inf) <= FAR_M:
        return "longitude and latitude are swapped: name the columns the other way round"
    return "check their CRS or datum, and that they are of this city"


def from_layer(layer: Layer, section: LayerSection, *, crs: pyproj.CRS) -> gpd.GeoDataFrame:
    """Return a list's rows as facilities in `crs`."""
    frame = layer.frame.to_crs(crs)
    geometry = frame.geometry.to_numpy()
    columns = _attributes(frame)
    source_ids = _source_ids(frame, section.file)
    area_m2 = np.where(is_area(geometry), shapely.area(geometry), np.nan)
    told = np.asarray(columns.get("area_m2", np.full(len(frame), np.nan)), dtype=np.float64)
    columns["area_m2"] = np.where(np.isnan(told), area_m2, told)
    columns |= {
        "facility_id": [f"{section.kind}/{own}" for own in source_ids],
        "kind": [section.kind] * len(frame),
        "name": frame.get("name"),
        "source": [f"municipal:{section.file.name}"] * len(frame),
        "source_id": source_ids,
    }
    return frame_of(columns, geometry, crs)


def _source_ids(frame: gpd.GeoDataFrame, file: Path) -> list[str]:
    rows = frame["row"] if "row" in frame else pd.Series(np.arange(1, len(frame) + 1), index=frame.index)
    own = frame["id"] if "id" in frame else pd.Series([None] * len(frame), index=frame.index, dtype=object)
    ids = [f"row{row}" if pd.isna(code) or not str(code).strip() else str(code).strip()
           for code, row in zip(own, rows, strict=True)]  # fmt: skip
    return unique_ids([f"{file.stem}/{text}" for text in ids])


def _attributes(frame: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return the list's own columns: numbers as the reader gave them, yes and no in one spelling."""
    columns: dict[str, Any] = {}
    for name in frame.columns.difference(["geometry", "row", "id", "name"]):
        if name in FLAG_COLUMNS + WORD_COLUMNS:
            columns[name] = [parse_flag(value) for value in frame[name]]
        elif name in NUMBER_COLUMNS:
            columns[name] = [parse_number(value) for value in frame[name]]
        else:
            columns[name] = frame[name].to_numpy()
    return columns


def by_level(schools: gpd.GeoDataFrame, rules: KindRules) -> gpd.GeoDataFrame:
    """Return a list of schools of all levels with a row per level, as names or ``isced`` tell.

    A school whose level cannot be told stays of kind ``school``.
    """
    tags = []
    for name, isced in zip(schools["name"], schools["isced"], strict=True):
        own = {"amenity": "school"}
        if not pd.isna(name):
            own["name"] = name
        if not pd.isna(isced):
            own["isced:level"] = isced
        tags.append(own)
    table = TagTable(tags, rules.tag_keys)
    everywhere = Shapes(point=np.ones(len(tags), dtype=bool), area=np.zeros(len(tags), dtype=bool))
    parts, told = [], np.zeros(len(tags), dtype=bool)
    for kind in rules.kinds[MIXED_KIND].stands_for:
        mask = np.zeros(len(tags), dtype=bool)
        for condition in rules.kinds[kind].any_of:
            mask |= table.meets(condition, everywhere)
        parts.append(_as_kind(schools[mask], kind))
        told |= mask
    return join([*parts, schools[~told]], schools.crs)


def _as_kind(schools: gpd.GeoDataFrame, kind: str) -> gpd.GeoDataFrame:
    return schools.assign(kind=kind, facility_id=[f"{kind}/{own}" for own in schools["source_id"]])
