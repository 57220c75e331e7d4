"""Reach of the school of one's own zone, and places shared out, worked by hand on the toy town."""

from __future__ import annotations

import numpy as np
import pytest

from cfspace.access.pairs import Pairs
from cfspace.indicators import City, evaluate
from tests.indicators.toytown import book, city, facilities, homes, row, shuffled

ZONES = """
measure = "zone_coverage"
who = ["6_11", "12_14"]
target = "primary_school"
full_m = 500
zero_m = 1000
goal = 1.0
"""
SCHOOLS = facilities({"kind": "primary_school"}, {"kind": "primary_school", "x": 1900})


def test_the_walk_to_ones_own_school_counts_not_the_nearest() -> None:
    walks = homes(m_primary_school=[0.0, 100, 100, 0], zone_m_primary_school=[500.0, 501, np.inf, 750])
    table = evaluate(book(ZONES), city(homes_table=walks, places=SCHOOLS))
    assert row(table, "A", "6_11")[["numerator", "denominator"]].tolist() == [100.0, 160.0]
    assert row(table, "B")["value"] == 0.0
    # Home 4, 40 of 240 children: half of the credit between 500 and 1,000 m.
    assert row(table, "B")["score"] == pytest.approx(100 * 0.5 * 40 / 240)
    assert row(table, "A")[["age_band", "denominator"]].tolist() == ["6_14", 320.0]


def test_homes_without_a_zone_are_left_out_and_told() -> None:
    walks = homes(m_primary_school=[0.0] * 4, zone_m_primary_school=[100.0, np.nan, np.nan, np.nan])
    table = evaluate(book(ZONES), city(homes_table=walks, places=SCHOOLS), lang="en")
    assert row(table, "A")[["value", "denominator", "n_unmeasured"]].tolist() == [1.0, 200.0, 1]
    assert row(table, "B")["status"] == "no_data"
    assert row(table, "A")["note_en"] == "3 of 4 homes lie in no zone whose school is known"


def test_without_zones_there_is_no_data() -> None:
    table = evaluate(book(ZONES), city(homes_table=homes(m_primary_school=[0.0] * 4), places=SCHOOLS))
    assert row(table, "A")["reason_en"] == (
        "Primary school: the study has no attendance zones whose school it knows"
    )


FLOATING = """
measure = "floating_supply"
who = ["0_2"]
target = "childcare"
attribute = "capacity"
catchment_m = 800
per = 1000
value_unit = "places per 1000 children"
goal = 100
"""


def shared_out(capacity: list[float | None], **more: object) -> City:
    """Homes 1 and 2 reach the first place, homes 2 and 3 the second; home 4 only beyond 800 m."""
    places = facilities(*({"kind": "childcare", "capacity": amount} for amount in capacity))
    pairs = Pairs(
        origin=np.array([0, 1, 1, 2, 3], np.int32),
        target=np.array([0, 0, 1, 1, 1], np.int32),
        metres=np.array([100.0, 800.0, 300.0, 200.0, 800.1]),
        n_origins=4,
        n_targets=2,
    )
    return city(places=places, catchments={"childcare": pairs}, **more)


COMPLETE = {"childcare": "municipal_complete"}


def test_each_place_is_shared_by_all_who_reach_it() -> None:
    table = evaluate(book(FLOATING), shared_out([32.0, 26.0], evidence=COMPLETE))
    # 32 places for 100 + 60 children are 0.2 each, 26 for 60 + 200 are 0.1; home 2 has 0.3, home 4 nothing.
    assert row(table, "A1")["value"] == pytest.approx(1000 * 0.2)
    assert row(table, "A2")["value"] == pytest.approx(1000 * 0.3)
    assert row(table, "A")["value"] == pytest.approx(1000 * (100 * 0.2 + 60 * 0.3) / 160)
    assert row(table, "B")["value"] == pytest.approx(1000 * 200 * 0.1 / 240)
    assert row(table, "B")["score"] == pytest.approx(100 * 200 * 0.1 / 0.24 / 100)
    # What falls to all children is all that there is.
    assert row(table, "A")["numerator"] + row(table, "B")["numerator"] == pytest.approx(58)


def test_places_whose_amount_is_not_known_are_left_out_and_told() -> None:
    table = evaluate(book(FLOATING), shared_out([32.0, None], evidence=COMPLETE), lang="en")
    assert row(table, "B")["value"] == 0.0
    assert row(table, "A")["note_en"] == "capacity is not known for 1 of 2 places"
    none = evaluate(book(FLOATING), shared_out([None, None], evidence=COMPLETE), lang="en")
    assert row(none, "A")["reason"] == "capacity is not known for 2 of 2 places"


def test_sharing_needs_children_walks_and_lists_that_show_absence() -> None:
    head = 'absence_unprovable = ["childcare"]'
    told = row(evaluate(book(FLOATING, head=head), shared_out([1.0, 1.0])), "A")["reason_en"]
    assert told.endswith("only a complete municipal list could show where there is none")
    area = shared_out([1.0, 1.0], weights="floor_area_m2")
    assert "how many children" in row(evaluate(book(FLOATING), area), "A")["reason_en"]
    no_walks = city(places=area.facilities)
    assert "walks between homes and places" in row(evaluate(book(FLOATING), no_walks), "A")["reason_en"]


def test_the_order_of_homes_plays_no_part() -> None:
    walks = homes(m_primary_school=[0.0] * 4, zone_m_primary_school=[500.0, 501, np.inf, 750])
    town = city(homes_table=walks, places=SCHOOLS)
    expected = evaluate(book(ZONES), town)
    assert evaluate(book(ZONES), shuffled(town, 1)).equals(expected)
