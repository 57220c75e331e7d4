"""A province of generated cities by `cfspace batch`: time and memory by size, with 1 and 2 workers."""

from __future__ import annotations

import hashlib
import json
import resource
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.cities import write_city
from benchmarks.ledger import Ledger, code_digest
from benchmarks.province_report import tell
from benchmarks.results import JobResult
from benchmarks.settings import Settings
from benchmarks.timing import check
from cfspace.batch.batch import run_batch
from cfspace.batch.tasks import DIED, Outcome, Task

SEED = 59
UNTIMED = 5_000
"""Where no city is larger, seconds mean nothing, and nothing is warmed up: tests see that all of it works."""

PARTS = {"one": (1, False), "two": (2, False), "drawn": (1, True)}
"""What is measured: by name, workers, and whether map, report and spreadsheet are drawn."""


class _TimeIsUp(Exception):  # noqa: N818 - no error: the job goes on another time
    """The minutes that the job was given are over."""


def run(settings: Settings) -> JobResult:
    """Compute all cities with one worker, again with two, and a few of them with pictures.

    Every city is kept in a file as soon as it is measured. A job that is stopped, or whose minutes are over,
    goes on with the cities that are missing when it is started again.
    """
    ledger = Ledger(
        None if settings.kept is None else settings.kept / "province.partial.jsonl",
        f"{code_digest()} {settings.province} {settings.drawn}",
    )
    ends = None if settings.minutes is None else time.perf_counter() + 60.0 * settings.minutes
    names = _names(settings.province)
    wanted = {"one": names, "two": names, "drawn": {f"d{size}": size for size in settings.drawn}}
    with tempfile.TemporaryDirectory() as scratch:
        try:
            if max(settings.province) > UNTIMED and _is_open(ledger, wanted):
                # Kernels are compiled once for all that follows, as on a machine that has run before.
                first = write_city(Path(scratch) / "first", 400, seed=SEED)
                run_batch(first, Path(scratch) / "warm", cache=False, draw=False)
            for part, cities in wanted.items():
                _measure(ledger, part, cities, Path(scratch), ends=ends)
        except _TimeIsUp:
            pass
    result = JobResult(job="province", title="A province of generated cities by `cfspace batch`")
    tell(result, {part: ledger.rows(part) for part in PARTS}, ledger.rows("summary"), n_cities=len(names))
    if not _is_open(ledger, wanted):
        ledger.close()
    return result


def _is_open(ledger: Ledger, wanted: Mapping[str, Mapping[str, int]]) -> bool:
    return any(_missing(ledger, part, cities) for part, cities in wanted.items())


def _names(sizes: Sequence[int]) -> dict[str, int]:
    """Return cities by name, in the order in which they are computed: small and large ones mixed."""
    order = np.random.default_rng(SEED).permutation(len(sizes)).tolist()
    return {f"c{place:02}-{sizes[k]}": sizes[k] for place, k in enumerate(order)}


def _missing(ledger: Ledger, part: str, cities: Mapping[str, int]) -> dict[str, int]:
    known = ledger.rows(part)
    return {name: size for name, size in cities.items() if name not in known}


def _measure(
    ledger: Ledger, part: str, cities: Mapping[str, int], scratch: Path, *, ends: float | None
) -> None:
    """Compute the cities of a part that are not measured yet; making them is not counted.

    Raises
    ------
    _TimeIsUp
        After the city with which the time ended.
    """
    missing = _missing(ledger, part, cities)
    if not missing:
        return
    if ends is not None and time.perf_counter() > ends:
        raise _TimeIsUp
    studies = [_city(scratch / "cities" / name, size) for name, size in missing.items()]
    out, (workers, draw) = scratch / part, PARTS[part]
    last = [time.perf_counter(), _cpu_s()]

    def note(task: Task, outcome: Outcome) -> None:
        check(outcome.is_good and outcome.state != DIED, f"province: {task.name}: {outcome.message}")
        now = [time.perf_counter(), _cpu_s()]
        seconds = {"clock_s": outcome.seconds, "span_s": now[0] - last[0], "cpu_s": now[1] - last[1]}
        ledger.add(part, task.name, size=missing[task.name], **seconds, **_made(out / task.name))
        last[:] = now
        if ends is not None and now[0] > ends:
            raise _TimeIsUp

    run_batch(studies, out, jobs=workers, cache=False, draw=draw, tell=note)
    ledger.add("summary", part, n=len(studies), seconds=time.perf_counter() - last[0])
    shutil.rmtree(out)


def _city(folder: Path, size: int) -> Path:
    study = folder / f"{folder.name}.toml"
    return study if study.is_file() else write_city(folder, size, seed=size)


def _made(folder: Path) -> dict[str, Any]:
    """Return the most memory that a run held, and what its numbers are."""
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    numbers = hashlib.sha256((folder / "coverage.csv").read_bytes()).hexdigest()
    return {"peak_mb": record["peak_memory_mb"], "numbers": numbers}


def _cpu_s() -> float:
    """Return the processor seconds of all processes that we started and that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
