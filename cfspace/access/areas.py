"""Drawing a service area around reached streets: exactly, or by a raster of distances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import shapely

from cfspace.access.reach import Searcher, Stretches

if TYPE_CHECKING:
    from numpy.typing import NDArray

Method = Literal["exact", "fast"]

FINEST_CELL_M, COARSEST_CELL_M = 2.5, 10.0
WANTED_CELLS = 20000
STEP_M = 2.0
# Streets on a grid put many dots on one circle, which leaves it open how cells meet: move each a little.
JITTER_M = 0.02
MAX_CELLS = 20_000_000
LEAST_M = 1e-4


@dataclass(frozen=True, slots=True)
class _Reach:
    """What a group reaches within a break, the streets around that it does not, and the bounds to draw in."""

    break_m: float
    inside: Stretches
    unreached: list[Stretches]
    low_m: NDArray[np.float64]
    high_m: NDArray[np.float64]


def draw_areas(
    searcher: Searcher, breaks_m: Sequence[float], *, buffer_m: float, method: Method
) -> list[tuple[float, float, shapely.Geometry]]:
    """Return breaks, rising, metres of street that the group searched last reaches, and the areas around.

    An area is all ground within `buffer_m` of a reached street that no unreached street is nearer
    to: along a street it ends where the walk ends. No entry where no street is reached.
    """
    found: list[_Reach] = []
    for break_m in sorted(set(breaks_m), reverse=True):
        inside, outside = searcher.stretches(break_m)
        if not len(inside):
            continue
        low, high = inside.xy_m.min(axis=0) - buffer_m, inside.xy_m.max(axis=0) + buffer_m
        window = np.concatenate([low - buffer_m, high + buffer_m])
        if not found:
            # The window of a smaller break lies in that of a larger.
            searcher.look_around(window)
        found.append(_Reach(break_m, inside, [outside, searcher.untouched(window)], low, high))
    found.reverse()
    n_cells = max((np.prod((one.high_m - one.low_m) / COARSEST_CELL_M) for one in found), default=0)
    if method == "exact" or n_cells > MAX_CELLS:
        areas = [_exact(one.inside, one.unreached, buffer_m) for one in found]
    else:
        areas = _fast(found, buffer_m)
    return [(one.break_m, one.inside.length_m, area) for one, area in zip(found, areas, strict=True)]


def _exact(inside: Stretches, unreached: list[Stretches], buffer_m: float) -> shapely.Geometry:
    # Pieces buffered one by one and united are three times faster than one big buffer.
    lines = inside.lines()
    area = shapely.union_all(shapely.buffer(lines, buffer_m))
    shapely.prepare(area)
    beyond = np.concatenate([pieces.lines() for pieces in unreached])
    beyond = shapely.intersection(beyond, shapely.buffer(area, buffer_m))
    own, other = _dots(lines), _dots(beyond[~shapely.is_empty(beyond)])
    if not len(other):
        return polygonal(area)
    dots = shapely.multipoints(np.concatenate([own, other]))
    cells = shapely.voronoi_polygons(dots, extend_to=shapely.envelope(area), ordered=True)
    theirs = shapely.get_parts(cells)[len(own) :]
    theirs = theirs[shapely.intersects(area, theirs)]
    return polygonal(shapely.difference(area, shapely.coverage_union_all(theirs)))


def _dots(lines: NDArray[np.object_]) -> NDArray[np.float64]:
    """Return points at equal steps of about two metres along lines, their ends left out."""
    parts = shapely.get_parts(lines)
    parts = parts[shapely.length(parts) > 0]
    n_dots = np.maximum(np.ceil(shapely.length(parts) / STEP_M).astype(int), 1)
    line = np.repeat(np.arange(len(parts)), n_dots)
    rank = np.arange(len(line)) - np.repeat(np.cumsum(n_dots) - n_dots, n_dots)
    places = shapely.line_interpolate_point(parts[line], (rank + 0.5) / n_dots[line], normalized=True)
    xy = np.unique(np.round(shapely.get_coordinates(places), 3), axis=0)
    return xy + np.random.default_rng(len(xy)).uniform(-JITTER_M, JITTER_M, xy.shape)


@dataclass(frozen=True, slots=True)
class _Raster:
    """A field of distances, and where its first cell lies."""

    values: NDArray[np.float64]
    west_m: float
    south_m: float
    cell_m: float


def _fast(found: list[_Reach], buffer_m: float) -> list[shapely.Geometry]:
    return _contours([_raster(one, buffer_m) for one in found])


def _raster(reach: _Reach, buffer_m: float) -> _Raster:
    from cfspace.access import kernels_raster

    sides_m = reach.high_m - reach.low_m
    cell_m = float(np.clip(np.sqrt(np.prod(sides_m) / WANTED_CELLS), FINEST_CELL_M, COARSEST_CELL_M))
    west, south = (reach.low_m - 2 * cell_m).tolist()
    n_columns, n_rows = (np.ceil(sides_m / cell_m) + 5).astype(int)
    grid = (west, south, cell_m)
    near, far = np.full((2, n_rows, n_columns), np.inf)
    within_m = buffer_m + 2 * cell_m
    kernels_raster.paint(reach.inside.xy_m, reach.inside.sizes, *grid, within_m, near)
    for pieces in reach.unreached:
        # Further away than the buffer they take no ground from it.
        kernels_raster.paint(pieces.xy_m, pieces.sizes, *grid, buffer_m, far)
    return _Raster(kernels_raster.field(near, far, buffer_m, within_m, LEAST_M), *grid)


def _contours(rasters: list[_Raster]) -> list[shapely.Geometry]:
    """Return where each field is above zero, by linear interpolation between cells.

    No value lies nearer to zero than `LEAST_M`, so that every vertex is inside an edge of its own between two
    cells: no two vertices meet, and so no two lines do. Areas are valid without looking at them.
    Fields lie above each other in one, whose contours are drawn at once; below zero on their border, none
    touches the next.
    """
    from contourpy import FillType, contour_generator

    n_rows = [len(one.values) for one in rasters]
    first_row = np.cumsum([0, *n_rows])
    stacked = np.full((first_row[-1], max((one.values.shape[1] for one in rasters), default=0)), -1.0)
    for one, row in zip(rasters, first_row[:-1], strict=True):
        stacked[row : row + len(one.values), : one.values.shape[1]] = one.values
    if not stacked.size:
        return [shapely.Polygon() for _ in rasters]
    generator = contour_generator(z=stacked, fill_type=FillType.ChunkCombinedOffsetOffset)
    drawn: Any = generator.filled(0.0, np.inf)
    points, rings, shells = (chunks[0] for chunks in drawn)
    if points is None:
        return [shapely.Polygon() for _ in rasters]
    owner = np.searchsorted(first_row, points[:, 1], side="right") - 1
    frame = np.array([(one.cell_m, one.west_m, one.south_m) for one in rasters])
    xy = points - np.column_stack([np.zeros(len(owner)), first_row[owner]])
    xy = xy * frame[owner, :1] + frame[owner, 1:]
    # Fields are passed through from below, so polygons come in the order of their fields.
    parts = np.searchsorted(owner[rings[shells[:-1]]], np.arange(len(rasters) + 1))
    offsets = [part.astype(np.int64) for part in (rings, shells, parts)]
    areas = shapely.from_ragged_array(shapely.GeometryType.MULTIPOLYGON, xy, tuple(offsets))
    return [shapely.Polygon() if area.is_empty else area for area in areas]


def polygonal(area: shapely.Geometry) -> shapely.Geometry:
    """Return an area made valid, without points and lines, as one MultiPolygon or Polygon."""
    valid = area if shapely.is_valid(area) else shapely.make_valid(area)
    if valid.geom_type in ("Polygon", "MultiPolygon"):
        return valid
    parts = [part for part in shapely.get_parts(valid) if part.geom_type in ("Polygon", "MultiPolygon")]
    return shapely.union_all(parts) if parts else shapely.MultiPolygon()
