"""``cfspace run`` as a person or a script calls it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

FILES = ("coverage.csv", "scores.csv", "homes.parquet", "facilities.parquet", "entrances.parquet")
FILES += ("segments.parquet", "scenery.parquet", "units.gpkg")
Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def command(tmp_path: Path) -> Command:
    def call(*words: object) -> subprocess.CompletedProcess[str]:
        args = [sys.executable, "-m", "cfspace", *map(str, words)]
        return subprocess.run(args, capture_output=True, text=True, cwd=tmp_path, check=False)

    return call


def test_the_same_inputs_give_the_same_bytes_whatever_the_jobs(
    command: Command, shared: Path, tmp_path: Path
) -> None:
    study = shared / "studies" / "las_palmas.toml"
    for name, jobs in (("one", 1), ("two", 2)):
        done = command("run", study, "--out", tmp_path / name, "--jobs", jobs, "--no-draw")
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
    for file in FILES:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes(), file
    record = json.loads((tmp_path / "one" / "run.json").read_text(encoding="utf-8"))
    assert record["peak_memory_mb"] < 1000


@pytest.mark.parametrize(
    ("name", "n_units"), [("las_palmas", 29), ("shenzhen_longgang", 9), ("changchun_core", 11)]
)
def test_every_real_study_runs_to_the_end(
    command: Command, shared: Path, tmp_path: Path, name: str, n_units: int
) -> None:
    done = command("run", shared / "studies" / f"{name}.toml", "--out", tmp_path / "run")
    assert done.returncode == 0, done.stderr
    coverage = pd.read_csv(tmp_path / "run" / "coverage.csv", dtype={"unit_id": str})
    assert coverage["unit_id"].nunique() == n_units
    assert set(coverage["status"]) <= {"ok", "no_data", "few_children", "partial_extract", "not_at_level"}
    nursing = coverage[coverage["indicator"].str.startswith("NUR")]
    assert set(nursing["status"]) == {"no_data"}
    assert nursing["value"].isna().all()
    partial = coverage[(coverage["covered_share"] < 0.9)]
    assert partial["score"].isna().all()
    for file in (*FILES, "coverage.xlsx", "map.html", "report.html", "run.json"):
        assert (tmp_path / "run" / file).stat().st_size > 0, file


def test_codes_keep_their_zeros_and_chinese_its_characters(
    command: Command, sample_study: Path, tmp_path: Path
) -> None:
    assert command("run", sample_study, "--out", tmp_path / "run", "--no-draw").returncode == 0
    raw = (tmp_path / "run" / "coverage.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    coverage = pd.read_csv(tmp_path / "run" / "coverage.csv", dtype=str, encoding="utf-8-sig")
    facilities = gpd.read_parquet(tmp_path / "run" / "facilities.parquet")
    assert facilities["facility_id"].str.contains(r"/0\d+$").any()
    assert coverage["title"].str.contains("覆盖率").any()


def test_a_run_is_not_overwritten_without_being_told_to(
    command: Command, sample_study: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    assert command("run", sample_study, "--out", out, "--no-draw").returncode == 0
    before = (out / "run.json").read_bytes()
    again = command("run", sample_study, "--out", out, "--no-draw")
    assert again.returncode == 2
    assert "--force" in again.stderr
    assert (out / "run.json").read_bytes() == before
    assert command("run", sample_study, "--out", out, "--no-draw", "--force").returncode == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run"]


def test_map_and_report_are_drawn_again_from_the_run_alone(
    command: Command, sample_study: Path, tmp_path: Path
) -> None:
    moved = tmp_path / "town"
    shutil.copytree(sample_study.parent, moved)
    assert command("run", moved / sample_study.name, "--out", tmp_path / "run").returncode == 0
    shutil.rmtree(moved)
    first = {name: (tmp_path / "run" / name).read_bytes() for name in ("map.html", "report.html")}
    for name in first:
        (tmp_path / "run" / name).unlink()
    assert command("map", tmp_path / "run").returncode == 0
    assert command("report", tmp_path / "run").returncode == 0
    assert first == {name: (tmp_path / "run" / name).read_bytes() for name in first}
