from __future__ import annotations

import datetime as dt
import math
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import openpyxl
import pytest

from cfspace.errors import ParameterError
from cfspace.present.messages import catalogue
from cfspace.present.rundata import RunData
from cfspace.present.sheets import LONGEST_TEXT, Book, Column
from cfspace.present.tables import COVERAGE_COLUMNS, write_xlsx
from tests.present import hostile

AS_THEY_ARE = ("unit_id", "unit_name", "indicator")
"""Texts that the workbook takes over; the others are put in words."""


@pytest.fixture(scope="module")
def workbook(run_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    out = tmp_path_factory.mktemp("xlsx") / "coverage.xlsx"
    write_xlsx(run_dir, out, lang="zh")
    return openpyxl.load_workbook(out)


def table(sheet: Any) -> list[dict[str, Any]]:
    """Return the rows below the row with the filter, by heading."""
    rows = list(sheet.iter_rows(values_only=True))
    top = int(sheet.auto_filter.ref.split(":")[0][1:]) - 1
    return [dict(zip(rows[top], row, strict=True)) for row in rows[top + 1 :]]


def test_there_is_a_sheet_a_task_between_summary_and_sources(workbook: Any) -> None:
    names = workbook.sheetnames
    assert names[0] == "总览"
    assert names[3] == "13 学校"
    assert names[-3:] == ["设施", "未覆盖住宅", "来源"]
    assert len(names) == 13


def test_the_summary_begins_with_the_city_and_ends_with_ranges(workbook: Any, run: RunData) -> None:
    rows = table(workbook["总览"])
    assert rows[0]["级别"] == "全市"
    assert len(rows) == 1 + len(run.scores)
    low, high = "13 学校：可能下限", "13 学校：可能上限"
    told = run.task_ranges[run.task_ranges["task"] == "13"]
    for column, name in ((low, "score_low"), (high, "score_high")):
        cells = [np.nan if row[column] is None else row[column] for row in rows]
        assert cells == pytest.approx(told[name].tolist(), nan_ok=True)
    assert rows[0]["13 学校"] == pytest.approx(told["score"].iloc[0])
    # No cause applies to task 19: its ends are blank, and no zero.
    assert {row["19 街区：可能下限"] for row in rows} == {None}


def test_every_cell_equals_coverage_csv(workbook: Any, run: RunData) -> None:
    say, numbers, texts = catalogue("zh"), 0, 0
    for k, task in enumerate(run.tasks):
        sheet = workbook.worksheets[1 + k]
        rows = list(sheet.iter_rows(values_only=True))
        top = int(sheet.auto_filter.ref.split(":")[0][1:]) - 1
        assert list(rows[top]) == [say(f"table.{name}") for name, _ in COVERAGE_COLUMNS]
        mine = run.coverage[run.coverage["task"] == task]
        assert len(rows) - top - 1 == len(mine)
        for cells, row in zip(rows[top + 1 :], mine.itertuples(), strict=True):
            for (name, form), cell in zip(COVERAGE_COLUMNS, cells, strict=True):
                told = getattr(row, name)
                if form == "text":
                    texts += name in AS_THEY_ARE and (cell or "") == told
                    assert name not in AS_THEY_ARE or (cell or "") == told, name
                elif math.isnan(told):
                    assert cell is None, name
                else:
                    # The format holds sixteen digits.
                    assert cell == pytest.approx(told, rel=1e-15), name
                    numbers += 1
    assert numbers > 3000
    assert texts > 1000


def test_every_score_equals_scores_csv(workbook: Any, run: RunData) -> None:
    rows = table(workbook["总览"])[1:]
    scores = run.scores.set_index(["unit_level", "unit_id"])
    assert len(rows) == len(scores)
    levels = {catalogue("zh")(f"level.{level}"): level for level in run.units}
    for cells in rows:
        own = scores.loc[(levels[cells["级别"]], cells["代码"])]
        for heading, name in (("总分", "overall"), ("13 学校", "task_13"), ("名次", "rank")):
            told = float(own[name])
            assert cells[heading] is None if math.isnan(told) else cells[heading] == pytest.approx(told)


def test_no_data_is_an_empty_hatched_cell_and_never_zero(workbook: Any) -> None:
    sheet = workbook["17 母婴室"]
    top = int(sheet.auto_filter.ref.split(":")[0][1:])
    headings = [cell.value for cell in sheet[top]]
    for row in sheet.iter_rows(min_row=top + 1):
        cell = row[headings.index("得分")]
        assert cell.value is None
        assert cell.fill.patternType == "lightUp"


def test_scores_are_coloured_by_rules_that_leave_blanks_alone(workbook: Any) -> None:
    rules = [rule for area in workbook["总览"].conditional_formatting for rule in area.rules]
    blanks = [rule for rule in rules if rule.type == "containsBlanks"]
    assert blanks
    assert all(rule.stopIfTrue for rule in blanks)


def test_panes_are_frozen_and_filters_set(workbook: Any) -> None:
    for sheet in workbook:
        assert sheet.freeze_panes is not None, sheet.title
        assert sheet.auto_filter.ref, sheet.title


def test_codes_stay_text(workbook: Any) -> None:
    assert {type(row["代码"]) for row in table(workbook["总览"])} == {str}


def test_a_column_is_wide_enough_for_its_chinese(workbook: Any) -> None:
    # "春光第一社区" takes twelve columns of a fixed-width face.
    assert workbook["总览"].column_dimensions["C"].width >= 12


def test_hostile_names_are_text_and_no_formula(hostile_dir: Path, tmp_path: Path) -> None:
    write_xlsx(hostile_dir, tmp_path / "hostile.xlsx", lang="en")
    book = openpyxl.load_workbook(tmp_path / "hostile.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    texts = {cell.value for cell in cells}
    assert {hostile.SCRIPT, hostile.LINK, hostile.COMMAND, hostile.LONG} <= texts
    with ZipFile(tmp_path / "hostile.xlsx") as packed:
        sheets = [packed.read(name) for name in packed.namelist() if "worksheets" in name]
    assert not any(b"<f>" in sheet or b"<hyperlink" in sheet for sheet in sheets)


def test_the_same_run_gives_the_same_bytes(run_dir: Path, tmp_path: Path) -> None:
    for name in ("one.xlsx", "two.xlsx"):
        write_xlsx(run_dir, tmp_path / name, lang="en")
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()


def test_an_unknown_language_writes_nothing(run_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(ParameterError):
        write_xlsx(run_dir, tmp_path / "a.xlsx", lang="fr")
    assert not list(tmp_path.iterdir())


def test_sheet_names_are_cut_cleaned_and_unique(tmp_path: Path) -> None:
    with Book(tmp_path / "a.xlsx", created=dt.datetime(2026, 1, 1, tzinfo=dt.UTC)) as book:
        for _ in range(2):
            book.sheet("a/b[c]" + "x" * 40, [Column("t", "text")], [["y" * 40_000]], notes=[], frozen=0)
    written = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert len(set(written.sheetnames)) == 2
    assert all(len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in written.sheetnames)
    assert len(written.worksheets[0]["A2"].value) == LONGEST_TEXT
