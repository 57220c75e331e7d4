"""Gated compounds: which land is one, and where one can leave it."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from cfspace.config.study import CompoundsSection
from cfspace.facilities.compounds import Compounds, find_compounds
from cfspace.network.model import WalkNetwork
from cfspace.network.toy import toy_network
from tests.facilities.places import CRS, in_degrees, osm_data, square

FROM_OSM = CompoundsSection(origin="osm")
LAND = {"landuse": "residential"}


def streets() -> WalkNetwork:
    """A street south of a square of 200 m, and one north of it."""
    return toy_network([({}, [(-500, -20), (700, -20)]), ({}, [(-500, 220), (700, 220)])])


def found(
    *places: Any,
    walls: tuple[Any, ...] = (),
    network: WalkNetwork | None = None,
    listed: Any = (),
    whole: bool = False,
) -> Compounds:
    osm = osm_data(*places, walls=walls)
    gates = gpd.GeoDataFrame(geometry=[shapely.Point(xy) for xy in listed], crs=CRS)
    return find_compounds(
        FROM_OSM, osm=osm, gates=gates, is_whole=whole, network=network or streets(), crs=CRS
    )


def ways_out(compounds: Compounds) -> list[tuple[str, float, float]]:
    return sorted(
        (str(rule), round(point.x), round(point.y))
        for rule, point in zip(compounds.rule, compounds.gate, strict=True)
    )


GATE = ({"barrier": "gate"}, (100.0, 0.0))


def test_walled_land_with_a_gate_is_a_compound() -> None:
    own = found((LAND | {"barrier": "wall"}, square(0, 0, 200)), GATE)
    around = found((LAND, square(0, 0, 200)), GATE, walls=(square(0, 0, 200).exterior,))
    for compounds in (own, around):
        assert ways_out(compounds) == [("gate", 100, 0)]
        inside = compounds.of_points(np.array([shapely.Point(50, 50), shapely.Point(-50, 50)], object))
        assert inside.tolist() == [0, -1]


def test_land_with_a_fence_along_a_third_of_it_is_none() -> None:
    fence = shapely.LineString([(0, 0), (200, 0), (200, 67)])
    assert len(found((LAND, square(0, 0, 200)), GATE, walls=(fence,)).outline) == 0
    bare = found((LAND, square(0, 0, 200)), GATE)
    assert len(bare.outline) == 0
    assert bare.note(0) == (
        "compounds: no walled residential land is mapped here; no home is bound by gates",
    )


def test_residents_pass_private_gates_but_no_locked_ones() -> None:
    compounds = found(
        (LAND | {"barrier": "wall"}, square(0, 0, 200)),
        ({"barrier": "gate", "access": "private"}, (0.0, 100.0)),
        ({"barrier": "gate", "locked": "yes", "access": "private"}, (100.0, 200.0)),
        ({"barrier": "gate"}, (300.0, 300.0)),
    )
    assert ways_out(compounds) == [("gate", 0, 100)]
    assert compounds.n_shut == 1


def test_a_street_over_the_outline_is_a_way_out_unless_its_gate_is_shut() -> None:
    network = toy_network([({}, [(-500, -20), (700, -20)]), ({}, [(100, -20), (100, 300)])])
    land = (LAND | {"barrier": "wall"}, square(0, 0, 200))
    assert ways_out(found(land, network=network)) == [("path_crossing", 100, 0), ("path_crossing", 100, 200)]
    shut = ({"barrier": "gate", "locked": "yes"}, (100.0, 200.0))
    assert ways_out(found(land, shut, network=network)) == [("path_crossing", 100, 0)]
    mapped = ({"barrier": "gate"}, (100.0, 200.0))
    assert ways_out(found(land, mapped, network=network)) == [("gate", 100, 200), ("path_crossing", 100, 0)]


def test_the_door_of_a_house_is_no_gate() -> None:
    compounds = found(
        (LAND | {"barrier": "wall"}, square(0, 0, 200)),
        ({"building": "apartments"}, square(50, 2, 20)),
        ({"entrance": "yes"}, (60.0, 2.0)),
        ({"entrance": "yes"}, (150.0, 0.0)),
    )
    assert ways_out(compounds) == [("entrance_tag", 150, 0)]


def test_a_list_of_all_gates_is_the_whole_truth() -> None:
    network = toy_network([({}, [(-500, -20), (700, -20)]), ({}, [(100, -20), (100, 300)])])
    land = (LAND | {"barrier": "wall"}, square(0, 0, 200))
    places = (land, ({"barrier": "gate"}, (0.0, 100.0)))
    listed = [(203.0, 100.0), (400.0, 0.0)]
    assert ways_out(found(*places, network=network, listed=listed, whole=True)) == [("list", 203, 100)]
    assert len(ways_out(found(*places, network=network, listed=listed))) == 4


def test_a_compound_without_known_gate_binds_nobody_and_is_told() -> None:
    compounds = found((LAND | {"barrier": "wall"}, square(0, 0, 200)))
    assert compounds.of_points(np.array([shapely.Point(50, 50)], object)).tolist() == [-1]
    assert any("1 with no known gate" in note for note in compounds.note(0))


def test_the_smaller_of_two_compounds_binds() -> None:
    compounds = found(
        (LAND | {"barrier": "wall"}, square(0, 0, 200)),
        (LAND | {"barrier": "wall"}, square(0, 0, 100)),
        ({"barrier": "gate"}, (0.0, 50.0)),
    )
    small = int(np.argmin(shapely.area(compounds.outline)))
    assert compounds.of_points(np.array([shapely.Point(50, 50)], object)).tolist() == [small]


def test_osm_outlines_need_osm() -> None:
    from cfspace.errors import LayerError

    gates = gpd.GeoDataFrame(geometry=[], crs=CRS)
    with pytest.raises(LayerError, match="no OSM data; give a file of outlines"):
        find_compounds(FROM_OSM, osm=None, gates=gates, is_whole=False, network=streets(), crs=CRS)


def test_outlines_of_a_file_are_compounds_as_they_stand(tmp_path: Any) -> None:
    path = tmp_path / "compounds.geojson"
    gpd.GeoDataFrame(geometry=[in_degrees(square(0, 0, 200))], crs=4326).to_file(path, driver="GeoJSON")
    section = CompoundsSection(file=path)
    gates = gpd.GeoDataFrame(geometry=[shapely.Point(100, 4)], crs=CRS)
    compounds = find_compounds(section, osm=None, gates=gates, is_whole=False, network=streets(), crs=CRS)
    assert ways_out(compounds) == [("list", 100, 4)]
    assert compounds.reports[0].rows == 1
