"""Finding and ending the processes that a batch works with; only its own, by their ids."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

import psutil

CHILD = "cfspace.batch.child"
PATIENCE_S = 60.0


def children_of(pid: int) -> list[psutil.Process]:
    """Return the processes below one that compute a study."""
    found = []
    with contextlib.suppress(psutil.NoSuchProcess):
        for process in psutil.Process(pid).children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                if CHILD in process.cmdline():
                    found.append(process)
    return found


def wait_for(what: Callable[[], object]) -> object:
    """Return what `what` gives as soon as that is something."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        found = what()
        if found:
            return found
        time.sleep(0.02)
    raise TimeoutError(f"nothing came within {PATIENCE_S:.0f} s")
