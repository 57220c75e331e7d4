from __future__ import annotations

import io
import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import cfspace
from cfspace.batch.summary import ranked, study_rows
from cfspace.batch.summary_map import ProvinceMap

NAN = float("nan")


def rows(study: str, *units: tuple[str, float, float, float], rulebook: str = "book 1.0") -> pd.DataFrame:
    """Return rows of one study: unit id, overall, children and rank in the study."""
    return pd.DataFrame(
        {
            "study": study,
            "study_name": study,
            "snapshot": "2026-09-30",
            "rulebook": rulebook,
            "unit_level": "district",
            "unit_id": [unit[0] for unit in units],
            "unit_name": [unit[0] for unit in units],
            "task_13": [unit[1] for unit in units],
            "overall": [unit[1] for unit in units],
            "data_share": 1.0,
            "children": [unit[2] for unit in units],
            "rank_in_study": [unit[3] for unit in units],
        }
    )


def judged(table: pd.DataFrame) -> pd.DataFrame:
    """Return one scored row of coverage a unit, its score the overall one."""
    own = table[["study", "unit_level", "unit_id"]]
    return own.assign(scored=True, score=table["overall"].fillna(0.0), covered_share=1.0)


def summed(*tables: pd.DataFrame) -> pd.DataFrame:
    table = pd.concat(tables, ignore_index=True)
    return ranked(table, judged(table))


def test_units_of_all_studies_are_ranked_together_and_as_pilots() -> None:
    # Pilot scores: 0.35 x (100 - overall) + 0.2 x (100 where the score is half its goal) + 0.3 x children in
    # per cent of the most + 0.15 x 100 of data. a/1: 7 + 20 + 7.5 + 15 = 49.5; a/2: 21 + 0 + 3.75
    # + 15 = 39.75; b/1: 3.5 + 20 + 30 + 15 = 68.5; b/2 has too few children.
    table = summed(
        rows("a", ("1", 80.0, 1000.0, 1), ("2", 40.0, 500.0, 2)),
        rows("b", ("1", 90.0, 4000.0, 1), ("2", 10.0, 20.0, NAN)),
    )
    assert (table["study"] + table["unit_id"]).tolist() == ["b1", "a1", "a2", "b2"]
    assert table["rank"].tolist()[:3] == [1, 2, 3]
    assert pd.isna(table["rank"].iloc[3])
    assert table["n_ranked"].tolist() == [3, 3, 3, 3]
    assert table["pilot_score"].tolist()[:3] == pytest.approx([68.5, 49.5, 39.75])
    assert math.isnan(table["pilot_score"].iloc[3])
    assert table["pilot_rank"].tolist()[:3] == [1, 2, 3]
    assert table["is_candidate"].tolist() == [True, True, True, False]


def test_scores_of_two_rulebooks_are_not_ranked_against_each_other() -> None:
    table = summed(rows("a", ("1", 80.0, 1e3, 1)), rows("b", ("1", 40.0, 1e3, 1), rulebook="other 2.0"))
    assert table["rank"].tolist() == [1, 1]
    assert table["pilot_rank"].tolist() == [1, 1]


def test_where_nobody_counted_children_there_is_no_candidate() -> None:
    table = summed(rows("a", ("1", 20.0, NAN, 1)))
    assert table["rank"].tolist() == [1]
    assert table["pilot_score"].isna().all()
    assert table["is_candidate"].tolist() == [False]


def test_at_most_ten_units_of_a_level_are_candidates() -> None:
    units = [(str(k), 60.0, 100.0 + k, k) for k in range(1, 13)]
    table = summed(rows("a", *units))
    assert table["is_candidate"].sum() == 10
    assert table.loc[table["is_candidate"], "children"].min() == 103.0


def test_the_summary_holds_the_scores_of_every_study(serial: cfspace.Batch) -> None:
    written = (Path(serial.out) / "summary.csv").read_bytes()
    assert written.startswith(b"\xef\xbb\xbf")
    table = pd.read_csv(io.BytesIO(written), dtype={"unit_id": str}).set_index(["study", "unit_id"])
    for name in ("t1", "t2", "t3"):
        own = cfspace.open_run(Path(serial.out) / name).scores.set_index("unit_id")
        pd.testing.assert_series_equal(
            table.loc[name]["overall"], own["overall"], check_like=True, check_names=False
        )
    assert table["overall"].max() == table.loc[table["rank"] == 1, "overall"].iloc[0]


def test_the_map_shows_the_units_of_all_studies_with_their_rank_among_all(
    serial: cfspace.Batch, opened: Any, tmp_path: Path
) -> None:
    sketch = ProvinceMap()
    for name in ("t1", "t2", "t3"):
        sketch.add(study_rows(name, Path(serial.out) / name))
    page = tmp_path / "map.html"
    page.write_text(sketch.draw(serial.summary, lang="zh"), "utf-8")
    for size in ("desk", "phone"):
        shown = opened(page, size=size)
        assert shown.inner_text("#cf-title").startswith("3 个研究")
        units = shown.evaluate("cfspace.core.levels[0].units.map(u => [u.i, u.n, u.r])")
        assert {unit[0] for unit in units} == {
            f"{name}/{code}" for name in ("t1", "t2", "t3") for code in ("01", "02")
        }
        best = serial.summary[serial.summary["rank"] == 1].iloc[0]
        assert [f"{best['study']}/{best['unit_id']}", best["unit_name"], 1] in units
        assert not shown.is_visible(".cf-modes")
        values = shown.evaluate(
            "(() => { const k = cfspace.core.series.findIndex(s => s.indicator === 'PILOT');"
            " return cfspace.core.levels[0].units.map(u => [u.i, u.v[k][1]]); })()"
        )
        scores = (serial.summary["study"] + "/" + serial.summary["unit_id"], serial.summary["pilot_score"])
        for unit_id, score in zip(*scores, strict=True):
            told = dict(map(tuple, values))[unit_id]
            assert told is None if math.isnan(score) else told == pytest.approx(score, abs=0.01)
