"""Missing links of a study: found, each computed exactly, ranked by the children they bring within reach."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cfspace.config.rulebook import CoverageRule, Rulebook
from cfspace.config.study import Study
from cfspace.errors import ParameterError
from cfspace.facilities.gates import gate_points
from cfspace.io.cache import user_cache
from cfspace.io.frame import to_metric
from cfspace.io.osm import OsmData
from cfspace.network.profiles import load_profile
from cfspace.network.rules import load_walk_rules
from cfspace.planning.links.candidates import LinkCandidate, across, gates_to_open
from cfspace.planning.links.effects import Reaches, gains_of
from cfspace.rulebooks import load_rulebook, match_target
from cfspace.runs.city import City
from cfspace.runs.joining import entrance_feet, join_homes
from cfspace.runs.loading import load_city
from cfspace.runs.stages import Stages
from cfspace.runs.streets import street_sources

LONGEST_M: Final = {"bridge": 300.0, "crossing": 45.0}
LONGEST_WALK_M: Final = 1500.0
"""Indicators that ask for more are no walks of children: a link moves few of them, and none that walks."""

APART_M: Final = {"gate": 30.0, "crossing": 60.0, "bridge": 150.0}
"""Of links that lead over a barrier so near to each other, the better one is told."""

ONCE: Final = {True: ["home", "age_band"], False: ["home"]}
"""What tells those who are counted once apart; where homes weigh no children, every band holds all of it."""


@dataclass(frozen=True, kw_only=True)
class LinkOptions:
    """Which links are looked at.

    Attributes
    ----------
    indicator
        Go by this indicator of coverage alone; default: by all that are scored and ask for at most 1,500 m.
    longest_bridge_m, longest_crossing_m
        Longest links that are looked at.
    most
        How many links are told.
    """

    indicator: str | None = None
    longest_bridge_m: float = LONGEST_M["bridge"]
    longest_crossing_m: float = LONGEST_M["crossing"]
    most: int = 20


@dataclass(frozen=True, eq=False, kw_only=True)
class Linked:
    """Ranked links, and what they were chosen from.

    Attributes
    ----------
    city
        The city.
    rulebook
        Its rulebook.
    rules
        The indicators that count.
    links
        A LineString per link in the metric CRS, the best first: ``link_id``, ``what`` (gate, crossing or
        bridge), ``over``, ``is_mapped`` (a closed way is there), ``x_m``, ``y_m`` (where it passes the
        barrier), ``length_m``, ``children`` who come newly within reach of something, ``services``
        (children times indicators), ``children_per_m``.
    gains
        ``link_id``, ``indicator``, ``age_band``, ``unit_level``, ``unit_id``, ``children``.
    helped
        Rows of homes that some told link brings newly within reach of something.
    n_candidates
        By kind of link, how many were computed.
    """

    city: City
    rulebook: Rulebook
    rules: tuple[CoverageRule, ...]
    links: gpd.GeoDataFrame
    gains: pd.DataFrame
    helped: tuple[int, ...]
    n_candidates: dict[str, int]


def linked(
    study: Study | str | Path, *, options: LinkOptions | None = None, stages: Stages | None = None
) -> Linked:
    """Find and rank missing links. Arguments and errors as for `links`."""
    stages, chosen = stages or Stages(), options or LinkOptions()
    city = load_city(study, stages=stages)
    rulebook = load_rulebook(city.study.study.rulebook)
    with stages("candidates"):
        osm = street_sources(city.study, user_cache())[0]
        found = find_links(city, osm, chosen)
    with stages("walks"):
        rules = _rules(city, rulebook, chosen.indicator)
        reaches = reaches_of(city, rulebook, rules)
    with stages("effects"):
        rows = [(one, gains_of(reaches, one.link, rules, city.homes)) for one in found]
        once = ONCE[city.weights == "children"]
        ranked = _ranked([row for row in rows if len(row[1])], chosen.most, once)
    counts = {what: sum(one.what == what for one in found) for what in ("gate", "crossing", "bridge")}
    return Linked(
        city=city,
        rulebook=rulebook,
        rules=rules,
        links=_frame(ranked, city),
        gains=_gains(ranked, city),
        helped=tuple(sorted({int(home) for _, gains in ranked for home in gains["home"]})),
        n_candidates=counts,
    )


def find_links(city: City, osm: OsmData | None, options: LinkOptions) -> list[LinkCandidate]:
    """Return every link that is looked at: gates, crossings over main roads, bridges."""
    network = city.network
    houses = np.empty(0, object) if osm is None else osm.buildings.geometry.to_crs(city.crs).to_numpy()
    found: list[LinkCandidate] = []
    if osm is not None:
        barriers = osm.barriers.to_crs(city.crs)
        for over in ("railway", "waterway", "motorway"):
            lines = barriers.geometry.to_numpy()[(barriers["barrier"] == over).to_numpy()]
            found += across(
                network, lines, what="bridge", over=over, longest_m=options.longest_bridge_m, houses=houses
            )
        found += _gates(city, osm, houses)
    found += across(
        network,
        _main_roads(city),
        what="crossing",
        over="main_road",
        longest_m=options.longest_crossing_m,
        houses=houses,
    )
    return found


def _main_roads(city: City) -> Any:
    """Return the main carriageways on the ground, walkable or not."""
    rule, roads = load_profile("independent_child").main_roads, city.network.roads
    if rule is None or not len(roads.ways):
        return np.empty(0, object)
    ways = roads.ways
    main = ways["highway"].isin(rule.classes) & ~ways["bridge"] & ~ways["tunnel"]
    sizes = np.diff(roads.ptr)
    index = np.repeat(np.arange(len(ways)), sizes)
    lines = shapely.linestrings(np.column_stack([roads.x_m, roads.y_m]), indices=index)
    return lines[main.to_numpy(bool)]


def _gates(city: City, osm: OsmData, houses: Any) -> list[LinkCandidate]:
    gates = gate_points(osm.features, crs=city.crs)
    shut = np.flatnonzero(gates.shut & ~gates.subway)
    names = {
        shapely.to_wkb(point): str(tags.get("name", ""))
        for point, tags in zip(
            osm.features.geometry.to_crs(city.crs).to_numpy(), osm.features["tags"], strict=True
        )
        if tags.get("barrier")
    }
    points = gates.geometry[shut]
    called = [names.get(shapely.to_wkb(point), "") for point in points]
    return gates_to_open(city.network, points, called, _closed_ways(city, osm), houses=houses)


def _closed_ways(city: City, osm: OsmData) -> Any:
    """Return ways that would be walkable if they were open to walkers, in the metric frame."""
    section = city.study.osm
    rules = load_walk_rules("cfspace" if section is None else section.walk_rules)
    ways = osm.ways
    kept = rules.kept(ways.tags)
    opened = rules.kept([{**tags, "foot": "yes"} for tags in ways.tags])
    x_m, y_m = to_metric(city.crs, ways.lon_deg, ways.lat_deg)
    closed = [i for i in np.flatnonzero(opened & ~kept).tolist() if ways.ptr[i + 1] - ways.ptr[i] > 1]
    spans = [slice(int(ways.ptr[i]), int(ways.ptr[i + 1])) for i in closed]
    lines = np.empty(len(closed), object)
    lines[:] = [shapely.LineString(np.column_stack([x_m[span], y_m[span]])) for span in spans]
    return lines


def _rules(city: City, rulebook: Rulebook, indicator: str | None) -> tuple[CoverageRule, ...]:
    """Return the indicators of coverage that count and of which something is known."""
    rules = [rule for rule in rulebook.indicator if isinstance(rule, CoverageRule)]
    if indicator is not None:
        chosen = tuple(rule for rule in rules if rule.id == indicator)
        if not chosen:
            known = ", ".join(rule.id for rule in rules)
            raise ParameterError(
                f"--indicator: {indicator!r} is no indicator of coverage; use one of {known}"
            )
        return chosen
    there = set(city.facilities["kind"])
    targets = rulebook.targets(there)
    return tuple(
        rule
        for rule in rules
        if not rule.report_only
        and max(way.full_m for way in rule.ways()) <= LONGEST_WALK_M
        and any(there & set(targets[way.target].kinds) for way in rule.ways() if way.credit == 1.0)
    )


def reaches_of(city: City, rulebook: Rulebook, rules: tuple[CoverageRule, ...]) -> Reaches:
    """Return the walks of a city's homes to all targets of some indicators."""
    feet, doors = join_homes(city).feet, entrance_feet(city)
    targets = rulebook.targets(sorted(set(city.facilities["kind"])))
    limits: dict[str, float] = {}
    for rule in rules:
        for way in rule.ways():
            if way.credit == 1.0:
                limits[way.target] = max(way.full_m, limits.get(way.target, 0.0))
    ids, of_door = city.facilities["facility_id"], city.entrances["facility_id"]
    ends = {}
    for name in limits:
        own = set(ids[match_target(targets[name], city.facilities).matches])
        ends[name] = doors.take(np.flatnonzero(of_door.isin(own).to_numpy()))
    return Reaches(city.network, feet, ends, limits_m=limits)


