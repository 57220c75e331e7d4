"""Homes that leave by several gates: for every target the best gate, in every kind of search."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely

from cfspace.access.isochrones import isochrones
from cfspace.access.nearest import nearest, nearest_many
from cfspace.access.pairs import count_within, pairs_within
from cfspace.access.routes import route
from cfspace.access.trips import school_trips
from cfspace.errors import SnapError
from cfspace.network.profiles import load_profile
from cfspace.network.sides import both_sides
from cfspace.network.snap import OtherFeet, SnappedPoints, snap
from cfspace.network.toy import toy_network

# A street along y = 0. A compound of one home at (500, 100): gates at (400, 10) and (700, 10).
STREET = toy_network([({"sidewalk": "both"}, [(0, 0), (1000, 0)])])
HOME = (500.0, 100.0)
GATES = (np.array([400.0, 700.0]), np.array([10.0, 10.0]))
LEGS = np.hypot(GATES[0] - HOME[0], GATES[1] - HOME[1])
WEST, EAST = 350.0, 900.0  # targets on the street
BY_WEST_GATE = LEGS[0] + 10 + 50
BY_EAST_GATE = LEGS[1] + 10 + 200


def home_of_two_gates() -> SnappedPoints:
    """Return two points: the home of the compound, and a free one at (500, 5)."""
    gates = snap(STREET, *GATES)
    free = snap(STREET, np.array([500.0, 500.0]), np.array([5.0, 5.0]))
    columns = {}
    for name in ("segment", "offset_m", "connector_m", "foot_x_m", "foot_y_m", "outcome"):
        column = getattr(free, name).copy()
        column[0] = getattr(gates, name)[0]
        columns[name] = column
    east = replace(gates.take(np.array([1])), before_m=LEGS[1:])
    others = OtherFeet(owner=np.array([0]), feet=east, x_m=GATES[0][1:], y_m=GATES[1][1:])
    return SnappedPoints(network=STREET, **columns, before_m=np.array([LEGS[0], 0.0]), others=others)


def targets() -> SnappedPoints:
    return snap(STREET, np.array([WEST, EAST]), np.zeros(2))


def test_each_target_is_walked_to_by_its_own_gate() -> None:
    homes, places = home_of_two_gates(), targets()
    west, east = places.take(np.array([0])), places.take(np.array([1]))
    assert nearest(STREET, homes, west, max_walk_m=2000).metres == pytest.approx(
        [BY_WEST_GATE, 155], abs=1e-3
    )
    assert nearest(STREET, homes, east, max_walk_m=2000).metres == pytest.approx(
        [BY_EAST_GATE, 405], abs=1e-3
    )
    many = nearest_many(STREET, homes, {"w": west, "e": east}, max_walk_m={"w": 2000, "e": 2000}, jobs=2)
    assert many["w"].metres == pytest.approx([BY_WEST_GATE, 155], abs=1e-3)
    assert many["e"].metres == pytest.approx([BY_EAST_GATE, 405], abs=1e-3)
    # Within a limit that only one gate keeps to.
    assert np.isinf(nearest(STREET, homes, east, max_walk_m=BY_EAST_GATE - 1).metres[0])


def test_pairs_and_counts_hold_each_home_once() -> None:
    homes, places = home_of_two_gates(), targets()
    pairs = pairs_within(STREET, homes, places, max_walk_m=2000, jobs=2).to_frame()
    assert len(pairs) == 4
    of_home = pairs[pairs["origin"] == 0].set_index("target")["metres"]
    assert of_home.to_dict() == pytest.approx({0: BY_WEST_GATE, 1: BY_EAST_GATE}, abs=1e-3)
    counts = count_within(STREET, homes, places, breaks_m=[200, 300, 450])
    # The home of the compound is 196 m and 433 m away from the two, the free one 155 m and 405 m.
    assert counts.tolist() == [[1, 1, 2], [1, 1, 2]]
    assert count_within(STREET, homes, places, breaks_m=[190, 420]).tolist() == [[0, 1], [1, 2]]


def test_routes_begin_at_the_better_gate() -> None:
    homes, places = home_of_two_gates(), targets()
    pair = homes.take(np.array([0, 0]))
    found = route(STREET, pair, places)
    assert found.metres == pytest.approx([BY_WEST_GATE, BY_EAST_GATE], abs=1e-3)
    begins = [shapely.get_coordinates(line)[0, 0] for line in found.lines]
    assert begins == pytest.approx([400.0, 700.0], abs=0.01)


def test_ways_to_school_begin_at_the_better_gate() -> None:
    rule = load_profile("independent_child").main_roads
    assert rule is not None
    at = (np.array([GATES[0][0], 500.0]), np.array([GATES[1][0], 5.0]))
    school = (np.array([EAST]), np.array([0.0]))
    trips = school_trips(
        both_sides(STREET, rule),
        home_of_two_gates(),
        snap(STREET, *school),
        homes_at=at,
        schools_at=school,
        max_walk_m=2000,
    )
    assert len(trips) == 2
    assert trips["walk_m"].to_numpy() == pytest.approx([BY_EAST_GATE, 405], abs=1e-3)
    assert trips["path_m"].to_numpy() == pytest.approx([200, 400], abs=1e-3)


def test_a_service_area_spreads_from_every_gate() -> None:
    homes = home_of_two_gates().take(np.array([0]))
    area = isochrones(STREET, homes, breaks_m=[LEGS.max() + 30], buffer_m=10).geometry.iloc[0]
    assert area.covers(shapely.Point(400, 0))
    assert area.covers(shapely.Point(705, 0))


def test_points_taken_keep_their_own_gates() -> None:
    homes = home_of_two_gates().take(np.array([1, 0, 0]))
    assert homes.others is not None
    assert homes.others.owner.tolist() == [1, 2]
    walks = nearest(STREET, homes, targets().take(np.array([1])), max_walk_m=2000).metres
    assert walks == pytest.approx([405, BY_EAST_GATE, BY_EAST_GATE], abs=1e-3)


def test_what_can_take_but_one_foot_says_so() -> None:
    homes, places = home_of_two_gates(), targets()
    with pytest.raises(SnapError, match=r"targets: some points have several feet; call every_foot\(\)"):
        nearest(STREET, places, homes, max_walk_m=100)
    rule = load_profile("independent_child").main_roads
    assert rule is not None
    with pytest.raises(SnapError, match="several feet"):
        both_sides(STREET, rule).carry(homes, *GATES)
