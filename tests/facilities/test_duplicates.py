from __future__ import annotations

import pytest

from cfspace.facilities.duplicates import without_duplicates
from cfspace.facilities.kinds import KindRules
from cfspace.facilities.merge import Merged
from tests.facilities.places import Place, found, square

SCHOOL = {"amenity": "school", "isced:level": "1"}


def once(rules: KindRules, *places: Place) -> Merged:
    return without_duplicates(found(rules, *places), rules)


def test_a_school_as_point_and_area_counts_once_and_keeps_what_each_knows(rules: KindRules) -> None:
    result = once(
        rules,
        ({**SCHOOL, "name": "第一小学", "capacity": "900"}, (50.0, 50.0)),
        (SCHOOL, square(0, 0, 100)),
    )
    row = result.facilities.iloc[0]
    assert len(result.facilities) == 1
    assert (row["name"], row["capacity"], row["source_id"]) == ("第一小学", 900.0, "way/2+node/1")
    assert row.geometry.geom_type == "Polygon"
    assert result.merges["status"].tolist() == ["osm_duplicate"]


@pytest.mark.parametrize(("x_m", "n"), [(129.0, 1), (131.0, 2)])
def test_a_point_within_thirty_metres_of_the_area_is_the_same_school(
    rules: KindRules, x_m: float, n: int
) -> None:
    places = ({**SCHOOL, "name": "第一小学"}, (x_m, 50.0)), ({**SCHOOL, "name": "第1小学"}, square(0, 0, 100))
    assert len(once(rules, *places).facilities) == n


def test_two_schools_of_different_names_stay_two(rules: KindRules) -> None:
    places = (
        ({**SCHOOL, "name": "第一小学"}, (50.0, 50.0)),
        ({**SCHOOL, "name": "第二小学"}, square(0, 0, 100)),
    )
    assert len(once(rules, *places).facilities) == 2


def test_a_building_within_the_grounds_is_the_same_school(rules: KindRules) -> None:
    places = (SCHOOL, square(0, 0, 100)), (SCHOOL, square(20, 20, 30))
    facilities = once(rules, *places).facilities
    assert facilities["area_m2"].tolist() == pytest.approx([10_000], rel=1e-6)


def test_a_garden_within_a_park_adds_no_park(rules: KindRules) -> None:
    places = (
        ({"leisure": "park", "name": "南湖公园"}, square(0, 0, 300)),
        ({"leisure": "garden", "name": "牡丹园"}, square(50, 50, 40)),
        ({"leisure": "garden", "name": "月季园"}, square(290, 50, 40)),
    )
    assert once(rules, *places).facilities["name"].tolist() == ["南湖公园", "月季园"]


def test_an_area_of_unknown_level_takes_the_level_of_the_point_in_it(rules: KindRules) -> None:
    places = (
        ({"amenity": "school", "name": "力旺九年一贯制学校"}, (50.0, 50.0)),
        ({"amenity": "school"}, square(0, 0, 100)),
    )
    facilities = once(rules, *places).facilities
    assert facilities["kind"].tolist() == ["junior_school", "primary_school"]
    assert set(facilities.geometry.geom_type) == {"Polygon"}


def test_a_nameless_point_in_a_known_school_is_that_school(rules: KindRules) -> None:
    places = (
        ({"amenity": "school", "name": "第一小学"}, square(0, 0, 100)),
        ({"amenity": "school"}, (50.0, 50.0)),
    )
    assert once(rules, *places).facilities["kind"].tolist() == ["primary_school"]


def test_bus_stops_on_two_sides_of_a_street_stay_two(rules: KindRules) -> None:
    stop = {"highway": "bus_stop", "name": "人民广场"}
    assert len(once(rules, (stop, (0.0, 0.0)), (stop, (0.0, 20.0))).facilities) == 2


def test_the_same_clinic_entered_twice_counts_once(rules: KindRules) -> None:
    clinic = {"amenity": "clinic", "name": "南湖社区卫生服务站"}
    assert len(once(rules, (clinic, (0.0, 0.0)), (clinic, (12.0, 0.0))).facilities) == 1


def test_doing_it_twice_changes_nothing(rules: KindRules) -> None:
    first = once(rules, (SCHOOL, (50.0, 50.0)), (SCHOOL, square(0, 0, 100)), (SCHOOL, square(10, 10, 30)))
    second = without_duplicates(first.facilities, rules)
    assert second.facilities.equals(first.facilities)
    assert second.merges.empty
