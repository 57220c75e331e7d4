"""Homes from buildings: which are lived in, and how much floor they have."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyproj
import pytest
import shapely

from cfspace.errors import LayerError
from cfspace.homes.buildings import homes_from_buildings, read_levels, residential_rules
from cfspace.homes.model import CHILDREN
from cfspace.io.osm import read_osm
from tests.homes.conftest import make_osm, square

HOUSE = square(0, 0, 20)  # 400 m2


def ids(
    buildings: list[tuple[dict[str, str], shapely.Geometry]], landuse: object, crs: pyproj.CRS
) -> list[str]:
    return homes_from_buildings(make_osm(buildings, landuse), crs=crs).frame["home_id"].tolist()  # type: ignore[arg-type]


def test_floor_area_is_footprint_times_levels_tagged_or_assumed(crs: pyproj.CRS) -> None:
    osm = make_osm(
        [
            ({"building": "apartments", "building:levels": "11"}, square(0, 0, 20)),  # 400 m2 x 11
            ({"building": "apartments"}, square(100, 0, 20)),  # 400 m2 x 6 assumed
            ({"building": "house"}, square(200, 0, 10)),  # 100 m2 x 2 assumed
        ]
    )
    homes = homes_from_buildings(osm, crs=crs)
    np.testing.assert_allclose(homes.frame["floor_area_m2"], [4400, 2400, 200], rtol=1e-6)
    for name in CHILDREN:
        np.testing.assert_array_equal(homes.frame[name], homes.frame["floor_area_m2"])
    assert homes.weights == "floor_area_m2"
    assert homes.frame["home_id"].tolist() == ["way/100", "way/101", "way/102"]
    assert homes.frame.geometry.iloc[0].distance(shapely.Point(10, 10)) < 1e-3  # the centroid
    assert "levels are assumed for 2 of them (67%)" in homes.notes[0]


@pytest.mark.parametrize(
    ("tags", "levels"),
    [
        ({"building:levels": "6"}, 6.0),
        ({"building:levels": "5;7"}, 7.0),
        ({"building:levels": "3,5"}, 3.5),
        ({"building:levels": "18F"}, 18.0),
        ({"building:levels": "sótano"}, np.nan),
        ({"building:levels": "0"}, np.nan),
        ({"building:levels": "9999"}, np.nan),
        ({"height": "33 m"}, 11.0),
        ({"building:levels": "4", "height": "60"}, 4.0),
        ({}, np.nan),
    ],
)
def test_levels_are_read_as_people_write_them(tags: dict[str, str], levels: float) -> None:
    np.testing.assert_equal(read_levels(tags, residential_rules()), levels)


@pytest.mark.parametrize(
    ("tags", "lived_in"),
    [
        ({"building": "apartments"}, True),
        ({"building": "apartments", "shop": "supermarket"}, True),  # a shop on the ground floor
        ({"building": "yes"}, True),
        ({"building": "yes", "amenity": "school"}, False),
        ({"building": "yes", "shop": "mall"}, False),
        ({"building": "yes", "shop": "convenience", "building:flats": "24"}, True),
        ({"building": "garage"}, False),
        ({"building": "industrial"}, False),
        ({"building": "school"}, False),
        ({"building": "apartments", "abandoned": "yes"}, False),
        ({"building": "apartments", "disused": "no"}, True),
    ],
)
def test_tags_say_whether_a_building_is_lived_in(
    tags: dict[str, str], *, lived_in: bool, crs: pyproj.CRS
) -> None:
    always = ({"building": "house"}, square(500, 0, 10))
    assert ids([(tags, HOUSE), always], (), crs) == (["way/100", "way/101"] if lived_in else ["way/101"])


def test_the_smallest_land_use_around_an_unspecific_building_decides(crs: pyproj.CRS) -> None:
    school, compound, works = square(-50, -50, 200), square(-500, -500, 2000), square(900, 0, 300)
    buildings = [
        ({"building": "yes"}, HOUSE),  # in the school, which lies in the compound
        ({"building": "yes"}, square(300, 300, 20)),  # in the compound
        ({"building": "yes"}, square(1000, 100, 20)),  # in the works, which lie in the compound
        ({"building": "dormitory"}, square(1100, 100, 20)),  # in the works, but people live in it
    ]
    landuse = [("residential", compound), ("school", school), ("industrial", works), ("grass", HOUSE)]
    assert ids(buildings, landuse, crs) == ["way/101", "way/103"]


def test_a_shed_is_no_home(crs: pyproj.CRS) -> None:
    assert ids([({"building": "yes"}, square(0, 0, 4)), ({"building": "yes"}, HOUSE)], (), crs) == ["way/101"]


def test_a_city_without_homes_is_refused(crs: pyproj.CRS) -> None:
    with pytest.raises(
        LayerError, match=r"none of 1 buildings is residential; give homes from points, polygons"
    ):
        homes_from_buildings(make_osm([({"building": "church"}, HOUSE)]), crs=crs)


def test_the_homes_of_the_sample_town_are_its_true_homes(project: Path, crs: pyproj.CRS) -> None:
    truth = json.loads((project / "data/sample/truth.json").read_text(encoding="utf-8"))
    true = {f"way/{home['way']}" for home in truth["homes"]}
    found = set(
        homes_from_buildings(read_osm(project / "data/sample/town.osm.pbf"), crs=crs).frame["home_id"]
    )
    assert len(true & found) / len(true) > 0.99
    assert len(true & found) / len(found) > 0.95
