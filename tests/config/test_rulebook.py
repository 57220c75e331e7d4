"""The schema of a rulebook: what it refuses, and how it says so."""

from __future__ import annotations

import pytest

from cfspace.config.rulebook import Rulebook, age_label
from cfspace.errors import RulebookError
from cfspace.rulebooks import read_rulebook

HEAD = """
name = "mine"
version = "1"
title = { en = "Mine", zh = "我的" }
[[task]]
number = 13
title = { en = "Schools", zh = "学校" }
"""
TARGET = """
[[target]]
id = "park_large"
kinds = ["park"]
where = [{ attribute = "area_m2", min = 5000 }]
"""
INDICATOR = """
[[indicator]]
id = "SCH-1"
task = 13
title = { en = "Primary school reach", zh = "小学步行覆盖率" }
meaning = { en = "Share of children.", zh = "儿童比例。" }
measure = "coverage"
who = "6_11"
target = "primary_school"
full_m = 500
zero_m = 1000
level = "street"
goal = 0.90
goal_basis = "design"
source = "GB 50442"
confidence = "secondary"
"""


def read(text: str = INDICATOR, *, head: str = HEAD, targets: str = TARGET) -> Rulebook:
    return read_rulebook(head + targets + text, source="mine.toml")


def refused(text: str = INDICATOR, **parts: str) -> str:
    with pytest.raises(RulebookError) as caught:
        read(text, **parts)
    return str(caught.value)


def test_a_rulebook_names_its_targets_and_how_far_to_search() -> None:
    book = read(INDICATOR.replace("zero_m = 1000", "zero_m = 4000"))
    assert list(book.targets(["library"])) == ["library", "park_large", "primary_school"]
    assert book.limits_m(["library"]) == {"library": 3000.0, "park_large": 3000.0, "primary_school": 4000.0}
    assert book.targets()["primary_school"].kinds == ("primary_school",)
    assert book.rule("SCH-1").source.en == "GB 50442"


def test_an_indicator_that_is_not_there_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="SCH-9"):
        read().rule("SCH-9")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("full_m = 500", "full_m = 500\nfull = 1", "indicator SCH-1, key full: unknown key"),
        ("full_m = 500", 'full_m = "far"', "indicator SCH-1, key full_m: 'far'"),
        ("full_m = 500", "full_m = -1", "indicator SCH-1, key full_m: -1"),
        ("full_m = 500\n", "", "target primary_school has no full_m"),
        ("zero_m = 1000", "zero_m = 500", "zero_m 500 is not beyond full_m 500"),
        ('target = "primary_school"\n', "", "give either target and full_m, or reach"),
        ('"primary_school"', '"primary_scool"', "'primary_scool' is neither a kind nor declared"),
        ('who = "6_11"', 'who = "6_12"', "indicator SCH-1, key who"),
        ('who = "6_11"', 'who = ["6_11", "15_17"]', "neighbouring age bands"),
        ('who = "6_11"', 'who = "all"', "needs who, a list of age bands"),
        ("task = 13", "task = 14", "task 14 is not declared"),
        ('measure = "coverage"', 'measure = "vibes"', "name a measure that exists"),
        ('goal_basis = "design"\n', "", "give goal and goal_basis together"),
        ('goal = 0.90\ngoal_basis = "design"\n', "", "is scored and has no goal"),
        ("goal = 0.90", "goal = 0", "more than zero is needed"),
        ("goal = 0.90", "goal = 0.90\nzero = 2", "zero belongs to better"),
        ("goal = 0.90", 'goal = 0.90\nbetter = "less"', "less is better, so give zero"),
        ('goal_basis = "design"\nsource', 'goal_basis = "norm"\nsource', ""),
        ('confidence = "secondary"', 'confidence = "sure"', "indicator SCH-1, key confidence"),
        ('source = "GB 50442"\n', "", "indicator SCH-1, key source: missing"),
        ('zh = "小学步行覆盖率"', 'cn = "小学步行覆盖率"', "indicator SCH-1, key title.zh: missing"),
        ('id = "SCH-1"', 'id = "school one"', "indicator school one, key id"),
    ],
)
def test_what_does_not_hold_together_is_refused(before: str, after: str, told: str) -> None:
    assert before in INDICATOR
    if told:
        assert told in refused(INDICATOR.replace(before, after))
    else:
        assert read(INDICATOR.replace(before, after)).rule("SCH-1").goal_basis == "norm"


