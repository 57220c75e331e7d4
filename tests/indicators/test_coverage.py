"""Coverage and its kin, worked by hand on the toy town."""

from __future__ import annotations

import numpy as np
import pytest

from cfspace.errors import ParameterError
from cfspace.indicators import evaluate
from tests.indicators.toytown import book, city, facilities, homes, row, shuffled

SCHOOL = facilities({"kind": "primary_school", "x": 100})
RULE = """
measure = "coverage"
who = ["6_11"]
target = "primary_school"
full_m = 500
zero_m = 1000
goal = 0.9
"""


def test_the_value_is_the_plain_share_and_grading_enters_the_score_alone() -> None:
    town = city(homes_table=homes(m_primary_school=[500.0, 750.0, 500.1, np.inf]), places=SCHOOL)
    table = evaluate(book(RULE), town)
    # A: 100 of 160 within 500 m; credit 100 * 1 + 60 * (1000 - 750) / 500 = 130 of 160
    district = row(table, "A")
    assert (district["numerator"], district["denominator"]) == (100.0, 160.0)
    assert district["value"] == 100.0 / 160.0
    assert district["score"] == pytest.approx(100 * (130 / 160) / 0.9, abs=1e-12)
    assert (district["status"], district["scored"], district["children"]) == ("ok", True, 160.0)
    # B: 500.1 m is beyond 500; credit 200 * (1000 - 500.1) / 500 of 240 children
    other = row(table, "B")
    assert other["value"] == 0.0
    assert other["score"] == pytest.approx(100 * (200 * 499.9 / 500 / 240) / 0.9, abs=1e-9)


def test_a_home_that_is_not_measured_is_left_out_of_both_and_counted() -> None:
    town = city(homes_table=homes(m_primary_school=[100.0, np.nan, np.nan, np.inf]), places=SCHOOL)
    table = evaluate(book(RULE), town)
    assert row(table, "A")[["numerator", "denominator", "n_unmeasured"]].tolist() == [100.0, 100.0, 1]
    assert row(table, "A")["children"] == 160.0
    assert row(table, "A2")["status"] == "no_data"
    assert row(table, "A2")["reason"] == "此处没有已测定住处的该年龄段儿童"


def test_a_combined_row_follows_the_bands_and_alone_is_scored() -> None:
    rule = RULE.replace('["6_11"]', '["6_11", "12_14"]')
    table = evaluate(
        book(rule), city(homes_table=homes(m_primary_school=[0.0, 0.0, 9e9, 9e9]), places=SCHOOL)
    )
    of_a = table[table["unit_id"] == "A"]
    assert of_a["age_band"].tolist() == ["6_11", "12_14", "6_14"]
    assert of_a["scored"].tolist() == [False, False, True]
    assert of_a["denominator"].tolist() == [160.0, 160.0, 320.0]


def test_each_band_has_its_own_distance_where_the_rule_says_so() -> None:
    rule = """
measure = "coverage"
who = ["3_5", "6_11"]
reach = [
  { target = "playground", full_m = 100, who = ["3_5"] },
  { target = "playground", full_m = 400, who = ["6_11"] },
]
goal = 0.7
"""
    town = city(
        homes_table=homes(m_playground=[100.0, 400.0, 401.0, 50.0]), places=facilities({"kind": "playground"})
    )
    table = evaluate(book(rule), town)
    # A: 3-5: 100 of 160; 6-11: 160 of 160; together 260 of 320
    assert row(table, "A", "3_5")["value"] == 100 / 160
    assert row(table, "A", "6_11")["value"] == 1.0
    assert row(table, "A", "3_11")["value"] == 260 / 320


def test_any_target_within_its_distance_serves_and_half_credit_enters_the_score_alone() -> None:
    rule = """
measure = "coverage"
who = "3_5"
reach = [{ target = "library", full_m = 1000 }, { target = "bookcase", full_m = 1000, credit = 0.5 }]
goal = 0.8
"""
    places = facilities({"kind": "library"}, {"kind": "bookcase"})
    near_library, near_bookcase = [900.0, 2000.0, 2000.0, 2000.0], [50.0, 50.0, np.inf, np.inf]
    town = city(homes_table=homes(m_library=near_library, m_bookcase=near_bookcase), places=places)
    district = row(evaluate(book(rule), town), "A")
    # 100 of 160 near a library; the 60 near a bookcase count half: (100 + 30) / 160 / 0.8 > 1
    assert district["value"] == 100 / 160
    assert district["score"] == pytest.approx(100.0)
    only_bookcase = city(homes_table=homes(m_library=[np.inf] * 4, m_bookcase=near_bookcase), places=places)
    assert row(evaluate(book(rule), only_bookcase), "A")["score"] == pytest.approx(100 * 0.5 / 0.8)


