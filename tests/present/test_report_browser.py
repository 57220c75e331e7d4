"""The report in a real browser: on paper, on a phone, and with hostile names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cfspace.present.report import draw_report
from tests.present.conftest import PAPER, SIZES, faults_of, sheet_heights

pytestmark = pytest.mark.browser

Opener = Callable[..., Any]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_comes_first_fits_two_sheets_of_paper(
    opened: Opener, run_dir: Path, tmp_path: Path, lang: str
) -> None:
    (tmp_path / "report.html").write_text(draw_report(run_dir, lang=lang), "utf-8")
    page = opened(tmp_path / "report.html", is_map=False)
    heights = sheet_heights(page)
    assert len(heights) == 2
    assert max(heights) <= PAPER["height"]
    first = page.evaluate("[...document.querySelectorAll('.sheet section')].map((part) => part.id)")
    assert first == ["standing", "gaps", "worst", "unknown"]


def test_hostile_names_do_nothing_and_push_nothing_aside(
    opened: Opener, hostile_dir: Path, tmp_path: Path
) -> None:
    (tmp_path / "report.html").write_text(draw_report(hostile_dir, lang="en"), "utf-8")
    page = opened(tmp_path / "report.html", size="phone", is_map=False)
    assert page.evaluate("window.hacked") is None
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert "<script>window.hacked = 1</script>" in page.inner_text("#ranking")


def test_the_table_of_contents_leads_to_every_section(opened: Opener, run_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text(draw_report(run_dir, lang="en"), "utf-8")
    page = opened(tmp_path / "report.html", is_map=False)
    targets = page.evaluate("[...document.querySelectorAll('nav a')].map((a) => a.hash.slice(1))")
    sections = page.evaluate("[...document.querySelectorAll('section')].map((s) => s.id)")
    assert targets == sections


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_report_reads_for_everybody(
    opened: Opener, run_dir: Path, tmp_path: Path, lang: str, size: str
) -> None:
    (tmp_path / "report.html").write_text(draw_report(run_dir, lang=lang), "utf-8")
    page = opened(tmp_path / "report.html", size=size, is_map=False)
    assert faults_of(page) == []
