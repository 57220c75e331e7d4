"""Which facilities a target takes, and what is not known."""

from __future__ import annotations

import pandas as pd
import pytest

from cfspace.config.rulebook import Target
from cfspace.rulebooks import match_target
from cfspace.rulebooks.values import as_word, numbers, words

PLACES = pd.DataFrame(
    {
        "kind": ["library", "library", "library", "park", "library"],
        "floor_area_m2": ["4500", 20000.0, None, 9000.0, "big"],
        "wheelchair": ["yes", "limited", "是", "yes", None],
    }
)


def target(*where: dict[str, object]) -> Target:
    return Target.model_validate({"id": "t", "kinds": ["library"], "where": where})


def test_a_range_includes_its_lower_end_and_not_its_upper() -> None:
    found = match_target(target({"attribute": "floor_area_m2", "min": 4500, "max": 20000}), PLACES)
    assert found.matches.tolist() == [True, False, False, False, False]
    assert found.unknown.tolist() == [False, False, True, False, True]
    assert found.known_share == 0.5


def test_words_are_compared_as_people_write_them() -> None:
    found = match_target(target({"attribute": "wheelchair", "equals": ["yes"]}), PLACES)
    assert found.matches.tolist() == [True, False, True, False, False]
    assert found.unknown.tolist() == [False, False, False, False, True]


def test_one_failing_condition_settles_it_whatever_else_is_unknown() -> None:
    both = target({"attribute": "wheelchair", "equals": ["no"]}, {"attribute": "floor_area_m2", "min": 1})
    assert match_target(both, PLACES).unknown.tolist() == [False, False, False, False, True]


def test_where_a_class_is_not_known_the_size_decides() -> None:
    parks = pd.DataFrame(
        {"kind": "park", "park_class": ["游园", None, None], "area_m2": [90000.0, 90000.0, None]}
    )
    by_class = {"attribute": "park_class", "equals": ["社区公园"]}
    wanted = Target.model_validate(
        {
            "id": "t",
            "kinds": ["park"],
            "where": [by_class],
            "otherwise": [{"attribute": "area_m2", "min": 10000}],
        }
    )
    found = match_target(wanted, parks)
    assert found.matches.tolist() == [False, True, False]
    assert found.unknown.tolist() == [False, False, True]


def test_an_absent_column_is_all_unknown() -> None:
    found = match_target(target({"attribute": "certified", "equals": [True]}), PLACES)
    assert not found.matches.any()
    assert found.unknown.tolist() == [True, True, True, False, True]


def test_a_kind_that_is_not_there_is_wholly_known() -> None:
    assert match_target(Target(id="t", kinds=("museum",)), PLACES).known_share == 1.0


WRITTEN = {
    "yes": (True, 1, 1.0, "Yes ", "是", "有"),
    "no": (False, 0, "否"),
    None: (float("nan"), None, "", "unknown", "不详"),
    "lowered": ("Lowered",),
    "limited": ("limited", "部分"),
}


@pytest.mark.parametrize(
    ("value", "word"), [(value, word) for word, values in WRITTEN.items() for value in values]
)
def test_yes_no_and_unknown_in_two_languages(value: object, word: str | None) -> None:
    assert as_word(value) == word


def test_absent_columns_hold_nothing() -> None:
    assert numbers(PLACES, "none").shape == (5,)
    assert words(PLACES, "none").tolist() == [None] * 5
