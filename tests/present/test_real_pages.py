"""Map, report and workbook of the sample town and of a whole real city, looked at in a browser."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import cfspace
from cfspace.present import draw_map, draw_report, write_xlsx
from cfspace.present.messages import catalogue
from cfspace.present.points import BEYOND_DATA, page_homes
from cfspace.present.rundata import read_run
from cfspace.present.shortfalls import shortfalls
from cfspace.runs.run import run as run_study
from tests.present.conftest import PAPER, SIZES, faults_of, sheet_heights

pytestmark = [pytest.mark.browser, pytest.mark.real]
Opener = Callable[..., Any]


STUDIES = {
    "shenzhen": "shenzhen_longgang.toml",
    "changchun": "changchun_core.toml",
}


@pytest.fixture(scope="module")
def runs(
    sample_run: cfspace.Run,
    las_palmas_run: cfspace.Run,
    shared: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Path]:
    """Return finished runs by name; those of real studies are drawn where areas are looked at."""
    folder = tmp_path_factory.mktemp("real")
    for name, study in STUDIES.items():
        run_study(shared / "studies" / study, folder / name, draw=False)
    made = {"sample": sample_run.folder, "las_palmas": las_palmas_run.folder}
    return made | {name: folder / name for name in STUDIES}


@pytest.fixture(scope="module")
def drawn(runs: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return map and report of each run in each language, by ``run-lang-map`` and ``run-lang-report``."""
    folder = tmp_path_factory.mktemp("drawn")
    paths = {}
    for name, source in runs.items():
        for lang in ("zh", "en") if name in ("sample", "las_palmas") else ("zh",):
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
    page.evaluate("document.querySelectorAll('details').forEach((box) => { box.open = true; })")
    for kind in ("primary_school", "library"):
        page.check(f"#cf-kind-{kind}")
    assert page.evaluate("probe.marks()") > 5
    page.select_option("#cf-area", index=3)
    assert page.evaluate("probe.painted('cf-areas')") > 500
    assert "500" in page.inner_text("#cf-area-key")
    assert faults_of(page) == []
    page.select_option("#cf-area", index=0)
    assert page.locator(".leaflet-cf-areas-pane canvas").count() == 0
    page.evaluate("document.getElementById('cf-kinds-none').click()")
    assert page.locator(".cf-mark").count() == 0
    for mode in ("homes", "gaps"):
        page.check(f"input[value={mode}]", force=True)
        assert page.evaluate("probe.painted('cf-homes')") > 500
        assert page.evaluate("probe.cutOff()") == []
    page.check("input[value=units]", force=True)
    page.fill("#cf-search", page.evaluate("cfspace.units.level.units[1].n"))
    page.keyboard.press("Enter")
    assert page.evaluate("cfspace.units.level.units[1].i") in page.inner_text("#cf-unit")
    assert page.evaluate("probe.cutOff()") == []
    assert faults_of(page) == []


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
    assert faults_of(page) == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_comes_first_fits_two_sheets_of_paper(opened: Opener, drawn: dict[str, Path], lang: str) -> None:
    page = opened(drawn[f"las_palmas-{lang}-report"], is_map=False)
    assert max(sheet_heights(page)) <= PAPER["height"]


def test_a_city_s_map_keeps_its_budgets(opened: Opener, drawn: dict[str, Path]) -> None:
    assert drawn["las_palmas-en-map"].stat().st_size < 12_000_000
    page = opened(drawn["las_palmas-en-map"])
    # How soon is measured by scripts/page_budget.py; here only that the paint waits for no heavy layer.
    assert page.evaluate("performance.getEntriesByName('cfspace-painted').length") == 1
    assert page.evaluate("cfspace.homes === undefined && cfspace.gaps === undefined")


def test_a_city_is_drawn_from_its_run_alone_in_seconds(runs: dict[str, Path], tmp_path: Path) -> None:
    # Seconds of the processor: those of the clock depend on what else the machine does.
    start = time.process_time()
    draw_map(runs["las_palmas"], lang="en")
    draw_report(runs["las_palmas"], lang="en")
    write_xlsx(runs["las_palmas"], tmp_path / "coverage.xlsx", lang="en")
    assert time.process_time() - start < 20


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


@pytest.mark.parametrize("name", ["shenzhen", "changchun"])
def test_part_of_a_city_is_told_and_never_looks_like_a_low_score(
    opened: Opener, drawn: dict[str, Path], name: str
) -> None:
    page = opened(drawn[f"{name}-zh-map"])
    assert page.locator("#cf-notice").is_visible()
    assert page.is_checked("input[value=homes]")
    page.check("input[value=units]", force=True)
    n = page.evaluate("cfspace.units.level.units.length")
    shown = dict(page.evaluate("probe.legend()"))
    assert shown["数据未完全覆盖，不评分"] == str(n)
    assert all(shown[text] == "0" for text in ("0–20", "20–40", "40–60", "60–80", "80–100"))
    for k in range(page.evaluate("document.getElementById('cf-measure').options.length")):
        page.select_option("#cf-measure", index=k)
        coloured = [
            int(count) for text, count in page.evaluate("probe.legend()") if text[0] in "0123456789<≥"
        ]
        assert sum(coloured) == 0, page.inner_text("#cf-legend")


def test_a_home_near_the_end_of_the_data_is_not_called_far(runs: dict[str, Path]) -> None:
    run = read_run(runs["shenzhen"])
    metres, edge_m = run.homes["m_kindergarten"].to_numpy(), run.homes["edge_m"].to_numpy()
    page = page_homes(run, catalogue("zh"))
    shown = next(target for target in page["targets"] if target["id"] == "kindergarten")
    doubtful = (edge_m < shown["breaks"][0]) & (metres > shown["breaks"][0])
    assert doubtful.sum() > 5
    assert {shown["d"][k] for k in doubtful.nonzero()[0]} == {BEYOND_DATA}
    kept = {one.indicator: one for one in shortfalls(run)}["CC-3"]
    assert kept.left_out[edge_m < kept.full_m].sum() == 0


def test_hot_spots_are_outlined_named_and_led_to(opened: Opener, drawn: dict[str, Path]) -> None:
    page = opened(drawn["sample-zh-map"])
    page.check("input[value=gaps]", force=True)
    areas = page.evaluate("cfspace.gaps.series[0].areas.map((area) => [area.n, area.c])")
    assert [n for _, n in areas] == sorted((n for _, n in areas), reverse=True)
    listed = page.locator(".cf-places button span").all_inner_texts()
    assert listed == [name for name, _ in areas]
    before = page.evaluate("cfspace.map.getZoom()")
    page.click(".cf-places button >> nth=0")
    assert page.evaluate("cfspace.map.getZoom()") > before


def test_no_nursing_room_in_osm_is_no_data_on_the_map(opened: Opener, drawn: dict[str, Path]) -> None:
    page = opened(drawn["las_palmas-en-map"])
    page.select_option("#cf-measure", label="17 Nursing rooms")
    shown = dict(page.evaluate("probe.legend()"))
    assert shown["No data (not zero)"] == "29"
    assert shown["0–20"] == "0"
