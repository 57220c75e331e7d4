"""Ratio, presence, equipped, land coverage and audit, worked by hand on the toy town."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point, box

from cfspace.indicators import City, evaluate
from tests.indicators.toytown import CRS, book, city, facilities, row, shuffled, units

WHEELS = """
measure = "ratio"
who = "none"
target = "library"
checks = [{ attribute = "wheelchair", credits = { yes = 1.0, limited = 0.5 } }]
goal = 1.0
"""


def libraries(*wheelchair: object) -> gpd.GeoDataFrame:
    return facilities(*[{"kind": "library", "x": 100, "wheelchair": one} for one in wheelchair])


def test_unknown_answers_are_left_out_and_bound_the_value() -> None:
    table = evaluate(book(WHEELS), city(places=libraries("yes", "limited", "no", None)))
    # known: 1 + 0.5 + 0 of 3; the fourth bad: 1.5 of 4, good: 2.5 of 4
    found = row(table, "A")
    assert found[["numerator", "denominator", "value", "score"]].tolist() == [1.5, 3.0, 0.5, 50.0]
    assert found[["value_low", "value_high"]].tolist() == [0.375, 0.625]
    assert (found["n_facilities"], found["age_band"]) == (4, "all")
    assert found["note_en"] == "wheelchair: 3 of 4 answers known"
    assert row(table, "B")["reason_en"] == "wheelchair is not known for any place here"


def test_nothing_known_is_no_data() -> None:
    table = evaluate(book(WHEELS), city(places=libraries(None, None)), lang="en")
    assert row(table, "A")["reason"] == "wheelchair is not known for any of 2 places"


def test_several_checks_are_so_many_answers() -> None:
    rule = WHEELS.replace("checks = [", 'checks = [{ attribute = "area_m2", min = 10 }, ')
    places = libraries("yes", "no").assign(area_m2=[10.0, None])
    assert row(evaluate(book(rule), city(places=places)), "A")[["numerator", "denominator"]].tolist() == [
        2.0,
        3.0,
    ]


def test_a_place_of_two_kinds_counts_once() -> None:
    rule = WHEELS.replace('"library"', '"care"')
    targets = '[[target]]\nid = "care"\nkinds = ["hospital", "paediatric_hospital"]'
    same = {"x": 100, "wheelchair": "yes", "source_id": "way/9"}
    places = facilities({"kind": "hospital", **same}, {"kind": "paediatric_hospital", **same})
    assert row(evaluate(book(rule, targets=targets), city(places=places)), "A")["denominator"] == 1.0


PRESENCE = """
measure = "presence"
who = "none"
target = "children_home"
of_level = "street"
goal = 0.9
"""
COMPLETE = {"children_home": "municipal_complete"}


def test_presence_is_a_yes_per_unit_and_a_share_above() -> None:
    places = facilities({"kind": "children_home", "x": 100}, {"kind": "children_home", "x": 200})
    table = evaluate(book(PRESENCE), city(places=places, evidence=COMPLETE))
    assert row(table, "A1")["value"] == 1.0
    assert row(table, "A2")["value"] == 0.0
    assert row(table, "A")[["numerator", "denominator", "n_facilities"]].tolist() == [1.0, 2.0, 2]
    assert row(table, "A")["score"] == pytest.approx(100 * 0.5 / 0.9)


def test_presence_without_units_of_its_level_is_no_data() -> None:
    rule = PRESENCE.replace('"street"', '"community"')
    table = evaluate(book(rule), city(evidence=COMPLETE), lang="en")
    assert row(table, "A")["reason"] == "the study has no units of level community"


def test_a_complete_list_that_is_empty_is_absence() -> None:
    head = 'absence_unprovable = ["children_home"]'
    assert row(evaluate(book(PRESENCE, head=head), city(evidence=COMPLETE)), "A")["value"] == 0.0
    by_osm = city(places=facilities({"kind": "children_home", "x": 9}))
    assert row(evaluate(book(PRESENCE, head=head), by_osm), "A")["status"] == "no_data"


def square(x: float, size: float) -> object:
    return box(x, 500, x + size, 500 + size)


EQUIPPED = """
measure = "equipped"
who = "none"
of = ["park"]
having = ["playground"]
within_m = 20
goal = 1.0
"""


def test_at_hand_is_within_the_distance_of_the_edge() -> None:
    places = facilities(
        {"kind": "park", "geometry": square(0, 100)},
        {"kind": "park", "geometry": square(200, 100)},
        {"kind": "park", "geometry": square(700, 100)},
        {"kind": "playground", "geometry": Point(120.0, 550)},  # 20 m from the first
        {"kind": "playground", "geometry": Point(179.9, 550)},  # 20.1 m from the second
    )
    table = evaluate(book(EQUIPPED), city(places=places))
    assert row(table, "A1")[["numerator", "denominator"]].tolist() == [1.0, 2.0]
    assert row(table, "A")["value"] == 1 / 3
    assert row(table, "B")["reason_zh"] == "此处没有所考察的场所"


def test_a_host_that_is_named_is_equipped_wherever_the_point_lies() -> None:
    rule = """
