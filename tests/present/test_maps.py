from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from cfspace.errors import ParameterError, RunError
from cfspace.present.maps import SCRIPTS, draw_map
from cfspace.present.offline import page_file
from tests.present import hostile


def block(html: str, name: str) -> Any:
    found = re.search(f'<script type="application/json" id="{name}">(.*?)</script>', html, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def test_the_same_run_gives_the_same_page(run_dir: Path) -> None:
    assert draw_map(run_dir, lang="en") == draw_map(run_dir, lang="en")


def test_nothing_that_the_page_does_not_use_is_in_it(pages: dict[str, Path]) -> None:
    html = pages["zh"].read_text("utf-8").lower()
    for name in ("jquery", "bootstrap", "awesome", "cdn.jsdelivr", "<link", "glyphicons"):
        assert name not in html


def test_hostile_names_cannot_leave_their_data(pages: dict[str, Path]) -> None:
    html = pages["hostile"].read_text("utf-8")
    assert hostile.SCRIPT not in html
    assert hostile.CLOSING not in html
    names = {unit["n"] for level in block(html, "cf-core")["levels"] for unit in level["units"]}
    assert {hostile.SCRIPT, hostile.CLOSING, hostile.QUOTES, hostile.TURNED} <= names


def test_the_page_speaks_its_language(pages: dict[str, Path]) -> None:
    assert '<html lang="zh-CN">' in pages["zh"].read_text("utf-8")
    assert '<html lang="en-GB">' in pages["en"].read_text("utf-8")
    assert block(pages["en"].read_text("utf-8"), "cf-core")["tasks"][3]["name"] == "14 Libraries"


def test_licence_lines_are_on_the_map(pages: dict[str, Path]) -> None:
    core = block(pages["zh"].read_text("utf-8"), "cf-core")
    assert core["attribution"][0].startswith("© OpenStreetMap contributors")


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_page_script_is_small_and_never_writes_markup(name: str) -> None:
    script = page_file(name)
    assert len(script.splitlines()) <= 300
    assert not re.search(r"\.(innerHTML|outerHTML)\s*=|insertAdjacentHTML|document\.write|eval\(", script)


def test_an_unknown_language_is_refused(run_dir: Path) -> None:
    with pytest.raises(ParameterError):
        draw_map(run_dir, lang="fr")


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError):
        draw_map(tmp_path, lang="zh")
