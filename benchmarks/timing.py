"""Timing in turns: every round runs every case once, so that what slows the machine slows them all."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

from benchmarks.errors import AnswersDifferError

Case = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of one case, round by round: by the clock, and by the processor in all threads."""

    wall_s: tuple[float, ...]
    cpu_s: tuple[float, ...]

    @property
    def median_s(self) -> float:
        """Median by the clock."""
        return median(self.wall_s)


@dataclass(frozen=True, slots=True)
class Ratio:
    """Seconds of one case over seconds of another, paired by round."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, ours: tuple[float, ...], theirs: tuple[float, ...]) -> Ratio:
        """Return median and spread of the ratios of all rounds."""
        ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
        return cls(median(ratios), min(ratios), max(ratios))


def in_turns(cases: Mapping[str, Case], *, rounds: int) -> dict[str, Timing]:
    """Run every case once to warm up, then all of them in turn, `rounds` times."""
    for case in cases.values():
        case()
    wall: dict[str, list[float]] = {name: [] for name in cases}
    cpu: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, case in cases.items():
            seconds = once(case)
            wall[name].append(seconds[0])
            cpu[name].append(seconds[1])
    return {name: Timing(tuple(wall[name]), tuple(cpu[name])) for name in cases}


def once(case: Case) -> tuple[float, float]:
    """Return the seconds of one call, by the clock and by the processor."""
    gc.collect()
    gc.disable()
    try:
        wall_s, cpu_s = time.perf_counter(), time.process_time()
        answer = case()
        seconds = time.perf_counter() - wall_s, time.process_time() - cpu_s
    finally:
        gc.enable()
    del answer
    return seconds


def check(same: bool, what: str) -> None:
    """Raise `AnswersDifferError` unless two answers agree: what differs is not worth timing."""
    if not same:
        raise AnswersDifferError(f"{what}: the answers differ; a comparison of times would say nothing")
