"""Workbooks as offices keep them: merged cells, a sheet per district, codes that became numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import openpyxl
import pytest

from cfspace.cli.check_page import done_to
from cfspace.errors import LayerError
from cfspace.io.layers import Layer, read_layer
from cfspace.io.tables import read_table
from cfspace.runs.provenance import layer_record
from tests.io.makers import write_csv, write_xlsx

ASKED = {"id": "编号", "name": "机构名称", "lon": "经度", "lat": "纬度", "columns": {"capacity": "托位数"}}


def read(path: Path, **options: object) -> Layer:
    return read_layer(path, layer="childcare", **{**ASKED, **options})


LIST_HEAD = ["编号", "机构名称", "经度", "纬度", "托位数"]


def test_a_text_merged_over_rows_counts_for_each_and_a_number_for_the_first_alone(tmp_path: Path) -> None:
    rows = [
        ["街道", *LIST_HEAD],
        ["新春街道", "01", "甲", 125.32, 43.88, 60],
        [None, "02", "乙", 125.33, 43.88, None],
        [None, "03", "丙", 125.34, 43.88, 20],
        ["桂林路街道", "04", "丁", 125.35, 43.88, 30],
    ]
    path = write_xlsx(tmp_path / "list.xlsx", rows, merge="A2:A4")
    book = openpyxl.load_workbook(path)
    book.active.merge_cells("F2:F3")
    book.save(path)
    layer = read(path, where={"街道": "新春街道"})
    assert layer.frame["name"].tolist() == ["甲", "乙", "丙"]
    assert layer.report.filtered == 1
    np.testing.assert_array_equal(layer.frame["capacity"], [60, np.nan, 20])
    done = {(one.row, one.what) for one in layer.report.repaired}
    assert done == {
        (3, "街道 = 新春街道 taken from row 2, with which its cell is merged"),
        (4, "街道 = 新春街道 taken from row 2, with which its cell is merged"),
        (3, "托位数 = 60 taken for row 2 alone, with which its cell is merged"),
    }


def test_sheets_that_all_hold_the_columns_are_refused_unless_hidden(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "list.xlsx", [LIST_HEAD, ["01", "甲", 125.32, 43.88, 60]])
    book = openpyxl.load_workbook(path)
    book.active.title = "南关区"
    sheet = book.create_sheet("朝阳区")
    for row in (LIST_HEAD, ["02", "乙", 125.3, 43.88, 30]):
        sheet.append(row)
    book.create_sheet("模板").append(LIST_HEAD)  # no record in it
    book.save(path)
    with pytest.raises(
        LayerError, match=r"2 sheets hold the columns \(南关区, 朝阳区\); put their rows into one"
    ):
        read(path)
    book["南关区"].sheet_state = "hidden"
    book.save(path)
    assert read(path).frame["name"].tolist() == ["乙"]


def test_a_code_of_which_a_spreadsheet_kept_fifteen_digits_is_refused(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "list.xlsx", [LIST_HEAD, [22010200100112345.0, "甲", 125.32, 43.88, 60]])
    message = r"编号 = 2.20102e\+16 in row 2 has lost its last digits.*format the column as text"
    with pytest.raises(LayerError, match=message):
        read(path)
    with pytest.raises(LayerError, match=message):
        read_table(path, table="district table", unit_id="编号", columns={"capacity": "托位数"})


def test_a_filter_minds_no_width(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "list.csv",
        "编号,机构名称,经度,纬度,托位数,状态\n1,甲,125.32,43.88,60,营业（Ａ）\n2,乙,125.33,43.88,60,营业(a)\n",
    )
    assert len(read(path, where={"状态": "营业(A)"}).frame) == 2


def test_what_is_told_of_many_rows_ends_with_how_many_more_there_are(tmp_path: Path) -> None:
    rows = [[f"{i}", "甲", 200.0 + i, 43.88, 60] for i in range(60)]
    path = write_xlsx(tmp_path / "list.xlsx", [LIST_HEAD, ["00", "乙", 125.3, 43.88, 9], *rows])
    record = layer_record(read(path).report)
    assert [one["row"] for one in record["dropped_rows"]] == list(range(3, 63))
    told = done_to(record)
    assert told[0] == "1 left out: coordinates out of range (200, 43.88) (row 3)"
    assert told[-1] == "56 more left out, for other reasons (rows in the JSON)"
