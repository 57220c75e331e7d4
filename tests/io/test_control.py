"""A city's own grid by control points: fitted, told, and refused where it does not fit."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from cfspace.errors import CrsError, LayerError
from cfspace.io.control import ControlFit, read_control_points
from cfspace.io.frame import metric_crs
from cfspace.io.layers import read_layer
from tests.io.makers import write_csv

CRS = metric_crs(125.32, 43.88)
# Six points over a city of 20 km, in metres of the true frame.
TRUE = np.asarray([[-9e3, -8e3], [8e3, -9e3], [9e3, 9e3], [-8e3, 7e3], [0, 0], [3e3, -4e3]], dtype=float)
TURN = np.radians(1.5)


def to_grid(true: np.ndarray, *, squeeze: float = 1.0) -> np.ndarray:
    """Return the city's grid: turned by 1.5 degrees, 50 ppm too long, with round false origins."""
    turned = true @ np.asarray([[np.cos(TURN), np.sin(TURN)], [-np.sin(TURN), np.cos(TURN)]])
    return turned * [1.00005, 1.00005 * squeeze] + [50_000.0, 20_000.0]


def write_points(path: Path, grid: np.ndarray, true: np.ndarray = TRUE) -> Path:
    degrees = gpd.GeoSeries(shapely.points(true), crs=CRS).to_crs(4326)
    rows = [
        f"{east:.4f},{north:.4f},{point.x:.10f},{point.y:.10f}"
        for (east, north), point in zip(grid, degrees, strict=True)
    ]
    return write_csv(path, "\n".join(["east_m,north_m,lon_deg,lat_deg", *rows]) + "\n")


def fit(path: Path, grid: np.ndarray, true: np.ndarray = TRUE) -> ControlFit:
    return read_control_points(write_points(path, grid, true))


def test_a_turned_and_scaled_grid_is_found_by_a_similarity(tmp_path: Path) -> None:
    found = fit(tmp_path / "c.csv", to_grid(TRUE))
    assert found.kind == "similarity"
    assert found.residuals_m.max() < 0.01
    assert "similarity fit to 6 control points" in str(found)


def test_a_grid_stretched_one_way_needs_an_affine(tmp_path: Path) -> None:
    found = fit(tmp_path / "c.csv", to_grid(TRUE, squeeze=1.001))  # 9 m at the edge
    assert found.kind == "affine"
    assert found.residuals_m.max() < 0.01


def test_a_layer_in_the_grid_lands_where_it_is(tmp_path: Path) -> None:
    points = write_points(tmp_path / "c.csv", to_grid(TRUE))
    east, north = to_grid(np.asarray([[2500.0, 1200.0]]))[0]
    path = write_csv(tmp_path / "l.csv", f"name,x,y\n甲,{east:.4f},{north:.4f}\n")
    layer = read_layer(path, layer="park", lon="x", lat="y", datum=str(points))
    found = layer.frame.to_crs(CRS).geometry.iloc[0]
    assert found.distance(shapely.Point(2500, 1200)) < 0.01
    assert "residuals 0.00 m in the mean" in layer.report.notes[0]


def test_a_shapefile_without_crs_can_be_of_the_grid(tmp_path: Path) -> None:
    points = write_points(tmp_path / "c.csv", to_grid(TRUE))
    square = shapely.Polygon(to_grid(np.asarray([[0.0, 0.0], [100.0, 0.0], [100.0, 100.0], [0.0, 100.0]])))
    gpd.GeoDataFrame({"code": ["1"]}, geometry=[square]).to_parquet(tmp_path / "u.parquet")
    layer = read_layer(
        tmp_path / "u.parquet", layer="district", id="code", datum=str(points), shapes="polygon"
    )
    assert layer.frame.to_crs(CRS).area.iloc[0] == pytest.approx(10_000, rel=1e-4)


def noisy(off_m: float) -> np.ndarray:
    grid = to_grid(TRUE)
    grid[2, 0] += off_m
    return grid


