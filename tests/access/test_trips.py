"""Ways to school in figures: worked by hand on a few streets, and against networkx."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise, product
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from cfspace.access.nearest import nearest
from cfspace.access.trips import footways, school_trips
from cfspace.errors import ParameterError, SnapError
from cfspace.network.model import TICKS_PER_M, WalkNetwork
from cfspace.network.profiles import MainRoadRule, load_profile
from cfspace.network.sided import SidedNetwork
from cfspace.network.sides import both_sides
from cfspace.network.snap import snap
from cfspace.network.toy import toy_network
from tests.oracles import oracle_nearest_m
from tests.real import measured_study

XY = tuple[float, float]
Way = tuple[dict[str, str], list[XY]]
At = tuple[np.ndarray, np.ndarray]

PROFILE = load_profile("independent_child")
assert PROFILE.main_roads is not None
RULE: MainRoadRule = PROFILE.main_roads

PATH: Way = ({"highway": "footway"}, [(0, 0), (0, 100), (0, 200)])
MAIN: Way = ({"highway": "primary", "name": "A"}, [(-200, 100), (0, 100), (200, 100)])
HOME, SCHOOL = (0.0, 0.0), (0.0, 200.0)
SIGNALS = {"highway": "crossing", "crossing": "traffic_signals"}


def at(*xy: XY) -> At:
    x, y = np.array(xy, float).reshape(-1, 2).T
    return x, y


def trips(network: WalkNetwork, homes: At, schools: At, *, max_walk_m: float = 3000.0) -> pd.DataFrame:
    feet = [snap(network, *points) for points in (homes, schools)]
    return school_trips(
        both_sides(network, RULE), *feet, homes_at=homes, schools_at=schools, max_walk_m=max_walk_m
    )


def trip(
    *ways: Way,
    home: XY = HOME,
    school: XY = SCHOOL,
    nodes: dict[XY, dict[str, str]] | None = None,
) -> pd.Series:
    return trips(toy_network(list(ways), nodes=nodes), at(home), at(school)).iloc[0]


def crossings_of(*ways: Way, **where: object) -> float:
    return float(trip(*ways, **where)["major_crossings"])  # type: ignore[arg-type]


def test_a_path_across_a_main_road_crosses_it_once() -> None:
    found = trip(PATH, MAIN)
    assert found["school"] == 0
    assert found[["walk_m", "path_m"]].tolist() == pytest.approx([200.0, 200.0], abs=1e-3)
    assert found["major_crossings"] == 1.0


@pytest.mark.parametrize("highway", ["tertiary", "residential"])
def test_a_lesser_street_is_no_main_road(highway: str) -> None:
    assert crossings_of(PATH, ({"highway": highway}, MAIN[1])) == 0.0


@pytest.mark.parametrize("highway", ["trunk", "primary", "secondary"])
def test_main_roads_are_trunk_primary_and_secondary(highway: str) -> None:
    assert crossings_of(PATH, ({"highway": highway}, MAIN[1])) == 1.0
    assert crossings_of(PATH, ({"highway": f"{highway}_link"}, MAIN[1])) == 0.0


@pytest.mark.parametrize(("x", "crossed"), [(25.0, 0.0), (26.0, 1.0)])
def test_signals_near_the_junction_make_it_safe(x: float, crossed: float) -> None:
    road: Way = (MAIN[0], [(-200, 100), (0, 100), (x, 100), (200, 100)])
    assert crossings_of(PATH, road, nodes={(x, 100.0): {"highway": "traffic_signals"}}) == crossed


def test_a_zebra_is_no_signal() -> None:
    zebra = {"highway": "crossing", "crossing": "uncontrolled"}
    assert crossings_of(PATH, MAIN, nodes={(0.0, 100.0): zebra}) == 1.0
    assert crossings_of(PATH, MAIN, nodes={(0.0, 100.0): SIGNALS}) == 0.0


def test_a_way_tagged_as_crossing_at_signals_is_safe() -> None:
    tagged = {"highway": "footway", "footway": "crossing", "crossing": "traffic_signals"}
    ways: list[Way] = [
        ({"highway": "footway"}, [(0, 0), (0, 90)]),
        (tagged, [(0, 90), (0, 100), (0, 110)]),
        ({"highway": "footway"}, [(0, 110), (0, 200)]),
    ]
    assert crossings_of(*ways, MAIN) == 0.0
    zebra = (ways[0], ({**tagged, "crossing": "uncontrolled"}, ways[1][1]), ways[2])
    assert crossings_of(*zebra, MAIN) == 1.0


def test_a_foot_bridge_crosses_nothing() -> None:
    bridge = ({"highway": "footway", "bridge": "yes", "layer": "1"}, [(0, 0), (0, 200)])
    ends: list[Way] = [
        ({"highway": "footway"}, [(0, -50), (0, 0)]),
        ({"highway": "footway"}, [(0, 200), (0, 250)]),
    ]
    assert crossings_of(bridge, *ends, MAIN, home=(0, -50), school=(0, 250)) == 0.0


def test_a_way_drawn_across_without_a_common_node_crosses() -> None:
    across: Way = ({"highway": "footway"}, [(0, 50), (0, 150)])
    ends: list[Way] = [({}, [(0, 0), (0, 50)]), ({}, [(0, 150), (0, 200)])]
    assert crossings_of(*ends, across, MAIN) == 1.0


def test_two_carriageways_are_crossed_once() -> None:
    one_way = {"highway": "primary", "name": "A", "oneway": "yes"}
    path: Way = ({"highway": "footway"}, [(0, 0), (0, 100), (0, 120), (0, 200)])
    pair: list[Way] = [
        (one_way, [(-200, 100), (0, 100), (200, 100)]),
        (one_way, [(200, 120), (0, 120), (-200, 120)]),
    ]
    assert crossings_of(path, *pair) == 1.0
    # Signals on one carriageway alone are not enough; on both they are.
    assert crossings_of(path, *pair, nodes={(0.0, 100.0): SIGNALS}) == 1.0
    assert crossings_of(path, *pair, nodes={(0.0, 100.0): SIGNALS, (0.0, 120.0): SIGNALS}) == 0.0
    apart = [pair[0], ({**one_way, "name": "B"}, pair[1][1])]
    assert crossings_of(path, *apart) == 2.0


ALONG: Way = ({"highway": "primary"}, [(-200, 100), (0, 100), (150, 100), (300, 100)])


def test_walking_along_a_main_road_crosses_it_if_one_leaves_it_on_the_other_side() -> None:
    first: Way = ({"highway": "footway"}, [(0, 0), (0, 100)])
    back: Way = ({"highway": "footway"}, [(150, 100), (150, 0)])
    beyond: Way = ({"highway": "footway"}, [(150, 100), (150, 200)])
    assert crossings_of(first, back, ALONG, school=(150, 0)) == 0.0
    assert crossings_of(first, beyond, ALONG, school=(150, 200)) == 1.0
    # It is crossed at the signals that the path passes, where there are some.
    assert crossings_of(first, beyond, ALONG, school=(150, 200), nodes={(150.0, 100.0): SIGNALS}) == 0.0


def test_in_the_middle_of_a_block_the_side_of_the_road_tells() -> None:
    assert crossings_of(ALONG, home=(30, 110), school=(90, 105)) == 0.0
    found = trip(ALONG, home=(30, 110), school=(90, 95))
    assert found["walk_m"] == pytest.approx(10 + 60 + 5, abs=1e-3)
    assert found["path_m"] == pytest.approx(60, abs=1e-3)
    assert found["major_crossings"] == 1.0
    road: Way = (ALONG[0], [(-200, 100), (60, 100), (300, 100)])
    assert crossings_of(road, home=(30, 110), school=(90, 95), nodes={(60.0, 100.0): SIGNALS}) == 0.0


def test_a_connector_over_a_main_road_crosses_it() -> None:
    road: Way = ({"highway": "primary", "sidewalk": "separate"}, MAIN[1])
    walk: Way = ({"highway": "footway"}, [(-200, 110), (200, 110)])
    assert crossings_of(road, walk, home=(-50, 90), school=(50, 112)) == 1.0
    assert crossings_of(road, walk, home=(-50, 112), school=(50, 90)) == 1.0
    assert crossings_of(road, walk, home=(-50, 112), school=(50, 112)) == 0.0


def test_of_two_ways_of_one_length_the_one_with_fewer_crossings_counts() -> None:
    # Round the block to the left over two main roads, to the right over none: 400 m both.
    left: Way = ({"highway": "footway"}, [(0, 0), (-100, 0), (-100, 200), (0, 200)])
    right: Way = ({"highway": "footway"}, [(0, 0), (100, 0), (100, 200), (0, 200)])
    roads: list[Way] = [
        ({"highway": "primary"}, [(-300, 50), (-100, 50), (-20, 50)]),
        ({"highway": "secondary"}, [(-300, 150), (-100, 150), (-20, 150)]),
    ]
    for ways in ((left, right), (right, left)):
        found = trip(*ways, *roads)
        assert found["walk_m"] == pytest.approx(400, abs=1e-3)
        assert found["major_crossings"] == 0.0


def test_metres_with_a_footway_and_metres_known() -> None:
    ways: list[Way] = [
        ({"highway": "residential", "sidewalk": "no"}, [(0, 0), (50, 0)]),
        ({"highway": "residential"}, [(50, 0), (80, 0)]),
        ({"highway": "residential", "sidewalk": "right"}, [(80, 0), (180, 0)]),
        ({"highway": "living_street"}, [(180, 0), (200, 0)]),
        ({"highway": "residential", "sidewalk:left": "no"}, [(200, 0), (400, 0)]),
    ]
    found = trip(*ways, home=(10, 3), school=(250, -4))
    # 40 none, 30 unknown, 100 on one side, 20 living street, 50 of which one side is not known
    assert found[["walk_m", "path_m", "known_m", "footway_m"]].tolist() == pytest.approx(
        [247.0, 240.0, 160.0, 120.0], abs=1e-3
    )


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"highway": "footway"}, (True, True)),
        ({"highway": "pedestrian"}, (True, True)),
        ({"highway": "steps"}, (True, True)),
        ({"highway": "cycleway", "foot": "yes"}, (False, False)),
        ({"highway": "cycleway", "foot": "yes", "footway": "sidewalk"}, (True, True)),
        ({"highway": "residential"}, (False, False)),
        ({"highway": "residential", "sidewalk:left": "separate"}, (True, True)),
        ({"highway": "residential", "sidewalk": "none"}, (False, True)),
        ({"highway": "residential", "sidewalk:right": "no"}, (False, False)),
    ],
)
def test_what_is_a_footway_and_what_is_known(tags: dict[str, str], expected: tuple[bool, bool]) -> None:
    has, known = footways(toy_network([(tags, [(0, 0), (9, 0)])]).attributes)
    assert (bool(has[0]), bool(known[0])) == expected


def test_out_of_reach_and_not_measured_differ() -> None:
    network = toy_network([PATH])
    found = trips(network, at((0, 0), (0, 190), (900, 900)), at((0, 200)), max_walk_m=100)
    assert found["school"].tolist() == [-1, 0, -1]
    assert found["walk_m"].tolist() == pytest.approx([np.inf, 10.0, np.nan], nan_ok=True, abs=1e-3)
    figures = found[["path_m", "known_m", "footway_m", "major_crossings"]]
    assert figures.isna().all(axis=1).tolist() == [True, False, True]


def test_no_school_means_no_trip() -> None:
    found = trips(toy_network([PATH]), at((0, 0)), at())
    assert np.isinf(found["walk_m"]).all()
    assert found["school"].tolist() == [-1]


def test_points_of_another_network_are_refused() -> None:
    sided, other = both_sides(toy_network([PATH]), RULE), toy_network([MAIN])
    own, strange = snap(sided.original, *at((0, 0))), snap(other, *at((0, 100)))
    with pytest.raises(SnapError, match="another network"):
        school_trips(sided, own, strange, homes_at=at((0, 0)), schools_at=at((0, 100)), max_walk_m=100)


def test_a_limit_out_of_range_is_refused() -> None:
    with pytest.raises(ParameterError, match="max_walk_m: 0"):
        trips(toy_network([PATH]), at((0, 0)), at((0, 9)), max_walk_m=0)


def slow_trips(sided: SidedNetwork, homes: At, schools: At, rows: np.ndarray) -> pd.DataFrame:
    """Return what `school_trips` must, by networkx on a graph that knows every foot.

    Weights are 1,024 a tick and 4 a half crossing, so that crossings decide between equal lengths alone.
    Edges lead from schools to homes; feet of others are not passed.
    """
    network, cuts, graph = sided.network, defaultdict(list), nx.DiGraph()
    has, known = footways(sided.original.attributes)

    def add(a: object, b: object, ticks: int, halves: int, segment: int = -1) -> None:
        weight = ticks * 1024 + 4 * halves
        if graph.has_edge(a, b) and graph[a][b]["weight"] <= weight:
            return
        own = sided.segment[segment] if segment >= 0 else -1
        sums = (ticks if own >= 0 else 0) * np.array([1, known[own], has[own]])
        graph.add_edge(a, b, weight=weight, sums=sums, halves=halves)

    for group, place, chosen in (("home", homes, rows), ("school", schools, range(len(schools[0])))):
        feet = sided.carry(snap(sided.original, *place), *place)
        connector, along, _ = feet.leg_ticks()
        over, opposite = sided.connector_halves(feet, *place), sided.opposite(feet.segment)
        for index in chosen:
            for side, segment in enumerate((int(feet.segment[index]), int(opposite[index]))):
                if segment >= 0:
                    point, foot = (group, int(index)), (group, int(index), side)
                    cuts[segment].append((int(along[index]), foot))
                    halves = int(over[index]) + side * int(sided.halves[segment])
                    ends = (foot, point) if group == "home" else (point, foot)
                    add(*ends, int(connector[index]), halves)
    for segment in range(network.n_segments):
        ends = ("node", int(network.segment_from[segment])), ("node", int(network.segment_to[segment]))
        length = int(network.length_ticks[segment])
        halves = int(sided.halves[segment]) if sided.side[segment] == 0 else 0
        add(*ends, length, halves, segment)
        add(*ends[::-1], length, halves, segment)
        for place, foot in cuts[segment]:
            for end, ticks in zip(ends, (place, length - place), strict=True):
                add(*((end, foot) if foot[0] == "home" else (foot, end)), ticks, 0, segment)
        for (here, home), (there, school) in product(cuts[segment], repeat=2):
            if (home[0], school[0]) == ("home", "school"):
                add(school, home, abs(here - there), 0, segment)
    sources = [node for node in graph if node[0] == "school" and len(node) == 2]
    _, paths = nx.multi_source_dijkstra(graph, sources)
    figures = []
    for index in rows:
        path = [graph[a][b] for a, b in pairwise(paths.get(("home", int(index)), []))]
        sums = sum((edge["sums"] for edge in path), np.zeros(3)) / TICKS_PER_M
        figures.append([*(sums if path else [np.nan] * 3), sum(edge["halves"] for edge in path) / 2])
    return pd.DataFrame(figures, columns=["path_m", "known_m", "footway_m", "major_crossings"])


def random_town(seed: int) -> WalkNetwork:
    """Return crooked streets of all classes, parallel ways, a loop, a way of no length and an island."""
    rng = np.random.default_rng(seed)
    places = rng.integers(0, 12, (40, 2)) * 60.0
    classes = ["residential", "primary", "secondary", "trunk_link", "footway"]
    ways: list[Way] = []
    for _ in range(70):
        a, b = places[rng.integers(0, 40, 2)]
        bend = (a + b) / 2 + rng.normal(0, 15, 2)
        tags = {"highway": classes[rng.integers(0, 5)], "sidewalk": ["yes", "no", "left"][rng.integers(0, 3)]}
        if rng.random() < 0.5:
            tags["oneway"] = "yes"
        ways.append((tags, [tuple(a), tuple(bend), tuple(b)]))
    here = tuple(places[0])
    ways.append(({"highway": "primary"}, [here, (here[0] + 30, here[1]), (here[0], here[1] + 30), here]))
    ways.append(({"highway": "primary"}, [here, (here[0] + 1e-7, here[1])]))
    ways.append(({}, [(3000.0, 0.0), (3100.0, 0.0)]))
    used = {xy for _, line in ways for xy in line}
    nodes = {tuple(place): SIGNALS for place in places[::3] if tuple(place) in used}
    return toy_network(ways, nodes=nodes)


@pytest.mark.parametrize("seed", range(10))
def test_figures_equal_the_slow_ones(seed: int) -> None:
    network, rng = random_town(seed), np.random.default_rng(seed)
    homes, schools = (tuple(rng.uniform(-20, 720, (n, 2)).T) for n in (40, 4))
    found = trips(network, homes, schools, max_walk_m=9000)
    plain = oracle_nearest_m(network, snap(network, *homes), snap(network, *schools), max_walk_m=9000)
    assert found["walk_m"].to_numpy() == pytest.approx(plain, abs=0.01, nan_ok=True)
    slow = slow_trips(both_sides(network, RULE), homes, schools, np.arange(40))
    reached = np.flatnonzero(found["school"] >= 0)
    for column in slow:
        expected = slow[column].to_numpy()[reached]
        assert found[column].to_numpy()[reached] == pytest.approx(expected, abs=0.01), column


@pytest.mark.real
def test_ways_to_school_in_las_palmas_equal_the_slow_ones(shared: Path) -> None:
    measured = measured_study(shared / "studies" / "las_palmas.toml")
    city = measured.city
    homes = city.homes.geometry.x.to_numpy(), city.homes.geometry.y.to_numpy()
    is_school = (city.entrances["kind"] == "primary_school").to_numpy()
    points = city.entrances.geometry[is_school]
    schools = points.x.to_numpy(), points.y.to_numpy()
    sided = both_sides(city.network, RULE)
    feet = measured.entrance_feet.take(np.flatnonzero(is_school))
    found = school_trips(sided, measured.home_feet, feet, homes_at=homes, schools_at=schools, max_walk_m=3000)
    legal = nearest(city.network, measured.home_feet, feet, max_walk_m=3000).metres
    assert found["walk_m"].to_numpy() == pytest.approx(legal, abs=0.01, nan_ok=True)
    reached = np.flatnonzero(found["school"] >= 0)
    crossing = reached[found["major_crossings"].to_numpy()[reached] > 0]
    rng = np.random.default_rng(20260930)
    rows = np.sort(np.concatenate([rng.choice(reached, 70, False), rng.choice(crossing, 30, False)]))
    slow = slow_trips(sided, homes, schools, rows)
    for column in slow:
        assert found[column].to_numpy()[rows] == pytest.approx(slow[column], abs=0.01), column
