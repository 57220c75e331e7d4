"""`scripts/benchmark_table.py`: the page of what was measured."""

from __future__ import annotations

from pathlib import Path

import pytest

import benchmark_table
from benchmarks.results import Check, JobResult, save


def test_the_page_holds_what_was_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = JobResult(job="growth", title="How cost grows")
    result.checks.append(Check(what="memory", value="3 MB", goal="<= 4 MB", is_met=True))
    save(result, tmp_path / "growth.json")
    assert benchmark_table.main(["--results", str(tmp_path)]) == 0
    page = capsys.readouterr().out
    assert "## growth: How cost grows" in page
    assert "| memory | 3 MB | <= 4 MB | yes |" in page
    assert benchmark_table.main(["--results", str(tmp_path), "--out", str(tmp_path / "page.md")]) == 0
    assert (tmp_path / "page.md").read_text("utf-8") == page


def test_where_nothing_was_measured_it_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert benchmark_table.main(["--results", str(tmp_path)]) == 2
    assert "holds no results" in capsys.readouterr().err


def test_help_tells_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        benchmark_table.main(["--help"])
    assert stopped.value.code == 0
    assert "without measuring again" in capsys.readouterr().out
