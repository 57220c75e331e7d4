"""Building the network: ways are cut at junctions and nowhere else, and nothing is lost or invented."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cfspace.errors import CrsError, LayerError
from cfspace.io.frame import metric_crs, to_lon_lat
from cfspace.io.osm import read_osm
from cfspace.network.build import build_network
from cfspace.network.model import WalkNetwork
from cfspace.network.rules import load_walk_rules
from cfspace.network.toy import ToyWays, toy_crs, toy_network

Way = tuple[dict[str, str], list[tuple[float, float]]]


def ways_of(
    *lines: list[int], ids: list[int] | None = None, tags: list[dict[str, str]] | None = None
) -> ToyWays:
    """Return ways through nodes on a line: node ``n`` lies ``100 n`` metres east, one metre north a way."""
    nodes = np.array([node for line in lines for node in line], np.int64)
    lon_deg, lat_deg = to_lon_lat(toy_crs(), nodes * 100.0, (nodes % 7) * 30.0)
    return ToyWays(
        way_id=np.array(ids or range(1, len(lines) + 1), np.int64),
        tags=tags or [{"highway": "path"} for _ in lines],
        ptr=np.cumsum([0, *map(len, lines)]),
        node_id=nodes,
        lon_deg=lon_deg,
        lat_deg=lat_deg,
    )


def segments(network: WalkNetwork) -> list[tuple[int, int]]:
    """Return the node ids at the ends of every segment, in their order."""
    ends = (network.node_id[network.segment_from], network.node_id[network.segment_to])
    return list(zip(*(end.tolist() for end in ends), strict=True))


def built(*lines: list[int], **options: object) -> WalkNetwork:
    return build_network(ways_of(*lines, **options), load_walk_rules("cfspace"), toy_crs())  # type: ignore[arg-type]


def test_a_way_by_itself_is_one_segment_with_all_its_vertices() -> None:
    network = built([1, 2, 3, 4])
    assert segments(network) == [(1, 4)]
    assert network.vertex_ptr.tolist() == [0, 4]
    assert network.vertex_node_id.tolist() == [1, 2, 3, 4]
    assert network.n_nodes == 2


def test_ways_are_cut_where_they_share_a_vertex() -> None:
    assert segments(built([1, 2, 3, 4], [5, 3, 6])) == [(1, 3), (3, 4), (5, 3), (3, 6)]


def test_a_way_that_ends_on_another_cuts_it() -> None:
    assert segments(built([1, 2, 3], [4, 2])) == [(1, 2), (2, 3), (4, 2)]


def test_ways_that_meet_end_to_end_stay_two_segments() -> None:
    # They may differ in what they are: only tags could tell, and a junction costs little.
    assert segments(built([1, 2], [2, 3])) == [(1, 2), (2, 3)]


def test_a_way_through_one_vertex_twice_is_cut_there() -> None:
    # A lasso: from 1 to 2, round by 3 and 4, and back to 2.
    assert segments(built([1, 2, 3, 4, 2])) == [(1, 2), (2, 2)]


def test_a_ring_by_itself_is_a_loop() -> None:
    network = built([1, 2, 3, 1])
    assert segments(network) == [(1, 1)]
    assert network.n_nodes == 1


def test_parallel_ways_stay_two() -> None:
    assert segments(built([1, 2, 9], [1, 5, 9])) == [(1, 9), (1, 9)]


def test_a_vertex_drawn_twice_in_a_row_is_one() -> None:
    network = built([1, 2, 2, 3])
    assert segments(network) == [(1, 3)]
    assert network.vertex_node_id.tolist() == [1, 2, 3]


@pytest.mark.parametrize("lone", [[5], [5, 5]])
def test_a_way_without_extent_is_left_out(lone: list[int]) -> None:
    assert segments(built([1, 2], lone)) == [(1, 2)]


def test_a_way_that_is_not_walked_cuts_none() -> None:
    tags = [{"highway": "path"}, {"highway": "motorway"}]
    assert segments(built([1, 2, 3], [4, 2, 5], tags=tags)) == [(1, 3)]


def test_pieces_of_a_clipped_way_stay_apart_unless_the_rules_join_them() -> None:
    pieces = ways_of([1, 2], [4, 5], ids=[7, 7])
    apart = build_network(pieces, load_walk_rules("cfspace"), toy_crs())
    joined = build_network(pieces, load_walk_rules("osmnx"), toy_crs())
    assert segments(apart) == [(1, 2), (4, 5)]
    assert segments(joined) == [(1, 5)]
    assert apart.attributes["way_id"].tolist() == [7, 7]


def test_every_segment_has_the_attributes_of_its_way() -> None:
    tags = [{"highway": "steps"}, {"highway": "motorway"}, {"highway": "path", "name": "人民大街"}]
    network = built([1, 2, 3], [8, 9], [4, 2, 5], tags=tags, ids=[10, 20, 30])
    assert network.attributes["way_id"].tolist() == [10, 10, 30, 30]
    assert network.attributes["highway"].tolist() == ["steps", "steps", "path", "path"]
    assert network.attributes["name"].astype(object).fillna("").tolist() == ["", "", "人民大街", "人民大街"]
    assert network.attributes.index.tolist() == [0, 1, 2, 3]


def test_lengths_follow_the_polyline() -> None:
    # 30-40-50 triangle twice: 50 + 50 m where the ends are 60 m apart.
    network = toy_network([({}, [(0, 0), (30, 40), (60, 0)])])
    assert network.length_m.tolist() == pytest.approx([100.0], abs=1e-6)
    assert network.length_ticks.tolist() == [1_000_000]
    assert network.lines[0].length == pytest.approx(100.0, abs=1e-6)


def test_nodes_lie_where_their_segments_end() -> None:
    network = toy_network([({}, [(0, 0), (30, 40), (60, 0)]), ({}, [(60, 0), (60, 500)])])
    first, last = network.vertex_ptr[:-1], network.vertex_ptr[1:] - 1
    np.testing.assert_array_equal(network.node_x_m[network.segment_from], network.vertex_x_m[first])
    np.testing.assert_array_equal(network.node_y_m[network.segment_to], network.vertex_y_m[last])


def test_components_are_numbered_from_the_longest() -> None:
    network = toy_network(
        [({}, [(0, 0), (100, 0)]), ({}, [(0, 900), (5000, 900)]), ({}, [(0, 50), (200, 50)])]
    )
    assert network.component.tolist() == [2, 0, 1]
    assert network.component_length_m.tolist() == pytest.approx([5000, 200, 100], abs=0.01)
    assert network.is_island.tolist() == [True, False, True]


def test_what_takes_no_feet() -> None:
    tags = [
        {},
        {"bridge": "yes"},
        {"tunnel": "building_passage"},
        {"layer": "2"},
        {"layer": "-1"},
        {"bridge": "no"},
    ]
    network = toy_network([(one, [(0, i), (9, i)]) for i, one in enumerate(tags)])
    assert network.takes_feet.tolist() == [True, False, False, False, True, True]


def test_rules_that_keep_nothing_are_told() -> None:
    with pytest.raises(LayerError, match="none of 1 ways can be walked; check the highway classes"):
        built([1, 2], tags=[{"highway": "motorway"}])


def test_a_frame_in_degrees_is_refused() -> None:
    with pytest.raises(CrsError, match="must be projected in metres"):
        build_network(ways_of([1, 2]), load_walk_rules("cfspace"), pyproj.CRS(4326))


node_lists = st.lists(st.lists(st.integers(0, 12), min_size=1, max_size=6), min_size=1, max_size=8)


@settings(max_examples=60, deadline=None)
@given(node_lists)
def test_no_step_between_vertices_is_lost_or_added(lines: list[list[int]]) -> None:
    steps = Counter(frozenset(pair) for line in lines for pair in pairwise(line) if pair[0] != pair[1])
    if not steps:
        return
    network = built(*lines)
    ids = [network.vertex_node_id[a:b].tolist() for a, b in pairwise(network.vertex_ptr)]
    assert Counter(frozenset(pair) for line in ids for pair in pairwise(line)) == steps
    # Between its ends a segment meets no other: its inner vertices occur nowhere else.
    inner = Counter(node for line in ids for node in line[1:-1])
    everywhere = Counter(node for line in ids for node in line)
    assert all(everywhere[node] == 1 for node in inner)
    assert set(segments(network)) == {(line[0], line[-1]) for line in ids}


@settings(max_examples=30, deadline=None)
@given(node_lists)
def test_the_direction_of_a_way_changes_no_length(lines: list[list[int]]) -> None:
    if not any(a != b for line in lines for a, b in pairwise(line)):
        return
    forth, back = built(*lines), built(*(line[::-1] for line in lines))
    assert sorted(forth.length_ticks.tolist()) == sorted(back.length_ticks.tolist())
    assert forth.n_nodes == back.n_nodes


def test_a_real_network_is_as_long_as_its_ways(shared: Path) -> None:
    osm = read_osm(shared / "data" / "helsinki" / "Helsinki.osm.pbf")
    middle = osm.extent.centroid
    crs, rules = metric_crs(middle.x, middle.y), load_walk_rules("cfspace")
    network = build_network(osm.ways, rules, crs)
    geod = pyproj.Geod(ellps="WGS84")
    kept_m = sum(
        geod.line_length(osm.ways.lon_deg[a:b], osm.ways.lat_deg[a:b])
        for (a, b), tags in zip(pairwise(osm.ways.ptr), osm.ways.tags, strict=True)
        if b - a > 1 and rules.keeps(tags)
    )
    assert network.length_m.sum() == pytest.approx(kept_m, rel=1e-5)
    assert shapely.is_valid(network.lines).all()
