"""The documentation builds, strictly, into pages that ask no host for anything."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

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
