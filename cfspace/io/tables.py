"""Tables of facts per unit or facility: codes as text, figures as numbers, every bad row told."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cfspace.errors import LayerError
from cfspace.io.cells import text_column
from cfspace.io.layers import Where, parse_columns, read_raw, select
from cfspace.io.raw import RawLayer, check_codes
from cfspace.io.reports import LayerReport, Notebook, some_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table as the study asked for it, and what reading it did.

    Parameters
    ----------
    frame
        Columns ``row``, ``unit_id`` and ``facility`` where asked for (text), and those mapped.
    report
        Counts, drops, repairs and notes.
    """

    frame: pd.DataFrame
    report: LayerReport


def _keys(
    raw: RawLayer, named: Mapping[str, str], notebook: Notebook
) -> tuple[dict[str, pd.Series], NDArray[np.bool_]]:
    keys = {new: text_column(raw.cells[old]) for new, old in named.items()}
    blank = np.zeros(len(raw.cells), dtype=np.bool_)
    for new, old in named.items():
        here = keys[new].isna().to_numpy() & ~blank
        notebook.drop(raw.rows[here], f"{old} is blank")
        blank |= here
    return keys, ~blank


def _note_numeric_codes(raw: RawLayer, column: str, notebook: Notebook) -> None:
    """Tell of codes that a spreadsheet holds as numbers: a zero in front would be gone."""
    if any(
        isinstance(cell, int | float) and not isinstance(cell, bool) for cell in raw.cells[column].tolist()
    ):
        notebook.notes.append(f"{column} holds numbers, not text: zeros in front of a code would be lost")


def _first_of_repeats(frame: pd.DataFrame, named: Mapping[str, str], notebook: Notebook) -> pd.DataFrame:
    """Leave out exact repeats; refuse two rows of one key that say different things."""
    facts = frame.drop(columns="row")
    again = facts.duplicated().to_numpy()
    notebook.drop(frame.loc[again, "row"], "an exact repeat of an earlier row")
    left = frame[~again].reset_index(drop=True)
    twice = left.duplicated(subset=list(named), keep=False)
    if named and twice.any():
        first = " / ".join(str(left.loc[twice, new].iloc[0]) for new in named)
        key = left[next(iter(named))]
        rows = left.loc[twice & (key == key[twice].iloc[0]), "row"]
        raise LayerError(
            f"{notebook.where}: {', '.join(named.values())} {first!r} stands in {some_rows(rows.tolist())} "
            f"with different figures ({int(twice.sum())} such rows); leave one row per code"
        )
    return left


def read_table(
    path: Path,
    *,
    table: str,
    unit_id: str | None = None,
    facility: str | None = None,
    columns: Mapping[str, str],
    numbers: Collection[str] | None = None,
    where: Where | None = None,
) -> Table:
    """Return a table without geometry, CSV or Excel (or the attributes of a vector file).

    Parameters
    ----------
    path
        Any format that :func:`cfspace.io.layers.read_layer` reads.
    table
        What messages call it.
    unit_id, facility
        Columns of unit codes and of facility names; read as text, leading zeros kept. Rows where
        one is blank are left out and told.
    columns
        New name to the file's column.
    numbers
        New names that hold numbers; by default counts and amounts, by their name.
    where
        Filter: column to value or values.

    Returns
    -------
    Table
        One row per key, in the file's order. Blank figures are NaN: unknown.

    Raises
    ------
    LayerError
        If the file or a column is missing, a figure is no number of 0 or more (all such rows are
        told), nothing is left, or two rows of one key differ.
    """
    notebook = Notebook(table, path)
    named = {new: old for new, old in (("unit_id", unit_id), ("facility", facility)) if old is not None}
    raw = read_raw(path, [*named.values(), *columns.values(), *(where or {})], notebook)
    n_rows = len(raw.rows) + len(notebook.dropped)
    chosen = select(raw, where or {}, notebook, allow_empty=False)
    raw = RawLayer(
        cells=raw.cells[chosen].reset_index(drop=True), rows=raw.rows[chosen], encoding=raw.encoding
    )
    for column in named.values():
        check_codes(raw.cells, raw.rows, column, where=notebook.where)
    keys, keyed = _keys(raw, named, notebook)
    if path.suffix.lower() == ".xlsx" and unit_id is not None:
        _note_numeric_codes(raw, unit_id, notebook)
    cells, rows = raw.cells[keyed], raw.rows[keyed]
    facts = parse_columns(cells, rows, columns, numbers=numbers, notebook=notebook)
    frame = pd.DataFrame({"row": rows, **{new: keys[new][keyed] for new in named}, **facts})
    frame = _first_of_repeats(frame.reset_index(drop=True), named, notebook)
    if frame.empty:
        raise LayerError(
            f"{notebook.where}: no row with a filled {' and '.join(named.values())}; correct the file"
        )
    report = notebook.report(
        rows=n_rows,
        kept=len(frame),
        filtered=int((~chosen).sum()),
        declared="",
        crs=None,
        encoding=raw.encoding,
    )
    return Table(frame=frame, report=report)
