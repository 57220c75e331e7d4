"""The metric frame: the projection in which a study's lengths are planar."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyproj

from cfspace.errors import CrsError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_SCALE_ERROR = 1e-3
# The centre is rounded, so that a study whose outline moves by a house keeps its frame.
CENTRE_STEP_DEG = 0.01


def metric_crs(lon_deg: float, lat_deg: float) -> pyproj.CRS:
    """Return a transverse Mercator projection centred on a place, scale 1 at its centre.

    Parameters
    ----------
    lon_deg, lat_deg
        Centre of the study, WGS-84; rounded to 0.01 degrees.

    Returns
    -------
    A projected CRS in metres; 30 km from the centre its lengths are off by 1e-5 [snyder-1987].

    Examples
    --------
    >>> metric_crs(125.3249, 43.8971).coordinate_operation.params[1].value
    125.32
    """
    lon = round(round(lon_deg / CENTRE_STEP_DEG) * CENTRE_STEP_DEG, 2)
    lat = round(round(lat_deg / CENTRE_STEP_DEG) * CENTRE_STEP_DEG, 2)
    return pyproj.CRS.from_proj4(
        f"+proj=tmerc +lat_0={lat} +lon_0={lon} +k=1 +x_0=0 +y_0=0 +datum=WGS84 +units=m +no_defs"
    )


def study_crs(name: str, bounds_deg: tuple[float, float, float, float]) -> pyproj.CRS:
    """Return the projected CRS that a study names, if its scale fits the study.

    Parameters
    ----------
    name
        What PROJ understands, such as ``"EPSG:4551"``.
    bounds_deg
        West, south, east and north of the study, WGS-84.

    Raises
    ------
    CrsError
        If the name is unknown, the CRS is not projected in metres, or its scale is more than
        0.1 % off at a corner or the middle of the study.
    """
    try:
        crs = pyproj.CRS.from_user_input(name)
    except pyproj.exceptions.CRSError as error:
        raise CrsError(f"[study] crs: {name!r} is unknown; give a code such as EPSG:4551") from error
    if not crs.is_projected or any(axis.unit_name != "metre" for axis in crs.axis_info):
        raise CrsError(f"[study] crs: {name} is not projected in metres; leave crs out or name one that is")
    error_share = scale_error(crs, bounds_deg)
    if not error_share <= MAX_SCALE_ERROR:
        raise CrsError(
            f"[study] crs: the scale of {name} is {error_share:.2%} off in this study, allowed is "
            f"{MAX_SCALE_ERROR:.1%}; leave crs out, or name the zone that the city lies in"
        )
    return crs


def scale_error(crs: pyproj.CRS, bounds_deg: tuple[float, float, float, float]) -> float:
    """Return the largest relative error of length over the corners, edges and middle of a box."""
    west, south, east, north = bounds_deg
    lon, lat = np.meshgrid(np.linspace(west, east, 3), np.linspace(south, north, 3))
    factors = pyproj.Proj(crs).get_factors(lon.ravel(), lat.ravel(), errcheck=False)
    scales = np.concatenate([factors.meridional_scale, factors.parallel_scale])
    return float(np.abs(scales - 1.0).max()) if np.isfinite(scales).all() else float("inf")


def to_metric(
    crs: pyproj.CRS, lon_deg: NDArray[np.float64], lat_deg: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Project WGS-84 positions to metres of `crs`, x east and y north."""
    x_m, y_m = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(lon_deg, lat_deg)
    return x_m, y_m


def to_lon_lat(
    crs: pyproj.CRS, x_m: NDArray[np.float64], y_m: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Turn metres of `crs` back into WGS-84 longitude and latitude in degrees."""
    lon_deg, lat_deg = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(x_m, y_m)
    return lon_deg, lat_deg
