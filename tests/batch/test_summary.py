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


def test_units_of_all_studies_are_ranked_together_and_by_need() -> None:
    # Need: a/1 1000 x 0.2 = 200, a/2 500 x 0.6 = 300, b/1 4000 x 0.1 = 400; b/2 has too few children.
    table = ranked(
        pd.concat(
            [
                rows("a", ("1", 80.0, 1000.0, 1), ("2", 40.0, 500.0, 2)),
                rows("b", ("1", 90.0, 4000.0, 1), ("2", 10.0, 20.0, NAN)),
            ]
        )
    )
    assert (table["study"] + table["unit_id"]).tolist() == ["b1", "a1", "a2", "b2"]
    assert table["rank"].tolist()[:3] == [1, 2, 3]
    assert pd.isna(table["rank"].iloc[3])
    assert table["n_ranked"].tolist() == [3, 3, 3, 3]
    assert table["need"].tolist()[:3] == pytest.approx([400.0, 200.0, 300.0])
    assert math.isnan(table["need"].iloc[3])
    assert table["need_rank"].tolist()[:3] == [1, 3, 2]
    assert table["is_candidate"].tolist() == [True, True, True, False]


def test_scores_of_two_rulebooks_are_not_ranked_against_each_other() -> None:
    table = ranked(
        pd.concat([rows("a", ("1", 80.0, 1e3, 1)), rows("b", ("1", 40.0, 1e3, 1), rulebook="other 2.0")])
    )
    assert table["rank"].tolist() == [1, 1]
    assert table["need_rank"].tolist() == [1, 1]


def test_where_nobody_counted_children_there_is_no_candidate() -> None:
    table = ranked(rows("a", ("1", 20.0, NAN, 1)))
    assert table["rank"].tolist() == [1]
    assert table["need"].isna().all()
    assert table["is_candidate"].tolist() == [False]


def test_at_most_ten_units_of_a_level_are_candidates() -> None:
    units = [(str(k), 50.0, 100.0 + k, k) for k in range(1, 13)]
    table = ranked(rows("a", *units))
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
            "(() => { const k = cfspace.core.series.findIndex(s => s.indicator === 'NEED');"
            " return cfspace.core.levels[0].units.map(u => [u.i, u.v[k][1]]); })()"
        )
        needs = (serial.summary["study"] + "/" + serial.summary["unit_id"], serial.summary["need"])
        for unit_id, need in zip(*needs, strict=True):
            told = dict(map(tuple, values))[unit_id]
            assert told is None if math.isnan(need) else told == pytest.approx(need, abs=0.01)
