"""Supply per head and the count norm, worked by hand on the toy town."""

from __future__ import annotations

import numpy as np
import pytest

from cfspace.config.rulebook import Uncertainty
from cfspace.indicators import City, evaluate
from tests.indicators.toytown import Units, book, city, facilities, homes, row, unit_frame, units

LISTED = Uncertainty().osm_completeness

PLACES = """
measure = "supply"
who = "all"
amounts = [{ target = "childcare", attribute = "capacity" }]
denominator = "residents"
per = 1000
value_unit = "places per 1000 residents"
goal = 4.5
"""
BEDS = """
measure = "supply"
who = ["0_2", "3_5", "6_11", "12_14"]
amounts = [{ table = "beds" }, { target = "paediatric_hospital", attribute = "beds" }]
denominator = "children"
per = 1000
value_unit = "beds per 1000 children"
goal = 3.17
"""
CHILDCARE = facilities(
    {"kind": "childcare", "x": 100, "capacity": 30, "district_id": "A"},
    {"kind": "childcare", "x": 700, "capacity": 60.0, "district_id": "A"},
    {"kind": "childcare", "x": 9000, "capacity": 500.0, "district_id": None},
)


def test_places_over_thousands_of_residents() -> None:
    table = evaluate(book(PLACES), city(places=CHILDCARE, of_units=units(residents=[20000.0, 5000.0])))
    # A: 90 places over 20 thousands; the place outside counts nowhere
    assert row(table, "A")[["numerator", "denominator", "value", "score"]].tolist() == [
        90.0,
        20.0,
        4.5,
        100.0,
    ]
    assert row(table, "B")[["value", "score", "n_facilities"]].tolist() == [0.0, 0.0, 0]
    assert row(table, "A")["value_unit"] == "places per 1000 residents"
    # a list that holds nine of ten places knows 4.5 of 5
    assert row(table, "A")[["value_low", "value_high"]].tolist() == [4.5, pytest.approx(4.5 / LISTED)]


def test_a_total_is_not_split_to_finer_units() -> None:
    town = city(places=CHILDCARE, of_units=units(residents=[20000.0, 5000.0]))
    table = evaluate(book(PLACES), town, lang="en")
    assert row(table, "A1")["status"] == "no_data"
    assert row(table, "A1")["reason"] == "the study's tables do not give residents for all of this unit"


def streets_with(**columns: object) -> Units:
    known = units()
    street = unit_frame({"A1": (0, 500), "A2": (500, 1000), "B1": (1000, 2000)}, **columns)
    return Units(levels=known.levels, frames={**known.frames, "street": street})


def test_finer_totals_sum_up_where_all_are_known() -> None:
    town = city(places=CHILDCARE, of_units=streets_with(residents=[4000.0, 6000.0, np.nan]))
    table = evaluate(book(PLACES), town)
    assert row(table, "A")["denominator"] == 10.0
    assert row(table, "B")["status"] == "no_data"


def test_finer_totals_that_leave_out_part_of_the_unit_are_not_its_total() -> None:
    known = units()
    street = unit_frame({"A1": (0, 500), "B1": (1000, 2000)}, residents=[4000.0, 5000.0])
    of_units = Units(levels=known.levels, frames={**known.frames, "street": street})
    table = evaluate(book(PLACES), city(places=CHILDCARE, of_units=of_units))
    assert row(table, "A")["status"] == "no_data"
    assert row(table, "B")["denominator"] == 5.0


def test_without_a_table_there_is_no_data() -> None:
    table = evaluate(book(PLACES), city(places=CHILDCARE), lang="en")
    assert row(table, "A")["reason"] == "no table of the study gives residents"


def test_capacities_that_are_mostly_unknown_are_no_data() -> None:
    half = CHILDCARE.assign(capacity=[30.0, None, None])
    table = evaluate(book(PLACES), city(places=half, of_units=units(residents=1000.0)), lang="en")
    assert row(table, "A")["reason"] == "capacity is known for 1 of 3 places only"


def test_a_capacity_that_is_not_known_counts_as_none_and_is_told() -> None:
    some = facilities(
        {"kind": "childcare", "x": 100, "capacity": 30.0, "district_id": "A"},
        {"kind": "childcare", "x": 200, "capacity": 60.0, "district_id": "A"},
        {"kind": "childcare", "x": 700, "district_id": "A"},
    )
    found = evaluate(book(PLACES), city(places=some, of_units=units(residents=[20000.0, 5000.0])))
    assert row(found, "A")["numerator"] == 90.0
    assert row(found, "A")["note_en"] == "capacity is not known for 1 of 3 places: they count as none"
    assert row(found, "A")["note_zh"] == "3 处场所中有 1 处的可容纳人数（capacity）不明，按零计入"


