"""The pages of plans, sites, links, pilots and trends, in a real browser with the network cut off."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import cfspace
from cfspace.present.change_map import draw_change_map
from cfspace.present.messages import LANGUAGES
from cfspace.present.statement import draw_statement
from cfspace.runs.linking import Linked
from cfspace.runs.plan_pages import draw_links, draw_sites
from cfspace.runs.siting import Sited
from tests.present.conftest import SIZES, faults_of

pytestmark = pytest.mark.browser

Opener = Callable[..., Any]

MAPS, SHEETS = ("before_after", "sites", "links"), ("statement", "pilots", "trend")


@pytest.fixture(scope="module")
def drawn(
    scenario_dir: Path,
    sample_run: cfspace.Run,
    sample_sites: Sited,
    sample_links: Linked,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Path]:
    """Return each page in each language, by ``page-lang``."""
    folder = tmp_path_factory.mktemp("drawn")
    later = _a_year_later(scenario_dir, folder / "later")
    paths = {}
    for lang in LANGUAGES:
        cfspace.pilots(sample_run.folder, folder / f"pilots-{lang}", lang=lang)
        cfspace.trend([sample_run.folder, later], folder / f"trend-{lang}", lang=lang)
        texts = {
            "before_after": draw_change_map(scenario_dir, lang=lang),
            "statement": draw_statement(scenario_dir, lang=lang),
            "sites": draw_sites(sample_sites, lang=lang),
            "links": draw_links(sample_links, lang=lang),
            **{n: (folder / f"{n}-{lang}" / f"{n}.html").read_text("utf-8") for n in ("pilots", "trend")},
        }
        for name, text in texts.items():
            paths[f"{name}-{lang}"] = folder / f"{name}-{lang}.html"
            paths[f"{name}-{lang}"].write_text(text, "utf-8")
    return paths


def _a_year_later(source: Path, target: Path) -> Path:
    """Return a copy of a scenario that passes for a run of the next year, as if its plan had been built."""
    shutil.copytree(source, target)
    meta = json.loads((target / "run.json").read_text("utf-8"))
    del meta["plan"]
    meta["study"]["study"]["snapshot"] = "2027-09-30"
    (target / "run.json").write_text(json.dumps(meta, ensure_ascii=False), "utf-8")
    return target


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", [*MAPS, *SHEETS])
def test_a_page_opens_clean_and_nothing_is_cut_off(
    opened: Opener, drawn: dict[str, Path], name: str, lang: str, size: str
) -> None:
    page = opened(drawn[f"{name}-{lang}"], size=size, is_map=False)
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]
    # A wide table on a phone is pushed aside by the finger, in a box of its own.
    faults = page.evaluate("probe.cutOff()")
    assert [one for one in faults if size == "desk" or not one.startswith("outside")] == []
    assert page.evaluate("probe.overlaps('body')") == []
    assert page.evaluate("window.hacked") is None
    assert page.evaluate("document.documentElement.lang.slice(0, 2)") == lang
    assert faults_of(page) == []


@pytest.mark.parametrize("name", ["sites", "links"])
def test_a_number_in_the_table_leads_to_its_place(opened: Opener, drawn: dict[str, Path], name: str) -> None:
    page = opened(drawn[f"{name}-en"], is_map=False)
    n_rows = page.locator("tr[data-n]").count()
    assert n_rows >= 4
    assert page.locator(".pin").count() == n_rows
    page.locator("tr[data-n] button").nth(1).focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".leaflet-popup-content")
    assert page.inner_text(".leaflet-popup-content").startswith("2")
    page.wait_for_timeout(400)
    pin, popup = (page.locator(part).bounding_box() for part in (".pin >> nth=1", ".leaflet-popup"))
    assert abs(pin["x"] + pin["width"] / 2 - popup["x"] - popup["width"] / 2) < 20


def test_the_legend_of_sites_has_the_colours_of_the_map(opened: Opener, drawn: dict[str, Path]) -> None:
    page = opened(drawn["sites-zh"], is_map=False)
    page.evaluate("probe.settled()")
    shown = dict(
        page.evaluate(
            "[...document.querySelectorAll('.legend i')]"
            ".map((one) => [one.className, getComputedStyle(one).backgroundColor])"
        )
    )
    for state in ("new", "left"):
        assert page.evaluate("(colour) => probe.paintedIn(colour, '#map canvas')", shown[state]) > 50, state


def test_before_after_and_change_paint_homes_differently(opened: Opener, drawn: dict[str, Path]) -> None:
    page = opened(drawn["before_after-en"], is_map=False)
    page.select_option("#cf-series", value="SCH-1")
    assert page.inner_text("#cf-sum").startswith("Children: 177 come within reach, 0 fall out")
    pictures = {}
    for view in ("before", "after", "change"):
        page.check(f"input[value={view}]")
        page.evaluate("probe.settled()")
        pictures[view] = page.evaluate("document.querySelector('.leaflet-homes-pane canvas').toDataURL()")
        told = page.locator("#cf-legend li").all_inner_texts()
        assert len(told) == (5 if view == "change" else 3)
    assert len(set(pictures.values())) == 3
    before = page.inner_text(".leaflet-control-scale-line")
    page.click("#cf-edits button >> nth=0")
    page.wait_for_timeout(500)
    assert page.inner_text(".leaflet-control-scale-line") != before
    page.click("details summary")
    assert "OpenStreetMap" in page.inner_text("details")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_statement_prints_on_two_sheets(opened: Opener, drawn: dict[str, Path], lang: str) -> None:
    page = opened(drawn[f"statement-{lang}"], is_map=False)
    printed = page.pdf(format="A4", prefer_css_page_size=True)
    assert printed.count(b"/Type /Page\n") == 2
