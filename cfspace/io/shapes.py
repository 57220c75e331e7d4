"""Geometry made fit for use: nothing empty, flat, in EPSG:4326, valid, of the expected type."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from cfspace.errors import CrsError
from cfspace.io.control import place_by_control
from cfspace.io.coordinates import bad_degrees, check_degrees, check_projected
from cfspace.io.datums import shift_geometry
from cfspace.io.reports import Notebook

Shapes = NDArray[np.object_]
Kind = Literal["any", "point", "line", "polygon"]

_TYPES: Final[dict[Kind, frozenset[int]]] = {
    "any": frozenset(range(8)),
    "point": frozenset({0, 4}),
    "line": frozenset({1, 2, 5}),
    "polygon": frozenset({3, 6}),
}
_OLD_CHINESE: Final = frozenset({"Beijing 1954", "Xian 1980", "New Beijing"})
# CGCS2000 and WGS-84 differ by centimetres; unequal names are all that sets them apart.
_SAME_AS_WGS84: Final = frozenset({4490, 4326})


def drop_empty(
    shapes: Shapes, rows: NDArray[np.int64], notebook: Notebook
) -> tuple[Shapes, NDArray[np.bool_]]:
    """Return flat shapes, and which of them there are; noting missing ones and heights left out."""
    missing = shapely.is_missing(shapes)
    empty = shapely.is_empty(shapes)
    noted = {drop.row for drop in notebook.dropped}
    notebook.drop([row for row in rows[missing] if int(row) not in noted], "no geometry")
    notebook.drop(rows[empty], "empty geometry")
    high = shapely.has_z(shapes)
    if high.any():
        notebook.notes.append(f"heights (z) left out of {int(high.sum())} geometries")
    return np.asarray(shapely.force_2d(shapes), dtype=object), ~(missing | empty)


def _centres(shapes: Shapes) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    bounds = shapely.bounds(shapes)
    return (bounds[:, 0] + bounds[:, 2]) / 2.0, (bounds[:, 1] + bounds[:, 3]) / 2.0


def crs_label(crs: pyproj.CRS) -> str:
    """Return a short name of a CRS: its code where it has one.

    Examples
    --------
    >>> crs_label(pyproj.CRS(4551)), crs_label(pyproj.CRS("+proj=tmerc +lon_0=125"))
    ('EPSG:4551', 'unknown')
    """
    authority = crs.to_authority()
    return ":".join(authority) if authority is not None else crs.name


def _old_datum_note(crs: pyproj.CRS) -> str | None:
    base = crs.geodetic_crs
    if base is None or base.name not in _OLD_CHINESE:
        return None
    return (
        f"its datum {base.name} differs from WGS-84 by parameters that each city keeps; "
        "converted without them, positions may be a hundred metres off"
    )


def to_wgs84(shapes: Shapes, crs: pyproj.CRS, *, datum: str, notebook: Notebook) -> Shapes:
    """Return shapes in EPSG:4326, from their CRS and datum.

    Parameters
    ----------
    shapes
        None missing, flat.
    crs
        What the coordinates are in.
    datum
        ``wgs84`` leaves the CRS to say it; ``gcj02`` and ``bd09`` need longitude and latitude; the path of a
        control-point file says that the coordinates are of a city's own grid, whatever the CRS.
    notebook
        Where a fit and an uncertain shift are noted.

    Raises
    ------
    CrsError
        If the CRS is projected and the datum is not ``wgs84``, or the numbers cannot be of this CRS.
    LayerError
        If longitude and latitude are swapped, or control points do not fit.
    """
    if datum.lower().endswith(".csv"):
        placed, fit = place_by_control(shapes, Path(datum), where=notebook.where)
        notebook.notes.append(str(fit))
        return placed
    if crs.is_geographic:
        check_degrees(*_centres(shapes), where=notebook.where)
    elif datum != "wgs84":
        raise CrsError(
            f"{notebook.where}: datum {datum} needs longitude and latitude, its CRS is {crs_label(crs)}; "
            "leave the datum out, or give the layer in degrees"
        )
    else:
        check_projected(*_centres(shapes), crs, where=notebook.where)
    if datum != "wgs84" or crs.to_epsg() in _SAME_AS_WGS84:
        return np.asarray(shift_geometry(gpd.GeoSeries(shapes), datum).array, dtype=object)
    note = _old_datum_note(crs)
    if note is not None:
        notebook.notes.append(note)
    return np.asarray(gpd.GeoSeries(shapes, crs=crs).to_crs(4326).array, dtype=object)


def _polygonal(shape: shapely.Geometry) -> shapely.Geometry:
    """Return the part of a geometry that has an area."""
    parts = shapely.get_parts(shapely.get_parts(shape))
    return shapely.union_all(parts[np.isin(shapely.get_type_id(parts), (3, 6))])


def _mend(shapes: Shapes, keep: NDArray[np.bool_], rows: NDArray[np.int64], notebook: Notebook) -> Shapes:
    """Return shapes valid; polygons that cross themselves are split where they do."""
    invalid = np.flatnonzero(keep & ~shapely.is_valid(shapes))
    mended = shapes.copy()
    for i in invalid:
        reason = shapely.is_valid_reason(shapes[i])
        mended[i] = shapely.make_valid(shapes[i])
        if shapely.get_dimensions(shapes[i]) == 2:
            mended[i] = _polygonal(mended[i])
        if mended[i].is_empty:
            notebook.drop([rows[i]], f"polygon without area ({reason.split('[')[0]})")
        else:
            notebook.repair([rows[i]], f"invalid geometry repaired ({reason.split('[')[0]})")
    return mended


def clean(
    shapes: Shapes, rows: NDArray[np.int64], *, kind: Kind, notebook: Notebook
) -> tuple[Shapes, NDArray[np.bool_]]:
    """Return shapes made valid, and which of them can be used; noting the others with their reason.

    Parameters
    ----------
    shapes
        In EPSG:4326, none missing.
    rows
        Row numbers for the notes.
    kind
        The type that is expected.
    notebook
        Where drops and repairs are noted.
    """
    bounds = shapely.bounds(shapes)
    low = bad_degrees(bounds[:, 0], bounds[:, 1])
    out = low | bad_degrees(bounds[:, 2], bounds[:, 3])
    for i in np.flatnonzero(out):
        x, y = bounds[i, :2] if low[i] else bounds[i, 2:]
        notebook.drop([rows[i]], f"coordinates out of range ({x:g}, {y:g})")
    wrong = ~out & ~np.isin(shapely.get_type_id(shapes), list(_TYPES[kind]))
    for i in np.flatnonzero(wrong):
        notebook.drop([rows[i]], f"a {shapes[i].geom_type}, expected a {kind}")
    keep = ~(out | wrong)
    mended = _mend(shapes, keep, rows, notebook)
    return mended, keep & ~shapely.is_empty(mended)
