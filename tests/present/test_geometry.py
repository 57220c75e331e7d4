from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from cfspace.present.geometry import (
    hexagon_centres,
    hexagon_of,
    label_point,
    line_steps,
    point_steps,
    polygon_steps,
    steps,
    tolerance_deg,
)


def test_steps_lead_back_to_the_line() -> None:
    line = np.array([[125.3, 43.9], [125.30123, 43.90456], [125.29999, 43.91]])
    row = np.array(steps(line)).reshape(-1, 2)
    assert np.allclose(row.cumsum(axis=0) / 1e5, line, atol=5e-6)


def test_points_are_never_dropped() -> None:
    same = np.array([125.3, 125.3, 125.3])
    assert point_steps(same, same) == [12530000, 12530000, 0, 0, 0, 0]
    assert point_steps(np.array([]), np.array([])) == []


def test_a_line_shorter_than_a_metre_goes() -> None:
    assert line_steps([shapely.LineString([(1, 1), (1.000001, 1)])], tolerance_m=1.0) == []


def test_a_hole_stays_a_hole() -> None:
    ring = shapely.Point(0, 0).buffer(0.1).difference(shapely.Point(0, 0).buffer(0.05))
    (rings,) = polygon_steps(ring, tolerance_m=10.0)
    assert len(rings) == 2


def test_a_name_stands_inside_a_crescent() -> None:
    crescent = shapely.Point(0, 0).buffer(1).difference(shapely.Point(0.4, 0).buffer(1))
    x, y = label_point(crescent)
    assert crescent.contains(shapely.Point(x / 1e5, y / 1e5))
    assert label_point(shapely.Polygon()) == []


@given(st.lists(st.tuples(st.floats(-5e4, 5e4), st.floats(-5e4, 5e4)), min_size=1, max_size=40))
def test_a_point_lies_in_the_hexagon_whose_centre_is_nearest(points: list[tuple[float, float]]) -> None:
    points_m = np.array(points)
    cells = hexagon_of(points_m, width_m=100.0)
    own = np.linalg.norm(points_m - hexagon_centres(cells, width_m=100.0), axis=1)
    for dq, dr in ((1, 0), (0, 1), (-1, 1), (-1, 0), (0, -1), (1, -1)):
        other = np.linalg.norm(points_m - hexagon_centres(cells + np.array([dq, dr]), width_m=100.0), axis=1)
        assert (own <= other + 1e-6).all()


def test_many_lines_are_the_steps_of_each() -> None:
    rng = np.random.default_rng(5)
    walks = [
        np.cumsum(rng.integers(-3, 4, (n, 2)), axis=0) * 4e-6 + (125.3, 43.9) for n in (2, 3, 9, 40, 200)
    ]
    lines = [shapely.LineString(walk) for walk in walks]
    both = [*lines, shapely.MultiLineString(lines[:2]), shapely.LineString()]
    simple = shapely.simplify(np.asarray(both, dtype=object), tolerance_deg(0.1))
    each = [steps(shapely.get_coordinates(part)) for part in shapely.get_parts(simple) if not part.is_empty]
    assert line_steps(both, tolerance_m=0.1) == [row for row in each if len(row) >= 4]
    assert line_steps([], tolerance_m=0.1) == []
