"""Evaluating a rulebook: every measure asked once, and summed to every unit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cfspace.config.rulebook import Rule, Rulebook, Text, age_label
from cfspace.config.study import LEVELS
from cfspace.errors import ParameterError
from cfspace.indicators.causes import (
    CAUSES,
    Ends,
    OtherCities,
    OtherTallies,
    ends_of,
    other_tallies,
    together,
)
from cfspace.indicators.city import WEIGHT_WORDS, City, Floats
from cfspace.indicators.counted import counted_things
from cfspace.indicators.measures import MEASURES
from cfspace.indicators.outcome import Amounts, Outcome, PerUnit, Tally
from cfspace.indicators.quotients import Quotients, score_of, score_rows
from cfspace.indicators.sums import UnitSums, children_of_units
from cfspace.indicators.words import say

Truths = NDArray[np.bool_]
Block = dict[str, Any]

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
    "value_low",
    "value_high",
    "score_low",
    "score_high",
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
        for block in _blocks(rule, outcome, position, sums, others, rulebook)
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
        told = {name: own[f"{cause} {name}"] for name in CAUSE_COLUMNS[5:9]}
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


def _blocks(
    rule: Rule, outcome: Outcome, position: int, sums: UnitSums, others: OtherCities, book: Rulebook
) -> Iterable[Block]:
    besides = other_tallies(rule, outcome, others, book)
    tallies: list[Tally | None] = list(outcome.tallies) or [None]
    for level_order, level in enumerate(sums.city.units.levels):
        enters = not rule.report_only and not _too_fine(level, rule)
        for band_order, tally in enumerate(tallies):
            other = besides[band_order] if tally is not None else OtherTallies()
            block = _rows(rule, outcome, tally, other, level, sums=sums, book=book)
            block["scored"] = enters and band_order == len(tallies) - 1
            yield {**block, "_level": level_order, "_rule": position, "_band": band_order}


def _too_fine(level: str, rule: Rule) -> bool:
    order: tuple[str, ...] = LEVELS
    return order.index(level) > order.index(rule.level)


def _rows(
    rule: Rule,
    outcome: Outcome,
    tally: Tally | None,
    other: OtherTallies,
    level: str,
    *,
    sums: UnitSums,
    book: Rulebook,
) -> Block:
    """Return the columns of one row per unit of a level, for one age band."""
    city = sums.city
    units = city.units.frames[level]
    covered = units["covered_share"].to_numpy(dtype=np.float64)
    bands = tally.bands if tally is not None else rule.who
    children = children_of_units(sums, bands, level)
    numbers, few_known = _numbers(rule, tally, other, level, sums=sums, book=book)
    counted_by_children = bool(bands) and city.weights == "children"
    few = (
        children < book.few_children_below if counted_by_children and rule.measure in _OF_CHILDREN else False
    )
    status = np.select(
        [
            np.full(len(units), _too_fine(level, rule)),
            np.isnan(numbers["value"]),
            covered < book.min_covered_share,
            np.broadcast_to(few, len(units)),
        ],
        ["not_at_level", "no_data", "partial_extract", "few_children"],
        default="ok",
    )
    score = np.where(np.isin(status, ("ok", "few_children")), numbers.pop("score"), np.nan)
    return {
        "unit_level": level,
        **city.once(f"names of {level}", lambda: _names(units)),
        "task": rule.task,
        "indicator": rule.id,
        "age_band": age_label(bands),
        "value_unit": _value_unit(rule, city),
        "goal": np.nan if rule.goal is None else float(rule.goal),
        "status": status.tolist(),
        "score": score,
        "children": children,
        "n_facilities": _count(outcome.places, level, sums),
        "n_unmeasured": _count(tally.unmeasured if tally is not None else None, level, sums),
        "covered_share": covered,
        "evidence": outcome.evidence,
        "confidence": rule.confidence,
        **_words("reason", _reasons(outcome, tally, np.isnan(numbers["value"]), few_known, level)),
        **_words("note", [outcome.note] * len(units)),
        **numbers,
    }


def _names(units: pd.DataFrame) -> dict[str, list[str]]:
    return {name: units[name].astype(object).tolist() for name in ("unit_id", "unit_name")}


_OF_CHILDREN: Final = frozenset(
    {"coverage", "zone_coverage", "bundle", "profile_ratio", "route", "supply", "floating_supply"}
)
"""Measures whose value means little where few children live."""


def _value_unit(rule: Rule, city: City) -> str:
    by_home = rule.measure in ("coverage", "zone_coverage", "bundle", "profile_ratio", "route")
    return rule.value_unit + (WEIGHT_WORDS[city.weights] if by_home else "")


def _numbers(
    rule: Rule, tally: Tally | None, other: OtherTallies, level: str, *, sums: UnitSums, book: Rulebook
) -> tuple[dict[str, Floats], Truths]:
    """Return the numbers per unit, blank where there is no value, and where too little is known for one."""
    n_units = len(sums.city.units.frames[level])
    names = (*_NUMBERS, *(f"{cause} {end}" for cause in CAUSES for end in _ENDS))
    if tally is None:
        return dict.fromkeys(names, np.full(n_units, np.nan)), np.zeros(n_units, dtype=bool)
    told = Quotients.of(tally, level, sums, min_answered=book.min_answered_share)
    ends = ends_of(rule, tally, told, other, level, sums=sums, doubt=book.uncertainty)
    low, high = together(told.value, ends, most=1.0 if rule.value_unit.startswith("share") else np.inf)
    found = {
        "value": told.value,
        "numerator": told.numerator,
        "denominator": told.denominator,
        "value_low": low,
        "value_high": high,
        "score": score_rows(rule, tally, told, level, sums),
        **{
            name: values
            for cause in CAUSES
            for name, values in _named(cause, ends.get(cause), n_units).items()
        },
    }
    blank = np.isnan(told.value)
    return {name: np.where(blank, np.nan, values) for name, values in found.items()}, told.few_known


_NUMBERS: Final = ("value", "numerator", "denominator", "value_low", "value_high", "score")
_ENDS: Final = CAUSE_COLUMNS[5:9]


def _named(cause: str, ends: Ends | None, n_units: int) -> dict[str, Floats]:
    if ends is None:
        return {f"{cause} {end}": np.full(n_units, np.nan) for end in _ENDS}
    numbers = (ends.low, ends.high, ends.score_low, ends.score_high)
    return {f"{cause} {end}": values for end, values in zip(_ENDS, numbers, strict=True)}


FEW_KNOWN: Final = say(en="too few answers are known here", zh="此处已知的答案太少")


def _reasons(
    outcome: Outcome, tally: Tally | None, silent: Truths, few_known: Truths, level: str
) -> list[Text | None]:
    """Return why each unit has no value, None where it has one."""
    if tally is None:
        return [outcome.reason] * len(silent)
    why = np.full(len(silent), None, dtype=object)
    why[silent] = tally.nothing
    why[silent & few_known] = FEW_KNOWN
    for quantity in (tally.numerator, tally.denominator):
        if isinstance(quantity, PerUnit):
            why[np.isnan(quantity.by_level[level])] = quantity.missing
    return list(why)


def _words(name: str, texts: Iterable[Text | None]) -> dict[str, list[str]]:
    told = list(texts)
    return {
        f"{name}_{lang}": ["" if one is None else one.in_language(lang) for one in told]
        for lang in ("zh", "en")
    }


def _count(amounts: Amounts | None, level: str, sums: UnitSums) -> Floats:
    if amounts is None:
        return np.full(len(sums.city.units.frames[level]), np.nan)
    return sums.sum(amounts, level)


__all__ = [
    "CAUSE_COLUMNS",
    "COVERAGE_COLUMNS",
    "Evaluated",
    "evaluate",
    "evaluate_with_causes",
    "score_of",
]
