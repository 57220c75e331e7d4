"""`scripts/district_tables.py`: one table a study and one over all."""

from __future__ import annotations

import math
import shutil
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

import cfspace
import district_tables


@pytest.fixture(scope="module")
def made(sample_study: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """Return the folder that the sample and a study at fault were put into, and the exit status."""
    folder = tmp_path_factory.mktemp("tables")
    town = folder / "town"
    shutil.copytree(sample_study.parent, town)
    (town / "study.toml").rename(town / "town.toml")
    faulty = folder / "faulty.toml"
    faulty.write_text("[study]\nname = 'no city'\n", encoding="utf-8")
    status = district_tables.main([str(town / "town.toml"), str(faulty), "--out", str(folder / "out")])
    return folder / "out", status


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype={"unit_id": str}, encoding="utf-8-sig")


def test_each_good_study_has_its_tables_and_the_bad_one_sets_the_status(made: tuple[Path, int]) -> None:
    out, status = made
    names = sorted(path.name for path in out.iterdir() if not path.name.startswith("."))
    assert names == ["all.csv", "all.xlsx", "town.csv", "town.xlsx"]
    assert status == 2


def test_a_row_per_district_holds_the_values_of_the_run(
    made: tuple[Path, int], sample_run: cfspace.Run
) -> None:
    out, _ = made
    table = read(out / "town.csv").set_index("unit_id")
    scores = sample_run.scores.query("unit_level == 'district'").set_index("unit_id")
    assert sorted(table.index) == sorted(scores.index)
    pd.testing.assert_series_equal(table["overall"], scores["overall"], check_like=True)
    rows = sample_run.coverage.query("unit_level == 'district' and indicator == 'SCH-1'").set_index("unit_id")
    (band,) = rows["age_band"].unique()
    pd.testing.assert_series_equal(table[f"SCH-1 {band}"], rows["value"], check_like=True, check_names=False)


def test_no_value_stays_empty_and_never_becomes_zero() -> None:
    scores = {"unit_level": ["district"], "unit_id": ["01"], "unit_name": ["东"], "overall": [50.0]}
    coverage = {
        "unit_level": ["district"] * 3,
        "unit_id": ["01"] * 3,
        "indicator": ["SCH-1", "NUR-1", "LIB-3"],
        "age_band": ["6_11", "", ""],
        "value": [0.0, float("nan"), 1.5],
    }
    run = SimpleNamespace(scores=pd.DataFrame(scores), coverage=pd.DataFrame(coverage))
    (row,) = district_tables.table_of(run, study="town", level="district").to_dict("records")
    assert math.isnan(row.pop("NUR-1"))
    assert row == {
        "study": "town", "unit_id": "01", "unit_name": "东", "overall": 50.0, "SCH-1 6_11": 0.0, "LIB-3": 1.5
    }  # fmt: skip


def test_spreadsheet_and_csv_hold_the_same(made: tuple[Path, int]) -> None:
    out, _ = made
    sheet = pd.read_excel(out / "all.xlsx", dtype={"unit_id": str})
    pd.testing.assert_frame_equal(sheet, read(out / "all.csv"), check_dtype=False)


def test_tables_that_are_there_are_not_overwritten(
    made: tuple[Path, int], sample_study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, _ = made
    assert district_tables.main([str(sample_study), "--out", str(out)]) == 2
    assert "already there" in capsys.readouterr().err


def test_studies_of_one_name_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = district_tables.main(["a/city.toml", "b/city.toml", "--out", str(tmp_path / "out")])
    assert status == 2
    assert "tables would overwrite each other: city" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_level_that_the_study_lacks_is_told(
    sample_study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = district_tables.main([str(sample_study), "--level", "block", "--out", str(tmp_path / "out")])
    assert status == 2
    assert "no units of level block; the study has district" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_help_tells_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        district_tables.main(["--help"])
    assert stopped.value.code == 0
    assert "a row per district" in capsys.readouterr().out
