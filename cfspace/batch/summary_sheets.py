"""The spreadsheet over all studies: pilot candidates, a sheet a level, and what failed."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from cfspace.present.messages import Catalogue, catalogue
from cfspace.present.sheets import Book, Column

if TYPE_CHECKING:
    from cfspace.batch.tasks import Outcome

FORMS: Final = {
    "overall": "score",
    "data_share": "percent",
    "children": "whole",
    "rank_in_study": "whole",
    "rank": "whole",
    "n_ranked": "whole",
    "pilot_score": "score",
    "pilot_rank": "whole",
}
CREATED: Final = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
"""A fixed time: bytes do not depend on the clock."""

LEFT_OUT: Final = ("unit_level", "is_firm", "is_candidate")


def sheets(table: pd.DataFrame, failed: Mapping[str, Outcome], *, lang: str) -> bytes:
    """Return ``summary.xlsx``.

    Parameters
    ----------
    table
        As `cfspace.batch.summary.ranked` gives it.
    failed
        How it went with the studies whose results are missing.
    lang
        ``zh`` or ``en``.
    """
    say = catalogue(lang)
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "summary.xlsx"
        with Book(path, created=CREATED) as book:
            _write(book, table, failed, say)
        return path.read_bytes()


def _write(book: Book, table: pd.DataFrame, failed: Mapping[str, Outcome], say: Catalogue) -> None:
    candidates = table[table["is_candidate"]].sort_values(["rulebook", "unit_level", "pilot_rank"])
    notes = [say("batch.candidates"), say("batch.pilot_note"), say("batch.rank_note")]
    book.sheet(say("batch.candidates"), _columns(table, say), _cells(candidates, say), notes=notes, frozen=7)
    for level in dict.fromkeys(table["unit_level"]):
        rows = table[table["unit_level"] == level]
        name = say(f"level.{level}")
        title = say("batch.units_of", level=name, n=len(rows), studies=rows["study"].nunique())
        book.sheet(name, _columns(table, say), _cells(rows, say), notes=[title, *notes[1:]], frozen=7)
    if failed:
        columns = [Column(say(f"batch.{key}"), "text") for key in ("study", "state", "message")]
        told = [[name, say(f"batch.state_{one.state}"), one.message] for name, one in failed.items()]
        book.sheet(say("batch.failed"), columns, told, notes=[say("batch.failed_note")], frozen=1)


def _columns(table: pd.DataFrame, say: Catalogue) -> list[Column]:
    found = [Column(say("batch.level"), "text")]
    for column in map(str, table):
        if column.startswith("task_"):
            found.append(Column(say("task.other", task=column.removeprefix("task_")), "score"))
        elif column not in LEFT_OUT:
            found.append(Column(say(f"batch.{column}"), FORMS.get(column, "text")))
    return found


def _cells(rows: pd.DataFrame, say: Catalogue) -> list[list[Any]]:
    """Return the cells; the level comes first and in words."""
    kept = rows.drop(columns=[*LEFT_OUT])
    values = [[None if pd.isna(cell) else cell for cell in row] for row in kept.itertuples(index=False)]
    return [[say(f"level.{level}"), *row] for level, row in zip(rows["unit_level"], values, strict=True)]
