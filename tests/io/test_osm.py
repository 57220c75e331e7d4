"""OSM extracts: what is read, where a clipped extract ends, and what is refused."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import osmium
import pytest
import shapely

from cfspace.errors import OsmError
from cfspace.io.osm import OsmData, read_osm
from cfspace.io.osm_tags import barrier_of, is_feature, landuse_of
from tests.io.osmmaker import multipolygon, node, ring, square, way, write_osm

LON, LAT = 125.3, 43.9
STREET = [node(1, LON, LAT), node(2, LON + 0.001, LAT), node(3, LON + 0.002, LAT)]
RESIDENTIAL = {"highway": "residential", "name": "人民大街"}


def town(path: Path, *things: str) -> OsmData:
    """Read an extract of one street of three vertices and some more objects (nodes before ways)."""
    nodes = [one for one in things if one.startswith("<node")]
    others = [one for one in things if not one.startswith("<node")]
    return read_osm(write_osm(path / "town.osm", *STREET, *nodes, way(10, [1, 2, 3], RESIDENTIAL), *others))


def test_a_way_keeps_its_tags_nodes_and_places(tmp_path: Path) -> None:
    ways = town(tmp_path).ways
    assert ways.way_id.tolist() == [10]
    assert ways.tags == [RESIDENTIAL]
    assert ways.node_id.tolist() == [1, 2, 3]
    assert ways.ptr.tolist() == [0, 3]
    np.testing.assert_array_equal(ways.lon_deg, [125.3, 125.301, 125.302])
    np.testing.assert_array_equal(ways.lat_deg, [43.9, 43.9, 43.9])


def test_a_way_with_nodes_cut_out_is_left_in_pieces(tmp_path: Path) -> None:
    # Node 99 is not in the file: 1-2, gap, 3 alone. No street is invented across the gap.
    osm = read_osm(write_osm(tmp_path / "cut.osm", *STREET, way(10, [1, 2, 99, 3], RESIDENTIAL)))
    assert osm.ways.way_id.tolist() == [10, 10]
    assert osm.ways.ptr.tolist() == [0, 2, 3]
    assert osm.ways.node_id.tolist() == [1, 2, 3]
    assert osm.n_missing_nodes == 1


def test_a_way_of_which_nothing_is_there_is_left_out(tmp_path: Path) -> None:
    osm = town(tmp_path, way(11, [97, 98, 99], RESIDENTIAL))
    assert osm.ways.way_id.tolist() == [10]
    assert osm.n_missing_nodes == 3


def test_a_repeated_vertex_is_kept_for_the_network_to_judge(tmp_path: Path) -> None:
    osm = read_osm(write_osm(tmp_path / "twice.osm", *STREET, way(10, [1, 2, 2, 3], RESIDENTIAL)))
    assert osm.ways.node_id.tolist() == [1, 2, 2, 3]


def test_points_lines_and_areas_are_features_in_order_of_their_ids(tmp_path: Path) -> None:
    osm = town(
        tmp_path,
        node(20, LON, LAT, {"highway": "bus_stop"}),
        node(21, LON, LAT, {"natural": "tree"}),
        node(22, LON, LAT, {"disused:amenity": "school"}),
        node(30, LON, LAT, {"amenity": "library"}),
        *square(100, LON, LAT),
        way(40, [100, 101], {"leisure": "track"}),
        way(41, ring(100), {"leisure": "park"}),
    )
    features = osm.features
    assert list(zip(features["osm_type"], features["osm_id"], strict=True)) == [
        ("node", 20),
        ("node", 22),
        ("node", 30),
        ("way", 40),
        ("way", 41),
    ]
    assert features.geom_type.tolist() == ["Point"] * 3 + ["LineString", "MultiPolygon"]
    assert features["tags"].iloc[2] == {"amenity": "library"}
    assert features.crs == "EPSG:4326"


def test_a_building_with_a_use_is_building_and_feature_and_no_land(tmp_path: Path) -> None:
    tags = {"building": "yes", "amenity": "kindergarten"}
    osm = town(tmp_path, *square(100, LON, LAT), way(40, ring(100), tags))
    assert osm.buildings["tags"].tolist() == [tags]
    assert osm.features["tags"].tolist() == [tags]
    assert len(osm.landuse) == 0


def test_a_multipolygon_has_its_hole_and_the_id_of_its_relation(tmp_path: Path) -> None:
    osm = town(
        tmp_path,
        *square(100, LON, LAT, 0.01),
        *square(200, LON + 0.004, LAT + 0.004, 0.002),
        way(40, ring(100), {}),
        way(41, ring(200), {}),
        multipolygon(50, [(40, "outer"), (41, "inner")], {"landuse": "residential"}),
    )
    assert osm.landuse[["osm_type", "osm_id", "landuse"]].to_numpy().tolist() == [
        ["relation", 50, "residential"]
    ]
    # 0.01 x 0.01 without 0.002 x 0.002 square degrees
    assert osm.landuse.geometry.iloc[0].area == pytest.approx(1e-4 - 4e-6)


PARK = {"leisure": "park", "name": "南湖公园"}


@pytest.mark.parametrize(
    "things",
    [
        (way(40, [100, 101, 102], {}), multipolygon(50, [(40, "outer")], PARK)),  # cut open
        (
            way(40, ring(100), {}),
            multipolygon(50, [(40, "outer"), (41, "outer")], PARK),
        ),  # a way is not there
        (way(50, [100, 101, 99, 103, 100], PARK),),  # a node is not there
        (way(50, [100, 101, 103, 102, 100], PARK),),  # crosses itself
        (way(50, [100, 101, 100], PARK),),  # no ground
    ],
)
def test_an_area_that_cannot_be_put_together_is_told(tmp_path: Path, things: tuple[str, ...]) -> None:
    osm = town(tmp_path, *square(100, LON, LAT), *things)
    kind = "relation" if len(things) > 1 else "way"
    assert osm.broken_areas == ((kind, 50, PARK),)
    assert len(osm.features) == 0


def test_a_boundary_that_reaches_beyond_the_extract_is_no_broken_place(tmp_path: Path) -> None:
    tags = {"boundary": "administrative", "admin_level": "6"}
    osm = town(tmp_path, *square(100, LON, LAT), multipolygon(50, [(40, "outer")], tags))
    assert not osm.broken_areas


def test_a_square_is_an_area_though_it_is_a_street_too(tmp_path: Path) -> None:
    # osm: a multipolygon is an area, and so is place=square; a closed street without either is none.
    paved = {"highway": "pedestrian"}
    osm = town(
        tmp_path,
        *(node for first in (100, 200, 300) for node in square(first, LON, LAT)),
        way(40, ring(100), {}),
        multipolygon(50, [(40, "outer")], {**paved, "leisure": "park"}),
        way(41, ring(200), {**paved, "place": "square"}),
        way(42, ring(300), {**paved, "leisure": "track"}),
    )
    assert osm.features[["osm_type", "osm_id"]].to_numpy().tolist() == [["relation", 50], ["way", 41]]
    assert {41, 42} <= set(osm.ways.way_id.tolist())


def test_a_ring_that_is_said_to_be_no_area_is_a_line(tmp_path: Path) -> None:
    osm = town(tmp_path, *square(100, LON, LAT), way(40, ring(100), {"leisure": "track", "area": "no"}))
    assert osm.features.geometry.geom_type.tolist() == ["LineString"]
    assert not osm.broken_areas


def test_railways_waters_motorways_and_walls_are_told_apart(tmp_path: Path) -> None:
    kinds = [
        {"railway": "rail"},
        {"waterway": "river"},
        {"highway": "motorway"},
        {"barrier": "fence"},
        {"railway": "rail", "bridge": "yes"},
        {"waterway": "stream", "tunnel": "culvert"},
    ]
    osm = town(tmp_path, *(way(40 + i, [1, 2], tags) for i, tags in enumerate(kinds)))
    assert osm.barriers["barrier"].tolist() == ["railway", "waterway", "motorway"]
    assert osm.walls["barrier"].tolist() == ["fence"]
    assert len(osm.features) == 0


def test_a_barrier_with_a_node_cut_out_goes_on_to_the_next(tmp_path: Path) -> None:
    # A connector may cross a railway no more where the extract lacks one of its vertices.
    osm = town(tmp_path, way(40, [1, 99, 3], {"railway": "rail"}), way(41, [1, 99], {"railway": "rail"}))
    assert osm.barriers["osm_id"].tolist() == [40]
    assert osm.barriers.geometry.iloc[0].wkt == "LINESTRING (125.3 43.9, 125.302 43.9)"


def test_a_pedestrian_square_is_a_way_and_an_area_only_where_it_says_so(tmp_path: Path) -> None:
    osm = town(
        tmp_path,
        *square(100, LON, LAT),
        way(40, ring(100), {"highway": "pedestrian"}),
        way(41, ring(100), {"highway": "pedestrian", "area": "yes"}),
    )
    assert osm.ways.way_id.tolist() == [10, 40, 41]
    assert osm.features["osm_id"].tolist() == [41]


def test_boundaries_carry_level_and_name(tmp_path: Path) -> None:
    tags = {"boundary": "administrative", "admin_level": "6", "name": "南关区"}
    osm = town(
        tmp_path, *square(100, LON, LAT), way(40, ring(100), {}), multipolygon(50, [(40, "outer")], tags)
    )
    assert osm.boundaries[["osm_id", "admin_level", "name"]].to_numpy().tolist() == [[50, "6", "南关区"]]


def test_empty_frames_have_all_their_columns(tmp_path: Path) -> None:
    osm = town(tmp_path)
    assert list(osm.features.columns) == ["osm_type", "osm_id", "tags", "geometry"]
    assert list(osm.landuse.columns) == ["osm_type", "osm_id", "tags", "geometry", "landuse"]
    assert list(osm.barriers.columns) == ["osm_type", "osm_id", "tags", "geometry", "barrier"]
    assert {len(frame) for frame in (osm.features, osm.buildings, osm.walls, osm.boundaries)} == {0}


@pytest.mark.parametrize("ending", [".osm.gz", ".osm.pbf", ".osm.bz2"])
def test_every_format_gives_the_same(tmp_path: Path, ending: str) -> None:
    plain = town(tmp_path, node(20, LON, LAT, {"amenity": "library"}))
    other = tmp_path / f"town{ending}"
    with osmium.SimpleWriter(str(other)) as writer:
        for thing in osmium.FileProcessor(str(tmp_path / "town.osm")):
            writer.add(thing)
    again = read_osm(other)
    assert again.ways.tags == plain.ways.tags
    np.testing.assert_array_equal(again.ways.lon_deg, plain.ways.lon_deg)
    assert again.features.drop(columns="geometry").equals(plain.features.drop(columns="geometry"))


@pytest.mark.parametrize(
    ("tags", "answer"),
    [
        ({"shop": "mall"}, True),
        ({"railway": "subway_entrance"}, True),
        ({"railway": "rail"}, False),
        ({"highway": "residential"}, False),
        ({"abandoned:railway": "station"}, True),
        ({"building": "yes"}, False),
        ({}, False),
    ],
)
def test_what_may_be_a_feature(tags: dict[str, str], *, answer: bool) -> None:
    assert is_feature(tags) is answer


def test_what_a_walker_meets_on_the_ground() -> None:
    assert barrier_of({"railway": "tram"}) is None  # a street has it in its middle
    assert barrier_of({"waterway": "stream", "intermittent": "yes"}) is None
    assert barrier_of({"railway": "light_rail", "bridge": "no"}) == "railway"
    assert landuse_of({"waterway": "riverbank"}) == "water"
    assert landuse_of({"building": "yes", "landuse": "residential"}) is None


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(OsmError, match=r"nowhere\.osm\.pbf: no such file; check the path"):
        read_osm(tmp_path / "nowhere.osm.pbf")


def test_a_file_that_is_no_osm_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "town.osm.pbf"
    file.write_bytes(b"PK\x03\x04 not osm at all")
    with pytest.raises(OsmError, match="not a complete OSM file"):
        read_osm(file)


def test_a_file_cut_short_is_refused(tmp_path: Path) -> None:
    town(tmp_path)
    whole = (tmp_path / "town.osm").read_bytes()
    (tmp_path / "half.osm").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "half.osm.gz").write_bytes(gzip.compress(whole)[:-20])
    for name in ("half.osm", "half.osm.gz"):
        with pytest.raises(OsmError, match="download the extract again"):
            read_osm(tmp_path / name)


def test_a_file_out_of_order_is_refused_with_the_cure(tmp_path: Path) -> None:
    file = write_osm(
        tmp_path / "mixed.osm", *STREET, way(11, [1, 2], RESIDENTIAL), way(10, [2, 3], RESIDENTIAL)
    )
    with pytest.raises(OsmError, match=r"not sorted \(Way IDs out of order: 10\); sort it .* osmium sort"):
        read_osm(file)


def test_an_unknown_ending_is_refused(tmp_path: Path) -> None:
    (tmp_path / "town.xyz").write_text("<osm/>", encoding="utf-8")
    with pytest.raises(OsmError, match=r"give it the ending \.osm\.pbf"):
        read_osm(tmp_path / "town.xyz")


def test_an_extract_without_streets_is_refused(tmp_path: Path) -> None:
    file = write_osm(tmp_path / "empty.osm", node(1, LON, LAT, {"amenity": "library"}))
    with pytest.raises(OsmError, match="holds no way with a highway tag"):
        read_osm(file)


def test_ways_without_any_node_are_an_extract_without_streets(tmp_path: Path) -> None:
    file = write_osm(tmp_path / "bare.osm", way(10, [1, 2], RESIDENTIAL))
    with pytest.raises(OsmError, match="holds no way with a highway tag"):
        read_osm(file)


def test_a_real_extract_is_read_whole(shared: Path) -> None:
    osm = read_osm(shared / "data" / "helsinki" / "Helsinki.osm.pbf")
    # Counted once with osmium-tool's rules: every way with a highway tag is there.
    stream = osmium.FileProcessor(str(osm.source), osmium.osm.WAY)
    with_highway = {way.id for way in stream if "highway" in way.tags}
    assert set(osm.ways.way_id.tolist()) == with_highway
    assert shapely.is_valid(osm.extent)
