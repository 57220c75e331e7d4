"""Fetching a place, from a server on the loopback address and out of a large file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import osmium
import osmnx
import pytest
import shapely

from cfspace.config.load import load_study
from cfspace.errors import DownloadError, InputError, LayerError, OsmError, OutputError, ParameterError
from cfspace.io.fetch import Servers, Wish, fetch
from cfspace.io.fetch_overpass import Overpass, merge_tiles, question, tiles_of
from cfspace.io.fetch_pbf import Box, cut_osm
from cfspace.io.fetch_place import place_of_box, place_of_file
from cfspace.io.fetch_web import Manners, retry_after_s
from cfspace.io.osm import OsmData, read_osm
from tests.io.osmmaker import multipolygon, node, way, write_osm
from tests.io.osmserver import STAMP, OsmServer, serving

# The middle of the sample town, which reaches from 125.258, 43.871 to 125.342, 43.928.
CENTRE = (125.29, 43.89, 125.31, 43.91)
TOWN = "示例区, 示例市"


def found(box: Box, **more: Any) -> dict[str, Any]:
    west, south, east, north = box
    return {
        "osm_type": "relation",
        "osm_id": 77,
        "lat": str((south + north) / 2),
        "lon": str((west + east) / 2),
        "name": "示例区",
        "display_name": "示例区, 示例市, 中国",
        "importance": 0.5,
        "boundingbox": [str(south), str(north), str(west), str(east)],
        "geojson": shapely.geometry.mapping(shapely.box(*box)),
        **more,
    }


@pytest.fixture(scope="module")
def town(project: Path) -> Path:
    return project / "data" / "sample" / "town.osm.pbf"


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("answers")


@pytest.fixture
def server(town: Path, answers: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OsmServer]:
    # OSMnx rests a second before each question to a Nominatim server, as its owners ask; ours needs no rest.
    monkeypatch.setattr(osmnx._nominatim.time, "sleep", lambda _: None)
    point = found(CENTRE, geojson={"type": "Point", "coordinates": [125.3, 43.9]})
    with serving(town, answers, {TOWN: [found(CENTRE)], "point": [point]}) as running:
        yield running


@dataclass
class Rest:
    """Notes how long would have been waited."""

    waits_s: list[float] = field(default_factory=list)

    def __call__(self, seconds: float) -> None:
        self.waits_s.append(seconds)


def servers_of(server: OsmServer, rest: Rest, *, tile_m: float = 20_000, **manners: Any) -> Servers:
    manner = Manners(sleep=rest, **manners)
    return Servers(
        nominatim=server.nominatim, overpass=Overpass(url=server.overpass, manners=manner, tile_m=tile_m)
    )


def n_overpass(server: OsmServer) -> int:
    return sum("[out:xml]" in asked for asked in server.asked)


def shapes_of(osm: OsmData, frame: str, within: Box) -> dict[tuple[str, int], bytes]:
    """Return what of a frame touches a box, by type and id."""
    rows: gpd.GeoDataFrame = getattr(osm, frame)
    rows = rows[rows.intersects(shapely.box(*within))]
    types = rows["osm_type"] if "osm_type" in rows else ["relation"] * len(rows)
    return dict(zip(zip(types, rows["osm_id"], strict=True), rows.geometry.to_wkb(), strict=True))


FRAMES = ("features", "buildings", "landuse", "barriers", "walls", "boundaries")


def assert_same_inside(whole: OsmData, part: OsmData, box: Box) -> None:
    for frame in FRAMES:
        expected, got = shapes_of(whole, frame, box), shapes_of(part, frame, box)
        differing = {key for key in expected.keys() | got.keys() if expected.get(key) != got.get(key)}
        # An area that has no corner in the box may be left out: nothing of its outline says so.
        corners = {
            key
            for key in differing
            if key in got
            or shapely.box(*box).intersects(
                shapely.multipoints(shapely.get_coordinates(shapely.from_wkb(expected[key])))
            )
        }
        assert corners == set(), frame
        assert len(differing) <= 1
    inside = dict(zip(whole.ways.way_id.tolist(), np.diff(whole.ways.ptr).tolist(), strict=True))
    touched = ways_in(whole, box)
    assert touched == ways_in(part, box)
    lengths = dict(zip(part.ways.way_id.tolist(), np.diff(part.ways.ptr).tolist(), strict=True))
    assert {way_id: inside[way_id] for way_id in touched} == {way_id: lengths[way_id] for way_id in touched}


def ways_in(osm: OsmData, box: Box) -> set[int]:
    west, south, east, north = box
    lon, lat = osm.ways.lon_deg, osm.ways.lat_deg
    is_in = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    return set(np.repeat(osm.ways.way_id, np.diff(osm.ways.ptr))[is_in].tolist())


def test_a_place_becomes_a_folder_that_is_ready_to_run(server: OsmServer, town: Path, tmp_path: Path) -> None:
    out = tmp_path / "city"
    path = fetch(Wish(place=TOWN, margin_m=500), out, servers=servers_of(server, Rest(), tile_m=1500))
    assert sorted(file.name for file in out.iterdir()) == [
        ".cfspace",
        "README.md",
        "boundary.geojson",
        "city.osm",
        "study.toml",
    ]
    study = load_study(path)
    assert study.study.name == "示例区"
    assert str(study.study.snapshot) == STAMP[:10]
    assert study.units[0].file == out / "boundary.geojson"
    boundary = gpd.read_file(out / "boundary.geojson")
    assert boundary.loc[0, ["id", "name"]].tolist() == ["relation/77", "示例区"]
    assert boundary.union_all().equals(shapely.box(*CENTRE))
    assert n_overpass(server) > 4
    box = place_of_box("125.29,43.89,125.31,43.91").box(margin_m=500)
    assert_same_inside(read_osm(town), read_osm(out / "city.osm"), box)
    for file in ("study.toml", "README.md"):
        assert "© OpenStreetMap contributors" in (out / file).read_text(encoding="utf-8")
    assert {agent.split("/")[0] for agent in server.agents} == {"cfspace"}


def test_each_object_stands_once_and_in_order(server: OsmServer, tmp_path: Path) -> None:
    fetch(
        Wish(box="125.29,43.89,125.31,43.91", margin_m=0),
        tmp_path / "city",
        servers=servers_of(server, Rest(), tile_m=800),
    )
    keys = [
        ("nwr".index(thing.type_str()), thing.id)
        for thing in osmium.FileProcessor(str(tmp_path / "city" / "city.osm"))
    ]
    assert keys == sorted(set(keys))
    assert len(keys) > 1000


@pytest.mark.parametrize("status", ["429", "504"])
def test_a_busy_server_is_asked_again_when_it_says(server: OsmServer, tmp_path: Path, status: str) -> None:
    server.overpass_plan[:] = [status, status]
    server.nominatim_plan[:] = [status]
    rest = Rest()
    assert fetch(Wish(place=TOWN, margin_m=0), tmp_path / "city", servers=servers_of(server, rest)).is_file()
    assert rest.waits_s == [7.0, 7.0, 7.0]
    assert n_overpass(server) == 3


# "cut short" does not say how long it would have been.
@pytest.mark.parametrize("how", ["truncated", "cut short"])
def test_only_a_whole_answer_is_kept(server: OsmServer, tmp_path: Path, how: str) -> None:
    server.overpass_plan[:] = [how]
    server.nominatim_plan[:] = [how]
    rest = Rest()
    fetch(Wish(place=TOWN, margin_m=0), tmp_path / "city", servers=servers_of(server, rest, pause_s=3))
    assert rest.waits_s == [3.0, 3.0]
    assert read_osm(tmp_path / "city" / "city.osm").ways.way_id.size > 100


@pytest.mark.parametrize("which", ["overpass", "nominatim"])
def test_silence_is_waited_for_only_so_long(server: OsmServer, tmp_path: Path, which: str) -> None:
    getattr(server, f"{which}_plan")[:] = ["silence"]
    rest = Rest()
    place = fetch(
        Wish(place=TOWN, margin_m=0),
        tmp_path / "city",
        servers=servers_of(server, rest, timeout_s=1, grace_s=0),
    )
    assert place.is_file()
    assert rest.waits_s == [5.0]


def test_a_server_silent_for_good_is_told_and_the_next_call_goes_on(
    server: OsmServer, tmp_path: Path
) -> None:
    out = tmp_path / "city"
    wish = Wish(place=TOWN, margin_m=0)
    rest = Rest()
    polite = servers_of(server, rest, tile_m=1300, tries=3)
    server.overpass_plan[:] = ["answer", "answer", "429", "429", "429"]
    with pytest.raises(DownloadError, match=r"busy \(HTTP 429\) \(asked 3 times\); run the same command"):
        fetch(wish, out, servers=polite)
    assert [path.name for path in out.iterdir()] == [".parts"]
    asked = n_overpass(server)
    fetch(wish, out, servers=polite)
    n_tiles = len(tiles_of(place_of_box("125.29,43.89,125.31,43.91").box(margin_m=0), tile_m=1300))
    assert n_overpass(server) - asked == n_tiles - 2
    assert server.asked.count(TOWN) == 1
    assert not (out / ".parts").exists()


def test_what_is_too_much_at_once_is_asked_in_four(server: OsmServer, tmp_path: Path) -> None:
    server.overpass_plan[:] = ["remark"]
    fetch(Wish(place=TOWN, margin_m=0), tmp_path / "city", servers=servers_of(server, Rest()))
    assert n_overpass(server) == 5


def test_what_stays_too_much_is_told(server: OsmServer, tmp_path: Path) -> None:
    server.overpass_plan[:] = ["remark"] * 9
    with pytest.raises(DownloadError, match=r"out of memory .*--tile-km"):
        fetch(Wish(place=TOWN, margin_m=0), tmp_path / "city", servers=servers_of(server, Rest()))


def test_a_server_that_wants_long_rest_is_left_alone(server: OsmServer, tmp_path: Path) -> None:
    server.overpass_plan[:] = ["429"]
    rest = Rest()
    with pytest.raises(DownloadError, match=r"wants 7 s of rest"):
        fetch(
            Wish(place=TOWN, margin_m=0),
            tmp_path / "city",
            servers=servers_of(server, rest, longest_wait_s=5),
        )
    assert rest.waits_s == []


def test_an_unknown_place_is_the_users_fault(server: OsmServer, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"PLACE: 'Nowhere' is unknown to http.*write it as"):
        fetch(Wish(place="Nowhere"), tmp_path / "city", servers=servers_of(server, Rest()))
    assert not (tmp_path / "city").exists()


def test_a_place_without_outline_is_told(server: OsmServer, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="no outline"):
        fetch(Wish(place="point"), tmp_path / "city", servers=servers_of(server, Rest()))
    server.places["nothing"] = [{**server.places[TOWN][0], "geojson": {"type": "Polygon", "coordinates": []}}]
    with pytest.raises(DownloadError, match=r"PLACE: 'nothing' is known to .* no outline"):
        fetch(Wish(place="nothing"), tmp_path / "city", servers=servers_of(server, Rest()))


@pytest.mark.parametrize("which", ["overpass", "nominatim"])
@pytest.mark.parametrize("how", ["page", "403"])
def test_a_server_of_another_kind_is_told(server: OsmServer, tmp_path: Path, which: str, how: str) -> None:
    getattr(server, f"{which}_plan")[:] = [how]
    with pytest.raises(DownloadError, match="check the address"):
        fetch(Wish(place=TOWN, margin_m=0), tmp_path / "city", servers=servers_of(server, Rest()))


@pytest.mark.parametrize("which", ["overpass", "nominatim"])
def test_an_address_where_nobody_listens_is_told_at_once(
    server: OsmServer, tmp_path: Path, which: str
) -> None:
    rest = Rest()
    servers = servers_of(server, rest)
    nobody = "http://127.0.0.1:9/"
    asked = (
        Servers(nominatim=nobody, overpass=servers.overpass)
        if which == "nominatim"
        else Servers(nominatim=server.nominatim, overpass=Overpass(url=nobody, manners=Manners(sleep=rest)))
    )
    with pytest.raises(DownloadError, match="cannot be reached"):
        fetch(Wish(place=TOWN, margin_m=0), tmp_path / "city", servers=asked)
    assert rest.waits_s == []


def test_osmnx_keeps_the_settings_it_had(server: OsmServer, tmp_path: Path) -> None:
    before = (osmnx.settings.nominatim_url, osmnx.settings.use_cache, osmnx.settings.requests_kwargs)
    fetch(Wish(place=TOWN, margin_m=0), tmp_path / "city", servers=servers_of(server, Rest()))
    after = (osmnx.settings.nominatim_url, osmnx.settings.use_cache, osmnx.settings.requests_kwargs)
    assert after == before


def test_a_folder_that_is_taken_is_left_alone(town: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    wish = Wish(box="125.29,43.89,125.31,43.91", pbf=town, margin_m=0)
    with pytest.raises(OutputError, match="already there"):
        fetch(wish, tmp_path)
    with pytest.raises(OutputError, match="not written by cfspace"):
        fetch(wish, tmp_path, force=True)
    fetch(wish, tmp_path / "city")
    with pytest.raises(OutputError, match="already there"):
        fetch(wish, tmp_path / "city")
    assert fetch(wish, tmp_path / "city", force=True).is_file()


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (Wish(), "0 places are given"),
        (Wish(place="a", box="1,2,3,4"), "2 places are given"),
        (Wish(box="1,2,3"), "not four numbers"),
        (Wish(box="3,2,1,4"), "smaller longitude"),
        (Wish(box="43.8,125.2,43.9,125.4"), "longitude before latitude"),
        (Wish(place="a", margin_m=-1), "--margin"),
        (Wish(place="a", admin_level=13), "--admin-level"),
        (Wish(place="a", language="fr"), "--lang"),
        (Wish(place=" "), "it is empty"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(wish: Wish, words: str, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=words):
        fetch(wish, tmp_path / "city")


def test_an_address_that_is_none_is_refused(tmp_path: Path) -> None:
    servers = Servers(overpass=Overpass(url="file:///etc/hosts"))
    with pytest.raises(DownloadError, match="--overpass: 'file:///etc/hosts' is not an address"):
        fetch(Wish(box="125.29,43.89,125.31,43.91"), tmp_path / "city", servers=servers)


def test_a_place_with_no_street_is_told(town: Path, tmp_path: Path) -> None:
    with pytest.raises(OsmError, match="holds nothing in the box"):
        fetch(Wish(box="10,10,10.1,10.1", pbf=town), tmp_path / "city")


def test_boundaries_of_osm_become_units_when_asked_for(town: Path, tmp_path: Path) -> None:
    box = "125.29,43.89,125.31,43.91"
    for level, units in ((6, ["district"]), (8, ["district", "street"]), (10, ["district", "community"])):
        path = fetch(Wish(box=box, pbf=town, admin_level=level, margin_m=0), tmp_path / str(level))
        assert [unit.level for unit in load_study(path).units] == units
        assert load_study(path).units[-1].admin_level == level


def test_a_boundary_file_gives_place_and_name(town: Path, tmp_path: Path) -> None:
    outline = gpd.GeoDataFrame(geometry=[shapely.box(*CENTRE)], crs="EPSG:4326").to_crs("EPSG:32651")
    outline.to_file(tmp_path / "南关.gpkg")
    path = fetch(Wish(boundary=tmp_path / "南关.gpkg", pbf=town, margin_m=0), tmp_path / "city")
    assert load_study(path).study.name == "南关"
    with pytest.raises(LayerError, match="no such file"):
        place_of_file(tmp_path / "absent.gpkg")


def test_a_margin_is_at_least_as_wide_as_asked() -> None:
    place = place_of_box("125.29,43.89,125.31,43.91")
    west, south, east, north = place.box(margin_m=3000)
    metres = gpd.GeoSeries(
        gpd.points_from_xy([west, east, 125.3, 125.3], [43.9, 43.9, south, north]), crs="EPSG:4326"
    ).to_crs("EPSG:32651")
    outline = gpd.GeoSeries([place.outline], crs="EPSG:4326").to_crs("EPSG:32651").iloc[0]
    assert metres.distance(outline).between(2995, 3050).all()


def test_tiles_cover_their_box_and_leave_out_what_is_not_asked() -> None:
    box = (125.0, 43.8, 125.5, 44.1)
    tiles = tiles_of(box, tile_m=7000)
    assert shapely.union_all([shapely.box(*tile) for tile in tiles]).area == pytest.approx(0.15)
    assert sum(shapely.box(*tile).area for tile in tiles) == pytest.approx(0.15)
    corner = tiles_of(box, tile_m=7000, within=shapely.box(125.0, 43.8, 125.01, 43.81))
    assert corner == tiles[:1]


def test_the_question_names_every_key_that_is_read() -> None:
    asked = question((125.1, 43.8, 125.2, 43.9), timeout_s=60, admin_level=5)
    for word in ("highway", "disused:amenity", "building", "barrier", "5|6|7|8|9|10|11|12", "out body"):
        assert word in asked


def test_a_rest_is_a_number_or_a_date() -> None:
    assert retry_after_s("Thu, 01 Jan 1970 00:00:00 GMT") == 0.0
    assert retry_after_s("12") == 12.0
    assert retry_after_s("later") is None


def test_damaged_parts_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.osm").write_text("<osm version='0.6'><node id='1'")
    with pytest.raises(OsmError, match="cannot be put together"):
        merge_tiles([tmp_path / "a.osm"], tmp_path / "out.osm", (0, 0, 1, 1))


def test_a_cut_keeps_ways_and_areas_whole(tmp_path: Path) -> None:
    # The box is 0..1 both ways. Way 1 leaves it, way 2 is beyond it, way 3 closes the park that way 1 begins.
    source = write_osm(
        tmp_path / "all.osm",
        *(
            node(i, lon, lat)
            for i, (lon, lat) in enumerate([(0.5, 0.5), (2, 0.5), (3, 3), (4, 4), (2, 2)], 1)
        ),
        way(1, [1, 2], {"highway": "residential"}),
        way(2, [3, 4], {"highway": "residential"}),
        way(3, [2, 5, 1], {}),
        multipolygon(4, [(1, "outer"), (3, "outer")], {"leisure": "park"}),
        multipolygon(5, [(2, "outer")], {"leisure": "park"}),
    )
    cut = cut_osm(source, tmp_path / "cut.osm", (0, 0, 1, 1))
    assert (cut.nodes, cut.ways, cut.relations, cut.newest) == (3, 2, 1, None)
    ids = [(thing.type_str(), thing.id) for thing in osmium.FileProcessor(str(tmp_path / "cut.osm"))]
    assert ids == [("n", 1), ("n", 2), ("n", 5), ("w", 1), ("w", 3), ("r", 4)]


def test_outlines_of_provinces_are_left_out_unless_asked_for(tmp_path: Path) -> None:
    square = [node(i, lon, lat) for i, (lon, lat) in enumerate([(0.5, 0.5), (2, 0.5), (2, 2)], 1)]
    tags = {"type": "boundary", "boundary": "administrative", "admin_level": "4"}
    source = write_osm(
        tmp_path / "all.osm",
        *square,
        way(1, [1, 2, 3, 1], {"highway": "residential"}),
        multipolygon(4, [(1, "outer")], tags),
    )
    assert cut_osm(source, tmp_path / "a.osm", (0, 0, 1, 1)).relations == 0
    assert cut_osm(source, tmp_path / "b.osm", (0, 0, 1, 1), admin_level=4).relations == 1


def test_a_file_that_cannot_be_cut_is_told(town: Path, tmp_path: Path) -> None:
    with pytest.raises(OsmError, match=r"no such file; check the path after --pbf"):
        cut_osm(tmp_path / "absent.osm.pbf", tmp_path / "cut.osm", CENTRE)
    short = tmp_path / "short.osm.pbf"
    short.write_bytes(town.read_bytes()[:-2000])
    with pytest.raises(OsmError, match="not a complete OSM file"):
        cut_osm(short, tmp_path / "cut.osm", CENTRE)
    unsorted = write_osm(
        tmp_path / "unsorted.osm",
        node(2, 0.5, 0.5),
        node(1, 0.6, 0.5),
        way(1, [1, 2], {"highway": "path"}),
    )
    with pytest.raises(OsmError, match="not sorted"):
        cut_osm(unsorted, tmp_path / "cut.osm", (0, 0, 1, 1))
    with pytest.raises(OsmError, match="not a complete OSM file"):
        fetch(Wish(box="125.295,43.895,125.305,43.905", pbf=short), tmp_path / "city")
    assert not (tmp_path / "city").exists()


@pytest.mark.real
def test_a_cut_of_a_real_city_reads_as_the_whole_does(shared: Path, tmp_path: Path) -> None:
    source = shared / "data" / "las_palmas" / "las_palmas_2023_osm_20230221.pbf"
    box = (-15.44, 28.10, -15.42, 28.12)
    cut = cut_osm(source, tmp_path / "cut.osm.pbf", box)
    assert str(cut.newest)[:7] == "2023-02"
    part = read_osm(tmp_path / "cut.osm.pbf")
    assert_same_inside(read_osm(source), part, box)
    assert part.n_missing_nodes == 0
    assert not part.broken_areas


@pytest.mark.real
def test_a_real_chinese_extract_comes_through_the_server_whole(
    shared: Path, tmp_path: Path, answers: Path
) -> None:
    extract = shared / "data" / "shenzhen_longgang" / "map.osm"
    with serving(extract, tmp_path) as running:
        running.overpass_plan[:] = ["429", "truncated"]
        rest = Rest()
        wish = Wish(box="114.20,22.68,114.22,22.695", margin_m=300)
        fetch(wish, tmp_path / "city", servers=servers_of(running, rest, tile_m=1500))
    assert rest.waits_s == [7.0, 10.0]
    box = (114.20, 22.68, 114.22, 22.695)
    assert_same_inside(read_osm(extract), read_osm(tmp_path / "city" / "city.osm"), box)
