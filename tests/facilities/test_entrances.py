from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cfspace.facilities.duplicates import without_duplicates
from cfspace.facilities.entrances import Entrances, place_entrances
from cfspace.facilities.kinds import KindRules, load_kind_rules
from tests.facilities.places import CRS, Place, features, found, in_degrees, square

STREET = [((-200.0, -9.0), (300.0, -9.0))]
PARK = {"leisure": "park", "name": "南湖公园"}
SCHOOL = {"amenity": "school", "name": "第一小学"}


def enter(
    rules: KindRules,
    *places: Place,
    lines: list[Any] = STREET,
    takes_feet: list[bool] | None = None,
    walls: list[Any] | None = None,
) -> Entrances:
    segments = np.array([shapely.LineString(line) for line in lines], dtype=object)
    feet = np.array([True] * len(lines) if takes_feet is None else takes_feet, dtype=bool)
    drawn = None
    if walls is not None:
        drawn = gpd.GeoDataFrame(geometry=[in_degrees(shapely.LineString(wall)) for wall in walls], crs=4326)
    return place_entrances(found(rules, *places), features(*places), segments, feet, rules=rules, walls=drawn)


def of(entrances: Entrances, kind: str) -> dict[str, list[tuple[float, float]]]:
    """Return the entrances of a kind by rule, rounded to decimetres."""
    frame = entrances.frame[entrances.frame["kind"] == kind]
    return {
        str(rule): [(round(p.x, 1) + 0.0, round(p.y, 1) + 0.0) for p in part.geometry]
        for rule, part in frame.groupby("rule")
    }


def test_a_point_is_its_own_entrance(rules: KindRules) -> None:
    assert of(enter(rules, ({"amenity": "library"}, (5.0, 5.0))), "library") == {"point": [(5.0, 5.0)]}


def test_a_walled_place_without_gates_is_entered_where_its_outline_is_nearest(rules: KindRules) -> None:
    # The street passes 9 m south of a 100 m square that stands on its corner, so one point is nearest.
    grounds = shapely.Polygon([(50, 0), (100, 50), (50, 100), (0, 50)])
    assert of(enter(rules, (SCHOOL, grounds)), "primary_school") == {"outline_nearest": [(50.0, 0.0)]}


def test_a_gate_on_the_outline_is_the_entrance(rules: KindRules) -> None:
    entrances = enter(rules, (SCHOOL, square(0, 0, 100)), ({"barrier": "gate"}, (100.0, 30.0)))
    assert of(entrances, "primary_school") == {"gate": [(100.0, 30.0)]}


def test_an_entrance_tag_is_an_entrance_but_an_emergency_exit_is_not(rules: KindRules) -> None:
    entrances = enter(
        rules,
        ({"amenity": "library"}, square(0, 0, 40)),
        ({"entrance": "main"}, (40.0, 20.0)),
        ({"entrance": "emergency"}, (0.0, 20.0)),
    )
    assert of(entrances, "library") == {"entrance_tag": [(40.0, 20.0)]}


@pytest.mark.parametrize(("y_m", "rule"), [(100.9, "gate"), (101.5, "outline_nearest")])
def test_a_gate_lies_on_the_outline_within_a_metre(rules: KindRules, y_m: float, rule: str) -> None:
    entrances = enter(rules, (SCHOOL, square(0, 0, 100)), ({"barrier": "gate"}, (50.0, y_m)))
    assert list(of(entrances, "primary_school")) == [rule]


BARRED = [
    ({"barrier": "gate", "locked": "yes"}, False, False),
    ({"barrier": "gate", "access": "no"}, False, False),
    ({"barrier": "gate", "access": "private"}, False, True),
    ({"barrier": "gate", "access": "private", "foot": "yes"}, True, True),
    ({"barrier": "gate"}, True, True),
]


