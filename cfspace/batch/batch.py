"""A batch: many studies computed, each into a folder of its own, and a summary over all of them."""

from __future__ import annotations

import glob
import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pandas as pd

from cfspace._version import __version__
from cfspace.batch.dispatch import Pool, dispatch
from cfspace.batch.memory import SPARED_SHARE, can_watch, machine_mb
from cfspace.batch.stores import IN_ONE_PROCESS, Store, open_store
from cfspace.batch.tasks import WAITING, Outcome, Task
from cfspace.errors import OutputError, ParameterError

RECORD: Final = "batch.json"
"""How it went with each study; it is there from the beginning, and brought up to date after each."""

Listener = Callable[[Task, Outcome], None]


@dataclass(frozen=True, kw_only=True)
class Batch:
    """A finished batch.

    Attributes
    ----------
    out
        Where it stands.
    outcomes
        How it went with each study, by name, in the order of the names.
    summary
        ``summary.csv``: a row per unit of every study whose results are there; empty where there is none.
    """

    out: str
    outcomes: dict[str, Outcome]
    summary: pd.DataFrame = field(repr=False)

    @property
    def failed(self) -> dict[str, Outcome]:
        """The studies whose results are not there."""
        return {name: outcome for name, outcome in self.outcomes.items() if not outcome.is_good}


def run_batch(
    studies: str | Path | Iterable[str | Path],
    out: str | Path,
    *,
    jobs: int = 1,
    cluster: str | None = None,
    resume: bool = False,
    force: bool = False,
    lang: str | None = None,
    draw: bool = True,
    cache: bool = True,
    memory_mb: float | None = None,
    tell: Listener | None = None,
) -> Batch:
    """Compute many studies, and a summary over all of them.

    A study that fails is told in the answer, and the others finish. A worker that dies is replaced and its
    study tried again; one that kills three workers is set aside.

    Parameters
    ----------
    studies
        Study files, or patterns such as ``studies/*.toml``.
    out
        A folder, or an address that fsspec knows (``s3://bucket/folder``; extra ``remote``). Each study
        goes to the folder in it that is named like its file.
    jobs
        Studies at a time on this machine. Changes no byte of the results.
    cluster
        Address of a Dask scheduler instead (extra ``cluster``). Its workers must see the study files and
        `out` under the same paths. Changes no byte of the results.
    resume
        Go on with a batch that was broken off: a study whose results are there, made of the same content by
        the same versions, is not computed again.
    force
        Compute everything again, over an earlier batch.
    lang
        ``zh`` or ``en``: language of everything written; default: each study's own, and the first's for the
        summary.
    draw
        Whether to draw map, report and spreadsheet of each study, and the map of the summary.
    cache
        Whether inputs may come out of the cache of an earlier run.
    memory_mb
        Most memory that one study may hold. Default: what the machine has over `jobs`, or what the Dask
        worker may have over its threads.
    tell
        Called after each attempt at a study.

    Returns
    -------
    How it went with each study, and the summary.

    Raises
    ------
    ParameterError
        If no study is found, two have the same name, or an option makes no sense.
    OutputError
        If `out` is taken, or cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from cfspace.sample import sample_study
    >>> made = run_batch(sample_study(), tempfile.mkdtemp(), draw=False)
    >>> made.outcomes["study"].state, made.summary["study_name"].unique().tolist()
    ('done', ['示例市 (synthetic)'])
    """
    _check(jobs=jobs, cluster=cluster, memory_mb=memory_mb, resume=resume, force=force, out=out)
    paths = find_studies(studies)
    store = open_store(str(out))
    _check_room(store, resume=resume, force=force)
    bound_mb = _bound_mb(memory_mb, jobs) if cluster is None else memory_mb
    place = str(Path(out).resolve()) if "://" not in str(out) else str(out)
    tasks = [
        Task(
            name=name,
            study=str(path),
            out=place,
            lang=lang,
            draw=draw,
            cache=cache,
            resume=resume,
            memory_mb=bound_mb,
        )
        for name, path in paths.items()
    ]
    with closing(_pool(jobs, cluster)) as pool:
        outcomes = _carried_out(tasks, pool, store, tell)
    from cfspace.batch.summary import write_summary

    good = [task.name for task in tasks if outcomes[task.name].is_good]
    summary = write_summary(store, good, outcomes=outcomes, lang=lang, draw=draw)
    return Batch(out=store.address, outcomes=outcomes, summary=summary)


