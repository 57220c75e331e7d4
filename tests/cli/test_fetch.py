"""``cfspace fetch`` from end to end, in a process of its own."""

from __future__ import annotations

import json
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
    assert (fetched.returncode, fetched.stdout.splitlines()[-3:]) == (
        0,
        [
            "Nominatim: 示例区, 示例市, 中国; with 500 m around it.",
            f"Next: cfspace check {Path('city') / 'study.toml'}",
            "Map data © OpenStreetMap contributors, ODbL",
        ],
    )
    # A server that asks for no rest gets one all the same.
    assert "the server is busy (HTTP 429); asking again in 1 s" in fetched.stderr
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


def test_a_study_may_name_its_place(server: OsmServer, tmp_path: Path, project: Path) -> None:
    units = (project / "data" / "sample" / "units" / "districts.geojson").as_posix()
    (tmp_path / "study.toml").write_text(
        f"""
        [study]
        name = "示例市"
        snapshot = 2026-09-30
        [osm]
        place = "{TOWN}"
        [[units]]
        level = "district"
        file = "{units}"
        id = "code"
        datum = "gcj02"
        [homes]
        from = "buildings"
        """,
        encoding="utf-8",
    )
    found = call(tmp_path, server, "check", "study.toml")
    assert found.returncode == 0, found.stderr
    assert "no fault found" in found.stdout
    asked = len(server.asked)
    assert asked >= 2
    run = call(tmp_path, server, "run", "study.toml", "--out", "run", "--no-draw", "--no-cache")
    assert run.returncode == 0, run.stderr
    assert len(server.asked) == asked, "the place is downloaded once"
    inputs = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))["inputs"]
    assert "city.osm" in {one["file"] for one in inputs}
    assert "downloaded: " in call(tmp_path, server, "cache").stdout


def test_a_study_of_an_unknown_place_is_refused(server: OsmServer, tmp_path: Path, project: Path) -> None:
    text = (project / "data" / "sample" / "study.toml").read_text(encoding="utf-8")
    path = project / "data" / "sample" / "study.toml"
    assert path.is_file()
    text = text.replace('file = "town.osm.pbf"', 'place = "Nowhere"')
    for folder in ("units", "municipal", "audits"):
        text = text.replace(f'"{folder}/', f'"{(path.parent / folder).as_posix()}/')
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    refused = call(tmp_path, server, "check", "study.toml")
    assert refused.returncode == 2
    assert "'Nowhere' is unknown to http://127.0.0.1" in refused.stdout
    assert "Traceback" not in refused.stderr
