"""The ground before school gates: a crossing near, and how fast cars may go."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import shapely
from numpy.typing import NDArray

from cfspace.config.rulebook import GateCrossingRule, GateSpeedRule, Rulebook, Text
from cfspace.indicators.city import City, Floats
from cfspace.indicators.evidence import Basis, basis_of, weakest
from cfspace.indicators.outcome import Amounts, Codes, Outcome, Tally
from cfspace.indicators.streets import Junctions, Objects, Streets, foot_bridges, spread, streets_of
from cfspace.indicators.words import joined, say

GATE_RULES = ("entrance_tag", "gate", "path_crossing")
"""Entrances that are gates: mapped as such, or where a path passes the fence. A point of a list is none."""

NO_GATES = say(en="no gate of these schools is known", zh="这些学校的校门位置均不明")


def gate_crossing(rule: GateCrossingRule, city: City, book: Rulebook) -> Outcome:
    """Return 1 for each gate with a marked crossing, foot bridge or subway within the full distance.

    Distances are straight lines from the gate, as GB/T 51439-2021 6.1.3 measures them; in the score credit
    falls in a straight line to 0 at the zero distance. A school of which no gate is known counts as one
    unknown gate.
    """
    crossings = basis_of((rule.target,), city, book, absence=True)
    schools = basis_of(rule.gates, city, book, absence=False)
    gates = real_gates(city, schools)
    reasons = [crossings.reason, schools.reason, None if len(gates) else NO_GATES]
    if any(reason is not None for reason in reasons):
        return Outcome.no_data(joined(reasons), evidence=crossings.evidence)
    ways_over = np.concatenate(
        [np.asarray(city.facilities.geometry.array)[crossings.match.matches], foot_bridges(city)]
    )
    metres = _nearest_m(np.asarray(city.entrances.geometry.array)[gates], ways_over, rule.zero_m)
    tally = Tally(
        bands=rule.who,
        nothing=say(en="no gate of a school is known here", zh="此处没有已知的校门"),
        numerator=Amounts(of="gates", rows=gates, values=(metres <= rule.full_m).astype(np.float64)),
        denominator=Amounts(of="gates", rows=gates, values=np.ones(len(gates))),
        credit=Amounts(
            of="gates",
            rows=gates,
            values=np.clip((rule.zero_m - metres) / (rule.zero_m - rule.full_m), 0.0, 1.0),
        ),
        unknown=_without_gate(city, schools),
    )
    return _outcome(tally, schools, weakest([schools.evidence, crossings.evidence]))


def gate_speed(rule: GateSpeedRule, city: City, book: Rulebook) -> Outcome:
    """Return the metres of road near gates on which no more than the rule's speed is allowed.

    Each gate stands at the nearest point of the nearest road within `snap_m`; from there `along_m` of road
    count in every direction, each piece once however many gates are near. A piece counts as calm where its
    limit is low enough, where it is signed as a school zone, or by its class; where none of these is known it
    is unknown.
    """
    schools = basis_of(rule.gates, city, book, absence=False)
    roads = streets_of(city, rule.road_classes)
    gates = real_gates(city, schools)
    reasons = [schools.reason, roads if isinstance(roads, Text) else None, None if len(gates) else NO_GATES]
    if isinstance(roads, Text) or any(reason is not None for reason in reasons):
        return Outcome.no_data(joined(reasons), evidence=schools.evidence)
    near_m = metres_near(np.asarray(city.entrances.geometry.array)[gates], roads, rule.along_m, rule.snap_m)
    limit_kmh = roads.number("maxspeed_kmh")
    by_class = np.isin(roads.text("highway").astype(str), rule.calm_classes)
    calm = (limit_kmh <= rule.max_kmh) | by_class | roads.truth("school_zone")
    known = calm | ~np.isnan(limit_kmh)
    tally = Tally(
        bands=rule.who,
        nothing=say(
            en="no road near a gate has a known speed limit here", zh="此处校门附近没有限速已知的道路"
        ),
        numerator=Amounts(of="segments", rows=roads.rows, values=np.where(calm, near_m, 0.0)),
        denominator=Amounts(of="segments", rows=roads.rows, values=np.where(known, near_m, 0.0)),
        unknown=Amounts(of="segments", rows=roads.rows, values=np.where(known, 0.0, near_m)),
    )
    return _outcome(tally, schools, schools.evidence)


def real_gates(city: City, schools: Basis) -> Codes:
    """Return the positions of the entrances that are gates of the schools; of gates on one spot the first."""
    ids = city.facilities["facility_id"].to_numpy()[schools.match.matches]
    entrances = city.entrances
    is_gate = (entrances["facility_id"].isin(ids) & entrances["rule"].isin(GATE_RULES)).to_numpy()
    rows = np.flatnonzero(is_gate)
    spots = shapely.get_coordinates(np.asarray(entrances.geometry.array)[rows]).round(2)
    order = np.argsort(entrances["facility_id"].astype(str).to_numpy()[rows], kind="stable")
    first = np.unique(spots[order], axis=0, return_index=True)[1] if len(rows) else order
    return np.sort(rows[order][first]).astype(np.int64)


def _without_gate(city: City, schools: Basis) -> Amounts:
    entrances = city.entrances
    with_gate = entrances["facility_id"][entrances["rule"].isin(GATE_RULES)]
    lacking = schools.match.matches & ~city.facilities["facility_id"].isin(with_gate).to_numpy()
    return Amounts(of="facilities", values=lacking.astype(np.float64))


def _outcome(tally: Tally, schools: Basis, evidence: str) -> Outcome:
    places = Amounts(of="facilities", values=schools.match.matches.astype(np.float64))
    return Outcome(tallies=(tally,), note=schools.note, evidence=evidence, places=places)


def _nearest_m(points: Objects, others: Objects, limit_m: float) -> Floats:
    """Return the metres from each point to the nearest of the others, inf beyond the limit."""
    metres = np.full(len(points), np.inf)
    if len(others):
        found, distance = shapely.STRtree(others).query_nearest(
            points, max_distance=limit_m, return_distance=True, all_matches=False
        )
        metres[found[0]] = distance
    return metres


def metres_near(gates: Objects, roads: Streets, along_m: float, snap_m: float) -> Floats:
    """Return how many metres of each road lie within `along_m` of any gate, walked along the roads."""
    # A gate as near to two roads stands at both: no tie to break.
    found = shapely.STRtree(roads.lines).query_nearest(gates, max_distance=snap_m, all_matches=True)
    feet: dict[int, list[float]] = defaultdict(list)
    seeds: dict[int, float] = {}
    junctions = Junctions.of(roads)
    for gate, road in found.T.tolist():
        length_m = float(roads.length_m[road])
        at_m = float(shapely.line_locate_point(roads.lines[road], gates[gate]))
        feet[road].append(at_m)
        for end, metres in zip(junctions.ends[road].tolist(), (at_m, length_m - at_m), strict=True):
            seeds[end] = min(metres, seeds.get(end, np.inf))
    reached = spread(junctions, roads.length_m, seeds, along_m)
    to_end_m = np.full(int(junctions.ends.max()) + 1, np.inf)
    to_end_m[[*reached]] = [*reached.values()]
    left_m = np.maximum(along_m - to_end_m[junctions.ends], 0.0)
    near_m: NDArray[np.float64] = np.minimum(left_m.sum(axis=1), roads.length_m)
    for road, places in feet.items():
        length_m = float(roads.length_m[road])
        pieces = [(0.0, float(left_m[road, 0])), (length_m - float(left_m[road, 1]), length_m)]
        pieces += [(at_m - along_m, at_m + along_m) for at_m in places]
        near_m[road] = _covered_m(pieces, length_m)
    return near_m


def _covered_m(pieces: list[tuple[float, float]], length_m: float) -> float:
    """Return the length of what several pieces of one line cover together."""
    covered_m, reached_m = 0.0, 0.0
    for start_m, end_m in sorted(pieces):
        start_m, end_m = max(start_m, reached_m), min(end_m, length_m)
        if end_m > start_m:
            covered_m, reached_m = covered_m + end_m - start_m, end_m
    return covered_m