def test_a_table_comes_before_an_attribute() -> None:
    places = facilities({"kind": "paediatric_hospital", "x": 100, "beds": 8.0, "district_id": "A"})
    both = evaluate(book(BEDS), city(places=places, of_units=units(beds=[1.6, 2.4])))
    # A: 160 children in each of four bands = 0.64 thousand
    assert row(both, "A")[["numerator", "denominator", "age_band"]].tolist() == [1.6, 0.64, "0_14"]
    only_places = evaluate(book(BEDS), city(places=places))
    assert row(only_places, "A")["value"] == pytest.approx(8.0 / 0.64)
    assert row(only_places, "A")["score"] == 100.0


@pytest.mark.parametrize("weights", ["floor_area_m2", "population"])
def test_per_child_needs_children(weights: str) -> None:
    town = city(of_units=units(beds=[1.0, 2.0]), weights=weights)
    assert row(evaluate(book(BEDS), town, lang="en"), "A")["reason"] == (
        "the study does not say how many children live where"
    )


def test_no_part_makes_up_for_another_in_the_score() -> None:
    rule = """
measure = "supply"
who = "all"
amounts = [{ target = "green", attribute = "area_m2" }]
each = [{ target = "large", goal = 3.0 }, { target = "small", goal = 3.0 }]
denominator = "residents"
value_unit = "m2 per person"
goal = 6.0
"""
    targets = """
[[target]]
id = "green"
kinds = ["park"]
where = [{ attribute = "area_m2", min = 10000 }]
[[target]]
id = "large"
kinds = ["park"]
where = [{ attribute = "area_m2", min = 100000 }]
[[target]]
id = "small"
kinds = ["park"]
where = [{ attribute = "area_m2", min = 10000, max = 100000 }]
"""
    parks = facilities(
        {"kind": "park", "x": 100, "area_m2": 500000.0, "district_id": "A"},
        {"kind": "park", "x": 200, "area_m2": 75000.0, "district_id": "A"},
        {"kind": "park", "x": 200, "area_m2": 500.0, "district_id": "A"},
    )
    town = city(places=parks, of_units=units(residents=50000.0))
    district = row(evaluate(book(rule, targets=targets), town), "A")
    # 10 m2 large and 1.5 m2 small per person: mean of 100 and 50, though 11.5 is more than 6
    assert district["value"] == 11.5
    assert district["score"] == 75.0


NORM = """
measure = "count_norm"
who = "all"
steps = [{ target = "library", per = 200000 }, { target = "big", above = 1500000, fixed = 1, per = 500000 }]
goal = 1.0
"""
BIG = """
[[target]]
id = "big"
kinds = ["library"]
where = [{ attribute = "floor_area_m2", min = 4500 }]
"""


def libraries(**columns: object) -> City:
    places = facilities(*[{"kind": "library", "x": 100.0 * n, "district_id": "A"} for n in range(3)])
    places = places.assign(floor_area_m2=[5000.0, 1200.0, 1200.0])
    return city(places=places.assign(**columns), of_units=units(residents=[2000000.0, 100000.0]))


def test_libraries_over_those_that_the_norm_asks_for() -> None:
    table = evaluate(book(NORM, targets=BIG), libraries())
    # A, two millions: one of three is big, asked for are 1 + 2000000 / 500000 = 5; B: none of 0.5
    assert row(table, "A")[["numerator", "denominator", "score"]].tolist() == [1.0, 5.0, 20.0]
    assert row(table, "B")[["numerator", "denominator", "status"]].tolist() == [0.0, 0.5, "ok"]


def test_a_step_whose_target_is_unknown_leaves_its_units_without_answer() -> None:
    table = evaluate(book(NORM, targets=BIG), libraries(floor_area_m2=None))
    assert row(table, "A")["status"] == "no_data"
    assert row(table, "B")["status"] == "ok"


def test_a_norm_needs_residents_and_libraries() -> None:
    assert (
        row(evaluate(book(NORM, targets=BIG), city(evidence={"library": "osm"})), "A")["status"] == "no_data"
    )
    nothing = city(of_units=units(residents=1000.0), evidence={"library": "none"})
    assert row(evaluate(book(NORM, targets=BIG), nothing), "A")["status"] == "no_data"


def test_homes_of_a_fact_that_is_zero_have_nobody_to_supply() -> None:
    table = evaluate(book(PLACES), city(places=CHILDCARE, of_units=units(residents=[0.0, 10.0])), lang="en")
    assert row(table, "A")[["status", "reason"]].tolist() == ["no_data", "residents: none here"]


def test_children_of_no_use_are_not_needed() -> None:
    walks = homes().assign(children_15_17=1e6)
    assert (
        row(evaluate(book(BEDS), city(homes_table=walks, of_units=units(beds=1.0))), "A")["denominator"]
        == 0.64
    )
