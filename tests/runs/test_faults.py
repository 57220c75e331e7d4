"""All faults of a study are told together, each once."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin
from shapely.geometry import box

from cfspace.config.load import load_study
from cfspace.errors import StudyError
from cfspace.runs.faults import study_faults
from cfspace.runs.loading import load_city

STUDY = """
[study]
name = "test"
snapshot = 2026-01-01

[network]
file = "roads.geojson"
highway = "fclass"

[[units]]
level = "district"
file = "units.geojson"
id = "code"
"""
POINTS = (
    '\n[homes]\nfrom = "points"\n'
    'points = { file = "homes.csv", lon = "lon", lat = "lat", columns = { %s } }\n'
)
BANDS = ("0_2", "3_5", "6_11", "12_14", "15_17")
COLUMNS = ", ".join(f'"{band}" = "a{band}"' for band in BANDS)
HOMES = POINTS % COLUMNS
TOTALS = f'\n[homes]\nfrom = "points"\npoints = {{ file = "places.csv", lon = "lon", lat = "lat" }}\n' \
    f'totals = {{ file = "totals.csv", unit_id = "code", columns = {{ {COLUMNS} }} }}\n'  # fmt: skip
HEAD = "lon,lat," + ",".join(f"a{band}" for band in BANDS) + "\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with streets, two units and homes that are right."""
    streets = gpd.GeoDataFrame(
        {"fclass": ["residential"] * 2},
        geometry=gpd.GeoSeries.from_wkt(
            ["LINESTRING (125.30 43.90, 125.31 43.90)", "LINESTRING (125.305 43.895, 125.305 43.905)"]
        ),
        crs=4326,
    )
    streets.to_file(tmp_path / "roads.geojson", driver="GeoJSON")
    units = gpd.GeoDataFrame(
        {"code": ["01", "02"]},
        geometry=[box(125.30, 43.895, 125.305, 43.905), box(125.305, 43.895, 125.31, 43.905)],
        crs=4326,
    )
    units.to_file(tmp_path / "units.geojson", driver="GeoJSON")
    (tmp_path / "homes.csv").write_text(HEAD + "125.302,43.9,1,1,1,1,1\n", encoding="utf-8")
    (tmp_path / "places.csv").write_text("lon,lat\n125.302,43.9\n", encoding="utf-8")
    return tmp_path


def faults_of(folder: Path, text: str) -> list[str]:
    (folder / "study.toml").write_text(text, encoding="utf-8")
    return [str(fault) for fault in study_faults(load_study(folder / "study.toml"))]


def test_a_study_that_is_right_has_no_fault(folder: Path) -> None:
    assert faults_of(folder, STUDY + HOMES) == []


AUDIT = '\n[[audits]]\nkind = "park"\nfile = "audit.csv"\nfacility = "name"\ncolumns = { tap = "tap" }\n'
TABLE = '\n[[tables]]\nlevel = "%s"\nfile = "table.csv"\nunit_id = "code"\ncolumns = { visits = "visits" }\n'
ZONES = '\n[[zones]]\nkind = "primary_school"\nfile = "zones.geojson"\nfacility = "school"\n'
CORRECTIONS = '\n[corrections]\nfile = "corrections.csv"\n'
MAYBE = "name,tap\nPark,maybe\n"
BURN = "action,facility_id\nburn,park/1\n"
ONE_MINUS = HEAD + "125.302,43.9,1,1,-1,1,1\n"


@pytest.mark.parametrize(
    ("more", "file", "content", "words"),
    [
        (TOTALS, "totals.csv", f"code,{HEAD[8:]}01,1,1,,1,1\n", "no number of children (a6_11) in row 2"),
        (HOMES, "homes.csv", ONE_MINUS, "homes.csv): not a number of 0 or more: a6_11 = '-1' in row 2"),
        (POINTS % '"0_2" = "a0_2"', "x.csv", "", "homes.csv): no column for age band 3_5"),
        (HOMES + AUDIT, "audit.csv", MAYBE, "audit.csv): neither yes nor no: tap = 'maybe'"),
        (HOMES + TABLE % "district", "table.csv", "code,visits\n01,many\n", "visits = 'many' in row 2"),
        (HOMES + TABLE % "street", "table.csv", "code,visits\n01,3\n", "no such units; use one of district"),
        (HOMES + CORRECTIONS, "corrections.csv", BURN, "action 'burn' is unknown"),
        (HOMES + ZONES, "zones.geojson", '{"type": "FeatureCollection", "features": []}', "zones.geojson)"),
    ],
)  # fmt: skip
def test_each_file_is_looked_at(folder: Path, more: str, file: str, content: str, words: str) -> None:
    (folder / file).write_text(content, encoding="utf-8")
    found = faults_of(folder, STUDY + more)
    assert len(found) == 1, found
    assert words in found[0]


