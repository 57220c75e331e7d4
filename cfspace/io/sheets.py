"""Tables of cells, CSV or Excel: finding the header among titles, and telling records from notes."""

from __future__ import annotations

import re
import warnings
import zipfile
import zlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from xml.etree.ElementTree import ParseError

import numpy as np
import pandas as pd

from cfspace.errors import LayerError
from cfspace.io.cells import as_text
from cfspace.io.raw import RawLayer, check_columns
from cfspace.io.reports import Notebook, some_names, some_rows
from cfspace.io.text import read_delimited

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell, MergedCell
    from openpyxl.worksheet.worksheet import Worksheet

_BROKEN: Final = (zipfile.BadZipFile, zlib.error, KeyError, ValueError, OSError, ParseError)
_HEADER_WITHIN: Final = 15
# A row with one filled cell is a note only where records have more.
_LEAST_COLUMNS: Final = 3
# Such as 000000, also with what Excel puts behind it for alignment.
_ZERO_PADDED: Final = re.compile(r"(0{2,})(?:_.|;.*)?")
_SUMS: Final = frozenset({"合计", "总计", "小计", "总和", "total", "sum", "subtotal", "grand total"})


@dataclass(frozen=True, slots=True)
class _Merged:
    """Cells of one column that a workbook shows as one: the first and last row, and the column from 0."""

    first: int
    last: int
    column: int


@dataclass(frozen=True, slots=True)
class _Grid:
    """Cells row by row, blank rows left out, with each row's number."""

    records: list[list[Any]]
    rows: list[int]
    name: str
    merged: tuple[_Merged, ...] = ()
    is_hidden: bool = False


def _is_blank(cell: object) -> bool:
    return cell is None or as_text(cell) == ""


def _label(cell: object) -> str:
    return re.sub(r"\s+", " ", as_text(cell))


def _labels(grid: _Grid, at: int) -> list[str]:
    """Return a row's labels; where it is blank, the label above it (a merged header)."""
    above = [_label(cell) for cell in grid.records[at - 1]] if at > 0 else []
    here = [_label(cell) for cell in grid.records[at]]
    width = max(len(above), len(here))
    above, here = above + [""] * (width - len(above)), here + [""] * (width - len(here))
    return [low or high for low, high in zip(here, above, strict=True)]


def _find_header(grid: _Grid, wanted: Collection[str]) -> int | None:
    """Return the position of the first row that holds all wanted labels, or None."""
    for at in range(min(_HEADER_WITHIN, len(grid.records))):
        if set(wanted) <= set(_labels(grid, at)) and (wanted or len(_filled(grid.records[at])) > 1):
            return at
    return None


def _filled(record: Sequence[object], *, most: int | None = None) -> list[int]:
    """Return the positions of the cells that hold something, the first `most` of them."""
    return list(islice((i for i, cell in enumerate(record) if not _is_blank(cell)), most))


def _best_header(grid: _Grid, wanted: Collection[str]) -> int:
    """Return the row that looks most like a header, for a message about what is missing."""
    head = range(min(_HEADER_WITHIN, len(grid.records)))
    return max(
        head,
        key=lambda at: (len(set(wanted) & set(_labels(grid, at))), len(_filled(grid.records[at])) > 1, -at),
        default=0,
    )


def _check_widths(grid: _Grid, at: int, width: int, notebook: Notebook) -> None:
    long = [
        grid.rows[i]
        for i in range(at + 1, len(grid.records))
        if len(grid.records[i]) > width and _filled(grid.records[i][width:], most=1)
    ]
    if long:
        raise LayerError(
            f"{notebook.where}: {some_rows(long)} has more cells than the header's {width}; "
            "put names that hold a comma in quotation marks, or delete what is too much"
        )


def _note_short(grid: _Grid, keep: list[int], width: int, notebook: Notebook) -> None:
    """Note the rows of a text file that end before the header does: a comma may be missing in one."""
    short = [grid.rows[i] for i in keep if len(grid.records[i]) < width]
    notebook.repair(short, f"fewer cells than the header's {width}, what is missing taken as unknown")


