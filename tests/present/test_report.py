from __future__ import annotations

import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from cfspace.errors import RunError
from cfspace.present import figures
from cfspace.present.messages import catalogue
from cfspace.present.report import draw_report
from cfspace.present.rundata import RunData
from cfspace.present.standing import (
    IndicatorStanding,
    against_goal,
    gaps,
    stand_by_indicator,
    stand_by_task,
    unknowns,
)
from tests.present import hostile

SAY = catalogue("zh")


def test_a_city_value_is_the_sum_over_the_sum(run: RunData) -> None:
    # Only the eastern district is whole, so the city's value is its own.
    row = next(s for s in stand_by_indicator(run, SAY, level="district") if s.indicator == "SCH-1")
    rows = run.coverage
    own = rows[(rows["unit_id"] == "01") & (rows["indicator"] == "SCH-1")].iloc[0]
    assert row.value == pytest.approx(own["value"])
    assert row.left_out == pytest.approx(own["denominator"] - own["numerator"])
    assert row.statuses == {"ok": 1, "partial_extract": 1}


def test_a_task_without_scores_has_none_and_not_zero(run: RunData) -> None:
    rooms = next(t for t in stand_by_task(run, SAY, level="community") if t.task == "17")
    assert np.isnan(rooms.score)
    assert rooms.n_scored == 0


def test_the_city_s_score_has_the_range_that_the_run_computed(run: RunData) -> None:
    tasks = {t.task: t for t in stand_by_task(run, SAY, level="district")}
    told = run.task_ranges.set_index(["unit_level", "task"]).loc["all"]
    for task, row in tasks.items():
        assert row.score == pytest.approx(told.loc[task, "score"], nan_ok=True)
    schools = tasks["13"]
    assert (schools.low, schools.high) == pytest.approx((schools.score - 4, schools.score + 3))
    assert np.isnan(next(t for t in stand_by_task(run, SAY, level="community") if t.task == "13").low)


def test_a_run_without_ranges_has_a_report_without_them(run_dir: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(run_dir, tmp_path / "old")
    assert SAY("report.range") in draw_report(folder, lang="zh")
    (folder / "task_ranges.csv").unlink()
    assert SAY("report.range") not in draw_report(folder, lang="zh")


def test_a_task_score_weighs_children(run: RunData) -> None:
    schools = next(t for t in stand_by_task(run, SAY, level="community") if t.task == "13")
    table = run.scores[(run.scores["unit_level"] == "community") & run.scores["task_13"].notna()]
    assert schools.score == pytest.approx(np.average(table["task_13"], weights=table["children"]))


def test_gaps_are_the_largest_first_and_one_an_indicator(run: RunData) -> None:
    found = gaps(stand_by_indicator(run, SAY, level="community"))
    assert [g.left_out for g in found] == sorted((g.left_out for g in found), reverse=True)
    assert len({g.indicator for g in found}) == len(found) == 5


def test_what_is_not_known_is_listed(run: RunData) -> None:
    silent = {s.indicator for s in unknowns(stand_by_indicator(run, SAY, level="district"))}
    assert silent == {"NUR-1", "COM-2"}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_report_names_every_task_value_and_source(run_dir: Path, run: RunData, lang: str) -> None:
    html = draw_report(run_dir, lang=lang)
    for task in run.tasks:
        assert f'id="task-{task}"' in html
    for code in run.coverage["indicator"].unique():
        assert code in html
    assert "OpenStreetMap" in html
    assert "GB 50180-2018" in html
    assert html == draw_report(run_dir, lang=lang)


class _Words(HTMLParser):
    """Counts elements, and collects what a reader sees."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_hostile_names_are_read_and_do_nothing(hostile_dir: Path) -> None:
    words = _Words()
    words.feed(draw_report(hostile_dir, lang="zh"))
    assert "script" not in words.tags
    assert "img" not in words.tags
    assert hostile.SCRIPT in words.text
    assert "{{ 7 * 7 }}" in words.text
    assert hostile.LONG not in words.text


def test_figures_have_a_text_for_those_who_do_not_see_them(run_dir: Path) -> None:
    html = draw_report(run_dir, lang="en")
    assert all("aria-label=" in svg for svg in re.findall(r"<svg[^>]*>", html))
    assert len(re.findall(r"<svg[^>]*>", html)) > 15


def test_a_bar_without_a_score_is_hatched_and_says_why() -> None:
    svg = figures.ladder(["a", "b"], [50.0, np.nan], title="t", name="n", why=["", "no data"])
    assert "url(#hatch-n)" in svg
    assert "no data" in svg
    assert "50.0" in svg


def test_a_map_hatches_units_without_a_score(run: RunData) -> None:
    svg = figures.score_map(run.units["district"], [10.0, np.nan], title="t", name="n")
    assert svg.count("<path") == 2
    assert figures.score_colour(10.0) in svg
    assert "url(#hatch-n)" in svg


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError):
        draw_report(tmp_path, lang="zh")


def _standing(value: float, low: float, high: float, *, less: bool = False) -> IndicatorStanding:
    return IndicatorStanding(
        indicator="A", task="13", title="", meaning="", band="", is_headline=True, value=value, low=low,
        high=high, value_unit="share", goal=0.5, is_less_better=less, is_scored=True, left_out=0.0,
        statuses={}, evidence="", confidence="", source="", reasons=(),
    )  # fmt: skip


def test_a_goal_is_reached_only_where_the_whole_interval_has_reached_it() -> None:
    assert against_goal(_standing(0.6, 0.5, 0.7)) == "reached"
    assert against_goal(_standing(0.6, 0.4, 0.7)) == "unsure"
    assert against_goal(_standing(0.4, 0.3, 0.49)) == "missed"
    assert against_goal(_standing(0.4, np.nan, np.nan)) == "missed"
    assert against_goal(_standing(0.4, 0.3, 0.49, less=True)) == "reached"
    assert against_goal(_standing(np.nan, np.nan, np.nan)) == "unknown"


def test_every_figure_says_its_data_date_and_norms(run_dir: Path) -> None:
    html = draw_report(run_dir, lang="en")
    captions = re.findall(r"<figcaption>(.*?)</figcaption>", html, re.DOTALL)
    assert len(captions) > 15
    assert [one for one in captions if "Data: " not in one or "30 September 2026" not in one] == []
    assert [one for one in captions if "Norms: " not in one] == []
