"""Units: the polygons that results are summed to, coarse level first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from cfspace.config.study import TableSection, UnitsSection
from cfspace.errors import LayerError
from cfspace.io.layers import read_layer
from cfspace.io.osm import OsmData
from cfspace.io.reports import LayerReport, some_names, some_rows
from cfspace.io.tables import read_table

_TOLD_OVERLAP: Final = 0.001
_SLIVER: Final = 1e-6


@dataclass(frozen=True, eq=False, kw_only=True)
class Units:
    """The units of a study, level by level.

    Attributes
    ----------
    levels
        ``district``, ``street``, ``community``, ``block``, as far as the study has them; coarse first.
    frames
        By level: polygons in one metric CRS with ``unit_id``, ``unit_name``, ``area_m2``, ``covered_share``
        (share of the unit, as far as it lies in the study area, that lies inside the data), and the facts of
        the study's tables. Sorted by id, see :func:`id_order`.
    reports
        What reading each file did.
    notes
        Overlaps, units left out, codes without a unit.
    """

    levels: tuple[str, ...]
    frames: Mapping[str, gpd.GeoDataFrame]
    reports: tuple[LayerReport, ...] = ()
    notes: tuple[str, ...] = ()

    def to_crs(self, crs: pyproj.CRS) -> Units:
        """Return the same units in another metric CRS; areas are taken anew, shares stay."""
        frames = {}
        for level, frame in self.frames.items():
            moved = frame.to_crs(crs)
            frames[level] = moved.assign(area_m2=moved.geometry.area)
        return replace(self, frames=frames)


def id_order(ids: Iterable[str]) -> list[int]:
    """Return positions that sort unit ids: as numbers where all are digits, else as text.

    Examples
    --------
    >>> id_order(["10", "9", "011"]), id_order(["B-2", "A-10"])
    ([1, 0, 2], [1, 0])
    """
    listed = list(ids)
    if all(text.isdecimal() for text in listed):
        return sorted(range(len(listed)), key=lambda i: (int(listed[i]), listed[i]))
    return sorted(range(len(listed)), key=lambda i: listed[i])


def read_unit_file(spec: UnitsSection) -> tuple[gpd.GeoDataFrame, LayerReport]:
    """Return the polygons of one ``[[units]]`` file in EPSG:4326, with ``unit_id`` and ``unit_name``.

    Raises
    ------
    LayerError
        If the file cannot be read, or a code is missing or stands twice.
    CrsError
        If the file has no CRS or one that its coordinates do not fit.
    """
    layer = read_layer(
        spec.file or Path(),
        layer=spec.level,
        datum=spec.datum,
        crs=spec.crs,
        where=spec.where,
        id=spec.id,
        name=spec.name,
        shapes="polygon",
    )
    frame = layer.frame.rename(columns={"id": "unit_id", "name": "unit_name"})
    where = f"{spec.level} ({layer.report.file})"
    blank = frame["unit_id"].isna()
    if blank.any():
        rows = some_rows(frame.loc[blank, "row"].tolist())
        raise LayerError(f"{where}: no {spec.id} in {rows}; give every unit a code")
    twice = frame["unit_id"].duplicated(keep=False)
    if twice.any():
        first = frame.loc[twice, "unit_id"].iloc[0]
        rows = some_rows(frame.loc[frame["unit_id"] == first, "row"].tolist())
        raise LayerError(
            f"{where}: {spec.id} {first!r} stands in {rows}; give each unit a code of its own, "
            "or merge the parts of one unit into one feature"
        )
    names = frame["unit_name"] if "unit_name" in frame else frame["unit_id"]
    return frame.assign(unit_name=names.fillna(frame["unit_id"])), layer.report


def _from_osm(spec: UnitsSection, osm: OsmData | None) -> tuple[gpd.GeoDataFrame, LayerReport]:
    where = f'{spec.level} (from = "osm", admin_level = {spec.admin_level})'
    if osm is None:
        raise LayerError(f"{where}: the study has no OSM data; give [osm], or units from a file")
    chosen = osm.boundaries[osm.boundaries["admin_level"].astype(str) == str(spec.admin_level)]
    if chosen.empty:
        counts = osm.boundaries["admin_level"].astype(str).value_counts().sort_index()
        there = some_names(f"{level} ({count})" for level, count in counts.items())
        raise LayerError(
            f"{where}: no boundary of this level in {osm.source.name}; the levels there: {there}"
        )
    ids = chosen["osm_id"].astype(str).astype("str")
    frame = gpd.GeoDataFrame(
        {"unit_id": ids, "unit_name": chosen["name"].astype("str").where(chosen["name"].notna(), ids)},
        geometry=chosen.geometry,
        crs=chosen.crs,
    ).reset_index(drop=True)
    report = LayerReport(layer=spec.level, file=str(osm.source), rows=len(frame), kept=len(frame))
    return frame, report


def _shares(
    shapes: NDArray[np.object_], extent: shapely.Geometry, area: shapely.Geometry | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each unit's share inside the study area, and the share of that inside the data."""
    whole = shapely.area(shapes)
    mine = shapes if area is None else shapely.intersection(shapes, area)
    mine_m2 = shapely.area(mine)
    covered_m2 = shapely.area(shapely.intersection(mine, extent))
    covered = np.divide(covered_m2, mine_m2, out=np.zeros_like(whole), where=mine_m2 > 0.0)
    return mine_m2 / whole, np.clip(covered, 0.0, 1.0)


