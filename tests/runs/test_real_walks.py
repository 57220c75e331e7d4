"""Walks in a whole real city: against the slow oracle, and by the rules of snapping."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely

from cfspace.runs.measuring import Measured
from tests.oracles import oracle_nearest_m
from tests.real import measured_study

TARGETS = ("primary_school", "library", "playground", "clinic")
N_HOMES = 300


@pytest.fixture(scope="module")
def las_palmas(shared: Path) -> Measured:
    return measured_study(shared / "studies" / "las_palmas.toml")


@pytest.mark.parametrize("target", TARGETS)
def test_walks_equal_those_of_a_graph_in_which_every_foot_is_a_node(
    las_palmas: Measured, target: str
) -> None:
    homes = np.random.default_rng(7).choice(len(las_palmas.homes), N_HOMES, replace=False)
    entrances = np.flatnonzero(las_palmas.entrances["kind"] == target)
    expected = oracle_nearest_m(
        las_palmas.city.network,
        las_palmas.home_feet.take(homes),
        las_palmas.entrance_feet.take(entrances),
        max_walk_m=las_palmas.limits_m[target],
    )
    found = las_palmas.homes[f"m_{target}"].to_numpy()[homes]
    np.testing.assert_array_equal(np.isfinite(found), np.isfinite(expected))
    np.testing.assert_allclose(found, expected, atol=0.01)


@pytest.mark.parametrize("whose", ["homes", "entrances"])
def test_feet_lie_on_segments_that_take_feet(las_palmas: Measured, whose: str) -> None:
    feet = las_palmas.home_feet if whose == "homes" else las_palmas.entrance_feet
    network, has = las_palmas.city.network, feet.has_foot
    points = shapely.points(feet.foot_x_m[has], feet.foot_y_m[has])
    assert shapely.distance(network.lines[feet.segment[has]], points).max() < 1e-6
    assert network.takes_feet[feet.segment[has]].all()
    assert feet.connector_m[has].max() <= las_palmas.city.study.max_connector_m


def test_no_connector_crosses_a_barrier(las_palmas: Measured) -> None:
    feet, frame = las_palmas.home_feet, las_palmas.homes
    has = np.flatnonzero(feet.has_foot)
    ends = np.stack(
        [
            np.column_stack([frame.geometry.x, frame.geometry.y])[has],
            np.column_stack([feet.foot_x_m, feet.foot_y_m])[has],
        ],
        axis=1,
    )
    barriers = shapely.STRtree(las_palmas.city.network.barriers)
    assert len(barriers.query(shapely.linestrings(ends), predicate="crosses")[0]) == 0


def test_no_nearer_mainland_segment_was_free(las_palmas: Measured) -> None:
    """A connector longer than the way to the nearest mainland segment has a barrier in that way."""
    feet, network = las_palmas.home_feet, las_palmas.city.network
    has = np.flatnonzero(feet.has_foot)
    points = las_palmas.homes.geometry.to_numpy()[has]
    mainland = np.flatnonzero(network.takes_feet & ~network.is_island)
    tree = shapely.STRtree(network.lines[mainland])
    index, metres = tree.query_nearest(points, return_distance=True, all_matches=False)
    longer = feet.connector_m[has] > metres + 1e-6
    nearest = network.lines[mainland][index[1][longer]]
    connectors = shapely.shortest_line(points[longer], nearest)
    crossed = shapely.STRtree(network.barriers).query(connectors, predicate="crosses")[0]
    assert set(crossed) == set(range(int(longer.sum())))
