"""Slope: how much longer a metre takes uphill and downhill, out of an elevation raster."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyproj

from cfspace.errors import CrsError, LayerError, ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cfspace.network.model import WalkNetwork

    Floats = NDArray[np.float64]
    Bounds = tuple[float, float, float, float]

SAMPLE_M = 30.0
"""Heights are taken along each segment at most this far apart."""

TOBLER_STEEPNESS = 3.5
TOBLER_BEST_SLOPE = -0.05
MARGIN_CELLS = 2


@dataclass(frozen=True, eq=False, kw_only=True)
class Elevation:
    """Heights of the ground around a network.

    Attributes
    ----------
    source
        The file.
    height_m
        One row a line of cells, north first as in the file; NaN where there is none.
    transform
        a, b, c, d, e, f: from column and row of a cell's corner to x and y.
    crs
        Of x and y.
    beyond
        What becomes of segments without height: ``refuse`` or ``level``.
    """

    source: Path
    height_m: Floats
    transform: tuple[float, float, float, float, float, float]
    crs: pyproj.CRS
    beyond: Literal["refuse", "level"] = "refuse"

    def heights_m(self, x: Floats, y: Floats) -> Floats:
        """Return bilinear heights at positions in `crs`; NaN where a cell needed has none.

        Examples
        --------
        >>> grid = Elevation(source=Path("hill.tif"), height_m=np.array([[0.0, 10.0]]),
        ...                  transform=(1.0, 0.0, 0.0, 0.0, -1.0, 1.0), crs=pyproj.CRS("EPSG:32651"))
        >>> grid.heights_m(np.array([0.1, 1.0, 1.25, 9.0]), np.full(4, 0.5)).tolist()
        [0.0, 5.0, 7.5, nan]
        """
        a, b, c, d, e, f = self.transform
        inverse = np.linalg.inv(np.array([[a, b], [d, e]]))
        column, row = inverse @ np.stack([np.asarray(x) - c, np.asarray(y) - f])
        n_rows, n_columns = self.height_m.shape
        inside = (column >= 0) & (column <= n_columns) & (row >= 0) & (row <= n_rows)
        # Within half a cell of the raster's edge the outermost cell holds.
        column = np.clip(np.where(inside, column, 0.0) - 0.5, 0.0, n_columns - 1.0)
        row = np.clip(np.where(inside, row, 0.0) - 0.5, 0.0, n_rows - 1.0)
        left, top = np.floor(column).astype(np.int64), np.floor(row).astype(np.int64)
        height = np.zeros(len(column))
        for step_row, step_column in ((0, 0), (0, 1), (1, 0), (1, 1)):
            weight = np.abs(1 - step_row - (row - top)) * np.abs(1 - step_column - (column - left))
            at_row = np.minimum(top + step_row, n_rows - 1)
            cell = self.height_m[at_row, np.minimum(left + step_column, n_columns - 1)]
            height += np.where(weight > 0, weight * cell, 0.0)
        return np.where(inside, height, np.nan)


def read_elevation(
    path: str | Path, network: WalkNetwork, *, beyond: Literal["refuse", "level"] = "refuse"
) -> Elevation:
    """Read the heights around a network from a raster.

    Parameters
    ----------
    path
        Raster of one band, metres above any level, with a CRS.
    network
        Only its surroundings are read.
    beyond
        What becomes of segments for which the raster has no height, or not all along: ``refuse`` raises
        when slopes are asked for; ``level`` walks them as level ground.

    Raises
    ------
    LayerError
        If the file cannot be read, has several bands, or lies elsewhere; both extents are named.
    CrsError
        If the raster says no CRS.
    """
    import rasterio
    from rasterio.errors import RasterioError
    from rasterio.windows import Window

    path = Path(path)
    if not path.is_file():
        raise LayerError(f"elevation ({path.name}): there is no such file: {path}; correct its path")
    try:
        with rasterio.open(path) as data:
            _check(data, path)
            crs = pyproj.CRS(data.crs)
            rows, columns = _window(data, crs, path, network)
            window = Window(columns.start, rows.start, columns.stop - columns.start, rows.stop - rows.start)
            heights = np.ma.filled(data.read(1, window=window, masked=True).astype(np.float64), np.nan)
            transform = data.window_transform(window)
    except RasterioError as error:
        raise LayerError(
            f"elevation ({path.name}): not a readable raster ({error}); save it as GeoTIFF"
        ) from error
    return Elevation(source=path, height_m=heights, transform=tuple(transform)[:6], crs=crs, beyond=beyond)


def pace_factors(network: WalkNetwork, elevation: Elevation) -> tuple[Floats, Floats]:
    """Return how many times longer each segment takes than level ground, along it and back.

    Bridges and tunnels do not follow the ground: their slope is that between their ends.

    Raises
    ------
    LayerError
        If a segment has no height and `elevation` refuses that.
    """
    n_pieces = np.maximum(np.ceil(network.length_m / SAMPLE_M), 1).astype(np.int64)
    straight = network.attributes["bridge"].to_numpy(bool) | network.attributes["tunnel"].to_numpy(bool)
    n_pieces[straight] = 1
    height_m = _heights_along(network, elevation, n_pieces)
    first = np.concatenate([[0], np.cumsum(n_pieces + 1)[:-1]])
    segment = np.repeat(np.arange(network.n_segments), n_pieces + 1)
    rise_m = np.diff(height_m)[np.diff(segment) == 0]
    of_piece = np.repeat(np.arange(network.n_segments), n_pieces)
    step_m = (network.length_m / n_pieces)[of_piece]
    slope = np.divide(rise_m, step_m, out=np.zeros(len(rise_m)), where=step_m > 0)
    unknown = np.isnan(np.add.reduceat(height_m, first))
    if unknown.any() and elevation.beyond == "refuse":
        raise LayerError(_uncovered(network, elevation, unknown))
    slope[unknown[of_piece]] = 0.0
    ahead, back = (
        np.bincount(of_piece, pace_factor(way), minlength=network.n_segments) / n_pieces
        for way in (slope, -slope)
    )
    return ahead, back


def pace_factor(slope: Floats) -> Floats:
    """Return the time that a metre takes on a slope over the time on level ground.

    Tobler's hiking function [tobler-1993] gives the speed ``6 exp(-3.5 |slope + 0.05|)`` km/h; divided by
    its value on level ground, so that the speed of the profile holds there. Slope is rise over run.

    Examples
    --------
    >>> pace_factor(np.array([0.0, 0.1, -0.05, -0.1])).round(3).tolist()
    [1.0, 1.419, 0.839, 1.0]
    """
    excess = np.abs(slope - TOBLER_BEST_SLOPE) - abs(TOBLER_BEST_SLOPE)
    factor: Floats = np.exp(TOBLER_STEEPNESS * excess)
    return factor


def _heights_along(network: WalkNetwork, elevation: Elevation, n_pieces: NDArray[np.int64]) -> Floats:
    """Return the heights at the ends of all pieces, segment after segment."""
    x_m, y_m = network.vertex_x_m, network.vertex_y_m
    segment_of = np.repeat(np.arange(network.n_segments), np.diff(network.vertex_ptr))
    steps = np.hypot(np.diff(x_m), np.diff(y_m))
    steps[np.diff(segment_of) > 0] = 1.0  # polylines strung together, a metre apart
    along = np.concatenate([[0.0], np.cumsum(steps)])
    start, end = along[network.vertex_ptr[:-1]], along[network.vertex_ptr[1:] - 1]
    segment = np.repeat(np.arange(network.n_segments), n_pieces + 1)
    number = np.arange(len(segment)) - np.repeat(np.cumsum(n_pieces + 1) - n_pieces - 1, n_pieces + 1)
    share = number / n_pieces[segment]
    at = np.where(share < 1.0, start[segment] + share * (end - start)[segment], end[segment])
    to_raster = pyproj.Transformer.from_crs(network.crs, elevation.crs, always_xy=True)
    return elevation.heights_m(*to_raster.transform(np.interp(at, along, x_m), np.interp(at, along, y_m)))


def _check(data: Any, path: Path) -> None:
    if data.crs is None:
        raise CrsError(f"elevation ({path.name}): the raster says no CRS; add it with a GIS")
    if data.count != 1:
        raise LayerError(f"elevation ({path.name}): it has {data.count} bands; give one with heights alone")


def _window(data: Any, crs: pyproj.CRS, path: Path, network: WalkNetwork) -> tuple[slice, slice]:
    to_raster = pyproj.Transformer.from_crs(network.crs, crs, always_xy=True)
    west, south, east, north = to_raster.transform_bounds(*_bounds(network))
    t = data.transform
    inverse = np.linalg.inv(np.array([[t.a, t.b], [t.d, t.e]]))
    corners = np.array([[x - t.c, y - t.f] for x in (west, east) for y in (south, north)]).T
    if not np.isfinite(corners).all():
        raise CrsError(f"elevation ({path.name}): {crs.name} cannot hold the network; check the raster's CRS")
    columns, rows = inverse @ corners
    wanted = [_range(columns, data.width), _range(rows, data.height)]
    if any(one.start >= one.stop for one in wanted):
        covers, needs = _degrees(crs, data.bounds), _degrees(network.crs, _bounds(network))
        raise LayerError(
            f"elevation ({path.name}): it covers {covers}, the network {needs}, and they do not overlap; "
            "give a raster of this city"
        )
    return wanted[1], wanted[0]


def _range(positions: Floats, size: int) -> slice:
    low, high = int(np.floor(positions.min())), int(np.ceil(positions.max()))
    if low >= size or high <= 0:
        return slice(0, 0)
    return slice(max(low - MARGIN_CELLS, 0), min(high + MARGIN_CELLS, size))


def _uncovered(network: WalkNetwork, elevation: Elevation, unknown: NDArray[np.bool_]) -> str:
    a, b, c, d, e, f = elevation.transform
    n_rows, n_columns = elevation.height_m.shape
    x = [c + a * i + b * j for i in (0, n_columns) for j in (0, n_rows)]
    y = [f + d * i + e * j for i in (0, n_columns) for j in (0, n_rows)]
    covers = _degrees(elevation.crs, (min(x), min(y), max(x), max(y)))
    share = network.length_m[unknown].sum() / max(network.length_m.sum(), 1e-9)
    return (
        f"elevation ({elevation.source.name}): no height for {int(unknown.sum())} of {network.n_segments} "
        f"segments ({share:.1%} of the length): around the network it covers {covers}, the network "
        f"{_degrees(network.crs, _bounds(network))}; give a raster without gaps that covers it, or read it "
        'with beyond="level"'
    )


def _bounds(network: WalkNetwork) -> Bounds:
    if not network.n_segments:
        raise ParameterError("walk network: it has no segments; give one that has")
    x_m, y_m = network.vertex_x_m, network.vertex_y_m
    return float(x_m.min()), float(y_m.min()), float(x_m.max()), float(y_m.max())


def _degrees(crs: pyproj.CRS, bounds: Bounds) -> str:
    to_wgs84 = pyproj.Transformer.from_crs(crs, 4326, always_xy=True)
    west, south, east, north = to_wgs84.transform_bounds(*bounds)
    return f"{west:.4f} to {east:.4f} E, {south:.4f} to {north:.4f} N"
