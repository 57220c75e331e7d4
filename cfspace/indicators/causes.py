"""How far a value may be off, cause by cause: walks, the placing of children, lists, unknown answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd

from cfspace.config.bands import BANDS
from cfspace.config.rulebook import (
    BundleRule,
    CoverageRule,
    ProfileRatioRule,
    Rule,
    Rulebook,
    Uncertainty,
    ZoneCoverageRule,
)
from cfspace.indicators.city import City, Floats
from cfspace.indicators.completeness import AMOUNTS, completeness_of, missing_of
from cfspace.indicators.measures import MEASURES
from cfspace.indicators.outcome import Amounts, Outcome, Tally
from cfspace.indicators.quotients import Quotients, parts_score, quotient, score_of
from cfspace.indicators.sums import UnitSums

CAUSES: Final = ("walks", "placement", "lists", "answers")
"""Why a value may be off, in the order in which they are told."""

WALK_COLUMN: Final = re.compile(r"([a-z_]+_)?m_")
"""Columns of homes that hold walks: ``m_<target>`` and ``<profile>_m_<target>``."""

BY_WALKS: Final = (CoverageRule, ZoneCoverageRule, BundleRule, ProfileRatioRule)
SHARES_OF_CHILDREN: Final = (CoverageRule, ZoneCoverageRule, BundleRule)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """Lowest and highest value of each unit by one cause alone, and the scores of both."""

    low: Floats
    high: Floats
    score_low: Floats
    score_high: Floats


@dataclass(frozen=True)
class OtherCities:
    """The same city as it also might be.

    Attributes
    ----------
    city
        The city as told.
    doubt
        How far it may be off.
    """

    city: City
    doubt: Uncertainty

    @cached_property
    def walks(self) -> tuple[City, City]:
        """All walks longer, and all shorter, by what cannot be told.

        Longer: ``m + e + connector_detour c + network_share m``; shorter: ``m - e - network_share m``,
        at least 0; with ``e = sqrt(home_m^2 + place_m^2)`` and the home's connector ``c``. A walk that found
        nothing as far as the search went stays so.
        """
        doubt, homes = self.doubt, self.city.homes
        home_m = doubt.home_m if self.city.home_m is None else self.city.home_m
        off_m = float(np.hypot(home_m, doubt.place_m))
        walks = homes[[name for name in homes.columns if WALK_COLUMN.match(str(name))]]
        detour = doubt.connector_detour * np.nan_to_num(homes["connector_m"].to_numpy(np.float64))
        stretch = doubt.network_share
        longer = walks.mul(1.0 + stretch).add(detour + off_m, axis=0)
        shorter = walks.mul(1.0 - stretch).sub(off_m).clip(lower=0.0)
        return self._with(longer), self._with(shorter)

    @cached_property
    def alike(self) -> City | None:
        """Children shared alike by the homes of each unit that has a total; None where none are shared."""
        homes, within = self.city.homes, self.city.placed_within
        if within is None:
            return None
        unit = pd.Series(0, index=homes.index) if within == "all" else homes[f"{within}_id"].fillna("")
        columns = homes[[f"children_{band}" for band in BANDS]]
        return self._with(columns.groupby(unit.to_numpy()).transform("mean"))

    def _with(self, columns: pd.DataFrame) -> City:
        kept = self.city.homes.drop(columns=columns.columns)
        return self.city.with_homes(pd.concat([kept, columns], axis=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherTallies:
    """What a tally would be besides, by cause.

    Attributes
    ----------
    walks, placement
        Other tallies of the same row.
    missing
        A chance: what is not served is served by a place that no list has. None where that plays no part.
    times
        An amount is this many times as much if lists were complete; None where that plays no part.
    """

    walks: tuple[Tally, ...] = ()
    placement: tuple[Tally, ...] = ()
    missing: float | None = None
    times: float | None = None


def other_tallies(rule: Rule, outcome: Outcome, others: OtherCities, book: Rulebook) -> list[OtherTallies]:
    """Return, for each tally of an outcome, what else it might be."""
    measure, n_tallies = MEASURES[rule.measure], len(outcome.tallies)
    if not n_tallies:
        return []
    walks: list[Outcome] = []
    if isinstance(rule, BY_WALKS):
        walks = [measure(rule, city, book) for city in others.walks]
    of_homes = any(
        isinstance(one.denominator, Amounts) and one.denominator.of == "homes" for one in outcome.tallies
    )
    placement = [measure(rule, others.alike, book)] if of_homes and others.alike is not None else []
    known = completeness_of(rule, others.city, book)
    return [
        OtherTallies(
            walks=tuple(one.tallies[place] for one in walks),
            placement=tuple(one.tallies[place] for one in placement),
            missing=missing_of(rule, tally, known, others.city, book),
            times=1.0 / known if isinstance(rule, AMOUNTS) and known is not None else None,
        )
        for place, tally in enumerate(outcome.tallies)
    ]


def ends_of(
    rule: Rule,
    tally: Tally,
    told: Quotients,
    other: OtherTallies,
    level: str,
    *,
    sums: UnitSums,
    doubt: Uncertainty,
) -> dict[str, Ends]:
    """Return, by cause, the ends of the range of each unit's value; causes that play no part are absent."""
    pairs: dict[str, tuple[list[Floats], list[Floats]]] = {}
    if other.walks:
        found = [Quotients.of(one, level, sums) for one in other.walks]
        pairs["walks"] = [one.value for one in found], [one.credited for one in found]
    if other.placement:
        pairs["placement"] = _placements(rule, tally, told, other, level, sums, doubt)
    if other.missing is not None:
        q = other.missing
        pairs["lists"] = [told.value + (1 - told.value) * q], [told.credited + (1 - told.credited) * q]
    elif other.times is not None:
        pairs["lists"] = [told.value * other.times], [told.credited * other.times]
    if told.unknown is not None:
        credited = told.credited * told.denominator
        pairs["answers"] = _answers(told, told.numerator), _answers(told, credited)
    ends = {cause: _ends(rule, told, *both) for cause, both in pairs.items()}
    if tally.own_goals and "lists" in ends and other.times is not None:
        own, most = (parts_score(tally, told.denominator, level, sums, times=n) for n in (1.0, other.times))
        ends["lists"] = Ends(low=ends["lists"].low, high=ends["lists"].high, score_low=own, score_high=most)
    return ends


