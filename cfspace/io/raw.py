"""One shape for every file read: cells, the row each stands in, and geometry where there is some."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyproj
from numpy.typing import NDArray

from cfspace.errors import LayerError
from cfspace.io.cells import lost_digits
from cfspace.io.reports import some_names, some_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class RawLayer:
    """A file as read, before anything is chosen from it.

    Parameters
    ----------
    cells
        A column per field, any type of cell.
    rows
        Each record's row as a person counts it: the line or sheet row, else the feature's number from 1.
    geometry
        Shapely geometries, None where a record has none; None where the file has no geometry at all.
    crs
        The CRS that the file itself states.
    encoding
        The encoding that its text was found in, where there was a choice.
    """

    cells: pd.DataFrame
    rows: NDArray[np.int64]
    geometry: NDArray[np.object_] | None = None
    crs: pyproj.CRS | None = None
    encoding: str | None = None


def check_codes(cells: pd.DataFrame, rows: NDArray[np.int64], column: str, *, where: str) -> None:
    """Refuse codes whose last digits a spreadsheet has thrown away.

    Raises
    ------
    LayerError
        If a code is a number of more than fifteen digits.
    """
    lost = lost_digits(cells[column])
    if lost.any():
        found = cells[column].iloc[int(np.flatnonzero(lost)[0])]
        told = some_rows(rows[lost].tolist())
        raise LayerError(
            f"{where}: {column} = {found:g} in {told} has lost its last digits, since a spreadsheet keeps "
            "fifteen of a number; format the column as text and fill the codes in again"
        )


def check_columns(cells: pd.DataFrame, wanted: Iterable[str], *, where: str) -> None:
    """Refuse a layer that lacks a column, naming those that it has.

    Parameters
    ----------
    cells
        What was read.
    wanted
        Columns the study names.
    where
        How the message begins.

    Raises
    ------
    LayerError
        If one is missing or stands there twice.
    """
    there = [str(name) for name in cells.columns]
    missing = [name for name in dict.fromkeys(wanted) if name not in there]
    if missing:
        close = difflib.get_close_matches(missing[0], there, n=1)
        hint = f" (is it {close[0]!r}?)" if close else ""
        raise LayerError(
            f"{where}: no column {', '.join(repr(name) for name in missing)}{hint}; "
            f"use one that is there: {some_names(there)}"
        )
    twice = [name for name in dict.fromkeys(wanted) if there.count(name) > 1]
    if twice:
        raise LayerError(
            f"{where}: {there.count(twice[0])} columns are named {twice[0]!r}; rename all but one"
        )
