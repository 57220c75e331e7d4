"""Both sides of main roads: where a child alone may cross, on toy towns worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cfspace.access.nearest import nearest
from cfspace.errors import SnapError
from cfspace.network.mainroads import main_roads
from cfspace.network.medians import guarded
from cfspace.network.model import WalkNetwork
from cfspace.network.profiles import MainRoadRule, load_profile, profile_costs
from cfspace.network.roads import no_roads
from cfspace.network.sided import SidedNetwork
from cfspace.network.sides import both_sides
from cfspace.network.snap import snap
from cfspace.network.toy import toy_network

XY = tuple[float, float]
Ways = list[tuple[dict[str, str], list[XY]]]

PROFILE = load_profile("independent_child")
assert PROFILE.main_roads is not None
RULE: MainRoadRule = PROFILE.main_roads

PRIMARY = {"highway": "primary"}
SIGNALS = {"highway": "crossing", "crossing": "traffic_signals"}
ZEBRA = {"highway": "crossing", "crossing": "uncontrolled"}
LIGHTS = {"highway": "traffic_signals"}
# A primary road along y = 0 and a lane across it at x = 100.
ROAD: list[XY] = [(0, 0), (100, 0), (200, 0), (300, 0)]
LANE: list[XY] = [(100, -80), (100, 0), (100, 80)]


def town(ways: Ways, nodes: dict[XY, dict[str, str]] | None = None) -> SidedNetwork:
    return both_sides(toy_network(ways, nodes=nodes), RULE)


def alone_m(sided: SidedNetwork, home: XY, school: XY) -> float:
    """Return the walk of a child alone."""
    feet = [sided.snap(np.array([x]), np.array([y])) for x, y in (home, school)]
    costs = profile_costs(sided.network, PROFILE)
    return float(nearest(sided.network, *feet, max_walk_m=5000, costs=costs).metres[0])


def crossed_m(nodes: dict[XY, dict[str, str]], ways: Ways | None = None) -> float:
    """Return the walk from one end of the lane to the other."""
    return alone_m(town(ways or [(PRIMARY, ROAD), ({}, LANE)], nodes), (100, -80), (100, 80))


def test_a_main_road_is_crossed_at_signals_alone() -> None:
    assert crossed_m({}) == np.inf
    assert crossed_m({(100, 0): ZEBRA}) == np.inf
    assert crossed_m({(100, 0): {"highway": "crossing"}}) == np.inf
    assert crossed_m({(100, 0): SIGNALS}) == pytest.approx(160, abs=1e-3)
    assert crossed_m({(100, 0): LIGHTS}) == pytest.approx(160, abs=1e-3)


def test_no_other_road_is_barred() -> None:
    ways: Ways = [({"highway": "tertiary"}, ROAD), ({}, LANE)]
    assert crossed_m({}, ways) == pytest.approx(160, abs=1e-3)


def test_signals_at_the_stop_line_guard_the_junction() -> None:
    road: list[XY] = [(0, 0), (80, 0), (100, 0), (200, 0)]
    ways: Ways = [(PRIMARY, road), ({}, LANE)]
    assert crossed_m({(80, 0): LIGHTS}, ways) == pytest.approx(160, abs=1e-3)
    # A zebra says itself that it has none: over at the stop line, 20 m further there and back.
    assert crossed_m({(80, 0): LIGHTS, (100, 0): ZEBRA}, ways) == pytest.approx(200, abs=1e-3)


def test_signals_further_on_are_walked_to() -> None:
    # Lights at x = 200, 100 m from the lane: 80 + 100 + 100 + 80.
    assert crossed_m({(200, 0): SIGNALS}) == pytest.approx(360, abs=1e-3)


def test_a_crossing_way_may_tell_of_its_signals() -> None:
    footway = {"highway": "footway", "footway": "crossing"}
    for tagged, expected in (("traffic_signals", 160.0), ("marked", np.inf)):
        ways: Ways = [(PRIMARY, ROAD), ({**footway, "crossing": tagged}, LANE)]
        assert crossed_m({}, ways) == pytest.approx(expected, abs=1e-3)


def test_foot_bridges_and_underpasses_lead_over() -> None:
    for over in ({"bridge": "yes", "layer": "1"}, {"tunnel": "yes", "layer": "-1"}):
        ways: Ways = [
            (PRIMARY, ROAD),
            ({}, [(100, -80), (100, -10)]),
            ({"highway": "footway", **over}, [(100, -10), (100, 10)]),
            ({}, [(100, 10), (100, 80)]),
        ]
        assert crossed_m({}, ways) == pytest.approx(160, abs=1e-3)


def test_a_way_drawn_across_without_a_common_node_is_no_crossing() -> None:
    ways: Ways = [(PRIMARY, [(0, 0), (300, 0)]), ({"highway": "footway"}, [(100, -80), (100, 80)])]
    assert crossed_m({}, ways) == np.inf


def test_one_side_is_walked_along_without_crossing() -> None:
    sided = town([(PRIMARY, ROAD)])
    assert alone_m(sided, (20, 9), (280, 9)) == pytest.approx(9 + 260 + 9, abs=1e-3)
    assert alone_m(sided, (20, -9), (280, -9)) == pytest.approx(278, abs=1e-3)


def test_the_other_side_is_reached_at_signals_in_the_middle_of_a_segment() -> None:
    # 30 m on and back.
    sided = town([(PRIMARY, [(0, 0), (50, 0), (2000, 0)])], {(50, 0): SIGNALS})
    assert alone_m(sided, (20, 9), (20, -9)) == pytest.approx(9 + 60 + 9, abs=1e-3)


def test_round_the_end_of_a_main_road_nobody_crosses_it_if_the_street_goes_on() -> None:
    # 20 m to its end and back on the other side; an end with nothing beyond is where the data end.
    assert alone_m(town([(PRIMARY, ROAD)]), (20, 9), (20, -9)) == np.inf
    sided = town([(PRIMARY, ROAD), ({}, [(-50, 0), (0, 0)])])
    assert alone_m(sided, (20, 9), (20, -9)) == pytest.approx(9 + 40 + 9, abs=1e-3)
    sided = town([(PRIMARY, ROAD), ({"highway": "motorway"}, [(-50, 0), (0, 0)])])
    assert alone_m(sided, (20, 9), (20, -9)) == np.inf


def test_side_streets_on_one_side_need_no_crossing() -> None:
    ways: Ways = [(PRIMARY, ROAD), ({}, [(100, 0), (100, 80)]), ({}, [(200, 0), (200, 80)])]
    assert alone_m(town(ways), (100, 80), (200, 80)) == pytest.approx(260, abs=1e-3)
    ways[2] = ({}, [(200, 0), (200, -80)])
    assert alone_m(town(ways), (100, 80), (200, -80)) == np.inf


def test_two_main_roads_meet_in_four_corners() -> None:
    # Straight on over one arm, or two arms to the corner across.
    cross: Ways = [(PRIMARY, [(-900, 0), (0, 0), (900, 0)]), (PRIMARY, [(0, -900), (0, 0), (0, 900)])]
    sided = town(cross)
    told = sided.network.attributes["passage"].value_counts()
    assert told.to_dict() == {"unguarded": 4 + 4, "guarded": 0}  # and one at the end of each arm
    at_origin = np.hypot(sided.network.node_x_m, sided.network.node_y_m) < 1
    assert at_origin.sum() == 4
    sided = town(cross, {(0, 0): LIGHTS})
    assert alone_m(sided, (50, 9), (-50, -9)) == pytest.approx(9 + 100 + 9, abs=1e-3)


def dual(nodes: dict[XY, dict[str, str]], *, lane: list[XY] | None = None) -> float:
    """Return the way of a child alone over a dual carriageway, 20 m from one to the other."""
    oneway = {"highway": "primary", "oneway": "yes", "name": "人民大街"}
    ways: Ways = [
        (oneway, [(-2000, 0), (100, 0), (2000, 0)]),
        (oneway, [(2000, 20), (100, 20), (-2000, 20)]),
        ({}, lane or [(100, -80), (100, 0), (100, 20), (100, 100)]),
    ]
    return alone_m(town(ways, nodes), (100, -80), (100, 100))


def test_a_dual_road_needs_signals_on_both_carriageways() -> None:
    assert dual({}) == np.inf
    assert dual({(100, 0): SIGNALS}) == np.inf
    assert dual({(100, 0): SIGNALS, (100, 20): ZEBRA}) == np.inf
    assert dual({(100, 0): SIGNALS, (100, 20): SIGNALS}) == pytest.approx(180, abs=1e-3)


def test_signals_between_the_carriageways_guard_both() -> None:
    lane: list[XY] = [(100, -80), (100, 0), (100, 10), (100, 20), (100, 100)]
    assert dual({(100, 10): SIGNALS}, lane=lane) == pytest.approx(180, abs=1e-3)


def test_carriageways_are_one_road_by_name_and_direction() -> None:
    def halves(first: dict[str, str], second: dict[str, str], *, gap_m: float = 20) -> list[int]:
        ways: Ways = [(first, [(0, 0), (500, 0)]), (second, [(500, gap_m), (0, gap_m)])]
        network = toy_network(ways)
        return main_roads(network, RULE).stretches.halves.tolist()

    oneway = {"highway": "secondary", "oneway": "yes", "name": "A"}
    assert halves(oneway, oneway) == [1, 1]
    assert halves(oneway, oneway, gap_m=41) == [2, 2]
    assert halves(oneway, {**oneway, "name": "B"}) == [2, 2]
    assert halves(oneway, {**oneway, "highway": "primary"}) == [2, 2]
    assert halves(oneway, {**oneway, "oneway": "-1"}) == [2, 2]
    assert halves(oneway, {**oneway, "oneway": "no"}) == [2, 2]
    unnamed = {key: value for key, value in oneway.items() if key != "name"}
    assert halves(unnamed, unnamed) == [1, 1]
    assert halves({**unnamed, "ref": "G1"}, {**unnamed, "ref": "G1"}) == [1, 1]
    assert halves({**oneway, "highway": "secondary_link"}, oneway) == [0, 2]


def test_a_road_that_is_no_way_to_walk_still_has_to_be_crossed() -> None:
    # Its sidewalks are ways of their own, so the road itself is not in the network.
    road = ({"highway": "primary", "sidewalk": "separate"}, ROAD)
    walks: Ways = [
        ({"highway": "footway", "footway": "sidewalk"}, [(0, -10), (100, -10), (300, -10)]),
        ({"highway": "footway", "footway": "sidewalk"}, [(0, 10), (100, 10), (300, 10)]),
        ({"highway": "footway", "footway": "crossing"}, [(100, -10), (100, 0), (100, 10)]),
    ]
    for nodes, expected in (({}, np.inf), ({(100.0, 0.0): SIGNALS}, 80 + 20 + 80 + 10.0)):
        assert alone_m(town([road, *walks], nodes), (20, -15), (20, 15)) == pytest.approx(expected, abs=1e-3)


def test_a_connector_of_a_child_alone_crosses_no_main_road() -> None:
    road = ({"highway": "primary", "sidewalk": "separate"}, ROAD)
    walks: Ways = [({"highway": "footway"}, [(0, 10), (300, 10)]), ({}, [(0, -60), (300, -60)])]
    network = toy_network([road, *walks])
    sided, home = both_sides(network, RULE), (np.array([50.0]), np.array([-8.0]))
    plain = snap(network, *home)
    assert plain.connector_m == pytest.approx([18.0], abs=1e-3)  # over the road
    assert sided.connector_halves(sided.carry(plain, *home), *home).tolist() == [2]
    own = sided.snap(*home)
    assert own.connector_m == pytest.approx([52.0], abs=1e-3)
    assert sided.connector_halves(own, *home).tolist() == [0]


def test_a_fast_carriageway_without_sidewalk_is_not_walked_along() -> None:
    def walk(tags: dict[str, str]) -> float:
        return alone_m(town([({"highway": "residential", **tags}, [(0, 0), (200, 0)])]), (0, 5), (200, 5))

    assert walk({"sidewalk": "no", "maxspeed": "50"}) == np.inf
    assert walk({"sidewalk": "no", "maxspeed": "30"}) == pytest.approx(210, abs=1e-3)
    assert walk({"sidewalk": "right", "maxspeed": "50"}) == pytest.approx(210, abs=1e-3)
    assert walk({"maxspeed": "50"}) == pytest.approx(210, abs=1e-3)  # not known to have none
    assert walk({"sidewalk": "no"}) == pytest.approx(210, abs=1e-3)  # a residential street of untold speed
    assert walk({"sidewalk": "no", "highway": "tertiary"}) == np.inf
    assert walk({"sidewalk": "no", "highway": "footway"}) == pytest.approx(210, abs=1e-3)


def test_a_sidewalk_counts_on_its_own_side() -> None:
    # Driven east, the left sidewalk is the north one.
    sided = town([({**PRIMARY, "sidewalk": "left", "maxspeed": "60"}, [(0, 0), (200, 0)])])
    assert alone_m(sided, (50, 5), (150, 5)) == pytest.approx(110, abs=1e-3)
    assert alone_m(sided, (50, -5), (150, -5)) == np.inf


def random_town(seed: int) -> WalkNetwork:
    """Return crooked streets of all classes that cross each other with and without a common node."""
    rng = np.random.default_rng(seed)
    places = rng.integers(0, 12, (40, 2)) * 60.0
    classes = ["residential", "primary", "secondary", "trunk_link", "footway"]
    ways: Ways = []
    for _ in range(70):
        a, b = places[rng.integers(0, 40, 2)]
        bend = (a + b) / 2 + rng.normal(0, 15, 2)
        tags = {"highway": classes[rng.integers(0, 5)], "oneway": ["yes", "no"][rng.integers(0, 2)]}
        ways.append((tags, [tuple(a), tuple(bend), tuple(b)]))
    here = tuple(places[0])
    ways.append((PRIMARY, [here, (here[0] + 30, here[1]), (here[0], here[1] + 30), here]))
    ways.append((PRIMARY, [here, (here[0] + 1e-7, here[1])]))
    nodes = {tuple(place): (SIGNALS, ZEBRA, LIGHTS)[i % 3] for i, place in enumerate(places[:20])}
    used = {xy for _, line in ways for xy in line}
    return toy_network(ways, nodes={place: tags for place, tags in nodes.items() if place in used})


@pytest.mark.parametrize("seed", range(8))
def test_with_passages_open_distances_are_those_of_the_old_network(seed: int) -> None:
    network = random_town(seed)
    sided = both_sides(network, RULE)
    rng = np.random.default_rng(seed)
    at = [rng.uniform(0, 700, (n, 2)).T for n in (60, 4)]
    plain = [snap(network, x, y) for x, y in at]
    feet = [sided.carry(points, x, y) for points, (x, y) in zip(plain, at, strict=True)]
    before = nearest(network, *plain, max_walk_m=5000).metres
    after = nearest(sided.network, *feet, max_walk_m=5000).metres
    # On another side of the same stretch one goes by the end of it; elsewhere nothing changes.
    same = np.isin(plain[0].segment, plain[1].segment)
    assert after[~same] == pytest.approx(before[~same], abs=0.01, nan_ok=True)
    assert not (after < before - 0.01).any()
    alone = nearest(sided.network, *feet, max_walk_m=5000, costs=profile_costs(sided.network, PROFILE)).metres
    assert not (alone < after - 0.01).any()


@pytest.mark.parametrize("seed", range(4))
def test_feet_map_back_to_where_they_were(seed: int) -> None:
    network = random_town(seed)
    sided = both_sides(network, RULE)
    x, y = np.random.default_rng(seed).uniform(-100, 800, (2, 300))
    plain = snap(network, x, y)
    back = sided.to_original(sided.carry(plain, x, y))
    assert back.network is network
    assert back.segment.tolist() == plain.segment.tolist()
    assert back.offset_m == pytest.approx(plain.offset_m, nan_ok=True)
    assert sided.network.length_m.sum() == pytest.approx(
        network.length_m.sum() + (sided.network.length_m * (sided.side == 2)).sum()
    )


def test_without_ids_of_vertices_junctions_are_enough() -> None:
    network = toy_network([(PRIMARY, ROAD), ({}, LANE)])
    bare = replace(network, vertex_node_id=np.empty(0, np.int64), roads=no_roads())
    assert both_sides(bare, RULE).network.n_segments == both_sides(network, RULE).network.n_segments


def test_a_network_without_main_roads_stays_as_it_is() -> None:
    network = toy_network([({}, ROAD), ({}, LANE)])
    sided = both_sides(network, RULE)
    assert sided.network.length_m.tolist() == network.length_m.tolist()
    assert sided.network.attributes["passage"].isna().all()
    assert not guarded(main_roads(network, RULE), network, RULE).any()


def test_points_of_another_network_are_refused() -> None:
    sided, other = town([(PRIMARY, ROAD)]), toy_network([({}, LANE)])
    point = (np.array([100.0]), np.array([5.0]))
    with pytest.raises(SnapError, match="another network"):
        sided.carry(snap(other, *point), *point)
    with pytest.raises(SnapError, match="another network"):
        sided.to_original(snap(sided.original, *point))
