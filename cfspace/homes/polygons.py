"""Homes from polygons: points spread evenly inside each, the same ones every time."""

from __future__ import annotations

import hashlib

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from cfspace.config.study import Polygons
from cfspace.errors import LayerError
from cfspace.homes.model import EVERYWHERE, MEAN_FROM_MIDDLE, Homes, Weights, make_frame, per_band
from cfspace.io.layers import read_layer
from cfspace.io.reports import some_rows

_AREA = "area"


def _offset(shape_wgs84: shapely.Geometry) -> tuple[float, float]:
    """Return two numbers in [0, 1) that depend on a polygon and on nothing else."""
    digest = hashlib.sha256(shapely.to_wkb(shapely.normalize(shape_wgs84), byte_order=1)).digest()
    first, second = int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:16], "big")
    return first / 2**64, second / 2**64


def spread_points(
    shape: shapely.Geometry, *, spacing_m: float, offset: tuple[float, float]
) -> NDArray[np.float64]:
    """Return points on a square grid inside a polygon; one inside it where the grid misses it.

    Parameters
    ----------
    shape
        A polygon in metres.
    spacing_m
        Side of the grid's cells.
    offset
        Where the grid starts, in cells, each in [0, 1).

    Returns
    -------
    Coordinates in metres, shape (n, 2), n >= 1, row by row from the south-west.

    Examples
    --------
    >>> len(spread_points(shapely.box(0, 0, 200, 100), spacing_m=50.0, offset=(0.5, 0.5)))
    8
    """
    west, south, east, north = shapely.bounds(shape)
    x = west + (np.arange(int((east - west) / spacing_m) + 2) - 1 + offset[0]) * spacing_m
    y = south + (np.arange(int((north - south) / spacing_m) + 2) - 1 + offset[1]) * spacing_m
    grid = np.column_stack([axis.ravel() for axis in np.meshgrid(x, y)])
    shapely.prepare(shape)
    inside: NDArray[np.float64] = grid[shapely.contains_xy(shape, grid[:, 0], grid[:, 1])]
    if len(inside) == 0:
        inside = shapely.get_coordinates(shapely.point_on_surface(shape))
    return inside


def _weights(spec: Polygons, frame: gpd.GeoDataFrame, area_m2: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what each polygon weighs: its area, or what a column says."""
    if spec.weight == _AREA:
        return area_m2
    weight: NDArray[np.float64] = frame["n_weight"].to_numpy(dtype=np.float64)
    unknown = np.isnan(weight)
    if unknown.any():
        raise LayerError(
            f"[homes] polygons ({spec.file.name}): {spec.weight} is blank in "
            f"{some_rows(frame.loc[unknown, 'row'].tolist())}; write 0 where nobody lives"
        )
    if not weight.any():
        raise LayerError(
            f"[homes] polygons ({spec.file.name}): {spec.weight} is 0 everywhere; "
            'name another column, or "area"'
        )
    return weight


def homes_from_polygons(spec: Polygons, *, crs: pyproj.CRS) -> Homes:
    """Return homes spread inside polygons, each with its share of the polygon's weight.

    Parameters
    ----------
    spec
        The study's ``polygons``.
    crs
        Metric CRS of the answer.

    Returns
    -------
    Homes in the order of the file; the points of a polygon do not depend on the other polygons.

    Raises
    ------
    LayerError
        If the layer cannot be read, holds no polygon, or a weight is unknown or zero everywhere.
    """
    columns = {} if spec.weight == _AREA else {"n_weight": spec.weight}
    layer = read_layer(
        spec.file,
        layer="[homes] polygons",
        datum=spec.datum,
        where=spec.where,
        columns=columns,
        shapes="polygon",
    )
    shapes = layer.frame.geometry.to_crs(crs).to_numpy()
    weights = _weights(spec, layer.frame, shapely.area(shapes))
    parts, ids, shares = [], [], []
    for row, shape, degrees, weight in zip(
        layer.frame["row"], shapes, layer.frame.geometry.to_numpy(), weights, strict=True
    ):
        points = spread_points(shape, spacing_m=spec.spacing_m, offset=_offset(degrees))
        parts.append(points)
        ids += [f"polygon/{row}/{i}" for i in range(1, len(points) + 1)]
        shares.append(np.full(len(points), weight / len(points)))
    share = np.concatenate(shares)
    frame = make_frame(
        ids,
        per_band(share),
        gpd.GeoSeries(shapely.points(np.concatenate(parts)), crs=crs),
        floor_area_m2=share if spec.weight == _AREA else None,
    )
    what = "their area" if spec.weight == _AREA else spec.weight
    n, spacing = len(frame), f"{spec.spacing_m:g} m"
    note = f"homes: {n} points {spacing} apart inside {len(shapes)} polygons, weighing {what}"
    kind: Weights = "floor_area_m2" if spec.weight == _AREA else "population"
    return Homes(
        frame=frame,
        weights=kind,
        reports=(layer.report,),
        notes=(note,),
        position_m=MEAN_FROM_MIDDLE * spec.spacing_m,
        placed_within=EVERYWHERE if spec.weight == _AREA else None,
    )