_Rows = list[tuple[LinkCandidate, pd.DataFrame]]


def _ranked(rows: _Rows, most: int, once: list[str]) -> _Rows:
    """Return the links that bring most children within reach per metre; near ones only once."""
    order = sorted(rows, key=lambda row: (-_children(row[1], once) / row[0].link.length_m, row[0].line.wkt))
    kept: _Rows = []
    for row in order:
        spot, apart_m = row[0].spot, APART_M[row[0].what]
        if all(np.hypot(spot[0] - k.spot[0], spot[1] - k.spot[1]) >= apart_m for k, _ in kept):
            kept.append(row)
        if len(kept) == most:
            break
    return kept


def _children(gains: pd.DataFrame, once: list[str]) -> float:
    """Return how many children come newly within reach of something, each once."""
    return float(gains.drop_duplicates(once)["children"].sum())


def _frame(rows: _Rows, city: City) -> gpd.GeoDataFrame:
    once = ONCE[city.weights == "children"]
    columns = {
        "link_id": np.array([f"link-{place}" for place in range(1, len(rows) + 1)], object),
        "what": np.array([one.what for one, _ in rows], object),
        "over": np.array([one.over for one, _ in rows], object),
        "is_mapped": np.array([one.is_mapped for one, _ in rows], bool),
        "x_m": np.array([one.spot[0] for one, _ in rows], float),
        "y_m": np.array([one.spot[1] for one, _ in rows], float),
        "length_m": np.array([one.link.length_m for one, _ in rows], float),
        "children": np.array([_children(gains, once) for _, gains in rows], float),
        "services": np.array([_children(gains, ["indicator", *once]) for _, gains in rows], float),
    }
    lines = np.empty(len(rows), object)
    lines[:] = [one.line for one, _ in rows]
    frame = gpd.GeoDataFrame(columns, geometry=lines, crs=city.crs)
    told: gpd.GeoDataFrame = frame.assign(children_per_m=frame["children"] / frame["length_m"])
    return told


def _gains(rows: _Rows, city: City) -> pd.DataFrame:
    """Return the gains by link, indicator, age band and unit."""
    parts = []
    for place, (_, gains) in enumerate(rows, start=1):
        for level in city.units.levels:
            unit = city.homes[f"{level}_id"].to_numpy(object)[gains["home"].to_numpy(np.int64)]
            table = gains.assign(link_id=f"link-{place}", unit_level=level, unit_id=unit)
            keys = ["link_id", "indicator", "age_band", "unit_level", "unit_id"]
            parts.append(table.groupby(keys, sort=False)["children"].sum().reset_index())
    columns = ["link_id", "indicator", "age_band", "unit_level", "unit_id", "children"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