def _not_records(grid: _Grid, at: int, labels: list[str], notebook: Notebook) -> set[int]:
    """Return positions below the header that hold no record, and note why."""
    reasons: dict[int, str] = {}
    is_table = len([label for label in labels if label]) >= _LEAST_COLUMNS
    for i in range(at + 1, len(grid.records)):
        record = grid.records[i]
        texts = [as_text(record[position]) for position in _filled(record, most=3)]
        if len(texts) == 1 and is_table:
            reasons[i] = f"a note and no record: {texts[0][:30]}"
        elif texts[0] in labels and [_label(cell) for cell in record] == labels:
            reasons[i] = "the header again"
        elif sums := [text for text in texts if "".join(text.split()).casefold() in _SUMS]:
            reasons[i] = f"a sum and no record: {sums[0][:30]}"
    for i, reason in reasons.items():
        notebook.drop([grid.rows[i]], reason)
    return set(reasons)


def _to_frame(grid: _Grid, wanted: Collection[str], notebook: Notebook, encoding: str | None) -> RawLayer:
    found = _find_header(grid, wanted)
    at = _best_header(grid, wanted) if found is None else found
    labels = _labels(grid, at) if grid.records else []
    while labels and not labels[-1]:
        labels.pop()
    check_columns(pd.DataFrame(columns=[label for label in labels if label]), wanted, where=notebook.where)
    _check_widths(grid, at, len(labels), notebook)
    if at > 0:
        notebook.notes.append(f"header found in row {grid.rows[at]}, {at} row(s) above it left out")
    _fill_merged(grid, at, labels, wanted, notebook)
    leave = _not_records(grid, at, labels, notebook)
    keep = [i for i in range(at + 1, len(grid.records)) if i not in leave]
    if encoding is not None:
        _note_short(grid, keep, len(labels), notebook)
    records = [(grid.records[i] + [None] * len(labels))[: len(labels)] for i in keep]
    cells = pd.DataFrame(records, columns=labels, dtype=object)
    return RawLayer(
        cells=cells.loc[:, [bool(label) for label in labels]],
        rows=np.asarray([grid.rows[i] for i in keep], dtype=np.int64),
        encoding=encoding,
    )


def _fill_merged(
    grid: _Grid, at: int, labels: list[str], wanted: Collection[str], notebook: Notebook
) -> None:
    """Give a text that stands once for several merged rows to each of them; a number may be their sum."""
    row_at = {row: i for i, row in enumerate(grid.rows)}
    for block in grid.merged:
        top = row_at.get(block.first)
        if top is None or top <= at or block.column >= len(labels):
            continue
        value = (grid.records[top] + [None] * len(labels))[block.column]
        below = [row for row in range(block.first + 1, block.last + 1) if row in row_at]
        if _is_blank(value) or not below:
            continue
        label, shown = labels[block.column], as_text(value)[:30]
        if isinstance(value, str):
            for row in below:
                record = grid.records[row_at[row]]
                record += [None] * (block.column + 1 - len(record))
                record[block.column] = value
            done = f"{label} = {shown} taken from row {block.first}, with which its cell is merged"
        else:
            done = f"{label} = {shown} taken for row {block.first} alone, with which its cell is merged"
        if label in wanted:
            notebook.repair(below, done)


def _drop_blank(records: Sequence[list[Any]], rows: Sequence[int], name: str, **more: Any) -> _Grid:
    kept = [i for i, record in enumerate(records) if _filled(record, most=1)]
    return _Grid([records[i] for i in kept], [rows[i] for i in kept], name, **more)


def _cell_value(cell: Cell | MergedCell) -> object:
    """Return a cell's value; a number shown with leading zeros is a code and stays as it is shown."""
    value = cell.value
    if isinstance(value, int | float) and not isinstance(value, bool) and float(value).is_integer():
        padded = _ZERO_PADDED.fullmatch(str(cell.number_format))
        if padded:
            return str(int(value)).zfill(len(padded[1]))
    return value


