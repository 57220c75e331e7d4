"""Coverage, bundle and profile ratio: what children reach on foot from where they live."""

from __future__ import annotations

from typing import Final

import numpy as np

from cfspace.config.rulebook import BundleRule, CoverageRule, ProfileRatioRule, Reach, Rulebook, Text
from cfspace.indicators.city import City, Floats
from cfspace.indicators.evidence import basis_of, weakest
from cfspace.indicators.outcome import Amounts, Outcome, Tally
from cfspace.indicators.words import joined, say

NO_CHILDREN = say(en="no child of this age has a measured home here", zh="此处没有已测定住处的该年龄段儿童")


def coverage(rule: CoverageRule, city: City, book: Rulebook) -> Outcome:
    """Return the children within the full distance of any target that serves their band.

    A home counts wholly where ``metres <= full_m``; in the score, credit falls in a straight line from
    `full_m` to `zero_m`, and a target of less than full credit gives that credit alone. A home that could not
    be measured is left out of numerator and denominator and counted. The formula is the
    cumulative-opportunity measure with a threshold of one facility [hansen-1959; ingram-1971].
    """
    basis = basis_of(rule.uses(), city, book, absence=True)
    if basis.reason:
        return Outcome.no_data(basis.reason, evidence=basis.evidence)
    ways = [tuple(way for way in rule.ways() if not way.who or band in way.who) for band in rule.who]
    served_by = {own: _served(own, city) for own in dict.fromkeys(ways)}
    per_band = [served_by[own] for own in ways]
    tallies = [
        share_of_bands((band,), [served], city) for band, served in zip(rule.who, per_band, strict=True)
    ]
    if len(rule.who) > 1:
        tallies.append(share_of_bands(rule.who, per_band, city))
    places = Amounts(of="facilities", values=basis.match.matches.astype(np.float64))
    return Outcome(tallies=tuple(tallies), note=basis.note, evidence=basis.evidence, places=places)


def _served(ways: tuple[Reach, ...], city: City) -> tuple[Floats, Floats]:
    """Return 1 where a home is served by any of some ways, and its credit; NaN where it is not measured."""
    walks = [(way, city.metres_to(way.target)) for way in ways]
    within = [np.where(way.credit == 1.0, step(metres, way), 0.0) for way, metres in walks]
    credited = [way.credit * credit(metres, way) for way, metres in walks]
    measured = np.logical_or.reduce([~np.isnan(metres) for _, metres in walks])
    served = np.where(measured, np.nan_to_num(np.maximum.reduce(within)), np.nan)
    return served, np.where(measured, np.fmax.reduce(credited), np.nan)


def step(metres: Floats, way: Reach) -> Floats:
    """Return 1 up to the full distance, 0 beyond it and where nothing is measured."""
    return (metres <= way.full_m).astype(np.float64)


def credit(metres: Floats, way: Reach) -> Floats:
    """Return 1 up to the full distance, falling in a straight line to 0 at the zero distance; NaN stays NaN.

    Examples
    --------
    >>> way = Reach(target="library", full_m=500, zero_m=1000)
    >>> credit(np.array([500.0, 750.0, 1000.0, np.inf]), way)
    array([1. , 0.5, 0. , 0. ])
    """
    if way.zero_m is None:
        return np.where(np.isnan(metres), np.nan, (metres <= way.full_m).astype(np.float64))
    return np.clip((way.zero_m - metres) / (way.zero_m - way.full_m), 0.0, 1.0)


def share_of_bands(bands: tuple[str, ...], per_band: list[tuple[Floats, Floats]], city: City) -> Tally:
    """Return the tally of several bands, each with what it is served."""
    children = [city.children((band,)) for band in bands]
    measured = ~np.isnan(per_band[0][0])
    served = sum(np.where(measured, n * one[0], 0.0) for n, one in zip(children, per_band, strict=True))
    credited = sum(np.where(measured, n * one[1], 0.0) for n, one in zip(children, per_band, strict=True))
    return Tally(
        bands=bands,
        numerator=Amounts(of="homes", values=np.asarray(served)),
        denominator=Amounts(of="homes", values=np.where(measured, sum(children), 0.0)),
        credit=Amounts(of="homes", values=np.asarray(credited)),
        unmeasured=Amounts(of="homes", values=(~measured).astype(np.float64)),
        nothing=NO_CHILDREN,
    )


