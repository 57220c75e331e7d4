"""Styled sheets: headings, filters, number formats, colours for scores, hatching for no data."""

from __future__ import annotations

import datetime as dt
import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from cfspace.present.palettes import GOOD, HATCH_GROUND, HATCH_LINE, SCORE_BREAKS, contrast

FORMATS = {
    "text": "@",
    "whole": "#,##0",
    "number": "#,##0.00",
    "percent": "0.0%",
    "score": "0.0",
    "end": "0.0",
    "degree": "0.000000",
}
LONGEST_TEXT = 32_767
"""Characters that a cell holds at most; longer texts are cut."""

_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
_WIDEST, _NARROWEST = 46.0, 7.0


@dataclass(frozen=True, slots=True)
class Column:
    """A heading, and how the cells below it are written: a key of `FORMATS`, or ``value``."""

    title: str
    form: str


class Book:
    """A workbook being written; used with ``with``.

    Parameters
    ----------
    out
        The file.
    created
        Date kept in its properties, so that bytes do not depend on the clock.
    """

    def __init__(self, out: Path, *, created: dt.datetime) -> None:
        import xlsxwriter

        options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        self._book = xlsxwriter.Workbook(str(out), options)
        self._book.set_properties({"created": created, "title": "coverage", "author": "cfspace"})
        self._made: dict[tuple[str, bool], Any] = {}
        self._names: set[str] = set()

    def __enter__(self) -> Book:
        """Return the book itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write the file."""
        if kind is None:
            self._book.close()

    def sheet(
        self,
        name: str,
        columns: Sequence[Column],
        rows: Sequence[Sequence[Any]],
        *,
        notes: Sequence[str],
        frozen: int,
        hatched: Sequence[bool] | None = None,
    ) -> None:
        """Add a sheet: notes on top, then a heading row with filters, then the rows.

        Parameters
        ----------
        name
            Its name; cut and made unique as the format asks.
        columns
            One per column.
        rows
            Cells; NaN and None stay empty; a pair is a value and its own form.
        notes
            Lines above the table, the first one bold.
        frozen
            Columns that stay in view.
        hatched
            Rows whose empty numbers are hatched; by default those of empty scores.
        """
        sheet = self._book.add_worksheet(self._free_name(name))
        top = len(notes)
        for k, note in enumerate(notes):
            sheet.write_string(k, 0, note[:LONGEST_TEXT], self._note(first=k == 0))
        for c, column in enumerate(columns):
            sheet.write_string(top, c, column.title, self._heading())
        for r, row in enumerate(rows, top + 1):
            for c, cell in enumerate(row):
                is_hatched = hatched[r - top - 1] if hatched is not None else True
                self._write(sheet, r, c, cell, columns[c].form, hatched=is_hatched)
        for c, column in enumerate(columns):
            sheet.set_column(c, c, _width(column.title, [row[c] for row in rows if len(row) > c]))
        self._finish(sheet, columns, top=top, n_rows=len(rows), frozen=frozen)

    def _finish(self, sheet: Any, columns: Sequence[Column], *, top: int, n_rows: int, frozen: int) -> None:
        sheet.set_row(top, 32)
        sheet.freeze_panes(top + 1, frozen)
        if n_rows:
            sheet.autofilter(top, 0, top + n_rows, len(columns) - 1)
            for c, column in enumerate(columns):
                if column.form == "score":
                    self._colour(sheet, top + 1, top + n_rows, c)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(top)

    def _write(self, sheet: Any, r: int, c: int, cell: Any, form: str, *, hatched: bool) -> None:
        if isinstance(cell, tuple):
            cell, form = cell
        if isinstance(cell, str):
            sheet.write_string(r, c, cell[:LONGEST_TEXT], self._format("text"))
        elif cell is None or not math.isfinite(float(cell)):
            wants = hatched and form in ("score", "percent", "number", "value")
            sheet.write_blank(r, c, None, self._format(form, hatched=wants))
        else:
            sheet.write_number(r, c, float(cell), self._format(form))

    def _colour(self, sheet: Any, first: int, last: int, column: int) -> None:
        """Colour scores by class; the text stays readable on each."""
        edges = [-math.inf, *SCORE_BREAKS, math.inf]
        for k, colour in enumerate(GOOD):
            text = "#ffffff" if contrast(colour, "#ffffff") >= 4.5 else "#1d2733"
            rule: dict[str, Any] = {
                "type": "cell",
                "format": self._book.add_format({"bg_color": colour, "font_color": text}),
            }
            if k == 0:
                # An empty cell counts as 0 for a rule: it must not be coloured as the lowest class.
                sheet.conditional_format(
                    first, column, last, column, {"type": "blanks", "stop_if_true": True}
                )
            if k == len(GOOD) - 1:
                rule |= {"criteria": ">=", "value": edges[k]}
            elif k == 0:
                rule |= {"criteria": "<", "value": edges[1]}
            else:
                rule |= {"criteria": "between", "minimum": edges[k], "maximum": edges[k + 1] - 1e-9}
            sheet.conditional_format(first, column, last, column, rule)

    def _format(self, form: str, *, hatched: bool = False) -> Any:
        key = (form, hatched)
        if key not in self._made:
            style: dict[str, Any] = {"num_format": FORMATS.get(form, FORMATS["number"]), "valign": "top"}
            if hatched:
                style |= {"pattern": 14, "fg_color": HATCH_LINE, "bg_color": HATCH_GROUND}
            self._made[key] = self._book.add_format(style)
        return self._made[key]

    def _heading(self) -> Any:
        if ("heading", False) not in self._made:
            style = {"bold": True, "text_wrap": True, "valign": "vcenter", "bottom": 1, "bg_color": "#e4edf7"}
            self._made["heading", False] = self._book.add_format(style)
        return self._made["heading", False]

    def _note(self, *, first: bool) -> Any:
        key = ("note", first)
        if key not in self._made:
            style = {"bold": True, "font_size": 13} if first else {"font_color": "#4c5967"}
            self._made[key] = self._book.add_format(style)
        return self._made[key]

    def _free_name(self, name: str) -> str:
        """Return a name the format allows: at most 31 characters, no brackets or slashes, not taken."""
        clean = name.translate(_FORBIDDEN).strip("' ")[:28] or "Sheet"
        free, k = clean, 2
        while free.lower() in self._names:
            free, k = f"{clean} {k}", k + 1
        self._names.add(free.lower())
        return free


def text_width(text: str) -> float:
    """Return how many columns of a fixed-width face a text takes: a Chinese character takes two.

    Examples
    --------
    >>> text_width("abc"), text_width("公园")
    (3.0, 4.0)
    """
    if text.isascii():
        return float(len(text))
    return float(sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text))


def _width(title: str, cells: Sequence[Any]) -> float:
    texts = [cell for cell in cells if isinstance(cell, str)]
    longest = max((text_width(text[:60]) for text in set(texts)), default=0.0)
    # Headings wrap over two lines; numbers take up to eleven signs.
    needed = max(longest, text_width(title) / 2 + 3, 9.5 if len(texts) < len(cells) else 0.0)
    return min(max(needed + 2.0, _NARROWEST), _WIDEST)