def raster(path: Path, west: float, value: float) -> None:
    with rasterio.open(
        path, "w", driver="GTiff", height=8, width=8, count=1, dtype="float32", crs="EPSG:4326",
        transform=from_origin(west, 43.91, 0.005, 0.005),
    ) as file:  # fmt: skip
        file.write(np.full((1, 8, 8), value, dtype="float32"))


def test_rasters_are_looked_at_where_the_units_lie(folder: Path) -> None:
    files = ", ".join(f'"{band}" = "{band}.tif"' for band in BANDS)
    homes = f'\n[homes]\nfrom = "raster"\nraster = {{ {files} }}\n'
    for band in BANDS:
        raster(folder / f"{band}.tif", 125.29, 2.0)
    assert faults_of(folder, STUDY + homes) == []
    raster(folder / "6_11.tif", 125.29, -2.0)
    assert "negative population -2" in faults_of(folder, STUDY + homes)[0]
    for band in BANDS:
        raster(folder / f"{band}.tif", 10.0, 2.0)
    assert "no cell lies in the study" in faults_of(folder, STUDY + homes)[0]


def test_age_classes_with_a_gap_are_told(folder: Path) -> None:
    raster(folder / "a.tif", 125.29, 2.0)
    homes = '\n[homes]\nfrom = "raster"\nraster_classes = { "0_0" = "a.tif", "5_9" = "a.tif" }\n'
    assert "children of age 1 are in no class" in faults_of(folder, STUDY + homes)[0]


def test_a_unit_code_that_stands_twice_is_told(folder: Path) -> None:
    units = gpd.read_file(folder / "units.geojson").assign(code="01")
    units.to_file(folder / "units.geojson", driver="GeoJSON")
    found = faults_of(folder, STUDY + HOMES)
    assert len(found) == 1
    assert "code '01' stands in row" in found[0]


def test_a_fault_that_several_lists_share_is_told_once(folder: Path) -> None:
    (folder / "all.csv").write_text("name,lon\nA,125.3\n", encoding="utf-8")
    lists = [
        f'\n[[layers]]\nkind = "{kind}"\nfile = "all.csv"\nlon = "lon"\nlat = "lat"\n'
        for kind in ("park", "clinic")
    ]
    found = faults_of(folder, STUDY + HOMES + "".join(lists))
    assert len(found) == 1
    assert found[0].startswith("park, clinic (all.csv): ")


def test_everything_wrong_is_told_together_and_once(folder: Path) -> None:
    (folder / "audit.csv").write_text(MAYBE, encoding="utf-8")
    (folder / "table.csv").write_text("code,visits\n01,many\n", encoding="utf-8")
    (folder / "homes.csv").write_text(ONE_MINUS, encoding="utf-8")
    (folder / "study.toml").write_text(STUDY + HOMES + AUDIT + TABLE % "district", encoding="utf-8")
    with pytest.raises(StudyError) as refused:
        load_city(folder / "study.toml", cache=False)
    assert len(refused.value.faults) == 3, str(refused.value)
    assert len({str(fault) for fault in refused.value.faults}) == 3


def test_what_only_fails_when_put_together_is_told_too(folder: Path) -> None:
    (folder / "audit.csv").write_text(MAYBE, encoding="utf-8")
    (folder / "table.csv").write_text("code,visits\n99,3\n", encoding="utf-8")
    (folder / "study.toml").write_text(STUDY + HOMES + AUDIT + TABLE % "district", encoding="utf-8")
    with pytest.raises(StudyError) as refused:
        load_city(folder / "study.toml", cache=False)
    told = [str(fault) for fault in refused.value.faults]
    assert len(told) == 2
    assert "none of 1 codes is a unit's" in told[0]
    assert "neither yes nor no" in told[1]


def test_a_level_at_fault_is_not_told_again_by_what_speaks_of_it(folder: Path) -> None:
    (folder / "table.csv").write_text("code,visits\n01,3\n", encoding="utf-8")
    wrong = STUDY.replace('"district"', '"county"')
    (folder / "study.toml").write_text(wrong + HOMES + TABLE % "district", encoding="utf-8")
    with pytest.raises(StudyError) as refused:
        load_city(folder / "study.toml", cache=False)
    assert len(refused.value.faults) == 1, str(refused.value)
