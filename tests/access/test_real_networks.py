"""Walks on other real networks, against the slow oracle."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
import shapely

from cfspace.access.isochrones import isochrones
from cfspace.access.nearest import nearest
from cfspace.access.pairs import count_within, pairs_within
from cfspace.cli.service_areas import in_degrees
from cfspace.io.frame import metric_crs
from cfspace.io.osm import read_osm
from cfspace.network.build import build_network
from cfspace.network.health import network_health
from cfspace.network.model import WalkNetwork
from cfspace.network.rules import load_walk_rules
from cfspace.network.snap import snap
from tests.oracles import oracle_nearest_m

EXTRACTS = {"porto_alegre": "poa_osm.pbf", "helsinki": "Helsinki.osm.pbf"}


pytestmark = pytest.mark.real


@cache
def network_of(path: Path) -> WalkNetwork:
    osm = read_osm(path)
    crs = metric_crs(osm.extent.centroid.x, osm.extent.centroid.y)
    barriers = osm.barriers.to_crs(crs).geometry.to_numpy()
    return build_network(osm.ways, load_walk_rules("cfspace"), crs, barriers=barriers)


@pytest.mark.parametrize("city", EXTRACTS)
def test_walks_equal_the_oracle_to_a_centimetre(shared: Path, city: str) -> None:
    network = network_of(shared / "data" / city / EXTRACTS[city])
    rng = np.random.default_rng(11)
    spread = np.ptp(network.node_x_m), np.ptp(network.node_y_m)
    low = network.node_x_m.min(), network.node_y_m.min()
    places = rng.uniform(0, 1, (330, 2)) * spread + low
    homes = snap(network, *places[:300].T)
    for schools in (snap(network, *places[300:].T), snap(network, *places[300:304].T)):
        found = nearest(network, homes, schools, max_walk_m=3000.0).metres
        expected = oracle_nearest_m(network, homes, schools, max_walk_m=3000.0)
        np.testing.assert_array_equal(np.isfinite(found), np.isfinite(expected))
        np.testing.assert_allclose(found, expected, atol=0.01)
    pairs = pairs_within(network, homes, schools, max_walk_m=3000.0)
    counts = count_within(network, homes, schools, breaks_m=[1000.0, 3000.0])
    assert counts[homes.has_foot, 1].sum() == len(pairs)
    assert counts[homes.has_foot, 0].sum() == (pairs.metres <= 1000.0).sum()


def test_health_of_helsinki_is_as_networkx_and_shapely_count_it(shared: Path) -> None:
    network = network_of(shared / "data" / "helsinki" / EXTRACTS["helsinki"])
    found = network_health(network)
    graph = nx.MultiGraph()
    graph.add_nodes_from(range(network.n_nodes))
    ends = list(zip(network.segment_from.tolist(), network.segment_to.tolist(), strict=True))
    for (first, last), metres in zip(ends, network.length_m.tolist(), strict=True):
        graph.add_edge(first, last, length=metres)
    parts = [graph.subgraph(nodes) for nodes in nx.connected_components(graph)]
    # A loop by itself is an island; a junction that no street is left at is nothing.
    lengths_m = sorted((part.size("length") for part in parts if part.number_of_edges()), reverse=True)
    assert found.n_components == len(lengths_m)
    assert found.largest_share == pytest.approx(lengths_m[0] / sum(lengths_m))
    assert found.n_islands == sum(metres < 2000 for metres in lengths_m)
    assert found.island_km == pytest.approx(sum(metres for metres in lengths_m if metres < 2000) / 1000)
    dead = [node for node, degree in graph.degree if degree == 1]
    assert found.n_dead_ends == len(dead)
    missed = near_misses(network, graph, ends, dead)
    assert found.n_near_misses == len(missed)
    assert found.n_islands > 0
    assert len(missed) > 0
    counted = found.places["what"].value_counts().to_dict()
    assert counted == {"dead_end": len(dead), "near_miss": len(missed), "island": found.n_islands}


def near_misses(
    network: WalkNetwork, graph: nx.MultiGraph, ends: list[tuple[int, int]], dead: list[int]
) -> set[int]:
    """Count by distances from every dead end to every street on the ground, and short walks by networkx."""
    table = network.attributes
    on_ground = ~(table["bridge"] | table["tunnel"] | (table["layer"] > 0)).to_numpy(bool)
    grounded = np.flatnonzero(on_ground)
    lines = network.lines[grounded]
    touches: dict[int, list[int]] = {}
    for segment, pair in enumerate(ends):
        for node in set(pair):
            touches.setdefault(node, []).append(segment)
    missed = set()
    for node in dead:
        if not on_ground[touches[node][0]]:
            continue
        here = shapely.Point(network.node_x_m[node], network.node_y_m[node])
        near = grounded[shapely.distance(lines, here) <= 2.0]
        leads_to = nx.single_source_dijkstra_path_length(graph, node, cutoff=10.0, weight="length")
        for segment in near.tolist():
            if node not in ends[segment] and not leads_to.keys() & set(ends[segment]):
                missed.add(node)
    return missed


def test_a_thousand_service_areas_of_las_palmas_in_one_call(shared: Path) -> None:
    network = network_of(shared / "data" / "las_palmas" / "las_palmas_2023_osm_20230221.pbf")
    # A metre off the middle of a thousand segments all over the city.
    chosen = np.linspace(0, network.n_segments - 1, 1000).astype(int)
    middles = shapely.line_interpolate_point(network.lines[chosen], 0.5, normalized=True)
    points = snap(network, shapely.get_x(middles) + 1.0, shapely.get_y(middles))
    names, breaks_m = [f"f{number:04}" for number in range(1000)], [300.0, 600.0, 900.0, 1200.0]
    told: list[tuple[int, int]] = []
    areas = isochrones(
        network,
        points,
        breaks_m=breaks_m,
        groups=names,
        progress=lambda done, total: told.append((done, total)),
    )
    there = [name for name, has_foot in zip(names, points.has_foot, strict=True) if has_foot]
    assert told == [(number + 1, len(there)) for number in range(len(there))]
    assert len(there) > 900
    assert areas.columns.tolist() == ["group", "break_m", "length_m", "area_m2", "geometry"]
    assert areas.crs == network.crs
    assert areas["group"].tolist() == [name for name in there for _ in breaks_m]
    assert areas["break_m"].tolist() == breaks_m * len(there)
    assert areas.geometry.is_valid.all()
    assert set(areas.geom_type) == {"MultiPolygon"}
    np.testing.assert_allclose(areas["area_m2"], areas.area)

    assert (areas["area_m2"] > 0).all()
    growth = areas.groupby("group")[["area_m2", "length_m"]].diff().dropna()
    assert (growth["length_m"] >= -1e-6).all()
    few = points.take(np.arange(0, 1000, 25))
    bands = isochrones(network, few, breaks_m=breaks_m, groups=names[::25], bands=True)
    assert bands.geometry.is_valid.all()
    assert not bands.to_crs("EPSG:4326").geometry.is_valid.all()
    written = in_degrees(bands)
    assert written.geometry.is_valid.all()
    np.testing.assert_allclose(written.to_crs(network.crs).area, bands["area_m2"], rtol=1e-6)
