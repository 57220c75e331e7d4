from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cfspace.errors import ParameterError
from cfspace.present import charts
from cfspace.present.fonts import pick_font
from cfspace.present.rundata import RunData

ALL: dict[str, Callable[[RunData], Any]] = {
    "ladder": lambda run: charts.ladder_of_units(run, "SCH-1", level="community"),
    "lorenz": lambda run: charts.lorenz(run, "SCH-1", level="community"),
    "walks": lambda run: charts.walks_by_age(run, "library"),
    "slope": lambda run: charts.before_and_after(run, run, "PRK-4", level="street"),
    "tasks": lambda run: charts.tasks_side_by_side(run, level="community"),
}


@pytest.mark.parametrize("name", ALL)
def test_every_glyph_of_a_chart_is_drawn(run: RunData, tmp_path: Path, name: str) -> None:
    # A missing glyph is a warning, and every warning is an error here.
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ALL[name](run).savefig(tmp_path / "chart.png", dpi=60)
    assert (tmp_path / "chart.png").stat().st_size > 3000


def test_a_ladder_marks_each_unit_once_and_the_goal(run: RunData) -> None:
    axes = charts.ladder_of_units(run, "SCH-1", level="community").axes[0]
    rows = run.coverage[(run.coverage["indicator"] == "SCH-1") & (run.coverage["unit_level"] == "community")]
    marks = axes.lines[0].get_xdata()
    assert np.allclose(np.sort(marks), np.sort(rows["value"] * 100))
    assert axes.lines[-1].get_xdata()[0] == pytest.approx(90.0)


def test_walks_end_where_the_table_says(run: RunData) -> None:
    axes = charts.walks_by_age(run, "library").axes[0]
    metres, children = run.homes["m_library"], run.homes["children_0_2"]
    reached = children[np.isfinite(metres)].sum() / children[metres.notna()].sum()
    assert axes.lines[0].get_ydata()[-1] == pytest.approx(100 * reached)
    assert len(axes.lines) == 5


def test_where_weights_are_not_children_there_is_one_line(run: RunData) -> None:
    floor = dataclasses.replace(run, meta=run.meta | {"weights": {"kind": "floor_area_m2"}})
    assert len(charts.walks_by_age(floor, "library").axes[0].lines) == 1


def test_what_the_run_does_not_have_is_told(run: RunData) -> None:
    with pytest.raises(ParameterError, match="no 'XYZ-1'; use one of CC-2"):
        charts.ladder_of_units(run, "XYZ-1", level="community")
    with pytest.raises(ParameterError, match="no 'block'; use one of district"):
        charts.lorenz(run, "SCH-1", level="block")
    with pytest.raises(ParameterError, match="no walks to 'moon'"):
        charts.walks_by_age(run, "moon")


def test_without_a_chinese_font_the_cure_is_told() -> None:
    with pytest.raises(ParameterError, match="fonts-noto-cjk"):
        pick_font({"DejaVu Sans"})
