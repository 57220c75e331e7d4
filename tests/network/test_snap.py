"""Snapping: to segments, round barriers, off bridges, islands last."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from cfspace.errors import ParameterError
from cfspace.network.snap import SnapOutcome, snap
from cfspace.network.toy import line_network, toy_network

STREET: tuple[dict[str, str], list[tuple[float, float]]] = ({}, [(0.0, 0.0), (2500.0, 0.0)])


def one(x: float, y: float) -> tuple[np.ndarray, np.ndarray]:
    return np.array([x]), np.array([y])


def test_the_foot_is_on_the_segment_and_not_at_a_junction() -> None:
    street = line_network(n_segments=3, segment_m=1000.0)
    found = snap(street, *one(1040.0, 30.0))
    assert (found.foot_x_m[0], found.foot_y_m[0]) == pytest.approx((1040.0, 0.0), abs=1e-3)
    assert found.connector_m[0] == pytest.approx(30.0, abs=1e-3)
    assert found.offset_m[0] == pytest.approx(40.0, abs=1e-3)


@pytest.mark.parametrize("tags", [{"bridge": "yes"}, {"tunnel": "yes"}, {"layer": "1"}])
def test_bridges_tunnels_and_elevated_ways_take_no_feet(tags: dict[str, str]) -> None:
    # The way 10 m off takes no feet, so the street 60 m off does.
    town = toy_network([STREET, (tags, [(0.0, 70.0), (500.0, 70.0)]), ({}, [(0.0, 0.0), (0.0, 70.0)])])
    found = snap(town, *one(300.0, 60.0))
    assert found.connector_m[0] == pytest.approx(60.0, abs=1e-3)


def test_an_island_is_used_only_where_nothing_else_is_in_reach() -> None:
    town = toy_network([STREET, ({}, [(0.0, 150.0), (500.0, 150.0)])])
    near_both, near_island = snap(town, *one(300.0, 140.0)), snap(town, *one(300.0, 340.0))
    assert near_both.connector_m[0] == pytest.approx(140.0, abs=1e-3)
    assert near_both.outcome[0] == SnapOutcome.MAINLAND
    assert near_island.connector_m[0] == pytest.approx(190.0, abs=1e-3)
    assert near_island.outcome[0] == SnapOutcome.ISLAND


def test_no_connector_crosses_a_barrier() -> None:
    # A river between the home and the street 50 m off: the street 120 m off on its own side counts.
    river = np.array([shapely.LineString([(-100.0, 25.0), (3000.0, 25.0)])], object)
    ways = [STREET, ({}, [(0.0, 170.0), (2500.0, 170.0)]), ({"bridge": "yes"}, [(0.0, 0.0), (0.0, 170.0)])]
    found = snap(toy_network(ways, barriers=river), *one(300.0, 50.0))
    assert found.connector_m[0] == pytest.approx(120.0, abs=1e-3)
    assert snap(toy_network(ways), *one(300.0, 50.0)).connector_m[0] == pytest.approx(50.0, abs=1e-3)


def test_a_point_cut_off_by_a_barrier_says_so() -> None:
    river = np.array([shapely.LineString([(-100.0, 25.0), (3000.0, 25.0)])], object)
    found = snap(toy_network([STREET], barriers=river), *one(300.0, 50.0))
    assert found.outcome[0] == SnapOutcome.BARRED
    assert np.isnan(found.connector_m[0])


def test_a_point_too_far_and_one_without_position_are_told_apart() -> None:
    street = line_network(n_segments=3, segment_m=1000.0)
    found = snap(street, np.array([0.0, np.nan]), np.array([201.0, 0.0]))
    assert found.outcome.tolist() == [SnapOutcome.TOO_FAR, SnapOutcome.NO_POSITION]
    assert found.segment.tolist() == [-1, -1]


def test_the_limit_itself_is_within_reach() -> None:
    street = line_network(n_segments=3, segment_m=1000.0)
    assert snap(street, *one(500.0, 199.9999)).has_foot.all()


def test_a_crossing_is_no_barrier_to_a_foot_on_it() -> None:
    # The street crosses the railway on the level: a foot at the crossing touches, but crosses nothing.
    rail = np.array([shapely.LineString([(100.0, -50.0), (100.0, 50.0)])], object)
    found = snap(toy_network([STREET], barriers=rail), *one(100.0, 20.0))
    assert found.connector_m[0] == pytest.approx(20.0, abs=1e-3)


def test_a_limit_that_is_not_positive_is_refused() -> None:
    with pytest.raises(ParameterError, match="max_connector_m"):
        snap(line_network(n_segments=1, segment_m=10.0), *one(0.0, 0.0), max_connector_m=0.0)


def test_columns_of_unequal_length_are_refused() -> None:
    with pytest.raises(ParameterError, match="equal columns"):
        snap(line_network(n_segments=1, segment_m=10.0), np.zeros(2), np.zeros(3))
