from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely

from cfspace.errors import CrsError, LayerError
from cfspace.facilities.kinds import KindRules
from cfspace.facilities.municipal import outside_notes, read_list
from cfspace.io.frame import metric_crs
from tests.facilities.places import CRS, section, write_list
from tests.io.makers import write_csv


def test_a_list_becomes_facilities_with_its_own_attributes(tmp_path: Path, rules: KindRules) -> None:
    rows = [
        {"x_m": 0, "y_m": 0, "name": "阳光托育", "code": "022", "places": "６０", "kind": "是", "note": "新"},
        {"x_m": 9, "y_m": 0, "name": "", "code": "023", "places": "", "kind": "不详", "note": ""},
    ]
    columns = {"capacity": "places", "inclusive": "kind", "remark": "note"}
    path = write_list(tmp_path, rows)
    listed = read_list(section(path, "childcare", id="code", columns=columns), rules, crs=CRS)
    places = listed.facilities
    assert places["facility_id"].tolist() == ["childcare/list/022", "childcare/list/023"]
    assert places["source"].tolist() == ["municipal:list.csv"] * 2
    assert places["capacity"].tolist()[0] == 60.0
    assert np.isnan(places["capacity"].iloc[1])
    assert places["inclusive"].tolist()[0] == "yes"
    assert places["inclusive"].isna().tolist() == [False, True]
    assert places["remark"].tolist()[0] == "新"
    assert places.geometry.iloc[1].distance(places.geometry.iloc[0]) == pytest.approx(9.0, abs=1e-3)


def test_repeated_codes_still_give_unique_ids(tmp_path: Path, rules: KindRules) -> None:
    rows = [{"x_m": 40.0 * i, "y_m": 0, "name": f"书屋{i}", "code": "7"} for i in range(3)]
    listed = read_list(section(write_list(tmp_path, rows), "bookcase", id="code"), rules, crs=CRS)
    assert listed.facilities["source_id"].tolist() == ["list/7", "list/7#2", "list/7#3"]


@pytest.mark.parametrize(
    ("rows", "cure"),
    [
        # Urumqi lies at 87.6 E, so that both orders of degrees are places on the globe.
        ("甲,43.82,87.61\n乙,43.83,87.62\n", "longitude and latitude are swapped: name the columns"),
        ("甲,113.2,23.1\n乙,113.3,23.1\n", "check their CRS or datum, and that they are of this city"),
    ],
)
def test_a_list_of_another_place_is_refused_with_the_likely_cure(
    tmp_path: Path, rules: KindRules, rows: str, cure: str
) -> None:
    crs = metric_crs(87.6, 43.8)
    one = section(write_csv(tmp_path / "list.csv", "name,lon,lat\n" + rows), "clinic")
    extent = shapely.box(-20e3, -20e3, 20e3, 20e3)
    with pytest.raises(CrsError, match=f"all of 2 lie far outside the data, .*{cure}"):
        outside_notes([read_list(one, rules, crs=crs)], [one], extent=extent)


def test_a_list_of_schools_is_split_by_level(tmp_path: Path, rules: KindRules) -> None:
    names = ["第一小学", "力旺九年一贯制学校", "第十一高中", "外国语学校"]
    rows = [{"x_m": 500.0 * i, "y_m": 0, "name": name} for i, name in enumerate(names)]
    listed = read_list(section(write_list(tmp_path, rows), "school"), rules, crs=CRS)
    counts = listed.facilities["kind"].value_counts().to_dict()
    assert counts == {"primary_school": 2, "junior_school": 1, "senior_school": 1, "school": 1}
    assert set(listed.kinds) == {"school", "primary_school", "junior_school", "senior_school"}


def test_a_kind_of_the_users_own_is_taken_as_it_is(tmp_path: Path, rules: KindRules) -> None:
    path = write_list(tmp_path, [{"x_m": 0, "y_m": 0, "name": "教科所"}])
    assert read_list(section(path, "education"), rules, crs=CRS).facilities["kind"].tolist() == ["education"]


def test_a_missing_column_is_refused(tmp_path: Path, rules: KindRules) -> None:
    path = write_list(tmp_path, [{"x_m": 0, "y_m": 0, "name": "a"}])
    with pytest.raises(LayerError, match="places"):
        read_list(section(path, "childcare", columns={"capacity": "places"}), rules, crs=CRS)
