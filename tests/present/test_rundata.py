from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from cfspace.errors import RunError
from cfspace.present.rundata import RunData, read_run


def test_codes_keep_their_zeros_and_numbers_are_numbers(run: RunData) -> None:
    first = run.coverage.iloc[0]
    assert first["unit_id"] == "01"
    assert first["task"] == "5"
    assert run.coverage["value"].dtype == "float64"
    assert run.coverage["scored"].dtype == bool


def test_an_empty_number_is_not_a_zero(run: RunData) -> None:
    silent = run.coverage[run.coverage["status"] == "no_data"]
    assert len(silent) > 0
    assert silent["value"].isna().all()


def test_levels_come_coarse_first(run: RunData) -> None:
    assert list(run.units) == ["district", "street", "community"]
    assert len(run.units["community"]) == 18


def test_tasks_are_those_of_the_scores(run: RunData) -> None:
    assert run.tasks == ("5", "6", "13", "14", "15", "16", "17", "18", "19")


def test_a_unit_called_na_keeps_its_name(tmp_path: Path) -> None:
    from tests.present.runmaker import make_run_folder

    run = read_run(make_run_folder(tmp_path / "run", names={"01": "NA", "02": "None"}))
    assert list(run.scores["unit_name"][:2]) == ["NA", "None"]


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no such folder"):
        read_run(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["run.json", "coverage.csv", "scores.csv", "units.gpkg"])
def test_a_missing_file_is_told(run_dir: Path, tmp_path: Path, name: str) -> None:
    broken = shutil.copytree(run_dir, tmp_path / "broken")
    (broken / name).unlink()
    with pytest.raises(RunError, match=f"^{re.escape(str(broken / name))}: missing"):
        read_run(broken)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("coverage.csv", "its last row breaks off"),
        ("scores.csv", "its last row"),
        ("units.gpkg", "not readable"),
    ],
)
def test_a_file_that_was_cut_short_is_told(run_dir: Path, tmp_path: Path, name: str, said: str) -> None:
    broken = shutil.copytree(run_dir, tmp_path / "broken")
    whole = (broken / name).read_bytes()
    (broken / name).write_bytes(whole[: len(whole) // 2 + 1])
    with pytest.raises(RunError, match=f"{name}: {said}.*run the study again"):
        read_run(broken)


def test_a_parquet_that_was_cut_short_is_told_when_it_is_asked_for(run_dir: Path, tmp_path: Path) -> None:
    broken = shutil.copytree(run_dir, tmp_path / "broken")
    path = broken / "facilities.parquet"
    path.write_bytes(path.read_bytes()[:-9])
    run = read_run(broken)
    with pytest.raises(RunError, match=r"facilities\.parquet: not readable .*run the study again"):
        _ = run.facilities


def test_a_missing_parquet_is_told_when_it_is_asked_for(run_dir: Path, tmp_path: Path) -> None:
    broken = shutil.copytree(run_dir, tmp_path / "broken")
    (broken / "homes.parquet").unlink()
    run = read_run(broken)
    with pytest.raises(RunError, match=f"^{re.escape(str(broken))}/homes.parquet: missing"):
        _ = run.homes


def test_a_broken_record_is_told(run_dir: Path, tmp_path: Path) -> None:
    broken = shutil.copytree(run_dir, tmp_path / "broken")
    (broken / "run.json").write_text("{", "utf-8")
    with pytest.raises(RunError, match="not readable as JSON"):
        read_run(broken)
    (broken / "run.json").write_text(json.dumps({"a": 1}), "utf-8")
    with pytest.raises(RunError, match="holds no study"):
        read_run(broken)


def test_a_word_among_the_numbers_is_told(run_dir: Path, tmp_path: Path) -> None:
    broken = shutil.copytree(run_dir, tmp_path / "broken")
    text = (broken / "scores.csv").read_text("utf-8-sig").replace(",0.71,", ",much,", 1)
    (broken / "scores.csv").write_text(text, "utf-8-sig")
    with pytest.raises(RunError, match="data_share holds no number"):
        read_run(broken)


def test_a_run_without_scenery_has_none(run_dir: Path, tmp_path: Path) -> None:
    bare = shutil.copytree(run_dir, tmp_path / "bare")
    (bare / "scenery.parquet").unlink()
    assert read_run(bare).scenery is None
