"""Supply by floating catchment: what falls to each child when all who reach a place share it."""

from __future__ import annotations

import numpy as np

from cfspace.access.catchment import two_step
from cfspace.config.rulebook import FloatingSupplyRule, Rulebook, Text
from cfspace.indicators.city import City
from cfspace.indicators.evidence import basis_of
from cfspace.indicators.measures.coverage import NO_CHILDREN
from cfspace.indicators.outcome import Amounts, Outcome, Tally
from cfspace.indicators.words import attribute_names, joined, say
from cfspace.rulebooks.values import numbers


def floating_supply(rule: FloatingSupplyRule, city: City, book: Rulebook) -> Outcome:
    """Return what the places within a walk of each child hold for it, shared with all others who reach them.

    Two-step floating catchment [luo-wang-2003] with the walks of `City.catchments`: each place's amount over
    the children of all bands of the rule within `catchment_m` of it, summed over the places within
    `catchment_m` of each home. The value is the mean over children, times `per`: over a whole city it is the
    amount that anyone can reach over the children. A place whose amount is not known is left out and told.
    """
    if city.weights != "children":
        return Outcome.no_data(
            say(en="the study does not say how many children live where", zh="研究未给出各处的儿童数")
        )
    basis = basis_of((rule.target,), city, book, absence=True)
    if basis.reason:
        return Outcome.no_data(basis.reason, evidence=basis.evidence)
    pairs = city.catchments.get(rule.target)
    amounts = np.where(basis.match.matches, numbers(city.facilities, rule.attribute), 0.0)
    unknown = np.isnan(amounts)
    reason = _reason(rule, book, int(unknown.sum()), int(basis.match.matches.sum()))
    if pairs is None or reason is not None:
        return Outcome.no_data(reason or NO_WALKS, evidence=basis.evidence)
    near = pairs.within(rule.catchment_m)
    beside = city.children_beside(rule.who)
    children = np.concatenate([city.children(rule.who), beside])
    measured = np.concatenate([city.homes["connector_m"].notna(), np.ones(len(beside), dtype=np.bool_)])
    shares = two_step(near, children, amounts, measured=measured).accessibility[: len(city.homes)]
    tallies = [_tally(bands, shares, rule, city) for bands in _groups(rule.who)]
    places = Amounts(of="facilities", values=basis.match.matches.astype(np.float64))
    told = (
        _not_known(rule.attribute, int(unknown.sum()), int(basis.match.matches.sum()))
        if unknown.any()
        else None
    )
    return Outcome(
        tallies=tuple(tallies), note=joined([basis.note, told]), evidence=basis.evidence, places=places
    )


NO_WALKS = say(en="walks between homes and places were not computed", zh="未计算住处与场所之间的步行距离")


def _groups(who: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [(band,) for band in who] + ([who] if len(who) > 1 else [])


def _tally(
    bands: tuple[str, ...],
    shares: np.ndarray[tuple[int], np.dtype[np.float64]],
    rule: FloatingSupplyRule,
    city: City,
) -> Tally:
    children, measured = city.children(bands), ~np.isnan(shares)
    return Tally(
        bands=bands,
        numerator=Amounts(of="homes", values=np.where(measured, children * np.nan_to_num(shares), 0.0)),
        denominator=Amounts(of="homes", values=np.where(measured, children / rule.per, 0.0)),
        unmeasured=Amounts(of="homes", values=(~measured).astype(np.float64)),
        nothing=NO_CHILDREN,
    )


def _reason(rule: FloatingSupplyRule, book: Rulebook, n_unknown: int, n_places: int) -> Text | None:
    if n_places and (n_unknown == n_places or n_places - n_unknown < book.min_known_share * n_places):
        return _not_known(rule.attribute, n_unknown, n_places)
    return None


def _not_known(attribute: str, n_unknown: int, n_places: int) -> Text:
    name = attribute_names([attribute])
    return say(
        en=f"{name.en} is not known for {n_unknown} of {n_places} places",
        zh=f"{n_places} 处场所中有 {n_unknown} 处的{name.zh}不明",
    )
