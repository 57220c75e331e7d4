"""The metric frame: lengths that are true, and a frame refused whose are not."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfspace.errors import CrsError
from cfspace.io.frame import metric_crs, scale_error, study_crs, to_lon_lat, to_metric

CHANGCHUN = (125.3249, 43.8868)
SHENZHEN = (114.0596, 22.5429)
AROUND_CHANGCHUN = (125.0, 43.6, 125.6, 44.1)


def test_the_centre_is_at_the_origin_and_north_is_up() -> None:
    crs = metric_crs(125.32, 43.89)
    x, y = to_metric(crs, np.array([125.32, 125.32]), np.array([43.89, 43.90]))
    assert (x[0], y[0]) == pytest.approx((0.0, 0.0), abs=1e-6)
    # A hundredth of a degree of the meridian is 1,111 m at 44 N.
    assert x[1] == pytest.approx(0.0, abs=1e-6)
    assert y[1] == pytest.approx(1111.0, abs=1.0)


@pytest.mark.parametrize("centre", [CHANGCHUN, SHENZHEN])
def test_lengths_of_a_study_60_km_across_are_those_on_the_ellipsoid(centre: tuple[float, float]) -> None:
    crs, geod = metric_crs(*centre), pyproj.Geod(ellps="WGS84")
    x, y = np.random.default_rng(1).uniform(-30_000, 30_000, (2, 500))
    turn = np.random.default_rng(2).uniform(0, 2 * np.pi, 500)
    lon, lat = to_lon_lat(crs, x, y)
    far_lon, far_lat = to_lon_lat(crs, x + 1000 * np.cos(turn), y + 1000 * np.sin(turn))
    on_ground_m = geod.inv(lon, lat, far_lon, far_lat)[2]
    assert np.abs(1000.0 / on_ground_m - 1.0).max() < 1e-4


def test_a_study_that_moves_by_a_house_keeps_its_frame() -> None:
    assert metric_crs(125.3249, 43.8868) == metric_crs(125.3202, 43.8899)
    assert metric_crs(125.3249, 43.8868) != metric_crs(125.3249, 43.9868)


def test_west_and_south_are_frames_too() -> None:
    x, y = to_metric(metric_crs(-51.22, -30.03), np.array([-51.22]), np.array([-30.03]))
    assert (x[0], y[0]) == pytest.approx((0.0, 0.0), abs=1e-6)


@given(st.floats(-0.4, 0.4), st.floats(-0.4, 0.4))
def test_there_and_back_is_the_same_place(east: float, north: float) -> None:
    crs = metric_crs(*CHANGCHUN)
    lon, lat = np.array([CHANGCHUN[0] + east]), np.array([CHANGCHUN[1] + north])
    again = to_lon_lat(crs, *to_metric(crs, lon, lat))
    # 1e-11 degrees are a thousandth of a millimetre.
    assert np.abs(np.array(again) - [lon, lat]).max() < 1e-11


def test_scale_errors_are_those_of_the_formula() -> None:
    # Transverse Mercator: half the square of the distance from the centre over the earth's radius.
    half_width_deg = 0.5
    box = (125.0 - half_width_deg, 43.99, 125.0 + half_width_deg, 44.01)
    off_m = np.radians(half_width_deg) * np.cos(np.radians(44.0)) * 6_378_137
    expected = (off_m / 6_378_137) ** 2 / 2
    assert scale_error(metric_crs(125.0, 44.0), box) == pytest.approx(expected, rel=0.01)


def test_a_zone_that_fits_is_taken() -> None:
    assert study_crs("EPSG:4551", AROUND_CHANGCHUN) == pyproj.CRS(4551)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("EPSG:4547", "is .* off in this study, allowed is 0.1%"),  # the zone of Hunan
        ("EPSG:3857", "off in this study"),  # the web's Mercator: 39 % at 44 N
        ("EPSG:4490", "not projected in metres"),
        ("EPSG:2263", "not projected in metres"),  # feet
        ("EPSG:999999", "is unknown; give a code such as EPSG:4551"),
        ("changchun", "is unknown"),
    ],
)
def test_a_frame_that_does_not_fit_is_refused(name: str, message: str) -> None:
    with pytest.raises(CrsError, match=message):
        study_crs(name, AROUND_CHANGCHUN)


def test_a_frame_without_meaning_in_the_study_is_refused() -> None:
    with pytest.raises(CrsError, match="off in this study"):
        study_crs("EPSG:4551", (-60.0, 40.0, -55.0, 45.0))
