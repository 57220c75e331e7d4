"""What the shipped rulebooks must hold: titles, sources, and a home for every number."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cfspace.config.rulebook import Rule
from cfspace.indicators.measures import MEASURES
from cfspace.rulebooks import load_rulebook, shipped_rulebooks

RULES = [(name, rule) for name in shipped_rulebooks() for rule in load_rulebook(name).indicator]
ids = [f"{name}:{rule.id}" for name, rule in RULES]
PARAMETERS_OF_ENTRY = {"id", "task", "weight", "goal", "zero"}


def numbers_in(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, int | float):
        yield path
    elif isinstance(value, dict):
        for key, item in value.items():
            # What each answer to a check is worth is one choice.
            yield from numbers_in(item, "credits" if path == "credits" else str(key))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from numbers_in(item, path)


@pytest.mark.parametrize(("name", "rule"), RULES, ids=ids)
def test_every_number_has_a_source_or_says_design(name: str, rule: Rule) -> None:
    # A goal says what it rests on; any other number rests on the source, unless the entry names it as ours.
    if rule.goal is not None:
        assert rule.goal_basis in ("norm", "design")
        assert (rule.goal_basis == "design") == ("goal" in rule.design)
    others = set(numbers_in(rule.model_dump(exclude_defaults=True))) - PARAMETERS_OF_ENTRY
    ours = {word for text in rule.design for word in text.split()}
    if rule.confidence == "design":
        assert others <= ours
    assert ours <= others | {"goal", "zero", "clinic", "min"}
    assert rule.source.zh
    assert rule.source.en


@pytest.mark.parametrize(("name", "rule"), RULES, ids=ids)
def test_every_measure_exists_and_is_told_in_two_languages(name: str, rule: Rule) -> None:
    assert rule.measure in MEASURES
    assert rule.meaning.en.endswith(".")
    assert rule.meaning.zh.endswith("。")
    assert rule.meaning.en.count(". ") == 0
    assert rule.title.zh != rule.title.en
    assert rule.needs


@pytest.mark.parametrize(("name", "rule"), RULES, ids=ids)
def test_no_source_is_a_repost(name: str, rule: Rule) -> None:
    for text in (rule.source.zh, rule.source.en):
        assert "http" not in text
        assert ".com" not in text
        assert ".cn" not in text


def test_each_task_of_the_policy_has_at_least_two_indicators() -> None:
    book = load_rulebook("jilin-2022")
    assert [task.number for task in book.task] == [5, 6, *range(13, 20)]
    for task in range(13, 20):
        assert sum(rule.task == task and not rule.report_only for rule in book.indicator) >= 2
    assert len({rule.measure for rule in book.indicator}) >= 4


def test_the_ids_of_reach_indicators_match_their_thresholds() -> None:
    """Thresholds copied by hand from the standards, so that a slip of the pen in the rulebook shows."""
    book = load_rulebook("jilin-2022")
    asked = {
        "SCH-1": {"primary_school": (500, 1000)},
        "SCH-2": {"junior_school": (1000, None)},
        "CC-2": {"childcare": (300, 800)},
        "CC-3": {"kindergarten": (300, 500)},
        "LIB-1": {"library": (1000, None), "bookcase": (1000, None)},
        "LIB-2": {
            "library_large": (9000, None),
            "library_medium": (6500, None),
            "library_small": (2500, None),
        },
        "HOS-2": {"paediatric_hospital": (5000, None), "hospital_paediatric": (5000, None)},
        "PRK-1": {"park_large": (500, None), "park_small": (300, None)},
        "COM-2": {"children_home": (300, 500)},
        "BLK-7": {"bus_stop": (500, None), "rail_station": (1000, None)},
    }
    for name, ways in asked.items():
        assert {way.target: (way.full_m, way.zero_m) for way in book.rule(name).ways()} == ways


def test_ways_and_profiles_are_asked_for_where_a_measure_needs_them() -> None:
    book = load_rulebook("jilin-2022")
    assert book.trip_targets() == ("primary_school", "junior_school")
    assert book.profile_targets() == {"stroller": ("kindergarten", "playground", "park", "health_care")}
    assert load_rulebook("sdg-who").trip_targets() == ()


def test_jilin_2022_is_complete() -> None:
    rules = [rule for rule in load_rulebook("jilin-2022").indicator if rule.measure != "audit"]
    beside = {"PRK-1N", "PRK-5C", "SCH-1Z", "SCH-2Z", "CC-1F"}
    assert all(rule.report_only for rule in rules if rule.id in beside)
    rules = [rule for rule in rules if rule.id not in beside]
    policy = [rule for rule in rules if rule.task >= 13]
    assert sum(not rule.report_only for rule in policy) == 37
    assert [rule.id for rule in policy if rule.report_only] == ["PRK-6", "PRK-7", "NUR-3", "BLK-6"]
    assert [rule.id for rule in rules if rule.task < 13] == ["CC-1", "CC-2", "CC-3", "CC-4"]


@pytest.mark.parametrize("name", shipped_rulebooks())
def test_every_number_of_uncertainty_has_a_source_or_says_assumed(name: str, project: Path) -> None:
    doubt = load_rulebook(name).uncertainty
    numbers = set(numbers_in(doubt.model_dump(exclude={"draws", "seed", "interval"})))
    assert numbers == set(doubt.sources)
    keys = (project / "docs" / "sources.md").read_text(encoding="utf-8")
    for source in doubt.sources.values():
        assert source == "assumed" or source.startswith("geometry: ") or f"| `{source}` |" in keys
