"""Every bad input of the table: repaired and told, or refused with file, row and remedy."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import pytest

from cfspace.runs.examining import check
from tests.cli.bad_inputs import CASES, HEAD, Bad, message_of, row_of
from tests.cli.badtown import write_town


@pytest.fixture(scope="module")
def written(project: Path) -> str:
    return (project / "docs" / "bad-input.md").read_text(encoding="utf-8")


def test_the_town_that_each_case_spoils_is_right(tmp_path: Path) -> None:
    found = check(write_town(tmp_path / "town"))
    assert found["faults"] == found["warnings"] == []
    assert len(found["layers"]) == 8
    assert not any(row["left_out"] or row["mended"] or row["notes"] for row in found["layers"])


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_bad_input_is_told_or_refused_as_the_page_says(case: Bad, tmp_path: Path, written: str) -> None:
    with warnings.catch_warnings():
        # What GDAL says while the case is written is no concern of the reader's.
        warnings.filterwarnings("ignore", message="'crs' was not provided|Column names longer", append=False)
        message = message_of(case, tmp_path / "town")
    for word in case.words:
        assert word in message
    assert "Traceback" not in message
    assert "\n" not in message
    if case.fate == "refused":
        assert re.search(r"[;,] |use EPSG", message), "a refusal says what to do"
    assert row_of(case, message) in written, "run: python -m tests.cli.bad_inputs docs/bad-input.md"


def test_the_page_holds_these_cases_and_no_other(written: str) -> None:
    assert written.startswith(HEAD)
    rows = [line for line in written.splitlines() if re.match(r"\| .+ \| (refused|told) \|", line)]
    assert len(rows) == len(CASES) == len({case.name for case in CASES}) >= 40
