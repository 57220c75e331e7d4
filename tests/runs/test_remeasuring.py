"""Measuring again after a plan gives, to the bit, what measuring from scratch gives."""

from __future__ import annotations

import pandas as pd
import pytest

import cfspace
from cfspace.io.cache import Cache
from cfspace.planning.plan import plan_of
from cfspace.rulebooks import load_rulebook
from cfspace.runs.editing import edited_city
from cfspace.runs.loading import City, load_city
from cfspace.runs.measuring import measure
from cfspace.runs.remeasuring import Baseline, remeasure

BRIDGE = {"do": "add_bridge", "line": [[125.2985517, 43.9002756], [125.3013232, 43.9005854]]}
GATE = {"do": "open_gate", "at": [125.3050626, 43.894828]}
LIBRARY = {"do": "add_facility", "kind": "library", "at": [125.312, 43.905]}
SCHOOL = {
    "do": "add_facility",
    "kind": "primary_school",
    "at": [125.31, 43.891],
    "attributes": {"capacity": 400},
}
CLOSED = {"do": "close_facility", "facility": "primary_school/学校名录/row4"}
HOMES = {"do": "add_homes", "at": [125.312, 43.905], "children": {"6_11": 50}}
STREET = {"do": "close_street", "way": 200219}
SIDEWALK = {"do": "improve_segment", "way": 200226, "sidewalk": "both", "maxspeed_kmh": 30}

PLANS = {
    "a facility": [LIBRARY],
    "a school opened": [SCHOOL],
    "a school closed": [CLOSED, LIBRARY],
    "homes": [HOMES],
    "a closed street": [STREET],
    "better sidewalks": [SIDEWALK],
    "everything": [BRIDGE, GATE, LIBRARY, SCHOOL, CLOSED, HOMES, STREET, SIDEWALK],
}


@pytest.fixture(scope="module")
def base(sample_run: cfspace.Run) -> Baseline:
    city: City = load_city(cfspace.sample_study())
    return Baseline(city=city, run=sample_run.data, rulebook=load_rulebook("jilin-2022"))


@pytest.mark.parametrize("name", PLANS)
def test_it_equals_measuring_from_scratch(base: Baseline, name: str) -> None:
    plan, faults = plan_of({"plan": {"name": name}, "edit": PLANS[name]})
    assert faults == []
    city = edited_city(base.city, plan, base.rulebook, cache=Cache(None)).city
    again, scratch = remeasure(base, city), measure(city, base.rulebook)
    options = {"check_exact": True, "check_dtype": False}
    pd.testing.assert_frame_equal(pd.DataFrame(again.homes), pd.DataFrame(scratch.homes), **options)
    pd.testing.assert_frame_equal(pd.DataFrame(again.entrances), pd.DataFrame(scratch.entrances), **options)
    pd.testing.assert_frame_equal(again.trips, scratch.trips, **options)
    pd.testing.assert_frame_equal(again.minutes, scratch.minutes, **options)
    assert again.limits_m == scratch.limits_m
