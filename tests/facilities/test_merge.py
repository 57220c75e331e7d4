from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cfspace.facilities.kinds import KindRules
from cfspace.facilities.merge import MERGE_COLUMNS, Merged, folded, merge
from cfspace.facilities.municipal import read_list
from cfspace.facilities.osm import match_osm
from tests.facilities.places import CRS, Place, features, section, square, write_list


@pytest.fixture
def merged(tmp_path: Path, rules: KindRules) -> Any:
    def run(kind: str, rows: list[dict[str, Any]], *places: Place, complete: bool = False) -> Merged:
        osm = match_osm(features(*places), rules, crs=CRS).facilities
        columns = {name: name for name in rows[0] if name not in ("x_m", "y_m", "name")}
        municipal = read_list(section(write_list(tmp_path, rows), kind, columns=columns), rules, crs=CRS)
        replaced = np.ones(len(osm), dtype=bool) if complete else None
        return merge(
            osm, municipal.facilities, kind=kind, substitutes=rules.substitutes(kind), replaced=replaced
        )

    return run


def test_a_matched_place_is_one_row_with_both_provenances(merged: Any) -> None:
    result = merged(
        "kindergarten",
        [{"x_m": 60, "y_m": 0, "name": "南关区红星幼儿园", "capacity": 300}],
        (
            {"amenity": "kindergarten", "name": "红星幼儿园", "capacity": "250", "wheelchair": "yes"},
            square(0, -10, 20),
        ),
    )
    row = result.facilities.iloc[0]
    assert len(result.facilities) == 1
    assert (row["source"], row["source_id"]) == ("osm+municipal:list.csv", "list/row2+way/1")
    assert (row["capacity"], row["wheelchair"]) == (300.0, "yes")
    assert row.geometry.geom_type == "Polygon"
    assert row["area_m2"] == pytest.approx(400, rel=1e-6)
    match = result.merges.iloc[0]
    assert match["status"] == "match"
    assert match["distance_m"] == pytest.approx(40.0, abs=0.1)


def test_the_nearer_of_two_namesakes_is_taken_once(merged: Any) -> None:
    library = {"amenity": "library", "name": "南湖图书馆"}
    result = merged(
        "library",
        [{"x_m": 0, "y_m": 0, "name": "南湖图书馆"}, {"x_m": 90, "y_m": 0, "name": "南湖图书馆"}],
        (library, (10.0, 0.0)),
        (library, (100.0, 0.0)),
    )
    assert result.merges["other_id"].tolist() == ["library/node/1", "library/node/2"]
    assert len(result.facilities) == 2


DISTANCES = [(140.0, "match"), (160.0, "near_miss")]


@pytest.mark.parametrize(("x_m", "status"), DISTANCES)
def test_the_same_name_matches_up_to_150_metres(merged: Any, x_m: float, status: str) -> None:
    result = merged(
        "clinic",
        [{"x_m": 0, "y_m": 0, "name": "永春社区卫生服务中心"}],
        ({"amenity": "clinic", "name": "永春社区卫生服务中心"}, (x_m, 0.0)),
    )
    assert status in set(result.merges["status"])
    assert len(result.facilities) == (1 if status == "match" else 2)


def test_other_numbers_are_other_schools_however_near(merged: Any) -> None:
    result = merged(
        "primary_school",
        [{"x_m": 0, "y_m": 0, "name": "第一小学"}],
        ({"amenity": "school", "name": "第二小学"}, (15.0, 0.0)),
    )
    assert len(result.facilities) == 2
    assert result.merges["status"].tolist() == ["municipal_only", "near_miss", "osm_only"]


def test_a_nameless_place_matches_only_close_by(merged: Any) -> None:
    rows = [{"x_m": 0, "y_m": 0, "name": "一号公厕"}, {"x_m": 500, "y_m": 0, "name": "二号公厕"}]
    result = merged(
        "toilet", rows, ({"amenity": "toilets"}, (20.0, 0.0)), ({"amenity": "toilets"}, (560.0, 0.0))
    )
    assert len(result.facilities) == 3


def test_a_list_tells_the_level_of_a_school_that_osm_leaves_open(merged: Any) -> None:
    result = merged(
        "primary_school",
        [{"x_m": 50, "y_m": 50, "name": "龙岗外国语学校"}],
        ({"amenity": "school", "name": "龙岗外国语学校"}, square(0, 0, 100)),
    )
    school = result.facilities[result.facilities["kind"] == "primary_school"].iloc[0]
    assert school.geometry.geom_type == "Polygon"
    assert result.substituted == ("school/way/1",)


def test_a_complete_list_leaves_out_what_is_not_on_it_and_says_so(merged: Any) -> None:
    result = merged(
        "library",
        [{"x_m": 0, "y_m": 0, "name": "南湖图书馆"}],
        ({"amenity": "library", "name": "南湖图书馆"}, (5.0, 0.0)),
        ({"amenity": "library", "name": "老图书馆"}, (2000.0, 0.0)),
        ({"amenity": "toilets"}, (0.0, 0.0)),
        complete=True,
    )
    assert sorted(result.facilities["kind"]) == ["library", "toilet"]
    left = result.merges[result.merges["status"] == "left_out"]
    assert left["name"].tolist() == ["老图书馆"]


def test_every_row_of_both_lists_is_told_once_as_match_or_leftover(merged: Any) -> None:
    rows = [{"x_m": 300.0 * i, "y_m": 0, "name": f"第{i + 1}小学"} for i in range(6)]
    places = [
        ({"amenity": "school", "name": f"第{i + 1}小学"}, (300.0 * i + 20, 0.0)) for i in range(0, 9, 2)
    ]
    table = merged("primary_school", rows, *places).merges
    assert list(table.columns) == list(MERGE_COLUMNS)
    assert (table["status"] == "match").sum() + (table["status"] == "municipal_only").sum() == 6
    assert (table["status"] == "match").sum() + (table["status"] == "osm_only").sum() == 5


def test_a_place_on_two_lists_is_one_place(tmp_path: Path, rules: KindRules) -> None:
    public = [
        {"x_m": 0, "y_m": 0, "name": "红星幼儿园", "places": "300", "lead": "甲"},
        {"x_m": 900, "y_m": 0, "name": "蓝天幼儿园", "places": "200", "lead": "乙"},
    ]
    inclusive = [
        {"x_m": 30, "y_m": 0, "name": "南关区红星幼儿园", "inclusive": "是", "lead": 3},
        {"x_m": 920, "y_m": 0, "name": "", "inclusive": "否", "lead": 4},
    ]
    first = section(
        write_list(tmp_path, public, file="a.csv"), "kindergarten", columns={"capacity": "places"}
    )
    second = section(
        write_list(tmp_path, inclusive, file="b.csv"), "kindergarten", columns={"inclusive": "inclusive"}
    )
    result = folded([read_list(one, rules, crs=CRS).facilities for one in (first, second)])
    both = result.facilities.set_index("facility_id").loc["kindergarten/a/row2"]
    assert len(result.facilities) == 3
    assert (both["capacity"], both["inclusive"]) == (300.0, "yes")
    assert both["source"] == "municipal:b.csv+municipal:a.csv"
    assert both.geometry.x == pytest.approx(0.0, abs=0.01)
    assert result.merges["status"].tolist() == ["list_duplicate"]
