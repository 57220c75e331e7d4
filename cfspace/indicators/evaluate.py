"""Evaluating a rulebook: every measure asked once, and summed to every unit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cfspace.config.rulebook import Rule, Rulebook, Text, age_label
from cfspace.config.study import LEVELS
from cfspace.errors import ParameterError
from cfspace.indicators.city import WEIGHT_WORDS, City, Floats
from cfspace.indicators.measures import MEASURES
from cfspace.indicators.outcome import Amounts, Outcome, PerUnit, Tally
from cfspace.indicators.sums import UnitSums
from cfspace.indicators.words import say

Truths = NDArray[np.bool_]

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
    if lang not in ("zh", "en"):
        raise ParameterError(f"lang: {lang!r} is unknown; use zh or en")
    sums = UnitSums(city)
    blocks = [
        block
        for position, rule in enumerate(rulebook.indicator)
        for block in _blocks(rule, position, sums, rulebook)
    ]
    rows = pd.concat(blocks, ignore_index=True)
    rows = rows.sort_values(["_level", "unit_id", "task", "_rule", "_band"], kind="stable", ignore_index=True)
    titles = {rule.id: rule.title.in_language(lang) for rule in rulebook.indicator}
    sources = {rule.id: rule.source.in_language(lang) for rule in rulebook.indicator}
    rows = rows.assign(
        title=rows["indicator"].map(titles),
        source=rows["indicator"].map(sources),
        reason=rows[f"reason_{lang}"],
    )
    return rows[[*COVERAGE_COLUMNS, "reason", "reason_zh", "reason_en", "note_zh", "note_en"]]


def _blocks(rule: Rule, position: int, sums: UnitSums, book: Rulebook) -> Iterable[pd.DataFrame]:
    outcome = MEASURES[rule.measure](rule, sums.city, book)
    tallies: list[Tally | None] = list(outcome.tallies) or [None]
    for level_order, level in enumerate(sums.city.units.levels):
        enters = not rule.report_only and not _too_fine(level, rule)
        for band_order, tally in enumerate(tallies):
            block = _rows(rule, outcome, tally, level, sums=sums, book=book)
            block["scored"] = enters and band_order == len(tallies) - 1
            yield block.assign(_level=level_order, _rule=position, _band=band_order)


def _too_fine(level: str, rule: Rule) -> bool:
    order: tuple[str, ...] = LEVELS
    return order.index(level) > order.index(rule.level)


def _rows(
    rule: Rule, outcome: Outcome, tally: Tally | None, level: str, *, sums: UnitSums, book: Rulebook
) -> pd.DataFrame:
    """Return one row per unit of a level, for one age band."""
    city = sums.city
    units = city.units.frames[level]
    bands = tally.bands if tally is not None else rule.who
    children = _children(bands, level, sums)
    numbers, few_known = _numbers(rule, tally, level, sums=sums, book=book)
    counted_by_children = bool(bands) and city.weights == "children"
    few = (
        children < book.few_children_below if counted_by_children and rule.measure in _OF_CHILDREN else False
    )
    status = np.select(
        [
            np.full(len(units), _too_fine(level, rule)),
            np.isnan(numbers["value"]),
            units["covered_share"].to_numpy(dtype=np.float64) < book.min_covered_share,
            np.broadcast_to(few, len(units)),
        ],
        ["not_at_level", "no_data", "partial_extract", "few_children"],
        default="ok",
    )
    score = np.where(np.isin(status, ("ok", "few_children")), numbers.pop("score"), np.nan)
    return pd.DataFrame(
        {
            "unit_level": level,
            "unit_id": units["unit_id"].to_numpy(),
            "unit_name": units["unit_name"].to_numpy(),
            "task": rule.task,
            "indicator": rule.id,
            "age_band": age_label(bands),
            "value_unit": _value_unit(rule, city),
            "goal": np.nan if rule.goal is None else rule.goal,
            "status": status,
            "score": score,
            "children": children,
            "n_facilities": _count(outcome.places, level, sums),
            "n_unmeasured": _count(tally.unmeasured if tally is not None else None, level, sums),
            "covered_share": units["covered_share"].to_numpy(dtype=np.float64),
            "evidence": outcome.evidence,
            "confidence": rule.confidence,
            **_words("reason", _reasons(outcome, tally, np.isnan(numbers["value"]), few_known, level)),
            **_words("note", [outcome.note] * len(units)),
            **numbers,
        }
    )


_OF_CHILDREN: Final = frozenset({"coverage", "bundle", "profile_ratio", "route", "supply"})
"""Measures whose value means little where few children live."""


def _children(bands: tuple[str, ...], level: str, sums: UnitSums) -> Floats:
    """Return the children of some bands in each unit, NaN where homes do not weigh children."""
    if sums.city.weights != "children":
        return np.full(len(sums.city.units.frames[level]), np.nan)
    return sums.sum(Amounts(of="homes", values=sums.city.children(bands)), level)


def _value_unit(rule: Rule, city: City) -> str:
    by_home = rule.measure in ("coverage", "bundle", "profile_ratio", "route")
    return rule.value_unit + (WEIGHT_WORDS[city.weights] if by_home else "")


def _numbers(
    rule: Rule, tally: Tally | None, level: str, *, sums: UnitSums, book: Rulebook
) -> tuple[dict[str, Floats], Truths]:
    """Return the numbers per unit, blank where there is no value, and where too little is known for one."""
    n_units = len(sums.city.units.frames[level])
    if tally is None:
        return dict.fromkeys(_NUMBERS, np.full(n_units, np.nan)), np.zeros(n_units, dtype=bool)
    numerator, denominator = sums.sum(tally.numerator, level), sums.sum(tally.denominator, level)
    unknown = np.zeros(n_units) if tally.unknown is None else sums.sum(tally.unknown, level)
    few_known = (denominator > 0) & (denominator < book.min_answered_share * (denominator + unknown))
    denominator = np.where(few_known, np.nan, denominator)
    found = {
        "value": _quotient(numerator, denominator),
        "numerator": numerator,
        "denominator": denominator,
        # What the value would be if all that is unknown were bad, and if all were good.
        "value_low": _quotient(numerator, denominator + unknown),
        "value_high": _quotient(numerator + unknown, denominator + unknown),
        "score": _score(rule, tally, numerator, denominator, level, sums),
    }
    blank = np.isnan(found["value"])
    unbounded = blank | (tally.unknown is None)
    return {
        name: np.where(unbounded if name in ("value_low", "value_high") else blank, np.nan, values)
        for name, values in found.items()
    }, few_known


_NUMBERS: Final = ("value", "numerator", "denominator", "value_low", "value_high", "score")


def _score(
    rule: Rule, tally: Tally, numerator: Floats, denominator: Floats, level: str, sums: UnitSums
) -> Floats:
    if tally.own_goals:
        parts = [
            score_of(_quotient(sums.sum(part, level), denominator), goal=goal, better="more", zero=None)
            for part, goal in tally.own_goals
        ]
        return np.asarray(np.mean(parts, axis=0), dtype=np.float64)
    credited = numerator if tally.credit is None else sums.sum(tally.credit, level)
    return score_of(_quotient(credited, denominator), goal=rule.goal, better=rule.better, zero=rule.zero)


def _quotient(numerator: Floats, denominator: Floats) -> Floats:
    filled = np.where(denominator > 0.0, denominator, np.nan)
    return np.asarray(numerator / filled, dtype=np.float64)


def score_of(value: Floats, *, goal: float | None, better: str, zero: float | None) -> Floats:
    """Return 0-100: ``100 value / goal``, or ``100 (zero - value) / (zero - goal)`` where less is better.

    Examples
    --------
    >>> score_of(np.array([0.45, 0.9, 1.0]), goal=0.9, better="more", zero=None)
    array([ 50., 100., 100.])
    >>> score_of(np.array([0.0, 0.5, 3.0]), goal=0.0, better="less", zero=2.0)
    array([100.,  75.,   0.])
    """
    if goal is None:
        return np.full(len(value), np.nan)
    share = value / goal if better == "more" or zero is None else (zero - value) / (zero - goal)
    return np.asarray(100.0 * np.clip(share, 0.0, 1.0), dtype=np.float64)


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


def _count(amounts: Amounts | None, level: str, sums: UnitSums) -> pd.arrays.IntegerArray:
    n_units = len(sums.city.units.frames[level])
    if amounts is None:
        return pd.array([pd.NA] * n_units, dtype="Int64")
    return pd.array(sums.sum(amounts, level).astype(np.int64), dtype="Int64")
