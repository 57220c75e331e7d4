"""The health of a walk network: counts worked out by hand, places to look at, points that found no way."""

from __future__ import annotations

import json

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely

import cfspace
from cfspace.errors import ParameterError
from cfspace.network.health import network_health
from cfspace.network.joining import outcome_counts, snapping_report
from cfspace.network.model import WalkNetwork
from cfspace.network.snap import snap
from cfspace.network.toy import grid_network, line_network, toy_network

Way = tuple[dict[str, str], list[tuple[float, float]]]
STREET: Way = ({}, [(0, 0), (2500, 0)])


def near_misses(*ways: Way) -> list[tuple[float, float]]:
    """Return where the near-misses of a network are, to the metre."""
    places = network_health(toy_network(list(ways))).places
    missed = places[places["what"] == "near_miss"].geometry
    return sorted((round(point.x) + 0.0, round(point.y) + 0.0) for point in missed)


def test_a_town_is_counted() -> None:
    # A grid of 5 x 5 junctions 200 m apart (8 km, 40 segments), a path of 300 m by itself, a dead end of
    # 50 m off a corner.
    grid: list[Way] = [({}, [(200 * i, 200 * j) for i in range(5)]) for j in range(5)]
    grid += [({}, [(200 * i, 200 * j) for j in range(5)]) for i in range(5)]
    island: Way = ({"highway": "path"}, [(5000, 0), (5300, 0)])
    found = network_health(toy_network([*grid, island, ({}, [(800, 800), (850, 800)])]))
    assert (found.n_nodes, found.n_segments) == (25 + 2 + 1, 40 + 1 + 1)
    assert found.length_km == pytest.approx(8.35, abs=1e-3)
    assert (found.n_components, found.n_islands) == (2, 1)
    assert found.largest_share == pytest.approx(8.05 / 8.35, abs=1e-5)
    assert found.island_km == pytest.approx(0.3, abs=1e-5)
    assert (found.n_dead_ends, found.n_near_misses, found.n_zero_length) == (3, 0, 0)
    assert found.places["what"].value_counts().to_dict() == {"dead_end": 3, "island": 1}


def test_a_network_without_a_dead_end_has_none() -> None:
    found = network_health(grid_network(n_columns=3, n_rows=3, block_m=1000.0))
    assert (found.n_dead_ends, found.n_near_misses, len(found.places)) == (0, 0, 0)


def test_an_end_just_short_of_a_street_is_a_near_miss() -> None:
    # The path ends 1.5 m before the street, in its middle; its other end is far from everything.
    assert near_misses(STREET, ({}, [(1000, 1.5), (1000, 400)])) == [(1000, 2)]


def test_two_metres_count_and_more_do_not() -> None:
    assert near_misses(STREET, ({}, [(1000, 1.999), (1000, 400)])) == [(1000, 2)]
    assert near_misses(STREET, ({}, [(1000, 2.001), (1000, 400)])) == []


@pytest.mark.parametrize("tags", [{"bridge": "yes"}, {"tunnel": "yes"}, {"layer": "1"}])
def test_what_passes_over_or_under_is_not_missed(tags: dict[str, str]) -> None:
    passing: Way = (tags, [(0, 0), (2500, 0)])
    ending: Way = ({}, [(1000, 1.0), (1000, 400)])
    assert near_misses(passing, ending) == []
    assert near_misses(STREET, (tags, ending[1])) == []


def test_a_short_stub_beside_its_own_street_misses_nothing() -> None:
    # The stub of 1.5 m leaves the street at a junction; so does one off a path that itself is 3 m long.
    stub: Way = ({}, [(1000, 0), (1000, 1.5)])
    path: list[Way] = [({}, [(1500, 0), (1502, 1.8)]), ({}, [(1502, 1.8), (1503, 1.2)])]
    street: Way = ({}, [(0, 0), (1000, 0), (1500, 0), (2500, 0)])
    assert near_misses(street, stub, *path) == []


def test_a_long_way_round_to_the_same_street_is_a_near_miss() -> None:
    street: Way = ({}, [(0, 0), (1000, 0), (2500, 0)])
    hook: Way = ({}, [(1000, 0), (1000, 60), (1060, 60), (1060, 1.0)])
    assert near_misses(street, hook) == [(1060, 1)]


def test_a_segment_of_no_length_is_counted() -> None:
    # Drawn to 0.01 mm, less than the tenth of a millimetre that searches count in.
    found = network_health(toy_network([STREET, ({}, [(2500, 0), (2500.00001, 0)])]))
    assert found.n_zero_length == 1


