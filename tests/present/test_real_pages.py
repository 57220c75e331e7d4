"""Map, report and workbook of the sample town and of a whole real city, looked at in a browser."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cfspace.present import draw_map, draw_report, write_xlsx
from cfspace.present.rundata import read_run
from cfspace.present.shortfalls import shortfalls
from cfspace.runs.run import run as run_study
from tests.present.conftest import SIZES

pytestmark = [pytest.mark.browser, pytest.mark.real]
Opener = Callable[..., Any]


@pytest.fixture(scope="module")
def runs(sample_study: Path, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return finished runs by name, with the tables alone."""
    studies = {"sample": sample_study, "las_palmas": shared / "studies" / "las_palmas.toml"}
    folder = tmp_path_factory.mktemp("real")
    for name, study in studies.items():
        run_study(study, folder / name, draw=False)
    return {name: folder / name for name in studies}


@pytest.fixture(scope="module")
def drawn(runs: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return map and report of each run in each language, by ``run-lang-map`` and ``run-lang-report``."""
    folder = tmp_path_factory.mktemp("drawn")
    paths = {}
    for name, source in runs.items():
        for lang in ("zh", "en"):
            for what, draw in (("map", draw_map), ("report", draw_report)):
                path = folder / f"{name}-{lang}-{what}.html"
                path.write_text(draw(source, lang=lang), "utf-8")
                paths[path.stem] = path
    return paths


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", ["sample", "las_palmas"])
def test_the_map_works_through_and_nothing_is_cut_off(
    opened: Opener, drawn: dict[str, Path], name: str, lang: str, size: str
) -> None:
    page = opened(drawn[f"{name}-{lang}-map"], size=size)
    n_units = page.evaluate("cfspace.units.level.units.length")
    assert (
        sum(int(n) for _, n in page.evaluate("probe.legend()"))
        == n_units
        == {"sample": 2, "las_palmas": 29}[name]
    )
    assert page.evaluate("probe.cutOff()") == []
    if size == "phone":
        page.click("#cf-menu")
    assert page.evaluate("[...probe.overlaps('.cf-top'), ...probe.overlaps('#cf-controls')]") == []
    for mode in ("homes", "gaps"):
        page.check(f"input[value={mode}]", force=True)
        assert page.evaluate("probe.painted('cf-homes')") > 500
        assert page.evaluate("probe.cutOff()") == []
    page.check("input[value=units]", force=True)
    page.fill("#cf-search", page.evaluate("cfspace.units.level.units[1].n"))
    page.keyboard.press("Enter")
    assert page.evaluate("cfspace.units.level.units[1].i") in page.inner_text("#cf-unit")
    assert page.evaluate("probe.cutOff()") == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", ["sample", "las_palmas"])
def test_the_report_fits_its_window(
    opened: Opener, drawn: dict[str, Path], name: str, lang: str, size: str
) -> None:
    page = opened(drawn[f"{name}-{lang}-report"], size=size, is_map=False)
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]
    if size == "desk":
        assert page.evaluate("probe.cutOff()") == []
    assert page.locator("svg.figure").count() > 6


def test_a_city_s_map_keeps_its_budgets(opened: Opener, drawn: dict[str, Path]) -> None:
    assert drawn["las_palmas-en-map"].stat().st_size < 12_000_000
    page = opened(drawn["las_palmas-en-map"])
    page.wait_for_function("performance.getEntriesByName('cfspace-painted').length > 0")
    assert page.evaluate("performance.getEntriesByName('cfspace-painted')[0].startTime") < 3000


def test_a_city_is_drawn_in_seconds(runs: dict[str, Path], tmp_path: Path) -> None:
    start = time.perf_counter()
    draw_map(runs["las_palmas"], lang="en")
    draw_report(runs["las_palmas"], lang="en")
    write_xlsx(runs["las_palmas"], tmp_path / "coverage.xlsx", lang="en")
    assert time.perf_counter() - start < 20


def test_who_is_left_out_is_what_coverage_leaves_out(runs: dict[str, Path]) -> None:
    # The sample has counts of children: denominator less numerator, over its two districts.
    run = read_run(runs["sample"])
    rows = run.coverage[run.coverage["unit_level"] == "district"]
    found = shortfalls(run)
    assert len(found) > 10
    for one in found:
        mine = rows[rows["indicator"] == one.indicator]
        mine = mine[mine["age_band"] == mine["age_band"].iloc[-1]]
        expected = (mine["denominator"] - mine["numerator"]).sum()
        assert one.left_out.sum() == pytest.approx(expected, rel=1e-9, abs=1e-6), one.indicator


def test_no_nursing_room_in_osm_is_no_data_on_the_map(opened: Opener, drawn: dict[str, Path]) -> None:
    page = opened(drawn["las_palmas-en-map"])
    page.select_option("#cf-measure", label="17 Nursing rooms")
    shown = dict(page.evaluate("probe.legend()"))
    assert shown["No data (not zero)"] == "29"
    assert shown["0–20"] == "0"
