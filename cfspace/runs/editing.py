"""A city under a plan: what the edits change is built again, everything else is taken over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cfspace.config.kinds import KINDS
from cfspace.config.rulebook import Rulebook, Text
from cfspace.errors import Fault
from cfspace.facilities.compounds import Compounds
from cfspace.facilities.entrances import place_entrances
from cfspace.io.cache import Cache
from cfspace.io.osm import OsmData
from cfspace.network.build import Ways, build_network
from cfspace.network.model import WalkNetwork
from cfspace.network.roads import TaggedNodes
from cfspace.network.rules import WalkRules
from cfspace.planning.editing import Edited, Parts, apply_plan
from cfspace.planning.plan import Plan, PlanError
from cfspace.planning.streets import StreetDraft
from cfspace.runs.city import City
from cfspace.runs.compounds import bound, compounds_of
from cfspace.runs.framing import where_homes_count
from cfspace.runs.streets import kind_rules_of, street_nodes, street_sources, walk_rules_of

ARRAYS: Final = (
    "node_id",
    "node_x_m",
    "node_y_m",
    "segment_from",
    "segment_to",
    "vertex_ptr",
    "vertex_x_m",
    "vertex_y_m",
    "vertex_node_id",
)


@dataclass(frozen=True, eq=False, kw_only=True)
class EditedCity:
    """A city after a plan.

    Attributes
    ----------
    city
        As `cfspace.runs.loading.load_city` would give it, had the plan been built.
    notes
        What a reader should know of the edits, in both languages.
    drawn
        What there is to see of each edit, EPSG:4326: ``edit`` (its number) and ``do``.
    """

    city: City
    notes: tuple[Text, ...]
    drawn: gpd.GeoDataFrame


def edited_city(
    city: City, plan: Plan, rulebook: Rulebook, *, cache: Cache, faults: Iterable[Fault] = ()
) -> EditedCity:
    """Return a city after a plan.

    Parameters
    ----------
    city
        As loaded; not changed.
    plan
        Its edits.
    rulebook
        Its targets name further kinds that a plan may add.
    cache
        Where OSM and streets may be kept.
    faults
        What is wrong with the plan file itself; told together with what does not fit the city.

    Raises
    ------
    PlanError
        If any edit is at fault: unknown ids, places outside the data, lines that touch no street.
    """
    osm, ways, _, _ = street_sources(city.study, cache)
    rules = walk_rules_of(city.study)
    streets = StreetDraft(ways, rules, city.crs) if plan.changes_streets else None
    edited = apply_plan(plan, _parts(city, osm, streets, rulebook))
    every = [*faults, *edited.faults]
    if every:
        raise PlanError(str(plan.source), every)
    parts = edited.parts
    changed = None if osm is None or parts.features is None else replace(osm, features=parts.features)
    network = city.network if streets is None else _network(city, streets, rules, changed)
    if same_network(city.network, network):
        network = city.network
    after = replace(
        city,
        network=network,
        homes=parts.homes,
        facilities=parts.facilities,
        entrances=_entrances(parts, changed, network, city),
        audits=_audits_of(city, parts.facilities),
    )
    if city.compounds is not None:
        found = compounds_of(
            city.study, changed, parts.facilities, city.evidence, network=network, crs=city.crs
        )
        after = after if found is None else _bound_anew(city, after, found)
    notes = (*edited.notes, *_unknown_kinds(city, edited))
    return EditedCity(city=after, notes=notes, drawn=_drawn(edited, city))


def _drawn(edited: Edited, city: City) -> gpd.GeoDataFrame:
    numbers, verbs, shapes = ([*part] for part in zip(*edited.drawn, strict=True))
    frame = gpd.GeoDataFrame({"edit": numbers, "do": verbs}, geometry=shapes, crs=city.crs)
    wgs84: gpd.GeoDataFrame = frame.to_crs("EPSG:4326")
    return wgs84


def _bound_anew(before: City, city: City, compounds: Compounds) -> City:
    """Return the city with compounds found anew, or those it had where nothing of them changed."""
    again = bound(city, compounds)
    old = before.compounds
    is_same = old is not None and np.array_equal(again.home_compound, before.home_compound)
    if old is None or not is_same or not _same_gates(old, compounds):
        return again
    return replace(again, compounds=old, home_compound=before.home_compound)


def _same_gates(one: Compounds, other: Compounds) -> bool:
    same = [np.array_equal(one.owner, other.owner)]
    pairs = ((one.gate, other.gate), (one.outline, other.outline))
    same += [len(a) == len(b) and bool(shapely.equals_exact(a, b).all()) for a, b in pairs]
    return all(same)


def same_network(before: WalkNetwork, after: WalkNetwork) -> bool:
    """Tell whether two networks are the same in every junction, segment and attribute."""
    return before is after or (
        all(np.array_equal(getattr(before, name), getattr(after, name)) for name in ARRAYS)
        and before.attributes.equals(after.attributes)
        and before.roads.ways.equals(after.roads.ways)
        and before.roads.nodes.equals(after.roads.nodes)
    )


def _parts(city: City, osm: OsmData | None, streets: StreetDraft | None, rulebook: Rulebook) -> Parts:
    targeted = {kind for target in rulebook.targets().values() for kind in target.kinds}
    return Parts(
        facilities=city.facilities,
        homes=city.homes,
        features=None if osm is None else osm.features,
        streets=streets,
        units=city.units,
        weights=city.weights,
        crs=city.crs,
        inside=where_homes_count(city),
        extent=city.extent,
        barriers=tuple(city.network.barriers),
        kinds=frozenset({*KINDS, *city.evidence, *targeted}),
    )


def _network(city: City, streets: StreetDraft, rules: WalkRules, osm: OsmData | None) -> WalkNetwork:
    ways: Ways = streets.finish()
    nodes = None if osm is None else _nodes(street_nodes(osm), streets)
    return build_network(ways, rules, city.crs, barriers=city.network.barriers, nodes=nodes)


def _nodes(known: TaggedNodes, streets: StreetDraft) -> TaggedNodes:
    """Return the tagged nodes of a study and those where lines of a plan cross roads."""
    if not streets.node_tags:
        return known
    new = sorted(streets.node_tags)
    old = [i for i, osm_id in enumerate(known.osm_id.tolist()) if osm_id not in streets.node_tags]
    places = np.array([streets.node_at[node] for node in new], float)
    return TaggedNodes(
        osm_id=np.concatenate([known.osm_id[old], np.array(new, np.int64)]),
        tags=[*(known.tags[i] for i in old), *(streets.node_tags[node] for node in new)],
        lon_deg=np.concatenate([known.lon_deg[old], places[:, 0]]),
        lat_deg=np.concatenate([known.lat_deg[old], places[:, 1]]),
    )


def _entrances(parts: Parts, osm: OsmData | None, network: WalkNetwork, city: City) -> gpd.GeoDataFrame:
    """Return the entrances of all facilities: a new path may lead over the edge of a park."""
    if parts.facilities is city.facilities and network is city.network:
        return city.entrances
    return place_entrances(
        parts.facilities,
        None if osm is None else osm.features,
        network.lines,
        network.takes_feet,
        rules=kind_rules_of(city.study),
        walls=None if osm is None else osm.walls,
        is_island=network.is_island,
    ).frame


def _audits_of(city: City, facilities: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the answers to checklists, without those on facilities that are there no longer."""
    audits = city.audits
    if facilities is city.facilities or not len(audits):
        return audits
    gone = set(city.facilities["facility_id"]) - set(facilities["facility_id"])
    return audits[~audits["facility_id"].isin(gone)].reset_index(drop=True)


def _unknown_kinds(city: City, edited: Edited) -> Iterable[Text]:
    """Return notes on kinds of which the study cannot know how many there are: their score stays unknown."""
    before, after = set(city.facilities["kind"]), set(edited.parts.facilities["kind"])
    for kind in sorted(after - before):
        if city.evidence.get(kind, "none") == "none":
            yield Text(
                en=f"{kind}: no source of the study tells how many there are, so one more does not make its "
                "share known; walks to the new one are measured",
                zh=f"{kind}：研究数据无法说明现有数量，新增一处并不能使覆盖率变为已知；到新设施的步行距离已测量",
            )
