"""From the town's drawing board to the globe.

The town is drawn on a board: ``u_m`` runs east and ``v_m`` north, in metres, from the river bridge that was
never built, and every street of the plan is straight there. A gentle bend and a turn of some degrees then
make it a place.
"""

from __future__ import annotations

import math
from functools import cache
from random import Random

import pyproj
import shapely

CENTRE_LON_DEG = 125.3
CENTRE_LAT_DEG = 43.9
TURN_RAD = math.radians(6.0)
BOARD_M = (-3100.0, -2850.0, 3100.0, 2850.0)

Point = tuple[float, float]


def bend(u_m: float, v_m: float) -> Point:
    """Return the metres east and north of the centre of a point on the board."""
    x = u_m + 100.0 * math.sin(v_m / 980.0) + 12.0 * math.sin(u_m / 520.0)
    y = v_m + 75.0 * math.sin(u_m / 1150.0 + 0.7)
    cos, sin = math.cos(TURN_RAD), math.sin(TURN_RAD)
    return x * cos - y * sin, x * sin + y * cos


@cache
def _to_globe() -> pyproj.Transformer:
    plane = f"+proj=tmerc +lat_0={CENTRE_LAT_DEG} +lon_0={CENTRE_LON_DEG} +k=1 +datum=WGS84 +units=m"
    return pyproj.Transformer.from_crs(plane, "EPSG:4326", always_xy=True)


def lon_lat(u_m: float, v_m: float) -> Point:
    """Return WGS-84 longitude and latitude of a point on the board, to 1e-7 degrees.

    Examples
    --------
    >>> lon_deg, lat_deg = lon_lat(0.0, 0.0)
    >>> round(lon_deg, 3), round(lat_deg, 3)
    (125.3, 43.9)
    """
    lon_deg, lat_deg = _to_globe().transform(*bend(u_m, v_m))
    return round(lon_deg, 7), round(lat_deg, 7)


def area_m2(shape: shapely.Polygon) -> float:
    """Return the area on the ground of a polygon on the board."""
    return float(shapely.transform(shape.segmentize(50.0), _bend_all).area)


def on_globe(shape: shapely.Geometry, *, step_m: float = 100.0) -> shapely.Geometry:
    """Return a geometry of the board in longitude and latitude, long sides broken so that they bend."""
    return shapely.transform(shape.segmentize(step_m), _globe_all)


def dice(topic: str) -> Random:
    """Return the random numbers of one topic: to change one part of the town leaves the others alone."""
    return Random(f"cfspace sample town/{topic}")


def _bend_all(points: object) -> list[Point]:
    return [bend(float(u), float(v)) for u, v in points]  # type: ignore[attr-defined]


def _globe_all(points: object) -> list[Point]:
    return [lon_lat(float(u), float(v)) for u, v in points]  # type: ignore[attr-defined]