measure = "equipped"
who = "none"
of = ["venue_large", "venue_busy"]
having = ["nursing_room"]
within_m = 50
host = "host"
goal = 0.8
"""
    targets = """
[[target]]
id = "venue_large"
kinds = ["venue"]
where = [{ attribute = "floor_area_m2", min = 10000 }]
[[target]]
id = "venue_busy"
kinds = ["venue"]
where = [{ attribute = "visitors_per_day", min = 10000 }]
"""
    places = facilities(
        {
            "kind": "venue",
            "x": 0,
            "name": "North Station",
            "floor_area_m2": 20000.0,
            "visitors_per_day": None,
        },
        {"kind": "venue", "x": 400, "name": "Mall", "floor_area_m2": 500.0, "visitors_per_day": 12000.0},
        {"kind": "venue", "x": 400, "name": "Shop", "floor_area_m2": 500.0, "visitors_per_day": 10.0},
        {"kind": "nursing_room", "x": 900, "host": " north station"},
    )
    town = city(places=places, evidence={"nursing_room": "municipal_complete"})
    assert row(evaluate(book(rule, targets=targets), town), "A1")[["numerator", "denominator"]].tolist() == [
        1.0,
        2.0,
    ]


def blocks() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        geometry=[box(0, 0, 100, 100), box(200, 0, 300, 100), box(1200, 0, 1300, 100)], crs=CRS
    )


def test_residential_blocks_can_be_asked() -> None:
    rule = EQUIPPED.replace('["park"]', '["residential"]')
    places = facilities({"kind": "playground", "geometry": Point(50, 119)})
    table = evaluate(book(rule), city(places=places, residential=blocks()))
    assert row(table, "A")[["numerator", "denominator"]].tolist() == [1.0, 2.0]
    assert row(table, "B")["value"] == 0.0
    assert row(evaluate(book(rule), city(places=places)), "A")["reason_zh"] == "研究数据中没有居住用地"


LAND = """
measure = "land_coverage"
who = "none"
reach = [{ target = "park", full_m = 50 }]
report_only = true
goal = 0.8
"""


def test_land_within_a_straight_line_of_a_park() -> None:
    places = facilities({"kind": "park", "geometry": box(100, -200, 150, 300)})
    table = evaluate(book(LAND), city(places=places, residential=blocks()))
    # 50 m west of the park is half of the first block; 50 m east of it ends where the second begins
    found = row(table, "A")
    assert found["numerator"] == pytest.approx(5000.0, abs=1e-6)
    assert found["denominator"] == 20000.0
    assert not found["scored"]
    assert row(table, "B")["value"] == 0.0


def test_land_needs_land_and_parks() -> None:
    assert row(evaluate(book(LAND), city(evidence={"park": "osm"})), "A")["status"] == "no_data"
    assert row(evaluate(book(LAND), city(residential=blocks())), "A")["status"] == "no_data"


AUDIT = """
measure = "audit"
who = "none"
kinds = ["library"]
items = ["childrens_area", "quiet"]
goal = 1.0
report_only = true
"""


def audited(*answers: tuple[str, str, object]) -> City:
    table = pd.DataFrame(answers, columns=["facility_id", "item", "value"])
    table = table.assign(kind="library", level=None, unit_id=None)
    return city(places=libraries(None, None), audits=table)


def test_known_answers_of_a_checklist() -> None:
    town = audited(
        ("library/f0", "childrens_area", "是"),
        ("library/f0", "quiet", "no"),
        ("library/f1", "childrens_area", "unknown"),
        ("library/f1", "other", "yes"),
        ("library/f9", "quiet", "yes"),
    )
    found = row(evaluate(book(AUDIT), town), "A")
    assert found[["numerator", "denominator", "n_facilities"]].tolist() == [1.0, 2.0, 1]
    assert found[["value_low", "value_high"]].tolist() == [1 / 3, 2 / 3]
    assert found["note_en"] == "2 of 4 answers known; 1 answers name no place of the study"


def test_an_answer_given_twice_counts_once() -> None:
    town = audited(("library/f0", "quiet", "yes"), ("library/f0", "quiet", "no"))
    assert row(evaluate(book(AUDIT), town), "A")[["numerator", "denominator"]].tolist() == [1.0, 1.0]


def test_no_answers_are_no_data() -> None:
    assert row(evaluate(book(AUDIT), city()), "A")["reason_en"] == (
        "no answers to the checklist items childrens_area, quiet"
    )


def test_a_checklist_of_units_sums_up() -> None:
    rule = AUDIT.replace('kinds = ["library"]\n', "")
    answers = pd.DataFrame(
        {"level": "street", "unit_id": ["A1", "A2", "B1"], "item": "quiet", "value": [1, 0, None]}
    )
    town = city(audits=answers.assign(kind=None, facility_id=None))
    table = evaluate(book(rule), town)
    assert row(table, "A")[["numerator", "denominator"]].tolist() == [1.0, 2.0]
    assert row(table, "A1")["value"] == 1.0
    assert row(table, "B")["status"] == "no_data"


def test_what_is_answered_for_a_unit_is_not_told_of_its_parts() -> None:
    rule = AUDIT.replace('kinds = ["library"]\n', "")
    answers = pd.DataFrame(
        {"level": "district", "unit_id": ["A", "B"], "item": "quiet", "value": ["yes", "no"]}
    )
    table = evaluate(book(rule), city(audits=answers.assign(kind=None, facility_id=None)))
    assert row(table, "A")["value"] == 1.0
    assert table.loc[table["unit_level"] == "street", "value"].isna().all()


def test_a_unit_partly_outside_the_data_is_told_and_not_scored() -> None:
    town = city(places=libraries("yes"), of_units=units(covered_share=[0.89, 1.0]))
    found = row(evaluate(book(WHEELS), town), "A")
    assert found[["status", "value", "covered_share"]].tolist() == ["partial_extract", 1.0, 0.89]
    assert np.isnan(found["score"])


@pytest.mark.parametrize("rule", [WHEELS, PRESENCE, EQUIPPED])
def test_the_order_of_rows_plays_no_part(rule: str) -> None:
    places = facilities(
        *[{"kind": "library", "x": 90 * n, "wheelchair": "yes" if n % 2 else "no"} for n in range(20)],
        *[{"kind": "park", "geometry": square(130 * n, 60)} for n in range(12)],
        *[{"kind": "playground", "x": 170 * n} for n in range(11)],
        {"kind": "children_home", "x": 700},
    )
    town = city(places=places, evidence=COMPLETE)
    expected = evaluate(book(rule), town)
    assert evaluate(book(rule), shuffled(town, 3)).equals(expected)
    assert evaluate(book(rule), replace(town)).equals(expected)


def test_where_too_little_is_known_there_is_no_value() -> None:
    head = "min_answered_share = 0.3"
    one_of_three, one_of_four = libraries("yes", None, None), libraries("yes", None, None, None)
    assert row(evaluate(book(WHEELS, head=head), city(places=one_of_three)), "A")["status"] == "ok"
    found = row(evaluate(book(WHEELS, head=head), city(places=one_of_four)), "A")
    assert found[["status", "reason_en"]].tolist() == ["no_data", "too few answers are known here"]
    assert found[["value", "numerator", "value_low", "score"]].isna().all()