def test_no_facility_of_a_complete_kind_is_zero_and_of_an_unknown_kind_no_data() -> None:
    nowhere = homes(m_primary_school=[np.inf] * 4)
    empty = evaluate(book(RULE), city(homes_table=nowhere, evidence={"primary_school": "municipal_complete"}))
    assert row(empty, "A")[["value", "score", "status"]].tolist() == [0.0, 0.0, "ok"]
    unknown = evaluate(book(RULE), city(homes_table=nowhere, evidence={"primary_school": "none"}), lang="en")
    assert row(unknown, "A")["status"] == "no_data"
    assert np.isnan(row(unknown, "A")["score"])
    assert (
        row(unknown, "A")["reason"] == "Primary school: no source lists any, and none says that there is none"
    )


@pytest.mark.parametrize(
    ("evidence", "status"), [("osm", "no_data"), ("municipal", "no_data"), ("municipal_complete", "ok")]
)
def test_a_kind_whose_absence_cannot_be_shown_needs_a_complete_list(evidence: str, status: str) -> None:
    rule = RULE.replace("primary_school", "childcare")
    town = city(
        homes_table=homes(m_childcare=[0.0, 0.0, 0.0, 0.0]),
        places=facilities({"kind": "childcare"}),
        evidence={"childcare": evidence},
    )
    table = evaluate(book(rule, head='absence_unprovable = ["childcare"]'), town)
    assert row(table, "A")["status"] == status


NARROW = """
[[target]]
id = "hospital_paediatric"
kinds = ["hospital"]
where = [{ attribute = "paediatrics", equals = ["yes"] }]
"""


def test_a_narrowing_that_is_mostly_unknown_says_nothing_by_itself() -> None:
    rule = RULE.replace("primary_school", "hospital_paediatric")
    places = facilities({"kind": "hospital"}, {"kind": "hospital"}, {"kind": "paediatric_hospital"})
    walks = homes(m_hospital_paediatric=[0.0] * 4, m_paediatric_hospital=[0.0, 9e9, 9e9, 9e9])
    known = city(homes_table=walks, places=places.assign(paediatrics=["yes", None, None]))
    assert row(evaluate(book(rule, targets=NARROW), known), "A")["status"] == "ok"
    unknown = city(homes_table=walks, places=places.assign(paediatrics=None))
    alone = row(evaluate(book(rule, targets=NARROW), unknown), "A")
    assert alone["reason_en"] == "paediatrics is not known for 2 of 2 places"
    # Beside a target that can be known, it is told and does not silence it.
    both = """
measure = "coverage"
who = "6_11"
reach = [{ target = "paediatric_hospital", full_m = 500 }, { target = "hospital_paediatric", full_m = 500 }]
goal = 0.9
"""
    beside = row(evaluate(book(both, targets=NARROW), unknown), "A")
    assert beside["status"] == "ok"
    assert beside["note_en"] == "paediatrics is not known for 2 of 2 places"


def test_a_bundle_is_the_mean_share_of_services_and_silent_where_one_is_unknown() -> None:
    rule = """
measure = "bundle"
who = ["0_2", "3_5"]
reach = [{ target = "playground", full_m = 300 }, { target = "clinic", full_m = 500 }]
goal = 0.8
"""
    walks = homes(m_playground=[300.0, 301.0, 0.0, np.inf], m_clinic=[500.0, 500.0, np.inf, np.inf])
    places = facilities({"kind": "playground"}, {"kind": "clinic"})
    # A: 100 children have both, 60 have one of two: (100 + 30) / 160
    assert row(evaluate(book(rule), city(homes_table=walks, places=places)), "A", "0_2")["value"] == 130 / 160
    half_known = city(homes_table=walks, places=places, evidence={"clinic": "none"})
    assert row(evaluate(book(rule), half_known), "A")["status"] == "no_data"


