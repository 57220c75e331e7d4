"""Whole processes side by side: seconds by clock and processor, and the most memory they held."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from types import MappingProxyType
from typing import Any

from benchmarks.errors import BenchmarkError
from benchmarks.timing import Timing

PROJECT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Finished:
    """A process that has ended.

    Attributes
    ----------
    wall_s, cpu_s
        Its seconds, from start to end; by the processor in all threads.
    peak_mb
        The most memory it held.
    told
        What its last line on standard output says, as JSON; empty where it is none.
    """

    wall_s: float
    cpu_s: float
    peak_mb: float
    told: Mapping[str, Any]


def finished(arguments: Sequence[str], *, temporary: Path | None = None) -> Finished:
    """Run ``python ARGUMENTS`` to its end.

    Parameters
    ----------
    arguments
        Of the process.
    temporary
        Folder for its temporary files, in which some libraries keep results for the next process; None
        gives it an empty one of its own.

    Raises
    ------
    BenchmarkError
        If it fails; with its last words.
    """
    if temporary is None:
        with tempfile.TemporaryDirectory() as own:
            return finished(arguments, temporary=Path(own))
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "TMPDIR": str(temporary)}
    # As in any installation, modules are compiled once: where this is switched off, every process would
    # spend most of its start on it.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as complaints:
        start = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, *arguments], stdout=out, stderr=complaints, env=environment, cwd=PROJECT
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        words = [_text(file) for file in (out, complaints)]
    if process.returncode != 0:
        raise BenchmarkError(f"{arguments[1]}: {(words[1] or words[0]).strip()[-600:]}")
    scale = 2**20 if sys.platform == "darwin" else 2**10
    return Finished(wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / scale, _last_line(words[0]))


def _text(file: Any) -> str:
    file.seek(0)
    text: str = file.read().decode(errors="replace")
    return text


def _last_line(text: str) -> dict[str, Any]:
    lines = text.strip().splitlines()
    told = json.loads(lines[-1]) if lines and lines[-1].startswith("{") else {}
    return dict(told)


def processes_in_turns(
    commands: Mapping[str, Sequence[str]],
    *,
    rounds: int,
    temporary: Mapping[str, Path] = MappingProxyType({}),
) -> dict[str, list[Finished]]:
    """Run every command once to warm up (kernels are compiled, files are read), then all in turn.

    A single round, which measures nothing, is not warmed up. Commands that `temporary` names find there
    what they left in the round before; all others find an empty folder.
    """
    ended: dict[str, list[Finished]] = {name: [] for name in commands}
    if rounds > 1:
        for name, command in commands.items():
            finished(command, temporary=temporary.get(name))
    for _ in range(rounds):
        for name, command in commands.items():
            ended[name].append(finished(command, temporary=temporary.get(name)))
    return ended


def whole(ended: Sequence[Finished]) -> Timing:
    """Return the seconds of whole processes."""
    return Timing(tuple(one.wall_s for one in ended), tuple(one.cpu_s for one in ended))


def inner(ended: Sequence[Finished], key: str = "seconds") -> Timing:
    """Return the seconds that processes told of a part of their work: ``[clock, processor]``."""
    told = [one.told[key] for one in ended]
    return Timing(tuple(clock for clock, _ in told), tuple(processor for _, processor in told))


def peak_mb(ended: Sequence[Finished]) -> float:
    """Return the median of the most memory held."""
    return median(one.peak_mb for one in ended)
