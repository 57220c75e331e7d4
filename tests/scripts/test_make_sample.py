"""The sample study: reproducible, read by anyone's readers, and true to what it plants."""

from __future__ import annotations

import csv
import json
import math
import os
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import openpyxl
import osmium
import pytest
import rasterio

import make_sample
from cfspace.config.bands import BANDS
from cfspace.config.load import load_study
from cfspace.io.datums import gcj02_to_wgs84

PROJECT = Path(__file__).resolve().parents[2]
SAMPLE = PROJECT / "data" / "sample"
# What a library of another version may write in other words, with the same content.
LIBRARY_WORDED = {".tif", ".zip"}
M_PER_LAT_DEG = 111_132.0
M_PER_LON_DEG = M_PER_LAT_DEG * math.cos(math.radians(43.9))


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SAMPLE / "truth.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def tagged() -> list[tuple[str, int, dict[str, str]]]:
    stream = osmium.FileProcessor(str(SAMPLE / "town.osm.pbf"))
    return [(o.type_str(), o.id, dict(o.tags)) for o in stream if len(o.tags) > 0]


@pytest.fixture(scope="module")
def walk() -> nx.Graph:
    """Ways that can be walked, node by node, lengths in metres, read without any of our own readers."""
    graph = nx.Graph()
    for way in osmium.FileProcessor(str(SAMPLE / "town.osm.pbf")).with_locations():
        if not way.is_way() or "highway" not in way.tags or way.tags.get("access") == "private":
            continue
        spots = [(node.ref, node.lon, node.lat) for node in way.nodes]
        for (a, *start), (b, *end) in pairwise(spots):
            graph.add_edge(a, b, metres=metres(tuple(start), tuple(end)))
            graph.nodes[a]["at"], graph.nodes[b]["at"] = tuple(start), tuple(end)
    return graph


def metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    return math.hypot((a[0] - b[0]) * M_PER_LON_DEG, (a[1] - b[1]) * M_PER_LAT_DEG)


def at(place: dict[str, float]) -> tuple[float, float]:
    return place["lon_deg"], place["lat_deg"]


def nearest_node(graph: nx.Graph, spot: tuple[float, float]) -> int:
    return min(graph.nodes, key=lambda node: (metres(graph.nodes[node]["at"], spot), node))


def walk_m(graph: nx.Graph, a: tuple[float, float], b: tuple[float, float]) -> float:
    start, end = nearest_node(graph, a), nearest_node(graph, b)
    return float(nx.shortest_path_length(graph, start, end, weight="metres"))


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    make_sample.make_sample(folder)
    return folder


def test_the_same_program_makes_the_same_bytes(made: Path, tmp_path: Path) -> None:
    script = PROJECT / "scripts" / "make_sample.py"
    # Another process hashes strings in another order.
    world = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": str(PROJECT)}
    subprocess.run([sys.executable, str(script), "--out", str(tmp_path)], check=True, env=world)
    assert files_of(tmp_path) == files_of(made)


def test_what_is_committed_is_what_the_program_makes(made: Path) -> None:
    now, committed = files_of(made), files_of(SAMPLE)
    assert sorted(now) == sorted(committed)
    exact = [name for name in now if Path(name).suffix not in LIBRARY_WORDED]
    assert [name for name in exact if now[name] != committed[name]] == []
    for name in sorted(set(now) - set(exact)):
        assert same_content(made / name, SAMPLE / name), name


def same_content(a: Path, b: Path) -> bool:
    if a.suffix == ".zip":
        return bool(gpd.read_file(a).equals(gpd.read_file(b)))
    with rasterio.open(a) as one, rasterio.open(b) as other:
        return one.transform == other.transform and bool(np.array_equal(one.read(1), other.read(1)))


def test_it_stays_small() -> None:
    assert sum(len(content) for content in files_of(SAMPLE).values()) < 3_000_000


@pytest.mark.parametrize("name", ["study.toml", "study_raster.toml"])
def test_the_study_files_are_valid_and_point_to_files_that_exist(name: str) -> None:
    study = load_study(SAMPLE / name)
    paths = [part.file for part in (*study.units, *study.layers, *study.tables, *study.zones, *study.audits)]
    assert study.study.name == "示例市 (synthetic)"
    assert [path for path in paths if path is None or not path.is_file()] == []


