"""``cfspace rulebook``."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from rich.table import Table

from cfspace.cli import console
from cfspace.errors import OutputError
from cfspace.io.atomic import atomic_file
from cfspace.rulebooks import compare_rulebooks, load_rulebook, rulebook_table, rulebook_text


def show(name: str, lang: str) -> None:
    """Print a rulebook as a table; a faulty one raises."""
    book = load_rulebook(name)
    console.out.print(f"{name}: valid, {len(book.indicator)} indicators", markup=False)
    _print(rulebook_table(book, lang))


def compare(name: str, other: str) -> None:
    """Print what differs between two rulebooks."""
    changes = compare_rulebooks(load_rulebook(name), load_rulebook(other))
    if changes.empty:
        console.out.print("no difference", markup=False)
    else:
        _print(changes)


def copy_to(name: str, path: Path) -> None:
    """Write the TOML of a rulebook to a new file.

    Raises
    ------
    OutputError
        If the name does not end in ``.toml``, the file is there already, or cannot be written.
    """
    text = rulebook_text(name)
    if path.suffix.lower() != ".toml":
        raise OutputError(f"--copy: {path} does not end in .toml; give such a name")
    if path.exists():
        raise OutputError(f"--copy: {path} exists already; choose another name")
    with atomic_file(path) as draft:
        draft.write_text(text, encoding="utf-8", newline="\n")
    console.out.print(str(path), markup=False)


def _print(frame: pd.DataFrame) -> None:
    table = Table(show_lines=False)
    for column in frame.columns:
        table.add_column(str(column), overflow="fold")
    for row in frame.itertuples(index=False):
        table.add_row(*("" if value is None or value != value else str(value) for value in row))
    console.out.print(table)
