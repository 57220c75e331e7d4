"""Reading attributes as people write them: numbers, and yes or no in two languages."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

_YES: Final = ("yes", "true", "y", "t", "1", "1.0", "是", "有", "√")
_NO: Final = ("no", "false", "n", "f", "0", "0.0", "否", "无", "没有", "×")
_UNKNOWN: Final = ("", "unknown", "nan", "none", "<na>", "不详", "未知", "不明", "-", "—")
_WORDS: Final[dict[str, str | None]] = {
    **dict.fromkeys(_YES, "yes"),
    **dict.fromkeys(_NO, "no"),
    **dict.fromkeys(_UNKNOWN, None),
    **dict.fromkeys(("部分", "partly", "partial"), "limited"),
}


def as_word(value: Any) -> str | None:
    """Return a value as a plain lower-case word: yes, no and limited made alike, None where unknown.

    Examples
    --------
    >>> as_word("是"), as_word(True), as_word("Limited"), as_word(float("nan"))
    ('yes', 'yes', 'limited', None)
    """
    word = str(value).strip().casefold()
    return _WORDS.get(word, word)


def words(frame: pd.DataFrame, attribute: str) -> NDArray[np.object_]:
    """Return an attribute as words, None where unknown; all None where the column is absent."""
    if attribute not in frame.columns:
        return np.full(len(frame), None, dtype=object)
    values = frame[attribute].to_numpy(dtype=object)
    # Few words are written many times.
    known: dict[tuple[type, Any], str | None] = {}
    for value in values:
        if (type(value), value) not in known:
            known[type(value), value] = as_word(value)
    return np.array([known[type(value), value] for value in values], dtype=object)


def numbers(frame: pd.DataFrame, attribute: str) -> NDArray[np.float64]:
    """Return an attribute as numbers, NaN where unknown; all NaN where the column is absent."""
    if attribute not in frame.columns:
        return np.full(len(frame), np.nan)
    return pd.to_numeric(frame[attribute], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
