"""What README shows is true, and it says the same in both languages. (tests/docs runs its code blocks.)"""

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


def test_make_targets_that_readme_names_exist(readme: str, project: Path) -> None:
    makefile = (project / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"^make (\w+)", "\n".join(blocks(readme, "sh")), re.MULTILINE))
    assert {"demo", "test"} <= named
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


def shape_of(text: str) -> dict[str, object]:
    """Return what two languages of one page have in common."""
    prose = FENCE.sub("", text)
    heads = [len(head) for head in re.findall(r"^(#+) ", prose, re.MULTILINE)]
    # Table by table, the first cells that hold code, and how many rows there are.
    rows = re.findall(r"^\|.*\|$", prose, re.MULTILINE)
    files = [re.findall(r"`[^`]+`", row.split("|")[1]) for row in rows]
    lists = len(re.findall(r"^- ", prose, re.MULTILINE))
    return {"headings": heads, "rows": len(rows), "files": files, "lists": lists}


def test_both_languages_are_in_step(readme: str, project: Path) -> None:
    chinese = (project / "README.zh.md").read_text(encoding="utf-8")
    assert FENCE.findall(chinese) == FENCE.findall(readme)
    assert shape_of(chinese) == shape_of(readme)
    ours, theirs = ({link for link in LINK.findall(text) if "://" not in link} for text in (readme, chinese))
    assert ours - {"README.zh.md"} == theirs - {"README.md"}