def test_a_norm_with_confidence_design_is_refused() -> None:
    text = INDICATOR.replace('goal_basis = "design"', 'goal_basis = "norm"').replace(
        '"secondary"', '"design"'
    )
    assert "only one can be true" in refused(text)


def test_all_faults_are_told_at_once() -> None:
    text = INDICATOR.replace("full_m = 500", 'full_m = "far"').replace('confidence = "secondary"', "")
    message = refused(text)
    assert message.startswith("mine.toml: 2 faults\n")
    assert "key full_m" in message
    assert "key confidence: missing" in message


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ('{ attribute = "area_m2" }', "area_m2 has no condition"),
        ('{ attribute = "area_m2", min = 2, max = 1 }', "min 2 is not below max 1"),
        ('{ attribute = "area_m2", min = 2, equals = ["a"] }', "both equals and a range"),
    ],
)
def test_a_condition_asks_one_thing(where: str, told: str) -> None:
    assert told in refused(targets=TARGET.replace('{ attribute = "area_m2", min = 5000 }', where))


def test_otherwise_needs_something_else() -> None:
    assert "give where" in refused(targets=TARGET.replace("where", "otherwise"))


def test_a_rulebook_holds_something() -> None:
    assert "there is no indicator" in refused("", head="indicator = []" + HEAD)


def test_a_name_stands_once() -> None:
    assert "target park_large stands twice" in refused(targets=TARGET + TARGET)
    assert "indicator SCH-1 stands twice" in refused(INDICATOR + INDICATOR)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (
            'amounts = [{ table = "beds", target = "clinic" }]\ndenominator = "residents"',
            "needs either table",
        ),
        ('amounts = [{ target = "clinic" }]\ndenominator = "residents"', "of a target needs attribute"),
        ('amounts = [{ table = "beds" }]\ndenominator = "children"', "go together"),
    ],
)
def test_a_supply_names_where_it_comes_from(lines: str, told: str) -> None:
    assert told in refused(_measure("supply", 'value_unit = "beds"\n' + lines))


@pytest.mark.parametrize(
    ("measure", "lines", "told"),
    [
        (
            "count_norm",
            'steps = [{ target = "library", above = 5, per = 2 }]',
            "steps must start at 0 and rise",
        ),
        (
            "ratio",
            'target = "library"\nchecks = [{ attribute = "wheelchair" }]',
            "give either credits or min",
        ),
        ("street_ratio", 'feature = "footway_width"\nclasses = ["primary"]', "min_width_m and feature"),
        (
            "route",
            'figure = "footway_share"\nvalue_unit = "share of path length"\nschools = { 6_11 = "park" }',
            "a kind for each age band",
        ),
        (
            "street_ratio",
            'feature = "footway"\nclasses = ["primary"]\ngate_within_m = 5',
            "give gate_min_width_m, gate_targets and gate_within_m together",
        ),
    ],
)
def test_a_measure_is_given_what_it_needs(measure: str, lines: str, told: str) -> None:
    assert told in refused(_measure(measure, lines))


def _measure(measure: str, lines: str) -> str:
    kept = [
        line
        for line in INDICATOR.splitlines()
        if not line.startswith(("measure", "who", "target", "full_m", "zero_m"))
    ]
    return "\n".join([*kept, f'measure = "{measure}"', 'who = "all"', lines])


def test_age_labels_join_first_and_last() -> None:
    assert [age_label(bands) for bands in ((), ("0_2",), ("0_2", "3_5"))] == ["all", "0_2", "0_5"]
