"""Reading the city's checklists and finding the places they name."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from cfspace.config.study import AuditSection
from cfspace.errors import LayerError
from cfspace.indicators.checklists import read_checklists

PLACES = pd.DataFrame(
    {
        "facility_id": ["library/1", "library/2", "library/3", "library/4", "park/1"],
        "kind": ["library", "library", "library", "library", "park"],
        "name": ["市图书馆（东馆）", "Branch", "Branch", None, "Lone"],
    }
)


def section(path: Path, text: str, **more: object) -> AuditSection:
    path.write_text(text, encoding="utf-8")
    by_kind = {"kind": "library", "facility": "name", "columns": {"quiet": "安静"}}
    return AuditSection.model_validate({"file": path, **(more or by_kind)})


def test_names_are_matched_whatever_their_width_and_spaces(tmp_path: Path) -> None:
    given = section(tmp_path / "a.csv", "name,安静\n市图书馆 (东馆),是\nBranch,否\nLone,是\n")
    found = read_checklists([given], PLACES)
    assert found.frame["facility_id"].tolist()[0] == "library/1"
    assert found.frame["facility_id"].isna().tolist() == [False, True, True]
    assert found.frame["value"].tolist() == ["是", "否", "是"]
    assert found.notes == ("[[audits]] a.csv: 2 names match no single library: Branch, Lone",)


def test_units_are_named_by_their_codes(tmp_path: Path) -> None:
    by_unit = {"level": "street", "unit_id": "code", "columns": {"child_signs": "标识", "rest_areas": "休憩"}}
    given = section(tmp_path / "a.csv", "code,标识,休憩\n0017,是,\n", **by_unit)
    found = read_checklists([given], PLACES)
    assert found.frame[["level", "unit_id", "item"]].values.tolist() == [
        ["street", "0017", "child_signs"],
        ["street", "0017", "rest_areas"],
    ]
    assert found.frame["value"].isna().tolist() == [False, True]
    assert found.reports[0].kept == 1


def test_no_checklists_are_an_empty_table() -> None:
    assert read_checklists([], PLACES).frame.empty


def test_a_missing_column_is_told(tmp_path: Path) -> None:
    with pytest.raises(LayerError, match="安静"):
        read_checklists([section(tmp_path / "a.csv", "name,other\nX,1\n")], PLACES)
