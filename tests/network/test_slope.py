"""Slope: Tobler's function by hand, sampling, and the hills of Porto Alegre."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyproj
import pytest
import rasterio
from rasterio.transform import from_origin

from cfspace.errors import CrsError, LayerError
from cfspace.io.frame import metric_crs
from cfspace.io.osm import read_osm
from cfspace.network.build import build_network
from cfspace.network.model import WalkNetwork
from cfspace.network.profiles import load_profile, profile_costs
from cfspace.network.rules import load_walk_rules
from cfspace.network.slope import Elevation, pace_factor, pace_factors, read_elevation
from cfspace.network.toy import toy_crs, toy_network

UP, DOWN = np.exp(3.5 * 0.1), np.exp(3.5 * (0.05 - 0.05))  # of a slope of 0.1: |0.15| - 0.05, |-0.05| - 0.05


def ramp(slope: float, *, gap: bool = False) -> Elevation:
    """Return ground that rises eastward from x = -100 to 400, in cells of 10 m."""
    x_m = -100 + 10 * (np.arange(50) + 0.5)
    heights = np.tile(slope * x_m, (20, 1))
    if gap:
        heights[:, 20] = np.nan
    return Elevation(
        source=Path("ramp.tif"),
        height_m=heights,
        transform=(10, 0, -100, 0, -10, 100),
        crs=toy_crs(),
    )


def eastward(length_m: float, tags: dict[str, str] | None = None) -> WalkNetwork:
    return toy_network([(tags or {}, [(0, 0), (length_m, 0)])])


def write(path: Path, heights: np.ndarray, crs: object, west: float, north: float, **options: object) -> Path:
    rows, columns = heights.shape
    with rasterio.open(
        path, "w", driver="GTiff", height=rows, width=columns, count=1, dtype="float32",
        crs=crs, transform=from_origin(west, north, 10, 10), **options,
    ) as data:  # fmt: skip
        data.write(heights.astype("float32"), 1)
    return path


def test_uphill_is_slower_and_gently_downhill_faster() -> None:
    # Tobler: 6 exp(-3.5 |s + 0.05|) km/h; at 0.1 over level ground exp(-3.5 x 0.1).
    ahead, back = pace_factors(eastward(200), ramp(0.1))
    assert (ahead[0], back[0]) == pytest.approx((UP, DOWN), rel=1e-6)


def test_level_ground_keeps_the_speed_of_the_profile() -> None:
    town, profile = eastward(200), load_profile("child")
    flat = profile_costs(town, profile, view="s", band="6_11")
    level = profile_costs(town, profile, view="s", band="6_11", elevation=ramp(0.0))
    assert level.forward.tolist() == flat.forward.tolist() == level.backward.tolist()


def test_costs_differ_by_direction() -> None:
    costs = profile_costs(eastward(110), load_profile("child"), view="s", band="6_11", elevation=ramp(0.1))
    assert costs.forward[0] / 10_000 == pytest.approx(100 * UP, rel=1e-6)
    assert costs.backward[0] / 10_000 == pytest.approx(100 * DOWN, rel=1e-6)


def test_along_the_slope_is_level() -> None:
    across = toy_network([({}, [(50, -60), (50, 60)])])
    assert np.concatenate(pace_factors(across, ramp(0.2))) == pytest.approx([1.0, 1.0])


def test_heights_are_taken_every_30_metres() -> None:
    # A ridge at x = 60, level by its ends alone. Its top lies between two cells of 5.5 m: heights of
    # 0, 3, 5.5, 3 and 0 m every 30 m, slopes of 0.1 and 0.5 / 6.
    ridge = ramp(0.1)
    x_m = -100 + 10 * (np.arange(50) + 0.5)
    ridge.height_m[:] = 6 - 0.1 * np.abs(x_m - 60)
    ahead, back = pace_factors(eastward(120), ridge)
    assert ahead[0] == pytest.approx(back[0])
    expected = pace_factor(np.array([0.1, 0.5 / 6, -0.5 / 6, -0.1])).mean()
    assert ahead[0] == pytest.approx(expected, rel=1e-6)


def test_bridges_do_not_follow_the_ground() -> None:
    valley = ramp(0.0)
    valley.height_m[:, 15:25] = -50.0
    assert pace_factors(eastward(200, {"bridge": "yes"}), valley)[0] == pytest.approx([1.0])
    assert pace_factors(eastward(200), valley)[0][0] > 2


def test_a_segment_of_no_length_is_level() -> None:
    town = toy_network([({}, [(0, 0), (100, 0)]), ({}, [(0, 0), (1e-7, 0)])])
    assert np.isfinite(np.concatenate(pace_factors(town, ramp(0.1)))).all()


def test_tobler_walks_fastest_at_5_percent_down() -> None:
    slopes = np.linspace(-0.5, 0.5, 1001)
    assert slopes[np.argmin(pace_factor(slopes))] == pytest.approx(-0.05)


def test_ground_without_height_is_refused_or_level() -> None:
    town = eastward(200)
    with pytest.raises(LayerError, match=r"no height for 1 of 1 segments .* covers .* the network"):
        pace_factors(town, ramp(0.1, gap=True))
    ahead, _ = pace_factors(town, replace(ramp(0.1, gap=True), beyond="level"))
    assert ahead.tolist() == [1.0]


def test_a_raster_is_read_around_the_network(tmp_path: Path) -> None:
    heights = np.tile(np.arange(100.0), (100, 1))  # 1 m in 10
    town = eastward(200)
    file = write(tmp_path / "hill.tif", heights, toy_crs(), -500, 500)
    elevation = read_elevation(file, town)
    assert elevation.height_m.shape[1] < 40
    assert pace_factors(town, elevation)[0][0] == pytest.approx(UP, rel=1e-5)


def test_nodata_of_a_raster_is_no_height(tmp_path: Path) -> None:
    heights = np.full((100, 100), -9999.0)
    file = write(tmp_path / "sea.tif", heights, toy_crs(), -500, 500, nodata=-9999.0)
    with pytest.raises(LayerError, match=r"100\.0% of the length"):
        pace_factors(eastward(200), read_elevation(file, eastward(200)))


def test_a_raster_elsewhere_names_both_extents(tmp_path: Path) -> None:
    file = write(tmp_path / "far.tif", np.zeros((10, 10)), pyproj.CRS(32651), 400_000, 4_000_000)
    with pytest.raises(LayerError, match=r"covers .* E, .* N, the network .* E, .* N, and they do not"):
        read_elevation(file, eastward(200))


def test_a_raster_without_crs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CrsError, match="says no CRS"):
        read_elevation(write(tmp_path / "bare.tif", np.zeros((5, 5)), None, 0, 0), eastward(50))


def test_a_raster_of_several_bands_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "two.tif"
    shape = {"height": 4, "width": 4, "count": 2, "dtype": "float32"}
    with rasterio.open(
        path, "w", driver="GTiff", crs=toy_crs(), transform=from_origin(0, 0, 10, 10), **shape
    ) as data:
        data.write(np.zeros((2, 4, 4), "float32"))
    with pytest.raises(LayerError, match="2 bands"):
        read_elevation(path, eastward(50))


def test_a_file_that_is_no_raster_is_refused(tmp_path: Path) -> None:
    (tmp_path / "hill.tif").write_text("hill")
    with pytest.raises(LayerError, match="not a readable raster"):
        read_elevation(tmp_path / "hill.tif", eastward(50))
    with pytest.raises(LayerError, match="no such file"):
        read_elevation(tmp_path / "none.tif", eastward(50))


def real_network(pbf: Path) -> WalkNetwork:
    osm = read_osm(pbf)
    crs = metric_crs(osm.extent.centroid.x, osm.extent.centroid.y)
    return build_network(osm.ways, load_walk_rules("cfspace"), crs)


@pytest.mark.real
def test_porto_alegre_is_slower_uphill(shared: Path) -> None:
    folder = shared / "data" / "porto_alegre"
    town = real_network(folder / "poa_osm.pbf")
    with pytest.raises(LayerError, match=r"the network -51.* E, -30.* N"):
        pace_factors(town, read_elevation(folder / "poa_elevation.tif", town))  # its edge has no heights
    elevation = read_elevation(folder / "poa_elevation.tif", town, beyond="level")
    ahead, back = pace_factors(town, elevation)
    to_raster = pyproj.Transformer.from_crs(town.crs, elevation.crs, always_xy=True)
    heights = elevation.heights_m(*to_raster.transform(town.node_x_m, town.node_y_m))
    slope = (heights[town.segment_to] - heights[town.segment_from]) / np.maximum(town.length_m, 1.0)
    steep_up, steep_down, level = slope > 0.1, slope < -0.1, ahead == back
    assert (steep_up.sum() > 500, steep_down.sum() > 500, level.sum() > 500) == (True, True, True)
    assert (ahead > back)[steep_up].mean() > 0.999
    assert (ahead < back)[steep_down].mean() > 0.999
    assert ahead[level] == pytest.approx(1.0, abs=0.02)


@pytest.mark.real
def test_the_heights_of_lapinlahti_are_not_those_of_the_extract(shared: Path) -> None:
    folder = shared / "data" / "helsinki"
    town = real_network(folder / "Helsinki.osm.pbf")
    message = r"covers 24.9104 to 24.9145 E, 60.1664 to 60.1695 N, the network 24.9.* and they do not overlap"
    with pytest.raises(LayerError, match=message):
        read_elevation(folder / "elevation_model_2021_lapinlahti.tif", town)
