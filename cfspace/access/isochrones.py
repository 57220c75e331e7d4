"""Isochrones: service areas drawn for the eye around the streets that are within a walk."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from cfspace.access.areas import Method, draw_areas
from cfspace.access.reach import Searcher, group_numbers
from cfspace.errors import ParameterError
from cfspace.network.model import WalkNetwork
from cfspace.network.snap import SnappedPoints

if TYPE_CHECKING:
    from numpy.typing import NDArray

DEFAULT_BUFFER_M = 30.0
# Less is what is left between two rims that are the same but for their last digit.
LEAST_PART_M2 = 1e-4
Progress = Callable[[int, int], None]


def isochrones(
    network: WalkNetwork,
    points: SnappedPoints,
    *,
    breaks_m: Sequence[float],
    groups: Sequence[str] | None = None,
    buffer_m: float = DEFAULT_BUFFER_M,
    method: Method = "fast",
    bands: bool = False,
    progress: Progress | None = None,
) -> gpd.GeoDataFrame:
    """Return the service area of points at each break: reached streets with a buffer.

    Parameters
    ----------
    network
        Walk network.
    points
        Snapped points, the entrances of facilities or homes.
    breaks_m
        Walks in metres, each above zero.
    groups
        One name a point; points of a name make one area (a facility with many entrances). None
        draws one area around all points together, named ``all``.
    buffer_m
        How far around the reached streets is drawn, in metres; above zero.
    method
        ``exact`` buffers and unites the reached pieces; ``fast`` contours a raster of distances
        (cells of 10 m) and differs from it by less than 2 % of the area.
    bands
        Without overlap: each area less that of the next smaller break; empty where no more is reached.
    progress
        Called with how many groups are done, and of how many.

    Returns
    -------
    A row per group and break, in the CRS of the network: ``group``, ``break_m``, ``length_m`` of
    street reached, ``area_m2``, a valid Polygon or MultiPolygon. The reached lines end exactly at
    the break; the polygon is the ground within the buffer of those lines that no unreached street
    is nearer to, drawn for the eye: take no coverage from it. Groups without foot have no row.

    Raises
    ------
    ParameterError
        If a break or the buffer is not above zero, the method is unknown, or `groups` does not
        fit `points`.
    SnapError
        If the points were snapped to another network.

    Examples
    --------
    >>> import numpy as np
    >>> from cfspace.network.snap import snap
    >>> from cfspace.network.toy import line_network
    >>> street = line_network(n_segments=10, segment_m=100.0)
    >>> library = snap(street, np.array([500.0]), np.array([0.0]))
    >>> isochrones(street, library, breaks_m=[200, 300])[["group", "break_m", "length_m"]].values.tolist()
    [['all', 200.0, 400.0], ['all', 300.0, 600.0]]
    """
    if method not in ("exact", "fast"):
        raise ParameterError(f"method: {method!r} is unknown; use exact or fast")
    _check(points, breaks_m, groups, buffer_m)
    rows = []
    for name, searcher in _searched(network, points, breaks_m, groups, progress):
        inner: shapely.Geometry = shapely.Polygon()
        for break_m, length_m, area in draw_areas(searcher, breaks_m, buffer_m=buffer_m, method=method):
            rows.append((name, float(break_m), length_m, _band(area, inner) if bands else area))
            inner = shapely.union(inner, area) if bands else inner
    frame = gpd.GeoDataFrame(rows, columns=["group", "break_m", "length_m", "geometry"], crs=network.crs)
    return frame.assign(area_m2=frame.geometry.area)[["group", "break_m", "length_m", "area_m2", "geometry"]]


def isochrone_lines(
    network: WalkNetwork,
    points: SnappedPoints,
    *,
    breaks_m: Sequence[float],
    groups: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> gpd.GeoDataFrame:
    """Return the reached streets themselves, as MultiLineStrings; else as `isochrones`.

    Parameters
    ----------
    network, points, breaks_m, groups, progress
        As for `isochrones`.

    Returns
    -------
    A row per group and break, in the CRS of the network: ``group``, ``break_m``, ``length_m`` and the lines,
    which end exactly at the break. Groups without foot have no row.

    Examples
    --------
    >>> import numpy as np
    >>> from cfspace.network.snap import snap
    >>> from cfspace.network.toy import line_network
    >>> street = line_network(n_segments=10, segment_m=100.0)
    >>> library = snap(street, np.array([500.0]), np.array([0.0]))
    >>> isochrone_lines(street, library, breaks_m=[250]).length.round(1).tolist()
    [500.0]
    """
    _check(points, breaks_m, groups, DEFAULT_BUFFER_M)
    rows = []
    for name, searcher in _searched(network, points, breaks_m, groups, progress):
        for break_m in sorted(set(breaks_m)):
            inside, _ = searcher.stretches(break_m)
            if len(inside):
                rows.append((name, float(break_m), inside.length_m, shapely.multilinestrings(inside.lines())))
    return gpd.GeoDataFrame(rows, columns=["group", "break_m", "length_m", "geometry"], crs=network.crs)


def _searched(
    network: WalkNetwork,
    points: SnappedPoints,
    breaks_m: Sequence[float],
    groups: Sequence[str] | None,
    progress: Progress | None,
) -> Iterator[tuple[str, Searcher]]:
    """Search from one group after the other."""
    feet = np.flatnonzero(points.has_foot)
    if not len(feet):
        return
    names: NDArray[np.object_] = np.array(["all"] * len(points) if groups is None else list(groups), object)
    distinct, own = group_numbers(names[feet])
    searcher = Searcher(network, points.take(feet), own, len(distinct), max_walk_m=max(breaks_m))
    for number, name in enumerate(distinct):
        searcher.search(number)
        yield name, searcher
        if progress is not None:
            progress(number + 1, len(distinct))


def _band(area: shapely.Geometry, inner: shapely.Geometry) -> shapely.Geometry:
    ring = shapely.difference(area, inner)
    parts = np.array([part for part in shapely.get_parts(ring) if part.geom_type == "Polygon"], object)
    return shapely.multipolygons(parts[shapely.area(parts) > LEAST_PART_M2])


def _check(
    points: SnappedPoints, breaks_m: Sequence[float], groups: Sequence[str] | None, buffer_m: float
) -> None:
    if not len(breaks_m) or not all(break_m > 0 for break_m in breaks_m):
        raise ParameterError(f"breaks_m: {list(breaks_m)} must hold at least one length, all above zero")
    if not buffer_m > 0:
        raise ParameterError(f"buffer_m: {buffer_m} is not above zero; give metres")
    if groups is not None and len(groups) != len(points):
        raise ParameterError(f"groups: {len(groups)} names for {len(points)} points; give one each")
