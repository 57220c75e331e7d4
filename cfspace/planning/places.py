"""Facilities and homes under a plan: added, closed, moved, made larger or smaller."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cfspace.config.bands import BANDS
from cfspace.facilities.records import FLAG_COLUMNS, NUMBER_COLUMNS, frame_of, parse_flag
from cfspace.planning.edits import AddFacility, AddHomes, Attributes, MoveFacility, ResizeFacility
from cfspace.units import Units, assign

PLANNED: Final = "plan"
"""The source of what a plan adds."""

XY = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Where:
    """Places of an edit in metres of the study's frame."""

    at: XY
    gates: tuple[XY, ...] = ()

    @property
    def shape(self) -> shapely.Geometry:
        """The place, or the gates that lead in: each becomes an entrance."""
        return (
            shapely.multipoints([shapely.points(*g) for g in self.gates])
            if self.gates
            else shapely.points(*self.at)
        )


def facility_id(edit: AddFacility, number: int) -> str:
    """Return the id that a facility of a plan gets: kind, ``plan``, and its name or the edit's number."""
    return f"{edit.kind}/{PLANNED}/{edit.id or f'edit{number}'}"


def home_id(edit: AddHomes, number: int) -> str:
    """Return the id that homes of a plan get."""
    return f"{PLANNED}/{edit.id or f'edit{number}'}"


def with_facility(
    facilities: gpd.GeoDataFrame, edit: AddFacility, number: int, where: Where, units: Units
) -> gpd.GeoDataFrame:
    """Return the facilities and one more, in their order: by kind and id."""
    own = facility_id(edit, number)
    columns: dict[str, Any] = {
        "facility_id": [own],
        "kind": [edit.kind],
        "name": [edit.name],
        "source": [PLANNED],
        "source_id": [own.removeprefix(f"{edit.kind}/")],
    }
    columns |= {name: [value] for name, value in _values(edit.attributes).items()}
    row = frame_of(columns, [where.shape], facilities.crs)
    placed = row.assign(**_units_of(row, units))
    joined = pd.concat([facilities, placed], ignore_index=True)
    order = ["kind", "facility_id"]
    frame = gpd.GeoDataFrame(joined.sort_values(order, kind="stable", ignore_index=True), crs=facilities.crs)
    return _typed_as(frame, facilities)


def without_facility(facilities: gpd.GeoDataFrame, own: str) -> gpd.GeoDataFrame:
    """Return the facilities without one."""
    kept: gpd.GeoDataFrame = facilities[facilities["facility_id"] != own].reset_index(drop=True)
    return kept


def with_moved(
    facilities: gpd.GeoDataFrame, edit: MoveFacility, where: Where, units: Units
) -> gpd.GeoDataFrame:
    """Return the facilities, one of them elsewhere: a point, or its gates; its area stays what it was."""
    chosen = (facilities["facility_id"] == edit.facility).to_numpy()
    geometry = facilities.geometry.to_numpy().copy()
    geometry[chosen] = where.shape
    moved = facilities.set_geometry(gpd.GeoSeries(geometry, index=facilities.index, crs=facilities.crs))
    for name, column in _units_of(moved[chosen], units).items():
        moved.loc[chosen, name] = column.to_numpy()
    moved.loc[chosen, "source"] = moved.loc[chosen, "source"] + f"+{PLANNED}"
    return moved


def with_resized(facilities: gpd.GeoDataFrame, edit: ResizeFacility) -> gpd.GeoDataFrame:
    """Return the facilities, one of them with other attributes."""
    chosen = facilities["facility_id"] == edit.facility
    changed = facilities.copy()
    for name, value in _values(edit.attributes).items():
        if name not in changed:
            changed[name] = np.nan if isinstance(value, float) else None
        changed.loc[chosen, name] = value
    return changed


def with_homes(
    homes: gpd.GeoDataFrame, edit: AddHomes, number: int, at: XY, units: Units, *, weights: str
) -> gpd.GeoDataFrame:
    """Return the homes and new ones behind them, as one point."""
    children = edit.weighs(weights) or dict.fromkeys(BANDS, 0.0)
    columns: dict[str, Any] = {"home_id": pd.Series([home_id(edit, number)], dtype="str")}
    columns |= {f"children_{band}": [value] for band, value in children.items()}
    if "floor_area_m2" in homes:
        columns["floor_area_m2"] = [np.nan if edit.floor_area_m2 is None else edit.floor_area_m2]
    row = gpd.GeoDataFrame(columns, geometry=[shapely.points(*at)], crs=homes.crs)
    placed = row.assign(**_units_of(row, units)).reindex(columns=homes.columns)
    joined = gpd.GeoDataFrame(pd.concat([homes, placed], ignore_index=True), crs=homes.crs)
    return _typed_as(joined, homes)


def known_attributes(facilities: gpd.GeoDataFrame) -> frozenset[str]:
    """Return the attributes that a plan may set: those that cfspace knows, and those of the study's lists."""
    given = {str(name) for name in facilities.columns if not str(name).endswith("_id")}
    return frozenset({*NUMBER_COLUMNS, *FLAG_COLUMNS, *given} - {"kind", "name", "source", "geometry"})


def wanted_value(facilities: gpd.GeoDataFrame, name: str, value: object) -> str | None:
    """Return in words what an attribute must be where a value is not that, None where it fits."""
    column = facilities.get(name)
    is_number = name in NUMBER_COLUMNS or (column is not None and pd.api.types.is_numeric_dtype(column))
    if is_number:
        return None if isinstance(value, float) else "a number"
    if name in FLAG_COLUMNS:
        is_answer = isinstance(value, bool) or (isinstance(value, str) and parse_flag(value) is not None)
        return None if is_answer else "true or false"
    return "text" if isinstance(value, float) and column is not None else None


def _values(attributes: Attributes) -> dict[str, Any]:
    """Return attributes as facilities hold them: yes and no in one spelling, numbers as floats."""
    values: dict[str, Any] = {}
    for name, value in attributes.items():
        if isinstance(value, bool):
            values[name] = "yes" if value else "no"
        elif isinstance(value, str):
            values[name] = parse_flag(value) if name in FLAG_COLUMNS else value
        else:
            values[name] = float(value)
    return values


def _units_of(frame: gpd.GeoDataFrame, units: Units) -> dict[str, pd.Series]:
    points = frame.geometry.representative_point()
    return {str(name): column for name, column in assign(points, units).items()}


def _typed_as(frame: gpd.GeoDataFrame, model: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the frame with the columns and types of another, behind them any columns of its own."""
    types = {str(name): kind for name, kind in model.dtypes.items() if name != "geometry"}
    own = [name for name in frame.columns if name not in model.columns and frame[name].notna().any()]
    typed: gpd.GeoDataFrame = frame[[*model.columns, *own]].astype(types)
    return typed
