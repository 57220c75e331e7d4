"""``cfspace split``: a study larger than memory as several that are not."""

from __future__ import annotations

from typing import Annotated

import typer

from cfspace.cli import console
from cfspace.cli.options import OutFolder, StudyFile


def split(
    study: StudyFile,
    out: OutFolder,
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
