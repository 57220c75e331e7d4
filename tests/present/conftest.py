"""Run folders to draw from, and a browser with no network."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import cfspace
from cfspace.present.maps import draw_map
from cfspace.present.rundata import RunData, read_run
from tests.present.hostile import NAMES
from tests.present.runmaker import make_run_folder


@pytest.fixture(scope="session")
def run_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run_folder(tmp_path_factory.mktemp("runs") / "sample")


@pytest.fixture(scope="session")
def hostile_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run_folder(tmp_path_factory.mktemp("runs") / "hostile", names=NAMES)


@pytest.fixture(scope="session")
def run(run_dir: Path) -> RunData:
    return read_run(run_dir)


@pytest.fixture(scope="session")
def pages(run_dir: Path, hostile_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return maps by name: ``zh``, ``en`` and ``hostile``."""
    folder = tmp_path_factory.mktemp("pages")
    drawn = {"zh": (run_dir, "zh"), "en": (run_dir, "en"), "hostile": (hostile_dir, "en")}
    for name, (source, lang) in drawn.items():
        (folder / f"{name}.html").write_text(draw_map(source, lang=lang), "utf-8")
    return {name: folder / f"{name}.html" for name in drawn}


PLAN = """
[plan]
name = "Gate & <b>nursery</b>"
[[edit]]
do = "open_gate"
at = [125.3050626, 43.894828]
[[edit]]
do = "close_street"
way = 200219
[[edit]]
do = "add_facility"
kind = "childcare"
at = [125.3250, 43.8920]
name = "<script>window.hacked = 1</script>"
[[edit]]
do = "add_homes"
at = [125.3140, 43.9080]
children = { "0_2" = 600, "6_11" = 1200 }
"""
"""A plan that changes walks, places and homes, with a name that would be a script."""


@pytest.fixture(scope="session")
def scenario_dir(
    sample_study: Path, sample_run: cfspace.Run, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Return a finished scenario of the sample, tables alone."""
    folder = tmp_path_factory.mktemp("plan")
    (folder / "plan.toml").write_text(PLAN, encoding="utf-8")
    made = cfspace.scenario(
        sample_study, folder / "plan.toml", folder / "out", base=sample_run.folder, draw=False
    )
    return made.folder


SIZES = {"desk": (1440, 900), "phone": (390, 844)}

PAPER = {"width": round((210 - 26) / 25.4 * 96), "height": round((297 - 28) / 25.4 * 96)}
"""A4 less the margins of the style sheet, at 96 pixels an inch."""


def sheet_heights(page: Any) -> list[float]:
    """Return the heights of what stands on the first sheets of a report when it is printed."""
    page.set_viewport_size(PAPER)
    page.emulate_media(media="print")
    heights: list[float] = page.evaluate(
        "[...document.querySelectorAll('.sheet')].map((sheet) => sheet.scrollHeight)"
    )
    return heights


INSIDE = ("file:", "data:", "blob:")
PROBES = Path(__file__).with_name("probes.js")


def faults_of(page: Any) -> list[str]:
    """Return the faults that axe finds in a page as it stands, less serious ones too."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response
    assert len(found["passes"]) > 10
    return [f"{one['id']} ({one['impact']}): {one['nodes'][0]['html'][:120]}" for one in found["violations"]]


@pytest.fixture
def opened(browser: Any, request: pytest.FixtureRequest) -> Iterator[Callable[..., Any]]:
    """Return a function that opens a page with no network and notes every fault of it.

    A picture of each page as the test left it is kept in ``test-artefacts`` or where CFSPACE_SHOTS says.
    """
    contexts, faults = [], []
    shots = os.environ.get("CFSPACE_SHOTS") or Path(__file__).parents[2] / "test-artefacts"

    def open_page(path: Path, *, size: str = "desk", is_map: bool = True) -> Any:
        width, height = SIZES[size]
        context = browser.new_context(viewport={"width": width, "height": height}, has_touch=size == "phone")
        context.set_offline(True)
        context.add_init_script(path=PROBES)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda asked: None if asked.url.startswith(INSIDE) else faults.append(asked.url))
        page.goto(path.as_uri())
        if is_map:
            page.wait_for_selector("html[data-cfspace=ready]", state="attached", timeout=20_000)
        return page

    yield open_page
    for context in contexts:
        for k, page in enumerate(context.pages):
            Path(shots).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=str(Path(shots) / f"{request.node.name}-{k}.png"))
        context.close()
    assert faults == []
