"""``cfspace run`` and ``cfspace demo``: the whole job."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from cfspace.cli import console
from cfspace.cli.options import (
    Force,
    Jobs,
    Language,
    NoCache,
    NoDraw,
    OutFolder,
    StudyFile,
    TiandituKey,
    TileName,
    Verbose,
)


def run(
    study: StudyFile,
    out: OutFolder,
    lang: Language = None,
    jobs: Jobs = 1,
    force: Force = False,
    no_cache: NoCache = False,
    no_draw: NoDraw = False,
    tiles: TileName = None,
    tianditu_key: TiandituKey = None,
    verbose: Verbose = False,
) -> None:
    """Do the whole job: from a study file to tables, map and report."""
    _run_study(
        study,
        out,
        lang=lang,
        jobs=jobs,
        force=force,
        draw=not no_draw,
        cache=not no_cache,
        tiles=(tiles, tianditu_key),
        verbose=verbose,
    )


def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder to make.")] = Path("cfspace-demo"),
    lang: Language = None,
    jobs: Jobs = 1,
    force: Force = False,
    verbose: Verbose = False,
) -> None:
    """Run the sample study that ships with the project: a synthetic town."""
    from cfspace.sample import sample_study

    _run_study(sample_study(), out, lang=lang, jobs=jobs, force=force, verbose=verbose)


def _run_study(
    study: Path,
    out: Path,
    *,
    lang: str | None,
    jobs: int,
    force: bool,
    draw: bool = True,
    cache: bool = True,
    tiles: tuple[str | None, str | None] = (None, None),
    verbose: bool,
) -> None:
    """Run a study and say where its results are; `tiles` are the name and key of an online background."""
    from cfspace.present.tiles import tiles_of
    from cfspace.runs.run import run as compute_run

    background = tiles_of(tiles[0], key=tiles[1])

    console.set_up_logging(verbose=verbose)
    begun = time.perf_counter()
    compute_run(
        study,
        out,
        lang=console.checked_language(lang),
        jobs=jobs,
        force=force,
        draw=draw,
        cache=cache,
        tiles=background,
        stages=console.stages(verbose=verbose),
    )
    if verbose or console.err.is_terminal:
        console.err.print(f"  done in {time.perf_counter() - begun:.1f} s", markup=False)
    console.tell_run(out)
