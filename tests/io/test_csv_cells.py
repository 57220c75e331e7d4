from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from cfspace.io.csv_cells import guarded, opens_as_formula, unguarded
from cfspace.runs.files import write_csv
from tests.present import hostile

HOSTILE = [hostile.LINK, hostile.COMMAND, "@SUM(A1)", "-2+3", "\t=1", "'=1", "''+x"]
HARMLESS = [
    hostile.SCRIPT,
    hostile.QUOTES,
    hostile.TURNED,
    hostile.LONG,
    "-1",
    "+3.5",
    "",
    "'quoted'",
    "和平小学",
]


@pytest.mark.parametrize("text", [*HOSTILE, *HARMLESS])
def test_a_guarded_text_computes_nothing_and_comes_back(text: str) -> None:
    assert not opens_as_formula(guarded(text))
    assert unguarded(guarded(text)) == text


@pytest.mark.parametrize("text", HARMLESS)
def test_other_texts_are_written_as_they_are(text: str) -> None:
    assert guarded(text) == text


def test_a_written_table_holds_no_formula_and_its_numbers_as_they_were(tmp_path: Path) -> None:
    texts = [*HOSTILE, *HARMLESS]
    frame = pd.DataFrame({"unit_name": texts, "value": [-1.5 + k for k in range(len(texts))]})
    write_csv(frame, tmp_path / "a.csv")
    read = pd.read_csv(
        tmp_path / "a.csv", dtype={"unit_name": str}, keep_default_na=False, encoding="utf-8-sig"
    )
    assert not [text for text in read["unit_name"] if opens_as_formula(text)]
    assert [unguarded(text) for text in read["unit_name"]] == texts
    assert read["value"].tolist() == frame["value"].tolist()
