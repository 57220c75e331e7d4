"""Texts in CSV files that a spreadsheet would take for formulas when it opens the file by hand.

Such a text gets an apostrophe in front, the spreadsheets' own mark for "this is text", and loses it again
when cfspace reads the file: what is kept is the text itself.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd

_FORMULA = re.compile(r"[=@\t\r]|[+-](?!\d+(?:[.,]\d+)*$)")
MARK = "'"


def opens_as_formula(text: str) -> bool:
    """Return whether a spreadsheet that opens a CSV by hand would compute `text`. A signed number is none.

    Examples
    --------
    >>> [opens_as_formula(text) for text in ('=HYPERLINK("http://a.example")', "和平小学", "-1")]
    [True, False, False]
    """
    return _FORMULA.match(text) is not None


def guarded(text: str) -> str:
    """Return a text as it is written to a CSV file.

    Examples
    --------
    >>> guarded("+cmd|' /C calc'!A0"), guarded("和平小学")
    ("'+cmd|' /C calc'!A0", '和平小学')
    """
    return MARK + text if opens_as_formula(text.lstrip(MARK)) else text


def unguarded(text: str) -> str:
    """Return the text that `guarded` was given.

    Examples
    --------
    >>> unguarded(guarded("'=1")), unguarded("'quoted'")
    ("'=1", "'quoted'")
    """
    return text[1:] if text.startswith(MARK) and opens_as_formula(text.lstrip(MARK)) else text


def guarded_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose texts are safe to open by hand; numbers stay as they are."""
    texts = [name for name in frame.columns if not pd.api.types.is_numeric_dtype(frame[name])]
    return frame.assign(**{name: _guarded_cells(frame[name].tolist()) for name in texts})


def _guarded_cells(cells: list[Any]) -> list[Any]:
    # Texts of a table repeat: each is looked at once.
    safe = {cell: guarded(cell) for cell in {cell for cell in cells if isinstance(cell, str)}}
    return [safe[cell] if isinstance(cell, str) else cell for cell in cells]


def read_guarded(path: Path) -> pd.DataFrame:
    """Read a table that was guarded when it was written: unit codes as text, names as they were."""
    table = pd.read_csv(
        path, encoding="utf-8-sig", dtype={"unit_id": str}, keep_default_na=False, na_values=[""]
    )
    texts = [name for name in table.columns if not pd.api.types.is_numeric_dtype(table[name])]
    plain = {
        name: [unguarded(cell) if isinstance(cell, str) else cell for cell in table[name]] for name in texts
    }
    return table.assign(**plain)
