"""Where a data set ends: the ground it can be trusted to describe."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

CELL_M = 100.0
STREET_CELL_M = 300.0
HULL_RATIO = 0.5
# Fewer occupied neighbours than this make a cell part of a street that sticks out of the data.
MIN_NEIGHBOURS = 4
# Where thinning would throw away more than this of the cells, the data is rural, not ragged.
MIN_KEPT_SHARE = 0.6
M_PER_DEG = 111_320.0
THINNED, RIM = 4, 2
"""Of the corners that have all others up to 2 cells around, one in 4 by 4 is left."""
MOST_GRID = 16
"""Bytes of a grid for each point in it, beyond which it is no longer quicker than sorting."""

Bounds = tuple[float, float, float, float]


def data_extent(
    lon_deg: NDArray[np.float64],
    lat_deg: NDArray[np.float64],
    *,
    bounds: Bounds | None,
) -> shapely.Geometry:
    """Return the polygon that a set of vertices can be trusted to describe.

    The bounds that a file declares are believed only as far as its vertices fill them, since an
    extract cut along a polygon still declares a box. With no bounds, or with bounds that hold no
    vertex, streets that stick out of the data singly are left out first.

    Parameters
    ----------
    lon_deg, lat_deg
        Vertices, WGS-84, at least one.
    bounds
        West, south, east and north as the file declares them, or None.

    Returns
    -------
    A polygon (or multipolygon), WGS-84: a concave hull (ratio 0.5) of the occupied cells of 100 m,
    or of 300 m where no bounds are declared.
    """
    return extent_of(*occupied_corners(lon_deg, lat_deg, bounds=bounds))


def occupied_corners(
    lon_deg: NDArray[np.float64], lat_deg: NDArray[np.float64], *, bounds: Bounds | None
) -> tuple[shapely.Geometry, Bounds | None]:
    """Return the corners of the occupied cells, a multipoint, and the bounds where a vertex lies in them."""
    if bounds is not None:
        west, south, east, north = bounds
        inside = (lon_deg >= west) & (lon_deg <= east) & (lat_deg >= south) & (lat_deg <= north)
        bounds = bounds if inside.any() else None
    scale = np.cos(np.radians(float(np.median(lat_deg))))
    cell_m = STREET_CELL_M if bounds is None else CELL_M
    step = np.array([cell_m / M_PER_DEG / scale, cell_m / M_PER_DEG])
    lon_lat = [lon_deg, lat_deg] if bounds is None else [lon_deg[inside], lat_deg[inside]]
    # Each column by itself in memory, which is looked through several times faster.
    cells = _unique_cells(np.floor(np.array(lon_lat).T / step).astype(np.int64))
    if bounds is None:
        cells = _without_strings(cells)
    corners = _unique_cells(np.concatenate([cells + offset for offset in ([0, 0], [0, 1], [1, 0], [1, 1])]))
    return shapely.multipoints(_that_matter(corners, step) * step), bounds


def _that_matter(corners: NDArray[np.int64], step: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the corners without most of those well inside, which no hull touches.

    A concave hull of ratio r gives up triangles with an edge on the outside that is longer than r of the
    longest of all. Of the ground where all corners are taken every fourth is left, both ways: no triangle
    in it has an edge of over sqrt(2) times four cells, so that none is given up where the longest of all is
    over 1 / r of that.
    """
    points = shapely.points(corners * step)
    rim = shapely.convex_hull(shapely.multipoints(points)).boundary
    at = shapely.line_locate_point(rim, points[shapely.dwithin(points, rim, 1e-9)])
    longest = np.diff(np.sort(at), append=rim.length).max(initial=0.0)  # between neighbours on the rim
    if longest * HULL_RATIO <= np.hypot(*(THINNED * step)):
        return corners
    low = corners.min(axis=0) - RIM
    grid = np.zeros(corners.max(axis=0) + RIM - low + 1, bool)
    grid[tuple((corners - low).T)] = True
    inside = grid
    for axis in (0, 1):
        shifted = [np.roll(inside, by, axis) for by in range(-RIM, RIM + 1)]
        inside = np.logical_and.reduce(shifted)
    is_left = ~inside[tuple((corners - low).T)] | (corners % THINNED == 0).all(axis=1)
    left: NDArray[np.int64] = corners[is_left]
    return left


def extent_of(corners: shapely.Geometry, bounds: Bounds | None) -> shapely.Geometry:
    """Return the hull around the corners of occupied cells, as far as the bounds go.

    Nearly all of it happens in GEOS, which does not hold up other threads.
    """
    hull = shapely.make_valid(shapely.concave_hull(corners, ratio=HULL_RATIO))
    return hull if bounds is None else shapely.intersection(hull, shapely.box(*bounds))


def _unique_cells(cells: NDArray[np.int64]) -> NDArray[np.int64]:
    low = cells.min(axis=0)
    width, height = (cells.max(axis=0) - low + 1).tolist()
    key = (cells[:, 0] - low[0]) * height + cells[:, 1] - low[1]
    if width * height <= MOST_GRID * len(cells):  # a box that is well filled is marked, not sorted
        marked = np.zeros(width * height, bool)
        marked[key] = True
        key = np.flatnonzero(marked)
    else:
        key = np.unique(key)
    unique: NDArray[np.int64] = np.array([key // height, key % height]).T + low
    return unique


def _without_strings(cells: NDArray[np.int64]) -> NDArray[np.int64]:
    low = cells.min(axis=0) - 1
    size = cells.max(axis=0) - low + 2
    grid = np.zeros(size, np.int64)
    grid[tuple((cells - low).T)] = 1
    around = sum(np.roll(grid, (i, j), (0, 1)) for i in (-1, 0, 1) for j in (-1, 0, 1)) - grid
    is_dense = around[tuple((cells - low).T)] >= MIN_NEIGHBOURS
    kept: NDArray[np.int64] = cells[is_dense] if is_dense.mean() >= MIN_KEPT_SHARE else cells
    return kept
