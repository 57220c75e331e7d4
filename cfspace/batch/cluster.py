"""Workers of a Dask cluster: each study is pinned to one of them, so that its death is told from others'."""

from __future__ import annotations

import contextlib
import threading
import time
import uuid
from collections import Counter
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from cfspace.batch.attempt import attempt
from cfspace.batch.memory import MB
from cfspace.batch.tasks import BUG, DIED, Outcome, Task
from cfspace.errors import InputError, MissingExtraError, ParameterError

MOMENT_S: Final = 0.5
CONNECT_S: Final = 15.0
PATIENCE_S: Final = 120.0
"""How long a cluster may be without any worker."""

WORKER_SHARE: Final = 0.9
"""Of the memory that a Dask worker is given, what the studies that it computes may hold together."""


class StrayError(Exception):
    """A task came to another worker process than the one it was meant for: that one is gone."""


def on_worker(task: dict[str, Any], worker_id: str) -> dict[str, Any]:
    """Compute a study on a Dask worker; what a cluster is sent are paths, and what comes back are words.

    Parameters
    ----------
    task
        As `Task` has it.
    worker_id
        The worker process that it is meant for, told by the folder that it works in: each process has its
        own, while one that replaces another may have the same address.

    Raises
    ------
    StrayError
        If another process carries it out: Dask begins a task again where a worker of the same address
        comes back, and then it would not be known that it had died.
    """
    from distributed import get_worker

    if get_worker().local_directory != worker_id:
        raise StrayError(worker_id)
    return attempt(Task(**task), stop=threading.Event()).as_dict()


@dataclass(frozen=True, slots=True)
class _Running:
    task: Task
    worker: str
    worker_id: str


class ClusterPool:
    """The workers of a Dask cluster, as many studies on each as it has threads.

    Studies are pinned to a worker, and counted by us: Dask itself would begin one again up to
    ``distributed.scheduler.allowed-failures`` times, whatever ``retries`` says, and blame whatever lay in
    the worker's queue. A study whose worker is gone is handed out anew here.

    Parameters
    ----------
    address
        Of the scheduler, such as ``tcp://127.0.0.1:8786``.

    Raises
    ------
    MissingExtraError
        If Dask is not installed.
    ParameterError
        If no scheduler answers there.
    """

    def __init__(self, address: str) -> None:
        try:
            from distributed import Client
        except ModuleNotFoundError as error:
            raise MissingExtraError("dask.distributed", "cluster") from error
        self.address = address
        try:
            self._client = Client(address, timeout=CONNECT_S, set_as_default=False)  # type: ignore[no-untyped-call]
        except (OSError, TimeoutError, ValueError) as error:
            raise ParameterError(
                f"--cluster: no Dask scheduler answers at {address} ({error}); start one with "
                "`dask scheduler` and workers with `dask worker ADDRESS`, and give the address that it prints"
            ) from error
        self._running: dict[Any, _Running] = {}
        self._known: dict[str, dict[str, Any]] = {}
        self._without_workers_since: float | None = None

    def _workers(self) -> dict[str, dict[str, Any]]:
        return dict(self._client.scheduler_info(n_workers=-1)["workers"])

    def n_free(self) -> int:
        """Return how many more studies can be begun now."""
        self._known = self._workers()
        return sum(self._free().values())

    def _free(self) -> dict[str, int]:
        busy = Counter(one.worker for one in self._running.values())
        return {there: max(int(told["nthreads"]) - busy[there], 0) for there, told in self._known.items()}

    def submit(self, task: Task) -> None:
        """Send a study to the worker that has most room."""
        free = self._free()
        address = max(sorted(free), key=lambda one: free[one])
        told = self._known[address]
        bounded = replace(task, memory_mb=_share_mb(told) if task.memory_mb is None else task.memory_mb)
        future = self._client.submit(
            on_worker,
            asdict(bounded),
            str(told["local_directory"]),
            key=f"cfspace-{task.name}-{uuid.uuid4().hex}",
            workers=[address],
            allow_other_workers=False,
            retries=0,
            pure=False,
        )
        self._running[future] = _Running(task, address, str(told["local_directory"]))

    def finished(self) -> list[tuple[Task, Outcome]]:
        """Wait until something has ended, or for a moment; return what has.

        Raises
        ------
        InputError
            If the cluster has had no worker for two minutes, or its scheduler is gone.
        """
        from distributed import wait

        if self._running:
            with self._client.as_current(), contextlib.suppress(TimeoutError):
                wait(list(self._running), timeout=MOMENT_S, return_when="FIRST_COMPLETED")  # type: ignore[no-untyped-call]
        else:
            time.sleep(MOMENT_S)
        workers = self._alive()
        ended = [(future, one, self._outcome(future, one, workers)) for future, one in self._running.items()]
        for future, _, outcome in ended:
            if outcome is not None:
                future.cancel()
                del self._running[future]
        return [(one.task, outcome) for _, one, outcome in ended if outcome is not None]

    def _alive(self) -> dict[str, dict[str, Any]]:
        if self._client.status != "running":
            raise InputError(f"--cluster: the scheduler at {self.address} is gone; go on with --resume")
        workers = self._workers()
        if workers:
            self._without_workers_since = None
            return workers
        since = self._without_workers_since or time.monotonic()
        self._without_workers_since = since
        if time.monotonic() - since > PATIENCE_S:
            raise InputError(
                f"--cluster: {self.address} has had no worker for {PATIENCE_S:.0f} s; start some with "
                f"`dask worker {self.address}`, and go on with --resume"
            )
        return workers

    def _outcome(self, future: Any, one: _Running, workers: dict[str, dict[str, Any]]) -> Outcome | None:
        if future.status == "finished":
            return Outcome(**future.result())
        if future.status in ("error", "lost", "cancelled"):
            return _failed(future, one)
        told = workers.get(one.worker)
        if told is None or str(told["local_directory"]) != one.worker_id:
            return Outcome(state=DIED, message=f"the worker at {one.worker} is gone", worker=one.worker)
        return None

    def close(self) -> None:
        """Give up what is still waiting, and leave the cluster as it is."""
        for future in self._running:
            future.cancel()
        self._client.close()  # type: ignore[no-untyped-call]


def _failed(future: Any, one: _Running) -> Outcome:
    from distributed import KilledWorker

    error = future.exception() if future.status == "error" else None
    if error is None or isinstance(error, KilledWorker | StrayError):
        return Outcome(state=DIED, message=f"the worker at {one.worker} is gone", worker=one.worker)
    message = f"{one.task.study}: the worker at {one.worker} could not begin it ({error!r}); "
    return Outcome(state=BUG, message=message + "install the same cfspace on every worker", worker=one.worker)


def _share_mb(told: dict[str, Any]) -> float | None:
    """Return the memory that one study may hold on a worker: its limit over its threads."""
    limit = int(told.get("memory_limit") or 0)
    return WORKER_SHARE * limit / MB / max(int(told["nthreads"]), 1) if limit else None
