"""``cfspace fetch`` from end to end, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import cfspace
from tests.io.osmserver import OsmServer, serving
from tests.io.test_fetch import CENTRE, TOWN, found


@pytest.fixture
def server(project: Path, tmp_path: Path) -> Iterator[OsmServer]:
    extract = project / "data" / "sample" / "town.osm.pbf"
    (tmp_path / "answers").mkdir()
    with serving(extract, tmp_path / "answers", {TOWN: [found(CENTRE)]}) as running:
        running.retry_after = "0"
        yield running


def call(folder: Path, server: OsmServer, *words: object) -> subprocess.CompletedProcess[str]:
    args = [sys.executable, "-m", "cfspace", *map(str, words)]
    env = {
        **os.environ,
        "CFSPACE_OVERPASS_URL": server.overpass,
        "CFSPACE_NOMINATIM_URL": server.nominatim,
        "COLUMNS": "200",
    }
    return subprocess.run(
        args, capture_output=True, text=True, cwd=folder, env=env, check=False, encoding="utf-8"
    )


def test_what_is_fetched_runs(server: OsmServer, tmp_path: Path) -> None:
    server.overpass_plan[:] = ["429", "504"]
    fetched = call(tmp_path, server, "fetch", TOWN, "--out", "city", "--margin", "500")
    assert (fetched.returncode, fetched.stdout.splitlines()[-2:]) == (
        0,
        [f"Next: cfspace check {Path('city') / 'study.toml'}", "Map data © OpenStreetMap contributors, ODbL"],
    )
    assert "the server is busy (HTTP 429); asking again in 0 s" in fetched.stderr
    cfspace.run(tmp_path / "city" / "study.toml", tmp_path / "run", draw=False)
    coverage = (tmp_path / "run" / "coverage.csv").read_text(encoding="utf-8-sig")
    assert "district,relation/77,示例区," in coverage


def test_an_unknown_place_ends_with_status_2(server: OsmServer, tmp_path: Path) -> None:
    refused = call(tmp_path, server, "fetch", "Nowhere", "--out", "city")
    assert refused.returncode == 2
    assert refused.stderr.startswith("error: PLACE: 'Nowhere' is unknown to http://127.0.0.1")
    assert "Traceback" not in refused.stderr
    assert not (tmp_path / "city").exists()


def test_a_server_that_stays_busy_is_told_in_words_and_gone_on_with(
    server: OsmServer, tmp_path: Path
) -> None:
    server.overpass_plan[:] = ["429", "429"]
    words = ("fetch", TOWN, "--out", "city", "--margin", "0", "--tries", "2")
    refused = call(tmp_path, server, *words)
    assert refused.returncode == 2
    assert "busy (HTTP 429) (asked 2 times); run the same command again later" in refused.stderr
    assert call(tmp_path, server, *words).returncode == 0


def test_a_box_is_cut_out_of_a_file_with_no_server(project: Path, server: OsmServer, tmp_path: Path) -> None:
    town = project / "data" / "sample" / "town.osm.pbf"
    cut = call(
        tmp_path, server, "fetch", "--bbox", "125.29,43.89,125.31,43.91", "--pbf", town, "--out", "city"
    )
    assert cut.returncode == 0, cut.stderr
    assert (tmp_path / "city" / "city.osm.pbf").is_file()
    assert server.asked == []
    assert call(tmp_path, server, "check", "city/study.toml").returncode == 0