def test_the_extract_is_sorted_and_its_header_box_holds_every_node() -> None:
    path = str(SAMPLE / "town.osm.pbf")
    with osmium.io.Reader(path) as reader:
        box = reader.header().box()
    order: dict[str, list[int]] = {"n": [], "w": [], "r": []}
    kinds = []
    for thing in osmium.FileProcessor(path):
        order[thing.type_str()].append(thing.id)
        kinds.append(thing.type_str())
        if thing.is_node():
            assert box.contains(thing.location)
    assert kinds == sorted(kinds, key="nwr".index)
    assert all(ids == sorted(set(ids)) for ids in order.values())


def test_every_way_has_its_nodes_and_every_street_hangs_together(walk: nx.Graph) -> None:
    known = {o.id for o in osmium.FileProcessor(str(SAMPLE / "town.osm.pbf"), osmium.osm.NODE)}
    refs = {n.ref for w in osmium.FileProcessor(str(SAMPLE / "town.osm.pbf")) if w.is_way() for n in w.nodes}
    assert refs <= known
    assert nx.number_connected_components(walk) == 1


def test_it_is_a_town_of_the_size_it_claims(tagged: list[tuple[str, int, dict[str, str]]]) -> None:
    buildings = Counter(tags["building"] for _, _, tags in tagged if "building" in tags)
    homes = [tags for _, _, tags in tagged if tags.get("building") in ("apartments", "residential", "house")]
    assert 600 <= len(homes) <= 900
    assert sum(buildings[kind] for kind in ("industrial", "commercial", "school", "retail", "office")) > 100
    levels_known = sum("building:levels" in tags for tags in homes) / len(homes)
    assert 0.5 < levels_known < 0.9


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("barrier", {"gate", "wall", "fence"}),
        ("crossing", {"traffic_signals", "uncontrolled", "unmarked"}),
        ("highway", {"primary", "secondary", "tertiary", "residential", "living_street", "service"}),
        ("highway", {"footway", "pedestrian", "steps", "crossing", "bus_stop", "traffic_signals"}),
        ("railway", {"rail", "level_crossing", "station"}),
        ("sidewalk", {"both", "left", "right", "no", "separate"}),
        ("kerb", {"lowered", "flush", "raised"}),
        ("hazard", {"school_zone"}),
        ("ramp:stroller", {"yes"}),
        ("disused:amenity", {"school", "kindergarten", "childcare", "clinic"}),
    ],
)  # fmt: skip
def test_streets_and_places_wear_the_tags_that_mappers_use(
    tagged: list[tuple[str, int, dict[str, str]]], key: str, values: set[str]
) -> None:
    assert values <= {tags[key] for _, _, tags in tagged if key in tags}


def test_tags_that_people_forget_are_partly_missing(tagged: list[tuple[str, int, dict[str, str]]]) -> None:
    streets = [
        t for _, _, t in tagged if t.get("highway") in ("primary", "secondary", "tertiary", "residential")
    ]
    for key in ("sidewalk", "maxspeed", "lit", "surface", "width"):
        assert 0.15 < sum(key in tags for tags in streets) / len(streets) < 0.85, key


def test_the_shut_gate_cuts_the_superblock_off_from_its_school(truth: dict[str, Any], walk: nx.Graph) -> None:
    gate = truth["planted"]["shut_gate"]
    inside = (gate["lon_deg"], gate["lat_deg"] - 30.0 / M_PER_LAT_DEG)
    assert metres(inside, at(gate["street"])) < 80.0
    assert walk_m(walk, inside, at(gate["street"])) > 1500.0


def test_the_missing_bridge_would_save_two_kilometres(truth: dict[str, Any], walk: nx.Graph) -> None:
    bridge = truth["planted"]["missing_bridge"]
    west, east = at(bridge["west_bank"]), at(bridge["east_bank"])
    assert metres(west, east) == pytest.approx(220.0, abs=15.0)
    assert walk_m(walk, west, east) > 2400.0


def test_only_the_two_bridges_cross_the_river(truth: dict[str, Any], walk: nx.Graph) -> None:
    # Without both bridges the town is two towns.
    cut = walk.copy()
    for way in osmium.FileProcessor(str(SAMPLE / "town.osm.pbf")):
        if way.is_way() and way.tags.get("bridge:name"):
            refs = [node.ref for node in way.nodes]
            cut.remove_edges_from(pairwise(refs))
    assert len(truth["planted"]["bridges"]) == 2
    banks = truth["planted"]["missing_bridge"]
    west, east = (nearest_node(cut, at(banks[side])) for side in ("west_bank", "east_bank"))
    assert not nx.has_path(cut, west, east)


