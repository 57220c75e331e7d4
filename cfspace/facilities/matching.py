"""Which rows of two lists are one place: near enough, and named alike."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from cfspace.facilities.corrections import Corrections
from cfspace.facilities.names import normalised, similarities

MAX_MATCH_M = 150.0
NEAR_MISS_M = 500.0
SURE_SIMILARITY = 0.75
FAIR_SIMILARITY, FAIR_M = 0.45, 60.0
WEAK_SIMILARITY, WEAK_M = 0.2, 20.0
UNNAMED_M = 30.0
UNNAMED_SCORE = 0.4

Indices = npt.NDArray[np.int64]


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


def one_to_one(pairs: Candidates) -> Indices:
    """Return the accepted pairs, each row of either list in at most one, the most convincing first."""
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
