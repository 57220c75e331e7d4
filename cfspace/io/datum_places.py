"""Which datum points and streets are in, where no name tells: by buildings, and by outlines along streets.

The judgement is that of :mod:`cfspace.io.datum_check`; what is counted differs. A place that children go to
stands in a building; misplaced by some hundred metres it does so by chance alone. Points are not compared
with streets: a kindergarten keeps away from them, and bus stops are too few to tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from cfspace.io.datum_check import DatumVerdict, candidates, chosen, offset_m, street_share
from cfspace.io.datums import DATUMS

# Of the points near buildings, the share right in one. Real places of Las Palmas: 0.45 to 1.0 in their place,
# 0.0 to 0.27 some 600 m beside it.
_NEAR_M: Final = 100.0
_IN_M: Final = 2.0
_LEAST_POINTS: Final = 8
_LEAST_SHARE: Final = 0.42
_TIMES: Final = 1.4
_SIGMAS: Final = 3.0
_LEAST_SAMPLES: Final = 160
_ALIKE: Final = 8.0

Shapes = NDArray[np.object_]


def judge_points(
    frame: gpd.GeoDataFrame, *, layer: str, declared: str, buildings: Shapes, crs: pyproj.CRS
) -> DatumVerdict:
    """Judge the datum of points by how many of them lie in buildings.

    Parameters
    ----------
    frame
        The layer as read with the datum declared, EPSG:4326; what is no point says nothing here.
    layer, declared
        Its name and its datum.
    buildings
        Polygons in `crs`, whose datum is known.
    crs
        Metric CRS.

    Returns
    -------
    DatumVerdict
        It names another datum only where clearly more of the points near buildings lie in one than under
        either other datum; stops and playgrounds, which do so nowhere, are not mistaken.
    """
    silent = DatumVerdict(layer=layer, declared=declared)
    points = frame[shapely.get_dimensions(frame.geometry.to_numpy()) == 0]
    placed = candidates(points, declared)
    if not placed or not len(buildings):
        return silent
    inside = _inside(placed, shapely.STRtree(buildings), crs)
    if inside[declared].size < _LEAST_POINTS:
        return silent
    fit = {datum: float(mask.mean()) for datum, mask in inside.items()}
    best = max(DATUMS, key=lambda datum: (fit[datum], datum == declared))
    others = [inside[datum] for datum in DATUMS if datum != best]
    if best == declared or fit[best] < _LEAST_SHARE or not all(_more(inside[best], one) for one in others):
        return replace(silent, evidence="points against buildings", fit=fit)
    return replace(
        silent,
        better=best,
        offset_m=offset_m(placed, best, declared, crs),
        evidence=f"{fit[best]:.0%} of its points near buildings then lie in one, "
        f"as declared {fit[declared]:.0%}",
        fit=fit,
    )


def _inside(
    placed: Mapping[str, gpd.GeoSeries], buildings: shapely.STRtree, crs: pyproj.CRS
) -> dict[str, NDArray[np.bool_]]:
    """Return by datum which points lie in a building, for the points near one under any of them."""
    masks = {}
    for metres in (_NEAR_M, _IN_M):
        for datum, series in placed.items():
            points = series.to_crs(crs).to_numpy()
            mask = np.zeros(len(points), dtype=np.bool_)
            mask[buildings.query(points, predicate="dwithin", distance=metres)[0]] = True
            masks[datum, metres] = mask
    near = np.logical_or.reduce([masks[datum, _NEAR_M] for datum in placed])
    return {datum: masks[datum, _IN_M][near] for datum in placed}


def _more(best: NDArray[np.bool_], other: NDArray[np.bool_]) -> bool:
    """Return whether more points are inside by a good part, and by more than chance makes it (McNemar)."""
    only_best, only_other = int((best & ~other).sum()), int((other & ~best).sum())
    by_chance = _SIGMAS * float(np.sqrt(only_best + only_other))
    return bool(best.mean() >= _TIMES * other.mean()) and only_best - only_other >= by_chance


def judge_streets(
    streets: Shapes, *, declared: str, outlines: gpd.GeoDataFrame, extent: shapely.Geometry, crs: pyproj.CRS
) -> DatumVerdict:
    """Judge the datum of a line layer of streets by how much of other layers' outlines runs along them.

    Parameters
    ----------
    streets
        Lines in `crs`, as read with the datum declared.
    declared
        Their datum.
    outlines
        Polygons and lines of other layers, EPSG:4326.
    extent
        Where there are streets, a polygon in `crs`.
    crs
        Metric CRS.

    Returns
    -------
    DatumVerdict
        Of the layer ``[network]``. Streets that are right are not blamed for outlines that are misplaced:
        shifted back, they lie as far off on the other side.
    """
    silent = DatumVerdict(layer="[network]", declared=declared)
    placed = candidates(gpd.GeoDataFrame(geometry=list(streets), crs=crs).to_crs(4326), declared)
    if not placed or outlines.empty:
        return silent
    lines = outlines.geometry.to_crs(crs)
    shapely.prepare(extent)
    shares = {
        datum: street_share(lines, shapely.STRtree(series.to_crs(crs).to_numpy()), extent)
        for datum, series in placed.items()
    }
    if min(n_samples for _, n_samples in shares.values()) < _LEAST_SAMPLES:
        return silent
    words = "of other layers' outlines along it then lies within 10 m of a street"
    verdict = chosen(silent, shares, placed, crs, words=words, alike=_ALIKE)
    return verdict if verdict.better else replace(verdict, evidence="outlines of other layers")
