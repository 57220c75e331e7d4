from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import psutil
import pytest

import cfspace
from cfspace.batch.tasks import AT_FAULT, DIED, DONE, SET_ASIDE, TOO_LARGE, UNCHANGED, Outcome, Task
from cfspace.errors import OutputError, ParameterError
from tests.batch.processes import children_of, wait_for
from tests.batch.towns import contents


@contextmanager
def killing(which: Callable[[], psutil.Process | None], *, n_times: int) -> Iterator[list[int]]:
    """Kill `n_times` processes that `which` gives, beside what the block does; give their ids."""
    killed: list[int] = []
    is_over = threading.Event()

    def kill() -> None:
        while len(killed) < n_times and not is_over.is_set():
            process = which()
            if process is not None and process.pid not in killed:
                process.kill()
                killed.append(process.pid)
            time.sleep(0.02)

    thread = threading.Thread(target=kill, daemon=True)
    thread.start()
    yield killed
    is_over.set()
    thread.join()


def in_mid_run(out: Path) -> Callable[[], psutil.Process | None]:
    """Return a function that gives a child of ours once a study is half-written."""

    def find() -> psutil.Process | None:
        children = children_of(psutil.Process().pid)
        return children[0] if children and any(out.glob(".t*.part/*.parquet")) else None

    return find


def test_two_workers_one_of_them_killed_in_mid_run_give_the_same_bytes_as_one(
    towns: Path, serial: cfspace.Batch, tmp_path: Path
) -> None:
    faulty = tmp_path / "a-faulty.toml"
    faulty.write_text("[study]\nname = 'no city'\n", encoding="utf-8")
    out = tmp_path / "out"
    with killing(in_mid_run(out), n_times=1) as killed:
        made = cfspace.run_batch([f"{towns}/*/*.toml", faulty], out, jobs=2, draw=False)
    assert len(killed) == 1
    assert sum(outcome.deaths for outcome in made.outcomes.values()) == 1
    assert contents(out) == contents(Path(serial.out))
    assert list(made.failed) == ["a-faulty"]
    assert made.failed["a-faulty"].state == AT_FAULT
    assert "[homes]: is missing" in made.failed["a-faulty"].message
    pd.testing.assert_frame_equal(made.summary, serial.summary)


