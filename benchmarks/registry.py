"""The jobs: every module ``job_<name>.py`` in this folder, with a function ``run(settings)``.

A new job needs no other registration. It returns a `JobResult`; it asserts with `check` that answers agree
before `in_turns` times them, tells peers that are not installed in ``missing``, and does all it does at the
sizes of `tiny` in a few seconds, since the tests run it.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import cast

from benchmarks.errors import BenchmarkError
from benchmarks.settings import Job

PREFIX = "job_"


def job_names() -> list[str]:
    """Return the names of all jobs, sorted."""
    return sorted(path.stem.removeprefix(PREFIX) for path in Path(__file__).parent.glob(f"{PREFIX}*.py"))


def job_named(name: str) -> Job:
    """Return what a job runs.

    Raises
    ------
    BenchmarkError
        If there is no such job.
    """
    if name not in job_names():
        raise BenchmarkError(f"{name}: no such job; there are {', '.join(job_names())}")
    return cast("Job", importlib.import_module(f"benchmarks.{PREFIX}{name}").run)
