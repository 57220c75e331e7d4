"""``cfspace batch``: many studies, on this machine or on a Dask cluster."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cfspace.batch.tasks import DIED, DONE, UNCHANGED, Outcome, Task
from cfspace.cli import console
from cfspace.cli.options import NoCache, NoDraw

if TYPE_CHECKING:
    from cfspace.batch.batch import Batch, Listener

SOME_FAILED = 2

STATE_WORDS = {
    "done": "done",
    "unchanged": "unchanged, kept",
    "at_fault": "input at fault",
    "too_large": "too large for memory",
    "bug": "failed: a bug in cfspace",
    "died": "its worker died; it is tried again",
    "set_aside": "set aside",
    "waiting": "not begun",
}


def batch(
    studies: Annotated[
        list[str],
        typer.Argument(help="Study files, or patterns in quotes: 'studies/*.toml'.", show_default=False),
    ],
    out: Annotated[
        str, typer.Option("--out", help="Folder or address; a folder in it a study.", show_default=False)
    ],
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Studies at a time on this machine.")] = 1,
    cluster: Annotated[
        str | None, typer.Option("--cluster", help="Address of a Dask scheduler, instead of --jobs.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on: what is complete and unchanged stays.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Compute all of it again.")] = False,
    memory: Annotated[
        float | None,
        typer.Option("--memory", help="Most MB a study may hold. Default: the machine's, shared out."),
    ] = None,
    lang: Annotated[str | None, typer.Option("--lang", help="zh or en; default: each study's.")] = None,
    no_draw: NoDraw = False,
    no_cache: NoCache = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Say how each study went, also in a pipe.")
    ] = False,
) -> None:
    """Run many studies, each into a folder of its own, and a summary over all."""
    from cfspace.batch.batch import find_studies, run_batch

    console.set_up_logging(verbose=False)  # of the summary; each study's own log goes with its process
    with _progress(len(find_studies(studies)), verbose=verbose) as tell:
        made = run_batch(
            studies,
            out,
            jobs=jobs,
            cluster=cluster,
            resume=resume,
            force=force,
            lang=console.checked_language(lang),
            draw=not no_draw,
            cache=not no_cache,
            memory_mb=memory,
            tell=tell,
        )
    _tell_batch(made)
    if made.failed:
        raise typer.Exit(SOME_FAILED)


@contextmanager
def _progress(n_studies: int, *, verbose: bool) -> Iterator[Listener]:
    """Show how far the batch is: a bar on a terminal, and a line a study where asked for."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console.err, transient=True, disable=not console.err.is_terminal) as bar:
        task_id = bar.add_task("studies", total=n_studies)
        n_failed = 0

        def tell(task: Task, outcome: Outcome) -> None:
            nonlocal n_failed
            n_failed += not outcome.is_good and outcome.state != DIED
            words = f"studies, {n_failed} failed" if n_failed else "studies"
            bar.update(task_id, advance=int(outcome.state != DIED), description=words)
            if verbose:
                console.err.print(f"  {_line(task.name, outcome)}", markup=False)

        yield tell


def _line(name: str, outcome: Outcome) -> str:
    words = f"{name}: {STATE_WORDS[outcome.state]}"
    if outcome.state in (DONE, UNCHANGED):
        held = "" if outcome.peak_mb is None else f", {outcome.peak_mb:,.0f} MB"
        return f"{words} ({outcome.seconds:.1f} s{held})"
    return words


def _tell_batch(made: Batch) -> None:
    """Print what there is, and on standard error which studies failed and why."""
    for name, outcome in made.failed.items():
        console.err.print(f"[bold red]{STATE_WORDS[outcome.state]}[/]:", end=" ")
        console.err.print(name, markup=False)
        for line in outcome.message.splitlines():
            console.err.print(f"  {line}", markup=False)
    states = [outcome.state for outcome in made.outcomes.values()]
    n_kept, n_done = states.count(UNCHANGED), states.count(DONE)
    kept = f", {n_kept} kept from before" if n_kept else ""
    failed = f", {len(made.failed)} failed" if made.failed else ""
    console.out.print(f"{n_done} of {len(states)} studies computed{kept}{failed}", markup=False)
    if n_done + n_kept == 0:
        return
    for file, what in (
        ("summary.csv", "a row per unit of every study"),
        ("summary.xlsx", "the same for people, with pilot candidates"),
        ("map.html", "all units; open it in a browser"),
    ):
        if "://" in made.out or (Path(made.out) / file).is_file():
            console.out.print(f"{file:<13} {made.out}/{file}   ({what})", markup=False)
