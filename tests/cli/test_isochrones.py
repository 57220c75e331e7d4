"""``cfspace isochrones``: polygons that a GIS opens, and input at fault."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest

from cfspace.cli import main

Call = Callable[..., tuple[int, str]]


@pytest.fixture
def isochrones(
    sample_study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Call:
    def call(*words: str, out: str = "areas.gpkg", kind: str = "library") -> tuple[int, str]:
        args = ["isochrones", str(sample_study), "--kind", kind, "--out", str(tmp_path / out), *words]
        monkeypatch.setattr(sys, "argv", ["cfspace", *args])
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        else:
            code = 0
        return code, capsys.readouterr().err

    return call


def test_one_area_for_the_kind(isochrones: Call, tmp_path: Path) -> None:
    code, message = isochrones("--metres", "300,800")
    assert (code, message) == (0, "")
    areas = gpd.read_file(tmp_path / "areas.gpkg", layer="isochrones")
    assert areas["break_m"].tolist() == [300, 800]
    assert areas.geometry.is_valid.all()
    assert areas["area_m2"].is_monotonic_increasing
    assert areas.crs.to_epsg() == 4326


def test_an_area_for_each_facility_with_the_streets_and_in_bands(isochrones: Call, tmp_path: Path) -> None:
    assert isochrones("--metres", "300,800", "--each", "--lines", "--bands")[0] == 0
    layers = {str(row[0]) for row in pyogrio.list_layers(tmp_path / "areas.gpkg")}
    assert layers == {"isochrones", "lines"}
    areas = gpd.read_file(tmp_path / "areas.gpkg", layer="isochrones")
    assert areas["facility_id"].nunique() == len(areas) / 2
    assert areas["name"].notna().any()
    assert areas.geometry.is_valid.all()
    first = areas[areas["facility_id"] == areas["facility_id"].iloc[0]].geometry.tolist()
    assert first[0].intersection(first[1]).area < 1e-12


def test_around_homes(isochrones: Call, tmp_path: Path) -> None:
    assert isochrones("--metres", "100", "--from-homes")[0] == 0
    whole = gpd.read_file(tmp_path / "areas.gpkg", layer="isochrones")
    assert (len(whole), whole["kind"].tolist()) == (1, ["home"])
    assert isochrones("--metres", "100", "--from-homes", "--each", "--force")[0] == 0
    homes = gpd.read_file(tmp_path / "areas.gpkg", layer="isochrones")
    assert homes["home_id"].is_unique
    assert len(homes) > 100


@pytest.mark.parametrize(
    ("words", "out", "kind", "told"),
    [
        (("--metres", "500,abc"), "areas.gpkg", "library", "500,abc"),
        (("--metres", "-5"), "areas.gpkg", "library", "above 0"),
        ((), "areas.shp", "library", ".gpkg"),
        ((), "areas.gpkg", "castle", "castle"),
    ],
)
def test_what_cannot_be_drawn_is_refused(
    isochrones: Call, tmp_path: Path, words: tuple[str, ...], out: str, kind: str, told: str
) -> None:
    code, message = isochrones(*words, out=out, kind=kind)
    assert code == 2
    assert told in message
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_there_stays(isochrones: Call, tmp_path: Path) -> None:
    (tmp_path / "areas.gpkg").write_text("mine", encoding="utf-8")
    code, message = isochrones()
    assert code == 2
    assert "--force" in message
    assert (tmp_path / "areas.gpkg").read_text(encoding="utf-8") == "mine"
