"""Population rasters: the cells of a study with their counts, read a strip at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyproj
from numpy.typing import NDArray

from cfspace.errors import CrsError, LayerError
from cfspace.io.reports import LayerReport

_STRIP_ROWS: Final = 512
_ALIGNED: Final = 1e-6
_DEGREE_M: Final = 111_320.0
_MOST_PER_M2: Final = 1.0
"""More people than square metres stand nowhere for a night: the number is another mark for no data."""

Bounds = tuple[float, float, float, float]


@dataclass(frozen=True, eq=False, kw_only=True)
class Cells:
    """Cells of one or more rasters of one grid.

    Attributes
    ----------
    frame
        ``row`` and ``col`` in the raster from 0, ``lon_deg`` and ``lat_deg`` of the cell's centre, and a
        column per raster. Cells that are zero or without data in all of them are left out.
    cell_m
        Length of a cell's longer side in metres, about.
    n_empty, n_no_data
        Cells left out where nobody is, and where no raster has data.
    covers_deg
        West, south, east and north of the rasters, WGS-84.
    reports
        One per raster.
    """

    frame: pd.DataFrame
    cell_m: float
    n_empty: int
    n_no_data: int
    covers_deg: Bounds
    reports: tuple[LayerReport, ...]


def _grid_text(data: Any) -> str:
    return f"{data.height} x {data.width} cells from {data.transform.c:g}, {data.transform.f:g}"


def _check_grid(data: Any, first: Any, *, where: str, first_name: str) -> None:
    if data.crs is None:
        raise CrsError(
            f"{where}: the raster says no CRS; add it with a GIS, the numbers cannot be placed without"
        )
    if data.count != 1:
        raise LayerError(
            f"{where}: it has {data.count} bands, expected one; save each band to a file of its own"
        )
    if pyproj.CRS(data.crs) != pyproj.CRS(first.crs):
        raise CrsError(
            f"{where}: CRS is {data.crs.to_string()}, that of {first_name} is {first.crs.to_string()}; "
            "bring all rasters to one grid"
        )
    same = np.allclose(data.transform, first.transform, rtol=0.0, atol=_ALIGNED * abs(first.transform.a))
    if data.shape != first.shape or not same:
        raise LayerError(
            f"{where}: its grid ({_grid_text(data)}) is not that of {first_name} ({_grid_text(first)}); "
            "bring all rasters to one grid"
        )


def _apply(transform: Any, first: Any, second: Any) -> tuple[Any, Any]:
    """Return what an affine transform makes of a pair; its own operator changed between releases."""
    return (
        transform.a * first + transform.b * second + transform.c,
        transform.d * first + transform.e * second + transform.f,
    )


def _window(data: Any, bounds_deg: Bounds, *, where: str) -> tuple[slice, slice]:
    """Return the rows and columns that cover the bounds, a cell beyond them included."""
    to_raster = pyproj.Transformer.from_crs(4326, pyproj.CRS(data.crs), always_xy=True)
    west, south, east, north = to_raster.transform_bounds(*bounds_deg)
    corners = [_apply(~data.transform, x, y) for x in (west, east) for y in (south, north)]
    cols, rows = [corner[0] for corner in corners], [corner[1] for corner in corners]
    if not np.isfinite([*cols, *rows]).all():
        raise CrsError(
            f"{where}: the study lies outside what {data.crs.to_string()} can hold; check the raster's CRS"
        )
    top, bottom = max(int(min(rows)) - 1, 0), min(int(max(rows)) + 2, data.height)
    left, right = max(int(min(cols)) - 1, 0), min(int(max(cols)) + 2, data.width)
    if top >= bottom or left >= right:
        lies = _covers_deg(data)
        raise LayerError(
            f"{where}: no cell lies in the study: the raster covers {_degrees(lies)}, "
            f"the study {_degrees(bounds_deg)}; check that it is of this city and its CRS is right"
        )
    return slice(top, bottom), slice(left, right)


def _covers_deg(data: Any) -> Bounds:
    to_degrees = pyproj.Transformer.from_crs(pyproj.CRS(data.crs), 4326, always_xy=True)
    west, south, east, north = to_degrees.transform_bounds(*data.bounds)
    return float(west), float(south), float(east), float(north)


def _degrees(bounds: Bounds) -> str:
    return f"{bounds[0]:.2f} to {bounds[2]:.2f} E, {bounds[1]:.2f} to {bounds[3]:.2f} N"


def _cell_m2(data: Any, row: int, col: int) -> float:
    """Return the size of a cell on the ground, about."""
    transform = data.transform
    size = abs(float(transform.a * transform.e - transform.b * transform.d))
    if not pyproj.CRS(data.crs).is_geographic:
        return size
    lat_deg = float(_apply(transform, col + 0.5, row + 0.5)[1])
    return size * _DEGREE_M**2 * max(float(np.cos(np.radians(lat_deg))), 0.01)


def _counts(data: Any, rows: tuple[int, int], cols: slice, *, where: str) -> NDArray[np.float64]:
    """Return one strip's counts, NaN where there is no data."""
    from rasterio.windows import Window

    window = Window(cols.start, rows[0], cols.stop - cols.start, rows[1] - rows[0])
    counts = np.ma.filled(data.read(1, window=window, masked=True).astype(np.float64), np.nan)
    negative = counts < 0.0
    if negative.any():
        row, col = (int(i[0]) for i in np.nonzero(negative))
        raise LayerError(
            f"{where}: negative population {counts[row, col]:g} in row {rows[0] + row}, "
            f"column {cols.start + col}; if that means no data, say so in the file (nodata)"
        )
    if np.isinf(counts).any():
        raise LayerError(f"{where}: it holds infinite numbers; save it again with finite ones")
    if counts.size and not np.isnan(counts).all():
        row, col = (int(i) for i in np.unravel_index(np.nanargmax(counts), counts.shape))
        cell_m2 = _cell_m2(data, rows[0] + row, cols.start + col)
        if counts[row, col] > max(cell_m2 * _MOST_PER_M2, 1.0):
            raise LayerError(
                f"{where}: a population of {counts[row, col]:g} on {cell_m2:,.0f} m2 in row {rows[0] + row}, "
                f"column {cols.start + col}; if that means no data, say so in the file (nodata)"
            )
    return counts


