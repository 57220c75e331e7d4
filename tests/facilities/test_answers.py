"""Checklists and attendance zones joined to the places they name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from cfspace.config.study import AuditSection, ZoneSection
from cfspace.errors import LayerError
from cfspace.facilities.answers import join_audits, join_zones
from cfspace.facilities.lookup import find_by_name
from tests.homes.conftest import CRS, make_units, square
from tests.io.makers import write_csv

UNITS = make_units(community={"01": square(0, 0, 1000), "02": square(1000, 0, 1000)})
FACILITIES = gpd.GeoDataFrame(
    {
        "facility_id": ["l/1", "l/2", "p/1", "p/2", "p/3"],
        "kind": ["library", "library", "primary_school", "primary_school", "primary_school"],
        "name": ["示例市图书馆", "春城城市书房", "示例市第一小学", "示例市第二小学", None],
    },
    geometry=gpd.points_from_xy(range(5), range(5)),
    crs=CRS,
)


def audit(path: Path, text: str, **options: Any) -> AuditSection:
    return AuditSection(file=write_csv(path, text), **options)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("示例市第一小学", "p/1"),
        ("第1小学校", "p/1"),
        ("示例市 第二小学（东校区）", "p/2"),
        ("第三小学", None),
        ("", None),
    ],
)
def test_a_name_finds_the_one_place_it_means(name: str, found: str | None) -> None:
    assert find_by_name([name], FACILITIES[FACILITIES["kind"] == "primary_school"]) == [found]


def test_a_name_that_two_places_share_finds_neither() -> None:
    twins = pd.DataFrame({"facility_id": ["a", "b"], "name": ["阳光幼儿园", "阳光幼儿园"]})
    assert find_by_name(["阳光幼儿园"], twins) == [None]
    assert find_by_name(["阳光幼儿园"], twins[:0]) == [None]


def test_answers_reach_their_facilities_and_strangers_are_told(tmp_path: Path) -> None:
    text = "名称,厕位\n市图书馆,是\n郊区书屋,否\n"
    section = audit(tmp_path / "a.csv", text, kind="library", facility="名称", columns={"toilet": "厕位"})
    answers = join_audits([section], facilities=FACILITIES, units=UNITS)
    assert answers.frame[["kind", "facility_id", "item", "value"]].to_numpy().tolist() == [
        ["library", "l/1", "toilet", "yes"]
    ]
    assert answers.notes == ("library audit: 1 of 2 places are no library of the study: 郊区书屋",)


def test_answers_reach_their_units_by_code(tmp_path: Path) -> None:
    text = "代码,洗手\n01,是\n02,不详\n09,否\n"
    section = audit(tmp_path / "a.csv", text, level="community", unit_id="代码", columns={"basins": "洗手"})
    answers = join_audits([section], facilities=FACILITIES, units=UNITS)
    assert answers.frame[["level", "unit_id", "item", "value"]].to_numpy().tolist() == [
        ["community", "01", "basins", "yes"],
        ["community", "02", "basins", "unknown"],
    ]
    assert answers.notes == ("community audit: 1 of 3 places are no community unit of the study: 09",)


def test_no_checklists_give_no_answers() -> None:
    answers = join_audits([], facilities=FACILITIES, units=UNITS)
    assert answers.frame.empty
    assert list(answers.frame.columns) == ["kind", "facility_id", "level", "unit_id", "item", "value"]


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        (
            "名称,厕位\n动物园,是\n",
            {"kind": "library", "facility": "名称"},
            r"none of 1 places is a library .*动物园",
        ),
        (
            "名称,厕位\n动物园,是\n",
            {"kind": "zoo", "facility": "名称"},
            r"none of 1 places is a zoo of the study",
        ),
        (
            "名称,厕位\n01,是\n",
            {"level": "street", "unit_id": "名称"},
            r"no such units; use one of community",
        ),
        (
            "名称,厕位\n市图书馆,尚可\n",
            {"kind": "library", "facility": "名称"},
            r"neither yes nor no: 厕位 = '尚可'",
        ),
    ],
)
def test_a_checklist_that_does_not_fit_is_refused(
    tmp_path: Path, text: str, options: dict[str, Any], message: str
) -> None:
    section = audit(tmp_path / "a.csv", text, columns={"toilet": "厕位"}, **options)
    with pytest.raises(LayerError, match=message):
        join_audits([section], facilities=FACILITIES, units=UNITS)


def zones(path: Path, names: list[str]) -> ZoneSection:
    shapes = [square(1000.0 * i, 0, 1000) for i in range(len(names))]
    gpd.GeoDataFrame({"学校": names}, geometry=shapes, crs=CRS).to_crs(4326).to_file(path)
    return ZoneSection(kind="primary_school", file=path, facility="学校")


def test_zones_find_their_schools(tmp_path: Path) -> None:
    found = join_zones(
        [zones(tmp_path / "z.geojson", ["第一小学", "新小学"])], facilities=FACILITIES, crs=CRS
    )
    assert found.frame["facility_id"].iloc[0] == "p/1"
    assert found.frame["facility_id"].isna().tolist() == [False, True]
    assert found.frame.crs == CRS
    assert shapely.area(found.frame.geometry.iloc[0]) == pytest.approx(1e6, rel=1e-4)
    assert found.notes == ("primary_school zones: 1 of 2 places are no primary_school of the study: 新小学",)
    assert join_zones([], facilities=FACILITIES, crs=CRS).frame.empty


def test_zones_of_another_city_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LayerError, match=r"none of 1 zones names a primary_school of the study \(南湖小学\)"):
        join_zones([zones(tmp_path / "z.geojson", ["南湖小学"])], facilities=FACILITIES, crs=CRS)
