"""Bad input: status 2, one clear message, no output folder."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pytest
from shapely.geometry import box

from cfspace.cli import main

STUDY = """
[study]
name = "test"
language = "en"
snapshot = 2026-01-01
rulebook = "jilin-2022"

[osm]
file = "{osm}"

[[units]]
level = "district"
file = "units.geojson"
id = "code"
name = "name"

[homes]
from = "buildings"
"""
PARK = '\n[[layers]]\nkind = "park"\nfile = "parks.csv"\nlon = "lon"\nlat = "lat"\nname = "name"\n'


@pytest.fixture
def folder(tmp_path: Path, sample_study: Path) -> Path:
    """Return a folder with a study that runs: the sample's streets, one unit, one list."""
    osm = sample_study.parent / "town.osm.pbf"
    (tmp_path / "town.osm.pbf").write_bytes(osm.read_bytes())
    units = gpd.GeoDataFrame(
        {"code": ["01"], "name": ["Unit"]}, geometry=[box(125.27, 43.88, 125.33, 43.92)], crs=4326
    )
    units.to_file(tmp_path / "units.geojson", driver="GeoJSON")
    (tmp_path / "parks.csv").write_text("name,lon,lat\nPark,125.30,43.90\n", encoding="utf-8")
    write(tmp_path, STUDY.format(osm="town.osm.pbf") + PARK)
    return tmp_path


def write(folder: Path, text: str) -> None:
    (folder / "study.toml").write_text(text, encoding="utf-8")


def edit(folder: Path, old: str, new: str) -> None:
    text = (folder / "study.toml").read_text(encoding="utf-8")
    assert old in text
    write(folder, text.replace(old, new))


Refused = Callable[..., str]


@pytest.fixture
def refused(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Refused:
    """Return a call that runs the study, checks that it is refused whole, and gives the message."""

    def call(*words: str) -> str:
        args = ["cfspace", "run", str(folder / "study.toml"), "--out", str(folder / "out"), "--no-draw"]
        monkeypatch.setattr(sys, "argv", args)
        before = sorted(path.name for path in folder.iterdir())
        with pytest.raises(SystemExit) as ended:
            main()
        message = capsys.readouterr().err
        assert ended.value.code == 2, message
        assert sorted(path.name for path in folder.iterdir()) == before
        for word in words:
            assert word in message
        return message

    return call


def test_the_study_as_it_stands_runs(folder: Path) -> None:
    args = [sys.executable, "-m", "cfspace", "run", str(folder / "study.toml"), "--out", str(folder / "out")]
    done = subprocess.run([*args, "--no-draw"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("town.osm.pbf", "gone.osm.pbf", ("[osm], file", "no such file", "gone.osm.pbf")),
        ("units.geojson", "gone.geojson", ("[[units]] 1, file", "no such file")),
        ("parks.csv", "gone.csv", ("[[layers]] 1, file", "no such file")),
        ("[homes]", "colour = 3\n\n[homes]", ("colour", "unknown key")),
        ("[study]", "[study]\ncolour = 3", ("[study], colour", "unknown key")),
        ("2026-01-01", '"spring"', ("snapshot", "spring")),
        ('language = "en"', "language = 3", ("language", "3")),
        ('id = "code"', 'id = "kode"', ("kode", "units.geojson", "code")),
        ('lat = "lat"', 'lat = "latitude"', ("latitude", "parks.csv", "lat")),
        ('id = "code"', 'id = "code"\ndatum = "wgs48"', ("datum", "wgs48", "gcj02")),
        ('"district"', '"county"', ("level", "county", "district")),
        ("jilin-2022", "jilin-1999", ("rulebook", "jilin-1999", "jilin-2022")),
        ('name = "name"\n', 'name = "name"\nwhere = { name = "Nobody" }\n', ("empty", "Nobody")),
    ],
)
def test_a_study_at_fault_is_refused(
    folder: Path, refused: Refused, old: str, new: str, words: tuple[str, ...]
) -> None:
    edit(folder, old, new)
    refused(*words)


def test_a_study_that_is_not_there_is_refused(folder: Path, refused: Refused) -> None:
    (folder / "study.toml").unlink()
    refused("study.toml", "no such file")


def test_a_file_that_is_no_pbf_is_refused(folder: Path, refused: Refused) -> None:
    (folder / "town.osm.pbf").write_text("this is a text", encoding="utf-8")
    refused("town.osm.pbf", "not a complete OSM file")


def test_a_truncated_pbf_is_refused(folder: Path, refused: Refused) -> None:
    whole = (folder / "town.osm.pbf").read_bytes()
    for share in (0.02, 0.4, 0.7, 0.99):
        (folder / "town.osm.pbf").write_bytes(whole[: int(len(whole) * share)])
        refused("town.osm.pbf", "not a complete OSM file")


def test_a_truncated_xml_is_refused(folder: Path, refused: Refused) -> None:
    (folder / "town.osm").write_text('<?xml version="1.0"?><osm version="0.6"><node id="1"', encoding="utf-8")
    edit(folder, "town.osm.pbf", "town.osm")
    refused("town.osm", "not a complete OSM file")


def test_units_without_crs_are_refused(folder: Path, refused: Refused) -> None:
    units = gpd.read_file(folder / "units.geojson")
    units.to_file(folder / "units.shp", engine="pyogrio")
    (folder / "units.prj").unlink()
    edit(folder, "units.geojson", "units.shp")
    refused("units.shp", "CRS")


def test_an_empty_layer_is_refused(folder: Path, refused: Refused) -> None:
    (folder / "parks.csv").write_text("name,lon,lat\n", encoding="utf-8")
    refused("parks.csv", "empty")


def test_units_none_of_which_touches_the_data_are_refused(folder: Path, refused: Refused) -> None:
    far = gpd.GeoDataFrame({"code": ["01"], "name": ["Far"]}, geometry=[box(110, 30, 110.1, 30.1)], crs=4326)
    far.to_file(folder / "units.geojson", driver="GeoJSON")
    refused("district", "units.geojson")


def test_an_existing_folder_is_refused_before_any_work(folder: Path, refused: Refused) -> None:
    (folder / "out").mkdir()
    (folder / "out" / "mine.txt").write_text("keep me", encoding="utf-8")
    refused("out")
    assert (folder / "out" / "mine.txt").read_text(encoding="utf-8") == "keep me"


def test_all_faults_of_a_study_are_told_together(folder: Path, refused: Refused) -> None:
    edit(folder, '"district"', '"county"')
    edit(folder, "jilin-2022", "jilin-1999")
    edit(folder, "[homes]", "colour = 3\n\n[homes]")
    edit(folder, "town.osm.pbf", "gone.osm.pbf")
    edit(folder, 'lat = "lat"', 'lat = "latitude"')
    message = refused("county", "jilin-1999", "colour", "gone.osm.pbf", "latitude")
    assert len(re.findall(r"^  - ", message, re.MULTILINE)) == 5
