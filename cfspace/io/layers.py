"""Municipal layers: one reader for every format, and every fault told with file, row and remedy."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from cfspace.errors import CrsError, LayerError
from cfspace.io.cells import as_text, half_width, is_number_column, read_numbers, text_column
from cfspace.io.coordinates import read_points
from cfspace.io.raw import RawLayer, check_codes, check_columns
from cfspace.io.reports import LayerReport, Notebook, some_names, some_rows
from cfspace.io.shapes import Kind, clean, crs_label, drop_empty, to_wgs84
from cfspace.io.sheets import read_cells
from cfspace.io.vectors import SUFFIXES, read_vectors

CELL_SUFFIXES: Final = (".csv", ".tsv", ".tab", ".txt", ".xlsx", ".xlsm")
"""Endings of the tables that are read."""

REPEAT: Final = "an exact repeat of an earlier row"
"""Why a record is left out that an earlier one is equal to in every cell and in place."""

WhereValue = str | int | float | bool
Where = Mapping[str, WhereValue | Sequence[WhereValue]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A layer as the study asked for it, and what reading it did.

    Parameters
    ----------
    frame
        Any geometry, EPSG:4326; columns ``row``, ``id`` and ``name`` where asked for, and the attributes.
    report
        Counts, drops, repairs and notes.
    """

    frame: gpd.GeoDataFrame
    report: LayerReport


def read_raw(path: Path, wanted: Collection[str], notebook: Notebook) -> RawLayer:
    """Return a file of any known format as read, refusing what is not there or not known.

    Raises
    ------
    LayerError
        If the file is missing, of an unknown ending or damaged, or lacks a wanted column.
    """
    suffix = path.suffix.lower()
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "there is no such file"
        raise LayerError(f"{notebook.where}: {what}: {path}; correct its path in the study file")
    if path.stat().st_size == 0:
        raise LayerError(f"{notebook.where}: the file is empty (0 bytes); copy it again")
    if suffix in CELL_SUFFIXES:
        raw = read_cells(path, wanted, notebook)
    elif suffix in SUFFIXES:
        raw = read_vectors(path, wanted, notebook)
    else:
        raise LayerError(
            f"{notebook.where}: files ending in {suffix or 'nothing'} are not read; "
            + (
                "open it and save it as .xlsx"
                if suffix == ".xls"
                else f"save it as one of {', '.join((*CELL_SUFFIXES, *SUFFIXES))}"
            )
        )
    check_columns(raw.cells, wanted, where=notebook.where)
    return raw


def _texts_of(value: WhereValue | Sequence[WhereValue]) -> set[str]:
    values = [value] if isinstance(value, str | int | float) else list(value)
    return {_plain(one) for one in values}


def _plain(cell: object) -> str:
    """Return a cell for comparing: full-width letters, digits and brackets made plain, case left out."""
    text = as_text(cell)
    return text.casefold() if text.isascii() else half_width(text).casefold()


def select(raw: RawLayer, where: Where, notebook: Notebook, *, allow_empty: bool) -> NDArray[np.bool_]:
    """Return which records a filter keeps.

    Parameters
    ----------
    raw
        What was read.
    where
        Column to value or values, compared as text, widths and case apart; every column must fit.
    notebook
        For messages.
    allow_empty
        Whether nothing left is an answer.

    Raises
    ------
    LayerError
        If nothing is left; the values that the columns do hold are named.
    """
    keep = np.ones(len(raw.cells), dtype=np.bool_)
    for column, value in where.items():
        wanted = _texts_of(value)
        keep &= np.asarray([_plain(cell) in wanted for cell in raw.cells[column].tolist()], np.bool_)
    if where and not keep.any() and not allow_empty:
        asked = " and ".join(f"{column} = {value!r}" for column, value in where.items())
        values = "; ".join(f"{column} holds {_values(raw.cells[column])}" for column in where)
        raise LayerError(
            f"{notebook.where}: empty layer: none of {len(raw.cells)} rows has {asked}; "
            f"correct the filter ({values})"
        )
    return keep


def _values(cells: pd.Series) -> str:
    counts = pd.Series([as_text(cell) or "(blank)" for cell in cells.tolist()]).value_counts()
    counted = sorted(counts.items(), key=lambda item: (-int(item[1]), str(item[0])))
    return some_names((f"{value!r} ({count})" for value, count in counted), most=12)


