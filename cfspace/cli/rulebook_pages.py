"""``cfspace rulebook``."""

from __future__ import annotations

import pandas as pd
from rich.table import Table

from cfspace.cli import console
from cfspace.rulebooks import compare_rulebooks, load_rulebook, rulebook_table


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


def _print(frame: pd.DataFrame) -> None:
    table = Table(show_lines=False)
    for column in frame.columns:
        table.add_column(str(column), overflow="fold")
    for row in frame.itertuples(index=False):
        table.add_row(*("" if value is None or value != value else str(value) for value in row))
    console.out.print(table)