def _refuse_gaps(
    counts: Mapping[str, NDArray[np.float64]], row: int, col: int, where: Mapping[str, str]
) -> None:
    """Refuse rasters of which one has no data where another counts people; a strip begins at `row`, `col`."""
    peopled = np.any([np.nan_to_num(grid) > 0.0 for grid in counts.values()], axis=0)
    for key, grid in counts.items():
        gaps = np.argwhere(peopled & np.isnan(grid))
        if len(gaps):
            first = tuple(gaps[0])
            other = next(one for one, theirs in counts.items() if np.nan_to_num(theirs[first]) > 0.0)
            raise LayerError(
                f"{where[key]}: no data in row {row + first[0]}, column {col + first[1]} and {len(gaps) - 1} "
                f"cells more, where {other} counts people; nobody knows whether that means none: "
                "write 0 there, or leave these cells out of all rasters"
            )


def _strips(rows: slice) -> Iterator[tuple[int, int]]:
    for top in range(rows.start, rows.stop, _STRIP_ROWS):
        yield top, min(top + _STRIP_ROWS, rows.stop)


def _cells_of_strip(
    rasters: Mapping[str, Any], rows: tuple[int, int], cols: slice, *, layer: str
) -> tuple[pd.DataFrame, int, int]:
    """Return the cells of a strip that hold somebody, how many hold nobody, and how many have no data."""
    where = {key: f"{layer} ({Path(data.name).name})" for key, data in rasters.items()}
    counts = {key: _counts(data, rows, cols, where=where[key]) for key, data in rasters.items()}
    _refuse_gaps(counts, rows[0], cols.start, where)
    unknown = int(np.all([np.isnan(grid) for grid in counts.values()], axis=0).sum())
    filled = np.any([np.nan_to_num(grid) > 0.0 for grid in counts.values()], axis=0)
    row, col = np.nonzero(filled)
    frame = pd.DataFrame({"row": row + rows[0], "col": col + cols.start})
    for key, grid in counts.items():
        frame[key] = grid[filled]
    return frame, int(filled.size - len(frame)) - unknown, unknown


