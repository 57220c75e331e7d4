"""Which datum a layer is really in: what was declared, compared with streets and with names elsewhere.

Only the three datums there are get tried. A free search for the shift that fits best finds false ones.
Medians do not tell datums apart, since any line in a city lies near some street; the share that lies
within a few metres of one does: boundaries are drawn along streets, and parcels beside them, but only
where they are in the right place.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from cfspace.io.datums import DATUMS, from_wgs84, shift_geometry

_STEP_M: Final = 25.0
# Of the outline along streets, the share right at one. Misplaced outlines reached 0.17 to 0.40 on the
# streets of Changchun and Wuhan, well-placed ones 0.42 to 0.82; those that keep away from streets less.
_ALONG_M: Final = 60.0
_AT_M: Final = 10.0
_LEAST_SHARE: Final = 0.42
# Neighbouring samples lie along the same street: about one in eight says something new.
_ALIKE: Final = 8.0
_LEAST_SAMPLES: Final = 160
_TIMES: Final = 1.4
_SIGMAS: Final = 3.0

_LEAST_NAMES: Final = 3
SAME_PLACE_M: Final = 120.0
_FARTHEST_M: Final = 3000.0

Shapes = NDArray[np.object_]


@dataclass(frozen=True, slots=True, kw_only=True)
class DatumVerdict:
    """What was found out about the datum of one layer.

    Attributes
    ----------
    layer
        Its name.
    declared
        The datum that the study gives.
    better
        The datum that fits clearly better, or None.
    offset_m
        How far apart the two would put the layer, in metres; None where the one declared stands.
    evidence
        What was compared, in words; empty where there was too little to compare.
    fit
        By datum: the share of outline right at a street, or the typical metres between places of one name.
    cure
        What to do about another datum, where declaring it is not the way.
    """

    layer: str
    declared: str
    better: str | None = None
    offset_m: float | None = None
    evidence: str = ""
    fit: Mapping[str, float] = field(default_factory=dict)
    cure: str = ""

    def __str__(self) -> str:
        if self.better is None:
            return f"{self.layer}: datum {self.declared} stands"
        return (
            f"{self.layer}: it fits {self.better} clearly better than {self.declared}, "
            f"{self.offset_m:.0f} m away ({self.evidence}); "
            + (self.cure or f'write datum = "{self.better}"')
            + " if that is so"
        )


def candidates(frame: gpd.GeoDataFrame, declared: str) -> dict[str, gpd.GeoSeries]:
    """Return a layer as each datum would place it, in EPSG:4326.

    Parameters
    ----------
    frame
        The layer as read with the datum declared, EPSG:4326.
    declared
        One of :data:`cfspace.io.datums.DATUMS`; another gives no candidates.

    Returns
    -------
    By datum; empty where all of them place it alike, as outside mainland China.
    """
    if declared not in DATUMS or frame.empty:
        return {}
    raw = from_wgs84(frame.geometry, declared)
    placed = {datum: shift_geometry(raw, datum) for datum in DATUMS}
    apart = max(_offset_deg(placed[datum], placed[declared]) for datum in DATUMS)
    return placed if apart > 0.0 else {}


def _offset_deg(one: gpd.GeoSeries, other: gpd.GeoSeries) -> float:
    return float(np.median(np.abs(shapely.bounds(one.to_numpy()) - shapely.bounds(other.to_numpy()))))


def offset_m(placed: Mapping[str, gpd.GeoSeries], one: str, other: str, crs: pyproj.CRS) -> float:
    """Return how far apart two datums would put a layer, in metres: the median of its shapes."""
    bounds = [shapely.bounds(placed[datum].to_crs(crs).to_numpy()) for datum in (one, other)]
    corner = bounds[0][:, :2] - bounds[1][:, :2]
    return float(np.median(np.hypot(corner[:, 0], corner[:, 1])))


def _samples(shapes: Shapes, extent: shapely.Geometry) -> Shapes:
    """Return points along outlines inside the extent, 25 m or less apart."""
    edges = np.where(shapely.get_dimensions(shapes) == 2, shapely.boundary(shapes), shapes)
    edges = edges[(shapely.get_dimensions(edges) == 1) & shapely.intersects(edges, extent)]
    points: Shapes = shapely.points(shapely.get_coordinates(shapely.segmentize(edges, _STEP_M)))
    inside: Shapes = points[shapely.intersects(extent, points)]
    return inside


def street_share(
    series: gpd.GeoSeries, streets: shapely.STRtree, extent: shapely.Geometry
) -> tuple[float, int]:
    """Return which share of the outline along streets lies right at one, and how many samples say so."""
    points = _samples(series.to_numpy(), extent)
    along, at = (
        len(np.unique(streets.query(points, predicate="dwithin", distance=metres)[0]))
        for metres in (_ALONG_M, _AT_M)
    )
    return at / max(along, 1), along


def is_clear(best: tuple[float, int], other: tuple[float, int], *, alike: float = 1.0) -> bool:
    """Return whether a share is higher by a good part, and by more than chance makes it.

    Parameters
    ----------
    best, other
        A share each, and the number of samples it is of.
    alike
        How many samples tell no more than one.

    Examples
    --------
    >>> is_clear((0.8, 30), (0.2, 30)), is_clear((0.8, 5), (0.2, 5)), is_clear((0.8, 300), (0.7, 300))
    (True, False, False)
    """
    pooled, n_samples = (best[0] + other[0]) / 2.0, min(best[1], other[1])
    sigma = float(np.sqrt(2.0 * pooled * (1.0 - pooled) * alike / n_samples))
    return best[0] >= _TIMES * other[0] and best[0] - other[0] > _SIGMAS * sigma


def outline_pieces(shapes: Shapes) -> Shapes:
    """Return outlines of polygons, and lines, in pieces of two vertices: a tree finds these soonest."""
    edges = np.where(shapely.get_dimensions(shapes) == 2, shapely.boundary(shapes), shapes)
    parts = shapely.get_parts(edges)
    xy, of_part = shapely.get_coordinates(parts[shapely.get_dimensions(parts) == 1], return_index=True)
    if not len(xy):
        return np.empty(0, object)
    begins = np.flatnonzero(of_part[1:] == of_part[:-1])
    pieces: Shapes = shapely.linestrings(np.stack([xy[begins], xy[begins + 1]], axis=1))
    return pieces


def judge_outlines(
    frame: gpd.GeoDataFrame,
    *,
    layer: str,
    declared: str,
    streets: Shapes,
    extent: shapely.Geometry,
    crs: pyproj.CRS,
    of: str = "streets",
) -> DatumVerdict:
    """Judge the datum of polygons or lines by how much of them runs along streets.

    Parameters
    ----------
    frame
        The layer as read with the datum declared, EPSG:4326.
    layer, declared
        Its name and its datum.
    streets
        Lines in `crs`.
    extent
        Where there are streets, a polygon in `crs`.
    crs
        Metric CRS.
    of
        What these lines are, where they are not streets: outlines of another layer whose datum is known.

    Returns
    -------
    DatumVerdict
        It names another datum only where, of the outline within 60 m of a street, clearly more lies
        within 10 m of one than under either other datum. Two wrong datums look alike, so a layer that keeps
        away from streets, such as parks, is not mistaken.
    """
    placed = candidates(frame, declared)
    silent = DatumVerdict(layer=layer, declared=declared)
    if not placed or not len(streets):
        return silent
    tree = shapely.STRtree(streets)
    shapely.prepare(extent)
    shares = {datum: street_share(series.to_crs(crs), tree, extent) for datum, series in placed.items()}
    if min(n_samples for _, n_samples in shares.values()) < _LEAST_SAMPLES:
        return silent
    words = f"of its outline along {of} then lies within {_AT_M:.0f} m of one"
    verdict = chosen(silent, shares, placed, crs, words=words, alike=_ALIKE)
    return verdict if verdict.better is not None else replace(verdict, evidence=f"outline against {of}")


def chosen(
    silent: DatumVerdict,
    shares: Mapping[str, tuple[float, int]],
    placed: Mapping[str, gpd.GeoSeries],
    crs: pyproj.CRS,
    *,
    words: str,
    alike: float = 1.0,
) -> DatumVerdict:
    """Return the verdict that shares give: another datum only where it fits clearly better than both others.

    Parameters
    ----------
    silent
        The verdict that says nothing.
    shares
        By datum, which share of the samples lies where it should, and how many samples there are.
    placed
        The layer as each datum would place it, EPSG:4326.
    crs
        Metric CRS.
    words
        What the share is of, after its figure.
    alike
        How many samples tell no more than one.
    """
    fit = {datum: share for datum, (share, _) in shares.items()}
    declared = silent.declared
    best = max(DATUMS, key=lambda datum: (fit[datum], datum == declared))
    clear = all(is_clear(shares[best], shares[datum], alike=alike) for datum in DATUMS if datum != best)
    if best == declared or fit[best] < _LEAST_SHARE or not clear:
        return replace(silent, fit=fit)
    return replace(
        silent,
        better=best,
        offset_m=offset_m(placed, best, declared, crs),
        evidence=f"{fit[best]:.0%} {words}, as declared {fit[declared]:.0%}",
        fit=fit,
    )


def plain_name(name: str) -> str:
    """Return a name without brackets, spaces and case, for comparing.

    Examples
    --------
    >>> plain_name("示例市 第一小学（东校区）")
    '示例市第一小学'
    """
    return re.sub(r"[（(].*?[)）]|\s", "", name).casefold()


def _names(names: Iterable[object]) -> list[str]:
    return [plain_name(name) if isinstance(name, str) else "" for name in names]


def judge_names(
    frame: gpd.GeoDataFrame, *, layer: str, declared: str, places: gpd.GeoDataFrame, crs: pyproj.CRS
) -> DatumVerdict:
    """Judge the datum of a list by places of the same name in another source.

    Parameters
    ----------
    frame
        The layer as read with the datum declared, EPSG:4326; column ``name``.
    layer, declared
        Its name and its datum.
    places
        Places whose position is known, EPSG:4326; column ``name``. Names that stand there twice say nothing.
    crs
        Metric CRS.

    Returns
    -------
    DatumVerdict
        It names another datum only where at least three names are found in both, the one declared puts
        them more than 120 m apart in the median, and the other less than a third of that.
    """
    placed = candidates(frame, declared)
    silent = DatumVerdict(layer=layer, declared=declared)
    if not placed or "name" not in frame or places.empty:
        return silent
    theirs = _names(places["name"])
    once = {name for name, count in Counter(theirs).items() if name and count == 1}
    known = {name: i for i, name in enumerate(theirs) if name in once}
    mine = _names(frame["name"])
    n_mine = Counter(mine)
    pairs = [(i, known[name]) for i, name in enumerate(mine) if name in known and n_mine[name] == 1]
    if len(pairs) < _LEAST_NAMES:
        return silent
    own, other = (np.asarray(side, dtype=np.int64) for side in zip(*pairs, strict=True))
    there = places.geometry.to_crs(crs).to_numpy()[other]
    apart = {
        datum: shapely.distance(series.to_crs(crs).to_numpy()[own], there) for datum, series in placed.items()
    }
    near = np.min(list(apart.values()), axis=0) < _FARTHEST_M
    if near.sum() < _LEAST_NAMES:
        return silent
    medians = {datum: float(np.median(metres[near])) for datum, metres in apart.items()}
    best = min(DATUMS, key=lambda datum: (medians[datum], datum != declared))
    evidence = f"{int(near.sum())} places of the same name"
    if medians[declared] <= SAME_PLACE_M or medians[best] * 3.0 > medians[declared]:
        return replace(silent, evidence=evidence, fit=medians)
    return DatumVerdict(
        layer=layer,
        declared=declared,
        better=best,
        offset_m=offset_m(placed, best, declared, crs),
        evidence=f"{evidence} are then {medians[best]:.0f} m apart, as declared {medians[declared]:.0f} m",
        fit=medians,
    )
