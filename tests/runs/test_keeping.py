"""A run out of the cache gives the same bytes as one that reads everything."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

from cfspace.config.study import NetworkSection
from cfspace.errors import LayerError
from cfspace.io.cache import Cache
from cfspace.io.frame import metric_crs
from cfspace.runs import keeping
from cfspace.runs.keeping import kept_osm, kept_streets
from cfspace.runs.loading import load_city
from cfspace.runs.run import run

NOT_COMPARED = {"timings_s", "peak_memory_mb"}


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cache:
    monkeypatch.setenv("CFSPACE_CACHE_DIR", str(tmp_path / "cache"))
    return Cache(tmp_path / "cache")


def forbid_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> Any:
        raise AssertionError("read although it is in the cache")

    monkeypatch.setattr(keeping, "read_osm", fail)
    monkeypatch.setattr(keeping, "read_streets", fail)
    monkeypatch.setattr(keeping, "match_osm", fail)
    monkeypatch.setattr("cfspace.runs.streets.build_network", fail)


def content(folder: Path) -> dict[str, object]:
    files: dict[str, object] = {
        path.name: path.read_bytes() for path in folder.iterdir() if path.name != "run.json"
    }
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    return files | {key: value for key, value in record.items() if key not in NOT_COMPARED}


def test_with_and_without_the_cache_every_byte_is_the_same(
    sample_study: Path, tmp_path: Path, own_cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(sample_study, tmp_path / "plain", draw=False, cache=False)
    assert own_cache.entries() == []
    run(sample_study, tmp_path / "first", draw=False)
    assert sorted(entry.kind for entry in own_cache.entries()) == ["network", "osm", "places"]
    forbid_reading(monkeypatch)
    run(sample_study, tmp_path / "second", draw=False)
    plain = content(tmp_path / "plain")
    assert {"coverage.csv", "homes.parquet", "segments.parquet", "units.gpkg", "counts"} <= plain.keys()
    assert content(tmp_path / "first") == plain
    assert content(tmp_path / "second") == plain


def study_of(folder: Path, sample_study: Path, replaced: dict[str, str]) -> Path:
    """Copy the sample and change lines of its study file."""
    shutil.copytree(sample_study.parent, folder)
    text = (folder / sample_study.name).read_text(encoding="utf-8")
    for old, new in replaced.items():
        assert old in text
        text = text.replace(old, new)
    (folder / sample_study.name).write_text(text, encoding="utf-8")
    return folder / sample_study.name


def test_other_walk_rules_are_another_network(sample_study: Path, tmp_path: Path, own_cache: Cache) -> None:
    load_city(sample_study)
    study = study_of(tmp_path / "town", sample_study, {"[osm]\n": '[osm]\nwalk_rules = "osmnx"\n'})
    other = load_city(study).network
    assert sorted(entry.kind for entry in own_cache.entries()) == ["network", "network", "osm", "places"]
    assert other.n_segments == load_city(study, cache=False).network.n_segments


def test_connectors_across_barriers_are_no_other_network(
    sample_study: Path, tmp_path: Path, own_cache: Cache
) -> None:
    assert len(load_city(sample_study).network.barriers) > 0
    study = study_of(tmp_path / "town", sample_study, {"[osm]\n": '[osm]\nconnectors = "nearest"\n'})
    assert len(load_city(study).network.barriers) == 0
    assert sorted(entry.kind for entry in own_cache.entries()) == ["network", "osm", "places"]


def shapefile(folder: Path, highway: str) -> Path:
    folder.mkdir(exist_ok=True)
    lines = [shapely.LineString([(0, 0), (100, 0)])]
    frame = gpd.GeoDataFrame({"highway": [highway]}, geometry=lines, crs=metric_crs(125.3, 43.9))
    frame.to_crs("EPSG:4326").to_file(folder / "roads.shp")
    return folder / "roads.shp"


def test_every_part_of_a_shapefile_counts(tmp_path: Path, own_cache: Cache) -> None:
    # The lines stay the same, and so does the .shp; the class is in the .dbf.
    for highway in ("path", "steps", "path"):
        section = NetworkSection(file=shapefile(tmp_path / "a", highway), highway="highway")
        assert kept_streets(section, own_cache).ways.tags == [{"highway": highway}]
    assert len(own_cache.entries()) == 2


def test_the_control_points_of_a_citys_own_grid_count(tmp_path: Path) -> None:
    points = tmp_path / "grid.csv"
    points.touch()
    file = shapefile(tmp_path / "a", "path")
    with_points = NetworkSection(file=file, highway="highway", datum=str(points))
    assert points in keeping._layer_files(with_points)
    assert points not in keeping._layer_files(NetworkSection(file=file, highway="highway"))


def test_a_missing_file_is_told_as_ever(tmp_path: Path, own_cache: Cache) -> None:
    with pytest.raises(LayerError, match="no such file"):
        kept_osm(tmp_path / "nowhere.osm", own_cache)
    with pytest.raises(LayerError, match="there is no such file"):
        kept_streets(NetworkSection(file=tmp_path / "nowhere.shp", highway="highway"), own_cache)
