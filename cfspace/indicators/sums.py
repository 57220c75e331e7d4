"""Summing amounts to units, the same to the last bit whatever the order of rows."""

from __future__ import annotations

from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cfspace.indicators.city import City, Floats
from cfspace.indicators.outcome import Amounts, Chosen, Codes, PerUnit, Quantity, Things


@dataclass(frozen=True)
class UnitSums:
    """Sums amounts per unit of every level of a city.

    Things are added in the order of their ids (of their coordinates where they have none): the sums are the
    same to the last bit whatever the order of rows.
    """

    city: City
    _sorted: dict[tuple[Things, str, str], tuple[Codes, Codes]] = field(default_factory=dict, repr=False)
    _points: dict[tuple[Things, str], NDArray[np.object_]] = field(default_factory=dict, repr=False)
    _orders: dict[tuple[Things, str], Codes] = field(default_factory=dict, repr=False)

    def sum(self, quantity: Quantity, level: str) -> Floats:
        """Return the sum of `quantity` in each unit of `level`, in the order of its table."""
        if isinstance(quantity, PerUnit):
            return quantity.by_level[level]
        if isinstance(quantity, Chosen):
            options = [self.sum(option, level) for option in quantity.options]
            return np.asarray(np.choose(quantity.which[level], options), dtype=np.float64)
        n_units = len(self.city.units.frames[level])
        if quantity.of == "units" and self._is_finer(level, quantity.level):
            # What is known of a unit is known of none of its parts.
            return np.zeros(n_units)
        order, codes = self._order_and_codes(quantity.of, quantity.level, level)
        values = quantity.values
        if quantity.rows is not None:
            # Several numbers of one thing are whole numbers (answers): these may be added in any order.
            n_things = len(self._table(quantity.of, quantity.level))
            values = np.bincount(quantity.rows, weights=values, minlength=n_things).astype(np.float64)
        return np.bincount(codes, weights=values[order], minlength=n_units).astype(np.float64)

    def unit_of(self, things: Things, level: str) -> Codes:
        """Return the position of the unit that each thing lies in, -1 outside all."""
        codes = np.full(self.count_of(things), -1, dtype=np.int64)
        order, found = self._order_and_codes(things, "", level)
        codes[order] = found
        return codes

    def count_of(self, things: Things) -> int:
        """Return how many things there are."""
        return len(self._table(things, ""))

    def _is_finer(self, level: str, than: str) -> bool:
        levels = list(self.city.units.levels)
        return than in levels and levels.index(level) > levels.index(than)

    def _order_and_codes(self, things: Things, of_level: str, level: str) -> tuple[Codes, Codes]:
        """Return the things that lie in a unit, in the order of their ids, and the unit of each."""
        key = (things, of_level, level)
        if key not in self._sorted:
            table = self._table(things, of_level)
            codes = self._codes(things, of_level, table, level)
            order = self._order(things, of_level, table)
            order = order[codes[order] >= 0]
            self._sorted[key] = order, codes[order]
        return self._sorted[key]

    def _codes(self, things: Things, of_level: str, table: pd.DataFrame, level: str) -> Codes:
        units, column = self.city.units.frames[level], f"{level}_id"
        if column in table.columns:
            return unit_codes(table, units, column)
        return units_of_points(self._places(things, of_level, table), units)

    def _order(self, things: Things, of_level: str, table: pd.DataFrame) -> Codes:
        key = (things, of_level)
        if key not in self._orders:
            has_id = {"home_id", "unit_id"} & set(table.columns)
            places = None if has_id else self._places(things, of_level, table)
            self._orders[key] = _order_of_ids(table, places)
        return self._orders[key]

    def _places(self, things: Things, of_level: str, table: pd.DataFrame) -> NDArray[np.object_]:
        key = (things, of_level)
        if key not in self._points:
            self._points[key] = representative_points(gpd.GeoDataFrame(table))
        return self._points[key]

    def _table(self, things: Things, of_level: str) -> pd.DataFrame:
        city = self.city
        tables: dict[Things, pd.DataFrame | None] = {
            "homes": city.homes,
            "facilities": city.facilities,
            "gates": city.entrances,
            "segments": city.segments,
            "residential": city.residential,
            "units": city.units.frames.get(of_level),
        }
        table = tables[things]
        return pd.DataFrame({"home_id": []}) if table is None else table


def unit_codes(table: pd.DataFrame, units: gpd.GeoDataFrame, column: str) -> Codes:
    """Return the position of each row's unit, by its column of ids or else by a point on its geometry."""
    if column in table.columns:
        return np.asarray(pd.Index(units["unit_id"]).get_indexer(pd.Index(table[column])), dtype=np.int64)
    return units_of_points(representative_points(gpd.GeoDataFrame(table)), units)


def _order_of_ids(table: pd.DataFrame, places: NDArray[np.object_] | None) -> Codes:
    for column in ("home_id", "unit_id"):
        if column in table.columns:
            return np.argsort(table[column].astype(str).to_numpy(), kind="stable").astype(np.int64)
    keys = [shapely.get_y(places), shapely.get_x(places)]
    if "facility_id" in table.columns:
        keys.append(np.unique(table["facility_id"].astype(str).to_numpy(), return_inverse=True)[1])
    return np.lexsort(keys).astype(np.int64)


def representative_points(frame: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Return a point on each geometry: the middle of a line's length, a point inside a polygon."""
    geometries = np.asarray(frame.geometry.array)
    is_line = shapely.get_type_id(geometries) == shapely.GeometryType.LINESTRING
    points = np.empty(len(geometries), dtype=object)
    points[is_line] = shapely.line_interpolate_point(geometries[is_line], 0.5, normalized=True)
    points[~is_line] = shapely.point_on_surface(geometries[~is_line])
    return points


def units_of_points(points: NDArray[np.object_], units: gpd.GeoDataFrame) -> Codes:
    """Return the position of the unit that holds each point: of two the lower id, -1 where none."""
    polygons = np.asarray(units.geometry.array)
    # Polygons ask and points are asked: what asks is prepared, once for all its points.
    unit, point = shapely.STRtree(points).query(polygons, predicate="intersects")
    rank = np.argsort(np.argsort(units["unit_id"].astype(str).to_numpy(), kind="stable"), kind="stable")
    best = np.full(len(points), len(polygons), dtype=np.int64)
    np.minimum.at(best, point, rank[unit])
    position = np.append(np.argsort(rank, kind="stable"), -1)
    return position[best].astype(np.int64)


def children_of_units(sums: UnitSums, bands: tuple[str, ...], level: str) -> Floats:
    """Return the children of some bands in each unit of a level, of all bands where none is named.

    NaN where homes do not weigh children, and in units of whose homes nobody has told the children.
    """
    units = sums.city.units.frames[level]
    if sums.city.weights != "children":
        return np.full(len(units), np.nan)
    children = sums.sum(Amounts(of="homes", values=sums.city.children(bands)), level)
    if "children_known" not in units:
        return children
    return np.where(units["children_known"].to_numpy(dtype=bool), children, np.nan)
