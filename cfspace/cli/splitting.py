"""``cfspace split``: a study larger than memory as several that are not."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cfspace.cli import console


def split(
    study: Annotated[Path, typer.Argument(help="Study file (TOML).", show_default=False)],
    out: Annotated[Path, typer.Option("--out", help="Folder to make.", show_default=False)],
    parts: Annotated[int, typer.Option("--parts", min=2, help="Into how many.")] = 4,
    force: Annotated[bool, typer.Option("--force", help="Replace a split that is there already.")] = False,
) -> None:
    """Split a large study by its units into smaller ones that give the same numbers."""
    from cfspace.batch.splitting import split_study

    console.set_up_logging(verbose=False)
    paths = split_study(study, out, parts=parts, force=force)
    for path in paths:
        console.out.print(str(path), markup=False)
    console.out.print(f"run them: cfspace batch '{out}/*.toml' --out DIR", markup=False)