def test_one_district_has_children_and_no_childcare(truth: dict[str, Any]) -> None:
    (empty,) = truth["planted"]["district_without_childcare"]
    care = [f for f in truth["facilities"] if f["kind"] == "childcare" and f["open"]]
    assert empty["code"] == "220192"
    assert empty["children_0_2"] > 500
    assert {f["district"] for f in care} == {"220191", ""}


def test_every_kind_of_facility_exists_and_lies_unevenly(truth: dict[str, Any]) -> None:
    kinds = Counter(f["kind"] for f in truth["facilities"])
    named = {
        *("primary_school", "junior_school", "senior_school", "kindergarten", "childcare", "library"),
        *("bookcase", "clinic", "hospital", "paediatric_hospital", "park", "playground", "pitch", "square"),
        *("nursing_room", "venue", "children_home", "community_centre", "youth_place", "museum"),
        *("sports_centre", "toilet", "rail_station", "employer"),
    }

    assert named - set(kinds) == set()
    only_listed = [f for f in truth["facilities"] if f["in_list"] and not f["in_osm"]]
    only_osm = [f for f in truth["facilities"] if f["in_osm"] and not f["in_list"]]
    assert min(len(only_listed), len(only_osm)) > 10


def test_parks_come_in_every_size(truth: dict[str, Any]) -> None:
    sizes = [f["ground_m2"] for f in truth["facilities"] if f["kind"] == "park"]
    assert sum(400 <= size < 5000 for size in sizes) >= 5
    assert sum(5000 <= size < 100_000 for size in sizes) >= 4
    assert sum(size >= 100_000 for size in sizes) >= 1


def test_childcare_is_gb18030_in_bd09_with_its_faults(truth: dict[str, Any]) -> None:
    raw = (SAMPLE / "municipal" / "托育机构.csv").read_bytes()
    with pytest.raises(UnicodeDecodeError):
        raw.decode("utf-8")
    rows = list(csv.DictReader(raw.decode("gb18030").splitlines()))
    assert sum(row["状态"] == "停业" for row in rows) == 3
    assert sum(row["经度"] == "" for row in rows) == 1
    assert len(rows) - len({row["机构编码"] for row in rows}) == 1
    true = {f["name_in_list"]: at(f) for f in truth["facilities"] if f["kind"] == "childcare"}
    for row in rows:
        if row["经度"]:
            away = metres(bd09_by_hand(true[row["机构名称"]]), (float(row["经度"]), float(row["纬度"])))
            assert away < 14.0, row


def test_nursing_rooms_are_gcj02_with_codes_that_begin_with_zero(truth: dict[str, Any]) -> None:
    sheet = openpyxl.load_workbook(SAMPLE / "municipal" / "母婴室.xlsx").active
    header, *rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    true = {f["name"]: at(f) for f in truth["facilities"] if f["kind"] == "nursing_room"}
    assert header[0] == "编号"
    for row in rows:
        fact = dict(zip(header, row, strict=True))
        assert isinstance(fact["编号"], str)
        assert fact["编号"].startswith("0")
        assert metres(gcj02_by_hand(true[fact["名称"]]), (fact["经度"], fact["纬度"])) < 14.0


@pytest.mark.parametrize(
    ("file", "epsg", "easting_m"), [("公园绿地.zip", 4551, 443_800.0), ("儿童之家.zip", 4530, 42_443_800.0)]
)
def test_shapefiles_are_cgcs2000_with_and_without_zone(file: str, epsg: int, easting_m: float) -> None:
    frame = gpd.read_file(SAMPLE / "municipal" / file)
    west, _, east, _ = frame.total_bounds
    assert frame.crs.to_epsg() == epsg
    assert west - 1000.0 < easting_m < east + 1000.0
    assert frame["名称"].str.contains("[\u4e00-\u9fff]").all()
    assert 125.25 < frame.to_crs(4326).geometry.iloc[0].centroid.x < 125.35


