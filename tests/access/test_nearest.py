"""The nearest facility: worked answers, the slow oracle, laws."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cfspace.access.nearest import nearest, nearest_many
from cfspace.errors import ParameterError, SnapError
from cfspace.network.costs import Costs
from cfspace.network.model import WalkNetwork
from cfspace.network.snap import SnappedPoints, snap
from cfspace.network.toy import grid_network, line_network, toy_network
from tests.oracles import oracle_nearest_m


def points(network: WalkNetwork, *xy: tuple[float, float], limit_m: float = 200.0) -> SnappedPoints:
    x, y = np.array(xy, float).reshape(-1, 2).T
    return snap(network, x, y, max_connector_m=limit_m)


def random_town(seed: int) -> WalkNetwork:
    """Return crooked streets with parallel ways, a loop, a zero-length way and islands."""
    rng = np.random.default_rng(seed)
    nodes = rng.integers(0, 12, (40, 2)) * 60.0
    ways: list[tuple[dict[str, str], list[tuple[float, float]]]] = []
    for _ in range(70):
        a, b = nodes[rng.integers(0, 40, 2)]
        bend = (a + b) / 2 + rng.normal(0, 15, 2)
        ways.append(({}, [tuple(a), tuple(bend), tuple(b)]))
    here = tuple(nodes[0])
    ways.append(({}, [here, (here[0] + 30, here[1]), (here[0], here[1] + 30), here]))
    ways.append(({}, [here, (here[0] + 1e-7, here[1])]))
    ways.append(({}, [(3000.0, 0.0), (3100.0, 0.0)]))
    return toy_network(ways)


def test_a_walk_goes_connector_street_connector() -> None:
    # Home 20 m off the street at x = 30, library 5 m off it at x = 250: 20 + 220 + 5.
    street = line_network(n_segments=3, segment_m=100.0)
    found = nearest(street, points(street, (30, 20)), points(street, (250, -5)), max_walk_m=500)
    assert found.metres == pytest.approx([245.0], abs=1e-3)
    assert found.target.tolist() == [0]


def test_on_one_segment_the_direct_way_counts() -> None:
    # Both on the middle of one 100 m segment, 30 m apart; by either junction it would be more.
    street = line_network(n_segments=1, segment_m=100.0)
    found = nearest(street, points(street, (40, 0)), points(street, (70, 0)), max_walk_m=500)
    assert found.metres == pytest.approx([30.0], abs=1e-3)


def test_the_limit_is_within_and_not_below() -> None:
    street = line_network(n_segments=5, segment_m=100.0)
    home, school = points(street, (0, 0)), points(street, (500, 0))
    assert nearest(street, home, school, max_walk_m=500.0).metres == pytest.approx([500.0])
    assert np.isinf(nearest(street, home, school, max_walk_m=499.9).metres).all()


def test_no_facility_means_searched_and_not_reached() -> None:
    street = line_network(n_segments=1, segment_m=100.0)
    found = nearest(street, points(street, (0, 0)), points(street), max_walk_m=500)
    assert np.isinf(found.metres).all()
    assert found.target.tolist() == [-1]


def test_a_home_without_foot_is_not_measured() -> None:
    street = line_network(n_segments=1, segment_m=100.0)
    found = nearest(street, points(street, (0, 900)), points(street, (50, 0)), max_walk_m=500)
    assert np.isnan(found.metres).all()


def test_a_facility_without_foot_is_never_reached() -> None:
    street = line_network(n_segments=1, segment_m=100.0)
    found = nearest(street, points(street, (0, 0)), points(street, (50, 900)), max_walk_m=5000)
    assert np.isinf(found.metres).all()


def test_points_of_another_network_are_refused() -> None:
    here, there = (line_network(n_segments=1, segment_m=100.0) for _ in range(2))
    with pytest.raises(SnapError, match="another network"):
        nearest(here, points(here, (0, 0)), points(there, (0, 0)), max_walk_m=500)


@pytest.mark.parametrize("limit_m", [0.0, -5.0, float("nan"), 1e9])
def test_a_limit_out_of_range_is_refused(limit_m: float) -> None:
    street = line_network(n_segments=1, segment_m=100.0)
    with pytest.raises(ParameterError, match="max_walk_m"):
        nearest(street, points(street, (0, 0)), points(street, (9, 0)), max_walk_m=limit_m)


@pytest.mark.parametrize("seed", range(12))
def test_random_towns_agree_with_the_oracle(seed: int) -> None:
    town = random_town(seed)
    rng = np.random.default_rng(seed + 100)
    homes = points(town, *rng.uniform(-50, 750, (60, 2)), *rng.integers(0, 12, (10, 2)) * 60.0)
    schools = points(town, *rng.uniform(-50, 750, (7, 2)), (3050.0, 3.0))
    for limit_m in (150.0, 600.0, 5000.0):
        found = nearest(town, homes, schools, max_walk_m=limit_m)
        expected = oracle_nearest_m(town, homes, schools, max_walk_m=limit_m)
        np.testing.assert_allclose(found.metres, expected, atol=0.01)
        reached = np.isfinite(found.metres)
        for home in np.flatnonzero(reached)[:10]:
            alone = nearest(
                town, homes.take(np.array([home])), schools.take(found.target[[home]]), max_walk_m=limit_m
            )
            assert alone.metres[0] == pytest.approx(found.metres[home], abs=1e-3)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), n_schools=st.integers(1, 6))
def test_one_more_school_never_lengthens_a_walk(seed: int, n_schools: int) -> None:
    town = grid_network(n_columns=5, n_rows=4, block_m=90.0)
    rng = np.random.default_rng(seed)
    homes = points(town, *rng.uniform(0, 360, (20, 2)))
    places = rng.uniform(0, 360, (n_schools + 1, 2))
    before = nearest(town, homes, points(town, *places[:-1]), max_walk_m=1500).metres
    after = nearest(town, homes, points(town, *places), max_walk_m=1500).metres
    assert (after <= before).all()


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_there_is_as_far_as_back(seed: int) -> None:
    town = random_town(seed % 5)
    rng = np.random.default_rng(seed)
    home, school = points(town, tuple(rng.uniform(0, 700, 2))), points(town, tuple(rng.uniform(0, 700, 2)))
    there = nearest(town, home, school, max_walk_m=4000).metres
    back = nearest(town, school, home, max_walk_m=4000).metres
    assert there.tobytes() == back.tobytes()


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_walks_obey_the_triangle_inequality_along_segments(seed: int) -> None:
    town = random_town(seed % 5)
    rng = np.random.default_rng(seed)
    line = town.lines[int(np.argmax(shapely.length(town.lines) * rng.random(town.n_segments)))]
    on_it = shapely.get_coordinates(shapely.line_interpolate_point(line, rng.random(8), normalized=True))
    street, school = points(town, *on_it), points(town, tuple(rng.uniform(0, 700, 2)))
    metres = nearest(town, street, school, max_walk_m=5000).metres
    for one, other in combinations(range(len(street)), 2):
        pair = [street.take(np.array([k])) for k in (one, other)]
        between = nearest(town, *pair, max_walk_m=5000).metres[0]
        legs_m = street.connector_m[[one, other]].sum()
        if street.segment[one] == street.segment[other]:
            assert between <= abs(np.subtract(*street.offset_m[[one, other]])) + legs_m + 1e-3
        assert metres[one] <= metres[other] + between + 1e-3
        assert metres[other] <= metres[one] + between + 1e-3


@pytest.mark.parametrize("n_targets", [1, 2, 3, 8, 9, 17])
def test_targets_searched_together_get_the_bytes_they_get_alone(n_targets: int) -> None:
    town = random_town(n_targets)
    rng = np.random.default_rng(n_targets)
    closed = np.where(rng.random(town.n_segments) < 0.1, -1, town.length_ticks).astype(np.int32)
    costs = Costs(network=town, unit="m", forward=closed, backward=town.length_ticks.copy())
    homes = points(town, *rng.uniform(-50, 900, (80, 2)))
    # One target without a place, the others with up to nine; every limit differs.
    targets = {str(n): points(town, *rng.uniform(0, 700, (n % 10, 2))) for n in range(n_targets)}
    limits = {name: 120.0 + 250.0 * int(name) for name in targets}
    for jobs in (1, 2, 5):
        together = nearest_many(town, homes, targets, max_walk_m=limits, jobs=jobs, costs=costs)
        for name, found in together.items():
            alone = nearest(town, homes, targets[name], max_walk_m=limits[name], costs=costs)
            assert found.metres.tobytes() == alone.metres.tobytes()
            assert found.target.tobytes() == alone.target.tobytes()


def test_no_target_at_all_gives_no_answer() -> None:
    street = line_network(n_segments=1, segment_m=100.0)
    assert nearest_many(street, points(street, (0, 0)), {}, max_walk_m={}) == {}


def test_the_order_of_facilities_and_the_number_of_threads_change_no_byte() -> None:
    town = random_town(3)
    rng = np.random.default_rng(3)
    homes, places = points(town, *rng.uniform(0, 700, (200, 2))), rng.uniform(0, 700, (40, 2))
    forward, backward = points(town, *places), points(town, *places[::-1])
    assert (
        nearest(town, homes, forward, max_walk_m=900).metres.tobytes()
        == nearest(town, homes, backward, max_walk_m=900).metres.tobytes()
    )
    targets, limits = {"a": forward, "b": backward}, {"a": 700.0, "b": 900.0}
    one, two = (nearest_many(town, homes, targets, max_walk_m=limits, jobs=jobs) for jobs in (1, 2))
    assert all(one[key].metres.tobytes() == two[key].metres.tobytes() for key in targets)