@pytest.mark.parametrize(
    ("grid", "true", "message"),
    [
        (noisy(60.0), TRUE, r"the points do not fit to 2 m \(row 4 by .* correct or remove the wrong ones"),
        (
            to_grid(TRUE)[:, ::-1],
            TRUE,
            r"east_m and north_m are swapped; name the columns the other way round",
        ),
        (to_grid(TRUE)[:2], TRUE[:2], r"2 control points, expected 3 or more"),
        (to_grid(TRUE[[0, 0, 0]]), TRUE[[0, 0, 0]], r"all control points are one place"),
    ],
)
def test_points_that_do_not_fit_are_refused(
    tmp_path: Path, grid: np.ndarray, true: np.ndarray, message: str
) -> None:
    with pytest.raises(LayerError, match=message):
        fit(tmp_path / "c.csv", grid, true)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x,y\n1,2\n", r"no column 'east_m', 'north_m', 'lon_deg', 'lat_deg'"),
        ("east_m,north_m,lon_deg,lat_deg\n1,2,125.3,约43\n", r"lat_deg = '约43' in row 2 is not a number"),
        (
            "east_m,north_m,lon_deg,lat_deg\n0,0,43.87,125.30\n1607,0,43.87,125.32\n0,1777,43.886,125.30\n",
            r"longitude and latitude are swapped \(first record: 43.87, 125.3\)",
        ),
        (
            "east_m,north_m,lon_deg,lat_deg\n0,0,125.3,43.87\n1607,0,125.32,43.87\n0,1777,1253,43.886\n",
            r"lon_deg, lat_deg = 1253, 43.886 in row 4 are no WGS-84 degrees",
        ),
    ],
)
def test_a_file_of_something_else_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(LayerError, match=message):
        read_control_points(write_csv(tmp_path / "c.csv", text))
    with pytest.raises(LayerError, match="there is no such file"):
        read_control_points(tmp_path / "absent.csv")


def test_a_layer_far_from_the_points_is_refused(tmp_path: Path) -> None:
    points = write_points(tmp_path / "c.csv", to_grid(TRUE))
    path = write_csv(tmp_path / "l.csv", "name,x,y\n甲,525638,4859390\n")
    with pytest.raises(CrsError, match=r"km from the middle of the control points.*which column is east"):
        read_layer(path, layer="park", lon="x", lat="y", datum=str(points))


def test_points_on_one_line_are_refused_since_a_mirrored_grid_fits_them_as_well(tmp_path: Path) -> None:
    line = np.asarray([[-4e3, -2e3], [-2e3, -1e3], [0.0, 0.5], [2e3, 1e3], [4e3, 2e3]])
    for grid in (to_grid(line), to_grid(line)[:, ::-1]):
        with pytest.raises(
            LayerError, match=r"lie on one line.* whether east_m and north_m are swapped; add"
        ):
            fit(tmp_path / "c.csv", grid, line)


def test_doubt_grows_with_the_way_from_points_that_lie_close_together(tmp_path: Path) -> None:
    # Three corners of a building 50 m wide, 0.5 m off each: a degree of turn, which is 50 m in 5 km.
    near = np.asarray([[0.0, 0.0], [50.0, 0.0], [0.0, 50.0]])
    grid = to_grid(near) + np.asarray([[0.5, 0.0], [-0.5, 0.5], [0.0, -0.5]])
    found = fit(tmp_path / "c.csv", grid, near)
    east, north = to_grid(np.asarray([[5e3, 2e3]]))[0]
    assert 10.0 < found.doubt_m(5e3) < 100.0
    with pytest.raises(
        CrsError, match=r"leave positions there in doubt by \d+ m; give control points spread"
    ):
        found.check_near(np.asarray([east]), np.asarray([north]), where="park (l.csv)")
    found.check_near(grid[:, 0], grid[:, 1], where="park (l.csv)")
