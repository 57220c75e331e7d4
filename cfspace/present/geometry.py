"""Geometry for a page: degrees as whole numbers of 1e-5, each vertex as the step from the one before."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

Steps: TypeAlias = list[int]
"""``[lon, lat, dlon, dlat, dlon, dlat, ...]`` in 1e-5 degrees (about 1 m)."""

UNITS_PER_DEG = 100_000
M_PER_DEG = 111_320.0


def steps(coordinates_deg: NDArray[np.float64]) -> Steps:
    """Return one line or ring as steps; vertices that round to the one before are dropped.

    Examples
    --------
    >>> steps(np.array([[125.3, 43.9], [125.30002, 43.9], [125.300021, 43.9]]))
    [12530000, 4390000, 2, 0]
    """
    whole = np.rint(coordinates_deg[:, :2] * UNITS_PER_DEG).astype(np.int64)
    moves = np.diff(whole, axis=0)
    moves = moves[np.any(moves != 0, axis=1)]
    return [int(n) for n in np.concatenate([whole[:1], moves]).ravel()]


def point_steps(x_deg: NDArray[np.float64], y_deg: NDArray[np.float64]) -> Steps:
    """Return many points as one row of steps, none dropped."""
    whole = np.rint(np.column_stack([x_deg, y_deg]) * UNITS_PER_DEG).astype(np.int64)
    if len(whole) == 0:
        return []
    return [int(n) for n in np.concatenate([whole[:1], np.diff(whole, axis=0)]).ravel()]


def tolerance_deg(tolerance_m: float) -> float:
    """Return metres as degrees of latitude, for simplifying."""
    return tolerance_m / M_PER_DEG


def polygon_steps(geometry: shapely.Geometry, *, tolerance_m: float) -> list[list[Steps]]:
    """Return the polygons of a geometry, each as its rings, outline first; rings under 3 vertices go.

    Simplifying keeps topology within a polygon; neighbours may part by `tolerance_m`, so it should stay
    below a pixel.
    """
    simple = shapely.simplify(geometry, tolerance_deg(tolerance_m), preserve_topology=True)
    polygons = []
    for part in shapely.get_parts(simple):
        if part.geom_type != "Polygon" or part.is_empty:
            continue
        rings = [steps(shapely.get_coordinates(ring)) for ring in (part.exterior, *part.interiors)]
        if len(rings[0]) >= 6:
            polygons.append([ring for ring in rings if len(ring) >= 6])
    return polygons


def line_steps(lines: Iterable[shapely.Geometry], *, tolerance_m: float) -> list[Steps]:
    """Return lines as steps, simplified; a line that shrinks to a point goes."""
    simple = shapely.simplify(np.asarray(list(lines), dtype=object), tolerance_deg(tolerance_m))
    at_deg, line = shapely.get_coordinates(shapely.get_parts(simple), return_index=True)
    whole = np.rint(at_deg * UNITS_PER_DEG).astype(np.int64)
    is_first = np.diff(line, prepend=-1) != 0
    moves = np.where(is_first[:, None], whole, np.diff(whole, axis=0, prepend=whole[:1]))
    stays = is_first | np.any(moves != 0, axis=1)
    ends = np.flatnonzero(np.append(is_first[stays], True)) * 2
    numbers = moves[stays].ravel().tolist()
    rows = [numbers[start:end] for start, end in itertools.pairwise(ends.tolist())]
    return [row for row in rows if len(row) >= 4]


def label_point(geometry: shapely.Geometry) -> list[int]:
    """Return a point well inside the largest part of a polygon, in 1e-5 degrees: where its name stands."""
    if geometry.is_empty:
        return []
    largest = max(shapely.get_parts(geometry), key=lambda part: part.area)
    radius = shapely.maximum_inscribed_circle(largest)
    inside, centre = shapely.Point(radius.coords[0]), largest.centroid
    # The centre looks right wherever there is nearly as much room around it.
    if largest.contains(centre) and largest.boundary.distance(centre) > 0.6 * radius.length:
        inside = centre
    return [round(inside.x * UNITS_PER_DEG), round(inside.y * UNITS_PER_DEG)]


def local_metres(
    x_deg: NDArray[np.float64], y_deg: NDArray[np.float64]
) -> tuple[NDArray[np.float64], pyproj.Transformer]:
    """Return points in a local metric frame as an (n, 2) array, and the way back to degrees."""
    lon, lat = float(np.mean(x_deg)), float(np.mean(y_deg))
    frame = pyproj.CRS.from_proj4(f"+proj=tmerc +lat_0={lat:.6f} +lon_0={lon:.6f} +k=1 +datum=WGS84 +units=m")
    there = pyproj.Transformer.from_crs("EPSG:4326", frame, always_xy=True)
    back = pyproj.Transformer.from_crs(frame, "EPSG:4326", always_xy=True)
    x_m, y_m = there.transform(x_deg, y_deg)
    return np.column_stack([x_m, y_m]), back


def hexagon_of(points_m: NDArray[np.float64], *, width_m: float) -> NDArray[np.int64]:
    """Return column and row of the hexagon (pointed top, `width_m` flat to flat) each point lies in.

    Examples
    --------
    >>> hexagon_of(np.array([[0.0, 0.0], [99.0, 0.0]]), width_m=100.0).tolist()
    [[0, 0], [1, 0]]
    """
    side_m = width_m / math.sqrt(3)
    q = points_m[:, 0] / width_m - points_m[:, 1] / (3 * side_m)
    r = points_m[:, 1] * 2 / (3 * side_m)
    cube = np.column_stack([q, r, -q - r])
    near = np.rint(cube)
    off = np.abs(near - cube)
    worst = off.argmax(axis=1)
    rows = np.arange(len(near))
    near[rows, worst] = 0.0
    near[rows, worst] = -near.sum(axis=1)
    return near[:, :2].astype(np.int64)


def hexagon_centres(cells: NDArray[np.int64], *, width_m: float) -> NDArray[np.float64]:
    """Return the centres in metres of hexagons given by column and row."""
    side_m = width_m / math.sqrt(3)
    return np.column_stack([width_m * (cells[:, 0] + cells[:, 1] / 2), 1.5 * side_m * cells[:, 1]])
