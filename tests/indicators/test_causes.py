"""How far values may be off, cause by cause, worked by hand on the toy town."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from cfspace.config.rulebook import Rulebook
from cfspace.indicators import CAUSE_COLUMNS, City, evaluate_with_causes
from cfspace.indicators.completeness import chance_of_missing
from tests.indicators.toytown import book, city, facilities, homes, shuffled

COVER = """
measure = "coverage"
who = ["6_11"]
target = "primary_school"
full_m = 500
zero_m = 1000
goal = 1.0
"""
DOUBT = """
[uncertainty]
home_m = 8
place_m = 6
network_share = 0.02
connector_detour = 0.4
home_spread = {spread}
osm_completeness = 0.5
"""
# Position: sqrt(8^2 + 6^2) = 10 m. Connectors are 10 m: 4 m more where longer.
WALKS = [480.0, 476.0, 520.0, 530.0]
COMPLETE = {"primary_school": "municipal_complete"}


def toy_book(rule: str = COVER, *, spread: float = 0.0) -> Rulebook:
    return book(rule, head=DOUBT.format(spread=spread))


def toy_city(**more: object) -> City:
    places = facilities({"kind": "primary_school", "x": 100})
    return city(homes_table=homes(m_primary_school=WALKS), places=places, **more)


def causes(rule: Rulebook, town: City) -> pd.DataFrame:
    found = evaluate_with_causes(rule, town).causes
    assert tuple(found.columns) == CAUSE_COLUMNS
    return found.set_index(["unit_id", "cause"])


def test_walks_longer_and_shorter_by_what_cannot_be_told() -> None:
    found = evaluate_with_causes(toy_book(), toy_city(evidence=COMPLETE))
    told = found.causes.set_index(["unit_id", "cause"])
    # Longer: 480 x 1.02 + 14 = 503.6, 476 x 1.02 + 14 = 499.52. Shorter: 520 x 0.98 - 10 = 499.6, 530: 509.4.
    assert told.loc[("A", "walks"), ["value_low", "value_high"]].tolist() == [60 / 160, 1.0]
    assert told.loc[("B", "walks"), ["value_low", "value_high"]].tolist() == [0.0, 200 / 240]
    # Credit falls from 500 to 1000 m: at home 4 shorter 509.4 m gives 490.6 / 500.
    high = (200 * 1.0 + 40 * (1000 - 509.4) / 500) / 240
    assert told.loc[("B", "walks"), "score_high"] == pytest.approx(100 * high)
    rows = found.rows.set_index("unit_id")
    assert rows.loc["A", ["value", "value_low", "value_high"]].tolist() == [1.0, 60 / 160, 1.0]
    assert told.loc[("A", "lists"), ["value_low", "value_high"]].tolist() == [1.0, 1.0]
    assert told.loc[("A", "walks"), "share"] == 1.0


def test_a_home_on_a_grid_lies_somewhere_in_its_cell() -> None:
    found = causes(toy_book(), toy_city(evidence=COMPLETE, home_m=40.0))
    # 476 x 1.02 + 4 + sqrt(40^2 + 6^2) = 529.97; 530 x 0.98 - 40.4 = 478.95
    assert found.loc[("A", "walks"), "value_low"] == 0.0
    assert found.loc[("B", "walks"), "value_high"] == 1.0


def test_children_shared_alike_by_the_homes_of_what_has_a_total() -> None:
    walks = homes(m_primary_school=[100.0, 900.0, 900.0, 100.0])
    places = facilities({"kind": "primary_school"})

    def town(within: str | None) -> City:
        return city(homes_table=walks, places=places, evidence=COMPLETE, placed_within=within)

    by_district = causes(toy_book(), town("district"))
    # A: 100 of 160 children near, 80 of 160 were they shared alike; B: 40 of 240, and 120
    assert by_district.loc[("A", "placement"), ["value_low", "value_high"]].tolist() == [0.5, 0.625]
    assert by_district.loc[("B", "placement"), "value_high"] == 0.5
    assert ("A", "placement") not in causes(toy_book(), town(None)).index
    # One standard deviation more: sqrt(p (1 - p) (100^2 + 60^2)) / 160
    spread = causes(toy_book(spread=1.0), town("all"))
    one_sigma = math.sqrt(0.625 * 0.375 * (100**2 + 60**2)) / 160
    assert spread.loc[("A", "placement"), "value_high"] == pytest.approx(0.625 + one_sigma)
    assert spread.loc[("A", "placement"), "value_low"] == pytest.approx(0.625 - one_sigma)


def test_places_that_no_list_has_would_serve_some_of_the_rest() -> None:
    found = causes(toy_book(), toy_city())
    # The city: 160 of 400 children are served, and OSM is taken to know half of the places: 40 % of the rest.
    assert chance_of_missing(0.4, 0.5) == pytest.approx(0.4)
    assert found.loc[("B", "lists"), ["value_low", "value_high"]].tolist() == [0.0, pytest.approx(0.4)]
    assert found.loc[("A", "lists"), "value_high"] == 1.0
    known = causes(toy_book(), toy_city(completeness={"primary_school": 1.0}))
    assert known.loc[("B", "lists"), "value_high"] == 0.0


def test_a_bundle_asks_each_service_by_itself() -> None:
    rule = """
