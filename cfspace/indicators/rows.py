"""Rows of coverage.csv: what an indicator says of every unit of a level, an age band at a time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cfspace.config.rulebook import Rule, Rulebook, Text, age_label
from cfspace.config.study import LEVELS
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
from cfspace.indicators.outcome import Amounts, Outcome, PerUnit, Tally
from cfspace.indicators.quotients import Quotients, score_rows
from cfspace.indicators.sums import UnitSums, children_of_units
from cfspace.indicators.words import say

Truths = NDArray[np.bool_]
Block = dict[str, Any]

ENDS: Final = ("value_low", "value_high", "score_low", "score_high")
"""What a cause of doubt alone makes of a value and its score."""

_NUMBERS: Final = ("value", "numerator", "denominator", "value_low", "value_high", "score")

_OF_CHILDREN: Final = frozenset(
    {"coverage", "zone_coverage", "bundle", "profile_ratio", "route", "supply", "floating_supply"}
)
"""Measures whose value means little where few children live."""

FEW_KNOWN: Final = say(en="too few answers are known here", zh="此处已知的答案太少")


def blocks_of(
    rule: Rule, outcome: Outcome, position: int, sums: UnitSums, others: OtherCities, book: Rulebook
) -> Iterable[Block]:
    """Yield the columns of an indicator, a block for each level and age band."""
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
    few = _few_children(rule, bands, children, city, book)
    status = _status(rule, level, numbers["value"], covered, few, book)
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


def _few_children(rule: Rule, bands: tuple[str, ...], children: Floats, city: City, book: Rulebook) -> Truths:
    """Tell which units have so few children that a value of theirs means little."""
    if not bands or city.weights != "children" or rule.measure not in _OF_CHILDREN:
        return np.zeros(len(children), dtype=bool)
    return children < book.few_children_below


def _status(
    rule: Rule, level: str, value: Floats, covered: Floats, few: Truths, book: Rulebook
) -> NDArray[np.str_]:
    return np.select(
        [
            np.full(len(value), _too_fine(level, rule)),
            np.isnan(value),
            covered < book.min_covered_share,
            few,
        ],
        ["not_at_level", "no_data", "partial_extract", "few_children"],
        default="ok",
    )


def _names(units: pd.DataFrame) -> dict[str, list[str]]:
    return {name: units[name].astype(object).tolist() for name in ("unit_id", "unit_name")}


def _value_unit(rule: Rule, city: City) -> str:
    by_home = rule.measure in ("coverage", "zone_coverage", "bundle", "profile_ratio", "route")
    return rule.value_unit + (WEIGHT_WORDS[city.weights] if by_home else "")


def _numbers(
    rule: Rule, tally: Tally | None, other: OtherTallies, level: str, *, sums: UnitSums, book: Rulebook
) -> tuple[dict[str, Floats], Truths]:
    """Return the numbers per unit, blank where there is no value, and where too little is known for one."""
    n_units = len(sums.city.units.frames[level])
    names = (*_NUMBERS, *(f"{cause} {end}" for cause in CAUSES for end in ENDS))
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


def _named(cause: str, ends: Ends | None, n_units: int) -> dict[str, Floats]:
    if ends is None:
        return {f"{cause} {end}": np.full(n_units, np.nan) for end in ENDS}
    numbers = (ends.low, ends.high, ends.score_low, ends.score_high)
    return {f"{cause} {end}": values for end, values in zip(ENDS, numbers, strict=True)}


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
