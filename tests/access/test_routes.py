"""Routes: as long as the nearest walk says, joined up, and along the segments they name."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from cfspace.access.nearest import nearest
from cfspace.access.routes import route
from cfspace.errors import ParameterError
from cfspace.network.toy import grid_network, line_network
from tests.access.test_nearest import points, random_town


def test_a_way_round_the_corner() -> None:
    # From (50, 0) to (100, 50): 50 m to the corner, 50 m up; two pieces, the corner in between.
    town = grid_network(n_columns=2, n_rows=2, block_m=100.0)
    found = route(town, points(town, (50, 0)), points(town, (100, 50)))
    assert found.metres == pytest.approx([100.0], abs=1e-3)
    assert shapely.get_coordinates(found.lines[0]) == pytest.approx(
        np.array([[50, 0], [100, 0], [100, 50]]), abs=1e-3
    )
    assert len(found.segment) == 2


@pytest.mark.parametrize("seed", range(8))
def test_routes_are_as_long_as_the_walk_and_go_from_foot_to_foot(seed: int) -> None:
    town, rng = random_town(seed), np.random.default_rng(seed)
    homes = points(town, *rng.uniform(-50, 750, (50, 2)), *rng.integers(0, 12, (10, 2)) * 60.0, (0.0, 5000.0))
    schools = points(town, *rng.uniform(-50, 750, (5, 2)))
    near = nearest(town, homes, schools, max_walk_m=3000.0)
    chosen = np.flatnonzero(near.target >= 0)
    pairs = homes.take(chosen), schools.take(near.target[chosen])
    found = route(town, *pairs, max_walk_m=3000.0)
    np.testing.assert_array_equal(found.metres, near.metres[chosen])
    connectors = pairs[0].connector_m + pairs[1].connector_m
    np.testing.assert_allclose(shapely.length(found.lines) + connectors, found.metres, atol=0.02)
    pieces = np.abs(found.end_m - found.start_m)
    sums = np.add.reduceat(pieces, found.piece_ptr[:-1])
    np.testing.assert_allclose(sums + connectors, found.metres, atol=0.01)
    drawn = ~shapely.is_empty(found.lines)
    first, last = (shapely.get_point(found.lines[drawn], end) for end in (0, -1))
    for ends, feet in ((first, pairs[0]), (last, pairs[1])):
        away = np.hypot(
            shapely.get_x(ends) - feet.foot_x_m[drawn], shapely.get_y(ends) - feet.foot_y_m[drawn]
        )
        assert away.max() < 0.01


def test_pairs_come_back_in_the_order_given() -> None:
    street = line_network(n_segments=4, segment_m=100.0)
    homes = points(street, (0, 0), (10, 0), (400, 0), (0, 900))
    schools = points(street, (300, 0), (100, 0), (300, 0), (300, 0))
    found = route(street, homes, schools)
    np.testing.assert_allclose(found.metres, [300.0, 90.0, 100.0, np.nan], atol=1e-3)
    assert shapely.length(found.lines) == pytest.approx([300.0, 90.0, 100.0, 0.0], abs=1e-3)


def test_a_way_beyond_the_limit_is_not_drawn() -> None:
    street = line_network(n_segments=4, segment_m=100.0)
    found = route(street, points(street, (0, 0)), points(street, (400, 0)), max_walk_m=399)
    assert np.isinf(found.metres).all()
    assert found.lines[0].is_empty


def test_unequal_numbers_are_refused() -> None:
    street = line_network(n_segments=1, segment_m=100.0)
    with pytest.raises(ParameterError, match="row by row"):
        route(street, points(street, (0, 0), (9, 0)), points(street, (9, 0)))