def _overlap_notes(level: str, frame: gpd.GeoDataFrame) -> list[str]:
    """Tell of pairs of units that share more than a thousandth of the smaller one."""
    shapes = frame.geometry.to_numpy()
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = first < second
    first, second = first[pairs], second[pairs]
    shared_m2 = shapely.area(shapely.intersection(shapes[first], shapes[second]))
    smaller_m2 = np.minimum(shapely.area(shapes[first]), shapely.area(shapes[second]))
    told = np.flatnonzero(shared_m2 > _TOLD_OVERLAP * smaller_m2)
    if told.size == 0:
        return []
    ids = frame["unit_id"].to_numpy()
    worst = sorted(told, key=lambda i: (-shared_m2[i] / smaller_m2[i], int(first[i]), int(second[i])))
    named = some_names(
        (f"{ids[first[i]]} and {ids[second[i]]} ({shared_m2[i] / smaller_m2[i]:.1%})" for i in worst), most=5
    )
    return [f"{level}: {told.size} pairs of units overlap, homes there go to the lower id: {named}"]


def _check_touching(
    level: str, file: str, frame: gpd.GeoDataFrame, extent: shapely.Geometry, area: shapely.Geometry | None
) -> None:
    if (frame["covered_share"] > 0.0).any():
        return
    data = extent if area is None else shapely.intersection(extent, area)
    found, expected = (
        gpd.GeoSeries([shapely.box(*bounds).centroid], crs=frame.crs).to_crs(4326).iloc[0]
        for bounds in (frame.total_bounds, shapely.bounds(extent if data.is_empty else data))
    )
    raise LayerError(
        f"{level} ({file}): none of {len(frame)} units touches the data: they lie around "
        f"{found.x:.3f}, {found.y:.3f}, the data around {expected.x:.3f}, {expected.y:.3f}; "
        "check the CRS or datum of the units, and that both are of one city"
    )


def _read_level(
    spec: UnitsSection,
    *,
    crs: pyproj.CRS,
    extent: shapely.Geometry,
    area: shapely.Geometry | None,
    osm: OsmData | None,
) -> tuple[gpd.GeoDataFrame, LayerReport, list[str]]:
    frame, report = _from_osm(spec, osm) if spec.origin == "osm" else read_unit_file(spec)
    frame = frame.to_crs(crs).iloc[id_order(frame["unit_id"])].reset_index(drop=True)
    within, covered = _shares(frame.geometry.to_numpy(), extent, area)
    frame["area_m2"], frame["covered_share"] = frame.geometry.area, covered
    _check_touching(spec.level, report.file, frame, extent, area)
    outside = within < _SLIVER
    notes = []
    if outside.any():
        left = some_names(frame.loc[outside, "unit_name"], most=5)
        notes.append(
            f"{spec.level}: {int(outside.sum())} units lie outside the study area and are left out: {left}"
        )
        frame = frame[~outside].reset_index(drop=True)
    bare = frame["covered_share"] == 0.0
    if bare.any():
        named = some_names(frame.loc[bare, "unit_name"], most=5)
        notes.append(f"{spec.level}: {int(bare.sum())} of {len(frame)} units lie outside the data: {named}")
    notes += _overlap_notes(spec.level, frame)
    return frame[["unit_id", "unit_name", "area_m2", "covered_share", "geometry"]], report, notes


