"""Cells as people fill them: codes as text, numbers with full-width digits, blanks that mean unknown."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cfspace.config.bands import BANDS

UNKNOWN: Final = frozenset(
    {
        "",
        "-",
        "--",
        "—",
        "——",
        "/",
        "\\",
        "n/a",
        "na",
        "nan",
        "nil",
        "none",
        "null",
        "unknown",
        "不详",
        "未知",
    }
)
"""Cells, casefolded, that mean nobody knows. Zero is not among them."""

_NUMBERS: Final = frozenset(
    [
        "capacity",
        "beds",
        "doctors",
        "pupils",
        "enrolment",
        "seats",
        "staff",
        "levels",
        "min_age",
        "max_age",
        "residents",
        "households",
    ]
) | frozenset(BANDS)
_LONG: Final = 1e15
_THOUSANDS: Final = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_PLAIN: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)


def is_number_column(name: str) -> bool:
    """Return whether an attribute of this name is a count or an amount, never negative.

    Examples
    --------
    >>> [is_number_column(name) for name in ("capacity", "service_area_m2", "0_2", "children_area", "host")]
    [True, True, True, False, False]
    """
    return name in _NUMBERS or name.endswith(("_m2", "_m", "_per_day")) or name.startswith("n_")


def as_text(value: object) -> str:
    """Return a cell as text: whole numbers without a point, nothing as an empty text.

    Examples
    --------
    >>> [as_text(cell) for cell in (220102, 220102.0, "0220102 ", None, float("nan"), True, 4.5)]
    ['220102', '220102', '0220102', '', '', 'true', '4.5']
    """
    if type(value) is str:  # nearly all of them
        return value.strip()
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating):
        number = float(value)
        if np.isnan(number):
            return ""
        return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)
    if isinstance(value, list | tuple | np.ndarray):
        return ",".join(as_text(part) for part in value)
    return str(value).strip()


def lost_digits(values: pd.Series) -> NDArray[np.bool_]:
    """Return which cells hold a number too long to be exact: a spreadsheet keeps fifteen digits of a code.

    Examples
    --------
    >>> lost_digits(pd.Series([2.2010200100112e16, "22010200100112345", 220102001001.0])).tolist()
    [True, False, False]
    """
    cells = values.tolist()
    return np.asarray([isinstance(cell, float) and abs(cell) >= _LONG for cell in cells], dtype=np.bool_)


def text_column(values: pd.Series) -> pd.Series:
    """Return a column as text, row by row like :func:`as_text`; empty cells are missing values."""
    texts = [as_text(value) for value in values.tolist()]
    return pd.Series([text or None for text in texts], index=values.index, dtype="str", name=values.name)


def half_width(text: str) -> str:
    """Return text with full-width digits and signs made plain.

    Examples
    --------
    >>> half_width("１２５．３２")
    '125.32'
    """
    return unicodedata.normalize("NFKC", text).replace("−", "-").strip()


def _read_number(text: str) -> float:
    """Return a cell's number, NaN where it is unknown; ValueError where it is neither."""
    plain = half_width(text)
    if plain.casefold() in UNKNOWN:
        return float("nan")
    if _THOUSANDS.fullmatch(plain):
        plain = plain.replace(",", "")
    if not _PLAIN.fullmatch(plain):
        raise ValueError(text)
    return float(plain)


def read_numbers(
    values: pd.Series,
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_]]:
    """Return a column's numbers, where a cell is no number, and where full-width digits were made plain.

    Parameters
    ----------
    values
        Cells of any type.

    Returns
    -------
    Numbers (NaN where unknown or no number), and two masks of the same length.

    Examples
    --------
    >>> numbers, bad, widened = read_numbers(pd.Series(["12", "１２", "1,200", "约30", "-"]))
    >>> numbers.tolist(), bad.tolist(), widened.tolist()
    ([12.0, 12.0, 1200.0, nan, nan], [False, False, False, True, False], [False, True, False, False, False])
    """
    bad, widened = np.zeros(len(values), dtype=np.bool_), np.zeros(len(values), dtype=np.bool_)
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
        return numbers, np.isinf(numbers), widened
    texts = [as_text(cell) for cell in values.tolist()]
    numbers = np.array(pd.to_numeric(pd.Series(texts, dtype=object), errors="coerce"), dtype=np.float64)
    for i in np.flatnonzero(np.isnan(numbers)):
        try:
            numbers[i] = _read_number(texts[i])
        except ValueError:
            bad[i] = True
        else:
            widened[i] = not texts[i].isascii() and not np.isnan(numbers[i])
    infinite = np.isinf(numbers)
    numbers[infinite] = np.nan
    return numbers, bad | infinite, widened
