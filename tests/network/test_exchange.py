"""Exchange with networkx and OSMnx: nothing is lost on the way there and back."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import numpy as np
import osmnx
import pandas as pd
import pytest
import shapely

import cfspace
from cfspace.errors import CrsError, LayerError, ParameterError
from cfspace.io.frame import metric_crs
from cfspace.io.osm import read_osm
from cfspace.network.attributes import segment_tags, way_attributes
from cfspace.network.build import build_network
from cfspace.network.exchange import from_networkx, to_networkx
from cfspace.network.model import WalkNetwork
from cfspace.network.rules import load_walk_rules
from cfspace.network.toy import grid_network, toy_crs, toy_network

Way = tuple[dict[str, str], list[tuple[float, float]]]

# A street from west to east, a bent one beside it between the same junctions, a loop with a tail.
TOWN: list[Way] = [
    ({"name": "人民大街", "sidewalk": "left", "maxspeed": "30", "oneway": "yes"}, [(0, 0), (100, 0)]),
    ({"highway": "footway", "width": "1.5"}, [(0, 0), (50, 40), (100, 0)]),
    ({"highway": "steps", "ramp:stroller": "yes"}, [(100, 0), (200, 0)]),
    ({"highway": "path"}, [(200, 0), (250, 50), (250, -50), (200, 0)]),
]


@pytest.fixture(scope="module")
def town() -> WalkNetwork:
    return toy_network(TOWN)


@pytest.fixture(scope="module")
def helsinki(shared: Path) -> WalkNetwork:
    osm = read_osm(shared / "data" / "helsinki" / "Helsinki.osm.pbf")
    middle = osm.extent.centroid
    return build_network(osm.ways, load_walk_rules("cfspace"), metric_crs(middle.x, middle.y))


def streets(network: WalkNetwork) -> pd.DataFrame:
    """Return ends, length and attributes of every segment, in an order of their own."""
    table = network.attributes.assign(
        start=network.node_id[network.segment_from],
        stop=network.node_id[network.segment_to],
        length_m=network.length_m.round(6),
        shape=shapely.to_wkt(network.lines, rounding_precision=5),
    )
    text = table.select_dtypes("category").columns
    table[text] = table[text].astype(object)
    return table.sort_values(["start", "stop", "way_id", "length_m", "shape"], ignore_index=True)


def same(one: WalkNetwork, other: WalkNetwork) -> None:
    pd.testing.assert_frame_equal(streets(one), streets(other))
    assert sorted(one.node_id.tolist()) == sorted(other.node_id.tolist())


def test_every_segment_is_two_edges_in_the_style_of_osmnx(town: WalkNetwork) -> None:
    graph = to_networkx(town)
    assert graph.graph["crs"] == "EPSG:4326"
    assert graph.number_of_edges() == 8
    west, east = sorted(graph, key=lambda node: graph.nodes[node]["x"])[:2]
    there, back = graph.edges[west, east, 0], graph.edges[east, west, 0]
    assert there["name"] == back["name"] == "人民大街"
    assert (there["reversed"], back["reversed"]) == (False, True)
    assert there["oneway"] is back["oneway"] is False
    assert there["traffic_oneway"] is True
    assert there["length"] == back["length"] == pytest.approx(100.0, abs=1e-3)
    assert there["osmid"] == 1
    assert "width" not in there
    assert there["geometry"].coords[:] == back["geometry"].coords[::-1]
    place = graph.nodes[west]
    assert (place["x"], place["y"]) == pytest.approx((125.3, 43.9), abs=1e-4)
    assert there["geometry"].coords[0] == pytest.approx((place["x"], place["y"]), abs=1e-12)


def test_streets_at_a_junction_are_counted_as_osmnx_counts_them(town: WalkNetwork) -> None:
    graph = to_networkx(town)
    # West: two streets. East: those two and the steps. The loop's junction: the steps and both its ends.
    counts = dict(graph.nodes(data="street_count"))
    assert sorted(counts.values()) == [2, 3, 3]
    assert counts == osmnx.stats.count_streets_per_node(graph)


def test_there_and_back_is_the_same_network(town: WalkNetwork) -> None:
    same(town, from_networkx(to_networkx(town), town.crs))
    same(town, WalkNetwork.from_networkx(town.to_networkx(), town.crs))
    same(town, cfspace.from_networkx(cfspace.to_networkx(town), town.crs))


def test_helsinki_there_and_back_is_the_same_network(helsinki: WalkNetwork) -> None:
    same(helsinki, from_networkx(to_networkx(helsinki), helsinki.crs))


def test_osmnx_measures_our_graph(helsinki: WalkNetwork) -> None:
    stats = osmnx.basic_stats(to_networkx(helsinki))
    assert stats["n"] == helsinki.n_nodes
    assert stats["m"] == 2 * helsinki.n_segments
    assert stats["street_segment_count"] == helsinki.n_segments
    assert stats["street_length_total"] == pytest.approx(helsinki.length_m.sum())


def test_osmnx_turns_our_graph_into_tables_and_projects_it(helsinki: WalkNetwork) -> None:
    graph = to_networkx(helsinki)
    nodes, edges = osmnx.convert.graph_to_gdfs(graph)
    assert (len(nodes), len(edges)) == (helsinki.n_nodes, 2 * helsinki.n_segments)
    assert edges.crs == "EPSG:4326"
    projected = osmnx.project_graph(graph)
    same(helsinki, from_networkx(projected, helsinki.crs))


def test_osmnx_finds_our_nodes(helsinki: WalkNetwork) -> None:
    graph = to_networkx(helsinki)
    chosen = helsinki.node_id[::500].tolist()
    x, y = ([graph.nodes[node][axis] for node in chosen] for axis in "xy")
    assert list(osmnx.distance.nearest_nodes(graph, x, y)) == chosen


def test_a_shortest_path_of_osmnx_is_as_long_as_ours(town: WalkNetwork) -> None:
    graph = to_networkx(town)
    west, _, east = sorted(graph, key=lambda node: graph.nodes[node]["x"])
    path = osmnx.routing.shortest_path(graph, west, east, weight="length")
    assert osmnx.routing.route_to_gdf(graph, path)["length"].sum() == pytest.approx(200.0, abs=1e-3)


def test_graphml_keeps_everything(helsinki: WalkNetwork, tmp_path: Path) -> None:
    osmnx.save_graphml(to_networkx(helsinki), tmp_path / "city.graphml")
    same(helsinki, from_networkx(osmnx.load_graphml(tmp_path / "city.graphml"), helsinki.crs))


def test_an_undirected_graph_is_taken_too(helsinki: WalkNetwork) -> None:
    undirected = osmnx.convert.to_undirected(to_networkx(helsinki))
    same(helsinki, from_networkx(undirected, helsinki.crs))


def test_a_graph_of_osmnx_has_the_streets_of_the_extract(shared: Path) -> None:
    file = shared / "data" / "shenzhen_longgang" / "map.osm"
    rules, crs = load_walk_rules("osmnx"), metric_crs(114.2, 22.7)
    ours = build_network(read_osm(file).ways, rules, crs)
    theirs = from_networkx(osmnx.graph_from_xml(file, simplify=False, retain_all=True), crs, rules=rules)
    assert theirs.length_m.sum() == pytest.approx(ours.length_m.sum(), rel=1e-9)
    ours_m, theirs_m = (
        pd.Series(one.length_m).groupby(one.attributes["highway"].astype(object)).sum()
        for one in (ours, theirs)
    )
    pd.testing.assert_series_equal(ours_m, theirs_m, rtol=1e-9)


def test_every_street_of_a_simplified_graph_of_osmnx_is_one_segment(shared: Path) -> None:
    graph = osmnx.graph_from_xml(shared / "data" / "shenzhen_longgang" / "map.osm")
    network = from_networkx(graph, metric_crs(114.2, 22.7))
    undirected = osmnx.convert.to_undirected(graph)
    assert network.n_segments == undirected.number_of_edges()
    # OSMnx measures great circles on a sphere: up to 0.3 % off.
    assert network.length_m.sum() == pytest.approx(undirected.size("length"), rel=3e-3)


def small(*edges: tuple[int, int, dict[str, object]], directed: bool = True) -> nx.MultiGraph:
    """Return a graph on the corners of a square of 100 m: 0 and 1 south, 2 and 3 north."""
    graph = (nx.MultiDiGraph if directed else nx.MultiGraph)(crs=toy_crs())
    for node, (x, y) in enumerate([(0.0, 0.0), (100.0, 0.0), (0.0, 100.0), (100.0, 100.0)]):
        graph.add_node(node, x=x, y=y)
    for start, stop, data in edges:
        graph.add_edge(start, stop, **data)
    return graph


def built(*edges: tuple[int, int, dict[str, object]], directed: bool = True) -> WalkNetwork:
    return from_networkx(small(*edges, directed=directed), toy_crs())


def test_an_edge_without_geometry_is_straight() -> None:
    network = built((0, 3, {}))
    assert network.length_m.tolist() == pytest.approx([100 * 2**0.5])
    assert network.n_nodes == 2


def test_a_one_way_edge_is_walked_both_ways() -> None:
    network = built((0, 1, {"osmid": 7, "oneway": True}))
    assert network.n_segments == 1
    assert network.attributes["oneway"].tolist() == [True]
    assert network.attributes["way_id"].tolist() == [7]


def test_two_streets_of_one_shape_stay_two() -> None:
    # A footway drawn on top of a road, each both ways; of the third there is one direction only.
    both = [(0, 1, {"osmid": 7}), (1, 0, {"osmid": 7}), (0, 1, {"osmid": 8}), (1, 0, {"osmid": 8})]
    assert built(*both).n_segments == 2
    assert built(*both, (0, 1, {"osmid": 8})).n_segments == 3
    assert built((0, 1, {}), (0, 1, {}), (1, 0, {})).n_segments == 2


def test_parallel_edges_of_an_undirected_graph_stay() -> None:
    assert built((0, 1, {}), (1, 0, {}), directed=False).n_segments == 2


def test_loops_stay_one_for_both_directions() -> None:
    ring = shapely.LineString([(0, 0), (50, 10), (10, 50), (0, 0)])
    tail = shapely.LineString([(0, 0), (50, 10), (0, 0)])
    network = built(
        (0, 0, {"geometry": ring, "osmid": 1}),
        (0, 0, {"geometry": shapely.reverse(ring), "osmid": 1, "reversed": True}),
        (0, 0, {"geometry": tail, "osmid": 2}),
        (0, 0, {"geometry": shapely.reverse(tail), "osmid": 2, "reversed": True}),
    )
    assert network.length_m.tolist() == pytest.approx([ring.length, tail.length])
    assert network.lines[0].equals_exact(ring)


def test_left_and_right_are_those_of_the_way() -> None:
    # The only edge of this street runs against it, from 1 to 0; the way runs from 0 to 1.
    street = shapely.LineString([(100, 0), (50, 20), (0, 0)])
    network = built((1, 0, {"geometry": street, "reversed": True, "sidewalk:left": "yes"}))
    assert network.lines[0].coords[0] == (0.0, 0.0)
    assert network.attributes["sidewalk_left"].tolist() == ["yes"]


def test_a_line_drawn_from_its_second_node_is_turned_round() -> None:
    line = shapely.LineString([(100, 0), (50, 20), (0, 0)])
    network = built((0, 1, {"geometry": line}), directed=False)
    start = network.segment_from[0]
    assert (network.node_x_m[start], network.node_y_m[start]) == network.lines[0].coords[0]


@pytest.mark.parametrize(
    ("tags", "column", "expected"),
    [
        ({"highway": ["path", "steps"]}, "highway", "steps"),
        ({"highway": ["residential", "footway"]}, "highway", "footway"),
        ({"highway": "path", "width": ["10", "2.5"]}, "width_m", 2.5),
        ({"highway": "path", "maxspeed": ["30", "100"]}, "maxspeed_kmh", 100.0),
        ({"highway": "path", "lit": ["yes", "no"]}, "lit", "no"),
        ({"highway": "path", "bridge": True}, "bridge", True),
        ({"highway": "path", "layer": 1.0}, "layer", 1),
        ({"highway": "path", "width": float("nan")}, "width_m", None),
        ({"highway": "path", "name": None}, "name", None),
        ({"osmid": [9, 4]}, "way_id", 4),
        ({"osmid": "w12"}, "way_id", 1),
    ],
)
def test_of_several_values_the_hardest_counts(tags: dict[str, object], column: str, expected: object) -> None:
    (value,) = built((0, 1, tags)).attributes[column].tolist()
    assert value == expected or (expected is None and value != value)


def test_the_order_in_which_osmnx_lists_values_makes_no_difference() -> None:
    one = built((0, 1, {"osmid": [1, 2]}), (1, 0, {"osmid": [2, 1], "reversed": True}))
    assert one.n_segments == 1


def test_nodes_that_are_no_numbers_get_some() -> None:
    graph = nx.relabel_nodes(small((0, 1, {})), {0: "west", 1: "east"})
    assert sorted(from_networkx(graph, toy_crs()).node_id.tolist()) == [0, 1]


def test_without_a_crs_the_network_is_centred_on_the_graph() -> None:
    network = from_networkx(to_networkx(grid_network(n_columns=3, n_rows=3, block_m=100.0)))
    assert network.crs == metric_crs(125.3, 43.9)
    assert network.length_m.tolist() == pytest.approx([100.0] * 12, abs=1e-3)


def test_tags_say_what_attributes_say(helsinki: WalkNetwork, town: WalkNetwork) -> None:
    for network in (helsinki, town):
        table = network.attributes
        again = way_attributes(table["way_id"].tolist(), segment_tags(table))
        text = table.select_dtypes("category").columns
        pd.testing.assert_frame_equal(
            table.astype(dict.fromkeys(text, object)), again.astype(dict.fromkeys(text, object))
        )


def test_the_same_graph_gives_the_same_network(helsinki: WalkNetwork) -> None:
    one, other = (from_networkx(to_networkx(helsinki), helsinki.crs) for _ in range(2))
    np.testing.assert_array_equal(one.vertex_x_m, other.vertex_x_m)
    np.testing.assert_array_equal(one.segment_from, other.segment_from)


def test_what_is_no_graph_is_refused() -> None:
    with pytest.raises(ParameterError, match="dict is no networkx graph"):
        from_networkx({})


def test_a_graph_without_streets_is_refused() -> None:
    with pytest.raises(LayerError, match="it has no edge that can be walked"):
        built()
    with pytest.raises(LayerError, match="it has no edge that can be walked"):
        from_networkx(small((0, 1, {"highway": "motorway"})), rules=load_walk_rules("cfspace"))


def test_a_graph_without_crs_is_refused() -> None:
    graph = small((0, 1, {}))
    del graph.graph["crs"]
    with pytest.raises(CrsError, match="it names no CRS"):
        from_networkx(graph, toy_crs())


def test_an_unknown_crs_is_refused() -> None:
    with pytest.raises(CrsError, match=r"crs: CRS 'EPSG:999999' is unknown"):
        from_networkx(small((0, 1, {})), "EPSG:999999")


def test_a_crs_in_degrees_is_refused() -> None:
    with pytest.raises(CrsError, match="must be projected"):
        from_networkx(small((0, 1, {})), "EPSG:4326")


@pytest.mark.parametrize("place", [{}, {"x": 1.0}, {"x": "west", "y": 0.0}])
def test_a_node_without_a_place_is_refused(place: dict[str, object]) -> None:
    graph = nx.Graph(crs=toy_crs())
    graph.add_node(0, **place)
    graph.add_node(1, x=0.0, y=0.0)
    graph.add_edge(0, 1)
    with pytest.raises(LayerError, match="a node has no place"):
        from_networkx(graph, toy_crs())


@pytest.mark.parametrize("shape", [shapely.Point(0, 0), "LINESTRING (0 0, 1 1)", shapely.LineString()])
def test_a_geometry_that_is_no_line_is_refused(shape: object) -> None:
    with pytest.raises(LayerError, match="the geometry from 0 to 1 is no line"):
        built((0, 1, {"geometry": shape}))
