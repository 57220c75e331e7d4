"""Homes from population rasters: cells, with age classes split into bands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pyproj
from numpy.typing import NDArray

from cfspace.config.bands import BAND_YEARS, BANDS
from cfspace.errors import LayerError
from cfspace.homes.model import MEAN_FROM_MIDDLE, Homes, make_frame, no_homes
from cfspace.homes.points import check_bands
from cfspace.io.rasters import Bounds, read_cells_of_rasters

_CLASS: Final = re.compile(r"(?:(?P<before>[fmt])_)?(?P<first>\d+)_(?P<last>\d+)(?:_(?P<after>[fmt]))?")
_COARSE_M: Final = 250.0


def class_years(name: str) -> tuple[int, int, str]:
    """Return the half-open years of an age class, and its sex (``f``, ``m``, or ``t`` for both).

    Raises
    ------
    LayerError
        If the name is no age class.

    Examples
    --------
    >>> class_years("1_4"), class_years("5_9_f")
    ((1, 5, 't'), (5, 10, 'f'))
    """
    match = _CLASS.fullmatch(name)
    if match is None or int(match["last"]) < int(match["first"]):
        raise LayerError(
            f"[homes] raster_classes: {name!r} is no age class; write first and last year, such as 1_4"
        )
    return int(match["first"]), int(match["last"]) + 1, match["before"] or match["after"] or "t"


def band_shares(classes: Iterable[str]) -> NDArray[np.float64]:
    """Return which share of each age class belongs to each band, children spread evenly over its years.

    Parameters
    ----------
    classes
        Names like ``0_0``, ``1_4``, ``5_9``: first and last year; ``f_1_4`` and ``m_1_4`` for the sexes.

    Returns
    -------
    A row per class, a column per band, as [worldpop-ages] is split.

    Raises
    ------
    LayerError
        If the classes leave out a year under 18, or count one twice.

    Examples
    --------
    >>> band_shares(["0_0", "1_4", "5_9", "10_14", "15_19"])
    array([[1. , 0. , 0. , 0. , 0. ],
           [0.5, 0.5, 0. , 0. , 0. ],
           [0. , 0.2, 0.8, 0. , 0. ],
           [0. , 0. , 0.4, 0.6, 0. ],
           [0. , 0. , 0. , 0. , 0.6]])
    """
    spans = [class_years(name) for name in classes]
    sexes = {sex for _, _, sex in spans}
    for sex in sorted(sexes):
        for year in range(18):
            n = sum(first <= year < end for first, end, of in spans if of == sex)
            if n != 1 or (len(sexes) > 1 and sexes != {"f", "m"}):
                found = "in no class" if n == 0 else "in more than one class"
                raise LayerError(
                    f"[homes] raster_classes: children of age {year} are {found}; "
                    "give classes that hold each year from 0 to 17 once, or once for f and once for m"
                )
    shares = np.zeros((len(spans), len(BANDS)))
    for i, (first, end, _) in enumerate(spans):
        for j, (young, old) in enumerate(BAND_YEARS.values()):
            shares[i, j] = max(0, min(end, old) - max(first, young)) / (end - first)
    return shares


def homes_from_rasters(
    paths: Mapping[str, Path], *, are_classes: bool, bounds_deg: Bounds, crs: pyproj.CRS
) -> Homes:
    """Return a home per population cell, at its centre.

    Parameters
    ----------
    paths
        A raster of counts per age band, or per age class.
    are_classes
        Whether the keys are age classes, to be split into bands.
    bounds_deg
        West, south, east and north of the study, WGS-84.
    crs
        Metric CRS of the answer.

    Raises
    ------
    CrsError
        If a raster has no CRS, or they differ.
    LayerError
        If bands or classes are missing, a raster lies elsewhere, or holds negative numbers.
    """
    if not are_classes:
        check_bands(paths, where="[homes] raster")
    shares = band_shares(paths) if are_classes else np.eye(len(BANDS))
    ordered = dict(paths) if are_classes else {band: paths[band] for band in BANDS}
    cells = read_cells_of_rasters(ordered, bounds_deg=bounds_deg, layer="[homes] raster")
    counts = cells.frame[list(ordered)].to_numpy(dtype=np.float64)
    children = counts @ shares
    lived = children.sum(axis=1) > 0.0
    n_empty = cells.n_empty + int((~lived).sum())
    notes = [f"homes: {int(lived.sum())} cells with children, {n_empty} without are left out"]
    if cells.n_no_data:
        notes.append(
            f"homes: {cells.n_no_data} cells in and around the study have no data; nobody is counted there"
        )
    older = float(counts.sum() - children.sum())
    if are_classes and older > 0.0:
        notes.append(f"homes: {older:,.0f} persons of 18 years or more in the last class are not counted")
    if cells.cell_m > _COARSE_M:
        notes.append(f"homes: cells are {cells.cell_m:,.0f} m wide; walks are measured from their centres")
    if not lived.any():
        return Homes(frame=no_homes(crs), weights="children", reports=cells.reports, notes=tuple(notes))
    own = cells.frame[lived]
    ids = [f"cell/r{row}c{col}" for row, col in zip(own["row"], own["col"], strict=True)]
    points = gpd.GeoSeries(gpd.points_from_xy(own["lon_deg"], own["lat_deg"]), crs=4326).to_crs(crs)
    frame = make_frame(ids, children[lived], points)
    return Homes(
        frame=frame,
        weights="children",
        reports=cells.reports,
        notes=tuple(notes),
        position_m=MEAN_FROM_MIDDLE * cells.cell_m,
        covers_deg=cells.covers_deg,
    )