def test_shares_known_are_of_what_can_have_them() -> None:
    ways: list[Way] = [
        ({"highway": "primary", "sidewalk": "both", "maxspeed": "50"}, [(0, 0), (100, 0)]),
        ({"highway": "residential", "lit": "yes"}, [(100, 0), (400, 0)]),
        ({"highway": "footway", "surface": "asphalt"}, [(0, 100), (500, 100)]),
        ({"highway": "footway", "footway": "crossing", "crossing": "zebra"}, [(0, 0), (0, 20)]),
        ({"highway": "footway", "footway": "crossing"}, [(100, 0), (100, 80)]),
    ]
    shares = network_health(toy_network(ways)).known_shares
    # Carriageways are 400 m of 1,000 m, crossings 100 m.
    expected = {"sidewalk": 0.25, "lit": 0.3, "surface": 0.5, "maxspeed": 0.25, "crossing": 0.2}
    assert shares == pytest.approx(expected, abs=1e-5)


def test_where_there_is_no_crossing_none_is_known_or_unknown() -> None:
    shares = network_health(line_network(n_segments=1, segment_m=100.0)).known_shares
    assert "crossing" not in shares
    assert shares["lit"] == 0.0


def test_counts_are_fit_for_json() -> None:
    counts = network_health(toy_network([STREET])).counts()
    assert json.loads(json.dumps(counts, allow_nan=False)) == counts
    assert "places" not in counts


def test_components_and_dead_ends_are_those_of_networkx() -> None:
    random = np.random.default_rng(7)
    ends = random.integers(0, 12, (60, 2, 2)) * 100.0
    ways: list[Way] = [
        ({}, [tuple(a), tuple(b)])
        for a, b in ends.tolist()
        if a != b  # type: ignore[misc]
    ]
    network = toy_network(ways)
    graph = nx.MultiGraph(zip(network.segment_from.tolist(), network.segment_to.tolist(), strict=True))
    found = network_health(network)
    assert found.n_components == nx.number_connected_components(graph)
    assert found.n_dead_ends == sum(degree == 1 for _, degree in graph.degree())


@pytest.fixture
def town() -> WalkNetwork:
    """Return a street of 2.5 km with a river 20 m south of it, and a path of 300 m far away."""
    river = np.array([shapely.LineString([(-500, -20), (3000, -20)])], object)
    return toy_network([STREET, ({"highway": "path"}, [(5000, 0), (5300, 0)])], barriers=river)


HOMES = {
    "home": (100.0, 30.0),
    "beyond the river": (100.0, -40.0),
    "island": (5100.0, 10.0),
    "far": (100.0, 500.0),
    "nowhere": (np.nan, np.nan),
}


def homes_of(network: WalkNetwork, **columns: list[str]) -> gpd.GeoDataFrame:
    points = [shapely.Point(*place) if place[0] == place[0] else shapely.Point() for place in HOMES.values()]
    return gpd.GeoDataFrame(columns, geometry=points, crs=network.crs)


def test_what_found_no_way_is_listed_with_the_reason(town: WalkNetwork) -> None:
    homes = homes_of(town, home_id=list(HOMES))
    feet = snap(town, *np.array(list(HOMES.values())).T)
    report = cfspace.snapping_report(homes, feet)
    assert report[["id", "outcome"]].to_numpy().tolist() == [
        ["beyond the river", "barred"],
        ["island", "island"],
        ["far", "too_far"],
        ["nowhere", "no_position"],
    ]
    assert report["connector_m"].round(3).tolist()[1] == 10.0
    assert report["connector_m"].notna().sum() == 1
    assert report["why"].iloc[0] == (
        "every street within the limit lies beyond a railway, a waterway or a motorway"
    )
    assert report.crs == town.crs
    assert outcome_counts(feet) == {"mainland": 1, "island": 1, "too_far": 1, "barred": 1, "no_position": 1}


def test_points_are_named_by_any_column_or_by_their_row(town: WalkNetwork) -> None:
    feet = snap(town, *np.array(list(HOMES.values())).T)
    assert snapping_report(homes_of(town), feet)["id"].tolist() == [1, 2, 3, 4]
    named = homes_of(town, name=list(HOMES))
    assert snapping_report(named, feet, id_column="name")["id"].tolist()[0] == "beyond the river"


def test_a_report_on_nothing_is_empty(town: WalkNetwork) -> None:
    nothing = homes_of(town, home_id=list(HOMES)).iloc[:0]
    report = snapping_report(nothing, snap(town, np.empty(0), np.empty(0)))
    assert len(report) == 0
    assert list(report.columns) == ["id", "outcome", "why", "connector_m", "geometry"]


def test_feet_of_other_points_are_refused(town: WalkNetwork) -> None:
    feet = snap(town, np.zeros(2), np.zeros(2))
    with pytest.raises(ParameterError, match="5 points, 2 feet"):
        snapping_report(homes_of(town), feet)


def test_an_unknown_column_is_refused(town: WalkNetwork) -> None:
    feet = snap(town, *np.array(list(HOMES.values())).T)
    with pytest.raises(ParameterError, match="no column 'code'; name one of home_id, geometry"):
        snapping_report(homes_of(town, home_id=list(HOMES)), feet, id_column="code")
