"""Workers on this machine: threads that each watch a process."""

from __future__ import annotations

import threading
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Final

from cfspace.batch.attempt import attempt
from cfspace.batch.tasks import Outcome, Task

MOMENT_S: Final = 0.5


class LocalPool:
    """Up to `n_workers` studies at a time, each in a process of its own.

    Parameters
    ----------
    n_workers
        At least one.
    """

    def __init__(self, n_workers: int) -> None:
        self._n_workers = n_workers
        self._stop = threading.Event()
        self._threads = ThreadPoolExecutor(n_workers, thread_name_prefix="cfspace-batch")
        self._running: dict[Future[Outcome], Task] = {}

    def n_free(self) -> int:
        """Return how many more tasks can be begun now."""
        return self._n_workers - len(self._running)

    def submit(self, task: Task) -> None:
        """Begin a task."""
        self._running[self._threads.submit(attempt, task, stop=self._stop)] = task

    def finished(self) -> list[tuple[Task, Outcome]]:
        """Wait until something has ended, or for a moment; return what has."""
        done, _ = wait(self._running, timeout=MOMENT_S, return_when=FIRST_COMPLETED)
        return [(self._running.pop(future), future.result()) for future in done]

    def close(self) -> None:
        """Kill what is still running."""
        self._stop.set()
        self._threads.shutdown(wait=True, cancel_futures=True)
