"""Ratio over known attributes of places, and presence of a place in units."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cfspace.config.rulebook import Check, PresenceRule, RatioRule, Rulebook
from cfspace.indicators.city import City, Floats
from cfspace.indicators.evidence import basis_of
from cfspace.indicators.outcome import Amounts, Outcome, Tally
from cfspace.indicators.sums import unit_codes
from cfspace.indicators.words import LEVEL_NAMES, attribute_names, say
from cfspace.rulebooks.values import numbers, words


def ratio(rule: RatioRule, city: City, book: Rulebook) -> Outcome:
    """Return credited answers over known answers, over the facilities of a target.

    Each check of each facility is one answer. What is not known is left out of both, and told: the value
    cannot lie outside the range in which all of it is bad or all of it is good. A place of two kinds counts
    once.
    """
    basis = basis_of((rule.target,), city, book, absence=False)
    if basis.reason:
        return Outcome.no_data(basis.reason, evidence=basis.evidence)
    counted = basis.match.matches & _first_of_place(city.facilities, basis.match.matches)
    answers = np.array([_answers(check, city.facilities) for check in rule.checks])
    known = ~np.isnan(answers) & counted
    asked = attribute_names(check.attribute for check in rule.checks)
    if not known.any():
        n_places = int(counted.sum())
        found = say(
            en=f"{asked.en} is not known for any of {n_places} places",
            zh=f"{n_places} 处场所的{asked.zh}均不明",
        )
        return Outcome.no_data(found, evidence=basis.evidence)
    tally = Tally(
        bands=rule.who,
        numerator=Amounts(of="facilities", values=np.where(known, answers, 0.0).sum(axis=0)),
        denominator=Amounts(of="facilities", values=known.sum(axis=0).astype(np.float64)),
        unknown=Amounts(of="facilities", values=(~known & counted).sum(axis=0).astype(np.float64)),
        nothing=say(en=f"{asked.en} is not known for any place here", zh=f"此处没有{asked.zh}已知的场所"),
    )
    n_known, n_asked = int(known.sum()), int(counted.sum()) * len(rule.checks)
    note = say(
        en=f"{asked.en}: {n_known} of {n_asked} answers known",
        zh=f"{asked.zh}：{n_asked} 项中 {n_known} 项已知",
    )
    places = Amounts(of="facilities", values=counted.astype(np.float64))
    return Outcome(tallies=(tally,), note=note, evidence=basis.evidence, places=places)


def _answers(check: Check, facilities: pd.DataFrame) -> Floats:
    """Return the credit of each facility for one check, NaN where the answer is not known."""
    if check.min is not None:
        amounts = numbers(facilities, check.attribute)
        return np.where(np.isnan(amounts), np.nan, (amounts >= check.min).astype(np.float64))
    worth = check.credits or {}
    found = words(facilities, check.attribute)
    return np.array([np.nan if word is None else worth.get(word, 0.0) for word in found], dtype=np.float64)


def _first_of_place(facilities: pd.DataFrame, among: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return where a facility is the first of its place among those asked, by source and its id there."""
    if not {"source", "source_id"} <= set(facilities.columns):
        return np.ones(len(facilities), dtype=bool)
    first = np.zeros(len(facilities), dtype=bool)
    ordered = facilities.loc[among, ["facility_id", "source", "source_id"]].sort_values("facility_id")
    nameless = ordered["source_id"].isna()
    kept = ordered.index[(~ordered.duplicated(["source", "source_id"]) | nameless).to_numpy()]
    first[facilities.index.get_indexer(kept)] = True
    return first


def presence(rule: PresenceRule, city: City, book: Rulebook) -> Outcome:
    """Return, for the units of one level, 1 where a unit has at least one place of the target.

    Coarser units then have the share of their units that do.
    """
    level = rule.of_level
    in_words = LEVEL_NAMES.get(level, level)
    if level not in city.units.levels:
        return Outcome.no_data(
            say(en=f"the study has no units of level {level}", zh=f"研究没有{in_words}层级的单元")
        )
    basis = basis_of((rule.target,), city, book, absence=True)
    if basis.reason:
        return Outcome.no_data(basis.reason, evidence=basis.evidence)
    units = city.units.frames[rule.of_level]
    codes = unit_codes(city.facilities, units, f"{rule.of_level}_id")[basis.match.matches]
    has = np.isin(np.arange(len(units)), codes).astype(np.float64)
    tally = Tally(
        bands=rule.who,
        numerator=Amounts(of="units", level=rule.of_level, values=has),
        denominator=Amounts(of="units", level=rule.of_level, values=np.ones(len(units))),
        nothing=say(en=f"no unit of level {level} here", zh=f"此处没有{in_words}层级的单元"),
    )
    places = Amounts(of="facilities", values=basis.match.matches.astype(np.float64))
    return Outcome(tallies=(tally,), note=basis.note, evidence=basis.evidence, places=places)