def find_studies(studies: str | Path | Iterable[str | Path]) -> dict[str, Path]:
    """Return study files by name, sorted.

    Raises
    ------
    ParameterError
        If a pattern finds nothing, or two files have the same name: they would share a folder.
    """
    patterns = [studies] if isinstance(studies, str | Path) else list(studies)
    found: dict[str, Path] = {}
    if not patterns:
        raise ParameterError("STUDIES: none is given; give study files, or a pattern like 'studies/*.toml'")
    for pattern in map(str, patterns):
        is_pattern = glob.has_magic(pattern) and not Path(pattern).is_file()
        files = sorted(glob.glob(pattern, recursive=True)) if is_pattern else [pattern]  # noqa: PTH207
        if not files:
            raise ParameterError(
                f"STUDIES: {pattern!r} finds no file; check the pattern and the folder that you are in"
            )
        for path in (Path(file).resolve() for file in files):
            other = found.setdefault(path.stem, path)
            if other != path:
                raise ParameterError(
                    f"STUDIES: {other} and {path} would both go to the folder {path.stem}; rename one of them"
                )
    return dict(sorted(found.items()))


def _check(
    *,
    jobs: int,
    cluster: str | None,
    memory_mb: float | None,
    resume: bool,
    force: bool,
    out: str | Path,
) -> None:
    """Refuse options that make no sense.

    Raises
    ------
    ParameterError
        Saying which.
    """
    if jobs < 1:
        raise ParameterError(f"--jobs {jobs}: give a number of at least 1")
    if cluster is not None and jobs != 1:
        raise ParameterError(
            "--jobs and --cluster: a cluster has its own workers; give one of the two, "
            "and more workers with `dask worker ADDRESS --nworkers N`"
        )
    if resume and force:
        raise ParameterError(
            "--resume and --force: the first keeps what is there, the second does not; give one"
        )
    if memory_mb is not None and not memory_mb > 0:
        raise ParameterError(f"--memory: {memory_mb:g} MB; give more than 0")
    kind, mark, _ = str(out).partition("://")
    if mark and kind in IN_ONE_PROCESS and cluster is not None:
        raise ParameterError(f"--out: {out} is seen by one process only, and a cluster has many; use another")


def _bound_mb(memory_mb: float | None, jobs: int) -> float | None:
    """Return what one study may hold on this machine; None where that cannot be watched.

    Raises
    ------
    ParameterError
        If more is asked for than the machine has, or a bound is asked for and cannot be watched.
    """
    if not can_watch():
        if memory_mb is not None:
            raise ParameterError(
                "--memory: the memory of processes cannot be seen on this system; install psutil"
            )
        return None
    whole_mb = machine_mb()
    if whole_mb is None:
        return memory_mb
    if memory_mb is None:
        return (1.0 - SPARED_SHARE) * whole_mb / jobs
    if memory_mb * jobs > whole_mb:
        raise ParameterError(
            f"--memory: {jobs} x {memory_mb:,.0f} MB is more than the {whole_mb:,.0f} MB of this machine; "
            "give less, or fewer --jobs"
        )
    return memory_mb


def _check_room(store: Store, *, resume: bool, force: bool) -> None:
    """Refuse a place that is taken.

    Raises
    ------
    OutputError
        If something is there and was not written by a batch, or nobody says what is to become of it.
    """
    if store.is_empty():
        return
    if store.read(RECORD) is None:
        raise OutputError(
            f"--out: {store.address}: it is not empty and holds no batch (no {RECORD} in it); "
            "choose another place"
        )
    if not (resume or force):
        raise OutputError(
            f"--out: {store.address}: a batch is there already; go on with it by --resume, compute all of it "
            "again by --force, or choose another place"
        )


def _pool(jobs: int, cluster: str | None) -> Any:
    if cluster is None:
        from cfspace.batch.local import LocalPool

        return LocalPool(jobs)
    from cfspace.batch.cluster import ClusterPool

    return ClusterPool(cluster)


def _carried_out(
    tasks: Sequence[Task], pool: Pool, store: Store, tell: Listener | None
) -> dict[str, Outcome]:
    """Have the tasks done, and keep the record of it up to date."""
    known = {task.name: Outcome(state=WAITING) for task in tasks}

    def note() -> None:
        store.write(RECORD, _record(tasks, known))

    def listen(task: Task, outcome: Outcome) -> None:
        known[task.name] = outcome
        note()
        if tell is not None:
            tell(task, outcome)

    note()
    dispatch(tasks, pool, tell=listen)
    return known


def _record(tasks: Sequence[Task], known: dict[str, Outcome]) -> bytes:
    rows = [{"name": task.name, "study": task.study, **known[task.name].as_dict()} for task in tasks]
    content = {"cfspace": __version__, "studies": rows}
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()