def test_a_profile_ratio_counts_what_the_profile_still_reaches() -> None:
    rule = """
measure = "profile_ratio"
who = ["0_2"]
reach = [{ target = "park", full_m = 300 }, { target = "clinic", full_m = 500 }]
goal = 0.95
"""
    walks = homes(m_park=[300.0, 100.0, np.nan, 0.0], m_clinic=[500.0, 900.0, np.nan, 0.0])
    pushed = walks.assign(
        stroller_m_park=[400.0, 100.0, np.nan, 0.0], stroller_m_clinic=[500.0, np.inf, np.nan, 0.0]
    )
    places = facilities({"kind": "park"}, {"kind": "clinic"})
    table = evaluate(book(rule), city(homes_table=pushed, places=places))
    # A on foot: 100 * 2 + 60 * 1 = 260; with a stroller: 100 * 1 + 60 * 1 = 160
    assert row(table, "A")[["numerator", "denominator"]].tolist() == [160.0, 260.0]
    assert row(table, "B")["n_unmeasured"] == 1
    without = evaluate(book(rule), city(homes_table=walks, places=places), lang="en")
    assert row(without, "A")["reason"] == "walks with the profile stroller were not computed"


def test_few_children_are_told_and_scored() -> None:
    walks = homes(m_primary_school=[0.0] * 4).assign(children_6_11=[20.0, 29.9, 50.0, 0.0])
    table = evaluate(book(RULE), city(homes_table=walks, places=SCHOOL))
    assert row(table, "A")[["status", "value", "score"]].tolist() == ["few_children", 1.0, 100.0]
    assert row(table, "B")["status"] == "ok"


def test_homes_that_weigh_floor_area_say_nothing_of_numbers_of_children() -> None:
    walks = homes(m_primary_school=[0.0] * 4).assign(children_6_11=[20.0, 10.0, 50.0, 0.0])
    table = evaluate(book(RULE), city(homes_table=walks, places=SCHOOL, weights="floor_area_m2"))
    assert row(table, "A")[["status", "value_unit"]].tolist() == ["ok", "share of residential floor area"]
    assert np.isnan(row(table, "A")["children"])


def test_below_its_level_a_value_is_told_and_not_scored() -> None:
    rule = book(RULE.replace("goal = 0.9", "goal = 0.9").replace("full_m", "full_m"))
    coarse = rule.model_copy(
        update={"indicator": (rule.indicator[0].model_copy(update={"level": "district"}),)}
    )
    table = evaluate(coarse, city(homes_table=homes(m_primary_school=[0.0] * 4), places=SCHOOL))
    assert row(table, "A1")[["status", "value", "scored"]].tolist() == ["not_at_level", 1.0, False]
    assert np.isnan(row(table, "A1")["score"])


def test_one_more_school_never_lowers_coverage() -> None:
    rng = np.random.default_rng(7)
    for _ in range(50):
        before = rng.uniform(0, 1500, 4)
        after = np.minimum(before, rng.uniform(0, 1500, 4))
        tables = [
            evaluate(book(RULE), city(homes_table=homes(m_primary_school=list(metres)), places=SCHOOL))
            for metres in (before, after)
        ]
        assert (tables[1]["value"] >= tables[0]["value"]).all()
        assert (tables[1]["score"] >= tables[0]["score"]).all()
        assert tables[1]["score"].between(0, 100).all()


def test_streets_sum_to_their_district() -> None:
    table = evaluate(
        book(RULE), city(homes_table=homes(m_primary_school=[0.0, 600.0, 0.0, 9e9]), places=SCHOOL)
    )
    streets = table[table["unit_id"].isin(["A1", "A2"])]
    for column in ("numerator", "denominator", "children", "n_facilities", "n_unmeasured"):
        assert streets[column].sum() == row(table, "A")[column]


def test_the_order_of_rows_plays_no_part() -> None:
    walks = homes(m_primary_school=[0.1, 600.0, 0.3, 9e9]).assign(children_6_11=[0.1, 0.2, 0.3, 0.7])
    town = city(
        homes_table=walks, places=facilities(*[{"kind": "primary_school", "x": x} for x in (100, 700, 1300)])
    )
    expected = evaluate(book(RULE), town)
    for seed in range(5):
        assert evaluate(book(RULE), shuffled(town, seed)).equals(expected)


def test_a_missing_walk_is_refused() -> None:
    with pytest.raises(ParameterError, match="column m_primary_school is missing"):
        evaluate(book(RULE), city(places=SCHOOL))


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ParameterError, match="use zh or en"):
        evaluate(book(RULE), city(homes_table=homes(m_primary_school=[0.0] * 4), places=SCHOOL), lang="fr")


def test_homes_without_units_are_refused() -> None:
    with pytest.raises(ParameterError, match="column street_id is missing"):
        city(homes_table=homes().drop(columns="street_id"))
