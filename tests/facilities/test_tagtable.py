from __future__ import annotations

import re
import time

import numpy as np
import pytest

from cfspace.facilities.kinds import Condition, KindRules
from cfspace.facilities.osm import match_osm
from cfspace.facilities.tagtable import Shapes, TagTable
from tests.facilities.places import CRS, features

TAGS = [
    {"amenity": "school", "name": "第一小学", "isced:level": "1;2"},
    {"amenity": "school", "name": "学校"},
    {"shop": "mall", "name:en": "Primary Mall"},
    {},
]
POINTS = Shapes(point=np.ones(4, dtype=bool), area=np.zeros(4, dtype=bool))


@pytest.fixture(scope="module")
def table() -> TagTable:
    return TagTable(TAGS, {"amenity", "name", "name:en", "isced:level", "shop"})


def test_columns_hold_values_and_none(table: TagTable) -> None:
    assert table.text("amenity").tolist() == ["school", "school", None, None]
    assert table.has("shop").tolist() == [False, False, True, False]
    assert table.text("unknown").tolist() == [None] * 4


CONDITIONS = [
    ({"tags": {"amenity": "school"}}, [True, True, False, False]),
    ({"tags": {"isced:level": ["2", "3"]}}, [True, False, False, False]),
    ({"tags": {"amenity": "*"}, "absent": ["isced:level"]}, [False, True, False, False]),
    ({"tags": {"amenity": "school"}, "name": "小学"}, [True, False, False, False]),
    ({"tags": {"amenity": "school"}, "not_name": "小学"}, [False, True, False, False]),
    ({"name": "(?i)primary"}, [False, False, True, False]),
    ({"tags": {"shop": "mall"}, "geometry": "area"}, [False, False, False, False]),
]


@pytest.mark.parametrize(("condition", "expected"), CONDITIONS)
def test_a_condition_is_met_when_all_it_names_is_true(
    table: TagTable, condition: dict[str, object], expected: list[bool]
) -> None:
    assert table.meets(Condition.model_validate(condition), POINTS).tolist() == expected


def test_each_condition_agrees_with_a_slow_reading_of_the_tags(rules: KindRules) -> None:
    generator = np.random.default_rng(7)
    conditions = [part for kind in rules.kinds.values() for part in kind.any_of if not part.name]
    pool = sorted(
        {(key, value) for part in conditions for key, values in part.tags.items() for value in values}
    )
    pool += [
        ("isced:level", "1;2"),
        ("isced:level", "3"),
        ("grades", "1-9"),
        ("min_age", "6"),
        ("max_age", "15"),
    ] * 3
    tags = [dict(pool[i] for i in generator.integers(0, len(pool), 4)) for _ in range(300)]
    table = TagTable(tags, rules.tag_keys)
    everywhere = Shapes(point=np.ones(300, dtype=bool), area=np.ones(300, dtype=bool))
    for condition in conditions:
        slow = [
            all(
                key in own and ("*" in wanted or own[key] in wanted) for key, wanted in condition.tags.items()
            )
            and all(re.search(pattern, own.get(key, "\0")) for key, pattern in condition.matches.items())
            and not any(key in own for key in condition.absent)
            and not (condition.not_name and "name" in own)
            for own in tags
        ]
        assert table.meets(condition, everywhere).tolist() == slow


def test_twenty_thousand_objects_are_matched_in_a_second(rules: KindRules) -> None:
    mix = [
        {"amenity": "bench", "backrest": "yes"},
        {"leisure": "garden"},
        {"amenity": "school", "name": "第三小学"},
        {"highway": "crossing", "crossing": "zebra"},
        {"amenity": "clinic", "name": "社区卫生服务站"},
    ]
    objects = features(*[(mix[i % len(mix)], (float(i), 0.0)) for i in range(20_000)])
    start = time.perf_counter()
    found = match_osm(objects, rules, crs=CRS).facilities
    assert time.perf_counter() - start < 3.0  # 0.3 s alone; the margin is for busy machines
    assert found["kind"].value_counts().to_dict() == {
        "primary_school": 4000,
        "crossing": 4000,
        "clinic": 4000,
    }
