"""Units: read, covered, told where they overlap, joined with facts, and points assigned to them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely

from cfspace.config.study import TableSection, UnitsSection
from cfspace.errors import LayerError
from cfspace.io.frame import metric_crs
from cfspace.units import Units, assign, read_units
from tests.io.makers import write_csv

CRS = metric_crs(125.32, 43.88)
EVERYWHERE = shapely.box(-1e5, -1e5, 1e5, 1e5)


def square(x_m: float, y_m: float, size_m: float = 1000.0) -> shapely.Polygon:
    return shapely.box(x_m, y_m, x_m + size_m, y_m + size_m)


def write_units(path: Path, units: dict[str, shapely.Polygon], **columns: list[object]) -> UnitsSection:
    """Write squares of the metric frame as GeoJSON: by code."""
    frame = gpd.GeoDataFrame({"code": list(units), **columns}, geometry=list(units.values()), crs=CRS)
    frame.to_crs(4326).to_file(path, driver="GeoJSON", COORDINATE_PRECISION=12)
    name = "name" if "name" in columns else None
    return UnitsSection(level="district", file=path, id="code", name=name)


def read(*specs: UnitsSection, **options: Any) -> Units:
    return read_units(specs, **{"crs": CRS, "extent": EVERYWHERE, **options})


def points_at(*places: tuple[float, float]) -> gpd.GeoSeries:
    return gpd.GeoSeries([shapely.Point(place) for place in places], crs=CRS)


def test_units_come_sorted_by_code_with_name_and_area(tmp_path: Path) -> None:
    spec = write_units(
        tmp_path / "u.geojson", {"02": square(1000, 0), "01": square(0, 0)}, name=["东区", None]
    )
    frame = read(spec).frames["district"]
    assert frame["unit_id"].tolist() == ["01", "02"]
    assert frame["unit_name"].tolist() == ["01", "东区"]  # no name: the code stands in
    assert frame.crs == CRS
    np.testing.assert_allclose(frame["area_m2"], 1e6, rtol=1e-6)


def test_covered_share_is_the_share_inside_the_data(tmp_path: Path) -> None:
    spec = write_units(
        tmp_path / "u.geojson", {"1": square(0, 0), "2": square(1000, 0), "3": square(5000, 0)}
    )
    units = read(spec, extent=shapely.box(0, 0, 1250, 1000))  # all of 1, a quarter of 2, nothing of 3
    np.testing.assert_allclose(units.frames["district"]["covered_share"], [1.0, 0.25, 0.0], atol=1e-6)
    assert units.notes == ("district: 1 of 3 units lie outside the data: 3",)


def test_with_a_study_area_the_share_is_of_what_lies_in_it(tmp_path: Path) -> None:
    spec = write_units(
        tmp_path / "u.geojson", {"1": square(0, 0), "2": square(1000, 0), "3": square(5000, 0)}
    )
    area = shapely.box(0, 0, 1500, 1000)  # all of 1, half of 2, nothing of 3
    units = read(spec, extent=shapely.box(0, 0, 1250, 1000), area=area)
    assert units.frames["district"]["unit_id"].tolist() == ["1", "2"]
    np.testing.assert_allclose(units.frames["district"]["covered_share"], [1.0, 0.5], atol=1e-6)
    assert units.notes == ("district: 1 units lie outside the study area and are left out: 3",)


def test_a_point_belongs_to_its_unit_to_the_lower_id_or_to_none(tmp_path: Path) -> None:
    spec = write_units(
        tmp_path / "u.geojson", {"10": square(0, 0), "9": square(500, 0), "11": square(9000, 0)}
    )
    units = read(spec)
    where = assign(points_at((100, 500), (750, 500), (1200, 500), (3000, 500)), units)
    assert where["district_id"].isna().tolist() == [False, False, False, True]
    assert where["district_id"].tolist()[:3] == ["10", "9", "9"]  # 9 is less than 10: both are numbers
    assert "9 and 10 (50.0%)" in units.notes[0]


def test_every_level_gets_a_column_and_no_point_is_lost(tmp_path: Path) -> None:
    districts = write_units(tmp_path / "d.geojson", {"1": square(0, 0, 2000)})
    streets = write_units(tmp_path / "s.geojson", {"11": square(0, 0), "12": square(1000, 0)})
    units = read(districts, streets.model_copy(update={"level": "street"}))
    random = np.random.default_rng(3)
    points = gpd.GeoSeries(shapely.points(random.uniform(0, 2000, (500, 2))), crs=CRS)
    where = assign(points, units)
    assert list(where.columns) == ["district_id", "street_id"]
    assert where["district_id"].notna().all()
    inside = [square(0, 0).covers(point) or square(1000, 0).covers(point) for point in points]
    assert where["street_id"].notna().tolist() == inside


def test_no_points_give_no_rows(tmp_path: Path) -> None:
    units = read(write_units(tmp_path / "u.geojson", {"1": square(0, 0)}))
    assert assign(points_at(), units).shape == (0, 1)


def test_moving_to_another_frame_keeps_shares_and_takes_areas_anew(tmp_path: Path) -> None:
    units = read(write_units(tmp_path / "u.geojson", {"1": square(0, 0)}))
    moved = units.to_crs(pyproj.CRS(4551))
    assert moved.frames["district"].crs == 4551
    assert moved.frames["district"]["area_m2"].iloc[0] == pytest.approx(1e6, rel=1e-3)
    assert moved.frames["district"]["covered_share"].tolist() == [1.0]


def test_facts_of_a_table_join_by_code_and_strangers_are_told(tmp_path: Path) -> None:
    spec = write_units(tmp_path / "u.geojson", {"01": square(0, 0), "02": square(1000, 0)})
    table = write_csv(tmp_path / "t.csv", "代码,人口\n01,500\n07,900\n")
    section = TableSection(level="district", file=table, unit_id="代码", columns={"residents": "人口"})
    units = read(spec, tables=[section])
    np.testing.assert_array_equal(units.frames["district"]["residents"], [500.0, np.nan])
    assert units.notes == (
        "district table: 1 codes are no unit's: 07",
        "district table: 1 units are not in it, unknown there: 02",
    )


def osm_with(boundaries: gpd.GeoDataFrame) -> Any:
    return SimpleNamespace(boundaries=boundaries, source=Path("city.osm.pbf"))


def boundaries() -> gpd.GeoDataFrame:
    columns = {"osm_id": [7, 8, 9], "admin_level": ["8", "8", "9"], "name": ["南关区", None, "街道"]}
    shapes = [square(0, 0), square(1000, 0), square(0, 0, 100)]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS).to_crs(4326)


def test_units_can_come_from_osm_boundaries() -> None:
    spec = UnitsSection.model_validate({"level": "district", "from": "osm", "admin_level": 8})
    frame = read(spec, osm=osm_with(boundaries())).frames["district"]
    assert frame["unit_id"].tolist() == ["7", "8"]
    assert frame["unit_name"].tolist() == ["南关区", "8"]


def test_a_level_that_osm_does_not_have_names_those_it_has() -> None:
    spec = UnitsSection.model_validate({"level": "district", "from": "osm", "admin_level": 6})
    with pytest.raises(
        LayerError, match=r"no boundary of this level in city\.osm\.pbf; .*there: 8 \(2\), 9 \(1\)"
    ):
        read(spec, osm=osm_with(boundaries()))
    with pytest.raises(LayerError, match="the study has no OSM data"):
        read(spec)


def test_units_far_from_the_data_are_refused(tmp_path: Path) -> None:
    spec = write_units(tmp_path / "u.geojson", {"1": square(30_000, 0)})
    with pytest.raises(
        LayerError, match=r"none of 1 units touches the data: they lie around 125\.7.*check the CRS"
    ):
        read(spec, extent=square(0, 0))


def test_a_code_that_stands_twice_is_refused(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"code": ["1", "1"]}, geometry=[square(0, 0), square(1000, 0)], crs=CRS)
    frame.to_crs(4326).to_file(tmp_path / "u.geojson")
    with pytest.raises(LayerError, match=r"code '1' stands in rows 1, 2; give each unit a code of its own"):
        read(UnitsSection(level="district", file=tmp_path / "u.geojson", id="code"))


def test_a_unit_without_code_is_refused(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"code": ["1", None]}, geometry=[square(0, 0), square(1000, 0)], crs=CRS)
    frame.to_crs(4326).to_file(tmp_path / "u.geojson")
    with pytest.raises(LayerError, match=r"no code in row 2; give every unit a code"):
        read(UnitsSection(level="district", file=tmp_path / "u.geojson", id="code"))


@pytest.mark.parametrize(
    ("text", "columns", "level", "message"),
    [
        (
            "代码,人口\n1,5\n",
            {"residents": "人口"},
            "district",
            r"none of 1 codes is a unit's: 1, .*like 01, 02",
        ),
        (
            "代码,人口\n01,5\n",
            {"residents": "人口"},
            "street",
            r"the study has no such units; use one of district",
        ),
        ("代码,人口\n01,5\n", {"area_m2": "人口"}, "district", r"'area_m2' is given already"),
        ("代码,人口\n01,很多\n", {"residents": "人口"}, "district", r"人口 = '很多' in row 2"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(
    tmp_path: Path, text: str, columns: dict[str, str], level: Any, message: str
) -> None:
    spec = write_units(tmp_path / "u.geojson", {"01": square(0, 0), "02": square(1000, 0)})
    table = TableSection(
        level=level, file=write_csv(tmp_path / "t.csv", text), unit_id="代码", columns=columns
    )
    with pytest.raises(LayerError, match=message):
        read(spec, tables=[table])
