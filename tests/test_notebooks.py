"""Notebooks are clean in git, call public names only, and tell one story in two languages.

`pytest --nbmake notebooks` runs the English ones; their Chinese twins have the same code.
"""

from __future__ import annotations

import ast
import re
import shutil
from pathlib import Path

import nbformat
import pytest

import cfspace
import notebook_twins

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
ENGLISH = [path for path in NOTEBOOKS if not path.stem.endswith(".zh")]
CHINESE_SIGN = re.compile(r"[\u4e00-\u9fff]")
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
LAST_HEADINGS = {
    "en": ["## Exercises", "## What to read next"],
    "zh": ["## 练习", "## 接下来读什么"],
}

Cells = list[nbformat.NotebookNode]


def cells_of(path: Path, kind: str) -> Cells:
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == kind]


def headings(path: Path) -> list[str]:
    text = "\n".join(cell.source for cell in cells_of(path, "markdown"))
    return re.findall(r"^#+ .*$", text, re.MULTILINE)


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest) -> Path:
    """Return each notebook, in both languages."""
    path: Path = request.param
    return path


@pytest.fixture(params=ENGLISH, ids=lambda path: path.stem)
def pair(request: pytest.FixtureRequest) -> tuple[Path, Path]:
    """Return each English notebook and its Chinese twin."""
    path: Path = request.param
    return path, notebook_twins.twin_of(path)


def test_there_are_notebooks_and_each_has_its_twin() -> None:
    assert "01_quickstart" in [path.stem for path in ENGLISH]
    assert sorted(NOTEBOOKS) == sorted([*ENGLISH, *map(notebook_twins.twin_of, ENGLISH)])
    assert [path.stem[:2] for path in ENGLISH] == [f"{number:02d}" for number in range(1, len(ENGLISH) + 1)]


def test_outputs_are_stripped(notebook: Path) -> None:
    code = cells_of(notebook, "code")
    assert [cell.source for cell in code if cell.outputs or cell.execution_count is not None] == []


def test_only_public_names_are_used(notebook: Path) -> None:
    nodes = [node for cell in cells_of(notebook, "code") for node in ast.walk(ast.parse(cell.source))]
    modules = [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    assert [name for name in modules if name.startswith("cfspace")] == []
    imported = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    assert [name for name in imported if name.startswith("cfspace.")] == []
    attributes = [node for node in nodes if isinstance(node, ast.Attribute)]
    assert [node.attr for node in attributes if node.attr.startswith("_")] == []
    used = {node.attr for node in attributes if ast.unparse(node.value) == "cfspace"}
    assert used
    assert used <= set(cfspace.__all__)


def test_the_twin_has_the_same_code_at_the_same_places(pair: tuple[Path, Path]) -> None:
    ours, theirs = (nbformat.read(path, as_version=4).cells for path in pair)
    assert [cell.cell_type for cell in ours] == [cell.cell_type for cell in theirs]
    assert [cell.source for cell in ours if cell.cell_type == "code"] == [
        cell.source for cell in theirs if cell.cell_type == "code"
    ]


def test_the_twin_is_told_in_chinese_under_as_many_headings(pair: tuple[Path, Path]) -> None:
    ours, theirs = pair
    assert [
        cell.source for cell in cells_of(theirs, "markdown") if not CHINESE_SIGN.search(cell.source)
    ] == []
    assert [one.split()[0] for one in headings(ours)] == [one.split()[0] for one in headings(theirs)]


def test_it_ends_with_exercises_and_what_to_read_next(notebook: Path) -> None:
    language = "zh" if notebook.stem.endswith(".zh") else "en"
    assert headings(notebook)[0].startswith(f"# {notebook.stem[:2]} ")
    assert headings(notebook)[-2:] == LAST_HEADINGS[language]


def test_links_lead_somewhere(notebook: Path) -> None:
    text = "\n".join(cell.source for cell in cells_of(notebook, "markdown"))
    links = LINK.findall(text.split("\n## ")[-1])
    assert links
    assert [link for link in LINK.findall(text) if not (FOLDER / link).exists()] == []


def test_code_is_copied_into_the_twin(tmp_path: Path) -> None:
    for path in (ENGLISH[0], notebook_twins.twin_of(ENGLISH[0])):
        shutil.copy(path, tmp_path)
    here = tmp_path / ENGLISH[0].name
    assert not notebook_twins.copy_code(here)
    changed = nbformat.read(here, as_version=4)
    next(cell for cell in changed.cells if cell.cell_type == "code").source = "import cfspace"
    nbformat.write(changed, here)
    assert notebook_twins.main([str(here)]) == 0
    twin = cells_of(notebook_twins.twin_of(here), "code")
    assert twin[0].source == "import cfspace"
    assert [cell.source for cell in twin] == [cell.source for cell in cells_of(here, "code")]


def test_a_twin_that_does_not_fit_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here = Path(shutil.copy(ENGLISH[0], tmp_path))
    assert notebook_twins.main([str(here)]) == 2
    assert "01_quickstart.zh.ipynb is missing" in capsys.readouterr().err
    other = nbformat.read(here, as_version=4)
    del other.cells[1]
    nbformat.write(other, notebook_twins.twin_of(here))
    assert notebook_twins.main([str(here)]) == 2
    assert "has other cells than 01_quickstart.ipynb" in capsys.readouterr().err


def test_the_documentation_lists_every_notebook_in_both_languages() -> None:
    text = (FOLDER.parent / "docs" / "notebooks.md").read_text(encoding="utf-8")
    assert [path.name for path in NOTEBOOKS if f"../notebooks/{path.name})" not in text] == []