@pytest.mark.parametrize(("gate", "for_all", "for_pupils"), BARRED)
def test_who_passes_a_gate(rules: KindRules, gate: dict[str, str], for_all: bool, for_pupils: bool) -> None:
    at = (50.0, 100.0)
    park = of(enter(rules, (PARK, square(0, 0, 100)), (gate, at)), "park")
    school = of(enter(rules, (SCHOOL, square(0, 0, 100)), (gate, at)), "primary_school")
    assert ("gate" in park) == for_all
    assert ("gate" in school) == for_pupils


def test_barred_gates_are_told(rules: KindRules) -> None:
    entrances = enter(rules, (PARK, square(0, 0, 100)), ({"barrier": "gate", "locked": "yes"}, (0.0, 50.0)))
    assert entrances.notes == ("entrances: 1 locked or private gates on outlines let nobody in",)


def test_a_park_is_entered_where_paths_cross_its_edge(rules: KindRules) -> None:
    path = ((50.0, -9.0), (50.0, 40.0))
    entrances = enter(
        rules, (PARK, square(0, 0, 100)), ({"barrier": "gate"}, (0.0, 50.0)), lines=[*STREET, path]
    )
    assert of(entrances, "park") == {"gate": [(0.0, 50.0)], "path_crossing": [(50.0, 0.0)]}


def test_a_path_through_a_locked_gate_is_no_entrance(rules: KindRules) -> None:
    path = ((50.0, -9.0), (50.0, 40.0))
    gate = {"barrier": "gate", "locked": "yes"}
    entrances = enter(rules, (PARK, square(0, 0, 100)), (gate, (50.0, 0.0)), lines=[*STREET, path])
    assert "path_crossing" not in of(entrances, "park")


def test_a_bridge_over_a_park_is_no_way_into_it(rules: KindRules) -> None:
    bridge = ((50.0, -300.0), (50.0, 300.0))
    entrances = enter(rules, (PARK, square(0, 0, 100)), lines=[*STREET, bridge], takes_feet=[True, False])
    assert set(of(entrances, "park")) == {"outline_20m"}


def test_open_green_is_entered_all_along_the_street(rules: KindRules) -> None:
    # Outline points every 20 m from (0, 0); the street is 9 m away, so those up to y = 20 are in reach.
    points = of(enter(rules, (PARK, square(0, 0, 100))), "park")["outline_20m"]
    south = [(float(x), 0.0) for x in range(0, 101, 20)]
    assert sorted(points) == sorted([*south, (0.0, 20.0), (100.0, 20.0)])


def test_a_wall_along_the_edge_closes_that_edge(rules: KindRules) -> None:
    wall = ((-5.0, 0.5), (70.0, 0.5))
    points = of(enter(rules, (PARK, square(0, 0, 100)), walls=[wall]), "park")["outline_20m"]
    assert sorted(points) == [(0.0, 20.0), (80.0, 0.0), (100.0, 0.0), (100.0, 20.0)]


def test_a_fence_drawn_beside_the_outline_closes_it_too(rules: KindRules) -> None:
    """Between the park and the street, 4 m off the outline: nobody steps over it, but around its end."""
    fence = ((-5.0, -4.0), (70.0, -4.0))
    points = of(enter(rules, (PARK, square(0, 0, 100)), walls=[fence]), "park")["outline_20m"]
    assert sorted(points) == [(0.0, 20.0), (80.0, 0.0), (100.0, 0.0), (100.0, 20.0)]
    around = [(-4.0, -4.0), (104.0, -4.0), (104.0, 104.0), (-4.0, 104.0), (-4.0, -4.0)]
    assert list(of(enter(rules, (PARK, square(0, 0, 100)), walls=[around]), "park")) == ["outline_nearest"]


def test_a_fenced_park_is_not_entered_over_its_fence(rules: KindRules) -> None:
    entrances = enter(rules, ({**PARK, "barrier": "fence"}, square(0, 0, 100)))
    assert [*of(entrances, "park")] == ["outline_nearest"]


def test_a_park_far_from_every_street_has_its_nearest_edge(rules: KindRules) -> None:
    entrances = enter(rules, (PARK, shapely.Polygon([(0, 500), (50, 450), (100, 500), (50, 550)])))
    assert of(entrances, "park") == {"outline_nearest": [(50.0, 450.0)]}