def _ends(rule: Rule, told: Quotients, values: list[Floats], credited: list[Floats]) -> Ends:
    low, high = _span([told.value, *values])
    least, most = (
        score_of(end, goal=rule.goal, better=rule.better, zero=rule.zero)
        for end in _span([told.credited, *credited])
    )
    return Ends(low=low, high=high, score_low=np.minimum(least, most), score_high=np.maximum(least, most))


def _span(values: list[Floats]) -> tuple[Floats, Floats]:
    # A unit without a value stays without; one that another city leaves without keeps what it has.
    low, high = np.fmin.reduce(values), np.fmax.reduce(values)
    silent = np.isnan(values[0])
    return np.where(silent, np.nan, low), np.where(silent, np.nan, high)


def _placements(
    rule: Rule,
    tally: Tally,
    told: Quotients,
    other: OtherTallies,
    level: str,
    sums: UnitSums,
    doubt: Uncertainty,
) -> tuple[list[Floats], list[Floats]]:
    """Return values with children shared alike, and one standard deviation about what is told."""
    found = [Quotients.of(one, level, sums) for one in other.placement]
    values, credited = [one.value for one in found], [one.credited for one in found]
    if isinstance(rule, SHARES_OF_CHILDREN) and isinstance(tally.denominator, Amounts):
        squares = Amounts(of="homes", values=tally.denominator.values**2)
        share = quotient(np.sqrt(sums.sum(squares, level)), told.denominator)
        for own, into in ((told.value, values), (told.credited, credited)):
            spread = doubt.home_spread * share * np.sqrt(np.clip(own * (1.0 - own), 0.0, None))
            into += [np.clip(own - spread, 0.0, 1.0), np.clip(own + spread, 0.0, 1.0)]
    return values, credited


def _answers(told: Quotients, counted: Floats) -> list[Floats]:
    """Return what a value would be if all that is unknown were bad, and if all were good."""
    unknown = np.zeros(len(counted)) if told.unknown is None else told.unknown
    asked = told.denominator + unknown
    return [quotient(counted, asked), quotient(counted + unknown, asked)]


def together(value: Floats, ends: Mapping[str, Ends], *, most: float) -> tuple[Floats, Floats]:
    """Return the range of all causes together: what each adds or takes away, added up, within 0 to `most`."""
    if not ends:
        return np.full(len(value), np.nan), np.full(len(value), np.nan)
    lows, highs = np.array([one.low for one in ends.values()]), np.array([one.high for one in ends.values()])
    # One cause alone is told as it is, to the last bit.
    low = np.where((lows < value).sum(axis=0) > 1, value - (value - lows).sum(axis=0), lows.min(axis=0))
    high = np.where((highs > value).sum(axis=0) > 1, value + (highs - value).sum(axis=0), highs.max(axis=0))
    return np.clip(low, 0.0, None), np.minimum(high, np.fmax(most, value))