def parse_columns(
    cells: pd.DataFrame,
    rows: NDArray[np.int64],
    columns: Mapping[str, str],
    *,
    numbers: Collection[str] | None = None,
    notebook: Notebook,
) -> dict[str, pd.Series]:
    """Return attributes by their new names: counts and amounts as numbers, all else as text.

    Parameters
    ----------
    cells, rows
        Records and their row numbers.
    columns
        New name to the file's column.
    numbers
        New names that hold numbers; by default those that :func:`is_number_column` knows.
    notebook
        Where full-width digits made plain are noted.

    Raises
    ------
    LayerError
        If a cell that should be a number is none, or is negative; all of them are told at once.
    """
    parsed: dict[str, pd.Series] = {}
    faults: list[str] = []
    for new, old in columns.items():
        if not (is_number_column(new) if numbers is None else new in numbers):
            parsed[new] = text_column(cells[old])
            continue
        values, bad, widened = read_numbers(cells[old])
        bad = bad | (values < 0.0)
        notebook.repair(rows[widened], f"full-width digits in {old} read as plain ones")
        if bad.any():
            found = as_text(cells[old].iloc[int(np.flatnonzero(bad)[0])])
            faults.append(f"{old} = {found!r} in {some_rows(rows[bad].tolist())}")
        parsed[new] = pd.Series(values, index=cells.index, name=new)
    if faults:
        raise LayerError(
            f"{notebook.where}: not a number of 0 or more: {'; '.join(faults)}; "
            "write the number alone, or leave the cell blank where it is unknown"
        )
    return parsed


def _geometry(
    raw: RawLayer, notebook: Notebook, *, xy: tuple[str, str] | None, crs: pyproj.CRS | None, datum: str
) -> tuple[NDArray[np.object_], pyproj.CRS]:
    """Return a geometry per record (or None), and the CRS it is in."""
    if raw.geometry is None:
        if xy is None:
            raise LayerError(
                f"{notebook.where}: it holds no geometry; name its columns of longitude and latitude "
                f"(lon = ..., lat = ...) among {some_names(raw.cells.columns)}"
            )
        shapes = read_points(raw.cells, raw.rows, x=xy[0], y=xy[1], notebook=notebook)
        return shapes, crs or pyproj.CRS(4326)
    if xy is not None:
        notebook.notes.append(f"the file's geometry was read, columns {xy[0]} and {xy[1]} were not")
    found = crs or raw.crs or (pyproj.CRS(4326) if datum != "wgs84" else None)
    if found is None:
        raise CrsError(
            f"{notebook.where}: the file says no CRS (a shapefile without .prj, or a layer saved so), "
            'expected one; add it, or name it: crs = "EPSG:4490"'
        )
    if crs is not None and raw.crs is not None and crs != raw.crs:
        notebook.notes.append(
            f"read as {crs_label(crs)} as the study says, the file says {crs_label(raw.crs)}"
        )
    return raw.geometry, found


def _study_crs(crs: str | None, *, where: str) -> pyproj.CRS | None:
    if crs is None:
        return None
    try:
        return pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError as error:
        raise CrsError(f'{where}: CRS {crs!r} is unknown; write it like "EPSG:4551"') from error


