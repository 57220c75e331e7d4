"""Streets of a study: where they come from, what is told of their junctions, and the walk network."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyproj
import shapely

from cfspace.config.study import Study
from cfspace.errors import LayerError
from cfspace.facilities.kinds import KindRules, load_kind_rules
from cfspace.io.cache import Cache
from cfspace.io.layers import read_layer
from cfspace.io.osm import OsmData, OsmWays
from cfspace.io.reports import LayerReport
from cfspace.network.build import build_network
from cfspace.network.model import WalkNetwork
from cfspace.network.roads import NODE_KEYS, TaggedNodes
from cfspace.network.rules import WalkRules, load_walk_rules
from cfspace.runs.keeping import kept_network, kept_osm, kept_streets

TOLD_OF_NODES = frozenset(NODE_KEYS)


def street_sources(
    study: Study, cache: Cache
) -> tuple[OsmData | None, OsmWays, shapely.Geometry, tuple[LayerReport, ...]]:
    """Return a study's OSM data, its ways, where they end, and what reading them did."""
    osm = None if study.osm is None or study.osm.file is None else kept_osm(study.osm.file, cache)
    if osm is not None and study.osm is not None and study.osm.extent is not None:
        osm = replace(osm, extent=_outline(study.osm.extent))
    if study.network is not None:
        ways, extent, report = kept_streets(study.network, cache)
        return osm, ways, extent, (report,)
    if osm is None:
        raise LayerError("the study: it has neither [osm] nor [network]; give one of them")
    return osm, osm.ways, osm.extent, ()


def _outline(file: Path) -> shapely.Geometry:
    layer = read_layer(file, layer="[osm] extent", shapes="polygon")
    return shapely.union_all(layer.frame.geometry.to_numpy())


def kind_rules_of(study: Study) -> KindRules:
    """Return the kind rules of a study: the shipped ones, with those of its own laid over them."""
    return load_kind_rules(None if study.osm is None else study.osm.kinds)


def walk_rules_of(study: Study) -> WalkRules:
    """Return the rules by which a study's ways are walkable."""
    section = study.network or study.osm
    return load_walk_rules(section.walk_rules if section is not None else "cfspace")


def street_network(
    study: Study, ways: OsmWays, osm: OsmData | None, crs: pyproj.CRS, cache: Cache
) -> WalkNetwork:
    """Return the walk network of a study's ways, in `crs`."""
    rules = walk_rules_of(study)
    nearest = study.osm is not None and study.osm.connectors == "nearest"
    barriers = None if osm is None or nearest else osm.barriers.to_crs(crs).geometry.to_numpy()

    def build() -> WalkNetwork:
        nodes = None if osm is None else street_nodes(osm)
        return build_network(ways, rules, crs, barriers=barriers, nodes=nodes)

    return kept_network(study, rules, crs, cache, barriers=barriers, build=build)


def street_nodes(osm: OsmData) -> TaggedNodes:
    """Return the tagged nodes that may tell of signals, crossings and kerbs."""
    points = osm.features[osm.features["osm_type"] == "node"]
    is_told = np.array([not TOLD_OF_NODES.isdisjoint(tags) for tags in points["tags"]], dtype=bool)
    told = points[is_told]
    return TaggedNodes(
        osm_id=told["osm_id"].to_numpy(np.int64),
        tags=told["tags"].tolist(),
        lon_deg=told.geometry.x.to_numpy(float),
        lat_deg=told.geometry.y.to_numpy(float),
    )
