"""`scripts/map_picture.py`: the map as a person sees it."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

import cfspace
import map_picture


@pytest.mark.browser
def test_picture_shows_the_level_and_kinds_asked_for(sample_run: cfspace.Run, tmp_path: Path) -> None:
    plain, chosen = tmp_path / "plain.png", tmp_path / "chosen.png"
    folder = str(sample_run.folder)
    size = ["--width", "800", "--height", "500"]
    assert map_picture.main([folder, str(plain), *size]) == 0
    assert map_picture.main([folder, str(chosen), *size, "--level", "社区", "--kind", "park"]) == 0
    assert struct.unpack(">II", plain.read_bytes()[16:24]) == (800, 500)  # a PNG's width and height
    assert plain.read_bytes() != chosen.read_bytes()


@pytest.mark.browser
def test_an_unknown_level_is_told_with_those_there_are(
    sample_run: cfspace.Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = map_picture.main([str(sample_run.folder), str(tmp_path / "map.png"), "--level", "Province"])
    assert status == 2
    assert "Province: no such entry; the map has 区" in capsys.readouterr().err


def test_a_run_without_map_is_told_with_the_cure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert map_picture.main([str(tmp_path), str(tmp_path / "map.png")]) == 2
    assert f"draw it with: cfspace map {tmp_path}" in capsys.readouterr().err


def test_no_browser_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(cfspace.InputError, match="install Chromium"):
        map_picture.browser_path()
