"""`scripts/fetch_places.py`: many places cut out of one file."""

from __future__ import annotations

from pathlib import Path

import pytest

import cfspace
import fetch_places


def test_each_place_is_a_study_that_loads_and_one_that_is_not_there_is_told(
    sample_study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pbf = sample_study.parent / "town.osm.pbf"
    west, south, east, north = extent_of(pbf)
    x, y = (west + east) / 2, (south + north) / 2
    middle = f"{x - 0.005},{y - 0.005},{x + 0.005},{y + 0.005}"
    listed = tmp_path / "places.csv"
    listed.write_text(f'name,bbox\n中,"{middle}"\n海,"0,0,0.1,0.1"\n', encoding="utf-8")
    words = [str(listed), "--out", str(tmp_path / "studies"), "--pbf", str(pbf)]
    assert fetch_places.main(words) == 2
    told = capsys.readouterr()
    assert "海: " in told.err
    assert "1 of 2 places" in told.out
    study = tmp_path / "studies" / "中" / "中.toml"
    assert cfspace.load_study(study).study.name == "中"
    before = study.stat().st_mtime_ns
    assert fetch_places.main(words) == 2
    assert study.stat().st_mtime_ns == before


def extent_of(pbf: Path) -> tuple[float, float, float, float]:
    from cfspace.io.osm import read_osm

    return read_osm(pbf).extent.bounds


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name,place\n", "holds no place"),
        ("name,place\n,x\n", "row 2: name ''"),
        ("name,place\na,x\na,y\n", "row 3: name 'a'"),
        ('name,place,bbox\na,x,"1,2,3,4"\n', "give either place or bbox"),
    ],
)
def test_a_list_at_fault_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, message: str
) -> None:
    listed = tmp_path / "places.csv"
    listed.write_text(text, encoding="utf-8")
    assert fetch_places.main([str(listed), "--out", str(tmp_path / "out")]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_help_tells_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        fetch_places.main(["--help"])
    assert stopped.value.code == 0
    assert "each with a study file that runs" in capsys.readouterr().out
