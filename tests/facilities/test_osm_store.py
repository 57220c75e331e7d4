"""Facilities out of the cache are those found in OSM, to the bit."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import shapely

from cfspace.facilities.kinds import KindRules, load_kind_rules
from cfspace.facilities.osm import OsmMatch, match_osm
from cfspace.facilities.osm_store import load_match, write_match
from cfspace.io.frame import metric_crs
from cfspace.io.osm import read_osm
from tests.facilities.places import CRS, features, square

OWN_RULES = """
[attributes.text]
denomination = "religion"
[attributes.number]
storeys = "building:levels"
[kind.venue]
title = { en = "Mall", zh = "商场" }
any = [{ tags = { shop = "mall" }, set = { storey_plan = "open" } }]
"""


def same(one: OsmMatch, other: OsmMatch) -> None:
    assert one.notes == other.notes
    mine, others = one.facilities, other.facilities
    assert mine.crs == others.crs
    assert (shapely.to_wkb(mine.geometry) == shapely.to_wkb(others.geometry)).all()
    pd.testing.assert_frame_equal(
        pd.DataFrame(mine.drop(columns="geometry")),
        pd.DataFrame(others.drop(columns="geometry")),
        check_exact=True,
    )
    assert list(mine.columns) == list(others.columns)
    for name in mine.columns:  # what stands for a missing text is compared, too
        assert [value is None for value in mine[name]] == [value is None for value in others[name]]


def round_trip(match: OsmMatch, folder: Path) -> OsmMatch:
    write_match(match, folder)
    return load_match(folder, match.facilities.crs)


def test_every_column_comes_back(rules: KindRules, tmp_path: Path) -> None:
    match = match_osm(
        features(
            ({"amenity": "library", "name": '南关区"图书馆"\n', "capacity": "１２０"}, (0.0, 0.0)),
            ({"amenity": "library", "disused": "yes"}, (9.0, 0.0)),
            ({"shop": "mall", "building": "yes", "building:levels": "3"}, square(500, 0, 20)),
        ),
        rules,
        crs=CRS,
    )
    assert match.notes
    same(match, round_trip(match, tmp_path))


def test_columns_of_a_users_own_rules_come_back(tmp_path: Path) -> None:
    (tmp_path / "kinds.toml").write_text(OWN_RULES, encoding="utf-8")
    rules = load_kind_rules(tmp_path / "kinds.toml")
    places = features(
        ({"shop": "mall", "building:levels": "3"}, (0.0, 0.0)), ({"leisure": "park"}, (9.0, 0.0))
    )
    match = match_osm(places, rules, crs=CRS)
    assert match.facilities["storey_plan"].dropna().tolist() == ["open"]
    same(match, round_trip(match, tmp_path))


def test_an_extract_without_facilities_comes_back(rules: KindRules, tmp_path: Path) -> None:
    match = match_osm(features(({"amenity": "bench"}, (0.0, 0.0))), rules, crs=CRS)
    assert match.facilities.empty
    same(match, round_trip(match, tmp_path))


@pytest.mark.parametrize("name", ["helsinki/Helsinki.osm.pbf", "shenzhen_longgang/map.osm"])
def test_facilities_of_real_extracts_come_back(
    shared: Path, rules: KindRules, tmp_path: Path, name: str
) -> None:
    osm = read_osm(shared / "data" / name)
    crs = metric_crs(osm.extent.centroid.x, osm.extent.centroid.y)
    match = match_osm(osm.features, rules, crs=crs)
    assert len(match.facilities) > 10
    same(match, round_trip(match, tmp_path))
