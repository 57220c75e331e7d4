"""Supply per head, and places against a norm that asks for them by number of residents."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from cfspace.config.rulebook import Amount, CountNormRule, Rulebook, SupplyRule, Text
from cfspace.indicators.city import City, Floats
from cfspace.indicators.evidence import Basis, basis_of, weakest
from cfspace.indicators.outcome import Amounts, Chosen, Outcome, PerUnit, Quantity, Tally
from cfspace.indicators.tables import facts_per_unit
from cfspace.indicators.words import attribute_names, joined, say
from cfspace.rulebooks.values import numbers


def supply(rule: SupplyRule, city: City, book: Rulebook) -> Outcome:
    """Return an amount over those it is for, in the units that the rule's `value_unit` names.

    The amount is the first of the rule's that the study has: a column of a unit table, or an attribute summed
    over the facilities of a target. The denominator is divided by `per`, so that the value is numerator over
    denominator: 4.5 places per 1,000 residents is 9 places over 2 thousands of residents.
    """
    heads = _heads(rule, city, book)
    if isinstance(heads, Text):
        return Outcome.no_data(heads)
    found = [_amount(amount, city, book) for amount in rule.amounts]
    usable = [one for one in found if not isinstance(one, Text)]
    if not usable:
        return Outcome.no_data(joined(one for one in found if isinstance(one, Text)))
    amount, basis = usable[0]
    own_goals = tuple(
        (_attribute(part.target, _attribute_of(rule), city, book), part.goal) for part in rule.each
    )
    tally = Tally(
        bands=rule.who,
        numerator=amount,
        denominator=heads,
        own_goals=own_goals,
        nothing=_none_here(rule.denominator),
    )
    if basis is None:
        return Outcome(tallies=(tally,), evidence="municipal")
    places = Amounts(of="facilities", values=basis.match.matches.astype(np.float64))
    return Outcome(tallies=(tally,), note=basis.note, evidence=basis.evidence, places=places)


def _heads(rule: SupplyRule, city: City, book: Rulebook) -> Quantity | Text:
    """Return the denominator, or why there is none."""
    if rule.denominator == "children":
        if city.weights != "children":
            return say(en="the study does not say how many children live where", zh="研究未给出各处的儿童数")
        return Amounts(of="homes", values=city.children(rule.who) / rule.per)
    facts = facts_per_unit(city, rule.denominator, min_share=book.min_covered_share)
    if facts is None:
        return _no_table(rule.denominator)
    by_level = {level: values / rule.per for level, values in facts.by_level.items()}
    return PerUnit(by_level=by_level, missing=facts.missing)


def _amount(amount: Amount, city: City, book: Rulebook) -> tuple[Quantity, Basis | None] | Text:
    """Return the numerator with what it rests on, or why there is none."""
    if amount.table is not None:
        facts = facts_per_unit(city, amount.table, min_share=book.min_covered_share)
        return _no_table(amount.table) if facts is None else (facts, None)
    target, attribute = str(amount.target), str(amount.attribute)
    basis = basis_of((target,), city, book, absence=True)
    if basis.reason:
        return basis.reason
    known = ~np.isnan(numbers(city.facilities, attribute)[basis.match.matches])
    if known.size and known.mean() < book.min_known_share:
        n_known, n_places = int(known.sum()), known.size
        name = attribute_names([attribute])
        return say(
            en=f"{name.en} is known for {n_known} of {n_places} places only",
            zh=f"{n_places} 处场所中仅 {n_known} 处的{name.zh}已知",
        )
    n_unknown, name = int((~known).sum()), attribute_names([attribute])
    as_none = say(
        en=f"{name.en} is not known for {n_unknown} of {known.size} places: they count as none",
        zh=f"{known.size} 处场所中有 {n_unknown} 处的{name.zh}不明，按零计入",
    )
    told = replace(basis, note=joined([basis.note, as_none])) if n_unknown else basis
    return _attribute(target, attribute, city, book), told


def _attribute(target: str, attribute: str, city: City, book: Rulebook) -> Amounts:
    basis = basis_of((target,), city, book, absence=False)
    amounts = np.nan_to_num(numbers(city.facilities, attribute), nan=0.0)
    return Amounts(of="facilities", values=np.where(basis.match.matches, amounts, 0.0))


def _attribute_of(rule: SupplyRule) -> str:
    return next((amount.attribute for amount in rule.amounts if amount.attribute is not None), "")


def _no_table(column: str) -> Text:
    name = attribute_names([column])
    return say(en=f"no table of the study gives {name.en}", zh=f"研究的统计表未给出{name.zh}")


def _none_here(column: str) -> Text:
    name = attribute_names([column])
    return say(en=f"{name.en}: none here", zh=f"此处{name.zh}为零")


def count_norm(rule: CountNormRule, city: City, book: Rulebook) -> Outcome:
    """Return the places there are over the places that the norm asks for.

    For a unit of ``p`` residents the last step with ``above < p`` holds: ``fixed + p / per`` places of its
    target are asked for, not rounded. A step whose target cannot be known leaves the units that it holds for
    without an answer.
    """
    residents = facts_per_unit(city, rule.denominator, min_share=book.min_covered_share)
    if residents is None:
        return Outcome.no_data(_no_table(rule.denominator))
    bases = [basis_of((step.target,), city, book, absence=True) for step in rule.steps]
    if bases[0].reason:
        return Outcome.no_data(bases[0].reason, evidence=bases[0].evidence)
    holds = {level: _step_of(rule, people) for level, people in residents.by_level.items()}
    required = {level: _required(rule, bases, people) for level, people in residents.by_level.items()}
    counts = tuple(Amounts(of="facilities", values=basis.match.matches.astype(np.float64)) for basis in bases)
    tally = Tally(
        bands=rule.who,
        numerator=Chosen(options=counts, which=holds),
        denominator=PerUnit(by_level=required, missing=residents.missing),
        nothing=_none_here(rule.denominator),
    )
    return Outcome(tallies=(tally,), evidence=weakest(basis.evidence for basis in bases), places=counts[0])


def _step_of(rule: CountNormRule, people: Floats) -> NDArray[np.int64]:
    """Return the position of the step that holds for each number of residents."""
    starts = np.array([step.above for step in rule.steps])
    return np.maximum(np.searchsorted(starts, people, side="left") - 1, 0).astype(np.int64)


def _required(rule: CountNormRule, bases: list[Basis], people: Floats) -> Floats:
    asked = [
        np.full(len(people), np.nan) if basis.reason else step.fixed + people / step.per
        for step, basis in zip(rule.steps, bases, strict=True)
    ]
    return np.asarray(np.choose(_step_of(rule, people), asked), dtype=np.float64)
