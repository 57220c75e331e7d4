"""Corrections made by hand: what the merging got wrong, put right for every later run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from cfspace.errors import LayerError
from cfspace.facilities.records import is_area
from cfspace.io.cells import as_text
from cfspace.io.frame import to_metric
from cfspace.io.layers import read_raw
from cfspace.io.reports import Notebook

ACTIONS = ("merge", "split", "move", "drop")
PAIR_ACTIONS = ("merge", "split")


@dataclass(frozen=True)
class Corrections:
    """What a corrections file says, by facility id.

    Attributes
    ----------
    merges
        Pairs that are one place, whatever their distance and names.
    splits
        Pairs that are two places, however alike.
    moves
        Where a facility really stands, in the metric CRS.
    drops
        Facilities that do not exist.
    """

    merges: tuple[tuple[str, str], ...] = ()
    splits: frozenset[frozenset[str]] = frozenset()
    moves: dict[str, shapely.Point] = field(default_factory=dict)
    drops: frozenset[str] = frozenset()

    def are_apart(self, one: str, other: str) -> bool:
        """Return whether two facilities were split by hand."""
        return frozenset((one, other)) in self.splits

    def applied_to(self, facilities: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """Return the facilities without those dropped, and with those moved at their place.

        An area is shifted so that its middle lies there; its shape stays.
        """
        kept = facilities[~facilities["facility_id"].isin(self.drops)].reset_index(drop=True)
        geometry = kept.geometry.to_numpy().copy()
        for row, own in enumerate(kept["facility_id"]):
            if own in self.moves:
                geometry[row] = _moved(geometry[row], self.moves[own])
        return kept.set_geometry(gpd.GeoSeries(geometry, index=kept.index, crs=kept.crs))

    def unmet(self, ids: Iterable[str]) -> tuple[str, ...]:
        """Return a note for each correction of a facility that is not among `ids` any more."""
        named = {own for pair in (*self.merges, *self.splits) for own in pair} | set(self.moves) | self.drops
        gone = sorted(named - set(ids))
        return tuple(f"corrections: {own} is no longer there; its correction is passed over" for own in gone)


def read_corrections(path: Path, *, crs: pyproj.CRS) -> Corrections:
    """Read a corrections file.

    Parameters
    ----------
    path
        CSV or Excel with the columns ``action`` (``merge``, ``split``, ``move`` or ``drop``),
        ``facility_id``, ``other_id`` (for merge and split) and ``lon``, ``lat`` (for move; WGS-84). Ids are
        those of the merges table of an earlier run. Further columns are the user's own.
    crs
        Metric CRS of the study.

    Raises
    ------
    LayerError
        If the file is missing or lacks a column, or a row has an unknown action or lacks what it needs;
        all faulty rows are told at once.
    """
    notebook = Notebook("corrections", path)
    raw = read_raw(path, ["action", "facility_id"], notebook)
    cells = {name: [as_text(cell) for cell in raw.cells[name]] for name in raw.cells.columns}
    rows = pd.DataFrame(cells, dtype=object).reindex(
        columns=["action", "facility_id", "other_id", "lon", "lat"], fill_value=""
    )
    faults = [f"row {left_out.row}: {left_out.reason}" for left_out in notebook.dropped]
    faults += [
        f"row {row}: {fault}"
        for row, fault in zip(raw.rows, map(_fault, rows.itertuples()), strict=True)
        if fault
    ]
    if faults:
        raise LayerError(f"corrections ({path.name}): {'; '.join(faults)}; correct the file")
    return _corrections(rows, crs)


def _fault(row: Any) -> str | None:
    if row.action not in ACTIONS:
        return f"action {row.action!r} is unknown, use {', '.join(ACTIONS)}"
    if not row.facility_id:
        return "facility_id is empty"
    if row.action in PAIR_ACTIONS and (not row.other_id or row.other_id == row.facility_id):
        return f"{row.action} needs another facility in other_id"
    if row.action == "move" and not _is_position(row.lon, row.lat):
        return f"move needs lon and lat in degrees, found {row.lon!r} and {row.lat!r}"
    return None


def _is_position(lon: str, lat: str) -> bool:
    degrees = pd.to_numeric(pd.Series([lon, lat]), errors="coerce")
    return bool((degrees.abs() <= [180.0, 90.0]).all())


def _corrections(rows: pd.DataFrame, crs: pyproj.CRS) -> Corrections:
    def pairs(action: str) -> list[tuple[str, str]]:
        chosen = rows[rows["action"] == action]
        return list(zip(chosen["facility_id"], chosen["other_id"], strict=True))

    moved = rows[rows["action"] == "move"]
    x_m, y_m = to_metric(crs, moved["lon"].to_numpy(np.float64), moved["lat"].to_numpy(np.float64))
    return Corrections(
        merges=tuple(pairs("merge")),
        splits=frozenset(frozenset(pair) for pair in pairs("split")),
        moves=dict(zip(moved["facility_id"], shapely.points(x_m, y_m), strict=True)),
        drops=frozenset(rows["facility_id"][rows["action"] == "drop"]),
    )


def _moved(shape: shapely.Geometry, place: shapely.Point) -> shapely.Geometry:
    if not is_area(np.array([shape], dtype=object))[0]:
        return place
    middle = shape.centroid
    shift_m = np.array([place.x - middle.x, place.y - middle.y])
    return shapely.transform(shape, lambda xy: xy + shift_m)