def test_paths_inside_walls_do_not_make_the_nearest_edge(rules: KindRules) -> None:
    grounds = shapely.Polygon([(50, 0), (100, 50), (50, 100), (0, 50)])
    inner = ((50.0, 90.0), (50.0, 97.0))
    entrances = enter(rules, (SCHOOL, grounds), lines=[*STREET, inner])
    assert of(entrances, "primary_school") == {"outline_nearest": [(50.0, 0.0)]}


@pytest.mark.parametrize(("street_m", "y_m"), [(-9.0, 0.0), (-201.0, 100.0)])
def test_a_path_that_is_joined_to_nothing_draws_no_entrance(
    rules: KindRules, street_m: float, y_m: float
) -> None:
    """It runs 3 m behind the school, the street 9 m before it; it counts where no street is within reach."""
    lines = [((-200.0, street_m), (300.0, street_m)), ((20.0, 103.0), (80.0, 103.0))]
    segments = np.array([shapely.LineString(line) for line in lines], dtype=object)
    places = ((SCHOOL, square(0, 0, 100)),)
    entrances = place_entrances(
        found(rules, *places),
        features(*places),
        segments,
        np.array([True, True]),
        rules=rules,
        is_island=np.array([False, True]),
    )
    ((_, y),) = of(entrances, "primary_school")["outline_nearest"]
    assert y == y_m


def test_metro_stairs_are_the_entrances_of_their_station(rules: KindRules) -> None:
    entrances = enter(
        rules,
        ({"railway": "station", "name": "人民广场"}, square(0, 0, 40)),
        ({"railway": "subway_entrance"}, (150.0, 20.0)),
        ({"railway": "subway_entrance"}, (900.0, 20.0)),
    )
    assert of(entrances, "rail_station") == {"entrance_tag": [(150.0, 20.0)]}


def test_holes_of_an_area_are_no_outline(rules: KindRules) -> None:
    ring = shapely.Polygon(square(0, 0, 300).exterior, [square(100, 100, 100).exterior])
    lines = [*STREET, ((120.0, 120.0), (180.0, 180.0))]
    points = enter(rules, (PARK, ring), lines=lines).frame.geometry
    assert shapely.distance(points.to_numpy(), square(0, 0, 300).exterior).max() < 0.01


def test_without_any_street_every_area_still_has_entrances_on_its_outline(rules: KindRules) -> None:
    entrances = enter(rules, (SCHOOL, square(0, 0, 100)), lines=[])
    assert shapely.distance(entrances.frame.geometry.to_numpy(), square(0, 0, 100).exterior).max() < 0.01


def test_no_facilities_have_no_entrances(rules: KindRules) -> None:
    assert len(enter(rules).frame) == 0


RULES = load_kind_rules()
KINDS = st.sampled_from(
    [PARK, SCHOOL, {"amenity": "library"}, {"leisure": "playground"}, {"amenity": "hospital"}]
)
CORNER = st.tuples(st.integers(-150, 250), st.integers(-150, 250))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(KINDS, CORNER, st.integers(10, 120)), min_size=1, max_size=5),
    st.lists(st.tuples(CORNER, CORNER).filter(lambda ends: ends[0] != ends[1]), min_size=1, max_size=5),
)
def test_every_area_has_an_entrance_and_all_lie_on_its_outline(
    places: list[tuple[dict[str, str], tuple[int, int], int]], lines: list[Any]
) -> None:
    drawn = [(tags, square(*corner, side)) for tags, corner, side in places]
    facilities = without_duplicates(found(RULES, *drawn), RULES).facilities
    segments = np.array([shapely.LineString(line) for line in lines], dtype=object)
    frame = place_entrances(facilities, None, segments, np.ones(len(lines), bool), rules=RULES).frame
    assert set(frame["facility_id"]) == set(facilities["facility_id"])
    outline = facilities.set_index("facility_id").geometry.boundary.loc[frame["facility_id"]].to_numpy()
    assert shapely.distance(frame.geometry.to_numpy(), outline).max() < 0.01
    assert frame.crs == CRS