def _join_table(
    spec: TableSection, frames: dict[str, gpd.GeoDataFrame]
) -> tuple[gpd.GeoDataFrame, LayerReport, list[str]]:
    """Return the level's frame with the facts of one table."""
    where = f"{spec.level} table"
    if spec.level not in frames:
        raise LayerError(
            f"{where} ({spec.file.name}): the study has no such units; use one of {some_names(frames)}"
        )
    frame = frames[spec.level]
    table = read_table(
        spec.file, table=where, unit_id=spec.unit_id, columns=spec.columns, numbers=tuple(spec.columns)
    )
    there = [name for name in spec.columns if name in frame]
    if there:
        raise LayerError(
            f"{where} ({spec.file.name}): {there[0]!r} is given already; name it in one table only"
        )
    facts = table.frame.set_index("unit_id")[list(spec.columns)]
    strangers = [code for code in facts.index if code not in set(frame["unit_id"])]
    if len(strangers) == len(facts):
        raise LayerError(
            f"{where} ({spec.file.name}): none of {len(facts)} codes is a unit's: "
            f"{some_names(facts.index, most=3)}, expected codes like {some_names(frame['unit_id'], most=3)}; "
            "check unit_id, and zeros in front"
        )
    notes = []
    if strangers:
        notes.append(f"{where}: {len(strangers)} codes are no unit's: {some_names(strangers, most=5)}")
    missing = [code for code in frame["unit_id"] if code not in facts.index]
    if missing:
        notes.append(
            f"{where}: {len(missing)} units are not in it, unknown there: {some_names(missing, most=5)}"
        )
    return frame.join(facts, on="unit_id"), table.report, notes


def read_units(
    specs: Sequence[UnitsSection],
    *,
    crs: pyproj.CRS,
    extent: shapely.Geometry,
    area: shapely.Geometry | None = None,
    osm: OsmData | None = None,
    tables: Sequence[TableSection] = (),
) -> Units:
    """Read the units of a study, and the facts that its tables give for them.

    Parameters
    ----------
    specs
        The study's ``[[units]]``, coarse first.
    crs
        Metric CRS that the units are wanted in.
    extent
        Polygon in `crs` inside which the data can be trusted to be complete.
    area
        The study area in `crs`; units outside of it are left out and told.
    osm
        OSM data in EPSG:4326, for units with ``from = "osm"``.
    tables
        The study's ``[[tables]]``.

    Raises
    ------
    LayerError
        If a file cannot be read, a code is missing or stands twice, no unit touches the data, or
        no code of a table is a unit's.
    CrsError
        If a file has no CRS or one that its coordinates do not fit.
    """
    frames: dict[str, gpd.GeoDataFrame] = {}
    reports: list[LayerReport] = []
    notes: list[str] = []
    for spec in specs:
        frames[spec.level], report, told = _read_level(spec, crs=crs, extent=extent, area=area, osm=osm)
        reports.append(report)
        notes += told
    for table in tables:
        frames[table.level], report, told = _join_table(table, frames)
        reports.append(report)
        notes += told
    return Units(levels=tuple(frames), frames=frames, reports=tuple(reports), notes=tuple(notes))


def assign(points: gpd.GeoSeries, units: Units) -> pd.DataFrame:
    """Return the unit that each point lies in, a column ``<level>_id`` per level.

    Parameters
    ----------
    points
        Points in the CRS of the units.
    units
        The units.

    Returns
    -------
    Unit ids as text, index as `points`; missing outside every unit. A point in two units, or on the
    border of two, belongs to the one with the lower id.
    """
    columns = {}
    for level in units.levels:
        frame = units.frames[level]
        shapes, ids = frame.geometry.to_numpy(), frame["unit_id"].to_numpy(dtype=object)
        rank = np.empty(len(frame), dtype=np.int64)
        rank[id_order(ids)] = np.arange(len(frame))
        in_order = ids[np.argsort(rank)]
        point, unit = shapely.STRtree(shapes).query(points.to_numpy(), predicate="intersects")
        lowest = np.full(len(points), len(frame), dtype=np.int64)
        np.minimum.at(lowest, point, rank[unit])
        found = pd.Series(in_order, dtype="str").reindex(lowest)
        columns[f"{level}_id"] = found.set_axis(points.index)
    return pd.DataFrame(columns, index=points.index)
