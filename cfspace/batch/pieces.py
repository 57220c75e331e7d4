"""Pieces of a study: contiguous units of about equal area, what stands beside them, and what each reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from cfspace.errors import ParameterError
from cfspace.io.fetch_pbf import Box
from cfspace.units import Units

HOME_IN_M: Final = 500.0
"""How far a building may stick out of the unit that its middle lies in."""

STRADDLES_SHARE: Final = 0.001
"""A finer unit of which more than this lies in a second coarse one ties the two together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of a study.

    Attributes
    ----------
    ids, beside
        Its units by level, and those that touch them, or share places with them, and belong to other parts.
    box
        West, south, east and north of what it reads, degrees.
    """

    ids: Mapping[str, tuple[str, ...]]
    beside: Mapping[str, tuple[str, ...]]
    box: Box


def pieces_of(
    units: Units, parts: int, *, margin_m: float, shared_m: float, counted: str | None
) -> list[Piece]:
    """Return contiguous pieces of a study: whole coarse units, and all that straddle them.

    Parameters
    ----------
    units
        Units in the metric frame.
    parts
        How many pieces; fewer come where there are fewer units.
    margin_m
        How far beyond its own units each reads, in metres.
    shared_m
        Units this near to a piece, in metres, may hold homes that share places with its own.
    counted
        The level whose units have counted children; None where no total is spread over homes.

    Raises
    ------
    ParameterError
        If all units hang together.
    """
    level = units.levels[0]
    coarse = units.frames[level]
    within = {finer: _coarse_of(units.frames[finer], coarse) for finer in units.levels[1:]}
    tied = _tied(len(coarse), [pairs for _, pairs in within.values()])
    groups = _groups(coarse, tied, parts)
    if len(groups) < 2:
        raise ParameterError(f"--parts: the study has one {level} or units that straddle all; it stays whole")
    return [
        _piece(units, within, group, margin_m=margin_m, shared_m=shared_m, counted=counted)
        for group in groups
    ]


def _coarse_of(
    finer: gpd.GeoDataFrame, coarse: gpd.GeoDataFrame
) -> tuple[NDArray[np.int64], list[tuple[int, int]]]:
    """Return the coarse unit that holds most of each finer one, and pairs that a finer one straddles."""
    shapes, around = (
        shapely.make_valid(finer.geometry.to_numpy()),
        shapely.make_valid(coarse.geometry.to_numpy()),
    )
    one, other = shapely.STRtree(around).query(shapes, predicate="intersects")
    shared = shapely.area(shapely.intersection(shapes[one], around[other])) / shapely.area(shapes)[one]
    home = np.full(len(finer), -1, dtype=np.int64)
    order = np.lexsort((-shared, one))
    firsts = order[np.unique(one[order], return_index=True)[1]]
    home[one[firsts]] = other[firsts]
    alone = home < 0
    if alone.any():
        home[alone] = shapely.STRtree(around).nearest(shapes[alone])
    told = shared > STRADDLES_SHARE
    return home, [(int(home[a]), int(b)) for a, b in zip(one[told], other[told], strict=True)]


def _tied(n: int, pairs: Iterable[Sequence[tuple[int, int]]]) -> NDArray[np.int64]:
    """Return for each coarse unit the first of those that it is tied to."""
    first = np.arange(n)
    for a, b in (pair for some in pairs for pair in some):
        first[first == max(first[a], first[b])] = min(first[a], first[b])
    return first


def _groups(coarse: gpd.GeoDataFrame, tied: NDArray[np.int64], parts: int) -> list[list[int]]:
    """Return contiguous groups of about equal area inside the data, none of which parts what is tied."""
    bundles = [np.flatnonzero(tied == first) for first in np.unique(tied)]
    size = (coarse.geometry.area * coarse["covered_share"]).to_numpy(float)
    x_m, y_m = coarse.geometry.centroid.x.to_numpy(), coarse.geometry.centroid.y.to_numpy()
    weight = np.array([size[bundle].sum() for bundle in bundles])
    at = np.array([(x_m[bundle].mean(), y_m[bundle].mean()) for bundle in bundles])
    found = _bisected(np.arange(len(bundles)), at, weight, min(parts, len(bundles)))
    return [sorted(int(k) for one in group for k in bundles[one]) for group in found]


def _bisected(
    members: NDArray[np.int64], at: NDArray[np.float64], weight: NDArray[np.float64], parts: int
) -> list[NDArray[np.int64]]:
    if parts < 2:
        return [members]
    axis = int(np.argmax(np.ptp(at[members], axis=0)))
    order = members[np.lexsort((members, at[members, axis]))]
    left = parts // 2
    total = np.cumsum(weight[order])
    cut = int(np.searchsorted(total, total[-1] * left / parts)) + 1
    cut = min(max(cut, left), len(order) - (parts - left))
    return _bisected(order[:cut], at, weight, left) + _bisected(order[cut:], at, weight, parts - left)


def _piece(
    units: Units,
    within: Mapping[str, tuple[NDArray[np.int64], Any]],
    group: list[int],
    *,
    margin_m: float,
    shared_m: float,
    counted: str | None,
) -> Piece:
    level = units.levels[0]
    own = {level: np.isin(np.arange(len(units.frames[level])), group)}
    own |= {finer: np.isin(home, group) for finer, (home, _) in within.items()}
    near = {one: _near(units.frames[one], mask, shared_m) for one, mask in own.items() if mask.any()}
    bounds = [_outer(units.frames[one][mask], margin_m) for one, mask in own.items() if mask.any()]
    if shared_m > 0.0 and counted in near and len(near[counted]):
        # Their children are spread over all of their homes, so all of these must be seen.
        bounds.append(_outer(units.frames[counted].iloc[near[counted]], HOME_IN_M))
    west, south, east, north = np.array(bounds).T
    around = shapely.box(west.min(), south.min(), east.max(), north.max())
    crs = units.frames[level].crs
    # A box of the frame has bent sides in degrees: its edge is followed every kilometre.
    degrees = gpd.GeoSeries([shapely.segmentize(around, 1000.0)], crs=crs).to_crs("EPSG:4326")
    box = tuple(round(float(edge), 7) for edge in degrees.total_bounds)
    ids = {one: tuple(units.frames[one]["unit_id"][mask]) for one, mask in own.items() if mask.any()}
    beside = {one: tuple(units.frames[one]["unit_id"].to_numpy()[rows]) for one, rows in near.items()}
    return Piece(ids=ids, beside=beside, box=box)  # type: ignore[arg-type]


def _outer(frame: gpd.GeoDataFrame, margin_m: float) -> NDArray[np.float64]:
    """Return west, south, east and north of units and a margin around them."""
    bounds: NDArray[np.float64] = frame.total_bounds + margin_m * np.array([-1.0, -1.0, 1.0, 1.0])
    return bounds


def _near(frame: gpd.GeoDataFrame, own: NDArray[np.bool_], shared_m: float) -> NDArray[np.int64]:
    """Return the rows of other units that touch own ones, or hold homes that share places with own homes.

    A home in two units may be theirs; two homes that walk to one place lie no further apart than both walks.
    """
    shapes = frame.geometry.to_numpy()
    found = np.unique(shapely.STRtree(shapes).query(shapes[own], predicate="dwithin", distance=shared_m)[1])
    others: NDArray[np.int64] = found[~own[found]]
    return others
