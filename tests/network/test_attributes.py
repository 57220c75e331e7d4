"""Street-quality attributes: what tags say, and nothing that they do not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cfspace.network.attributes import (
    TEXTS,
    layer_of,
    length_m,
    segment_tags,
    sidewalks,
    speed_kmh,
    texts,
    way_attributes,
)


def one(**tags: str) -> pd.Series:
    return way_attributes([1], [tags]).iloc[0]


@pytest.mark.parametrize(
    ("tags", "left", "right"),
    [
        ({}, None, None),
        ({"sidewalk": "both"}, "yes", "yes"),
        ({"sidewalk": "left"}, "yes", "no"),
        ({"sidewalk": "right"}, "no", "yes"),
        ({"sidewalk": "no"}, "no", "no"),
        ({"sidewalk": "none"}, "no", "no"),
        ({"sidewalk": "separate"}, "separate", "separate"),
        ({"sidewalk:both": "yes"}, "yes", "yes"),
        ({"sidewalk:left": "separate", "sidewalk:right": "no"}, "separate", "no"),
        ({"sidewalk": "both", "sidewalk:left": "no"}, "no", "yes"),
        ({"sidewalk": "right", "sidewalk:left": "none"}, "no", "yes"),
        ({"sidewalk": "crossing"}, None, None),
        ({"sidewalk:left": "lowered"}, None, None),
    ],
)
def test_sidewalks_of_each_side(tags: dict[str, str], left: str | None, right: str | None) -> None:
    assert sidewalks(tags) == (left, right)


@pytest.mark.parametrize(
    ("text", "metres"),
    [
        ("3", 3.0),
        ("2.5", 2.5),
        ("2,5", 2.5),
        (" 2.5 m ", 2.5),
        ("2.5m", 2.5),
        ("8'", None),
        ("8 ft", None),
        ("narrow", None),
        ("3-4", None),
        ("", None),
        (None, None),
    ],
)
def test_widths_are_metres_or_unknown(text: str | None, metres: float | None) -> None:
    assert length_m(text) == metres


@pytest.mark.parametrize(
    ("tags", "kmh"),
    [
        ({"maxspeed": "30"}, 30.0),
        ({"maxspeed": "30 km/h"}, 30.0),
        ({"maxspeed": "20 mph"}, 32.18688),
        ({"maxspeed": "CN:urban"}, None),
        ({"maxspeed": "none"}, None),
        ({"zone:maxspeed": "DE:30"}, 30.0),
        ({"maxspeed:type": "DE:zone30"}, 30.0),
        ({"maxspeed:type": "DE:zone:20"}, 20.0),
        ({"maxspeed": "50", "zone:maxspeed": "DE:30"}, 50.0),
        ({}, None),
    ],
)
def test_speed_limits(tags: dict[str, str], kmh: float | None) -> None:
    assert speed_kmh(tags) == (None if kmh is None else pytest.approx(kmh))


@pytest.mark.parametrize(
    ("layer", "expected"), [("1", 1), ("-2", -2), ("1.5", 0), ("ground", 0), ("999", 10), ("-999", -10)]
)
def test_layers_are_small_whole_numbers(layer: str, expected: int) -> None:
    assert layer_of({"layer": layer}) == expected


def test_what_is_not_tagged_is_missing() -> None:
    row = one(highway="residential")
    for name in ("name", "lit", "surface", "sidewalk_left", "width_m", "maxspeed_kmh", "cycleway", "ramp"):
        assert pd.isna(row[name]), name
    for name in ("bridge", "tunnel", "steps", "school_zone", "oneway"):
        assert not row[name], name
    assert row["layer"] == 0


@pytest.mark.parametrize(
    ("tags", "column", "expected"),
    [
        ({"highway": "steps"}, "steps", True),
        ({"bridge": "viaduct"}, "bridge", True),
        ({"tunnel": "no"}, "tunnel", False),
        ({"oneway": "-1"}, "oneway", True),
        ({"oneway": "no"}, "oneway", False),
        ({"hazard": "school_zone"}, "school_zone", True),
        ({"highway": "cycleway"}, "cycleway", "track"),
        ({"cycleway:left": "lane", "cycleway:right": "track"}, "cycleway", "track"),
        ({"cycleway": "no"}, "cycleway", "no"),
        ({"ramp": "yes"}, "ramp", "yes"),
        ({"ramp": "no", "ramp:stroller": "yes"}, "ramp", "yes"),
        ({"ramp:wheelchair": "no"}, "ramp", "no"),
        ({"sidewalk:left:width": "2", "sidewalk:right:width": "1.5"}, "sidewalk_width_m", 1.5),
        ({"kerb": "raised"}, "kerb", "raised"),
    ],
)
def test_tags_become_attributes(tags: dict[str, str], column: str, expected: object) -> None:
    assert one(**tags)[column] == expected


def test_columns_have_the_same_type_whether_anything_is_known_or_not() -> None:
    known = way_attributes([1], [dict.fromkeys(TEXTS, "yes") | {"sidewalk": "both", "cycleway": "lane"}])
    unknown = way_attributes([1], [{}])
    nothing = way_attributes([], [])
    for name in known.columns:
        kinds = {type(table[name].dtype) for table in (known, unknown, nothing)}
        assert len(kinds) == 1, name
    assert texts([None]).categories.dtype == texts(["a"]).categories.dtype == texts([]).categories.dtype
    assert len(nothing) == 0


def test_tags_of_attributes_give_the_same_attributes() -> None:
    tags = [
        {},
        {"highway": "steps", "ramp:wheelchair": "no", "ramp": "yes", "layer": "-1", "tunnel": "yes"},
        {"highway": "primary", "maxspeed": "20 mph", "width": "7,25", "sidewalk": "left", "oneway": "1"},
        {"highway": "cycleway", "sidewalk:both:width": "2", "hazard": "school_zone", "bridge": "viaduct"},
    ]
    table = way_attributes([1, 2, 3, 4], tags)
    again = way_attributes([1, 2, 3, 4], segment_tags(table))
    for name in table.columns:
        one_, other = table[name].astype(object), again[name].astype(object)
        np.testing.assert_array_equal(one_.isna(), other.isna(), err_msg=name)
        assert one_.dropna().tolist() == other.dropna().tolist(), name
