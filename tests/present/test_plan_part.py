"""What the report of a scenario tells of its plan."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

import cfspace
from cfspace.errors import RunError
from cfspace.present.messages import LANGUAGES, catalogue
from cfspace.present.plan_part import plan_part
from cfspace.present.report import draw_report
from cfspace.present.rundata import read_run
from cfspace.present.standing import overall_standing, stand_by_task

SAY = catalogue("en")


def test_before_and_after_are_what_both_reports_begin_with(
    scenario_dir: Path, sample_run: cfspace.Run
) -> None:
    """Though 1,800 children move in, the city before the plan is weighed by those who were there."""
    after = read_run(scenario_dir)
    part = plan_part(after, SAY)
    assert part is not None
    for when, run in (("before", sample_run.data), ("after", after)):
        standings = [
            overall_standing(run, SAY, level="district"),
            *stand_by_task(run, SAY, level="district"),
        ]
        assert [row[when] for row in part["tasks"]] == [f"{one.score:.1f}" for one in standings]
        assert [row["name"] for row in part["tasks"]] == [one.name for one in standings]
    changes = [row for row in part["tasks"] if row["change"] != "–"]
    assert len(changes) > 3
    for row in changes:
        sign = {"+": 1, "−": -1}[row["change"][0]]
        change = float(row["after"]) - float(row["before"])
        assert sign * float(row["change"][1:]) == pytest.approx(change, abs=0.11)


def test_who_gains_is_what_gains_csv_says(scenario_dir: Path) -> None:
    run = read_run(scenario_dir)
    part = plan_part(run, SAY)
    assert part is not None
    gains = pd.read_csv(scenario_dir / "gains.csv", dtype={"unit_id": str}, encoding="utf-8-sig")
    district = gains[gains["unit_level"] == "district"]
    sums = district.groupby("indicator")[["gaining", "losing", "children"]].sum()
    assert part["gaining"] == f"{round(sums.loc['any', 'gaining']):,}"
    assert part["children"] == f"{round(sums.loc['any', 'children']):,}"
    by_id = {row["name"].split(" ")[0]: row for row in part["services"]}
    assert len(by_id) > 4
    for indicator, row in by_id.items():
        assert row["gaining"] == f"{round(sums.loc[indicator, 'gaining']):,}"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_report_leads_to_pages_that_are_there(scenario_dir: Path, tmp_path: Path, lang: str) -> None:
    folder = shutil.copytree(scenario_dir, tmp_path / "run")
    page = draw_report(folder, lang=lang)
    assert 'id="plan"' in page
    assert "<script>window" not in page
    assert 'href="statement.html"' not in page
    (folder / "statement.html").write_text("here", "utf-8")
    page = draw_report(folder, lang=lang)
    assert 'href="statement.html"' in page
    assert 'href="before_after.html"' not in page


def test_a_run_of_no_plan_says_nothing_of_one(sample_run: cfspace.Run) -> None:
    assert plan_part(sample_run.data, SAY) is None
    assert 'id="plan"' not in draw_report(sample_run.folder, lang="en")


def test_a_plan_whose_comparison_is_lost_is_refused(scenario_dir: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(scenario_dir, tmp_path / "run")
    (folder / "gains.csv").unlink()
    with pytest.raises(RunError, match="cfspace scenario"):
        draw_report(folder, lang="en")
