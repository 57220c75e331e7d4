"""``cfspace check``: what it finds out about a study before anything is computed."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest

from cfspace.cli import main
from cfspace.io.datums import from_wgs84
from cfspace.io.layers import read_layer
from tests.cli import badtown
from tests.io.makers import write_csv
from tests.io.osmmaker import node, ring, square, way


@pytest.fixture(scope="module")
def town(sample_study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the sample's folder, whose study file may be edited."""
    folder = tmp_path_factory.mktemp("town") / "sample"
    shutil.copytree(sample_study.parent, folder)
    return folder


def check(study: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
          *options: str, status: int = 0) -> str:  # fmt: skip
    monkeypatch.setattr(sys, "argv", ["cfspace", "check", str(study), *options])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()
    assert ended.value.code == status, said.err
    return said.out


@pytest.fixture
def findings(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a call that gives what ``--json`` prints."""

    def call(study: Path, *, status: int = 0) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(check(study, capsys, monkeypatch, "--json", status=status))
        return found

    return call


def edited(town: Path, name: str, *changes: tuple[str, str]) -> Path:
    """Return a study beside the sample's, with some of its text replaced."""
    text = (town / "study.toml").read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path = town / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def changchun(shared: Path, folder: Path, *changes: tuple[str, str]) -> Path:
    """Return the study of Changchun in another folder, with some of its text replaced."""
    text = (shared / "studies/changchun_core.toml").read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path = folder / "study.toml"
    path.write_text(text.replace("../data/", f"{shared.as_posix()}/data/"), encoding="utf-8")
    return path


def suspected(found: dict[str, Any]) -> dict[str, tuple[str, str, float]]:
    return {
        row["layer"]: (row["declared"], row["better"], row["offset_m"])
        for row in found["layers"]
        if row["better"] is not None
    }


def test_the_sample_is_right_and_every_input_is_there(sample_study: Path, findings: Any) -> None:
    found = findings(sample_study)
    assert found["faults"] == []
    assert suspected(found) == {}
    for row in found["layers"]:
        assert {"layer", "rows", "dropped", "declared", "better", "offset_m"} <= row.keys()
        assert isinstance(row["dropped"], int)
    told = {row["layer"] for row in found["layers"]}
    assert {"district", "street", "community", "childcare", "park", "primary_school zones"} <= told
    assert {"community table", "[homes] totals", "library audit"} <= told


GCJ02, WGS84 = 'datum = "gcj02"\n', 'datum = "wgs84"\n'
DISTRICTS = "../data/ne_china_boundaries/changchun_220100_districts_gcj02.geojson"
KINDERGARTEN = 'file = "municipal/幼儿园.csv"\nlon = "经度"\nlat = "纬度"\n'
HOSPITAL = 'kind = "hospital"\nfile = "municipal/医院.csv"\nlon = "经度"\nlat = "纬度"\ndatum = '


def test_wrong_datums_are_named_with_their_offset(town: Path, findings: Any) -> None:
    study = edited(
        town,
        "wrong",
        ('file = "units/社区.geojson"\nid = "社区代码"\nname = "社区名称"\n' + GCJ02,
         'file = "units/社区.geojson"\nid = "社区代码"\nname = "社区名称"\n'),
        (KINDERGARTEN + GCJ02, KINDERGARTEN),
        (HOSPITAL + '"bd09"', HOSPITAL + '"gcj02"'),
    )  # fmt: skip
    found = findings(study)
    wrong = suspected(found)
    assert {layer: cells[:2] for layer, cells in wrong.items()} == {
        "community": ("wgs84", "gcj02"),
        "kindergarten": ("wgs84", "gcj02"),
        "hospital": ("gcj02", "bd09"),
    }
    assert wrong["kindergarten"][2] == pytest.approx(584, abs=10)
    told = next(text for text in found["warnings"] if text.startswith("kindergarten: "))
    assert "it fits gcj02 clearly better than wgs84" in told
    assert f"{wrong['kindergarten'][2]:.0f} m away" in told


@pytest.mark.real
def test_changchun_districts_read_as_wgs84_are_found_out(shared: Path, tmp_path: Path, findings: Any) -> None:
    found = findings(changchun(shared, tmp_path, (GCJ02, WGS84)))
    wrong = suspected(found)
    assert list(wrong) == ["district"]
    assert wrong["district"][:2] == ("wgs84", "gcj02")
    assert wrong["district"][2] == pytest.approx(584, abs=3)
    assert any("gcj02" in text and "584 m" in text for text in found["warnings"])


def test_points_of_which_no_name_is_known_are_judged_by_buildings(tmp_path: Path, findings: Any) -> None:
    study = badtown.write_town(tmp_path / "town")
    corners, walls, doors = [], [], []
    for i in range(100):  # a house of 30 m by 40 m in each block
        lon, lat = badtown.WEST + 0.002 * (i % 10) + 0.0006, badtown.SOUTH + 0.002 * (i // 10) + 0.0006
        corners += square(50_000 + 10 * i, lon, lat, 0.0004)
        walls.append(way(50_000 + i, ring(50_000 + 10 * i), {"building": "apartments"}))
        doors.append((lon + 0.0002, lat + 0.0002))
    osm = study.parent / "town.osm"
    text = osm.read_text(encoding="utf-8").replace("</osm>", "".join(walls) + "</osm>")
    osm.write_text(text.replace("<way", "".join(corners) + "<way", 1), encoding="utf-8")
    shown = from_wgs84(gpd.GeoSeries.from_xy(*zip(*doors[::5], strict=True), crs=4326), "gcj02")
    rows = [f"{i},托育 {i},{point.x:.6f},{point.y:.6f},30" for i, point in enumerate(shown)]
    write_csv(study.parent / "托育机构.csv", "\n".join([badtown.CARE_HEAD, *rows]) + "\n")
    found = findings(study)
    assert suspected(found) == {"childcare": ("wgs84", "gcj02", pytest.approx(585, abs=5))}
    compared = {row["layer"]: row["compared"] for row in found["layers"]}
    assert compared["park"] == "too little to compare with"
    badtown.edit(study.parent, 'lat = "纬度"\n', 'lat = "纬度"\ndatum = "gcj02"\n')
    assert suspected(findings(study)) == {}


def test_a_study_brings_kinds_of_its_own(tmp_path: Path, findings: Any) -> None:
    study = badtown.write_town(tmp_path / "town")
    osm = study.parent / "town.osm"
    camp = node(60_001, 125.306, 43.876, {"tourism": "camp_site", "name": "少年营地"})
    osm.write_text(osm.read_text(encoding="utf-8").replace("<way", camp + "<way", 1), encoding="utf-8")
    rules = (
        '[kind.camp]\ntitle = { en = "Camp", zh = "营地" }\nany = [{ tags = { tourism = "camp_site" } }]\n'
        '[kind.kindergarten]\ntitle = { en = "None", zh = "无" }\nany = [{ tags = { amenity = "none" } }]\n'
    )
    (study.parent / "kinds.toml").write_text(rules, encoding="utf-8")
    badtown.edit(study.parent, 'file = "town.osm"\n', 'file = "town.osm"\nkinds = "kinds.toml"\n')
    rows = {row["kind"]: row for row in findings(study)["completeness"]}
    assert rows["camp"]["n_osm"] == 1
    assert rows["kindergarten"]["n_osm"] == 0
    (study.parent / "kinds.toml").write_text("[kind.camp]\n", encoding="utf-8")
    assert "kinds.toml: kind.camp" in findings(study, status=2)["faults"][0]
    (study.parent / "kinds.toml").unlink()
    assert "[osm], kinds: no such file" in findings(study, status=2)["faults"][0]


@pytest.mark.real
def test_metres_made_of_gcj02_are_found_out_and_told_how_to_mend(
    shared: Path, tmp_path: Path, findings: Any
) -> None:
    districts = gpd.read_file(shared / "studies" / DISTRICTS)[["adcode", "name", "geometry"]]
    districts.to_crs(4551).to_parquet(tmp_path / "d.parquet")
    found = findings(changchun(shared, tmp_path, (GCJ02, ""), (DISTRICTS, "d.parquet")))
    assert suspected(found) == {"district": ("wgs84", "gcj02", pytest.approx(584, abs=3))}
    cure = "its metres were then made of gcj02 degrees as if they were WGS-84: convert them back to degrees"
    assert sum(cure in text for text in found["warnings"]) == 1


@pytest.mark.real
def test_control_points_read_off_a_web_map_are_found_out(shared: Path, tmp_path: Path, findings: Any) -> None:
    """Four kilometres apart they fit to less than 0.2 m, and put the layer 590 m off."""
    data = shared / "data"
    parcels = gpd.read_file(data / "changchun_core/landuse_parcels.geojson").to_crs(4551)[
        ["Type", "geometry"]
    ]
    west, south = 440e3, 4.85e6
    grid = parcels.set_geometry(parcels.translate(-west, -south)).set_crs(None, allow_override=True)
    grid.to_parquet(tmp_path / "parcels.parquet")
    corners = gpd.GeoSeries.from_xy(
        [445e3, 449e3, 446e3, 450e3], [4.858e6, 4.8585e6, 4.862e6, 4.863e6], crs=4551
    )
    read_off = from_wgs84(corners.to_crs(4326), "gcj02")
    rows = [
        f"{true.x - west},{true.y - south},{shown.x:.8f},{shown.y:.8f}"
        for true, shown in zip(corners, read_off, strict=True)
    ]
    write_csv(tmp_path / "control.csv", "\n".join(["east_m,north_m,lon_deg,lat_deg", *rows]) + "\n")
    homes = 'file = "../data/changchun_core/landuse_parcels.geojson", where'
    tied = 'file = "parcels.parquet", datum = "control.csv", where'
    found = findings(changchun(shared, tmp_path, (homes, tied)))
    assert suspected(found) == {"[homes] polygons": ("control.csv", "gcj02", pytest.approx(588, abs=5))}
    cure = "lon_deg and lat_deg of control.csv are then gcj02: write WGS-84 there"
    assert sum(cure in text for text in found["warnings"]) == 1


@pytest.mark.real
def test_streets_in_another_datum_are_found_out(shared: Path, tmp_path: Path, findings: Any) -> None:
    data = shared / "data"
    streets = gpd.read_file(data / "changchun_core/roads_osm_central.geojson")[["fclass", "geometry"]]
    streets.set_geometry(from_wgs84(streets.geometry, "gcj02")).to_file(tmp_path / "roads.geojson")
    shapes = read_layer(
        shared / "studies" / DISTRICTS,
        layer="x",
        datum="gcj02",
        columns={"name": "name"},
        id="adcode",
    ).frame.rename(columns={"id": "adcode"})
    shapes[["adcode", "name", "geometry"]].to_parquet(tmp_path / "d.parquet")
    roads = ("../data/changchun_core/roads_osm_central.geojson", "roads.geojson")
    study = changchun(shared, tmp_path, roads, (GCJ02, WGS84), (DISTRICTS, "d.parquet"))
    assert suspected(findings(study))["[network]"] == ("wgs84", "gcj02", pytest.approx(588, abs=8))


@pytest.mark.real
def test_wuhan_and_a_province_read_as_wgs84_are_found_out(
    shared: Path, tmp_path: Path, findings: Any
) -> None:
    """Wuhan's districts by its streets; the province's outline by the districts that the streets prove."""
    province = (
        f'[area]\nfile = "{shared.as_posix()}/data/ne_china_boundaries/jilin_province_cities_gcj02.geojson"\n'
    )
    study = changchun(shared, tmp_path)
    study.write_text(study.read_text(encoding="utf-8") + province, encoding="utf-8")
    wrong = suspected(findings(study))
    assert wrong == {"[area]": ("wgs84", "gcj02", pytest.approx(567, abs=5))}
    (tmp_path / "homes.csv").write_text("x,y,n\n114.3,30.6,1\n", encoding="utf-8")
    columns = ", ".join(f'"{band}" = "n"' for band in ("0_2", "3_5", "6_11", "12_14", "15_17"))
    data = f"{shared.as_posix()}/data/wuhan_streets"
    (tmp_path / "wuhan.toml").write_text(
        f"""
        [study]
        name = "武汉市"
        snapshot = 2024-01-01
        [network]
        file = "{data}/wuhan_fua8989_osm_streets.parquet"
        highway = "highway"
        [[units]]
        level = "district"
        file = "{data}/wuhan_420100_districts_gcj02.geojson"
        id = "adcode"
        [homes]
        from = "points"
        points = {{ file = "homes.csv", lon = "x", lat = "y", columns = {{ {columns} }} }}
        """,
        encoding="utf-8",
    )
    assert suspected(findings(tmp_path / "wuhan.toml")) == {
        "district": ("wgs84", "gcj02", pytest.approx(604, abs=5))
    }


@pytest.mark.real
@pytest.mark.parametrize("name", ["changchun_core", "las_palmas", "shenzhen_longgang"])
def test_the_real_studies_raise_no_alarm(shared: Path, findings: Any, name: str) -> None:
    found = findings(shared / "studies" / f"{name}.toml")
    assert found["faults"] == []
    assert suspected(found) == {}


def test_all_faults_are_told_and_the_status_is_2(town: Path, findings: Any) -> None:
    study = edited(
        town,
        "faults",
        ('{ learning_facility = "学习设施", hygiene', '{ learning_facility = "社区名", hygiene'),
        ('初中学区.geojson"\nfacility = "学校名称"', '初中学区.geojson"\nfacility = "学校"'),
        ('unit_id = "街道代码"\ncolumns = { residents', 'unit_id = "街道号"\ncolumns = { residents'),
    )  # fmt: skip
    found = findings(study, status=2)
    assert len(found["faults"]) == 3, found["faults"]
    assert found["layers"] == []


def test_zones_of_schools_that_are_not_there_are_a_fault(town: Path, findings: Any) -> None:
    study = edited(
        town, "zones", ('kind = "junior_school"\nfile = "units/初中', 'kind = "museum"\nfile = "units/初中')
    )
    found = findings(study, status=2)
    assert len(found["faults"]) == 1
    assert "none of" in found["faults"][0]


def test_a_study_that_is_not_there_is_a_fault(tmp_path: Path, findings: Any) -> None:
    found = findings(tmp_path / "gone.toml", status=2)
    assert "no such file" in found["faults"][0]


def test_two_lists_tell_how_many_there_are(sample_study: Path, findings: Any) -> None:
    rows = {row["kind"]: row for row in findings(sample_study)["completeness"]}
    truth = json.loads((sample_study.parent / "truth.json").read_text(encoding="utf-8"))["facilities"]
    # Where a list is complete, what OSM holds besides is wrong and not missing.
    reliable = [row for row in rows.values() if row["is_reliable"] and row["evidence"] == "municipal"]
    assert {"clinic", "kindergarten", "park", "toilet"} <= {row["kind"] for row in reliable}
    for row in reliable:
        true = sum(one["kind"] == row["kind"] and one["open"] and bool(one["district"]) for one in truth)
        assert row["low"] - 0.5 <= true <= row["high"] + 0.5, row
        assert row["n_both"] == sum(unit["n_both"] for unit in row["units"])
    # On OSM alone a kind has nothing to be compared with.
    assert rows["playground"]["estimate"] is None
    assert rows["playground"]["n_osm"] > 0 == rows["playground"]["n_municipal"]
    assert rows["childcare"]["evidence"] == "municipal_complete"


def test_street_tags_are_told_as_shares_known(sample_study: Path, findings: Any) -> None:
    shares = findings(sample_study)["network"]["known_shares"]
    assert {"sidewalk", "crossing", "maxspeed", "lit", "surface"} == shares.keys()
    assert all(0.0 <= share <= 1.0 for share in shares.values())


@pytest.fixture
def page(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a call that writes the HTML page and gives its text, and what was printed."""

    def call(study: Path, *, status: int = 0) -> tuple[str, str]:
        said = check(study, capsys, monkeypatch, "--html", str(study.with_suffix(".html")), status=status)
        return study.with_suffix(".html").read_text(encoding="utf-8"), said

    return call


def test_the_page_holds_every_layer_and_asks_no_host(town: Path, page: Any) -> None:
    study = edited(
        town,
        "page",
        ('name = "示例市 (synthetic)"', 'name = "<script>alert(1)</script>"'),
        (KINDERGARTEN + GCJ02, KINDERGARTEN),
    )
    html, said = page(study)
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)" in html
    assert "http:" not in html
    assert "https:" not in html
    assert 'lang="zh-CN"' in html
    for text in ("托育机构.csv", "小学学区.geojson", "municipal_complete", "坐标系可能有误", "wgs84 → gcj02"):
        assert text in html
    # In brackets, a label is text on the terminal and no markup.
    assert "[homes] totals" in said
    assert "kindergarten: it fits gcj02 clearly better" in said
    assert "no fault found" in said


def test_a_page_of_faults_is_written_too(tmp_path: Path, page: Any) -> None:
    (tmp_path / "bad.toml").write_text('[study]\nname = "<b>"\ncolour = 3\n', encoding="utf-8")
    html, said = page(tmp_path / "bad.toml", status=2)
    assert "colour" in html
    assert "colour" in said


def test_the_page_may_not_take_the_place_of_the_study(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    study = tmp_path / "study.toml"
    study.write_text("[study]\n", encoding="utf-8")
    check(study, capsys, monkeypatch, "--html", str(study), status=2)
    assert study.read_text(encoding="utf-8") == "[study]\n"
