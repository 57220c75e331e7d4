"""One record per place: OSM with itself, and OSM with municipal lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from cfspace.facilities.corrections import Corrections, moved
from cfspace.facilities.matching import FAIR_M, SURE_SIMILARITY, Candidates, Indices, candidates, one_to_one
from cfspace.facilities.records import is_area, join

NEAR_MISS_SIMILARITY = 0.6
MERGE_COLUMNS = (
    "kind",
    "status",
    "facility_id",
    "name",
    "other_id",
    "other_name",
    "distance_m",
    "similarity",
    "note",
)
"""Of merges; ``status`` is ``match``, ``near_miss``, ``municipal_only``, ``osm_only``, ``left_out``,
``osm_duplicate`` or ``list_duplicate``."""

MERGED = ("match", "osm_duplicate", "list_duplicate")
"""The statuses of pairs that became one place."""


@dataclass(frozen=True)
class Merged:
    """Facilities of both sources, and the table of how they came together.

    Attributes
    ----------
    facilities
        Each place once.
    merges
        Columns `MERGE_COLUMNS`.
    substituted
        Ids of facilities of other kinds that became one of this kind, and so no longer count as their own.
    """

    facilities: gpd.GeoDataFrame
    merges: pd.DataFrame
    substituted: tuple[str, ...] = ()


def merge(
    osm: gpd.GeoDataFrame,
    municipal: gpd.GeoDataFrame,
    *,
    kind: str,
    substitutes: Sequence[str] = (),
    replaced: npt.NDArray[np.bool_] | None = None,
    corrections: Corrections | None = None,
) -> Merged:
    """Return the places of one kind out of OSM and municipal lists, each once.

    Parameters
    ----------
    osm
        Facilities of OSM in a metric CRS, of any kinds.
    municipal
        Facilities of lists in the same CRS, all of `kind`.
    kind
        The kind to merge.
    substitutes
        Kinds of OSM objects that a list may turn into `kind` (a school of unknown level).
    replaced
        Per row of `osm`: whether a complete list speaks for the place, so that what is not on it does not
        count. Default: nowhere.
    corrections
        Pairs merged or split by hand.

    Returns
    -------
    All rows of both: a matched pair is one row with both provenances, the area rather than the point, and
    the list's attributes over OSM's. The table names matches, near misses and leftovers.
    """
    pool = np.flatnonzero(osm["kind"].isin([kind, *substitutes]).to_numpy())
    theirs = osm.iloc[pool].reset_index(drop=True)
    ours = municipal.reset_index(drop=True)
    pairs = candidates(ours, theirs, corrections)
    chosen = one_to_one(pairs)
    joined = _joined(ours, theirs, pairs.ours[chosen], pairs.theirs[chosen], corrections)
    taken = np.zeros(len(theirs), dtype=bool)
    taken[pairs.theirs[chosen]] = True
    out = taken.copy()
    if replaced is not None:
        out |= replaced[pool] & (theirs["kind"] == kind).to_numpy()
    own_kind = (theirs["kind"] == kind).to_numpy()
    rest = osm.drop(index=osm.index[pool[out & own_kind]])
    table = _table(kind, ours, theirs, pairs, chosen, out & ~taken)
    # A school of unknown level may become one of two kinds, so it is the caller who takes it away in the end.
    substituted = tuple(theirs["facility_id"][taken & ~own_kind])
    return Merged(join([joined, rest], municipal.crs), table, substituted)


def folded(lists: Sequence[gpd.GeoDataFrame], *, corrections: Corrections | None = None) -> Merged:
    """Return the places of several lists of one kind, each once.

    Parameters
    ----------
    lists
        Facilities of lists in one metric CRS, all of one kind, at least one. What an earlier one says wins.
    corrections
        Pairs merged or split by hand.

    Returns
    -------
    A place on two lists is one row with both provenances. Only places of surely the same name are taken for
    one; two lists may well hold neighbours of no name. Rows of one list are one place only by hand.
    """
    by_hand = corrections or Corrections()
    result, tables = _within(lists[0].reset_index(drop=True), by_hand)
    for more in lists[1:]:
        theirs, once = _within(more.reset_index(drop=True), by_hand)
        tables += once
        pairs = candidates(result, theirs, corrections)
        chosen = one_to_one(pairs)
        sure = (pairs.similarity[chosen] >= SURE_SIMILARITY) | pairs.by_hand[chosen]
        chosen = chosen[sure]
        joined = _joined(result, theirs, pairs.ours[chosen], pairs.theirs[chosen], corrections)
        tables.append(_pair_rows("list_duplicate", result, theirs, pairs, chosen))
        result = join([joined, theirs.drop(index=pairs.theirs[chosen])], result.crs)
    return Merged(result, stacked(tables))


def _within(frame: gpd.GeoDataFrame, by_hand: Corrections) -> tuple[gpd.GeoDataFrame, list[pd.DataFrame]]:
    """Return one list without the rows that were merged into others of it by hand, and a table of each."""
    tables = []
    for one, other in by_hand.merges:
        rows = [int(np.flatnonzero(frame["facility_id"] == own)[0])
                for own in (one, other) if (frame["facility_id"] == own).any()]  # fmt: skip
        if len(rows) < len((one, other)):
            continue
        winner, loser = sorted(rows)
        ours = frame.drop(index=loser).reset_index(drop=True)
        theirs = frame.iloc[[loser]].reset_index(drop=True)
        pair = Candidates(
            ours=np.array([winner]),
            theirs=np.array([0]),
            distance_m=np.array([frame.geometry.iloc[winner].distance(frame.geometry.iloc[loser])]),
            similarity=np.array([np.nan]),
            by_hand=np.array([True]),
        )
        tables.append(_pair_rows("list_duplicate", ours, theirs, pair, np.array([0])))
        frame = _joined(ours, theirs, pair.ours, pair.theirs, by_hand)
    return frame, tables


def _joined(
    ours: gpd.GeoDataFrame,
    theirs: gpd.GeoDataFrame,
    rows: Indices,
    others: Indices,
    corrections: Corrections | None = None,
) -> gpd.GeoDataFrame:
    """Return our rows, those matched completed from theirs; what was moved by hand lies where it was put."""
    result = ours.copy()
    own, found = ours.geometry.to_numpy()[rows], theirs.geometry.to_numpy()[others]
    # Between two points OSM's is the one drawn on the same map as the streets; a list is geocoded.
    keep_own = is_area(own) | ~(is_area(found) | (theirs["source"].to_numpy(dtype=object)[others] == "osm"))
    geometry = ours.geometry.to_numpy().copy()
    geometry[rows] = np.where(keep_own, own, found)
    moves = {} if corrections is None else corrections.moves
    for row in rows:
        place = moves.get(ours["facility_id"].iloc[row])
        if place is not None and not geometry[row].intersects(place):
            geometry[row] = moved(geometry[row], place)
    result = result.set_geometry(gpd.GeoSeries(geometry, index=result.index, crs=ours.crs))
    for column in theirs.columns.difference(["geometry", "facility_id", "kind", "source", "source_id"]):
        values = _column(result, column)
        incoming = _column(theirs, column)[others]
        values[rows] = np.where(pd.isna(values[rows]), incoming, values[rows])
        result[column] = pd.Series(values, index=result.index).astype(theirs[column].dtype)
    source, source_id = _column(result, "source"), _column(result, "source_id")
    source[rows] = [
        f"{other}+{own_source}"
        for own_source, other in zip(source[rows], _column(theirs, "source")[others], strict=True)
    ]
    source_id[rows] = [
        f"{own_id}+{other}"
        for own_id, other in zip(source_id[rows], _column(theirs, "source_id")[others], strict=True)
    ]
    return result.assign(source=source, source_id=source_id)


def _column(frame: gpd.GeoDataFrame, name: str) -> npt.NDArray[Any]:
    if name not in frame:
        return np.full(len(frame), None, dtype=object)
    values: npt.NDArray[Any] = frame[name].to_numpy(dtype=object).copy()
    return values


def _table(
    kind: str,
    ours: gpd.GeoDataFrame,
    theirs: gpd.GeoDataFrame,
    pairs: Candidates,
    chosen: Indices,
    left_out: npt.NDArray[np.bool_],
) -> pd.DataFrame:
    matched = np.zeros(len(pairs.ours), dtype=bool)
    matched[chosen] = True
    free = ~np.isin(pairs.ours, pairs.ours[chosen]) | ~np.isin(pairs.theirs, pairs.theirs[chosen])
    alike = np.nan_to_num(pairs.similarity, nan=0.0)
    near = (alike >= NEAR_MISS_SIMILARITY) | ((pairs.distance_m <= FAIR_M) & ~np.isnan(pairs.similarity))
    misses = np.flatnonzero(~matched & free & near)
    parts = [
        _pair_rows("match", ours, theirs, pairs, chosen),
        _pair_rows("near_miss", ours, theirs, pairs, misses),
        _lone_rows(kind, "municipal_only", ours, ~np.isin(np.arange(len(ours)), pairs.ours[chosen])),
    ]
    same_kind = (theirs["kind"] == kind).to_numpy()
    unmatched = same_kind & ~np.isin(np.arange(len(theirs)), pairs.theirs[chosen])
    parts.append(_lone_rows(kind, "osm_only", theirs, unmatched & ~left_out))
    parts.append(_lone_rows(kind, "left_out", theirs, left_out, "not on the complete list"))
    return stacked(parts)


def _pair_rows(
    status: str,
    ours: gpd.GeoDataFrame,
    theirs: gpd.GeoDataFrame,
    pairs: Candidates,
    rows: Indices,
) -> pd.DataFrame:
    one, other = ours.iloc[pairs.ours[rows]], theirs.iloc[pairs.theirs[rows]]
    return pd.DataFrame(
        {
            "kind": one["kind"].to_numpy(),
            "status": status,
            "facility_id": one["facility_id"].to_numpy(),
            "name": one["name"].to_numpy(),
            "other_id": other["facility_id"].to_numpy(),
            "other_name": other["name"].to_numpy(),
            "distance_m": pairs.distance_m[rows].round(1),
            "similarity": pairs.similarity[rows].round(3),
            "note": None,
        }
    )


def _lone_rows(
    kind: str, status: str, frame: gpd.GeoDataFrame, mask: npt.NDArray[np.bool_], note: str | None = None
) -> pd.DataFrame:
    chosen = frame[mask]
    return pd.DataFrame(
        {
            "kind": kind,
            "status": status,
            "facility_id": chosen["facility_id"].to_numpy(),
            "name": chosen["name"].to_numpy(),
            "other_id": None,
            "other_name": None,
            "distance_m": np.nan,
            "similarity": np.nan,
            "note": note,
        }
    )


def stacked(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return one table of merges, sorted by kind, status and ids."""
    filled = [part for part in parts if len(part)]
    if not filled:
        return pd.DataFrame(columns=list(MERGE_COLUMNS))
    text = dict.fromkeys(("facility_id", "name", "other_id", "other_name", "note", "kind", "status"), "str")
    table = pd.concat([part.astype(text) for part in filled], ignore_index=True)
    return table.sort_values(["kind", "status", "facility_id", "other_id"], kind="stable", ignore_index=True)
