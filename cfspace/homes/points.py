"""Homes from a list of points with children."""

from __future__ import annotations

import numpy as np
import pyproj
from numpy.typing import NDArray

from cfspace.config.bands import BANDS
from cfspace.config.study import Points
from cfspace.errors import LayerError
from cfspace.homes.model import Homes, make_frame, per_band, refuse_blank_children
from cfspace.io.cells import read_numbers
from cfspace.io.layers import REPEAT, Layer, read_layer, read_raw
from cfspace.io.reports import Notebook, some_names, some_rows

LABEL = "[homes] points"


def check_bands(given: object, *, where: str) -> None:
    """Refuse a mapping that leaves age bands out: children not counted are not zero children.

    Parameters
    ----------
    given
        A mapping whose keys are age bands.
    where
        How the message begins.

    Raises
    ------
    LayerError
        If a band is missing.
    """
    missing = [band for band in BANDS if band not in given]  # type: ignore[operator]
    if missing:
        raise LayerError(
            f"{where}: no column for age band {some_names(missing)}; give all of {', '.join(BANDS)}"
        )


def _ids(layer: Layer, spec: Points) -> list[str]:
    if spec.id is None:
        return [f"point/{row}" for row in layer.frame["row"]]
    ids = layer.frame["id"]
    bad = ids.isna() | ids.duplicated(keep=False)
    if bad.any():
        rows = some_rows(layer.frame.loc[bad, "row"].tolist())
        raise LayerError(
            f"[homes] points ({spec.file.name}): {spec.id} is blank or not unique in {rows}; correct it"
        )
    return [str(home) for home in ids]


def _children(layer: Layer, spec: Points) -> NDArray[np.float64]:
    refuse_blank_children(layer.frame, spec.columns, where=f"[homes] points ({spec.file.name})")
    children: NDArray[np.float64] = layer.frame[list(BANDS)].to_numpy(dtype=np.float64)
    return children


def read_points(spec: Points) -> Layer:
    """Return the list as read; households that are alike all count, unless ids say that they are one.

    Raises
    ------
    LayerError
        If the list cannot be read.
    """
    return read_layer(
        spec.file,
        layer=LABEL,
        datum=spec.datum,
        lon=spec.lon,
        lat=spec.lat,
        id=spec.id,
        columns=spec.columns,
        keep_repeats=spec.id is None,
    )


def _lost(layer: Layer, spec: Points) -> tuple[str, ...]:
    """Tell of the children in rows that were left out since nobody can say where they live."""
    gone = [drop.row for drop in layer.report.dropped if drop.reason != REPEAT]
    if not gone or not spec.columns:
        return ()
    raw = read_raw(spec.file, list(spec.columns.values()), Notebook(LABEL, spec.file))
    rows = np.isin(raw.rows, gone)
    children = sum(float(np.nansum(read_numbers(raw.cells[own][rows])[0])) for own in spec.columns.values())
    return (
        f"homes: {int(rows.sum())} rows with {children:,.0f} children have no position that can be used "
        f"and do not count: {some_rows(raw.rows[rows].tolist())} of {spec.file.name}",
    )


def homes_from_points(spec: Points, *, has_totals: bool, crs: pyproj.CRS) -> Homes:
    """Return homes as a list gives them.

    Parameters
    ----------
    spec
        The study's ``points``.
    has_totals
        Whether totals will be spread over the homes: then a list without children weighs all homes alike.
    crs
        Metric CRS of the answer.

    Raises
    ------
    LayerError
        If the list cannot be read, a band has no column, or a number or an id is missing.
    """
    if spec.columns or not has_totals:
        check_bands(spec.columns, where=f"[homes] points ({spec.file.name})")
    layer = read_points(spec)
    children = _children(layer, spec) if spec.columns else per_band(np.ones(len(layer.frame)))
    points = layer.frame.geometry.to_crs(crs)
    inside = points if (points.geom_type == "Point").all() else points.representative_point()
    frame = make_frame(_ids(layer, spec), children, inside)
    return Homes(frame=frame, weights="children", reports=(layer.report,), notes=_lost(layer, spec))
