"""Street measures, worked by hand on a few straight streets."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import LineString, Point

from cfspace.indicators import City, evaluate
from tests.indicators.toytown import CRS, Units, book, city, facilities, row, unit_frame, units


def segments(*rows: dict[str, object]) -> gpd.GeoDataFrame:
    """Lines from `a` to `b`, each an (x, y); ends on one spot are one node."""
    nodes: dict[tuple[float, float], int] = {}
    filled = []
    for one in rows:
        a, b = one["a"], one["b"]
        ids = [nodes.setdefault(tuple(end), len(nodes)) for end in (a, b)]  # type: ignore[arg-type]
        line = LineString([a, b])  # type: ignore[list-item]
        base = {"highway": "primary", "from_node_id": ids[0], "to_node_id": ids[1], "length_m": line.length}
        own = {key: value for key, value in one.items() if key not in ("a", "b")}
        filled.append({**base, **own, "geometry": line})
    return gpd.GeoDataFrame(pd.DataFrame(filled), geometry="geometry", crs=CRS)


def with_streets(*rows: dict[str, object], **more: object) -> City:
    return city(segments=segments(*rows), **more)


DENSITY = """
measure = "density"
who = "none"
classes = ["primary", "residential"]
merge_m = 40
goal = 8
"""


def test_kilometres_over_square_kilometres() -> None:
    town = with_streets(
        {"a": (0, 100), "b": (400, 100)},
        {"a": (600, 100), "b": (900, 100), "highway": "residential"},
        {"a": (0, 300), "b": (900, 300), "highway": "footway"},
    )
    table = evaluate(book(DENSITY), town)
    # A is 1 km2 and has 400 + 300 m of street; a path is none
    assert row(table, "A")[["numerator", "denominator", "value"]].tolist() == [0.7, 1.0, 0.7]
    assert row(table, "A")["score"] == pytest.approx(100 * 0.7 / 8)
    assert row(table, "B")["value"] == 0.0


def test_only_the_part_of_a_unit_inside_the_data_counts() -> None:
    town = with_streets({"a": (0, 100), "b": (400, 100)}, of_units=units(covered_share=[0.95, 1.0]))
    assert row(evaluate(book(DENSITY), town), "A")["denominator"] == pytest.approx(0.95)


def test_ground_that_two_units_share_counts_once() -> None:
    overlapping = unit_frame({"A": (0, 1000), "B": (600, 2000), "C": (900, 2000)})
    of_units = Units(levels=("district",), frames={"district": overlapping})
    town = with_streets({"a": (600, 100), "b": (900, 100)}, of_units=of_units)
    table = evaluate(book(DENSITY), town)
    # B gives 400 m of its 1,400 m to A; C all of its 1,100 m to A and B.
    assert row(table, "A")[["numerator", "denominator"]].tolist() == [0.3, 1.0]
    assert row(table, "B")["denominator"] == pytest.approx(1.0)
    assert row(table, "C")["status"] == "no_data"


@pytest.mark.parametrize(
    ("other", "length_km"),
    [
        ({"a": (400, 130), "b": (0, 130)}, 0.4),  # the other carriageway
        ({"a": (0, 130), "b": (400, 130)}, 0.8),  # same direction: a service road, say
        ({"a": (400, 150), "b": (0, 150)}, 0.8),  # too far
        ({"a": (400, 130), "b": (0, 130), "name": "B"}, 0.8),  # another street
    ],
)
def test_two_carriageways_are_one_street(other: dict[str, object], length_km: float) -> None:
    one_way = {"oneway": True, "name": "A"}
    town = with_streets({"a": (0, 100), "b": (400, 100), **one_way}, {**one_way, **other})
    assert row(evaluate(book(DENSITY), town), "A")["numerator"] == pytest.approx(length_km)


FOOTWAY = """
measure = "street_ratio"
feature = "footway"
who = "none"
classes = ["primary"]
alongside_m = 25
goal = 0.95
"""


def test_each_side_that_is_known_counts_half() -> None:
    town = with_streets(
        {"a": (0, 100), "b": (100, 100), "sidewalk_left": "yes", "sidewalk_right": "yes"},
        {"a": (100, 100), "b": (300, 100), "sidewalk_left": "yes", "sidewalk_right": "no"},
        {"a": (300, 100), "b": (400, 100), "sidewalk_left": "no", "sidewalk_right": None},
    )
    found = row(evaluate(book(FOOTWAY), town), "A1")
    # there: 100 + 100; known: 100 + 200 + 50; not known: 50
    assert found[["numerator", "denominator"]].tolist() == [200.0, 350.0]
    assert found[["value_low", "value_high"]].tolist() == [200 / 400, 250 / 400]
    assert found["note_en"] == "known for 88 % of the length"


@pytest.mark.parametrize(("y", "there_m"), [(115.0, 50.0), (126.0, 0.0), (85.0, 0.0)])
def test_a_separate_footway_is_looked_for_on_its_side(y: float, there_m: float) -> None:
    town = with_streets(
        {"a": (0, 100), "b": (100, 100), "sidewalk_left": "separate"},
        {"a": (0, y), "b": (100, y), "highway": "footway"},
    )
    assert row(evaluate(book(FOOTWAY), town), "A1")[["numerator", "denominator"]].tolist() == [there_m, 50.0]


def test_streets_without_answers_are_no_data() -> None:
    assert row(evaluate(book(FOOTWAY), with_streets({"a": (0, 1), "b": (9, 1)})), "A")["reason_en"] == (
        "footway is not known for any street"
    )
    assert row(evaluate(book(FOOTWAY), city()), "A")["status"] == "no_data"
    only_paths = with_streets({"a": (0, 1), "b": (9, 1), "highway": "path"})
    assert row(evaluate(book(FOOTWAY), only_paths), "A")["reason_en"].startswith(
        "the study's data hold no street"
    )


WIDTH = """
measure = "street_ratio"
feature = "footway_width"
who = "none"
classes = ["primary"]
min_width_m = 2.5
gate_min_width_m = 4.0
gate_targets = ["primary_school"]
gate_within_m = 50
goal = 0.9
"""


def at_gate(town: City, rule: str = "gate") -> City:
    town.entrances["rule"] = rule
    return town


def test_wider_is_asked_at_gates() -> None:
    places = facilities({"kind": "primary_school", "geometry": Point(50, 150)})
    town = with_streets(
        {"a": (0, 100), "b": (100, 100), "sidewalk_left": "yes", "sidewalk_width_m": np.float32(3.0)},
        {"a": (200, 100), "b": (300, 100), "sidewalk_left": "yes", "sidewalk_width_m": np.float32(2.5)},
        {"a": (300, 100), "b": (400, 100), "sidewalk_left": "yes", "sidewalk_width_m": None},
        {"a": (0, 90), "b": (60, 90), "highway": "footway", "footway": "sidewalk", "width_m": 4.0},
        {"a": (200, 90), "b": (260, 90), "highway": "footway", "footway": "crossing", "width_m": 9.0},
        places=places,
    )
    found = row(evaluate(book(WIDTH), at_gate(town)), "A1")
    # At the gate 3 m is too narrow; the separate 4 m passes, near it or not; elsewhere 2.5 m passes.
    assert found[["numerator", "denominator"]].tolist() == [160.0, 260.0]
    assert found["value_high"] == (160 + 100) / 360


CYCLE = """
measure = "street_ratio"
feature = "cycleway"
who = ["12_14", "15_17"]
classes = ["primary"]
alongside_m = 25
goal = 0.7
"""


def test_lanes_tracks_and_ways_beside() -> None:
    town = with_streets(
        {"a": (0, 100), "b": (100, 100), "cycleway": "lane"},
        {"a": (100, 100), "b": (200, 100), "cycleway": "no"},
        {"a": (200, 100), "b": (300, 100)},
        {"a": (300, 100), "b": (400, 100)},
        {"a": (200, 110), "b": (300, 110), "highway": "cycleway"},
    )
    found = row(evaluate(book(CYCLE), town), "A1")
    assert found[["numerator", "denominator", "age_band"]].tolist() == [200.0, 300.0, "12_17"]


SPACING = """
measure = "crossing_spacing"
who = "none"
classes = ["primary"]
target = "crossing"
max_gap_m = 300
snap_m = 5
goal = 0.95
"""


def crossings(*x: float) -> gpd.GeoDataFrame:
    return facilities(*[{"kind": "crossing", "geometry": Point(one, 100)} for one in x])


def test_gaps_between_crossings_and_to_the_ends_of_the_street() -> None:
    town = with_streets(
        {"a": (0, 100), "b": (250, 100)},
        {"a": (250, 100), "b": (500, 100)},
        {"a": (500, 100), "b": (900, 100)},
        places=crossings(100, 400, 450),
    )
    table = evaluate(book(SPACING), town)
    # 0-100 ends the street: good; 100-400 is 300: good; 400-450 good; 450-900 ends it after 450 m: not
    assert row(table, "A")[["numerator", "denominator"]].tolist() == [450.0, 900.0]
    assert row(table, "A1")["numerator"] == 450.0
    assert row(table, "A2")[["numerator", "denominator"]].tolist() == [0.0, 400.0]


def test_a_gap_is_measured_on_the_nearest_branch() -> None:
    town = with_streets(
        {"a": (0, 100), "b": (200, 100)},
        {"a": (200, 100), "b": (900, 100)},
        {"a": (200, 100), "b": (200, 400)},
        places=facilities(
            {"kind": "crossing", "geometry": Point(0, 100)}, {"kind": "crossing", "geometry": Point(200, 190)}
        ),
    )
    # To the branch's crossing it is 200 + 90; beyond it 210 to the end; the long arm ends after 700.
    assert row(evaluate(book(SPACING), town), "A1")["numerator"] == 200.0 + 300.0


def test_a_foot_bridge_is_a_crossing() -> None:
    bridge = {"a": (200, 80), "b": (200, 120), "highway": "footway", "bridge": True}
    streets = [{"a": (0, 100), "b": (400, 100)}, bridge]
    assert row(evaluate(book(SPACING), with_streets(*streets, places=crossings(9000))), "A")["value"] == 1.0
    level = [streets[0], {**bridge, "bridge": False}]
    assert row(evaluate(book(SPACING), with_streets(*level, places=crossings(9000))), "A")["value"] == 0.0


def test_spacing_needs_crossings_and_streets() -> None:
    assert row(evaluate(book(SPACING), with_streets({"a": (0, 1), "b": (9, 1)})), "A")["status"] == "no_data"
    assert row(evaluate(book(SPACING), city(places=crossings(1))), "A")["status"] == "no_data"


GATE = """
measure = "gate_crossing"
who = ["6_11"]
gates = ["primary_school"]
target = "crossing"
full_m = 30
zero_m = 80
goal = 1.0
"""


def schools_and_crossings() -> City:
    places = facilities(
        {"kind": "primary_school", "geometry": Point(100, 100)},
        {"kind": "primary_school", "geometry": Point(300, 100)},
        {"kind": "primary_school", "geometry": Point(700, 100)},
        {"kind": "crossing", "geometry": Point(100, 130)},
        {"kind": "crossing", "geometry": Point(300, 155)},
    )
    return city(places=places)


def test_a_crossing_near_the_gate() -> None:
    found = row(evaluate(book(GATE), at_gate(schools_and_crossings())), "A1")
    # 30 m is near; 55 m is half way from 30 to 80
    assert found[["numerator", "denominator"]].tolist() == [1.0, 2.0]
    assert found["score"] == pytest.approx(75.0)
    assert found["children"] == 100.0


def test_a_foot_bridge_near_the_gate_is_as_good() -> None:
    town = schools_and_crossings()
    over = segments({"a": (720, 80), "b": (720, 120), "highway": "steps", "bridge": True})
    bridged = at_gate(city(places=town.facilities, segments=over))
    assert row(evaluate(book(GATE), bridged), "A2")["value"] == 1.0


def test_a_point_of_a_list_is_no_gate() -> None:
    assert row(evaluate(book(GATE), schools_and_crossings()), "A")["reason_en"] == (
        "no gate of these schools is known"
    )
    town = schools_and_crossings()
    town.entrances.loc[0, "rule"] = "entrance_tag"
    found = row(evaluate(book(GATE), town), "A")
    # one gate known and near; the other two schools could go either way
    assert found[["value", "value_low", "value_high"]].tolist() == [1.0, 1 / 3, 1.0]


def test_a_gate_of_two_schools_counts_once() -> None:
    same = {"geometry": Point(100, 100)}
    places = facilities(
        {"kind": "primary_school", **same}, {"kind": "primary_school", **same}, {"kind": "crossing"}
    )
    assert row(evaluate(book(GATE), at_gate(city(places=places))), "A")["denominator"] == 1.0


SPEED = """
measure = "gate_speed"
who = ["6_11"]
gates = ["primary_school"]
along_m = 150
snap_m = 50
max_kmh = 30
calm_classes = ["living_street"]
road_classes = ["primary", "residential", "living_street"]
goal = 1.0
"""


def test_150_m_along_the_roads_from_the_gate() -> None:
    places = facilities({"kind": "primary_school", "geometry": Point(100, 110)})
    town = with_streets(
        {"a": (0, 100), "b": (200, 100), "maxspeed_kmh": np.float32(30)},
        {"a": (200, 100), "b": (400, 100), "maxspeed_kmh": np.float32(50)},
        {"a": (200, 100), "b": (200, 300)},
        {"a": (0, 100), "b": (0, 300), "highway": "living_street"},
        {"a": (0, 400), "b": (300, 400), "maxspeed_kmh": np.float32(30)},
        places=places,
    )
    found = row(evaluate(book(SPEED), at_gate(town)), "A")
    # From x = 100: 100 m each way of its own road (30 km/h), then 50 m of each of the roads beyond:
    # 50 km/h, unknown, living street. The road at y = 400 is not reached.
    assert found[["numerator", "denominator"]].tolist() == [250.0, 300.0]
    assert found[["value_low", "value_high"]].tolist() == [250 / 350, 300 / 350]


def test_gates_near_each_other_count_a_road_once() -> None:
    places = facilities(
        {"kind": "primary_school", "geometry": Point(400, 110)},
        {"kind": "primary_school", "geometry": Point(500, 110)},
    )
    town = with_streets({"a": (0, 100), "b": (1000, 100), "school_zone": True}, places=places)
    # 250 to 650
    assert row(evaluate(book(SPEED), at_gate(town)), "A")["numerator"] == pytest.approx(400.0)


def test_a_gate_far_from_any_road_has_none() -> None:
    places = facilities({"kind": "primary_school", "geometry": Point(400, 151)})
    town = at_gate(with_streets({"a": (0, 100), "b": (1000, 100), "maxspeed_kmh": 30.0}, places=places))
    assert row(evaluate(book(SPEED), town), "A")["reason_en"] == (
        "no road near a gate has a known speed limit here"
    )
    assert row(evaluate(book(SPEED), at_gate(city(places=places))), "A")["status"] == "no_data"
