"""Facilities out of OpenStreetMap objects, by the kind rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from cfspace.facilities.kinds import KindRules
from cfspace.facilities.records import NUMBER_COLUMNS, frame_of, is_area, parse_number
from cfspace.facilities.tagtable import Mask, Shapes, TagTable
from cfspace.io.osm import OsmData
from cfspace.io.uncollected import uncollected

SOURCE = "osm"
PUBLIC_ACCESS = ("yes", "public", "permissive", "designated")
CLOSED_TO_STRANGERS = ("private", "no")


@dataclass(frozen=True)
class OsmMatch:
    """Facilities found in OSM, and what was left out and why.

    Attributes
    ----------
    facilities
        One row per object and kind, in the metric CRS.
    notes
        Sentences for the report.
    """

    facilities: gpd.GeoDataFrame
    notes: tuple[str, ...]


@uncollected()
def match_osm(features: gpd.GeoDataFrame, rules: KindRules, *, crs: pyproj.CRS) -> OsmMatch:
    """Return the OSM objects that are facilities, a row per object and kind.

    Parameters
    ----------
    features
        Objects in EPSG:4326; columns ``osm_type``, ``osm_id``, ``tags`` (a dict each).
    rules
        Kind rules.
    crs
        Metric CRS of the result.

    Returns
    -------
    Facilities with attributes from tags, ``area_m2`` measured in `crs`, and notes on what does not count:
    closed and private places, and places inside a school or college that serve it alone.
    """
    table = TagTable(features["tags"].tolist(), rules.tag_keys, rules.closed)
    type_ids = shapely.get_type_id(features.geometry.to_numpy())
    shapes = Shapes(point=type_ids == 0, area=np.isin(type_ids, (3, 6)))
    masks, constants, notes = _kind_masks(table, shapes, rules)
    rows, kinds = _pairs(masks)
    used = np.unique(rows)
    geometry = np.full(len(features), None, dtype=object)
    geometry[used] = features.geometry.iloc[used].to_crs(crs).to_numpy()
    large = _large_enough(geometry, rows, kinds, table, rules)
    rows, kinds = rows[large], kinds[large]
    keep, inside_notes = _outside_hosts(geometry, rows, kinds, table, rules)
    rows, kinds = rows[keep], kinds[keep]
    public = np.isin(kinds, rules.public_kinds)
    facilities = _frame(features, table, rules, rows[public], kinds[public], geometry, constants, crs)
    return OsmMatch(facilities, (*notes, *inside_notes))


def match_of(osm: OsmData, rules: KindRules, crs: pyproj.CRS) -> OsmMatch:
    """Return the facilities of an OSM extract; see :func:`match_osm`."""
    return match_osm(osm.features, rules, crs=crs)


def _kind_masks(
    table: TagTable, shapes: Shapes, rules: KindRules
) -> tuple[dict[str, Mask], dict[str, npt.NDArray[np.object_]], tuple[str, ...]]:
    """Return the objects of each kind, constants that conditions set, and notes on the closed and private."""
    closed = table.closed
    private = table.equals_any("access", CLOSED_TO_STRANGERS)
    masks: dict[str, Mask] = {}
    constants: dict[str, npt.NDArray[np.object_]] = {}
    n_closed, n_private = 0, 0
    for name, kind in rules.kinds.items():
        mask = np.zeros(table.size, dtype=bool)
        for condition in kind.any_of:
            met = table.meets(condition, shapes)
            for column, value in condition.constants.items():
                values = constants.setdefault(column, np.full(table.size, None, dtype=object))
                values[met & ~mask] = value
            mask |= met
        for condition in kind.exclude:
            mask &= ~table.meets(condition, shapes, mask)
        for other in kind.unless:
            mask &= ~masks[other]
        shut = mask & closed
        barred = mask & private & ~closed if kind.private == "drop" else np.zeros_like(mask)
        n_closed, n_private = n_closed + int(shut.sum()), n_private + int(barred.sum())
        masks[name] = mask & ~shut & ~barred
    return masks, constants, _closed_notes(n_closed + int(table.closed_before.sum()), n_private)


def _closed_notes(n_closed: int, n_private: int) -> tuple[str, ...]:
    notes = []
    if n_closed:
        notes.append(f"osm: {n_closed} objects are tagged as closed, disused or abandoned and do not count")
    if n_private:
        notes.append(f"osm: {n_private} places have access=private or no and do not count")
    return tuple(notes)


def _pairs(masks: dict[str, Mask]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.object_]]:
    rows = [np.flatnonzero(mask) for mask in masks.values()]
    kinds = [np.full(len(found), name, dtype=object) for name, found in zip(masks, rows, strict=True)]
    return np.concatenate(rows), np.concatenate(kinds)


def _large_enough(
    geometry: npt.NDArray[np.object_],
    rows: npt.NDArray[np.int64],
    kinds: npt.NDArray[np.object_],
    table: TagTable,
    rules: KindRules,
) -> Mask:
    """Return which pairs are points, named, or areas not too small for their kind."""
    least_m2 = np.array([rules.kinds[kind].min_unnamed_m2 for kind in kinds], dtype=np.float64)
    own = geometry[rows]
    mask: Mask = ~is_area(own) | table.has("name")[rows] | (shapely.area(own) >= least_m2)
    return mask


def _outside_hosts(
    geometry: npt.NDArray[np.object_],
    rows: npt.NDArray[np.int64],
    kinds: npt.NDArray[np.object_],
    table: TagTable,
    rules: KindRules,
) -> tuple[Mask, tuple[str, ...]]:
    """Return which pairs do not lie inside a place that they serve alone, such as a pitch in a school."""
    keep = np.ones(len(rows), dtype=bool)
    area = is_area(geometry)
    is_public = table.equals_any("access", PUBLIC_ACCESS)
    notes = []
    for name, kind in rules.kinds.items():
        hosts = np.unique(rows[np.isin(kinds, kind.not_inside)])
        hosts = hosts[area[hosts]]
        candidates = np.flatnonzero((kinds == name) & ~is_public[rows])
        if not len(hosts) or not len(candidates):
            continue
        tree = shapely.STRtree(geometry[hosts])
        inner, outer = tree.query(shapely.point_on_surface(geometry[rows[candidates]]), predicate="within")
        inside = np.unique(inner[rows[candidates[inner]] != hosts[outer]])
        keep[candidates[inside]] = False
        if len(inside):
            notes.append(
                f"osm: {len(inside)} of kind {name} lie inside a school or college, "
                "with no public access told, and do not count"
            )
    return keep, tuple(notes)


def _frame(
    features: gpd.GeoDataFrame,
    table: TagTable,
    rules: KindRules,
    rows: npt.NDArray[np.int64],
    kinds: npt.NDArray[np.object_],
    geometry: npt.NDArray[np.object_],
    constants: dict[str, npt.NDArray[np.object_]],
    crs: pyproj.CRS,
) -> gpd.GeoDataFrame:
    source_ids = [
        f"{osm_type}/{osm_id}"
        for osm_type, osm_id in zip(
            features["osm_type"].to_numpy()[rows], features["osm_id"].to_numpy()[rows], strict=True
        )
    ]
    columns: dict[str, Any] = {
        "facility_id": [f"{kind}/{own}" for kind, own in zip(kinds, source_ids, strict=True)],
        "kind": kinds,
        "name": _names(table)[rows],
        "source": [SOURCE] * len(rows),
        "source_id": source_ids,
        "barrier": table.coded("barrier", rows),
    }
    columns |= {column: values[rows] for column, values in constants.items()}
    columns |= {column: table.coded(key, rows) for column, key in rules.attributes.text.items()}
    columns |= {column: _numbers(table.coded(key, rows)) for column, key in rules.attributes.number.items()}
    columns |= _areas(
        geometry[rows], _numbers(table.coded("building:levels", rows)), table.has("building")[rows]
    )
    hosted = is_area(geometry[rows]) & np.array([rules.outline_of(kind) == "none" for kind in kinds], bool)
    return frame_of(_without_hosts(columns, hosted), geometry[rows], crs)


def _without_hosts(columns: dict[str, Any], hosted: Mask) -> dict[str, Any]:
    """Return the columns without what is true of the host alone.

    The tags of a nursing room stand on the mall around it, whose area and capacity are not the room's.
    """
    own = dict(columns)
    for name in set(NUMBER_COLUMNS) & set(own):
        own[name] = np.where(hosted, np.nan, own[name])
    return {**own, "host": np.where(hosted, own["name"], None)}


def _names(table: TagTable) -> npt.NDArray[np.object_]:
    names = table.text("name")
    for key in ("name:zh", "official_name", "name:en"):
        names = np.where(pd.isna(names), table.text(key), names)
    return names


def _numbers(texts: pd.Categorical) -> npt.NDArray[np.float64]:
    each = [parse_number(text) for text in texts.categories]
    numbers: npt.NDArray[np.float64] = np.array([*each, np.nan])[texts.codes]
    return numbers


def _areas(
    geometry: npt.NDArray[np.object_], levels: npt.NDArray[np.float64], is_building: Mask
) -> dict[str, npt.NDArray[np.float64]]:
    """Return ground area of polygons, and floor area of those that are buildings of known height."""
    area_m2 = np.where(is_area(geometry), shapely.area(geometry), np.nan)
    return {"area_m2": area_m2, "floor_area_m2": np.where(is_building, area_m2 * levels, np.nan)}
