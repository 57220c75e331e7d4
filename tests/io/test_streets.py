"""Line layers of streets: one read, tags as OSM has them, streets that meet where they share a vertex."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from cfspace.config.study import NetworkSection
from cfspace.errors import CrsError, LayerError
from cfspace.io.frame import metric_crs, to_lon_lat
from cfspace.io.streets import Streets, load_streets, read_streets, write_streets
from cfspace.network.build import build_network
from cfspace.network.rules import load_walk_rules
from tests.io.makers import write_bare

CRS = metric_crs(125.3, 43.9)
Line = list[tuple[float, float]]
MAIN: Line = [(0, 0), (100, 0)]
SIDE: Line = [(100, 0), (100, 100)]


def layer(path: Path, lines: list[Any], **columns: list[Any]) -> Path:
    """Write streets drawn in metres around 125.3 E, 43.9 N."""
    shapes = [shapely.LineString(line) if isinstance(line, list) else line for line in lines]
    frame = gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS).to_crs("EPSG:4326")
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    else:
        frame.to_file(path)
    return path


def read(path: Path, **options: Any) -> Streets:
    return read_streets(NetworkSection(file=path, **({"highway": "highway"} | options)))


def test_streets_that_share_a_vertex_meet(tmp_path: Path) -> None:
    ways = read(layer(tmp_path / "a.gpkg", [MAIN, SIDE], highway=["primary", "path"])).ways
    assert ways.way_id.tolist() == [1, 2]
    assert ways.ptr.tolist() == [0, 2, 4]
    assert ways.tags == [{"highway": "primary"}, {"highway": "path"}]
    assert ways.node_id[1] == ways.node_id[2]
    assert len(set(ways.node_id.tolist())) == 3


def test_a_hundredth_of_a_metre_apart_is_together_and_a_tenth_is_not(tmp_path: Path) -> None:
    near: Line = [(100.002, 0), (200, 0)]
    far: Line = [(100.1, 0.1), (200, 100)]
    nodes = read(layer(tmp_path / "a.gpkg", [MAIN, near, far], highway=["path"] * 3)).ways.node_id
    assert nodes[2] == nodes[1]
    assert nodes[4] != nodes[1]


def test_lines_that_cross_without_a_vertex_do_not_meet(tmp_path: Path) -> None:
    over: Line = [(50, -50), (50, 50)]
    streets = read(layer(tmp_path / "a.gpkg", [MAIN, over], highway=["path"] * 2))
    network = build_network(streets.ways, load_walk_rules("cfspace"), CRS)
    assert (network.n_nodes, network.n_segments) == (4, 2)


def test_a_multiline_is_several_pieces_of_one_street(tmp_path: Path) -> None:
    both = shapely.MultiLineString([MAIN, [(200, 0), (300, 0)]])
    ways = read(layer(tmp_path / "a.gpkg", [both], highway=["path"])).ways
    assert ways.way_id.tolist() == [1, 1]
    assert ways.tags == [{"highway": "path"}] * 2


def test_a_street_drawn_once_each_way_is_taken_once(tmp_path: Path) -> None:
    # Row 2 is row 1 backwards; row 3 has the same shape and is another street.
    streets = read(
        layer(tmp_path / "a.gpkg", [MAIN, MAIN[::-1], MAIN, SIDE], highway=["path", "path", "steps", "path"])
    )
    assert streets.ways.way_id.tolist() == [1, 3, 4]
    assert [(drop.row, drop.reason) for drop in streets.report.dropped] == [
        (2, "an earlier row the other way round")
    ]
    assert (streets.report.rows, streets.report.kept) == (4, 3)


@pytest.mark.parametrize(
    ("column", "values", "expected"),
    [
        ("bridge", [True, False], ["yes", "no"]),
        ("bridge", ["T", "F"], ["yes", "no"]),
        ("tunnel", [1, 0], ["yes", "no"]),
        ("oneway", ["B", "F"], ["no", "no"]),
        ("layer", [1.0, -2.0], ["1", "-2"]),
        ("maxspeed", ["0", "50 mph"], [None, "50 mph"]),
        ("name", ["人民大街", None], ["人民大街", None]),
        ("lit", ["['yes', 'no']", " "], ["yes", None]),
    ],
)
def test_columns_say_what_osm_tags_say(
    tmp_path: Path, column: str, values: list[object], expected: list[str | None]
) -> None:
    file = layer(tmp_path / "a.gpkg", [MAIN, SIDE], highway=["path"] * 2, **{column: values})
    assert [tags.get(column) for tags in read(file).ways.tags] == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("track_grade2", "track"),
        ("residential", "residential"),
        ("['steps', 'path']", "steps"),
        (None, "road"),
    ],
)
def test_classes_of_geofabrik_and_osmnx_are_understood(tmp_path: Path, value: str, expected: str) -> None:
    file = layer(tmp_path / "a.gpkg", [MAIN, SIDE], fclass=[value, "path"])
    assert read(file, highway="fclass").ways.tags[0]["highway"] == expected


def test_lists_of_parquet_give_their_first_value(tmp_path: Path) -> None:
    file = layer(tmp_path / "a.parquet", [MAIN, SIDE], highway=[["steps", "path"], ["path"]])
    assert [tags["highway"] for tags in read(file).ways.tags] == ["steps", "path"]


def test_walkable_values_choose_the_streets(tmp_path: Path) -> None:
    file = layer(tmp_path / "a.gpkg", [MAIN, SIDE], 等级=["支路", "快速路"])
    streets = read(file, highway=None, walkable={"等级": ["支路"]})
    assert streets.ways.way_id.tolist() == [1]
    assert streets.ways.tags == [{"highway": "road"}]
    assert load_walk_rules("cfspace").keeps(streets.ways.tags[0])


def test_columns_can_be_named(tmp_path: Path) -> None:
    file = layer(tmp_path / "a.gpkg", [MAIN, SIDE], highway=["path"] * 2, 路名=["人民大街", "重庆路"])
    assert [tags["name"] for tags in read(file, columns={"name": "路名"}).ways.tags] == ["人民大街", "重庆路"]


def test_a_shifted_layer_is_put_right(tmp_path: Path) -> None:
    plain = layer(tmp_path / "a.gpkg", [MAIN, SIDE], highway=["path"] * 2)
    moved = read(plain, datum="gcj02").ways
    # In Changchun GCJ-02 lies about 590 m off.
    lon, lat = to_lon_lat(CRS, np.array([0.0]), np.array([0.0]))
    off_m = np.hypot((moved.lon_deg[0] - lon) * 80_300, (moved.lat_deg[0] - lat) * 111_100)
    assert off_m[0] == pytest.approx(590, abs=40)


def test_streets_come_back_from_files(tmp_path: Path) -> None:
    file = layer(
        tmp_path / "a.gpkg",
        [MAIN, MAIN[::-1], shapely.Point(0, 0), SIDE],
        highway=["path", "path", "path", "steps"],
        name=["人民大街", "人民大街", None, None],
    )
    streets = read(file)
    (tmp_path / "kept").mkdir()
    write_streets(streets, tmp_path / "kept")
    again = load_streets(tmp_path / "kept", file)
    assert again.report == streets.report
    assert again.extent == streets.extent
    assert again.ways.tags == streets.ways.tags
    for name in ("way_id", "ptr", "node_id", "lon_deg", "lat_deg"):
        np.testing.assert_array_equal(getattr(again.ways, name), getattr(streets.ways, name))


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    file = layer(tmp_path / "a.gpkg", [MAIN, SIDE], fclass=["path"] * 2)
    with pytest.raises(LayerError, match="highway"):
        read(file)


def test_a_layer_without_lines_is_refused(tmp_path: Path) -> None:
    points = [shapely.Point(0, 0), shapely.Point(1, 1)]
    with pytest.raises(LayerError, match="empty layer: none of 2 rows can be used"):
        read(layer(tmp_path / "a.gpkg", points, highway=["path"] * 2))


def test_a_filter_that_nothing_passes_is_refused(tmp_path: Path) -> None:
    file = layer(tmp_path / "a.gpkg", [MAIN, SIDE], 等级=["支路", "支路"])
    with pytest.raises(LayerError, match="empty layer"):
        read(file, highway=None, walkable={"等级": ["人行道"]})


def test_a_layer_without_crs_is_refused(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"highway": ["path"]}, geometry=[shapely.LineString(MAIN)])
    write_bare(frame, tmp_path / "a.shp")
    with pytest.raises(CrsError, match="the file says no CRS"):
        read(tmp_path / "a.shp")


def test_motorways_of_a_whole_city_are_left_out_and_nothing_else(shared: Path) -> None:
    file = shared / "data" / "wuhan_streets" / "wuhan_fua8989_osm_streets.parquet"
    streets = read(file)
    middle = shapely.centroid(streets.extent)
    crs = metric_crs(middle.x, middle.y)
    network = build_network(streets.ways, load_walk_rules("cfspace"), crs)
    lines = gpd.read_parquet(file).to_crs(crs)
    lines = lines[~lines["highway"].str.startswith("motorway")]
    again = {drop.row - 1 for drop in streets.report.dropped}
    expected_m = lines[~lines.index.isin(again)].length.sum()
    assert network.length_m.sum() == pytest.approx(expected_m, rel=1e-9)
    assert set(network.attributes["highway"]) == set(lines["highway"])