measure = "bundle"
who = ["6_11"]
reach = [{ target = "primary_school", full_m = 500 }, { target = "park", full_m = 300 }]
goal = 1.0
"""
    walks = homes(m_primary_school=[100.0, 100.0, 900.0, 900.0], m_park=[900.0, 900.0, 100.0, 100.0])
    town = city(
        homes_table=walks, places=facilities({"kind": "primary_school"}, {"kind": "park"}), evidence=COMPLETE
    )
    found = causes(toy_book(rule), town)
    # Schools are all known. Parks serve 240 of 400; of what parks leave out (160 of the 400 left out by
    # both services) unknown ones would serve 60 %.
    assert found.loc[("A", "lists"), "value_high"] == pytest.approx(0.5 + 0.5 * 0.6 * 160 / 400)


def test_amounts_grow_with_the_places_that_are_missing() -> None:
    rule = """
measure = "supply"
who = "all"
amounts = [{ target = "childcare", attribute = "capacity" }]
denominator = "residents"
per = 1000
value_unit = "places"
goal = 10
"""
    from tests.indicators.toytown import units

    places = facilities({"kind": "childcare", "capacity": 30.0, "district_id": "A"})
    town = city(places=places, of_units=units(residents=[10000.0, 5000.0]))
    found = causes(toy_book(rule), town)
    assert found.loc[("A", "lists"), ["value_low", "value_high"]].tolist() == [3.0, 6.0]
    assert found.loc[("A", "lists"), ["score_low", "score_high"]].tolist() == [30.0, 60.0]


def test_causes_add_up_and_stay_within_a_share() -> None:
    town = toy_city(completeness={"primary_school": 0.8}, placed_within="district")
    found = evaluate_with_causes(toy_book(spread=1.0), town)
    rows, told = found.rows.set_index("unit_id"), found.causes
    for unit, row in rows.iterrows():
        own = told[told["unit_id"] == unit]
        low = row["value"] - (row["value"] - own["value_low"]).sum()
        high = row["value"] + (own["value_high"] - row["value"]).sum()
        assert row["value_low"] == pytest.approx(max(low, 0.0))
        assert row["value_high"] == pytest.approx(min(high, 1.0))
        width = (own["value_high"] - own["value_low"]).sum()
        assert own["share"].sum() == pytest.approx(1.0 if width > 0 else 0.0)
        assert (own["value_low"] <= row["value"]).all()
        assert (own["value_high"] >= row["value"]).all()


def test_where_nothing_is_known_nothing_is_claimed() -> None:
    found = evaluate_with_causes(toy_book(), toy_city(evidence={"primary_school": "none"}))
    assert found.causes.empty
    assert found.rows[["value_low", "value_high"]].isna().all(axis=None)


def test_the_order_of_rows_plays_no_part() -> None:
    town = toy_city(placed_within="district")
    expected = evaluate_with_causes(toy_book(spread=1.0), town).causes
    for seed in range(3):
        assert evaluate_with_causes(toy_book(spread=1.0), shuffled(town, seed)).causes.equals(expected)
