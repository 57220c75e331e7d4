"""``cfspace rulebook``."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pandas as pd
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from cfspace.cli import console
from cfspace.config.rulebook import Rulebook
from cfspace.errors import OutputError, ParameterError
from cfspace.io.atomic import atomic_file
from cfspace.rulebooks import compare_rulebooks, load_rulebook, rulebook_table, rulebook_text
from cfspace.rulebooks.tables import distances

FORMS: Final = ("table", "csv", "json")

WIDE = 260
"""Letters that the table of every column takes at least: in fewer its heads are cut to pieces."""


def show(name: str, lang: str, *, form: str = "table", wide: bool = False) -> None:
    """Print a rulebook; a faulty one raises.

    A table has what fits 80 columns, or everything where it is wide; CSV and JSON have everything, and
    nothing else is printed.

    Raises
    ------
    ParameterError
        If the form is unknown.
    """
    if form not in FORMS:
        raise ParameterError(f"--format: {form!r} is unknown; use {', '.join(FORMS)}")
    book = load_rulebook(name)
    table = rulebook_table(book, lang)
    if form == "csv":
        console.out.print(table.to_csv(index=False, lineterminator="\n"), markup=False, end="")
        return
    if form == "json":
        console.out.print(table.to_json(orient="records", force_ascii=False, indent=1), markup=False)
        return
    console.out.print(f"{name}: valid, {len(book.indicator)} indicators", markup=False)
    if wide:
        _print(table, least_width=WIDE)
        return
    _print_narrow(book, lang)
    console.out.print("all columns: --wide; for programs: --format csv or json", markup=False)


def _print_narrow(book: Rulebook, lang: str) -> None:
    """Print id, title, measure, distances, goal and level in 80 columns."""
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for column in ("id", "title", "measure", "full/zero", "goal", "level"):
        table.add_column(column, overflow="fold", no_wrap=column in ("id", "measure"))
    for rule in book.indicator:
        goal = "" if rule.goal is None else f"{rule.goal:g}"
        told = (rule.title.in_language(lang), rule.measure, distances(rule), goal, rule.level)
        table.add_row(rule.id, *told)
    console.out.print(table)


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


def _print(frame: pd.DataFrame, *, least_width: int = 0) -> None:
    table = Table(show_lines=False)
    for column in frame.columns:
        table.add_column(str(column), overflow="fold")
    for row in frame.itertuples(index=False):
        table.add_row(*("" if value is None or value != value else str(value) for value in row))
    Console(width=max(console.out.width, least_width), highlight=False).print(table)