def test_a_batch_killed_as_a_whole_is_gone_on_with(
    towns: Path, serial: cfspace.Batch, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    words = ["batch", f"{towns}/*/*.toml", "--out", str(out), "--jobs", "2", "--no-draw"]
    command = subprocess.Popen([sys.executable, "-m", "cfspace", *words])
    wait_for(lambda: any(out.glob("t*/run.json")) and any(out.glob(".t*.part")))
    children = children_of(command.pid)
    command.send_signal(signal.SIGKILL)
    command.wait()
    _, alive = psutil.wait_procs(children, timeout=10)
    assert alive == []
    complete = {path.parent.name for path in out.glob("t*/run.json")}
    assert 1 <= len(complete) < 3
    made = cfspace.run_batch(f"{towns}/*/*.toml", out, resume=True, draw=False)
    states = {name: outcome.state for name, outcome in made.outcomes.items()}
    assert states == {name: UNCHANGED if name in complete else DONE for name in states}
    assert contents(out) == contents(Path(serial.out))


@pytest.fixture
def moved(towns: Path, serial: cfspace.Batch, tmp_path: Path) -> tuple[Path, Path]:
    """Return copies of the towns and of the finished batch, to be changed."""
    shutil.copytree(towns, tmp_path / "towns")
    shutil.copytree(serial.out, tmp_path / "out")
    return tmp_path / "towns", tmp_path / "out"


def test_resuming_computes_what_has_changed_in_content_and_nothing_else(moved: tuple[Path, Path]) -> None:
    studies, out = moved
    (studies / "t1" / "homes.csv").touch()
    homes = studies / "t2" / "homes.csv"
    homes.write_text(homes.read_text("utf-8").replace("h0-0,", "new,"), "utf-8")
    before = (out / "t1" / "run.json").stat().st_mtime_ns
    (out / "t3" / "trips.parquet").unlink()
    told: list[tuple[str, str]] = []

    def listen(task: Task, outcome: Outcome) -> None:
        told.append((task.name, outcome.state))

    made = cfspace.run_batch(f"{studies}/*/*.toml", out, resume=True, draw=False, tell=listen)
    assert told == [("t1", UNCHANGED), ("t2", DONE), ("t3", DONE)]
    assert (out / "t1" / "run.json").stat().st_mtime_ns == before
    assert "new" in set(cfspace.open_run(out / "t2").homes["home_id"])
    assert made.failed == {}


def test_a_study_that_kills_its_worker_three_times_is_set_aside(moved: tuple[Path, Path]) -> None:
    studies, out = moved
    shutil.rmtree(out / "t1")

    def any_child() -> psutil.Process | None:
        return next(iter(children_of(psutil.Process().pid)), None)

    with killing(any_child, n_times=3) as killed:
        made = cfspace.run_batch(f"{studies}/*/*.toml", out, resume=True, draw=False)
    assert len(killed) == 3
    assert list(made.failed) == ["t1"]
    assert made.failed["t1"].state == SET_ASIDE
    assert "t1.toml: its worker died 3 times, the last time because its process was killed by SIGKILL" in (
        made.failed["t1"].message
    )
    assert not (out / "t1").exists()
    assert set(made.summary["study"]) == {"t2", "t3"}
    record = json.loads((out / "batch.json").read_text("utf-8"))
    assert [row["state"] for row in record["studies"]] == [SET_ASIDE, UNCHANGED, UNCHANGED]


def test_a_study_that_takes_too_much_memory_is_stopped_and_told(moved: tuple[Path, Path]) -> None:
    studies, out = moved
    shutil.rmtree(out / "t1")
    made = cfspace.run_batch(f"{studies}/*/*.toml", out, resume=True, draw=False, memory_mb=60)
    assert made.failed["t1"].state == TOO_LARGE
    assert "each worker may hold 60 MB; give more with --memory" in made.failed["t1"].message
    assert (made.failed["t1"].peak_mb or 0) > 60
    assert made.failed["t1"].deaths == 0


def test_a_batch_is_not_written_over_unless_told_to(moved: tuple[Path, Path], tmp_path: Path) -> None:
    studies, out = moved
    with pytest.raises(OutputError, match="a batch is there already; go on with it by --resume"):
        cfspace.run_batch(f"{studies}/*/*.toml", out)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").touch()
    for options in ({}, {"resume": True}, {"force": True}):
        with pytest.raises(OutputError, match="it is not empty and holds no batch"):
            cfspace.run_batch(f"{studies}/*/*.toml", tmp_path / "mine", **options)
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["letter.txt"]


def test_studies_that_are_not_there_or_share_a_name_are_refused(towns: Path, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"'nowhere/\*.toml' finds no file"):
        cfspace.run_batch("nowhere/*.toml", tmp_path / "out")
    (tmp_path / "t1.toml").touch()
    with pytest.raises(ParameterError, match="would both go to the folder t1; rename one"):
        cfspace.run_batch([f"{towns}/t1/t1.toml", tmp_path / "t1.toml"], tmp_path / "out")
    with pytest.raises(ParameterError, match="none is given"):
        cfspace.run_batch([], tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"jobs": 0}, "--jobs 0"),
        ({"jobs": 2, "cluster": "tcp://127.0.0.1:1"}, "give one of the two"),
        ({"resume": True, "force": True}, "give one"),
        ({"memory_mb": -1.0}, "give more than 0"),
        ({"jobs": 1000, "memory_mb": 1e5}, "is more than the"),
        ({"out": "memory://x", "cluster": "tcp://127.0.0.1:1"}, "seen by one process only"),
        ({"out": "nostore://x"}, "nostore"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    towns: Path, tmp_path: Path, options: dict[str, object], message: str
) -> None:
    with pytest.raises(cfspace.InputError, match=message):
        cfspace.run_batch(f"{towns}/*/*.toml", **({"out": tmp_path / "out"} | options))


def test_another_cfspace_on_a_worker_is_refused(towns: Path, tmp_path: Path) -> None:
    from cfspace.batch.attempt import attempt

    task = Task(name="t1", study=str(towns / "t1" / "t1.toml"), out=str(tmp_path), version="0.0.1")
    outcome = attempt(task)
    assert outcome.state == AT_FAULT
    assert "0.0.1 where the batch was begun; install the same everywhere" in outcome.message


def test_a_process_that_dies_says_how(tmp_path: Path) -> None:
    from cfspace.batch.attempt import _outcome

    assert _outcome(-9, "", "").message == "its process was killed by SIGKILL"
    assert _outcome(3, "", "no room\n").message == "its process ended with status 3: no room"
    assert _outcome(-9, "", "").state == DIED
