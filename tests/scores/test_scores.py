"""Scores of tasks and overall, worked by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cfspace.config.rulebook import Rulebook
from cfspace.indicators import City, evaluate
from cfspace.rulebooks import read_rulebook
from cfspace.scores import score, told_notes, told_reasons
from tests.indicators.toytown import city, facilities, homes, units

TASKS = """
name = "toy"
version = "1"
title = { en = "Toy", zh = "玩具" }
[[task]]
number = 5
title = { en = "Childcare", zh = "托育" }
weight = 0
[[task]]
number = 13
title = { en = "Schools", zh = "学校" }
weight = 3
[[task]]
number = 14
title = { en = "Libraries", zh = "图书馆" }
"""


def indicator(name: str, task: int, target: str, more: str = "") -> str:
    return f"""
[[indicator]]
id = "{name}"
task = {task}
title = {{ en = "Title", zh = "标题" }}
meaning = {{ en = "Meaning.", zh = "含义。" }}
measure = "coverage"
who = "6_11"
target = "{target}"
full_m = 500
level = "street"
goal = 1.0
goal_basis = "design"
source = "nowhere"
confidence = "secondary"
{more}
"""


def toy_book() -> Rulebook:
    return read_rulebook(
        TASKS
        + indicator("A-1", 13, "primary_school", "weight = 2")
        + indicator("A-2", 13, "museum")
        + indicator("A-3", 13, "toilet", "report_only = true")
        + indicator("B-1", 14, "library")
        + indicator("C-1", 5, "park"),
        source="toy.toml",
    )


def town(**evidence: str) -> City:
    near, far = 0.0, np.inf
    walks = homes(
        m_primary_school=[near, near, near, near],  # 100 everywhere
        m_museum=[far, far, near, near],  # A 0, B 100
        m_library=[near, far, near, far],  # A 62.5, B 83.3
        m_park=[near] * 4,
        m_toilet=[far] * 4,
    )
    kinds = ("primary_school", "museum", "library", "park", "toilet")
    return city(homes_table=walks, places=facilities(*[{"kind": kind} for kind in kinds]), evidence=evidence)


def scored(place: City) -> pd.DataFrame:
    book = toy_book()
    return score(book, place, evaluate(book, place)).set_index("unit_id")


def test_a_task_is_the_weighted_mean_of_its_indicators_and_overall_that_of_tasks() -> None:
    table = scored(town())
    # A: task 13 = (2 * 100 + 1 * 0) / 3; task 14 = 100 * 100 / 160; overall = (3 * 66.67 + 1 * 62.5) / 4
    assert table.loc["A", "task_13"] == pytest.approx(200 / 3)
    assert table.loc["A", "task_14"] == 62.5
    assert table.loc["A", "overall"] == pytest.approx((3 * 200 / 3 + 62.5) / 4)
    assert table.loc["A", "task_5"] == 100.0
    assert table.loc["A", "data_share"] == 1.0
    assert table.loc["A", "children"] == 5 * 160.0


def test_no_data_takes_no_part_and_is_told_in_the_share() -> None:
    table = scored(town(museum="none"))
    assert table.loc["A", "task_13"] == 100.0
    # weights with data 2 + 1 of 2 + 1 + 1; the task of weight 0 and the report-only indicator count nowhere
    assert table.loc["A", "data_share"] == 0.75
    all_gone = scored(town(museum="none", primary_school="none", library="none"))
    assert np.isnan(all_gone.loc["A", "overall"])
    assert all_gone.loc["A", "data_share"] == 0.0
    assert pd.isna(all_gone.loc["A", "rank"])


def test_the_best_unit_of_a_level_is_first() -> None:
    table = scored(town())
    assert table.loc[["A", "B"], "rank"].tolist() == [2, 1]
    assert table.loc[["A1", "A2", "B1"], "rank"].tolist() == [2, 3, 1]


def test_units_of_few_children_have_a_score_and_no_rank() -> None:
    place = town()
    few = place.homes.assign(**{column: 4.0 for column in place.homes if column.startswith("children_")})
    few.loc[0, "children_3_5"] = 500.0
    of_few = city(homes_table=few, places=place.facilities)
    table = scored(of_few)
    assert table.loc["B", "children"] == 40.0
    assert pd.isna(table.loc["B", "rank"])
    assert not np.isnan(table.loc["B", "overall"])
    assert table.loc["A", "rank"] == 1


def test_a_unit_partly_outside_the_data_has_no_score() -> None:
    place = town()
    partial = city(homes_table=place.homes, places=place.facilities, of_units=units(covered_share=[0.5, 1.0]))
    table = scored(partial)
    assert table.loc["A", ["task_13", "overall"]].isna().all()
    assert table.loc["A", "data_share"] == 0.0


def test_rows_and_columns_stand_in_their_order() -> None:
    book = toy_book()
    table = score(book, town(), evaluate(book, town()))
    assert table["unit_id"].tolist() == ["A", "B", "A1", "A2", "B1"]
    assert list(table.columns) == [
        *("unit_level", "unit_id", "unit_name", "task_5", "task_13", "task_14"),
        *("overall", "data_share", "rank", "children"),
    ]


def test_reasons_and_notes_are_told_in_both_languages() -> None:
    book = toy_book()
    table = evaluate(book, town(museum="none"))
    told = told_reasons(table)
    assert told[0] == {
        "unit_level": "district",
        "unit_id": "A",
        "indicator": "A-2",
        "reason": {
            "zh": "博物馆：没有任何来源列出，也没有来源表明确实没有",
            "en": "Museum: no source lists any, and none says that there is none",
        },
    }
    assert len(told) == 5
    assert told_notes(table) == []


def test_homes_that_are_no_children_leave_the_column_blank() -> None:
    place = town()
    area = city(homes_table=place.homes, places=place.facilities, weights="floor_area_m2")
    assert scored(area)["children"].isna().all()
    assert scored(area).loc["B", "rank"] == 1


def test_children_that_nobody_has_told_are_unknown_and_not_none() -> None:
    """B has homes, but no total of children: its homes are left out, and its number of children is blank."""
    known = city(
        homes_table=town().homes.query("district_id == 'A'").reset_index(drop=True),
        places=town().facilities,
        of_units=units(children_known=[True, False]),
    )
    table = scored(known)
    assert table.loc["A", "children"] == 5 * 160.0
    assert np.isnan(table.loc["B", "children"])
    assert pd.isna(table.loc["B", "rank"])
    book = toy_book()
    rows = evaluate(book, known).query("unit_level == 'district'").set_index(["unit_id", "indicator"])
    assert np.isnan(rows.loc[("B", "A-1"), "children"])
    assert rows.loc[("B", "A-1"), "status"] == "no_data"
    assert rows.loc[("A", "A-1"), "children"] == 160.0
