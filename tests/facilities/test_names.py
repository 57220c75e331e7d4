from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfspace.facilities.names import (
    chinese_number,
    marks_differ,
    normalised,
    similarities,
    simple_similarity,
)

SAME = [
    ("长春市第十一小学", "十一小学"),
    ("第一实验小学校", "第1实验小学"),
    ("二十中", "第二十中学"),
    ("阳光托育服务有限公司", "阳光托育园"),
    ("蓝天幼稚园", "蓝天幼儿园"),
    ("永春街道社区卫生服务中心", "永春街道社康中心"),
    ("解放大路学校（东校区）", "解放大路学校东校区"),
    ("C.E.I.P. Gran Canaria", "CEIP Gran Canaria"),
    ("I.E.S La Isleta", "IES La Isleta"),
    ("Biblioteca Pública", "BIBLIOTECA PUBLICA"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_variants_of_one_name_become_one(one: str, other: str) -> None:
    assert normalised(one) == normalised(other)


KEPT = [
    ("三道街小学", "三"),
    ("九台区卫生院", "九"),
    ("河畔城市书房", "城市书房"),
    ("东广社区卫生服务站", "东广社区"),
]


@pytest.mark.parametrize(("name", "part"), KEPT)
def test_what_only_looks_like_a_number_or_a_town_stays(name: str, part: str) -> None:
    assert part in normalised(name)


@pytest.mark.parametrize("name", ["301", "1, 2, 12, 19, L1", "--", ""])
def test_a_code_is_no_name(name: str) -> None:
    assert normalised(name) == ""


def test_different_numbers_are_different_schools() -> None:
    assert simple_similarity(normalised("第一幼儿园"), normalised("第二幼儿园")) == 0.0


@given(st.integers(min_value=1, max_value=99))
def test_numerals_are_read_as_they_are_written(number: int) -> None:
    digits = "零一二三四五六七八九"
    tens, ones = divmod(number, 10)
    text = ("" if tens == 0 else ("" if tens == 1 else digits[tens]) + "十") + (digits[ones] if ones else "")
    assert chinese_number(text) == number


def test_a_word_that_all_share_says_little() -> None:
    left = ["蓝天幼儿园", "蓝天幼儿园", "", "红星幼儿园"]
    right = ["蓝天幼儿园", "绿地幼儿园", "蓝天幼儿园", "红星艺术幼儿园"]
    values = similarities([normalised(n) for n in left], [normalised(n) for n in right])
    assert values[0] == pytest.approx(1.0)
    assert values[1] < 0.45 < values[3]
    assert np.isnan(values[2])


@given(st.text(min_size=1, max_size=12), st.text(min_size=1, max_size=12))
def test_likeness_is_symmetric_and_at_most_one(one: str, other: str) -> None:
    left, right = normalised(one), normalised(other)
    assert simple_similarity(left, right) == simple_similarity(right, left)
    assert 0.0 <= simple_similarity(left, right) <= 1.0
    assert simple_similarity(left, left) == 1.0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("实验小学东校区", "实验小学(西校区)"),
        ("人民大街幼儿园南园", "人民大街幼儿园北园"),
        ("东街社区卫生服务中心", "西街社区卫生服务中心"),
        ("东北师大附小东校区", "东北师大附小西校区"),
        ("中海A区幼儿园", "中海B区幼儿园"),
        ("红旗幼儿园Ⅰ", "红旗幼儿园Ⅱ"),
        ("红旗幼儿园甲部", "红旗幼儿园乙部"),
        ("一实验小学", "二实验小学"),
        ("三道街小学", "四道街小学"),
        ("培英小学总校", "培英小学分校"),
        ("外国语学校初中部", "外国语学校小学部"),
        ("东北师大附小", "东北师大附中"),
        ("新民幼儿园老园", "新民幼儿园新园"),
        ("North School", "South School"),
        ("CEIP Guiniguada Norte", "CEIP Guiniguada Sur"),
        ("St Mary School Campus A", "St Mary School Campus B"),
        ("Juan Carlos I", "Juan Carlos II"),
    ],
)
def test_what_tells_two_places_apart_is_never_a_spelling(one: str, other: str) -> None:
    """However many characters they share: a list of few names gives each of them much weight."""
    left, right = normalised(one), normalised(other)
    assert marks_differ(left, right)
    assert simple_similarity(left, right) == 0.0
    assert similarities([left], [right])[0] == 0.0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("市三小", "长春市第三小学校"),
        ("第廿二中学", "22中"),
        ("市实验一小", "实验第一小学"),
        ("红旗幼儿园Ⅱ", "红旗幼儿园2"),
        ("CEIP Juan Carlos II", "C.E.I.P. Juan Carlos 2"),
    ],
)
def test_what_is_only_spelt_in_another_way_is_alike(one: str, other: str) -> None:
    assert similarities([normalised(one)], [normalised(other)])[0] > 0.7


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("东北师大附小", "东北师范大学附属小学西校区"),
        ("实验小学", "实验小学东校区"),
        ("南湖中学", "南湖初级中学"),
        ("西五小学", "西五小学东门校区"),
    ],
)
def test_a_mark_that_only_one_name_has_does_not_tell_them_apart(one: str, other: str) -> None:
    assert not marks_differ(normalised(one), normalised(other))