def _open(path: Path, *, where: str) -> Any:
    import rasterio
    from rasterio.errors import RasterioIOError

    if not path.is_file():
        raise LayerError(f"{where}: there is no such file: {path}; correct its path in the study file")
    try:
        return rasterio.open(path)
    except RasterioIOError as error:
        raise LayerError(f"{where}: not a readable raster ({error}); save it as GeoTIFF") from error


def read_cells_of_rasters(paths: Mapping[str, Path], *, bounds_deg: Bounds, layer: str) -> Cells:
    """Return the cells of rasters of one grid that lie in a study and hold somebody.

    Parameters
    ----------
    paths
        By key, such as an age band: single-band rasters of counts per cell.
    bounds_deg
        West, south, east and north of the study, WGS-84; only this window is read.
    layer
        What messages call it.

    Raises
    ------
    CrsError
        If a raster has no CRS, or another than the first.
    LayerError
        If one cannot be read, lies elsewhere, has another grid, holds numbers that are no population, or
        has no data where another counts people.
    """
    from rasterio.errors import RasterioError

    with ExitStack() as stack:
        rasters = {
            key: stack.enter_context(_open(path, where=f"{layer} ({path.name})"))
            for key, path in paths.items()
        }
        first_key = next(iter(rasters))
        first = rasters[first_key]
        for key, data in rasters.items():
            _check_grid(data, first, where=f"{layer} ({paths[key].name})", first_name=paths[first_key].name)
        rows, cols = _window(first, bounds_deg, where=f"{layer} ({paths[first_key].name})")
        try:
            strips = [_cells_of_strip(rasters, strip, cols, layer=layer) for strip in _strips(rows)]
        except RasterioError as error:
            raise LayerError(f"{layer}: a raster is damaged ({error}); copy it again") from error
        frame = pd.concat([part for part, _, _ in strips], ignore_index=True)
        left_out = (sum(empty for _, empty, _ in strips), sum(unknown for _, _, unknown in strips))
        return _placed(frame, left_out, first, paths, layer)


def _placed(
    frame: pd.DataFrame,
    left_out: tuple[int, int],
    grid: Any,
    paths: Mapping[str, Path],
    layer: str,
) -> Cells:
    """Return the cells with the longitude and latitude of their centres."""
    x, y = _apply(grid.transform, frame["col"].to_numpy() + 0.5, frame["row"].to_numpy() + 0.5)
    lon, lat = pyproj.Transformer.from_crs(pyproj.CRS(grid.crs), 4326, always_xy=True).transform(x, y)
    n_empty = sum(left_out)
    unit_m = _DEGREE_M if pyproj.CRS(grid.crs).is_geographic else 1.0
    reports = tuple(
        LayerReport(
            layer=f"{layer} {key}",
            file=str(path),
            rows=len(frame) + n_empty,
            kept=len(frame),
            filtered=n_empty,
            crs=grid.crs.to_string(),
        )
        for key, path in paths.items()
    )
    return Cells(
        frame=frame.assign(lon_deg=lon, lat_deg=lat),
        cell_m=max(abs(grid.transform.a), abs(grid.transform.e)) * unit_m,
        n_empty=left_out[0],
        n_no_data=left_out[1],
        covers_deg=_covers_deg(grid),
        reports=reports,
    )
