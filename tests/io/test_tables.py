"""Tables of facts: codes as text, figures as numbers, every bad row told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cfspace.errors import LayerError
from cfspace.io.tables import read_table
from tests.io.makers import write_csv, write_xlsx

COLUMNS = {"residents": "常住人口", "households": "户数"}


def test_codes_keep_their_zeros_and_blanks_are_unknown(tmp_path: Path) -> None:
    rows = [["社区代码", "常住人口", "户数"], ["0220102001", 5200, None], ["0220102002", "1,200", "６００"]]
    table = read_table(
        write_xlsx(tmp_path / "t.xlsx", rows), table="residents", unit_id="社区代码", columns=COLUMNS
    )
    assert table.frame["unit_id"].tolist() == ["0220102001", "0220102002"]
    np.testing.assert_array_equal(table.frame["residents"], [5200.0, 1200.0])
    np.testing.assert_array_equal(table.frame["households"], [np.nan, 600.0])
    assert [repair.row for repair in table.report.repaired] == [3]


def test_codes_held_as_numbers_are_told(tmp_path: Path) -> None:
    rows = [["社区代码", "常住人口", "户数"], [220102001, 5200, 10]]
    table = read_table(
        write_xlsx(tmp_path / "t.xlsx", rows), table="residents", unit_id="社区代码", columns=COLUMNS
    )
    assert table.frame["unit_id"].tolist() == ["220102001"]
    assert table.report.notes == ("社区代码 holds numbers, not text: zeros in front of a code would be lost",)


def test_sums_repeats_and_rows_without_a_code_are_left_out_and_told(tmp_path: Path) -> None:
    text = "社区代码,社区,常住人口,户数\n01,甲,10,5\n01,甲,10,5\n,乙,20,5\n总计,,30,10\n"
    table = read_table(
        write_csv(tmp_path / "t.csv", text), table="residents", unit_id="社区代码", columns=COLUMNS
    )
    assert table.frame["unit_id"].tolist() == ["01"]
    assert {drop.row: drop.reason for drop in table.report.dropped} == {
        3: "an exact repeat of an earlier row",
        4: "社区代码 is blank",
        5: "a sum and no record: 总计",
    }
    assert table.report.rows == table.report.kept + len(table.report.dropped)


def test_a_checklist_stays_text_and_is_keyed_by_facility(tmp_path: Path) -> None:
    text = "名称,儿童厕位\n市图书馆,是\n区图书馆,\n"
    table = read_table(
        write_csv(tmp_path / "t.csv", text),
        table="library",
        facility="名称",
        columns={"child_toilet": "儿童厕位"},
    )
    assert table.frame["facility"].tolist() == ["市图书馆", "区图书馆"]
    assert table.frame["child_toilet"].isna().tolist() == [False, True]


def test_figures_of_any_name_can_be_asked_for_as_numbers(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "t.csv", "代码,图书馆\n01,2\n")
    table = read_table(
        path, table="t", unit_id="代码", columns={"libraries": "图书馆"}, numbers=["libraries"]
    )
    assert table.frame["libraries"].tolist() == [2.0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "代码,常住人口,户数\n01,约500,5\n02,-3,5\n",
            r"常住人口 = '约500' in rows 2, 3; write the number alone",
        ),
        ("代码,常住人口,户数\n01,500,5\n01,600,5\n", r"代码 '01' stands in rows 2, 3 with different figures"),
        ("代码,常住人口\n01,500\n", r"no column '户数'; use one that is there: 代码, 常住人口"),
        ("代码,常住人口,户数\n,500,5\n", r"no row with a filled 代码"),
    ],
)
def test_a_table_that_is_wrong_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = write_csv(tmp_path / "t.csv", text)
    with pytest.raises(LayerError, match=r"^residents \(t\.csv\): .*" + message):
        read_table(path, table="residents", unit_id="代码", columns=COLUMNS)
