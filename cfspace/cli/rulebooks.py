"""``cfspace rulebook``: shows, validates, copies or compares rulebooks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cfspace.cli.console import checked_language
from cfspace.cli.options import Language


def rulebook(
    name: Annotated[str, typer.Argument(help="A shipped rulebook, or the path of one.")] = "jilin-2022",
    other: Annotated[str | None, typer.Argument(help="Another, to compare with.", show_default=False)] = None,
    copy: Annotated[
        Path | None, typer.Option("--copy", help="Write its TOML here, to be changed.", show_default=False)
    ] = None,
    wide: Annotated[bool, typer.Option("--wide", help="Every column, however narrow the window.")] = False,
    form: Annotated[
        str, typer.Option("--format", help="table, or csv or json with every column for programs.")
    ] = "table",
    lang: Language = None,
) -> None:
    """Show, validate, copy or compare rulebooks."""
    from cfspace.cli.rulebook_pages import compare, copy_to, show

    language = checked_language(lang) or "en"
    if copy is not None:
        copy_to(name, copy)
    elif other is None:
        show(name, language, form=form, wide=wide)
    else:
        compare(name, other)
