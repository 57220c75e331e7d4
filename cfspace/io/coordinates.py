"""Numbers in two columns as points: ranges, mix-ups of axes, and zone numbers in eastings."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from cfspace.errors import CrsError, LayerError
from cfspace.io.cells import as_text, read_numbers
from cfspace.io.reports import Notebook

Floats = NDArray[np.float64]

_FAR_DEG: Final = 5.0
_MOST: Final = 0.5
# Easting of a Gauss-Kruger zone's central meridian; before it the zone number may stand.
_ZONE_MIDDLE_M: Final = 500_000.0


def read_points(
    cells: pd.DataFrame, rows: NDArray[np.int64], *, x: str, y: str, notebook: Notebook
) -> NDArray[np.object_]:
    """Return a Point per record from two columns, None where they hold no coordinates.

    Parameters
    ----------
    cells, rows
        Records and their row numbers.
    x, y
        Columns of longitude and latitude, or of easting and northing.
    notebook
        Where the records without coordinates, and digits made plain, are noted.
    """
    numbers = {}
    bad = np.zeros(len(cells), dtype=np.bool_)
    for name in (x, y):
        numbers[name], broken, widened = read_numbers(cells[name])
        missing = np.isnan(numbers[name]) & ~broken & ~bad
        for i in np.flatnonzero(broken & ~bad):
            notebook.drop([rows[i]], f"{name} = {as_text(cells[name].iloc[i])!r} is not a number")
        notebook.drop(rows[missing], f"{name} is empty")
        notebook.repair(rows[widened & ~bad], f"full-width digits in {name} read as plain ones")
        bad |= broken | missing
    points = np.full(len(cells), None, dtype=object)
    points[~bad] = shapely.points(numbers[x][~bad], numbers[y][~bad])
    return points


def _outside_degrees(lon: Floats, lat: Floats) -> NDArray[np.bool_]:
    return np.asarray(~((np.abs(lon) <= 180.0) & (np.abs(lat) <= 90.0)), dtype=np.bool_)


def check_degrees(lon: Floats, lat: Floats, *, where: str) -> None:
    """Refuse a layer most of whose longitudes and latitudes are something else.

    Parameters
    ----------
    lon, lat
        One position per record, in degrees as they should be.
    where
        How an error begins.

    Raises
    ------
    CrsError
        If most are projected metres.
    LayerError
        If most are latitude and longitude, the wrong way round.

    Examples
    --------
    >>> check_degrees(np.array([43.88, 43.91]), np.array([125.32, 125.35]), where="clinic")
    Traceback (most recent call last):
    cfspace.errors.LayerError: clinic: longitude and latitude are swapped ...
    """
    if lon.size == 0:
        return
    example = ", ".join(f"{value:.0f}" if abs(value) > 1000.0 else f"{value:g}" for value in (lon[0], lat[0]))
    if np.mean((np.abs(lon) > 1000.0) | (np.abs(lat) > 1000.0)) > _MOST:
        raise CrsError(
            f"{where}: coordinates are projected metres ({example}), expected degrees; "
            'name their CRS, such as crs = "EPSG:4551"'
        )
    if np.mean(_outside_degrees(lon, lat) & ~_outside_degrees(lat, lon)) > _MOST:
        raise LayerError(
            f"{where}: longitude and latitude are swapped (first record: {example}); "
            "name the columns, or write the coordinates, the other way round"
        )


def bad_degrees(lon: Floats, lat: Floats) -> NDArray[np.bool_]:
    """Return which positions cannot be one: out of range, not finite, or 0, 0 as written for unknown."""
    return np.asarray(_outside_degrees(lon, lat) | ((lon == 0.0) & (lat == 0.0)), dtype=np.bool_)


def _false_easting_m(crs: pyproj.CRS) -> float:
    operation = crs.coordinate_operation
    if operation is None:
        return 0.0
    return float(next((p.value for p in operation.params if p.name == "False easting"), 0.0))


def _cgcs2000(zone: int, *, with_zone: bool) -> str:
    """Return the CGCS2000 code of a Gauss-Kruger zone (13-23: six degrees wide, 25-45: three)."""
    if 25 <= zone <= 45:
        return f"EPSG:{(4513 if with_zone else 4534) + zone - 25}"
    if 13 <= zone <= 23:
        return f"EPSG:{(4491 if with_zone else 4502) + zone - 13}"
    return "one of EPSG:4491 to 4554"


def _check_zone(x_m: float, crs: pyproj.CRS, *, where: str) -> None:
    false_m = _false_easting_m(crs)
    if false_m % 1e6 != _ZONE_MIDDLE_M:
        return
    zone = int(x_m // 1e6)
    if 13 <= zone <= 45 and false_m < 1e6:
        raise CrsError(
            f"{where}: eastings begin with the zone number {zone} ({x_m:.0f}), those of {crs.name} do not; "
            f"if it is CGCS2000 use {_cgcs2000(zone, with_zone=True)}"
        )
    if false_m >= 1e6 and 0 < x_m < 1e6:
        code = _cgcs2000(int(false_m // 1e6), with_zone=False)
        raise CrsError(
            f"{where}: eastings carry no zone number ({x_m:.0f}), those of {crs.name} do; "
            f"if it is CGCS2000 use {code}"
        )


def _share_in_use(x: Floats, y: Floats, crs: pyproj.CRS) -> float:
    area = crs.area_of_use
    lon, lat = pyproj.Transformer.from_crs(crs, 4326, always_xy=True).transform(x, y)
    west, south, east, north = (-180.0, -90.0, 180.0, 90.0) if area is None else area.bounds
    east = east + 360.0 if east < west else east
    inside = (lat >= south - _FAR_DEG) & (lat <= north + _FAR_DEG) & np.isfinite(lon)
    return float(np.mean(inside & ((lon - west + _FAR_DEG) % 360.0 <= east - west + 2.0 * _FAR_DEG)))


def check_projected(x: Floats, y: Floats, crs: pyproj.CRS, *, where: str) -> None:
    """Refuse a layer whose eastings and northings cannot be those of its CRS.

    Parameters
    ----------
    x, y
        One position per record, in the CRS's unit.
    crs
        A projected CRS.
    where
        How an error begins.

    Raises
    ------
    CrsError
        If eastings carry a zone number where the CRS has none or the other way round, if the axes are
        swapped, or if most positions lie far outside the area that the CRS is made for.

    Examples
    --------
    >>> check_projected(np.array([42_345_678.0]), np.array([4_861_234.0]), pyproj.CRS(4551), where="parcels")
    Traceback (most recent call last):
    cfspace.errors.CrsError: parcels: eastings begin with the zone number 42 ... use EPSG:4530
    """
    if x.size == 0:
        return
    _check_zone(float(np.median(x)), crs, where=where)
    if _share_in_use(x, y, crs) > _MOST:
        return
    example = f"first record: {x[0]:.0f}, {y[0]:.0f}"
    if _share_in_use(y, x, crs) > _MOST:
        raise CrsError(
            f"{where}: easting and northing are swapped ({example}); name the columns the other way round "
            "(surveyors' X points north)"
        )
    raise CrsError(
        f"{where}: coordinates lie outside the area of {crs.name} ({example}); "
        "name the CRS that the file was made in"
    )
