"""``cfspace scenario`` and ``cfspace trend``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cfspace.cli import console
from cfspace.cli.options import BaseRun, Force, Jobs, Language, NoCache, NoDraw, OutFolder, StudyFile, Verbose


def run_scenario(
    study: StudyFile,
    plan: Annotated[Path, typer.Argument(help="Plan file (TOML).", show_default=False)],
    out: OutFolder,
    base: BaseRun = None,
    lang: Language = None,
    jobs: Jobs = 1,
    force: Force = False,
    no_cache: NoCache = False,
    no_draw: NoDraw = False,
    verbose: Verbose = False,
) -> None:
    """Compare a study before and after a plan: child impact assessment."""
    from cfspace.runs.scenario import scenario

    asked = console.checked_language(lang)
    console.set_up_logging(verbose=verbose)
    made = scenario(
        study,
        plan,
        out,
        base=base,
        lang=asked,
        jobs=jobs,
        force=force,
        draw=not no_draw,
        cache=not no_cache,
        stages=console.stages(verbose=verbose),
    )
    language = asked or made.data.language
    for told in made.plan["consequences"]:
        console.out.print(f"! {told[language]}", markup=False)
    console.tell_scenario(out)


def run_trend(
    runs: Annotated[list[Path], typer.Argument(help="Folders of finished runs.", show_default=False)],
    out: OutFolder,
    lang: Language = None,
    force: Force = False,
) -> None:
    """Change between snapshots: built, closed, or only mapped."""
    from cfspace.runs.trend import trend

    made = trend(runs, out, lang=console.checked_language(lang), force=force)
    counts = made.facilities["change"].value_counts()
    told = ", ".join(f"{n} {name}" for name, n in counts.items()) or "none came or went"
    console.out.print(f"places: {told}", markup=False)
    console.tell_trend(out)
