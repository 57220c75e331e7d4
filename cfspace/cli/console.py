"""What the command line says: progress on a terminal, silence in a pipe, errors on standard error."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from cfspace.errors import CfspaceError, ParameterError, StudyError
from cfspace.runs.stages import Stages

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

STAGE_WORDS = {
    "streets": "reading streets",
    "units": "reading units",
    "network": "building the walk network",
    "homes": "placing homes",
    "facilities": "finding facilities",
    "snapping": "joining homes to streets",
    "access": "walking to every target",
    "trips": "following children to school",
    "indicators": "scoring indicators",
    "tables": "writing tables",
    "spreadsheet": "writing the spreadsheet",
    "map": "drawing the map",
    "report": "writing the report",
    "candidates": "finding where to build",
    "walks": "walking to every candidate",
    "choosing": "choosing sites",
    "effects": "telling whom they serve",
    "service areas": "drawing service areas",
}
COMPILING = ("access", "walks", "service areas")
"""Stages that search, and so compile kernels the first time."""

WEIGHED = {"children": "children", "floor_area_m2": "m2 of residential floor area", "population": "residents"}
"""What homes weigh, in words."""


def checked_language(lang: str | None) -> str | None:
    """Return the language if it is one.

    Raises
    ------
    ParameterError
        If it is neither zh nor en.
    """
    if lang not in (None, "zh", "en"):
        raise ParameterError(f"--lang: {lang!r} is not a language of cfspace; use zh or en")
    return lang


def tell_error(error: CfspaceError) -> None:
    """Print an error of the input; markup in it is text."""
    if isinstance(error, StudyError):
        err.print(f"[bold red]error[/]: {len(error.faults)} fault(s) in", end=" ")
        err.print(error.source, markup=False)
        for fault in error.faults:
            err.print(f"  - {fault}", markup=False)
    else:
        err.print("[bold red]error[/]:", end=" ")
        err.print(str(error), markup=False)


def stages(*, verbose: bool) -> Stages:
    """Return stages that print themselves: on a terminal, or where asked to."""
    if not (verbose or err.is_terminal):
        return Stages()
    from cfspace.access.jit import are_compiled

    compiled = are_compiled()
    spinner = err.status("")

    def listener(name: str, seconds: float | None) -> None:
        words = STAGE_WORDS.get(name, name)
        if name in COMPILING and not compiled:
            words += " (kernels are compiled once)"
        if seconds is not None:
            spinner.stop()
            err.print(f"  {words:<56}{seconds:7.1f} s", markup=False)
        elif err.is_terminal:
            spinner.update(f"{words} ...")
            spinner.start()
        else:
            err.print(f"  {words} ...", markup=False)

    return Stages(listener)


def set_up_logging(*, verbose: bool) -> None:
    """Log to standard error: warnings, or everything where asked to."""
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO if verbose else logging.WARNING,
        format="%(levelname)s %(name)s: %(message)s",
    )


@contextmanager
def progress(words: str) -> Iterator[Callable[[int, int], None]]:
    """Give a function that is told how much of how much is done; it shows a bar on a terminal."""
    from rich.progress import Progress

    with Progress(console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task(words, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def tell_run(folder: Path) -> None:
    """Print where the results of a run are."""
    rows = [
        ("table", "coverage.csv", "a row per unit, indicator and age band"),
        ("scores", "scores.csv", "a row per unit"),
        ("spreadsheet", "coverage.xlsx", "the same for people"),
        ("map", "map.html", "open it in a browser; it needs no network"),
        ("report", "report.html", "to read and to print"),
    ]
    _tell(folder, rows)


def tell_scenario(folder: Path) -> None:
    """Print where the results of a scenario are."""
    rows = [
        ("statement", "statement.html", "child impact statement, two pages to read and to print"),
        ("change", "before_after.html", "map of before and after; it needs no network"),
        ("table", "before_after.csv", "a row per unit, indicator and age band"),
        ("gains", "gains.csv", "children who come within reach, and who fall out of it"),
        ("fairness", "fairness_change.csv", "how unequally children walk, before and after"),
        ("run", "report.html", "and every other file of a run"),
    ]
    _tell(folder, rows)


def tell_trend(folder: Path) -> None:
    """Print where the results of a trend are."""
    rows = [
        ("page", "trend.html", "charts and tables; it needs no network"),
        ("table", "trend.csv", "a row per pair of snapshots, unit, indicator and age band"),
        ("places", "facility_changes.csv", "what was built, closed, or only mapped"),
        ("evidence", "completeness.csv", "what each snapshot knows of each kind"),
    ]
    _tell(folder, rows)


def _tell(folder: Path, rows: list[tuple[str, str, str]]) -> None:
    for name, file, what in rows:
        if (folder / file).is_file():
            out.print(f"{name:<12} {folder / file}   ({what})", markup=False)
