"""Ways to school in figures, worked by hand on a few streets."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point

from cfspace.indicators.trips import TRIP_COLUMNS, trips_to_school
from cfspace.network.model import WalkNetwork
from cfspace.network.snap import SnappedPoints, snap
from cfspace.network.toy import toy_network

Way = tuple[dict[str, str], list[tuple[float, float]]]
PATH: Way = ({"highway": "footway"}, [(0, 0), (0, 100), (0, 200)])
MAIN: Way = ({"highway": "primary", "name": "A"}, [(-200, 100), (0, 100), (200, 100)])
HOME, SCHOOL = (0.0, 0.0), (0.0, 200.0)


def feet(network: WalkNetwork, *xy: tuple[float, float]) -> SnappedPoints:
    x, y = np.array(xy, float).T
    return snap(network, x, y)


def trip(
    *ways: Way,
    home: tuple[float, float] = HOME,
    school: tuple[float, float] = SCHOOL,
    signals: tuple[tuple[float, float], ...] = (),
) -> pd.DataFrame:
    network = toy_network(list(ways))
    segments = gpd.GeoDataFrame(network.attributes, geometry=network.lines, crs=network.crs)
    crossings = {"kind": "crossing", "crossing": "traffic_signals"}
    places = gpd.GeoDataFrame(
        pd.DataFrame(
            [{**crossings, "geometry": Point(one)} for one in signals], columns=[*crossings, "geometry"]
        ),
        geometry="geometry",
        crs=network.crs,
    )
    return trips_to_school(
        network,
        segments,
        places,
        home_ids=np.array(["h1"], dtype=object),
        home_feet=feet(network, home),
        entrances=pd.DataFrame({"facility_id": ["s1", "x"], "kind": ["primary_school", "park"]}),
        entrance_feet=feet(network, school, home),
        limits_m={"primary_school": 3000.0},
    )


def crossings_of(*ways: Way, **where: object) -> float:
    return float(trip(*ways, **where)["major_crossings"].iloc[0])  # type: ignore[arg-type]


def test_a_path_across_a_main_road_crosses_it_once() -> None:
    found = trip(PATH, MAIN)
    assert found[["home_id", "kind", "facility_id"]].values.tolist() == [["h1", "primary_school", "s1"]]
    assert found["path_m"].iloc[0] == pytest.approx(200.0, abs=1e-3)
    assert found["major_crossings"].tolist() == [1.0]
    assert list(found.columns) == list(TRIP_COLUMNS)


@pytest.mark.parametrize("highway", ["tertiary", "residential"])
def test_a_lesser_street_is_no_main_road(highway: str) -> None:
    assert crossings_of(PATH, ({"highway": highway}, MAIN[1])) == 0.0


@pytest.mark.parametrize(("x", "crossed"), [(25.0, 0.0), (26.0, 1.0)])
def test_signals_near_the_junction_make_it_safe(x: float, crossed: float) -> None:
    assert crossings_of(PATH, MAIN, signals=((x, 100.0),)) == crossed


def test_a_way_tagged_as_crossing_at_signals_is_safe() -> None:
    tagged = {"highway": "footway", "footway": "crossing", "crossing": "traffic_signals"}
    ways: list[Way] = [
        ({"highway": "footway"}, [(0, 0), (0, 90)]),
        (tagged, [(0, 90), (0, 100), (0, 110)]),
        ({"highway": "footway"}, [(0, 110), (0, 200)]),
    ]
    assert crossings_of(*ways, MAIN) == 0.0
    zebra = (ways[0], ({**tagged, "crossing": "uncontrolled"}, ways[1][1]), ways[2])
    assert crossings_of(*zebra, MAIN) == 1.0


def test_a_foot_bridge_crosses_nothing() -> None:
    bridge = ({"highway": "footway", "bridge": "yes", "layer": "1"}, [(0, 0), (0, 200)])
    ends: list[Way] = [
        ({"highway": "footway"}, [(0, -50), (0, 0)]),
        ({"highway": "footway"}, [(0, 200), (0, 250)]),
    ]
    assert crossings_of(bridge, *ends, MAIN, home=(0, -50), school=(0, 250)) == 0.0


def test_two_carriageways_are_crossed_once() -> None:
    one_way = {"highway": "primary", "name": "A", "oneway": "yes"}
    path: Way = ({"highway": "footway"}, [(0, 0), (0, 100), (0, 120), (0, 200)])
    pair: list[Way] = [
        (one_way, [(-200, 100), (0, 100), (200, 100)]),
        (one_way, [(200, 120), (0, 120), (-200, 120)]),
    ]
    assert crossings_of(path, *pair) == 1.0
    apart = [pair[0], ({**one_way, "name": "B"}, pair[1][1])]
    assert crossings_of(path, *apart) == 2.0


def test_walking_along_a_main_road_does_not_cross_it() -> None:
    path: list[Way] = [
        ({"highway": "footway"}, [(0, 0), (0, 100)]),
        ({"highway": "footway"}, [(150, 100), (150, 200)]),
    ]
    along: Way = ({"highway": "primary"}, [(-200, 100), (0, 100), (150, 100), (300, 100)])
    assert crossings_of(*path, along, school=(150, 200)) == 0.0


def test_metres_with_a_footway_and_metres_known() -> None:
    ways: list[Way] = [
        ({"highway": "residential", "sidewalk": "no"}, [(0, 0), (50, 0)]),
        ({"highway": "residential"}, [(50, 0), (80, 0)]),
        ({"highway": "residential", "sidewalk": "right"}, [(80, 0), (180, 0)]),
        ({"highway": "living_street"}, [(180, 0), (200, 0)]),
        ({"highway": "residential", "sidewalk:left": "no"}, [(200, 0), (400, 0)]),
    ]
    found = trip(*ways, home=(10, 0), school=(250, 0)).iloc[0]
    # 40 none, 30 unknown, 100 on one side, 20 living street, 50 of which one side is not known
    assert found[["path_m", "known_m", "footway_m"]].tolist() == pytest.approx(
        [240.0, 160.0, 120.0], abs=1e-3
    )


def test_a_home_out_of_reach_has_no_row() -> None:
    far: Way = ({"highway": "footway"}, [(5000, 0), (9000, 0)])
    assert trip(PATH, far, school=(8000, 0)).empty
