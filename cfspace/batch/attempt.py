"""One attempt at a study: a child process that is watched until it ends."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, replace
from typing import IO, Any, Final

from cfspace.batch.memory import held_mb
from cfspace.batch.resume import is_unchanged
from cfspace.batch.stores import open_store
from cfspace.batch.tasks import AT_FAULT, BUG, DIED, DONE, TOO_LARGE, UNCHANGED, Outcome, Task
from cfspace.errors import CfspaceError

POLL_S: Final = 0.1
TOLD_CHARS: Final = 1500
"""How much is told of what a child that died wrote to standard error: the end of it."""


def attempt(task: Task, *, stop: threading.Event | None = None) -> Outcome:
    """Compute a study in a process of its own, unless its results are there and nothing has changed.

    Parameters
    ----------
    task
        What to compute.
    stop
        Set to have the child killed and the attempt given up.

    Returns
    -------
    How it went. Nothing is raised for what the study or its process does.
    """
    begun = time.perf_counter()
    try:
        outcome = _attempt(task, stop or threading.Event())
    except CfspaceError as error:
        outcome = Outcome(state=AT_FAULT, message=str(error))
    except OSError as error:
        outcome = Outcome(state=BUG, message=f"{task.out}: {error.strerror or error}; check disk and rights")
    worker = f"{platform.node()} ({os.getpid()})"
    return replace(outcome, seconds=time.perf_counter() - begun, worker=worker)


def _attempt(task: Task, stop: threading.Event) -> Outcome:
    store = open_store(task.out)
    if task.resume and is_unchanged(task, store):
        return Outcome(state=UNCHANGED)
    with store.place(task.name) as folder:
        outcome = run_child({"task": asdict(task), "folder": str(folder)}, task, stop)
        if outcome.state == DONE:
            store.put(task.name, folder)
    return outcome


def run_child(order: dict[str, Any], task: Task, stop: threading.Event) -> Outcome:
    """Start a child with an order, watch it, and return what it says, or how it ended."""
    with tempfile.TemporaryFile() as answer, tempfile.TemporaryFile() as errors:
        child = subprocess.Popen(
            [sys.executable, "-m", "cfspace.batch.child"], stdin=subprocess.PIPE, stdout=answer, stderr=errors
        )
        try:
            # Its input stays open: when it closes, because we are gone, the child ends itself.
            with contextlib.suppress(BrokenPipeError):
                _input(child).write(json.dumps(order).encode() + b"\n")
                _input(child).flush()
            peak_mb = _watch(child, task.memory_mb, stop)
        finally:
            child.kill()
            child.wait()
            with contextlib.suppress(BrokenPipeError):
                _input(child).close()
        if task.memory_mb is not None and peak_mb is not None and peak_mb > task.memory_mb:
            return _too_large(task, peak_mb)
        return replace(_outcome(child.returncode, _text(answer), _text(errors)), peak_mb=peak_mb)


def _input(child: subprocess.Popen[bytes]) -> IO[bytes]:
    if child.stdin is None:  # it was asked for as a pipe
        raise TypeError("the child has no input")
    return child.stdin


def _watch(child: subprocess.Popen[bytes], most_mb: float | None, stop: threading.Event) -> float | None:
    """Wait for a child, kill it where it takes too much or is to stop; return the most that it held."""
    peak_mb: float | None = None
    while child.poll() is None:
        held = held_mb(child.pid)
        if held is not None:
            peak_mb = held if peak_mb is None else max(peak_mb, held)
        if stop.is_set() or (most_mb is not None and peak_mb is not None and peak_mb > most_mb):
            child.kill()
            child.wait()
            break
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(POLL_S)
    return peak_mb


def _too_large(task: Task, peak_mb: float) -> Outcome:
    message = (
        f"{task.study}: it was stopped at {peak_mb:,.0f} MB, each worker may hold {task.memory_mb:,.0f} MB; "
        "give more with --memory and fewer --jobs"
    )
    return Outcome(state=TOO_LARGE, message=message, peak_mb=peak_mb)


def _outcome(status: int, answer: str, errors: str) -> Outcome:
    """Return what a child that has ended said; where it said nothing, that it died, and of what."""
    lines = answer.splitlines()
    if status == 0 and lines:
        return Outcome(**json.loads(lines[-1]))
    how = f"ended with status {status}"
    if status < 0:
        names = {int(one): one.name for one in signal.Signals}
        how = f"was killed by {names.get(-status, f'signal {-status}')}"
    last = errors[-TOLD_CHARS:].strip()
    return Outcome(state=DIED, message=f"its process {how}" + (f": {last}" if last else ""))


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", errors="replace")
