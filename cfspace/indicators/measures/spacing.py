"""How far apart crossings stand along main streets."""

from __future__ import annotations

import heapq
from itertools import pairwise

import numpy as np
import shapely

from cfspace.config.rulebook import CrossingSpacingRule, Rulebook, Text
from cfspace.indicators.city import City, Floats
from cfspace.indicators.evidence import basis_of
from cfspace.indicators.outcome import Amounts, Outcome, Tally
from cfspace.indicators.streets import Junctions, Objects, Streets, foot_bridges, streets_of
from cfspace.indicators.words import say

Stretches = list[list[float]]


def crossing_spacing(rule: CrossingSpacingRule, city: City, book: Rulebook) -> Outcome:
    """Return the metres of main street that lie between crossings no further apart than allowed.

    Crossings are the places of the target within `snap_m` of a main street, and foot bridges over or subways
    under it. From a stretch without crossing the gap is measured along main streets to the nearest crossing
    beyond each of its ends; the end of a main street bounds the gap as a crossing does. A segment counts in
    the unit of its middle.
    """
    basis = basis_of((rule.target,), city, book, absence=True)
    streets = streets_of(city, rule.classes)
    if basis.reason is not None:
        return Outcome.no_data(basis.reason, evidence=basis.evidence)
    if isinstance(streets, Text):
        return Outcome.no_data(streets, evidence=basis.evidence)
    places = np.asarray(city.facilities.geometry.array)[basis.match.matches]
    good_m = metres_between(
        streets, _crossings_on(streets, places, foot_bridges(city), rule.snap_m), rule.max_gap_m
    )
    tally = Tally(
        bands=rule.who,
        nothing=say(en="no main street here", zh="此处没有主要道路"),
        numerator=Amounts(of="segments", rows=streets.rows, values=good_m),
        denominator=Amounts(of="segments", rows=streets.rows, values=streets.length_m),
    )
    counted = Amounts(of="facilities", values=basis.match.matches.astype(np.float64))
    return Outcome(tallies=(tally,), note=basis.note, evidence=basis.evidence, places=counted)


def _crossings_on(streets: Streets, places: Objects, bridges: Objects, snap_m: float) -> Stretches:
    """Return where along each segment crossings stand, in metres, sorted."""
    tree = shapely.STRtree(streets.lines)
    stand: Stretches = [[] for _ in streets.rows]
    place, street = tree.query(places, predicate="dwithin", distance=snap_m)
    at_m = shapely.line_locate_point(streets.lines[street], shapely.centroid(places[place]))
    for row, metres in zip(street.tolist(), at_m.tolist(), strict=True):
        stand[row].append(metres)
    bridge, street = tree.query(bridges, predicate="intersects")
    over = shapely.centroid(shapely.intersection(bridges[bridge], streets.lines[street]))
    for row, metres in zip(
        street.tolist(), shapely.line_locate_point(streets.lines[street], over).tolist(), strict=True
    ):
        stand[row].append(metres)
    return [sorted(one) for one in stand]


def metres_between(streets: Streets, stand: Stretches, max_gap_m: float) -> Floats:
    """Return the metres of each segment that lie in gaps of at most `max_gap_m` between crossings."""
    junctions = Junctions.of(streets)
    lengths = streets.length_m.tolist()
    beyond = _beyond_ends(junctions, lengths, stand, max_gap_m)
    good_m = np.zeros(len(lengths))
    for segment, (length_m, own) in enumerate(zip(lengths, stand, strict=True)):
        marks = [-beyond[segment][0], *own, length_m + beyond[segment][1]]
        for start_m, end_m in pairwise(marks):
            if end_m - start_m <= max_gap_m:
                good_m[segment] += min(end_m, length_m) - max(start_m, 0.0)
    return good_m


def _beyond_ends(
    junctions: Junctions, lengths: list[float], stand: Stretches, limit_m: float
) -> list[tuple[float, float]]:
    """Return the metres from each end of each segment to the next crossing beyond it, not going back.

    A walk is a segment entered at one of its ends. Its way to a crossing is the way to the first that stands
    on it, or else its length and the shortest way on from its far end; at the end of the street that way is
    0.
    """
    reached = _ways_in(junctions, lengths, stand, limit_m)
    ends = junctions.ends.tolist()

    def beyond(segment: int, end: int) -> float:
        others = [other for other in junctions.at(end) if other != segment]
        if not others:
            return 0.0
        return min(
            reached.get((other, side), np.inf) for other in others for side in _sides(ends[other], end)
        )

    return [(beyond(segment, one), beyond(segment, other)) for segment, (one, other) in enumerate(ends)]


def _ways_in(
    junctions: Junctions, lengths: list[float], stand: Stretches, limit_m: float
) -> dict[tuple[int, int], float]:
    """Return, for a segment entered at its end 0 or 1, the metres to the first crossing within the limit."""
    ends = junctions.ends.tolist()
    queue: list[tuple[float, int, int]] = []
    for segment, own in enumerate(stand):
        for side in (0, 1):
            far_end = ends[segment][1 - side]
            if own:
                queue.append((own[0] if side == 0 else lengths[segment] - own[-1], segment, side))
            elif junctions.at(far_end) == [segment]:
                queue.append((lengths[segment], segment, side))
    heapq.heapify(queue)
    reached: dict[tuple[int, int], float] = {}
    while queue:
        metres, segment, side = heapq.heappop(queue)
        if (segment, side) in reached or metres > limit_m:
            continue
        reached[segment, side] = metres
        end = ends[segment][side]
        for before in junctions.at(end):
            if before != segment and not stand[before]:
                for far_side in _sides(ends[before], end):
                    heapq.heappush(queue, (metres + lengths[before], before, 1 - far_side))
    return reached


def _sides(ends: list[int], end: int) -> list[int]:
    return [side for side in (0, 1) if ends[side] == end]
