"""Homes: where children live, a point each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
from numpy.typing import NDArray

from cfspace.config.bands import BANDS
from cfspace.errors import LayerError
from cfspace.io.reports import LayerReport, some_names, some_rows

Weights = Literal["children", "floor_area_m2", "population"]

CHILDREN: Final = tuple(f"children_{band}" for band in BANDS)
"""The columns of children, youngest band first."""

EVERYWHERE: Final = "all"
"""Homes share one total: that of the whole study."""

MEAN_FROM_MIDDLE: Final = 0.3826
"""Mean distance from the middle of a square to a point in it, in sides: (sqrt 2 + arsinh 1) / 6."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Homes:
    """Homes of a study.

    Attributes
    ----------
    frame
        Points in a metric CRS: ``home_id`` (unique text), the columns :data:`CHILDREN`, and ``floor_area_m2``
        where it is known or assumed.
    weights
        What the columns of children hold: ``children``, or ``floor_area_m2`` where nobody counted children.
    reports
        What reading each file did.
    notes
        What was assumed, and children left out, with their number.
    position_m
        On a grid, how far a point of a cell lies from its middle on average; None where homes are places.
    placed_within
        Where children are known per unit and spread over its homes: the level of these units, or ``all`` for
        the whole study; None where each home has its own number.
    covers_deg
        On a grid, its west, south, east and north in WGS-84; None where homes are places.
    unknown
        By level the ids of units that have homes, of which nobody has said how many children live there.
    """

    frame: gpd.GeoDataFrame
    weights: Weights
    reports: tuple[LayerReport, ...] = ()
    notes: tuple[str, ...] = ()
    position_m: float | None = None
    placed_within: str | None = None
    covers_deg: tuple[float, float, float, float] | None = None
    unknown: Mapping[str, frozenset[str]] = field(default_factory=dict)


def make_frame(
    ids: Sequence[str],
    children: NDArray[np.float64],
    points: gpd.GeoSeries,
    *,
    floor_area_m2: NDArray[np.float64] | None = None,
) -> gpd.GeoDataFrame:
    """Return homes from their parts, in the order given.

    Parameters
    ----------
    ids
        Unique.
    children
        A row per home, a column per band.
    points
        In a metric CRS.
    floor_area_m2
        Where it is known or assumed.
    """
    columns: dict[str, object] = {"home_id": pd.Series(list(ids), dtype="str")}
    columns |= {name: np.ascontiguousarray(children[:, i]) for i, name in enumerate(CHILDREN)}
    if floor_area_m2 is not None:
        columns["floor_area_m2"] = floor_area_m2
    return gpd.GeoDataFrame(columns, geometry=points.to_numpy(), crs=points.crs)


def refuse_blank_children(table: pd.DataFrame, columns: Mapping[str, str], *, where: str) -> None:
    """Refuse a table in which a number of children is blank: nobody knows whether that means none.

    Parameters
    ----------
    table
        A column per band, and ``row``.
    columns
        What the file calls each band.
    where
        How the message begins.

    Raises
    ------
    LayerError
        If one is blank.
    """
    blank = table[list(BANDS)].isna()
    if blank.to_numpy().any():
        names = some_names(columns[band] for band in BANDS if blank[band].any())
        rows = some_rows(table.loc[blank.any(axis=1), "row"].tolist())
        raise LayerError(f"{where}: no number of children ({names}) in {rows}; write 0 where there are none")


def per_band(weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return one weight per home as the same weight in every band."""
    return np.repeat(weight[:, None], len(BANDS), axis=1)


def no_homes(crs: pyproj.CRS) -> gpd.GeoDataFrame:
    """Return a frame without a home."""
    return make_frame([], np.zeros((0, len(BANDS))), gpd.GeoSeries([], crs=crs))
