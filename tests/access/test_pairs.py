"""Pairs and counts: worked answers, the slow oracle, laws."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cfspace.access.nearest import nearest
from cfspace.access.pairs import count_within, pairs_within
from cfspace.access.routes import route
from cfspace.errors import ParameterError
from cfspace.network.model import WalkNetwork
from cfspace.network.snap import SnappedPoints
from cfspace.network.toy import line_network, toy_network
from tests.access.test_nearest import points, random_town
from tests.oracles import foot_graph


def oracle_pairs(
    network: WalkNetwork, homes: SnappedPoints, schools: SnappedPoints, max_walk_m: float
) -> dict[tuple[int, int], float]:
    graph = foot_graph(network, home=homes, school=schools)
    found = {}
    for school in np.flatnonzero(schools.has_foot):
        far = nx.single_source_dijkstra_path_length(graph, ("school", int(school)), weight="length")
        found |= {
            (home, int(school)): far[("home", home)]
            for home in range(len(homes))
            if far.get(("home", home), np.inf) <= max_walk_m
        }
    return found


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("limit_m", [120.0, 700.0])
def test_random_towns_agree_with_the_oracle(seed: int, limit_m: float) -> None:
    town, rng = random_town(seed), np.random.default_rng(seed)
    homes = points(town, *rng.uniform(-50, 750, (40, 2)), *rng.integers(0, 12, (8, 2)) * 60.0, (0.0, 5000.0))
    schools = points(town, *rng.uniform(-50, 750, (9, 2)), (3050.0, 3.0), (0.0, 5000.0))
    found = pairs_within(town, homes, schools, max_walk_m=limit_m)
    expected = oracle_pairs(town, homes, schools, limit_m)
    assert len(found) == len(expected)
    assert (np.diff(found.target) >= 0).all()
    for home, school, metres in zip(found.origin, found.target, found.metres, strict=True):
        assert metres == pytest.approx(expected[int(home), int(school)], abs=0.01)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_counts_are_the_row_sums_of_pairs(seed: int) -> None:
    town, rng = random_town(seed % 4), np.random.default_rng(seed)
    homes, schools = points(town, *rng.uniform(0, 700, (30, 2))), points(town, *rng.uniform(0, 700, (12, 2)))
    counts = count_within(town, homes, schools, breaks_m=[100.0, 350.0, 800.0])
    for column, limit_m in enumerate((100.0, 350.0, 800.0)):
        found = pairs_within(town, homes, schools, max_walk_m=limit_m)
        sums = np.bincount(found.origin, minlength=len(homes))
        assert (counts[homes.has_foot, column] == sums[homes.has_foot]).all()
    assert (counts[~homes.has_foot] == -1).all()


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_nearest_of_the_pairs_is_the_nearest(seed: int) -> None:
    town, rng = random_town(seed % 4), np.random.default_rng(seed)
    homes, schools = points(town, *rng.uniform(0, 700, (30, 2))), points(town, *rng.uniform(0, 700, (6, 2)))
    found = pairs_within(town, homes, schools, max_walk_m=600.0)
    best = np.full(len(homes), np.inf)
    np.minimum.at(best, found.origin, found.metres)
    direct = nearest(town, homes, schools, max_walk_m=600.0).metres
    assert (best[homes.has_foot] == direct[homes.has_foot]).all()


def test_entrances_of_a_facility_are_taken_together() -> None:
    street = line_network(n_segments=4, segment_m=100.0)
    homes, gates = points(street, (0, 0), (400, 0)), points(street, (50, 0), (350, 0), (200, 0))
    found = pairs_within(street, homes, gates, max_walk_m=120, groups=[0, 0, 1]).to_frame()
    assert found[["origin", "target"]].to_numpy().tolist() == [[0, 0], [1, 0]]
    assert found["metres"].tolist() == pytest.approx([50.0, 50.0], abs=1e-3)


def test_a_square_with_a_thousand_streets_overflows_no_bucket() -> None:
    # All ends are 50 m from the middle, so that all are looked at in one lot: school, 10 m, middle, 50 m.
    angle = np.arange(1000) * 2 * np.pi / 1000
    ends = np.column_stack([np.cos(angle), np.sin(angle)]) * 50.0
    square = toy_network([({}, [(0.0, 0.0), tuple(end)]) for end in ends])
    homes, school = points(square, *ends), points(square, (10.0, 0.0))
    found = pairs_within(square, homes, school, max_walk_m=70)
    assert found.origin[np.argsort(found.origin)].tolist() == list(range(1000))
    order = np.argsort(found.origin)
    assert found.metres[order] == pytest.approx([40.0] + [60.0] * 999, abs=0.01)
    assert nearest(square, homes, school, max_walk_m=70).metres == pytest.approx(
        found.metres[order], abs=1e-9
    )
    walks = route(square, homes, school.take(np.zeros(1000, int)), max_walk_m=70)
    assert walks.metres == pytest.approx(found.metres[order], abs=1e-9)
    counts = count_within(square, homes, homes, breaks_m=[99, 101])
    assert counts.tolist() == [[1, 1000]] * 1000


def test_the_number_of_threads_changes_no_byte() -> None:
    town, rng = random_town(1), np.random.default_rng(1)
    homes, schools = points(town, *rng.uniform(0, 700, (90, 2))), points(town, *rng.uniform(0, 700, (50, 2)))
    one, three = (pairs_within(town, homes, schools, max_walk_m=500, jobs=jobs) for jobs in (1, 3))
    for name in ("origin", "target", "metres"):
        assert getattr(one, name).tobytes() == getattr(three, name).tobytes()
    counts = [count_within(town, homes, schools, breaks_m=[200, 500], jobs=jobs) for jobs in (1, 3)]
    assert counts[0].tobytes() == counts[1].tobytes()


def test_breaks_that_do_not_rise_are_refused() -> None:
    street = line_network(n_segments=1, segment_m=100.0)
    with pytest.raises(ParameterError, match="must rise"):
        count_within(street, points(street, (0, 0)), points(street, (9, 0)), breaks_m=[500.0, 300.0])


def test_groups_that_do_not_fit_are_refused() -> None:
    street = line_network(n_segments=1, segment_m=100.0)
    with pytest.raises(ParameterError, match="groups"):
        pairs_within(street, points(street, (0, 0)), points(street, (9, 0)), max_walk_m=9, groups=[0, 1])
