"""Places that have another kind of place at hand, and land within a straight line of one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cfspace.config.rulebook import EquippedRule, LandCoverageRule, Rulebook
from cfspace.config.rulebook.places import RESIDENTIAL
from cfspace.indicators.city import City
from cfspace.indicators.evidence import basis_of, weakest
from cfspace.indicators.outcome import Amounts, Outcome, Tally, Things
from cfspace.indicators.words import say

NO_LAND = say(en="the study's data hold no residential land", zh="研究数据中没有居住用地")


def equipped(rule: EquippedRule, city: City, book: Rulebook) -> Outcome:
    """Return 1 for each place (or residential block) that has one of another kind at hand.

    At hand is a straight line of at most `within_m` between the two geometries; or, where the rule names
    `host`, that attribute of the other naming the place.
    """
    having = basis_of(rule.having, city, book, absence=True)
    if having.reason:
        return Outcome.no_data(having.reason, evidence=having.evidence)
    others = city.facilities.loc[having.match.matches]
    things: Things
    if RESIDENTIAL in rule.of:
        if city.residential is None or city.residential.empty:
            return Outcome.no_data(NO_LAND, evidence=having.evidence)
        places, things, evidence, note = city.residential, "residential", having.evidence, None
        counted = np.ones(len(places), dtype=bool)
    else:
        basis = basis_of(rule.of, city, book, absence=False)
        if basis.reason:
            return Outcome.no_data(basis.reason, evidence=basis.evidence)
        places, things, counted, note = city.facilities, "facilities", basis.match.matches, basis.note
        evidence = weakest([basis.evidence, having.evidence])
    near = _near(np.asarray(places.geometry.array), np.asarray(others.geometry.array), rule.within_m)
    if rule.host is not None and "name" in places.columns:
        near |= _hosted(places, others, rule.host)
    tally = Tally(
        bands=rule.who,
        numerator=Amounts(of=things, values=(near & counted).astype(np.float64)),
        denominator=Amounts(of=things, values=counted.astype(np.float64)),
        nothing=say(en="none of the places asked for lies here", zh="此处没有所考察的场所"),
    )
    own = Amounts(of="facilities", values=having.match.matches.astype(np.float64))
    return Outcome(tallies=(tally,), note=note, evidence=evidence, places=own)


def _near(places: NDArray[np.object_], others: NDArray[np.object_], within_m: float) -> NDArray[np.bool_]:
    near = np.zeros(len(places), dtype=bool)
    near[shapely.STRtree(others).query(places, predicate="dwithin", distance=within_m)[0]] = True
    return near


def _hosted(places: pd.DataFrame, others: pd.DataFrame, host: str) -> NDArray[np.bool_]:
    if host not in others.columns:
        return np.zeros(len(places), dtype=bool)
    hosts = {str(name).strip().casefold() for name in others[host].dropna()} - {""}
    names = places["name"].to_numpy(object)
    return np.array([str(name).strip().casefold() in hosts for name in names], dtype=bool)


def land_coverage(rule: LandCoverageRule, city: City, book: Rulebook) -> Outcome:
    """Return the square metres of residential land within a straight line of a target's edge.

    Each target is widened by its full distance, as the norm does with parks; land counts in the unit that
    holds a point on its polygon.
    """
    if city.residential is None or city.residential.empty:
        return Outcome.no_data(NO_LAND)
    basis = basis_of(rule.uses(), city, book, absence=True)
    if basis.reason:
        return Outcome.no_data(basis.reason, evidence=basis.evidence)
    zones = []
    for way in rule.reach:
        own = basis_of((way.target,), city, book, absence=True).match.matches
        zones.append(
            shapely.buffer(np.asarray(city.facilities.geometry.array)[own], way.full_m, quad_segs=16)
        )
    land = np.asarray(city.residential.geometry.array)
    tally = Tally(
        bands=rule.who,
        numerator=Amounts(of="residential", values=_area_within(land, np.concatenate(zones))),
        denominator=Amounts(of="residential", values=shapely.area(land)),
        nothing=say(en="no residential land here", zh="此处没有居住用地"),
    )
    places = Amounts(of="facilities", values=basis.match.matches.astype(np.float64))
    return Outcome(tallies=(tally,), note=basis.note, evidence=basis.evidence, places=places)


def _area_within(land: NDArray[np.object_], zones: NDArray[np.object_]) -> NDArray[np.float64]:
    """Return, for each polygon, the area of it that lies in any of the zones."""
    areas = np.zeros(len(land))
    rows, found = shapely.STRtree(zones).query(land, predicate="intersects")
    for row in np.unique(rows):
        # Sorted by place, so that the union and its area do not depend on the order of the zones.
        near = zones[found[rows == row]]
        near = near[
            np.lexsort((shapely.get_y(shapely.centroid(near)), shapely.get_x(shapely.centroid(near))))
        ]
        areas[row] = shapely.area(shapely.intersection(land[row], shapely.union_all(near)))
    return areas