def test_children_of_the_ledger_the_rasters_and_the_truth_are_the_same_children(
    truth: dict[str, Any],
) -> None:
    sheet = openpyxl.load_workbook(SAMPLE / "municipal" / "儿童人口.xlsx").active
    header, *rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert [row[0] for row in rows] == [unit["community"] for unit in truth["children"]]
    for position, band in enumerate(BANDS):
        in_ledger = sum(row[2 + position] for row in rows)
        with rasterio.open(SAMPLE / "population" / f"pop_{band}.tif") as raster:
            cells = raster.read(1, masked=True)
            assert raster.crs.to_epsg() == 4326
        assert in_ledger == sum(unit[band] for unit in truth["children"]) == float(cells.sum())
        assert in_ledger == sum(home["children"][position] for home in truth["homes"])
    assert header[2] == "0-2岁"


def test_units_nest_and_do_not_overlap() -> None:
    levels = {}
    for file, code in (
        ("districts.geojson", "code"),
        ("街道.geojson", "街道代码"),
        ("社区.geojson", "社区代码"),
    ):
        frame = gpd.read_file(SAMPLE / "units" / file)
        if file != "街道.geojson":
            frame.geometry = frame.geometry.transform(lambda xy: np.column_stack(gcj02_to_wgs84(*xy.T)))
        levels[code] = frame.to_crs(4551).sort_values(code)
    assert [len(frame) for frame in levels.values()] == [2, 6, 18]
    assert [len(codes[0]) for codes in (list(f[c]) for c, f in levels.items())] == [6, 9, 12]
    areas = [frame.area.sum() for frame in levels.values()]
    together = [frame.union_all().area for frame in levels.values()]
    assert areas == pytest.approx(together, rel=1e-4)
    assert areas == pytest.approx([areas[0]] * 3, rel=1e-3)


def test_streets_and_places_go_on_beyond_the_districts(truth: dict[str, Any], walk: nx.Graph) -> None:
    districts = gpd.read_file(SAMPLE / "units" / "街道.geojson").to_crs(4551).union_all()
    spots = gpd.GeoSeries.from_xy(*zip(*(walk.nodes[n]["at"] for n in walk), strict=True), crs=4326).to_crs(
        4551
    )
    assert spots.distance(districts).max() > 500.0
    outside = {f["kind"] for f in truth["facilities"] if not f["district"]}
    assert {"primary_school", "park", "kindergarten", "clinic"} <= outside


def test_no_place_stands_on_the_ground_of_another(truth: dict[str, Any]) -> None:
    from sample.lots import places

    grounds = [p for p in places() if p.size_m is not None]
    for i, one in enumerate(grounds):
        for other in grounds[i + 1 :]:
            assert not one.ground.intersects(other.ground), (one.key, other.key)


def gcj02_by_hand(spot: tuple[float, float]) -> tuple[float, float]:
    """The public formula once more, point by point, apart from the package's own."""
    lon, lat = spot
    x, y, pi = lon - 105.0, lat - 35.0, math.pi
    d_lat = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x))
    d_lon = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x))
    both = (20 * math.sin(6 * x * pi) + 20 * math.sin(2 * x * pi)) * 2 / 3
    d_lat += both + (20 * math.sin(y * pi) + 40 * math.sin(y / 3 * pi)) * 2 / 3
    d_lat += (160 * math.sin(y / 12 * pi) + 320 * math.sin(y * pi / 30)) * 2 / 3
    d_lon += both + (20 * math.sin(x * pi) + 40 * math.sin(x / 3 * pi)) * 2 / 3
    d_lon += (150 * math.sin(x / 12 * pi) + 300 * math.sin(x / 30 * pi)) * 2 / 3
    a, e2 = 6378245.0, 0.00669342162296594323
    w = 1 - e2 * math.sin(math.radians(lat)) ** 2
    d_lat = d_lat * 180 / ((a * (1 - e2)) / (w * math.sqrt(w)) * pi)
    d_lon = d_lon * 180 / (a / math.sqrt(w) * math.cos(math.radians(lat)) * pi)
    return lon + d_lon, lat + d_lat


def bd09_by_hand(spot: tuple[float, float]) -> tuple[float, float]:
    x, y = gcj02_by_hand(spot)
    step = math.pi * 3000 / 180
    z = math.hypot(x, y) + 0.00002 * math.sin(y * step)
    theta = math.atan2(y, x) + 0.000003 * math.cos(x * step)
    return z * math.cos(theta) + 0.0065, z * math.sin(theta) + 0.006
