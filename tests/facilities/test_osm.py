from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely

from cfspace.facilities.kinds import KindRules
from cfspace.facilities.osm import match_osm
from tests.facilities.places import CRS, features, found, square


def test_attributes_come_from_tags(rules: KindRules) -> None:
    tags = {
        "amenity": "kindergarten",
        "name": "幸福幼儿园",
        "capacity": "１２０",
        "wheelchair": "limited",
        "opening_hours": "Mo-Fr 07:30-17:30",
        "operator": "南关区",
    }
    row = found(rules, (tags, (0.0, 0.0))).iloc[0]
    assert row["facility_id"] == "kindergarten/node/1"
    assert (row["source"], row["source_id"], row["name"]) == ("osm", "node/1", "幸福幼儿园")
    assert row["capacity"] == 120.0
    assert (row["wheelchair"], row["operator"]) == ("limited", "南关区")
    assert pd.isna(row["beds"])
    assert pd.isna(row["area_m2"])


def test_a_capacity_that_is_no_number_stays_unknown(rules: KindRules) -> None:
    row = found(rules, ({"amenity": "kindergarten", "capacity": "30-40"}, (0.0, 0.0))).iloc[0]
    assert np.isnan(row["capacity"])


def test_areas_are_measured_in_metres_and_floors_multiply_them(rules: KindRules) -> None:
    places = found(
        rules,
        ({"leisure": "park", "name": "南湖公园"}, square(0, 0, 100)),
        ({"amenity": "library", "building": "yes", "building:levels": "3"}, square(500, 0, 20)),
        ({"amenity": "library", "building": "yes"}, square(800, 0, 20)),
    ).set_index("source_id")
    assert places.loc["way/1", "area_m2"] == pytest.approx(10_000, rel=1e-6)
    assert places.loc["way/2", "floor_area_m2"] == pytest.approx(1200, rel=1e-6)
    assert np.isnan(places.loc["way/3", "floor_area_m2"])


def test_venues_say_of_what_type_they_are(rules: KindRules) -> None:
    places = found(rules, ({"shop": "mall"}, (0.0, 0.0)), ({"railway": "station"}, (50.0, 0.0)))
    venues = places[places["kind"] == "venue"]
    assert venues["venue_type"].tolist() == ["mall", "station"]


def test_a_nursing_room_has_its_hosts_name_but_not_its_size(rules: KindRules) -> None:
    mall = {
        "shop": "mall",
        "name": "万象购物中心",
        "building": "yes",
        "building:levels": "5",
        "baby_feeding": "room",
    }
    places = found(rules, (mall, square(0, 0, 100))).set_index("kind")
    assert places.loc["nursing_room", "host"] == "万象购物中心"
    assert np.isnan(places.loc["nursing_room", "area_m2"])
    assert places.loc["venue", "floor_area_m2"] == pytest.approx(50_000, rel=1e-6)
    assert pd.isna(places.loc["venue", "host"])


def test_a_pitch_in_a_school_is_not_open_to_all(rules: KindRules) -> None:
    objects = features(
        ({"amenity": "school", "name": "第一小学"}, square(0, 0, 100)),
        ({"leisure": "pitch"}, square(10, 10, 20)),
        ({"leisure": "pitch", "access": "yes"}, square(40, 10, 20)),
        ({"leisure": "pitch"}, square(200, 10, 20)),
    )
    match = match_osm(objects, rules, crs=CRS)
    pitches = match.facilities[match.facilities["kind"] == "pitch"]
    assert pitches["source_id"].tolist() == ["way/3", "way/4"]
    assert any("1 of kind pitch lie inside a school" in note for note in match.notes)


def test_what_does_not_count_is_told(rules: KindRules) -> None:
    objects = features(
        ({"disused:amenity": "school"}, (0.0, 0.0)),
        ({"leisure": "playground", "access": "private"}, (9.0, 0.0)),
        ({"amenity": "library"}, (90.0, 0.0)),
    )
    match = match_osm(objects, rules, crs=CRS)
    assert match.facilities["kind"].tolist() == ["library"]
    assert match.notes[0].startswith("osm: 1 objects are tagged as closed")
    assert match.notes[1].startswith("osm: 1 places have access=private")


def test_no_objects_give_no_facilities(rules: KindRules) -> None:
    places = match_osm(features(), rules, crs=CRS).facilities
    assert len(places) == 0
    assert {"facility_id", "kind", "capacity", "area_m2"} <= set(places.columns)


def test_a_multipolygon_is_one_facility(rules: KindRules) -> None:
    campus = shapely.MultiPolygon([square(0, 0, 50), square(80, 0, 50)])
    places = found(rules, ({"amenity": "school", "name": "第二小学"}, campus))
    assert places["area_m2"].tolist() == pytest.approx([5000], rel=1e-6)