def _first_of_equals(cells: pd.DataFrame, shapes: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Return which records are not exact repeats, in every cell and in geometry, of an earlier one."""
    keys = pd.Series(shapely.to_wkb(shapes))
    first = np.ones(len(shapes), dtype=np.bool_)
    again = np.flatnonzero(keys.duplicated(keep=False).to_numpy())
    if again.size:
        texts = pd.DataFrame({str(i): cells.iloc[again, i].map(as_text) for i in range(cells.shape[1])})
        texts["wkb"] = keys.iloc[again].to_numpy()
        first[again] = ~texts.duplicated().to_numpy()
    return first


def _note_namesakes(
    cells: pd.Series, rows: NDArray[np.int64], shapes: NDArray[np.object_], notebook: Notebook
) -> None:
    """Tell of rows that have name and place of an earlier one and differ in something else: each counts."""
    names = text_column(cells).to_numpy()
    about_a_metre = pd.DataFrame(np.round(shapely.bounds(shapes), 5)).assign(name=names)
    again = about_a_metre.duplicated().to_numpy() & pd.notna(names)
    if again.any():
        notebook.notes.append(
            f"name and place of an earlier row, but not all else, in {some_rows(rows[again].tolist())}: "
            "each counts as a place of its own; delete those that are none"
        )


def _usable(
    raw: RawLayer,
    shapes: NDArray[np.object_],
    crs: pyproj.CRS,
    notebook: Notebook,
    *,
    datum: str,
    kind: Kind,
    keep_repeats: bool,
) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    """Return positions of the records that can be used, and their shapes in EPSG:4326."""
    flat, there = drop_empty(shapes, raw.rows, notebook)
    at = np.flatnonzero(there)
    shapes = to_wgs84(flat[at], crs, datum=datum, notebook=notebook)
    shapes, fit = clean(shapes, raw.rows[at], kind=kind, notebook=notebook)
    at, shapes = at[fit], shapes[fit]
    first = _first_of_equals(raw.cells.iloc[at], shapes)
    if keep_repeats:
        if not first.all():
            notebook.notes.append(
                f"{int((~first).sum())} rows repeat an earlier one in every cell and count all the same "
                f"({some_rows(raw.rows[at[~first]].tolist())}); take out what was entered twice"
            )
        return at, shapes
    notebook.drop(raw.rows[at[~first]], REPEAT)
    return at[first], shapes[first]


def _take(raw: RawLayer, keep: NDArray[np.bool_]) -> RawLayer:
    return RawLayer(
        cells=raw.cells[keep].reset_index(drop=True),
        rows=raw.rows[keep],
        geometry=None if raw.geometry is None else raw.geometry[keep],
        crs=raw.crs,
        encoding=raw.encoding,
    )


def _check_left(n_usable: int, n_rows: int, notebook: Notebook, *, allow_empty: bool | None) -> None:
    if n_usable or allow_empty:
        return
    switch = "" if allow_empty is None else ", or write allow_empty = true for a list that is truly empty"
    if not n_rows:
        raise LayerError(f"{notebook.where}: empty layer: it holds no record; correct the file{switch}")
    reasons = pd.Series([drop.reason for drop in notebook.dropped], dtype="str").value_counts(sort=True)
    why = some_names((f"{reason} ({count})" for reason, count in sorted(reasons.items())), most=4)
    raise LayerError(
        f"{notebook.where}: empty layer: none of {n_rows} rows can be used (left out: {why}); "
        f"correct the file{switch}"
    )


def read_layer(
    path: Path,
    *,
    layer: str,
    datum: str = "wgs84",
    lon: str | None = None,
    lat: str | None = None,
    x: str | None = None,
    y: str | None = None,
    crs: str | None = None,
    columns: Mapping[str, str] | None = None,
    optional: Collection[str] = (),
    where: Where | None = None,
    name: str | None = None,
    id: str | None = None,  # noqa: A002 - the study file's own word
    shapes: Kind = "any",
    allow_empty: bool | None = None,
    keep_repeats: bool = False,
) -> Layer:
    """Return a layer of any known format in EPSG:4326, with the columns asked for.

    Parameters
    ----------
    path
        CSV, TSV, Excel, shapefile (``.shp`` or the ``.zip`` around it), GeoPackage, GeoJSON or GeoParquet.
    layer
        What messages call it, such as its facility kind.
    datum
        ``wgs84``, ``gcj02`` or ``bd09``: what longitude and latitude are in; or the path of a control-point
        file (:func:`cfspace.io.control.read_control_points`): `lon` and `lat` are then east and north.
    lon, lat
        Columns of longitude and latitude, for files without geometry; of easting and northing with `crs`.
    x, y
        The same under the names that surveyors use: x points east here.
    crs
        CRS of the coordinates, for a file that does not say it; it wins over the file's own.
    columns
        Attributes: new name to the file's column. Counts and amounts become numbers, all else is text.
    optional
        Columns taken under their own names where the file has them.
    where
        Filter: column to value or values.
    name, id
        Columns read as text into ``name`` and ``id``; leading zeros stay.
    shapes
        The geometry type expected; others are dropped and told.
    allow_empty
        Whether a layer with no record is an answer.
    keep_repeats
        Whether a record that repeats an earlier one in every cell counts: two households of one house may
        well be alike, two entries of one school are one.

    Returns
    -------
    Layer
        Rows in the file's order; ``row`` is the row as a person counts it.

    Raises
    ------
    LayerError
        If the file cannot be read as what the study says: each message names file, finding and remedy.
    CrsError
        If there is no CRS, or the coordinates are not of the CRS or datum declared.
    """
    notebook = Notebook(layer, path)
    study_crs = _study_crs(crs, where=notebook.where)
    xy = next(((a, b) for a, b in ((lon, lat), (x, y)) if a is not None and b is not None), None)
    asked = {**({"id": id} if id else {}), **({"name": name} if name else {}), **(columns or {})}
    raw = read_raw(path, [*asked.values(), *(where or {}), *(xy or ())], notebook)
    asked = {column: column for column in optional if column in raw.cells} | asked
    n_rows = len(raw.rows) + len(notebook.dropped)
    keep = select(raw, where or {}, notebook, allow_empty=bool(allow_empty))
    raw = _take(raw, keep)
    if id is not None:
        check_codes(raw.cells, raw.rows, id, where=notebook.where)
    geometry, found_crs = _geometry(raw, notebook, xy=xy, crs=study_crs, datum=datum)
    at, usable = _usable(
        raw, geometry, found_crs, notebook, datum=datum, kind=shapes, keep_repeats=keep_repeats
    )
    _check_left(len(at), n_rows, notebook, allow_empty=allow_empty)
    cells, rows = raw.cells.iloc[at].reset_index(drop=True), raw.rows[at]
    if name is not None:
        _note_namesakes(cells[name], rows, usable, notebook)
    attributes = parse_columns(cells, rows, asked, notebook=notebook)
    frame = gpd.GeoDataFrame({"row": rows, **attributes}, geometry=usable, crs=4326)
    report = notebook.report(
        rows=n_rows,
        kept=len(frame),
        filtered=int((~keep).sum()),
        declared=datum,
        crs=crs_label(found_crs),
        encoding=raw.encoding,
    )
    return Layer(frame=frame, report=report)
