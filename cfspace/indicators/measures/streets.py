"""Streets by their length: density, and what share of them has footways, width or cycle tracks."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from cfspace.config.rulebook import DensityRule, Rulebook, StreetRatioRule, Text
from cfspace.indicators.city import City, Floats
from cfspace.indicators.evidence import basis_of
from cfspace.indicators.measures.gates import real_gates
from cfspace.indicators.outcome import Amounts, Outcome, PerUnit, Tally
from cfspace.indicators.streets import (
    NO_STREETS,
    Streets,
    Truths,
    all_segments,
    lines_for_feet,
    one_of_two,
    share_alongside,
    side_rays,
    streets_of,
)
from cfspace.indicators.words import say

WITH_CYCLES = ("track", "lane", "separate")
"""Values of `cycleway` that give cycles a place of their own."""

MERE_EDGE = 1e-6
"""Units share at least this part of one of them where they overlap, and not only touch."""

OWN_AREA = "own_area_m2"
"""Column of units that says their own area where units that only stand beside take a part of it."""

NO_LENGTH = say(en="no street of these classes has a known answer here", zh="此处没有答案已知的该等级道路")
NO_AREA = say(en="no part of this unit lies inside the data", zh="本单元不在数据范围内")


def density(rule: DensityRule, city: City, book: Rulebook) -> Outcome:  # noqa: ARG001
    """Return kilometres of public street over square kilometres of unit inside the data.

    A one-way street beside which another of the same class and name runs the other way within `merge_m` is
    one carriageway of a pair and counts half, so that both together count once. This is told by looking to
    both sides at three points: where carriageways part further it misses, so the density is rather too high
    than too low. A segment counts in the unit of its middle; where units overlap, ground and segments count
    in that of the lower id.
    """
    streets = streets_of(city, rule.classes)
    if isinstance(streets, Text):
        return Outcome.no_data(streets)
    share = np.where(one_of_two(streets, rule.merge_m), 0.5, 1.0)
    area_km2 = {
        level: _ground_m2(frame) * frame["covered_share"].to_numpy(np.float64) / 1e6
        for level, frame in city.units.frames.items()
    }
    tally = Tally(
        bands=rule.who,
        nothing=NO_AREA,
        numerator=Amounts(of="segments", rows=streets.rows, values=share * streets.length_m / 1000.0),
        denominator=PerUnit(by_level=area_km2, missing=NO_AREA),
    )
    return Outcome(tallies=(tally,))


def _ground_m2(units: gpd.GeoDataFrame) -> Floats:
    """Return the own area of each unit; as it was taken among more units than these, where it was."""
    if OWN_AREA not in units.columns:
        return own_area_m2(units)
    known: Floats = units[OWN_AREA].to_numpy(np.float64)
    return known


def own_area_m2(units: gpd.GeoDataFrame) -> Floats:
    """Return the area of each unit without what it shares with units of lower ids."""
    areas = units["area_m2"].to_numpy(np.float64)
    shapes = np.asarray(units.geometry.array)
    rank = np.argsort(np.argsort(units["unit_id"].astype(str).to_numpy(), kind="stable"), kind="stable")
    here, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    lower = rank[other] < rank[here]
    here, other = here[lower], other[lower]
    shared = shapely.intersection(shapes[here], shapes[other])
    wide = shapely.area(shared) > MERE_EDGE * areas[here]
    lost = np.zeros(len(units))
    for row in np.unique(here[wide]):
        # Together, since three units may share the same ground.
        lost[row] = shapely.area(shapely.union_all(shared[wide & (here == row)]))
    return np.asarray(np.maximum(areas - lost, 0.0), dtype=np.float64)


def street_ratio(rule: StreetRatioRule, city: City, book: Rulebook) -> Outcome:
    """Return the metres of street that have what is asked for, over those of which it is known.

    - ``footway``: each side counts half the length; a side is there where it is tagged so, and where it is
    tagged as
      mapped separately as far as a footway runs within `alongside_m` of that side.
    - ``footway_width``: of footways (by a street, or separate) of known width, those of `min_width_m` or
    more; within
      `gate_within_m` of a gate `gate_min_width_m`.
    - ``cycleway``: a street with a track or lane, or with a cycleway within `alongside_m`.

    What is not tagged is unknown, not absent. A segment counts in the unit of its middle.
    """
    streets = streets_of(city, rule.classes)
    if isinstance(streets, Text):
        return Outcome.no_data(streets)
    good_m, known_m, all_m, rows = _FEATURES[rule.feature](rule, streets, city, book)
    if not known_m.any():
        return Outcome.no_data(
            say(
                en=f"{rule.feature.replace('_', ' ')} is not known for any street",
                zh=f"没有一条道路的{_FEATURE_ZH[rule.feature]}已知",
            )
        )
    tally = Tally(
        bands=rule.who,
        nothing=NO_LENGTH,
        numerator=Amounts(of="segments", rows=rows, values=good_m),
        denominator=Amounts(of="segments", rows=rows, values=known_m),
        unknown=Amounts(of="segments", rows=rows, values=all_m - known_m),
    )
    percent = 100.0 * known_m.sum() / all_m.sum()
    note = say(en=f"known for {percent:.0f} % of the length", zh=f"{percent:.0f}% 的长度有已知答案")
    return Outcome(tallies=(tally,), note=note)


Measured = tuple[Floats, Floats, Floats, np.ndarray[tuple[int], np.dtype[np.int64]]]


def _footways(rule: StreetRatioRule, streets: Streets, city: City, book: Rulebook) -> Measured:  # noqa: ARG001
    reach_m = rule.alongside_m or 0.0
    beside = lines_for_feet(city)
    good_m, known_m = np.zeros(len(streets.rows)), np.zeros(len(streets.rows))
    for side, column in enumerate(("sidewalk_left", "sidewalk_right")):
        answers = streets.text(column)
        separate = answers == "separate"
        there = (answers == "yes").astype(np.float64)
        if separate.any():
            there[separate] = share_alongside(side_rays(streets.lines[separate], reach_m)[side], beside)
        known = np.isin(answers.astype(str), ("yes", "no", "separate"))
        good_m += np.where(known, there * streets.length_m / 2, 0.0)
        known_m += np.where(known, streets.length_m / 2, 0.0)
    return good_m, known_m, streets.length_m, streets.rows


def _widths(rule: StreetRatioRule, streets: Streets, city: City, book: Rulebook) -> Measured:
    segments = all_segments(city) or streets
    own = segments.text("footway") == "sidewalk"
    with_side = np.isin(segments.rows, streets.rows) & (
        (segments.text("sidewalk_left") == "yes") | (segments.text("sidewalk_right") == "yes")
    )
    width_m = np.where(own, segments.number("width_m"), segments.number("sidewalk_width_m"))
    footways = segments.where(own | with_side)
    width_m = width_m[own | with_side]
    least_m, at_gates_m = rule.min_width_m or 0.0, rule.gate_min_width_m or 0.0
    asked_m = np.where(_at_gates(rule, footways, city, book), at_gates_m, least_m)
    known = ~np.isnan(width_m)
    # Tags are read as 32-bit numbers: 2.4 would be more than 2.4.
    wide = known & (width_m >= asked_m - 1e-6)
    lengths = footways.length_m
    return np.where(wide, lengths, 0.0), np.where(known, lengths, 0.0), lengths, footways.rows


def _at_gates(rule: StreetRatioRule, footways: Streets, city: City, book: Rulebook) -> Truths:
    near = np.zeros(len(footways.rows), dtype=bool)
    if not rule.gate_targets or rule.gate_within_m is None:
        return near
    places = basis_of(rule.gate_targets, city, book, absence=False)
    gates = np.asarray(city.entrances.geometry.array)[real_gates(city, places)]
    if len(gates) and len(near):
        tree = shapely.STRtree(footways.lines)
        near[tree.query(gates, predicate="dwithin", distance=rule.gate_within_m)[1]] = True
    return near


def _cycleways(rule: StreetRatioRule, streets: Streets, city: City, book: Rulebook) -> Measured:  # noqa: ARG001
    answers = streets.text("cycleway")
    tagged = np.isin(answers.astype(str), WITH_CYCLES)
    segments = all_segments(city) or streets
    tracks = segments.lines[segments.text("highway") == "cycleway"]
    rays = np.concatenate(side_rays(streets.lines, rule.alongside_m or 0.0), axis=1)
    # Three of six rays: a track along the whole of one side.
    beside = share_alongside(rays, tracks) >= 0.5
    good = tagged | beside
    known = good | np.array([answer is not None for answer in answers], dtype=bool)
    lengths = streets.length_m
    return np.where(good, lengths, 0.0), np.where(known, lengths, 0.0), lengths, streets.rows


_FEATURES = {"footway": _footways, "footway_width": _widths, "cycleway": _cycleways}
_FEATURE_ZH = {"footway": "人行道", "footway_width": "人行道宽度", "cycleway": "自行车道"}

__all__ = ["NO_STREETS", "density", "street_ratio"]
