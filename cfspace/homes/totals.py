"""Children counted per unit, spread over the unit's homes with the totals kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cfspace.config.bands import BANDS
from cfspace.config.study import Totals
from cfspace.errors import LayerError
from cfspace.homes.model import CHILDREN, Homes, refuse_blank_children
from cfspace.homes.points import check_bands
from cfspace.io.reports import LayerReport, some_names
from cfspace.io.tables import read_table
from cfspace.units import Units, assign


def read_totals(spec: Totals) -> tuple[pd.DataFrame, LayerReport]:
    """Return children per unit code and band, and what reading them did.

    Raises
    ------
    LayerError
        If the table cannot be read, a band has no column, or a number is blank or none.
    """
    where = f"[homes] totals ({spec.file.name})"
    check_bands(spec.columns, where=where)
    table = read_table(spec.file, table="[homes] totals", unit_id=spec.unit_id, columns=spec.columns)
    refuse_blank_children(table.frame, spec.columns, where=where)
    return table.frame.set_index("unit_id")[list(BANDS)].astype(np.float64), table.report


def find_level(codes: Sequence[str], units: Units, spec: Totals) -> str:
    """Return the level that the codes of the totals belong to: the one that knows most of them.

    Raises
    ------
    LayerError
        If the level named is not the study's, or no level knows any code.
    """
    where = f"[homes] totals ({spec.file.name})"
    levels = units.levels if spec.level is None else (spec.level,)
    if spec.level is not None and spec.level not in units.levels:
        raise LayerError(
            f"{where}: level {spec.level!r} is not in the study; use one of {', '.join(units.levels)}"
        )
    known = {level: len(set(codes) & set(units.frames[level]["unit_id"])) for level in levels}
    best = max(levels, key=lambda level: known[level])
    if known[best] == 0:
        examples = "; ".join(
            f"{level}: {some_names(units.frames[level]['unit_id'], most=2)}" for level in levels
        )
        raise LayerError(
            f"{where}: none of {len(codes)} codes is a unit's ({some_names(codes, most=3)}), "
            f"expected codes like {examples}; check unit_id, and zeros in front"
        )
    return best


def spread(
    weights: NDArray[np.float64], unit: NDArray[np.int64], totals: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return each home's part of its unit's totals, in proportion to its weight.

    Parameters
    ----------
    weights
        One per home, zero or more. Where all of a unit are zero its homes share alike.
    unit
        The position of each home's unit in `totals`; -1 for none.
    totals
        A row per unit, a column per band.

    Returns
    -------
    A row per home; zero for homes without a unit.

    Examples
    --------
    >>> spread(np.array([1.0, 3.0, 5.0]), np.array([0, 0, -1]), np.array([[8.0, 100.0]]))
    array([[ 2., 25.],
           [ 6., 75.],
           [ 0.,  0.]])
    """
    n_units = len(totals)
    inside = unit >= 0
    at = np.where(inside, unit, n_units)
    sums = np.bincount(at, weights=weights, minlength=n_units + 1)
    counts = np.bincount(at, minlength=n_units + 1)
    alike = sums[at] == 0.0
    share = np.where(alike, 1.0 / counts[at], weights / np.where(alike, 1.0, sums[at]))
    return np.vstack([totals, np.zeros((1, totals.shape[1]))])[at] * share[:, None]


def _told(children: float) -> str:
    return f"{children:,.0f} children"


def _left_out(totals: pd.DataFrame, level: str, units: Units, with_homes: set[str]) -> list[str]:
    """Tell of totals that no home can take."""
    notes = []
    known = set(units.frames[level]["unit_id"])
    strangers = totals[~totals.index.isin(list(known))]
    if len(strangers):
        told = _told(float(strangers.to_numpy().sum()))
        notes.append(
            f"totals: {len(strangers)} codes are no {level}'s, {told} left out: {some_names(strangers.index)}"
        )
    empty = totals[totals.index.isin(list(known - with_homes)) & (totals.sum(axis=1) > 0.0)]
    if len(empty):
        told = _told(float(empty.to_numpy().sum()))
        notes.append(
            f"totals: {len(empty)} {level} units have no home, {told} left out: {some_names(empty.index)}"
        )
    silent = sorted(with_homes - set(totals.index))
    if silent:
        notes.append(
            f"totals: {len(silent)} {level} units have homes but no total: {some_names(silent, most=5)}"
        )
    return notes


def _unknown(unit_ids: pd.Series, kept: NDArray[np.bool_]) -> frozenset[str]:
    """Return the units that have homes, none of which lies in a unit with a total."""
    return frozenset(unit_ids[~kept].dropna()) - frozenset(unit_ids[kept].dropna())


def spread_totals(homes: Homes, spec: Totals, *, units: Units) -> Homes:
    """Return the homes with the children that a table counts per unit.

    Parameters
    ----------
    homes
        Homes whose columns of children hold weights.
    spec
        The study's ``totals``.
    units
        Units in the CRS of the homes.

    Returns
    -------
    The homes inside a unit that has a total; their children sum to its totals.

    Raises
    ------
    LayerError
        If the table does not fit the study.
    """
    totals, report = read_totals(spec)
    level = find_level(totals.index.tolist(), units, spec)
    where = assign(homes.frame.geometry, units)
    unit_ids = where[f"{level}_id"]
    position = (
        pd.Series(np.arange(len(totals)), index=totals.index).reindex(unit_ids).fillna(-1).to_numpy(np.int64)
    )
    weights = homes.frame[list(CHILDREN)].to_numpy(dtype=np.float64).sum(axis=1)
    children = spread(weights, position, totals.to_numpy())
    kept = position >= 0
    frame = homes.frame.assign(**{name: children[:, i] for i, name in enumerate(CHILDREN)})[kept]
    notes = _left_out(totals, level, units, set(unit_ids.dropna()))
    if not kept.all():
        notes.append(
            f"homes: {int((~kept).sum())} of {len(kept)} lie in no {level} with a total and are left out"
        )
    return replace(
        homes,
        frame=frame.reset_index(drop=True),
        weights="children",
        reports=(*homes.reports, report),
        notes=(*homes.notes, *notes),
        placed_within=level,
        unknown={one: _unknown(where[f"{one}_id"], kept) for one in units.levels},
    )
