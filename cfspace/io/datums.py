"""Datum shifts: GCJ-02 and BD-09, the frames of Chinese web maps, to WGS-84 and back.

Both are public knowledge and nowhere officially documented; the formulae are those that all open
implementations share [gcj-02]. The way back has no closed form and is found by fixed point, exact to
less than 1e-8 m. Hong Kong, Macau, Taiwan and all other countries are not shifted
(:func:`cfspace.io.chinese_shift.is_shifted`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from cfspace.errors import CrsError, ParameterError
from cfspace.io.chinese_shift import is_shifted

Degrees = NDArray[np.float64]
_Pair = tuple[Degrees, Degrees]

_AXIS_M: Final = 6378245.0  # Krasovsky 1940
_ECCENTRICITY_2: Final = 0.00669342162296594323
_BD_LON_DEG: Final = 0.0065
_BD_LAT_DEG: Final = 0.006
_BD_RATE: Final = np.pi * 3000.0 / 180.0
# The shift changes by less than 1 % of the way moved, so each round wins two digits or more.
_ROUNDS: Final = 14


def _waves_m(x: Degrees) -> Degrees:
    return (20.0 * np.sin(6.0 * np.pi * x) + 20.0 * np.sin(2.0 * np.pi * x)) * 2.0 / 3.0


def _swell_m(x: Degrees, *amplitudes_m: float) -> Degrees:
    near, mid, far = amplitudes_m
    short = 20.0 * np.sin(np.pi * x) + 40.0 * np.sin(np.pi * x / 3.0)
    long = near * np.sin(np.pi * x / 12.0) + mid * np.sin(np.pi * x / far)
    return (short + long) * 2.0 / 3.0


def _gcj_shift_deg(lon_deg: Degrees, lat_deg: Degrees) -> _Pair:
    """Return by how many degrees GCJ-02 moves WGS-84 points, wherever they are."""
    x, y = lon_deg - 105.0, lat_deg - 35.0
    root = np.sqrt(np.abs(x))
    east_m = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east_m = east_m + _waves_m(x) + _swell_m(x, 150.0, 300.0, 30.0)
    north_m = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north_m = north_m + _waves_m(x) + _swell_m(y, 160.0, 320.0, 30.0)
    lat_rad = np.radians(lat_deg)
    magic = 1.0 - _ECCENTRICITY_2 * np.sin(lat_rad) ** 2
    m_per_lon_deg = np.radians(_AXIS_M / np.sqrt(magic) * np.cos(lat_rad))
    m_per_lat_deg = np.radians(_AXIS_M * (1.0 - _ECCENTRICITY_2) / (magic * np.sqrt(magic)))
    return east_m / m_per_lon_deg, north_m / m_per_lat_deg


def _bd_shift_deg(lon_deg: Degrees, lat_deg: Degrees) -> _Pair:
    """Return by how many degrees BD-09 moves GCJ-02 points, wherever they are."""
    radius = np.hypot(lon_deg, lat_deg) + 0.00002 * np.sin(lat_deg * _BD_RATE)
    angle = np.arctan2(lat_deg, lon_deg) + 0.000003 * np.cos(lon_deg * _BD_RATE)
    lon, lat = radius * np.cos(angle) + _BD_LON_DEG, radius * np.sin(angle) + _BD_LAT_DEG
    return lon - lon_deg, lat - lat_deg


def _undo(shift: Callable[[Degrees, Degrees], _Pair], lon_deg: Degrees, lat_deg: Degrees) -> _Pair:
    """Return the points that `shift` moves to the ones given, by fixed point."""
    lon, lat = lon_deg, lat_deg
    for _ in range(_ROUNDS):
        d_lon, d_lat = shift(lon, lat)
        before, (lon, lat) = (lon, lat), (lon_deg - d_lon, lat_deg - d_lat)
        if np.array_equal(lon, before[0], equal_nan=True) and np.array_equal(lat, before[1], equal_nan=True):
            break
    return lon, lat


def _as_degrees(lon_deg: ArrayLike, lat_deg: ArrayLike) -> _Pair:
    lon, lat = np.broadcast_arrays(
        np.asarray(lon_deg, dtype=np.float64), np.asarray(lat_deg, dtype=np.float64)
    )
    return lon, lat


def _where(mask: NDArray[np.bool_], inside: _Pair, outside: _Pair) -> _Pair:
    return np.where(mask, inside[0], outside[0]), np.where(mask, inside[1], outside[1])


def wgs84_to_gcj02(lon_deg: ArrayLike, lat_deg: ArrayLike) -> _Pair:
    """Return GCJ-02 longitude and latitude of WGS-84 points.

    Parameters
    ----------
    lon_deg, lat_deg
        WGS-84 degrees; numbers or arrays. NaN stays NaN.

    Returns
    -------
    Longitude and latitude in GCJ-02 degrees; unchanged outside mainland China.

    Notes
    -----
    Formulae of [gcj-02].

    Examples
    --------
    >>> lon_gcj02_deg, lat_gcj02_deg = wgs84_to_gcj02(125.3245, 43.8868)
    >>> f"{lon_gcj02_deg:.6f} {lat_gcj02_deg:.6f}"
    '125.331020 43.889214'
    """
    lon, lat = _as_degrees(lon_deg, lat_deg)
    d_lon, d_lat = _gcj_shift_deg(lon, lat)
    return _where(is_shifted(lon, lat), (lon + d_lon, lat + d_lat), (lon, lat))


def gcj02_to_wgs84(lon_deg: ArrayLike, lat_deg: ArrayLike) -> _Pair:
    """Return WGS-84 longitude and latitude of GCJ-02 points: the exact inverse, to 1e-8 m.

    Parameters
    ----------
    lon_deg, lat_deg
        GCJ-02 degrees; numbers or arrays. NaN stays NaN.

    Returns
    -------
    Longitude and latitude in WGS-84 degrees; unchanged where the answer lies outside mainland China.

    Notes
    -----
    Within a kilometre outside the region's edge a point can be read both ways; it is taken as shifted.

    Examples
    --------
    >>> lon_deg, lat_deg = gcj02_to_wgs84(*wgs84_to_gcj02(125.3245, 43.8868))
    >>> bool(abs(lon_deg - 125.3245) < 1e-13 and abs(lat_deg - 43.8868) < 1e-13)
    True
    """
    lon, lat = _as_degrees(lon_deg, lat_deg)
    back = _undo(_gcj_shift_deg, lon, lat)
    return _where(is_shifted(*back), back, (lon, lat))


def gcj02_to_bd09(lon_deg: ArrayLike, lat_deg: ArrayLike) -> _Pair:
    """Return BD-09 longitude and latitude of GCJ-02 points, in degrees; unchanged outside mainland China.

    Examples
    --------
    >>> lon_bd09_deg, lat_bd09_deg = gcj02_to_bd09(125.331020, 43.889214)
    >>> f"{lon_bd09_deg:.6f} {lat_bd09_deg:.6f}"
    '125.337619 43.894872'
    """
    lon, lat = _as_degrees(lon_deg, lat_deg)
    d_lon, d_lat = _bd_shift_deg(lon, lat)
    inside = is_shifted(*_undo(_gcj_shift_deg, lon, lat))
    return _where(inside, (lon + d_lon, lat + d_lat), (lon, lat))


def bd09_to_gcj02(lon_deg: ArrayLike, lat_deg: ArrayLike) -> _Pair:
    """Return GCJ-02 longitude and latitude of BD-09 points: the exact inverse, to 1e-8 m.

    Examples
    --------
    >>> lon_deg, lat_deg = bd09_to_gcj02(*gcj02_to_bd09(125.331020, 43.889214))
    >>> bool(abs(lon_deg - 125.331020) < 1e-13 and abs(lat_deg - 43.889214) < 1e-13)
    True
    """
    lon, lat = _as_degrees(lon_deg, lat_deg)
    back = _undo(_bd_shift_deg, lon, lat)
    return _where(is_shifted(*_undo(_gcj_shift_deg, *back)), back, (lon, lat))


def wgs84_to_bd09(lon_deg: ArrayLike, lat_deg: ArrayLike) -> _Pair:
    """Return BD-09 longitude and latitude of WGS-84 points, in degrees; unchanged outside mainland China.

    Parameters
    ----------
    lon_deg, lat_deg
        WGS-84 degrees; numbers or arrays. NaN stays NaN.

    Examples
    --------
    >>> lon_bd09_deg, lat_bd09_deg = wgs84_to_bd09(114.17, 22.28)  # Hong Kong
    >>> float(lon_bd09_deg), float(lat_bd09_deg)
    (114.17, 22.28)
    """
    lon, lat = _as_degrees(lon_deg, lat_deg)
    gcj = wgs84_to_gcj02(lon, lat)
    d_lon, d_lat = _bd_shift_deg(*gcj)
    return _where(is_shifted(lon, lat), (gcj[0] + d_lon, gcj[1] + d_lat), (lon, lat))


def bd09_to_wgs84(lon_deg: ArrayLike, lat_deg: ArrayLike) -> _Pair:
    """Return WGS-84 longitude and latitude of BD-09 points: the exact inverse, to 1e-8 m.

    Parameters
    ----------
    lon_deg, lat_deg
        BD-09 degrees; numbers or arrays. NaN stays NaN.

    Examples
    --------
    >>> lon_deg, lat_deg = bd09_to_wgs84(*wgs84_to_bd09(125.3245, 43.8868))
    >>> bool(abs(lon_deg - 125.3245) < 1e-13 and abs(lat_deg - 43.8868) < 1e-13)
    True
    """
    lon, lat = _as_degrees(lon_deg, lat_deg)
    back = _undo(_gcj_shift_deg, *_undo(_bd_shift_deg, lon, lat))
    return _where(is_shifted(*back), back, (lon, lat))


_TO_WGS84: Final[dict[str, Callable[[ArrayLike, ArrayLike], _Pair]]] = {
    "gcj02": gcj02_to_wgs84,
    "bd09": bd09_to_wgs84,
}

_FROM_WGS84: Final[dict[str, Callable[[ArrayLike, ArrayLike], _Pair]]] = {
    "gcj02": wgs84_to_gcj02,
    "bd09": wgs84_to_bd09,
}

DATUMS: Final = ("wgs84", "gcj02", "bd09")
"""The datums a layer can declare."""


def shift_geometry(geometry: gpd.GeoSeries, datum: str) -> gpd.GeoSeries:
    """Return geometry in EPSG:4326, read as lying in `datum`.

    Parameters
    ----------
    geometry
        Any type, in longitude and latitude of `datum`: EPSG:4326, EPSG:4490 or no CRS.
    datum
        ``"wgs84"``, ``"gcj02"`` or ``"bd09"``.

    Raises
    ------
    ParameterError
        If the datum is unknown.
    CrsError
        If the geometry has a projected CRS.

    Examples
    --------
    >>> home = gpd.GeoSeries([shapely.Point(125.331020, 43.889214)], crs=4326)
    >>> shift_geometry(home, "gcj02").to_wkt(rounding_precision=4).iloc[0]
    'POINT (125.3245 43.8868)'
    """
    return _moved(geometry, datum, _TO_WGS84)


def from_wgs84(geometry: gpd.GeoSeries, datum: str) -> gpd.GeoSeries:
    """Return EPSG:4326 geometry in longitude and latitude of `datum`: the inverse of :func:`shift_geometry`.

    Examples
    --------
    >>> home = gpd.GeoSeries([shapely.Point(125.3245, 43.8868)], crs=4326)
    >>> from_wgs84(home, "gcj02").to_wkt(rounding_precision=6).iloc[0]
    'POINT (125.33102 43.889214)'
    """
    return _moved(geometry, datum, _FROM_WGS84)


def _moved(
    geometry: gpd.GeoSeries, datum: str, moves: dict[str, Callable[[ArrayLike, ArrayLike], _Pair]]
) -> gpd.GeoSeries:
    if datum not in DATUMS:
        raise ParameterError(f"datum: {datum!r} is unknown; use one of {', '.join(DATUMS)}")
    if geometry.crs is not None and not geometry.crs.is_geographic:
        found = geometry.crs.to_string()
        raise CrsError(f"{datum}: CRS is {found}, expected longitude and latitude; convert it first")
    shapes = np.asarray(geometry.array, dtype=object)
    if datum != "wgs84":
        move = moves[datum]
        shapes = shapely.transform(shapes, lambda xy: np.column_stack(move(xy[:, 0], xy[:, 1])))
    return gpd.GeoSeries(shapes, index=geometry.index, crs=4326, name=geometry.name)
