"""The documentation builds, strictly, into pages that ask no host for anything."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from cfspace.cli.app import app

ASKS = re.compile(
    r"""<(?:script|img|iframe|source|video|audio|link(?=[^>]*rel="?(?:stylesheet|preload|icon|preconnect)))"""
    r"""[^>]*?(?:src|href)="?((?:https?:)?//[^"\s>]+)""",
    re.DOTALL,
)


@pytest.fixture(scope="module")
def site(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the built documentation; any warning ends the build."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=project,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    return folder


def pages(site: Path) -> list[Path]:
    return [page for page in sorted(site.rglob("*.html")) if page.name != "404.html"]


def test_every_document_is_a_page_and_in_the_menu(site: Path, project: Path) -> None:
    documents = {path.relative_to(project / "docs") for path in (project / "docs").rglob("*.md")}
    assert {page.relative_to(site).with_suffix(".md") for page in pages(site)} == documents
    menu = (site / "index.html").read_text(encoding="utf-8")
    assert [str(one) for one in documents if f'href="{one.with_suffix(".html")}"' not in menu] == []


def test_no_page_or_style_asks_a_host(site: Path) -> None:
    found = {page.name: ASKS.findall(page.read_text(encoding="utf-8")) for page in site.rglob("*.html")}
    assert {name: hosts for name, hosts in found.items() if hosts} == {}
    styles = "".join(path.read_text(encoding="utf-8") for path in site.rglob("*.css"))
    assert re.findall(r"(?:url\(|@import\s+)[\"']?(?:https?:)?//[^)\s]+", styles) == []


def test_links_between_pages_and_to_files_lead_somewhere(site: Path) -> None:
    broken = []
    for page in pages(site):
        text = page.read_text(encoding="utf-8")
        for link in re.findall(r"""(?:href|src)="?([^"\s>#]+)""", text):
            if not re.match(r"[a-z]+:|//", link) and not (page.parent / link.split("?")[0]).exists():
                broken.append((page.name, link))
    assert broken == []


@pytest.fixture
def reader(site: Path, browser: Any) -> Iterator[Callable[..., Any]]:
    """Return a function that opens a page of the site as a file, with no network, and notes every fault."""
    contexts, faults = [], []

    def read(name: str, *, width: int, height: int) -> Any:
        context = browser.new_context(viewport={"width": width, "height": height})
        context.set_offline(True)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda asked: faults.append(asked.url) if asked.url.startswith("http") else None)
        page.goto((site / name).as_uri())
        return page

    yield read
    for context in contexts:
        context.close()
    assert faults == []


@pytest.mark.browser
def test_search_finds_a_word_in_a_page_opened_as_a_file(reader: Callable[..., Any]) -> None:
    page = reader("index.html", width=1440, height=900)
    page.click("input.md-search__input")
    page.keyboard.type("bucket queue")  # its keys are what the page listens to
    page.wait_for_selector(".md-search-result__link", timeout=20_000)
    found = page.locator(".md-search-result__link").evaluate_all("links => links.map(link => link.href)")
    assert any("reference.html" in link for link in found)


@pytest.mark.browser
@pytest.mark.parametrize("name", ["index.html", "reference.html", "rulebook.html", "how-to.html", "cli.html"])
def test_no_page_is_wider_than_a_phone(reader: Callable[..., Any], name: str) -> None:
    page = reader(name, width=390, height=844)
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    assert page.locator("h1").first.is_visible()


def test_the_command_line_page_names_every_command(site: Path) -> None:
    text = (site / "cli.html").read_text(encoding="utf-8")
    told = set(re.findall(r'<h2 id="cfspace-([\w-]+)"', text))
    commands = typer.main.get_command(app).commands
    assert told == set(commands)
    assert "--no-draw" in text
