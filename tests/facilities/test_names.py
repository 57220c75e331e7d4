from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfspace.facilities.names import chinese_number, normalised, similarities, simple_similarity

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
