"""Checklists: yes, no or unknown for each place and item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from cfspace.errors import LayerError
from cfspace.io.cells import UNKNOWN, half_width
from cfspace.io.reports import LayerReport, some_rows
from cfspace.io.tables import read_table

_WORDS: Final[dict[str, str]] = {
    "yes": "yes y true t 1 是 有 已 已设 达标 合格 √ ✓ ✔ 对",
    "no": "no n false f 0 否 无 没有 未 未设 不达标 不合格 × ✗ ✘ x",
    "unknown": "不明 不清楚 不确定 待查 待核实 ?",
}
_ANSWERS: Final = {
    **dict.fromkeys(UNKNOWN, "unknown"),
    **{word: value for value, words in _WORDS.items() for word in words.split()},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Checklist:
    """The answers of one checklist.

    Attributes
    ----------
    frame
        A row per place and item: ``row`` in the file, ``place`` (a name or a unit's code), ``item``,
        ``value`` (``yes``, ``no`` or ``unknown``).
    report
        What reading it did.
    """

    frame: pd.DataFrame
    report: LayerReport


def answer(cell: object) -> str | None:
    """Return a cell as ``yes``, ``no`` or ``unknown``; None where it is none of them.

    Examples
    --------
    >>> [answer(cell) for cell in ("是", "×", "不详", None, "大概")]
    ['yes', 'no', 'unknown', 'unknown', None]
    """
    return _ANSWERS.get(half_width(cell).casefold()) if isinstance(cell, str) else "unknown"


def read_checklist(path: Path, *, layer: str, columns: Mapping[str, str], facility: str | None = None,
                   unit_id: str | None = None) -> Checklist:  # fmt: skip
    """Return the answers of a checklist file.

    Parameters
    ----------
    path
        Any table that :func:`cfspace.io.tables.read_table` reads.
    layer
        What messages call it.
    columns
        Item to the file's column.
    facility, unit_id
        The column that names the place, or that holds the unit's code; one of them.

    Raises
    ------
    LayerError
        If the file cannot be read, or a cell is none of yes, no and unknown; all such cells are told.
    """
    table = read_table(path, table=layer, facility=facility, unit_id=unit_id, columns=columns, numbers=())
    key = "unit_id" if facility is None else "facility"
    parts, faults = [], []
    for item, column in columns.items():
        values = [answer(cell) for cell in table.frame[item].tolist()]
        bad = np.asarray([value is None for value in values], dtype=np.bool_)
        if bad.any():
            found = table.frame[item][bad].iloc[0]
            faults.append(f"{column} = {found!r} in {some_rows(table.frame['row'][bad].tolist())}")
        frame = pd.DataFrame({"row": table.frame["row"], "place": table.frame[key], "item": item})
        parts.append(frame.assign(value=pd.Series(values, dtype="str")))
    if faults:
        raise LayerError(
            f"{layer} ({path.name}): neither yes nor no: {'; '.join(faults)}; write 是, 否 or 不详"
        )
    answers = pd.concat(parts, ignore_index=True).sort_values("row", kind="stable", ignore_index=True)
    return Checklist(frame=answers, report=table.report)