def bundle(rule: BundleRule, city: City, book: Rulebook) -> Outcome:
    """Return the mean share of the rule's services within reach of each child.

    For a home, ``n within reach / n services``; there is an answer only where every service can be known,
    because a service that is not known would count as missing.
    """
    bases = [basis_of((way.target,), city, book, absence=True) for way in rule.ways()]
    reasons = [basis.reason for basis in bases if basis.reason]
    evidence = weakest(basis.evidence for basis in bases)
    if reasons:
        return Outcome.no_data(joined(reasons), evidence=evidence)
    metres = [city.metres_to(way.target) for way in rule.ways()]
    measured = np.logical_or.reduce([~np.isnan(one) for one in metres])
    within = [(one <= way.full_m).astype(np.float64) for one, way in zip(metres, rule.ways(), strict=True)]
    share = np.where(measured, np.mean(within, axis=0), np.nan)
    groups = [(band,) for band in rule.who] + ([rule.who] if len(rule.who) > 1 else [])
    tallies = [share_of_bands(bands, [(share, share)] * len(bands), city) for bands in groups]
    counted = np.logical_or.reduce([basis.match.matches for basis in bases])
    note = joined(basis.note for basis in bases)
    places = Amounts(of="facilities", values=counted.astype(np.float64))
    return Outcome(tallies=tuple(tallies), note=note, evidence=evidence, places=places)


def profile_ratio(rule: ProfileRatioRule, city: City, book: Rulebook) -> Outcome:
    """Return the children served when walking with the rule's profile over those served when walking freely.

    Each target within reach counts once: ``sum of targets reached with the profile / sum of targets
    reached``.
    """
    bases = [basis_of((way.target,), city, book, absence=False) for way in rule.ways()]
    known = [(way, basis) for way, basis in zip(rule.ways(), bases, strict=True) if not basis.reason]
    absent = [way.target for way in rule.ways() if f"{rule.profile}_m_{way.target}" not in city.homes.columns]
    if not known or absent:
        reasons = [basis.reason for basis in bases] if not known else [_no_walks(rule.profile)]
        return Outcome.no_data(joined(reasons), evidence=weakest(basis.evidence for basis in bases))
    freely = np.zeros(len(city.homes))
    encumbered = np.zeros(len(city.homes))
    for way, _ in known:
        freely += step(city.metres_to(way.target), way)
        encumbered += step(city.metres_to(way.target, profile=rule.profile), way)
    groups = [(band,) for band in rule.who] + ([rule.who] if len(rule.who) > 1 else [])
    measured = ~np.isnan(city.metres_to(known[0][0].target))
    tallies = [_of_profile(bands, encumbered, freely, measured, city) for bands in groups]
    evidence = weakest(basis.evidence for _, basis in known)
    counted = np.logical_or.reduce([basis.match.matches for _, basis in known])
    places = Amounts(of="facilities", values=counted.astype(np.float64))
    return Outcome(tallies=tuple(tallies), evidence=evidence, places=places)


_PROFILES: Final = {"stroller": "推婴儿车"}


def _no_walks(profile: str) -> Text:
    return say(
        en=f"walks with the profile {profile} were not computed",
        zh=f"未计算{_PROFILES.get(profile, profile)}的步行距离",
    )


def _of_profile(
    bands: tuple[str, ...], encumbered: Floats, freely: Floats, measured: Floats, city: City
) -> Tally:
    children = city.children(bands)
    return Tally(
        bands=bands,
        numerator=Amounts(of="homes", values=children * encumbered),
        denominator=Amounts(of="homes", values=children * freely),
        unmeasured=Amounts(of="homes", values=(~measured.astype(bool)).astype(np.float64)),
        nothing=say(
            en="no child of this age reaches any of the services on foot here",
            zh="此处该年龄段儿童步行均不能到达任何一类服务",
        ),
    )
