"""One record per place: OSM with itself, and OSM with municipal lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from cfspace.facilities.corrections import Corrections
from cfspace.facilities.names import normalised, similarities
from cfspace.facilities.records import is_area, join

MAX_MATCH_M = 150.0
NEAR_MISS_M = 500.0
SURE_SIMILARITY = 0.75
FAIR_SIMILARITY, FAIR_M = 0.45, 60.0
WEAK_SIMILARITY, WEAK_M = 0.2, 20.0
UNNAMED_M = 30.0
NEAR_MISS_SIMILARITY = 0.6
UNNAMED_SCORE = 0.4
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
"""Of merges; ``status`` is ``match``, ``near_miss``, ``municipal_only``, ``osm_only``, ``left_out`` or
``osm_duplicate``."""

Indices = npt.NDArray[np.int64]


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


@dataclass(frozen=True)
class Candidates:
    """Pairs of a municipal and an OSM row that may be one place."""

    ours: Indices
    theirs: Indices
    distance_m: npt.NDArray[np.float64]
    similarity: npt.NDArray[np.float64]
    by_hand: npt.NDArray[np.bool_]

    def accepted(self) -> npt.NDArray[np.bool_]:
        """Return which pairs are near and alike enough: the nearer, the less alike the names need be."""
        near, alike = self.distance_m, self.similarity
        sure = (near <= MAX_MATCH_M) & (alike >= SURE_SIMILARITY)
        fair = (near <= FAIR_M) & (alike >= FAIR_SIMILARITY)
        weak = (near <= WEAK_M) & (alike >= WEAK_SIMILARITY)
        unnamed = (near <= UNNAMED_M) & np.isnan(alike)
        return sure | fair | weak | unnamed | self.by_hand

    def best_first(self) -> Indices:
        """Return the accepted pairs, most convincing first, ties by position."""
        score = np.where(np.isnan(self.similarity), UNNAMED_SCORE, self.similarity) - self.distance_m / 500.0
        score[self.by_hand] = np.inf
        chosen = np.flatnonzero(self.accepted())
        return chosen[np.lexsort((self.theirs[chosen], self.ours[chosen], -score[chosen]))]


def candidates(
    ours: gpd.GeoDataFrame, theirs: gpd.GeoDataFrame, corrections: Corrections | None = None
) -> Candidates:
    """Return the pairs within `NEAR_MISS_M`, with distance (0 inside an area) and name similarity.

    Pairs merged by hand are among them however far apart; pairs split by hand are not.
    """
    left, right = ours.geometry.to_numpy(), theirs.geometry.to_numpy()
    tree = shapely.STRtree(right)
    first, second = tree.query(left, predicate="dwithin", distance=NEAR_MISS_M)
    first, second, by_hand = _corrected(first, second, ours, theirs, corrections or Corrections())
    names = _normalised_names(ours), _normalised_names(theirs)
    return Candidates(
        ours=first,
        theirs=second,
        distance_m=shapely.distance(left[first], right[second]),
        similarity=similarities([names[0][row] for row in first], [names[1][row] for row in second]),
        by_hand=by_hand,
    )


def _corrected(
    first: Indices,
    second: Indices,
    ours: gpd.GeoDataFrame,
    theirs: gpd.GeoDataFrame,
    corrections: Corrections,
) -> tuple[Indices, Indices, npt.NDArray[np.bool_]]:
    """Return the pairs in order, with those merged by hand marked and those split by hand gone."""
    own = {facility: row for row, facility in enumerate(ours["facility_id"])}
    other = {facility: row for row, facility in enumerate(theirs["facility_id"])}
    merges = [(a, b) for pair in corrections.merges for a, b in permutations(pair)]
    forced = {(own[a], other[b]) for a, b in merges if a in own and b in other}
    splits = [(a, b) for pair in corrections.splits for a, b in permutations(pair)]
    apart = {(own[a], other[b]) for a, b in splits if a in own and b in other}
    pairs = sorted(({*zip(first.tolist(), second.tolist(), strict=True)} | forced) - apart)
    index = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return index[:, 0], index[:, 1], np.array([pair in forced for pair in pairs], dtype=np.bool_)


def _normalised_names(frame: gpd.GeoDataFrame) -> list[str]:
    return ["" if pd.isna(name) else normalised(name) for name in frame["name"]]


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
    chosen = _one_to_one(pairs)
    joined = _joined(ours, theirs, pairs.ours[chosen], pairs.theirs[chosen])
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


def _one_to_one(pairs: Candidates) -> Indices:
    used_ours: set[int] = set()
    used_theirs: set[int] = set()
    chosen = []
    for pair in pairs.best_first():
        one, other = int(pairs.ours[pair]), int(pairs.theirs[pair])
        if one not in used_ours and other not in used_theirs:
            used_ours.add(one)
            used_theirs.add(other)
            chosen.append(pair)
    return np.array(chosen, dtype=np.int64)


def _joined(
    ours: gpd.GeoDataFrame, theirs: gpd.GeoDataFrame, rows: Indices, others: Indices
) -> gpd.GeoDataFrame:
    """Return the list's rows, those matched completed from OSM."""
    result = ours.copy()
    own, found = ours.geometry.to_numpy()[rows], theirs.geometry.to_numpy()[others]
    # Between two points OSM's is the one drawn on the same map as the streets; a list is geocoded.
    keep_own = is_area(own)
    geometry = ours.geometry.to_numpy().copy()
    geometry[rows] = np.where(keep_own, own, found)
    result = result.set_geometry(gpd.GeoSeries(geometry, index=result.index, crs=ours.crs))
    for column in theirs.columns.difference(["geometry", "facility_id", "kind", "source", "source_id"]):
        values = _column(result, column)
        incoming = _column(theirs, column)[others]
        values[rows] = np.where(pd.isna(values[rows]), incoming, values[rows])
        result[column] = pd.Series(values, index=result.index).astype(theirs[column].dtype)
    source, source_id = _column(result, "source"), _column(result, "source_id")
    source[rows] = [f"osm+{text}" for text in source[rows]]
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
        _pair_rows(kind, "match", ours, theirs, pairs, chosen),
        _pair_rows(kind, "near_miss", ours, theirs, pairs, misses),
        _lone_rows(kind, "municipal_only", ours, ~np.isin(np.arange(len(ours)), pairs.ours[chosen])),
    ]
    same_kind = (theirs["kind"] == kind).to_numpy()
    unmatched = same_kind & ~np.isin(np.arange(len(theirs)), pairs.theirs[chosen])
    parts.append(_lone_rows(kind, "osm_only", theirs, unmatched & ~left_out))
    parts.append(_lone_rows(kind, "left_out", theirs, left_out, "not on the complete list"))
    return stacked(parts)


def _pair_rows(
    kind: str,
    status: str,
    ours: gpd.GeoDataFrame,
    theirs: gpd.GeoDataFrame,
    pairs: Candidates,
    rows: Indices,
) -> pd.DataFrame:
    one, other = ours.iloc[pairs.ours[rows]], theirs.iloc[pairs.theirs[rows]]
    return pd.DataFrame(
        {
            "kind": kind,
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
