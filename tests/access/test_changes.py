"""Searches brought up to date equal searches from scratch, whatever changed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cfspace.access.changes import reach, shortened_m, updated
from cfspace.access.nearest import nearest
from cfspace.errors import SnapError
from cfspace.network.build import build_network
from cfspace.network.model import WalkNetwork
from cfspace.network.rules import load_walk_rules
from cfspace.network.snap import SnappedPoints, snap
from cfspace.network.toy import ToyWays, grid_network, line_network, toy_crs, toy_network
from tests.access.test_nearest import points


def town(seed: int, chosen: np.ndarray) -> WalkNetwork:
    """Return some of the streets of a random town; junctions keep their ids whatever is chosen."""
    rng = np.random.default_rng(seed)
    whole = toy_network([({}, [(0.0, 0.0), (1.0, 1.0)])])
    at = rng.integers(0, 9, (30, 2)) * 70.0
    at[1] = at[0] + [1e-7, 0.0]  # a street of no length
    pairs = rng.integers(0, 30, (60, 2))
    pairs[0] = (0, 1)
    pairs[1] = pairs[2]  # parallel streets
    pairs = pairs[chosen[: len(pairs)]]
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    transform = np.array([at[node] for pair in pairs for node in pair])
    from cfspace.io.frame import to_lon_lat

    lon_deg, lat_deg = to_lon_lat(toy_crs(), transform[:, 0], transform[:, 1])
    ways = ToyWays(
        way_id=np.arange(1, len(pairs) + 1),
        tags=[{"highway": "residential"}] * len(pairs),
        ptr=np.arange(0, 2 * len(pairs) + 1, 2),
        node_id=pairs.reshape(-1) + 1,
        lon_deg=lon_deg,
        lat_deg=lat_deg,
    )
    return build_network(ways, load_walk_rules("cfspace"), whole.crs)


def scattered(network: WalkNetwork, rng: np.random.Generator, n: int) -> SnappedPoints:
    x, y = rng.uniform(0, 600, (2, n))
    return snap(network, x, y, max_connector_m=400.0)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000), share=st.floats(0.3, 1.0), limit_m=st.sampled_from([250.0, 900.0, 5000.0])
)
def test_an_update_equals_a_search_from_scratch(seed: int, share: float, limit_m: float) -> None:
    rng = np.random.default_rng(seed)
    masks = rng.random((2, 60)) < share
    masks[:, :4] = True
    before, after = town(seed, masks[0]), town(seed, masks[1])
    known = reach(before, scattered(before, rng, int(rng.integers(0, 5))), max_walk_m=limit_m)
    targets, homes = scattered(after, rng, int(rng.integers(0, 5))), scattered(after, rng, 40)
    again, scratch = updated(known, after, targets), reach(after, targets, max_walk_m=limit_m)
    assert np.array_equal(again.ticks, scratch.ticks)
    plain = nearest(after, homes, targets, max_walk_m=limit_m).metres
    assert np.array_equal(again.metres_from(homes), plain, equal_nan=True)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_targets_may_come_and_go_on_the_same_streets(seed: int) -> None:
    rng = np.random.default_rng(seed)
    grid = grid_network(n_columns=7, n_rows=6, block_m=100.0)
    every = scattered(grid, rng, 8)
    some, others = (every.take(np.flatnonzero(rng.random(8) < 0.5)) for _ in range(2))
    again = updated(reach(grid, some, max_walk_m=3000), grid, others)
    assert np.array_equal(again.ticks, reach(grid, others, max_walk_m=3000).ticks)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), limit_m=st.sampled_from([250.0, 900.0, 5000.0]))
def test_more_targets_give_what_all_together_give(seed: int, limit_m: float) -> None:
    rng = np.random.default_rng(seed)
    streets = town(seed, np.ones(60, bool))
    every, homes = scattered(streets, rng, 7), scattered(streets, rng, 50)
    old, more = every.take(np.arange(4)), every.take(np.arange(4, 7))
    so_far = nearest(streets, homes, old, max_walk_m=limit_m).metres
    found = shortened_m(homes, so_far, more, max_walk_m=limit_m)
    together = nearest(streets, homes, every, max_walk_m=limit_m).metres
    assert np.array_equal(found, together, equal_nan=True)


def test_points_of_another_network_are_refused() -> None:
    one, other = line_network(n_segments=2, segment_m=100), line_network(n_segments=3, segment_m=100)
    with pytest.raises(SnapError, match="another network"):
        reach(one, points(other, (0, 0)), max_walk_m=3000)
    known = reach(one, points(one, (0, 0)), max_walk_m=3000)
    with pytest.raises(SnapError, match="another network"):
        updated(known, one, points(other, (0, 0)))
    with pytest.raises(SnapError, match="another network"):
        known.metres_from(points(other, (0, 0)))
