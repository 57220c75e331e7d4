"""What README shows is true: its Python runs, its commands and links exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#]+)\)")


@pytest.fixture(scope="module")
def readme(project: Path) -> str:
    return (project / "README.md").read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    return [body for found, body in FENCE.findall(text) if found == language]


def test_python_examples_run_in_order(
    readme: str, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").symlink_to(project / "data")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for body in blocks(readme, "python"):
        exec(compile(body, "README.md", "exec"), names)
    assert (tmp_path / "out" / "sample" / "coverage.csv").is_file()
    assert (tmp_path / "out" / "sample" / "map.html").is_file()


def test_make_targets_that_readme_names_exist(readme: str, project: Path) -> None:
    makefile = (project / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"^make (\w+)", "\n".join(blocks(readme, "sh")), re.MULTILINE))
    assert named == {"demo", "test"}
    assert named <= set(re.findall(r"^(\w+):", makefile, re.MULTILINE))


def test_files_that_readme_links_to_exist(readme: str, project: Path) -> None:
    paths = [link for link in LINK.findall(readme) if "://" not in link]
    assert "docs/images/map.png" in paths
    assert [path for path in paths if not (project / path).exists()] == []


def test_first_screen_holds_picture_commands_and_ten_lines_of_python(readme: str) -> None:
    first_screen = "\n".join(readme.splitlines()[:35])
    assert "docs/images/map.png" in first_screen
    assert {"make demo", "make test"} <= set(re.findall(r"make \w+", first_screen))
    (example,) = blocks(first_screen, "python")
    assert len([line for line in example.splitlines() if line.strip()]) <= 10
