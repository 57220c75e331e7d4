"""Who is to be served by a new facility: children of the indicator's ages not yet within its distance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cfspace.config.rulebook import CoverageRule, Reach, Rulebook
from cfspace.errors import ParameterError
from cfspace.rulebooks import match_target

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Attributes = Mapping[str, float | str | bool]


@dataclass(frozen=True, kw_only=True)
class Wish:
    """One kind of facility to be built, and the indicator that says whom it serves.

    Attributes
    ----------
    kind
        Facility kind.
    rule
        The indicator; its full distance is the one that counts.
    attributes
        What a new one will be like; it decides which targets it belongs to.
    serves
        By age band, the metres within which a new one serves it.
    """

    kind: str
    rule: CoverageRule
    attributes: Attributes = field(default_factory=dict)
    serves: Mapping[str, float]

    @property
    def full_m(self) -> float:
        """The longest of its distances."""
        return max(self.serves.values())

    def groups(self) -> dict[tuple[Reach, ...], tuple[str, ...]]:
        """Return the age bands that are served alike, by all ways in which they can be served."""
        found: dict[tuple[Reach, ...], tuple[str, ...]] = {}
        for band in self.serves:
            ways = whole_ways(self.rule, band)
            found[ways] = (*found.get(ways, ()), band)
        return found


def whole_ways(rule: CoverageRule, band: str) -> tuple[Reach, ...]:
    """Return the ways that cover a band wholly; a bookcase that is half a library covers nobody."""
    return tuple(way for way in rule.ways() if way.credit == 1.0 and (not way.who or band in way.who))


def wish_of(
    rulebook: Rulebook, kind: str, *, indicator: str | None = None, attributes: Attributes | None = None
) -> Wish:
    """Return what a new facility of a kind would do, by the first indicator of coverage that it belongs to.

    Parameters
    ----------
    rulebook
        Targets and indicators.
    kind
        Facility kind.
    indicator
        Id of the indicator to go by instead.
    attributes
        Of the new facility, such as ``area_m2``; a target that asks for one that is not given is not met.

    Raises
    ------
    ParameterError
        If no indicator of coverage counts such a facility.

    Examples
    --------
    >>> from cfspace.rulebooks import load_rulebook
    >>> wish = wish_of(load_rulebook("jilin-2022"), "childcare")
    >>> wish.rule.id, dict(wish.serves)
    ('CC-2', {'0_2': 300.0})
    """
    given = dict(attributes or {})
    rules = [rule for rule in rulebook.indicator if isinstance(rule, CoverageRule)]
    if indicator is not None:
        rules = [rule for rule in rules if rule.id == indicator]
        if not rules:
            known = ", ".join(rule.id for rule in rulebook.indicator if isinstance(rule, CoverageRule))
            raise ParameterError(
                f"--indicator: {indicator!r} is no indicator of coverage; use one of {known}"
            )
    told = [(rule, _serves(rulebook, rule, kind, given)) for rule in rules]
    # What is scored comes before what is only reported, also where it asks for more to be said.
    for reported in (False, True):
        for rule, serves in told:
            if serves and rule.report_only == reported:
                return Wish(kind=kind, rule=rule, attributes=given, serves=serves)
        asks = _asked_attribute(rulebook, [rule for rule in rules if rule.report_only == reported], kind)
        if asks:
            raise ParameterError(
                f"--kind: {asks[0]} counts a {kind} only by its {asks[1]}; "
                f"say what new ones will be like: --with {kind}.{asks[1]}=VALUE"
            )
    raise ParameterError(_no_rule(rulebook, kind, indicator))


def _serves(
    rulebook: Rulebook, rule: CoverageRule, kind: str, attributes: Mapping[str, float | str | bool]
) -> dict[str, float]:
    """Return the metres within which a new facility covers each band of a rule; bands it does not: none."""
    targets = rulebook.targets([kind])
    new = pd.DataFrame([{"kind": kind, **attributes}])
    found = {}
    for band in rule.who:
        own = [way for way in whole_ways(rule, band) if match_target(targets[way.target], new).matches[0]]
        if own:
            found[str(band)] = float(max(way.full_m for way in own))
    return found


def _asked_attribute(rulebook: Rulebook, rules: list[CoverageRule], kind: str) -> tuple[str, str] | None:
    """Return the first indicator that counts a kind by an attribute, and which."""
    targets = rulebook.targets([kind])
    for rule in rules:
        for way in rule.ways():
            target = targets[way.target]
            if kind in target.kinds and target.where and way.credit == 1.0:
                return rule.id, target.where[0].attribute
    return None


def _no_rule(rulebook: Rulebook, kind: str, indicator: str | None) -> str:
    targets = rulebook.targets([kind])
    ways = [way for rule in rulebook.indicator if isinstance(rule, CoverageRule) for way in rule.ways()]
    known = sorted({one for way in ways for one in targets[way.target].kinds})
    which = "no indicator of coverage counts" if indicator is None else f"{indicator} does not count"
    return f"--kind: {which} a {kind!r}; use one of {', '.join(known)}"


@dataclass(frozen=True, eq=False, kw_only=True)
class Demand:
    """Demand points: the children of one home whom one kind serves alike.

    Attributes
    ----------
    home
        Row of the home, shape (n_demand,).
    kind
        Number of the kind among the wishes.
    bands
        Their age bands.
    reach_m
        Within how many metres a new facility serves them.
    weight
        How many they are.
    before_m
        The walk to what serves them now; ``inf`` where none is within the search.
    is_served
        Whether that is within its full distance.
    """

    home: NDArray[np.int64]
    kind: NDArray[np.int64]
    bands: tuple[tuple[str, ...], ...]
    reach_m: Floats
    weight: Floats
    before_m: Floats
    is_served: NDArray[np.bool_]


def demand_of(homes: pd.DataFrame, wishes: tuple[Wish, ...], *, weighs_children: bool = True) -> Demand:
    """Return the children whom new facilities might serve, those who are served already among them.

    Parameters
    ----------
    homes
        A row per home: ``children_<band>``, and ``m_<target>`` for every target of the indicators.
    wishes
        What is to be built.
    weighs_children
        Whether homes weigh children. Where they weigh floor area or residents every age band holds all of
        it, and a home counts once for each wish, not once for each of its bands.

    Returns
    -------
    A point per home that is measured and has children, and per group of bands that are served alike.
    """
    parts = []
    for number, wish in enumerate(wishes):
        for ways, bands in wish.groups().items():
            columns = [f"children_{band}" for band in bands]
            times = 1.0 if weighs_children else len(wish.serves)
            weight = homes[columns].to_numpy(float).sum(axis=1) / times
            metres = np.array([homes[f"m_{way.target}"].to_numpy(float) for way in ways])
            full = np.array([way.full_m for way in ways])
            known = ~np.isnan(metres).all(axis=0) & (weight > 0)
            home = np.flatnonzero(known)
            nearest = np.fmin.reduce(metres[:, home])
            served = (metres[:, home] <= full[:, None]).any(axis=0)
            parts.append((home, number, bands, wish.serves[bands[0]], weight[home], nearest, served))
    return Demand(
        home=np.concatenate([part[0] for part in parts]),
        kind=np.concatenate([np.full(len(part[0]), part[1]) for part in parts]),
        bands=tuple(part[2] for part in parts for _ in part[0]),
        reach_m=np.concatenate([np.full(len(part[0]), part[3]) for part in parts]),
        weight=np.concatenate([part[4] for part in parts]),
        before_m=np.concatenate([part[5] for part in parts]),
        is_served=np.concatenate([part[6] for part in parts]),
    )


def tiers_of(before_m: Floats, reach_m: Floats) -> NDArray[np.int64]:
    """Return how badly off children are, 0 the worst: beyond 4 times the distance, twice it, nearer.

    A walk that was not found is beyond any.

    Examples
    --------
    >>> tiers_of(np.array([np.inf, 1300.0, 900.0, 301.0]), np.full(4, 300.0)).tolist()
    [0, 0, 1, 2]
    """
    return np.where(before_m > 4 * reach_m, 0, np.where(before_m > 2 * reach_m, 1, 2)).astype(np.int64)
