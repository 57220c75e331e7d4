"""A real Dask scheduler and two worker processes on the loopback address."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

import cfspace
from cfspace.batch.tasks import DONE, UNCHANGED
from cfspace.errors import ParameterError
from tests.batch.processes import children_of, wait_for
from tests.batch.test_batch import killing
from tests.batch.towns import contents


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, psutil.Process]]:
    """Return the address of a scheduler with two workers, and the process that keeps the workers."""
    folder = tmp_path_factory.mktemp("dask")
    told = folder / "scheduler.json"
    dask = [sys.executable, "-m", "dask"]
    quiet = {**os.environ, "DASK_LOGGING__DISTRIBUTED": "error"}
    begin = ["scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", told]
    log = (folder / "log").open("wb")
    scheduler = subprocess.Popen([*dask, *map(str, begin)], stdout=log, stderr=log, env=quiet)
    address = wait_for(lambda: told.is_file() and told.stat().st_size and _address(told))
    assert isinstance(address, str)
    work = ["worker", address, "--host", "127.0.0.1", "--nworkers", "2", "--nthreads", "1", "--no-dashboard"]
    work += ["--local-directory", str(folder)]
    workers = subprocess.Popen([*dask, *work], stdout=log, stderr=log, env=quiet)
    yield address, psutil.Process(workers.pid)
    for process in (workers, *psutil.Process(workers.pid).children(recursive=True), scheduler):
        process.kill()
    workers.wait(timeout=30)
    scheduler.wait(timeout=30)
    log.close()


def _address(told: Path) -> str | None:
    try:
        return str(json.loads(told.read_text("utf-8"))["address"])
    except ValueError:  # half-written
        return None


def busy_worker(keeper: psutil.Process, out: Path) -> psutil.Process | None:
    """Return a worker process that is in the middle of a study, one that it has begun to write."""
    if not any(out.glob(".t*.part/*.parquet")):
        return None
    child = next(iter(children_of(keeper.pid)), None)
    return None if child is None else child.parent()


def test_a_worker_killed_in_mid_run_is_replaced_and_the_bytes_are_those_of_a_serial_run(
    towns: Path, serial: cfspace.Batch, cluster: tuple[str, psutil.Process], tmp_path: Path
) -> None:
    address, keeper = cluster
    out = tmp_path / "out"
    with killing(lambda: busy_worker(keeper, out), n_times=1) as killed:
        made = cfspace.run_batch(f"{towns}/*/*.toml", out, cluster=address, draw=False)
    assert len(killed) == 1
    assert made.failed == {}
    assert sum(outcome.deaths for outcome in made.outcomes.values()) == 1
    assert contents(out) == contents(Path(serial.out))
    assert not psutil.pid_exists(killed[0])


def test_a_batch_killed_as_a_whole_is_gone_on_with(
    towns: Path, serial: cfspace.Batch, cluster: tuple[str, psutil.Process], tmp_path: Path
) -> None:
    address, _ = cluster
    out = tmp_path / "out"
    words = ["batch", f"{towns}/*/*.toml", "--out", str(out), "--cluster", address, "--no-draw"]
    command = subprocess.Popen([sys.executable, "-m", "cfspace", *words])
    wait_for(lambda: any(out.glob("t*/run.json")))
    command.send_signal(signal.SIGKILL)
    command.wait()
    assert not (out / "summary.csv").exists()
    made = cfspace.run_batch(f"{towns}/*/*.toml", out, cluster=address, resume=True, draw=False)
    states = [outcome.state for outcome in made.outcomes.values()]
    assert UNCHANGED in states
    assert set(states) <= {UNCHANGED, DONE}
    assert contents(out) == contents(Path(serial.out))


def test_where_no_scheduler_answers_it_is_said(
    towns: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cfspace.batch.cluster.CONNECT_S", 0.5)
    with pytest.raises(ParameterError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        cfspace.run_batch(f"{towns}/*/*.toml", tmp_path / "out", cluster="tcp://127.0.0.1:9")