def _has_merged(path: Path) -> bool:
    """Return whether a sheet of a workbook has merged cells."""
    with zipfile.ZipFile(path) as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
        return any(b"<mergeCell " in archive.read(name) for name in sheets if name.endswith(".xml"))


def _merged_of(sheet: Worksheet) -> tuple[_Merged, ...]:
    blocks = [block for block in sheet.merged_cells.ranges if block.max_row > block.min_row]
    found = [_Merged(block.min_row, block.max_row, block.min_col - 1) for block in blocks]
    return tuple(sorted(found, key=lambda block: (block.first, block.column)))


def _workbook_grids(path: Path, *, where: str) -> Iterator[_Grid]:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with warnings.catch_warnings():
            # openpyxl tells of styles and validations that it leaves out; cells are all we read.
            warnings.simplefilter("ignore")
            # Which cells are merged is told by the slower way of reading alone.
            book = load_workbook(path, read_only=not _has_merged(path), data_only=True)
            try:
                for sheet in book.worksheets:
                    if book.read_only:
                        sheet.reset_dimensions()
                    records = [[_cell_value(cell) for cell in row] for row in sheet.iter_rows()]
                    yield _drop_blank(
                        records,
                        range(1, len(records) + 1),
                        sheet.title,
                        merged=() if book.read_only else _merged_of(sheet),
                        is_hidden=sheet.sheet_state != "visible",
                    )
            finally:
                book.close()
    except (*_BROKEN, InvalidFileException) as error:
        raise LayerError(
            f"{where}: not a readable Excel workbook ({error}); open it and save it as .xlsx"
        ) from error


def _choose_sheet(path: Path, wanted: Collection[str], notebook: Notebook) -> _Grid:
    grids = list(_workbook_grids(path, where=notebook.where))
    filled = [grid for grid in grids if grid.records]
    if not filled:
        raise LayerError(
            f"{notebook.where}: the workbook has no filled cell; check that it is the right file"
        )
    fitting = [grid for grid in filled if _has_records(grid, wanted)]
    shown = [grid for grid in fitting if not grid.is_hidden] or fitting
    if len(shown) > 1:
        names = some_names(one.name for one in shown)
        raise LayerError(
            f"{notebook.where}: {len(shown)} sheets hold the columns ({names}); put their rows into one "
            "sheet, or leave in the file only the one that is meant"
        )
    if not shown:
        return next((grid for grid in filled if _find_header(grid, wanted) is not None), filled[0])
    if len(filled) > 1:
        left = some_names(other.name for other in filled if other is not shown[0])
        notebook.notes.append(f"sheet {shown[0].name} read; left out: {left}")
    return shown[0]


def _has_records(grid: _Grid, wanted: Collection[str]) -> bool:
    at = _find_header(grid, wanted)
    return at is not None and at + 1 < len(grid.records)


def read_cells(path: Path, wanted: Collection[str], notebook: Notebook) -> RawLayer:
    """Return the records of a CSV, TSV or Excel file.

    The header is the first of the top rows that holds every wanted column; a header merged over
    two rows is read as one. Notes, sums and repeated headers below it are left out and noted. A text in
    a cell merged over several rows counts for each of them; a number does not, since it may be their sum.

    Parameters
    ----------
    path
        ``.csv``, ``.txt``, ``.tsv``, ``.tab`` or ``.xlsx``.
    wanted
        Columns the study names.
    notebook
        Where to note what was left out.

    Raises
    ------
    LayerError
        If it is not what its ending says, a column is missing, several sheets hold the columns, or a row has
        more cells than the header.
    """
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        return _to_frame(_choose_sheet(path, wanted, notebook), wanted, notebook, None)
    records, lines, encoding = read_delimited(path, where=notebook.where)
    grid = _drop_blank(records, lines, path.name)
    if not grid.records:
        raise LayerError(f"{notebook.where}: the file is empty; check that it is the right one")
    return _to_frame(grid, wanted, notebook, encoding)
