"""Evaluating a rulebook: every measure asked once, and summed to every unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from cfspace.config.rulebook import Rulebook
from cfspace.errors import ParameterError
from cfspace.indicators.causes import CAUSES, OtherCities
from cfspace.indicators.city import City
from cfspace.indicators.counted import counted_things
from cfspace.indicators.measures import MEASURES
from cfspace.indicators.rows import ENDS, Block, blocks_of
from cfspace.indicators.sums import UnitSums

COVERAGE_COLUMNS: Final = (
    "unit_level",
    "unit_id",
    "unit_name",
    "task",
    "indicator",
    "title",
    "age_band",
    "value",
    "value_unit",
    "numerator",
    "denominator",
    "value_low",
    "value_high",
    "goal",
    "score",
    "scored",
    "status",
    "children",
    "n_facilities",
    "n_unmeasured",
    "covered_share",
    "evidence",
    "confidence",
    "source",
)
"""The columns of coverage.csv, in order."""

REASON_COLUMNS: Final = ("reason", "reason_zh", "reason_en", "note_zh", "note_en")

CAUSE_COLUMNS: Final = (
    "unit_level",
    "unit_id",
    "indicator",
    "age_band",
    "cause",
    *ENDS,
    "share",
)
"""The columns of uncertainty.csv, in order."""


@dataclass(frozen=True, kw_only=True)
class Evaluated:
    """What a rulebook says of a city.

    Attributes
    ----------
    rows
        `COVERAGE_COLUMNS` and `REASON_COLUMNS`; as `evaluate` returns them.
    causes
        `CAUSE_COLUMNS`: for each row with a value and each cause that plays a part in it, the ends of its
        range by this cause alone, the scores of both, and the cause's share of the widths of all causes
        (blank where all are 0). In the order of the rows and of `cfspace.indicators.causes.CAUSES`.
    counted
        What each gate, place, segment and piece of land adds, as
        `cfspace.indicators.counted.counted_things` returns it.
    """

    rows: pd.DataFrame
    causes: pd.DataFrame
    counted: pd.DataFrame


def evaluate(rulebook: Rulebook, city: City, *, lang: str = "zh") -> pd.DataFrame:
    """Return the value and score of every indicator for every unit and age band.

    Parameters
    ----------
    rulebook
        Targets and indicators.
    city
        Homes with their walks, facilities, units and the city's own lists.
    lang
        Language of titles, sources and reasons, ``zh`` or ``en``.

    Returns
    -------
    `COVERAGE_COLUMNS`; `reason`, why a row has no value, in `lang`, empty where it has one; and `reason_zh`,
    `reason_en`, `note_zh`, `note_en`, the same and what of the indicator is not known, in both languages.
    Rows are sorted by level (coarse first), unit, task, indicator in the order of the rulebook and age band;
    the row of all bands together comes last and is the one that is `scored`.

    Raises
    ------
    ParameterError
        If `lang` is unknown, or the access table has no column for a target of the rulebook.
    """
    return evaluate_with_causes(rulebook, city, lang=lang).rows


def evaluate_with_causes(rulebook: Rulebook, city: City, *, lang: str = "zh") -> Evaluated:
    """Return what `evaluate` returns, and besides what each cause of doubt makes of every value.

    Raises
    ------
    ParameterError
        As `evaluate`.
    """
    if lang not in ("zh", "en"):
        raise ParameterError(f"lang: {lang!r} is unknown; use zh or en")
    sums, others = UnitSums(city), OtherCities(city, rulebook.uncertainty)
    found = [(rule, MEASURES[rule.measure](rule, city, rulebook)) for rule in rulebook.indicator]
    blocks = [
        block
        for position, (rule, outcome) in enumerate(found)
        for block in blocks_of(rule, outcome, position, sums, others, rulebook)
    ]
    table = _stacked(blocks)
    order = np.lexsort(
        [table[name].to_numpy() for name in ("_band", "_rule", "task")]
        + [np.unique(table["unit_id"].astype(str), return_inverse=True)[1], table["_level"].to_numpy()]
    )
    table = table.iloc[order].reset_index(drop=True)
    titles = {rule.id: rule.title.in_language(lang) for rule in rulebook.indicator}
    sources = {rule.id: rule.source.in_language(lang) for rule in rulebook.indicator}
    rows = table.assign(
        title=table["indicator"].map(titles),
        source=table["indicator"].map(sources),
        reason=table[f"reason_{lang}"],
        n_facilities=table["n_facilities"].astype("Int64"),
        n_unmeasured=table["n_unmeasured"].astype("Int64"),
    )
    return Evaluated(
        rows=rows[[*COVERAGE_COLUMNS, *REASON_COLUMNS]],
        causes=_causes(table),
        counted=counted_things(found, sums),
    )


def _stacked(blocks: list[Block]) -> pd.DataFrame:
    """Return blocks of columns as one table; a single word or number stands for all rows of its block."""
    lengths = [len(block["unit_id"]) for block in blocks]
    columns = {}
    for name in blocks[0]:
        parts = [block[name] for block in blocks]
        if any(isinstance(part, str | list) for part in parts):
            columns[name] = np.array(
                [word for part, n in zip(parts, lengths, strict=True) for word in _words_of(part, n)],
                dtype=object,
            )
        else:
            columns[name] = np.concatenate(
                [p if np.ndim(p) else np.full(n, p) for p, n in zip(parts, lengths, strict=True)]
            )
    return pd.DataFrame(columns)


def _words_of(part: str | list[str], n_rows: int) -> list[str]:
    return [part] * n_rows if isinstance(part, str) else part


def _causes(table: pd.DataFrame) -> pd.DataFrame:
    parts = []
    widths = {cause: table[f"{cause} value_high"] - table[f"{cause} value_low"] for cause in CAUSES}
    total = pd.DataFrame(widths).sum(axis=1)
    for place, cause in enumerate(CAUSES):
        rows = np.flatnonzero(widths[cause].notna())
        own = table.iloc[rows]
        told = {name: own[f"{cause} {name}"] for name in ENDS}
        part = own[[*CAUSE_COLUMNS[:4]]].assign(
            cause=cause,
            **told,
            share=(widths[cause] / total.where(total > 0)).iloc[rows],
            _row=rows,
            _cause=place,
        )
        parts.append(part)
    found = pd.concat(parts).sort_values(["_row", "_cause"], kind="stable", ignore_index=True)
    return found[[*CAUSE_COLUMNS]]
