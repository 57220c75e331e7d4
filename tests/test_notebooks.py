"""Notebooks are clean in git and call public names only. (`pytest --nbmake notebooks` runs them.)"""

from __future__ import annotations

import ast
from pathlib import Path

import nbformat
import pytest

import cfspace

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def cells(request: pytest.FixtureRequest) -> list[nbformat.NotebookNode]:
    """Return the code cells of one notebook."""
    notebook = nbformat.read(request.param, as_version=4)
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_there_are_notebooks() -> None:
    assert "01_quickstart" in [path.stem for path in NOTEBOOKS]


def test_outputs_are_stripped(cells: list[nbformat.NotebookNode]) -> None:
    assert [cell.source for cell in cells if cell.outputs or cell.execution_count is not None] == []


def test_only_public_names_are_used(cells: list[nbformat.NotebookNode]) -> None:
    nodes = [node for cell in cells for node in ast.walk(ast.parse(cell.source))]
    modules = [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    assert [name for name in modules if name.startswith("cfspace")] == []
    attributes = [node for node in nodes if isinstance(node, ast.Attribute)]
    assert [node.attr for node in attributes if node.attr.startswith("_")] == []
    used = {node.attr for node in attributes if ast.unparse(node.value) == "cfspace"}
    assert used
    assert used <= set(cfspace.__all__)
