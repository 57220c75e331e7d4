"""Checklists: yes, no and unknown as people write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from cfspace.errors import LayerError
from cfspace.io.checklists import answer, read_checklist
from tests.io.makers import write_csv, write_xlsx


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("是", "yes"), ("有", "yes"), ("达标", "yes"), ("√", "yes"), ("TRUE", "yes"), ("１", "yes"),
        ("否", "no"), ("无", "no"), ("×", "no"), ("0", "no"),
        ("不详", "unknown"), ("", "unknown"), ("—", "unknown"), ("？", "unknown"), (None, "unknown"),
        ("部分", None), ("2", None),
    ],
)  # fmt: skip
def test_answers_are_read_in_two_languages(cell: object, expected: str | None) -> None:
    assert answer(cell) == expected


def test_a_checklist_becomes_a_row_per_place_and_item(tmp_path: Path) -> None:
    rows = [["名称", "厕位", "阅读"], ["市图书馆", "是", True], ["区图书馆", None, "否"]]
    path = write_xlsx(tmp_path / "a.xlsx", rows)
    checklist = read_checklist(
        path, layer="library", columns={"toilet": "厕位", "reading": "阅读"}, facility="名称"
    )
    assert checklist.frame.drop(columns="row").to_numpy().tolist() == [
        ["市图书馆", "toilet", "yes"],
        ["市图书馆", "reading", "yes"],
        ["区图书馆", "toilet", "unknown"],
        ["区图书馆", "reading", "no"],
    ]


def test_all_cells_that_are_no_answer_are_told(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", "名称,厕位,阅读\n甲,大概,是\n乙,也许,一般\n")
    message = r"neither yes nor no: 厕位 = '大概' in rows 2, 3; 阅读 = '一般' in row 3; write 是"
    with pytest.raises(LayerError, match=message):
        read_checklist(path, layer="library", columns={"toilet": "厕位", "reading": "阅读"}, facility="名称")
