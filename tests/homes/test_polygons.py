"""Homes from polygons: points spread inside, the same ones whatever the file's order."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely

from cfspace.config.study import Polygons
from cfspace.errors import LayerError
from cfspace.homes.model import CHILDREN, Homes
from cfspace.homes.polygons import homes_from_polygons, spread_points
from tests.homes.conftest import CRS, square


def parcels(path: Path, shapes: list[shapely.Geometry], **columns: list[object]) -> Path:
    gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS).to_crs(4326).to_file(path)
    return path


def build(path: Path, **options: object) -> Homes:
    return homes_from_polygons(Polygons(file=path, **options), crs=CRS)  # type: ignore[arg-type]


def places(homes: Homes) -> set[tuple[float, float]]:
    return {(round(point.x, 3), round(point.y, 3)) for point in homes.frame.geometry}


def test_weights_sum_to_the_area_and_points_lie_inside(tmp_path: Path) -> None:
    shapes = [square(0, 0, 200), square(1000, 0, 100).union(square(1100, 0, 50))]
    homes = build(parcels(tmp_path / "p.gpkg", shapes))
    assert homes.frame["floor_area_m2"].sum() == pytest.approx(200**2 + 100**2 + 50**2, rel=1e-6)
    assert shapely.union_all(shapes).buffer(1e-3).covers(homes.frame.geometry.union_all())
    assert len(homes.frame) == pytest.approx((200**2 + 100**2 + 50**2) / 50**2, abs=3)
    assert homes.weights == "floor_area_m2"


def test_neighbouring_points_are_the_spacing_apart(crs: pyproj.CRS) -> None:
    points = spread_points(square(0, 0, 500), spacing_m=50.0, offset=(0.3, 0.8))
    assert len(points) == 100
    distances = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
    np.fill_diagonal(distances, np.inf)
    np.testing.assert_allclose(distances.min(axis=1), 50.0)


def test_the_same_polygon_gives_the_same_points_in_any_order(tmp_path: Path) -> None:
    shapes = [square(0, 0, 200), square(1000, 0, 100), square(3000, 0, 70)]
    forwards = build(parcels(tmp_path / "a.gpkg", shapes))
    backwards = build(parcels(tmp_path / "b.gpkg", shapes[::-1]))
    assert places(forwards) == places(backwards)
    assert places(forwards) == places(build(tmp_path / "a.gpkg"))


def test_a_polygon_that_the_grid_misses_still_has_a_home(tmp_path: Path) -> None:
    sliver = shapely.box(0, 0, 300, 0.5)
    points = spread_points(sliver, spacing_m=50.0, offset=(0.5, 0.9))
    assert len(points) == 1
    assert sliver.contains(shapely.Point(points[0]))
    assert build(parcels(tmp_path / "p.gpkg", [square(0, 0, 5)])).frame[
        "floor_area_m2"
    ].sum() == pytest.approx(25.0)


def test_a_column_can_be_the_weight(tmp_path: Path) -> None:
    path = parcels(tmp_path / "p.gpkg", [square(0, 0, 100), square(1000, 0, 100)], 户数=[30, 10])
    homes = build(path, weight="户数")
    assert homes.frame[CHILDREN[0]].sum() == pytest.approx(40.0)
    assert homes.weights == "population"
    assert "floor_area_m2" not in homes.frame


@pytest.mark.parametrize(
    ("households", "message"),
    [([30, None], r"户数 is blank in row 2; write 0 where nobody lives"), ([0, 0], r"户数 is 0 everywhere")],
)
def test_a_weight_that_is_unknown_or_nothing_is_refused(
    tmp_path: Path, households: list[object], message: str
) -> None:
    path = parcels(tmp_path / "p.gpkg", [square(0, 0, 100), square(1000, 0, 100)], 户数=households)
    with pytest.raises(LayerError, match=message):
        build(path, weight="户数")


def test_homes_need_polygons(tmp_path: Path) -> None:
    path = parcels(tmp_path / "p.gpkg", [shapely.Point(0, 0)], Type=["居住用地"])
    with pytest.raises(LayerError, match="a Point, expected a polygon"):
        build(path)


@pytest.mark.real
def test_changchun_parcels_keep_their_area(shared: Path, crs: pyproj.CRS) -> None:
    path = shared / "data/changchun_core/landuse_parcels.geojson"
    homes = build(path, where={"Type": "居住用地"})
    parcels = gpd.read_file(path).query("Type == '居住用地'").to_crs(crs)
    assert len(parcels) == 228
    assert homes.frame["floor_area_m2"].sum() == pytest.approx(parcels.area.sum(), rel=1e-9)
    assert homes.frame["home_id"].is_unique
