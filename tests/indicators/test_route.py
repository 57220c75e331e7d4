"""Figures of the way to school, worked by hand on the toy town."""

from __future__ import annotations

import pandas as pd
import pytest

from cfspace.indicators import City, evaluate
from tests.indicators.toytown import book, city, facilities, row

FOOTWAY = """
measure = "route"
figure = "footway_share"
value_unit = "share of path length"
who = ["6_11", "12_14"]
schools = { 6_11 = "primary_school", 12_14 = "junior_school" }
goal = 0.95
"""
CROSSINGS = """
measure = "route"
figure = "major_crossings"
value_unit = "crossings per trip"
who = "6_11"
schools = { 6_11 = "primary_school" }
better = "less"
goal = 0
zero = 2
"""
TRIPS = pd.DataFrame(
    [
        ("h1", "primary_school", 400.0, 300.0, 150.0, 1),
        ("h2", "primary_school", 100.0, 100.0, 100.0, 3),
        ("h1", "junior_school", 900.0, 0.0, 0.0, 0),
        ("h3", "junior_school", 10.0, 10.0, 10.0, 0),
    ],
    columns=["home_id", "kind", "path_m", "known_m", "footway_m", "major_crossings"],
)


def town(trips: pd.DataFrame | None = TRIPS) -> City:
    return city(places=facilities({"kind": "primary_school"}, {"kind": "junior_school"}), trips=trips)


def test_metres_with_a_footway_weighted_by_children() -> None:
    table = evaluate(book(FOOTWAY), town())
    # primary: (100 * 150 + 60 * 100) / (100 * 300 + 60 * 100); unknown 100 * 100
    primary = row(table, "A", "6_11")
    assert primary[["numerator", "denominator"]].tolist() == [21000.0, 36000.0]
    assert primary[["value_low", "value_high"]].tolist() == [21000 / 46000, 31000 / 46000]
    # junior: nothing known of the 900 m of h1; h2 has no path
    assert row(table, "A", "12_14")["status"] == "no_data"
    both = row(table, "A", "6_14")
    assert both[["numerator", "denominator", "n_unmeasured"]].tolist() == [21000.0, 36000.0, 1]


def test_crossings_per_trip_where_less_is_better() -> None:
    table = evaluate(book(CROSSINGS), town())
    # (100 * 1 + 60 * 3) / 160 = 1.75 crossings; 100 * (2 - 1.75) / 2
    found = row(table, "A")
    assert found["value"] == 1.75
    assert found["score"] == pytest.approx(12.5)
    assert row(table, "B")["reason_en"] == "no child of this age has a measured path to school here"
    assert row(table, "B")["n_unmeasured"] == 2


def test_without_paths_or_schools_there_is_no_data() -> None:
    assert (
        row(evaluate(book(CROSSINGS), town(None)), "A")["reason_en"]
        == "the paths to school were not computed"
    )
    assert row(evaluate(book(CROSSINGS), city(trips=TRIPS)), "A")["status"] == "no_data"
