"""``cfspace explain`` prints how a number came about and writes the homes it leaves out."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

import cfspace
from cfspace.cli.app import app
from cfspace.errors import CfspaceError, OutputError, ParameterError, RunError


def call(run: cfspace.Run, *words: object) -> Result:
    return CliRunner().invoke(app, ["explain", str(run.folder), *map(str, words)])


def fault(run: cfspace.Run, *words: object) -> CfspaceError:
    found = call(run, *words).exception
    assert isinstance(found, CfspaceError)
    return found


def test_it_says_what_one_needs_to_compute_the_number(sample_run: cfspace.Run) -> None:
    said = call(sample_run, "--unit", "220191", "--indicator", "LIB-1", "--lang", "en")
    assert said.exit_code == 0, said.output
    for words in (
        "Unit: 河西区 (district 220191)",
        "Indicator: LIB-1 Neighbourhood reading reach",
        "Threshold: library: full to 1000 m",
        "Threshold: bookcase: full to 1000 m, credit 0.5",
        "Source: 15-minute circle, GB 50180-2018 2.0.2 (confidence: secondary)",
        "Denominator: 4975",
        "Goal: 0.8 (design)",
        "/ 4975) / 0.8) = 64.3150",
        "春城城市书房 [library/图书馆/row4]",
        "Homes left out: ",
        "Homes not measured (in neither numerator nor denominator): 0",
    ):
        assert words in said.output


def test_it_tells_by_which_cause_the_value_may_be_off(sample_run: cfspace.Run) -> None:
    said = call(sample_run, "--unit", "220191", "--indicator", "LIB-1", "--lang", "en")
    row = sample_run.coverage.query("unit_id == '220191' and indicator == 'LIB-1'").iloc[-1]
    assert f"May lie between: {row['value_low']:.6g} - {row['value_high']:.6g}" in said.output
    for words in ("walking distances: ", "where in the unit children live: ", "places that no list has: "):
        assert words in said.output
    shares = [float(part.split("%")[0]) for part in said.output.split(" (")[1:] if "% of the range" in part]
    assert sum(shares) == pytest.approx(100, abs=2)
    in_zh = call(sample_run, "--unit", "220191", "--indicator", "LIB-1", "--lang", "zh")
    assert "可能范围: " in in_zh.output
    density = call(sample_run, "--unit", "220191", "--indicator", "BLK-3", "--lang", "en")
    assert "May lie between" not in density.output


def test_it_speaks_the_language_of_the_run(sample_run: cfspace.Run) -> None:
    said = call(sample_run, "--unit", "河西区", "--indicator", "CC-1")
    assert said.exit_code == 0, said.output
    assert "分子: " in said.output
    assert "capacity " in said.output


def test_homes_left_out_are_written_twice_the_same(sample_run: cfspace.Run, tmp_path: Path) -> None:
    for name in ("a", "b"):
        files = ["--homes", tmp_path / f"{name}.geojson", "--list", tmp_path / f"{name}.csv"]
        assert call(sample_run, "--unit", "220191", "--indicator", "LIB-1", *files).exit_code == 0
    shapes = json.loads((tmp_path / "a.geojson").read_text("utf-8"))["features"]
    table = pd.read_csv(tmp_path / "a.csv")
    row = sample_run.coverage.query("unit_id == '220191' and indicator == 'LIB-1'").iloc[-1]
    assert [one["properties"]["home_id"] for one in shapes] == table["home_id"].tolist()
    assert table["children"].sum() == pytest.approx(row["denominator"] - row["numerator"], rel=1e-9)
    assert {"lon_deg", "lat_deg", "m_library", "nearest_library", "why"} <= set(table.columns)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


@pytest.mark.parametrize("indicator", ["SCH-4", "BLK-1", "NUR-1", "COM-5"])
def test_things_counted_one_by_one_are_listed_and_add_up(indicator: str, sample_run: cfspace.Run) -> None:
    found = sample_run.explain("220191", indicator)
    assert found.counted is not None
    for name in ("numerator", "denominator"):
        assert found.counted[name].sum() == pytest.approx(found.row[name], rel=1e-9)
    lacking = (found.counted["denominator"] - found.counted["numerator"]).round(6)
    assert lacking.is_monotonic_decreasing
    said = call(sample_run, "--unit", "220191", "--indicator", indicator, "--lang", "en").output
    assert f"Counted one by one, those that lack most first: {len(found.counted)} (counted.parquet)" in said


def test_a_range_of_no_width_and_none_at_all_are_told_in_words(sample_run: cfspace.Run) -> None:
    certain = call(sample_run, "--unit", "220191", "--indicator", "CC-1", "--lang", "en").output
    assert "(the causes that apply move nothing here; others are not computed)" in certain
    unasked = call(sample_run, "--unit", "220191", "--indicator", "BLK-4", "--lang", "en").output
    assert "How sure: not computed, none of the causes of doubt applies to this measure" in unasked
    doubted = call(sample_run, "--unit", "220191", "--indicator", "PRK-2", "--lang", "en").output
    assert "May lie between: " in doubted
    assert "(the causes" not in doubted


def test_gates_are_called_by_their_schools(sample_run: cfspace.Run) -> None:
    gates = sample_run.explain("220191", "SCH-4").counted
    assert gates is not None
    schools = sample_run.facilities.set_index("facility_id")["name"]
    assert (gates["name"] == gates["id"].map(schools)).all()
    spots = sample_run.entrances.geometry.iloc[gates.loc[gates["of"] == "gates", "row"]]
    assert gates.loc[gates["of"] == "gates", "lon_deg"].tolist() == pytest.approx(spots.x.tolist())
    assert sample_run.explain("220191", "LIB-1").counted is None


def test_faults_name_the_remedy(sample_run: cfspace.Run, tmp_path: Path) -> None:
    there = tmp_path / "there.csv"
    there.write_text("mine", encoding="utf-8")
    lib = ("--unit", "220191", "--indicator", "LIB-1")
    assert isinstance(fault(sample_run, "--unit", "1", "--indicator", "LIB-1"), RunError)
    assert isinstance(fault(sample_run, *lib, "--list", there), OutputError)
    assert isinstance(fault(sample_run, *lib, "--homes", tmp_path / "a.shp"), OutputError)
    supply = ("--unit", "220191", "--indicator", "CC-1")
    assert isinstance(fault(sample_run, *supply, "--list", tmp_path / "x.csv"), ParameterError)
    assert there.read_text("utf-8") == "mine"
    assert call(sample_run, *lib, "--list", there, "--force").exit_code == 0
    assert there.read_text("utf-8-sig").startswith("home_id,children")
