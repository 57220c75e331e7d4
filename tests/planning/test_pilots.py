from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import cfspace
from cfspace.cli import main
from cfspace.errors import ParameterError
from cfspace.planning.pilots import draw_weights, load_weights, rank_pilots


def scores(**columns: object) -> pd.DataFrame:
    """Return three communities: one needs most, one has most children, one is in between."""
    table = {
        "unit_level": "community",
        "unit_id": ["1", "2", "3"],
        "unit_name": ["A", "B", "C"],
        "overall": [20.0, 80.0, 50.0],
        "data_share": [1.0, 1.0, 0.5],
        "rank": [3.0, 1.0, 2.0],
        "children": [500.0, 1000.0, 100.0],
    }
    return pd.DataFrame({**table, **columns})


def coverage(**columns: object) -> pd.DataFrame:
    table = {
        "unit_level": "community",
        "unit_id": ["1", "1", "2", "3"],
        "scored": True,
        "score": [60.0, 40.0, 80.0, 50.0],
        "covered_share": 1.0,
    }
    return pd.DataFrame({**table, **columns})


def test_the_score_is_the_weighted_mean_of_the_criteria() -> None:
    found = rank_pilots(scores(), coverage()).set_index("unit_id")
    # A: need 80, readiness 50 (one of two at 50 or more), reach 50, data 100
    assert found.loc["1", ["need", "readiness", "reach", "data"]].tolist() == [80, 50, 50, 100]
    assert found.loc["1", "score"] == pytest.approx(0.35 * 80 + 0.2 * 50 + 0.3 * 50 + 0.15 * 100)
    assert found.loc["3", "data"] == pytest.approx(50)
    assert found["rank"].to_dict() == {"2": 1, "1": 2, "3": 3}


def test_units_that_cannot_be_judged_have_no_rank_and_say_why() -> None:
    table = scores(overall=[20.0, np.nan, 50.0], rank=[1.0, np.nan, np.nan], children=[500.0, 900.0, 10.0])
    found = rank_pilots(table, coverage()).set_index("unit_id")
    assert found["why_not"].to_dict() == {"1": "", "2": "no_score", "3": "few_children"}
    assert found.loc[["2", "3"], "rank"].isna().all()
    uncounted = rank_pilots(scores(children=np.nan), coverage())
    assert set(uncounted["why_not"]) == {"no_counts"}


def test_where_nobody_counted_children_reach_is_by_what_homes_weigh() -> None:
    table = scores(children=np.nan, homes_weigh="floor_area_m2", weight=[5e4, 2e5, 0.0])
    found = rank_pilots(table, coverage()).set_index("unit_id")
    assert found["why_not"].to_dict() == {"1": "", "2": "", "3": "no_homes"}
    assert found.loc[["1", "2"], "reach"].tolist() == [25.0, 100.0]
    assert found["homes_weigh"].tolist() == ["floor_area_m2"] * 3
    assert found["children"].isna().all()
    # Children and floor area are not compared: where some are counted, the others are not ranked.
    mixed = scores(children=[500.0, np.nan, np.nan], homes_weigh="floor_area_m2", weight=1e5)
    found = rank_pilots(mixed, coverage()).set_index("unit_id")
    assert found["why_not"].to_dict() == {"1": "", "2": "no_counts", "3": "no_counts"}
    assert found["weight"].isna().tolist() == [False, True, True]


def test_units_of_several_runs_are_ranked_together() -> None:
    both = pd.concat([scores(study="x"), scores(study="y", children=[2000.0, 50.0, 60.0])])
    rows = pd.concat([coverage(study="x"), coverage(study="y")])
    found = rank_pilots(both.reset_index(drop=True), rows)
    assert found.iloc[0][["study", "unit_id"]].tolist() == ["y", "1"]
    assert found["rank"].tolist() == [1, 2, 3, 4, 5, 6]


def test_weights_drawn_lie_around_the_weights_and_no_seed_is_left_to_chance() -> None:
    weights = load_weights()
    own = np.array([*weights.by_criterion().values()])
    drawn = draw_weights(own, weights.stability)
    assert drawn.sum(axis=1) == pytest.approx(1.0)
    assert drawn.mean(axis=0) == pytest.approx(own, abs=0.01)
    assert np.array_equal(drawn, draw_weights(own, weights.stability))
    none = draw_weights(np.array([1.0, 0.0, 1.0, 0.0]), weights.stability)
    assert not none[:, [1, 3]].any()


def test_a_unit_that_leads_on_every_criterion_is_first_under_any_weights() -> None:
    table = scores(overall=[10.0, 80.0, 90.0], children=[900.0, 500.0, 100.0])
    found = rank_pilots(table, coverage(score=[90.0, 90.0, 40.0, 40.0])).iloc[0]
    assert found[["unit_id", "rank", "rank_low", "rank_high", "share_first"]].tolist() == ["1", 1, 1, 1, 1.0]
    assert found["is_firm"]


BAD = {
    "weight = 0.35": ("weight = -1", "greater than or equal to 0"),
    "[need]": ("[want]", "Extra inputs|Field required"),
    "draws = 2000": ("draws = 0", "greater than or equal to 1"),
}


@pytest.mark.parametrize("part", BAD)
def test_bad_weights_are_refused(tmp_path: Path, project: Path, part: str) -> None:
    text = (project / "cfspace" / "planning" / "pilots.toml").read_text(encoding="utf-8")
    instead, message = BAD[part]
    (tmp_path / "weights.toml").write_text(text.replace(part, instead), encoding="utf-8")
    with pytest.raises(ParameterError, match=message):
        load_weights(tmp_path / "weights.toml")
    with pytest.raises(ParameterError, match="No such file"):
        load_weights(tmp_path / "none.toml")


def test_the_command_writes_ranking_and_sheets_in_both_languages(
    sample_run: cfspace.Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for lang, words in (("zh", "试点依据表：松苑社区"), ("en", "Evidence sheet: 松苑社区")):
        out = tmp_path / lang
        args = ["cfspace", "pilots", str(sample_run.folder), "--out", str(out), "--lang", lang]
        monkeypatch.setattr(sys, "argv", args)
        with pytest.raises(SystemExit) as ended:
            main()
        assert not ended.value.code
        assert "松苑社区" in capsys.readouterr().out
        html = (out / "pilots.html").read_text(encoding="utf-8")
        assert words in html
        assert html.count('class="candidate"') == 8  # two districts, three street offices, three communities
    table = pd.read_csv(tmp_path / "zh" / "pilots.csv")
    assert len(table) == 2 + 6 + 18


def test_a_folder_that_is_no_run_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["cfspace", "pilots", str(tmp_path), "--out", str(tmp_path / "out")])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "run.json" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
