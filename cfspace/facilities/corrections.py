"""Corrections made by hand: what the merging got wrong, put right for every later run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import combinations
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
PAIR_COLUMNS = ("facility_id", "other_id")


@dataclass(frozen=True)
class Corrections:
    """What a corrections file says, by facility id.

    Attributes
    ----------
    merges
        Pairs that are one place, whatever their distance and names; two that are one with a third are a pair.
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
                geometry[row] = moved(geometry[row], self.moves[own])
        return kept.set_geometry(gpd.GeoSeries(geometry, index=kept.index, crs=kept.crs))

    def unmet(self, ids: Iterable[str]) -> tuple[str, ...]:
        """Return a note for each correction of a facility that is not among `ids` any more."""
        named = {own for pair in (*self.merges, *self.splits) for own in pair} | set(self.moves) | self.drops
        gone = sorted(named - set(ids))
        return tuple(f"corrections: {own} is no longer there; its correction is passed over" for own in gone)

    def followed(self, merges: Iterable[pd.DataFrame]) -> Corrections:
        """Return what is said of places that went into others as said of those.

        Parameters
        ----------
        merges
            Tables of merges: ``other_id`` went into ``facility_id``. One that went into several stays.
        """
        into: dict[str, set[str]] = {}
        for table in merges:
            for gone, winner in zip(table["other_id"], table["facility_id"], strict=True):
                into.setdefault(gone, set()).add(winner)
        alias = {gone: next(iter(winners)) for gone, winners in into.items() if len(winners) == 1}

        def named(pair: Iterable[str]) -> tuple[str, str]:
            one, other = (alias.get(own, own) for own in pair)
            return one, other

        pairs = [named(pair) for pair in self.merges]
        return replace(
            self,
            merges=tuple(pair for pair in pairs if pair[0] != pair[1]),
            splits=frozenset(both for pair in self.splits if len(both := frozenset(named(pair))) > 1),
        )

    def unmerged(self, ids: Iterable[str], merges: pd.DataFrame) -> tuple[str, ...]:
        """Return a note for each pair that was to be merged, is there, and still is two.

        Parameters
        ----------
        ids
            All facilities that were read.
        merges
            The table of what became one: ``facility_id``, ``other_id``.
        """
        became = _classes(zip(merges["facility_id"], merges["other_id"], strict=True))
        known = set(ids)
        notes = []
        for one, other in self.merges:
            if {one, other} <= known and became.get(one, one) != became.get(other, other):
                kinds = sorted({own.partition("/")[0] for own in (one, other)})
                why = f": one is a {kinds[0]}, the other a {kinds[1]}" if len(kinds) > 1 else ""
                notes.append(f"corrections: {one} and {other} stay two places{why}; give ids of one kind")
        return tuple(dict.fromkeys(notes))


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
        If the file is missing or lacks a column, or a row has an unknown action, lacks what it needs or
        contradicts another; all faulty rows are told at once.
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
    if not faults:
        faults = _contradictions(rows.assign(row=list(raw.rows)))
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


def _contradictions(rows: pd.DataFrame) -> list[str]:
    """Return what cannot all be done: a place moved to two places, dropped and used, merged and split."""
    faults = []
    first: dict[str, Any] = {}
    drops = rows[rows["action"] == "drop"]
    dropped = dict(zip(drops["facility_id"], drops["row"], strict=True))
    became = _classes(zip(*(rows.loc[rows["action"] == "merge", name] for name in PAIR_COLUMNS), strict=True))
    every: list[Any] = list(rows.itertuples())
    for row in every:
        named = [own for own in (row.facility_id, row.other_id) if own]
        if row.action != "drop" and any(own in dropped for own in named):
            gone = next(own for own in named if own in dropped)
            faults.append(f"row {row.row}: {gone} is dropped in row {dropped[gone]}")
        if row.action == "move":
            earlier = first.setdefault(row.facility_id, row)
            if (earlier.lon, earlier.lat) != (row.lon, row.lat):
                faults.append(f"row {row.row}: {row.facility_id} is moved elsewhere in row {earlier.row}")
        if row.action == "split" and became.get(row.facility_id, 0) == became.get(row.other_id, 1):
            faults.append(f"row {row.row}: {row.facility_id} and {row.other_id} are merged in other rows")
    return faults


def _classes(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return for each id of the pairs the first of those that it is one with, directly or over others."""
    first: dict[str, str] = {}
    for one, other in pairs:
        ours, theirs = sorted((first.setdefault(one, one), first.setdefault(other, other)))
        if ours != theirs:
            first.update({own: ours for own, root in first.items() if root == theirs})
    return first


def _all_pairs(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return the pairs, and those that follow from them: of two that are one with a third."""
    given = list(dict.fromkeys(pairs))
    root = _classes(given)
    groups: dict[str, list[str]] = {}
    for own, first in root.items():
        groups.setdefault(first, []).append(own)
    known = {frozenset(pair) for pair in given}
    follow = [pair for group in groups.values() for pair in combinations(group, 2)]
    return (*given, *(pair for pair in follow if frozenset(pair) not in known))


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
        merges=_all_pairs(pairs("merge")),
        splits=frozenset(frozenset(pair) for pair in pairs("split")),
        moves=dict(zip(moved["facility_id"], shapely.points(x_m, y_m), strict=True)),
        drops=frozenset(rows["facility_id"][rows["action"] == "drop"]),
    )


def moved(shape: shapely.Geometry, place: shapely.Point) -> shapely.Geometry:
    """Return a shape with its middle at a place; of a point, the place."""
    if not is_area(np.array([shape], dtype=object))[0]:
        return place
    middle = shape.centroid
    shift_m = np.array([place.x - middle.x, place.y - middle.y])
    return shapely.transform(shape, lambda xy: xy + shift_m)
