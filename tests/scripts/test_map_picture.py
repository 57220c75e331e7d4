"""`scripts/map_picture.py`: the map as a person sees it."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

import cfspace
import map_picture


def picture(project: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    # A process of its own: Playwright allows one driver in each, and other tests hold theirs open.
    command = [sys.executable, project / "scripts" / "map_picture.py", *map(str, arguments)]
    env = {**os.environ, "PYTHONPATH": str(project)}
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


@pytest.mark.browser
def test_picture_shows_the_level_and_kinds_asked_for(
    project: Path, sample_run: cfspace.Run, tmp_path: Path
) -> None:
    plain, chosen = tmp_path / "plain.png", tmp_path / "chosen.png"
    size = ["--width", 800, "--height", 500]
    assert picture(project, sample_run.folder, plain, *size).returncode == 0
    asked = ["--level", "社区", "--kind", "park"]
    assert picture(project, sample_run.folder, chosen, *size, *asked).returncode == 0
    assert struct.unpack(">II", plain.read_bytes()[16:24]) == (800, 500)  # a PNG's width and height
    assert plain.read_bytes() != chosen.read_bytes()


@pytest.mark.browser
def test_an_unknown_level_is_told_with_those_there_are(
    project: Path, sample_run: cfspace.Run, tmp_path: Path
) -> None:
    done = picture(project, sample_run.folder, tmp_path / "map.png", "--level", "Province")
    assert done.returncode == 2
    assert "Province: no such entry; the map has 区" in done.stderr


def test_a_run_without_map_is_told_with_the_cure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert map_picture.main([str(tmp_path), str(tmp_path / "map.png")]) == 2
    assert f"draw it with: cfspace map {tmp_path}" in capsys.readouterr().err


def test_no_browser_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(cfspace.InputError, match="install Chromium"):
        map_picture.browser_path()
