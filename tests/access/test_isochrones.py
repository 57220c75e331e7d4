"""Service areas: lines end exactly at the break, areas hold them and leave other streets out."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cfspace.access.isochrones import isochrone_lines, isochrones
from cfspace.access.nearest import nearest
from cfspace.access.reach import reached
from cfspace.errors import ParameterError
from cfspace.network.model import WalkNetwork
from cfspace.network.snap import SnappedPoints
from cfspace.network.toy import grid_network, line_network
from tests.access.test_nearest import points, random_town

BREAKS = [150.0, 300.0, 450.0]


def schools_of(town: WalkNetwork, seed: int, n: int = 3) -> SnappedPoints:
    return points(town, *np.random.default_rng(seed).uniform(0, 650, (n, 2)))


def test_a_straight_street_is_reached_on_both_sides_to_the_metre() -> None:
    # School 20 m off the street at x = 500: 130 m of the 150 m are left, either way.
    street = line_network(n_segments=10, segment_m=100.0)
    lines = isochrone_lines(street, points(street, (500, 20)), breaks_m=[150])
    assert lines["length_m"].tolist() == pytest.approx([260.0], abs=1e-3)
    assert lines.geometry.iloc[0].bounds == pytest.approx((370.0, 0.0, 630.0, 0.0), abs=1e-3)


def test_the_exact_area_of_a_dead_straight_street() -> None:
    # 260 m of street, 30 m to either side; the street goes on, so that ground belongs to its rest.
    street = line_network(n_segments=10, segment_m=100.0)
    area = isochrones(street, points(street, (500, 20)), breaks_m=[150], method="exact")
    assert area["area_m2"].iloc[0] == pytest.approx(260 * 60, rel=0.01)


def dense_points(town: WalkNetwork) -> tuple[SnappedPoints, np.ndarray]:
    """Return points along every segment, with their foot on that segment, and the points."""
    segment = np.repeat(np.flatnonzero(town.length_ticks > 0), 12)
    offset_m = np.tile(np.linspace(0.04, 0.96, 12), len(segment) // 12) * town.length_m[segment]
    places = shapely.line_interpolate_point(town.lines[segment], offset_m)
    n = len(segment)
    feet = SnappedPoints(
        network=town,
        segment=segment.astype(np.int32),
        offset_m=offset_m,
        connector_m=np.zeros(n),
        foot_x_m=shapely.get_x(places),
        foot_y_m=shapely.get_y(places),
        outcome=np.zeros(n, np.int8),
    )
    return feet, places


@pytest.mark.parametrize("seed", range(6))
def test_reached_lines_are_the_streets_within_the_break_and_no_other(seed: int) -> None:
    town = random_town(seed)
    schools = schools_of(town, seed)
    feet, _places = dense_points(town)
    metres = nearest(town, feet, schools, max_walk_m=5000.0).metres
    for break_m in BREAKS:
        reach = reached(town, schools, break_m=break_m)
        on_segment = [[] for _ in range(town.n_segments)]
        for segment, start_m, end_m in zip(reach.segment, reach.start_m, reach.end_m, strict=True):
            on_segment[segment].append((start_m, end_m))
        is_in = np.array(
            [
                any(a - 1e-3 <= offset <= b + 1e-3 for a, b in on_segment[segment])
                for segment, offset in zip(feet.segment, feet.offset_m, strict=True)
            ]
        )
        clear = np.abs(metres - break_m) > 0.01
        np.testing.assert_array_equal(is_in[clear], (metres <= break_m)[clear])
        overlap = isochrone_lines(town, schools, breaks_m=[break_m])["length_m"].iloc[0]
        assert overlap == pytest.approx(shapely.length(reach.lines()).sum(), abs=0.01)


@pytest.mark.parametrize("method", ["exact", "fast"])
@pytest.mark.parametrize("seed", range(4))
def test_no_area_holds_a_street_that_is_not_reached(seed: int, method: str) -> None:
    town = random_town(seed)
    schools = schools_of(town, seed)
    feet, places = dense_points(town)
    metres = nearest(town, feet, schools, max_walk_m=5000.0).metres
    mainland = ~town.is_island[feet.segment]
    for area in isochrones(town, schools, breaks_m=BREAKS, method=method).itertuples():
        assert area.geometry.is_valid
        beyond = (metres > area.break_m + 30) & mainland
        # Where a reached and an unreached street cross, the ground is that of both.
        streets = shapely.multilinestrings(reached(town, schools, break_m=area.break_m).lines())
        lone = shapely.distance(places, streets) > 12.0
        inside = shapely.contains(area.geometry, places[beyond & lone])
        assert inside.mean() < (0.001 if method == "exact" else 0.01)


@pytest.mark.parametrize("seed", range(4))
def test_the_fast_area_is_the_exact_one_within_two_percent(seed: int) -> None:
    town = grid_network(n_columns=14, n_rows=14, block_m=85.0)
    schools = points(town, *np.random.default_rng(seed).uniform(300, 800, (2, 2)))
    exact, fast = (isochrones(town, schools, breaks_m=BREAKS, method=m) for m in ("exact", "fast"))
    overlap = shapely.area(shapely.intersection(exact.geometry.to_numpy(), fast.geometry.to_numpy()))
    union = shapely.area(shapely.union(exact.geometry.to_numpy(), fast.geometry.to_numpy()))
    assert (overlap / union).min() >= 0.98


def test_fast_areas_are_valid_without_being_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    # Blocks of 60 m and a cell of 2.5 m put many cells as near to what is reached as to what is not.
    monkeypatch.setattr(shapely, "make_valid", None)
    town = grid_network(n_columns=12, n_rows=12, block_m=60.0)
    schools = points(town, *np.random.default_rng(0).integers(0, 12, (12, 2)) * 60.0, (330.0, 331.0))
    names = [str(number) for number in range(len(schools))]
    areas = isochrones(town, schools, breaks_m=[40, 60, 90, 120, 150], groups=names, method="fast")
    assert len(areas) == 5 * len(schools)
    assert areas.geometry.is_valid.all()
    assert (areas["area_m2"] > 0).all()
    for _, own in areas.groupby("group"):
        assert own["break_m"].is_monotonic_increasing
        assert own["area_m2"].is_monotonic_increasing


def test_a_field_is_nowhere_so_near_to_zero_that_contours_could_meet() -> None:
    from cfspace.access import kernels_raster

    # 10 m from either: neither nearer. 30 m from what is reached: the very rim of the buffer.
    near, far = np.array([[100.0, 900.0, 25.0]]), np.array([[100.0, np.inf, 36.0]])
    values = kernels_raster.field(near, far, 30.0, 50.0, 1e-4)
    assert values.tolist() == [[-1e-4, -1e-4, 1.0]]


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 1000), small_m=st.floats(30, 400), more_m=st.floats(1, 300))
def test_an_isochrone_grows_with_its_break(seed: int, small_m: float, more_m: float) -> None:
    town = random_town(seed % 3)
    schools = schools_of(town, seed)
    lines = isochrone_lines(town, schools, breaks_m=[small_m, small_m + more_m])
    lengths = lines["length_m"].to_numpy()
    assert (np.diff(lengths) >= -1e-6).all()
    if len(lines) == 2:
        inner, outer = lines.geometry
        assert inner.difference(outer.buffer(0.01)).length < 0.1


def test_bands_do_not_overlap_and_add_up() -> None:
    town = grid_network(n_columns=14, n_rows=14, block_m=85.0)
    school = points(town, (500, 500))
    whole = isochrones(town, school, breaks_m=BREAKS)
    bands = isochrones(town, school, breaks_m=BREAKS, bands=True)
    shapes = bands.geometry.to_numpy()
    for first, second in ((0, 1), (0, 2), (1, 2)):
        assert shapely.area(shapely.intersection(shapes[first], shapes[second])) < 1e-3
    assert shapely.area(shapely.union_all(shapes)) == pytest.approx(
        shapely.area(shapely.union_all(whole.geometry.to_numpy())), rel=1e-6
    )


@pytest.mark.parametrize("method", ["exact", "fast"])
def test_a_band_in_which_no_more_is_reached_is_empty(method: str) -> None:
    island = grid_network(n_columns=3, n_rows=3, block_m=85.0)
    bands = isochrones(island, points(island, (40, 3)), breaks_m=[600, 900], method=method, bands=True)
    assert bands["length_m"].tolist() == pytest.approx([12 * 85.0] * 2, abs=0.01)
    assert bands["area_m2"].iloc[0] > 30_000
    assert bands["area_m2"].iloc[1] == 0
    assert bands.geometry.iloc[1].wkt == "MULTIPOLYGON EMPTY"


def test_each_facility_has_its_own_area_and_one_without_foot_has_none() -> None:
    street = line_network(n_segments=10, segment_m=100.0)
    gates = points(street, (100, 0), (900, 0), (200, 0), (0, 9000))
    areas = isochrones(street, gates, breaks_m=[50], groups=["a", "b", "a", "c"])
    assert areas["group"].tolist() == ["a", "b"]
    assert areas["length_m"].tolist() == pytest.approx([200.0, 100.0], abs=1e-3)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"breaks_m": []}, "breaks_m"),
        ({"breaks_m": [0]}, "breaks_m"),
        ({"breaks_m": [9], "buffer_m": 0}, "buffer_m"),
        ({"breaks_m": [9], "groups": ["a", "b"]}, "groups"),
        ({"breaks_m": [9], "method": "nice"}, "method"),
    ],
)
def test_what_cannot_be_drawn_is_refused(options: dict[str, object], word: str) -> None:
    street = line_network(n_segments=1, segment_m=100.0)
    with pytest.raises(ParameterError, match=word):
        isochrones(street, points(street, (0, 0)), **options)
