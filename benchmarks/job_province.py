"""A province of generated cities by `cfspace batch`: time and memory by size, with 1 and 2 workers."""

from __future__ import annotations

import resource
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.cities import write_city
from benchmarks.results import Check, JobResult, Table
from benchmarks.settings import Settings
from benchmarks.timing import check
from cfspace.batch.batch import run_batch

N_CITIES, SMALLEST, LARGEST = 60, 20_000, 200_000
N_COUNTIES = 2_800
COUNTY = 40_000
"""Junctions of a county as it is reckoned with; an assumption, not a count."""
UNDRAWN = 5_000
"""Cities up to this size are not drawn: tests need to see only that all of it works."""

WORKERS = (1, 2, 16, 64, 256)


@dataclass(frozen=True, slots=True)
class Measured:
    """One city: its junctions, seconds by the clock and of processor, and the most memory held."""

    n_junctions: int
    clock_s: float
    cpu_s: float
    peak_mb: float


def run(settings: Settings) -> JobResult:
    """Compute the cities one after the other, then all of them with two workers."""
    result = JobResult(
        job="province", title="A province of generated cities, whole studies with map and report"
    )
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        names = [f"c{k:02}-{size}" for k, size in enumerate(settings.province)]
        studies = {
            name: write_city(folder / "cities" / name, size, seed=k)
            for k, (name, size) in enumerate(zip(names, settings.province, strict=True))
        }
        draw = max(settings.province) > UNDRAWN
        # Kernels are compiled once for all that follows, as on a machine that has run before.
        run_batch(write_city(folder / "first", 400, seed=59), folder / "warm", cache=False, draw=False)
        one = [
            _alone(studies[name], size, folder / "one" / name, draw=draw)
            for name, size in zip(names, settings.province, strict=True)
        ]
        begun, before = time.perf_counter(), _cpu_s()
        made = run_batch(studies.values(), folder / "two", jobs=2, cache=False, draw=draw)
        two_s, two_cpu_s = time.perf_counter() - begun, _cpu_s() - before
        check(not made.failed, "province: two workers")
        same = all(
            (folder / "one" / name / name / "coverage.csv").read_bytes()
            == (folder / "two" / name / "coverage.csv").read_bytes()
            for name in names
        )
    result.checks.append(
        Check(
            what="coverage.csv with 1 and 2 workers",
            value="same bytes" if same else "differ",
            goal="same bytes",
            is_met=same,
        )
    )
    _tell(result, one, two_s, two_cpu_s)
    return result


def _alone(study: Path, size: int, out: Path, *, draw: bool) -> Measured:
    before = _cpu_s()
    made = run_batch(study, out, cache=False, draw=draw)
    check(not made.failed, f"province: {study.stem}")
    (outcome,) = made.outcomes.values()
    return Measured(size, outcome.seconds, _cpu_s() - before, outcome.peak_mb or float("nan"))


def _cpu_s() -> float:
    """Return the processor seconds of all processes that we started and that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _tell(result: JobResult, one: list[Measured], two_s: float, two_cpu_s: float) -> None:
    rows = [
        (
            f"{m.n_junctions:,}",
            f"{m.clock_s:.1f}",
            f"{m.cpu_s:.1f}",
            f"{1e6 * m.cpu_s / m.n_junctions:,.0f}",
            f"{m.peak_mb:,.0f}",
        )
        for m in one
    ]
    columns = (
        "junctions",
        "seconds, clock",
        "seconds, processor",
        "processor, µs a junction",
        "peak MB of the study's process",
    )
    result.tables.append(Table(title="By size of city, one worker", columns=columns, rows=tuple(rows)))
    clock = sum(m.clock_s for m in one)
    result.tables.append(
        Table(
            title="All of these cities",
            columns=("workers", "seconds, clock", "seconds, processor"),
            rows=(
                ("1", f"{clock:.0f}", f"{sum(m.cpu_s for m in one):.0f}"),
                ("2", f"{two_s:.0f}", f"{two_cpu_s:.0f}"),
            ),
        )
    )
    if len(one) > 1:
        _extrapolate(result, one)


def _extrapolate(result: JobResult, one: list[Measured]) -> None:
    """Tell what the measured growth means for a whole province and for the counties of China."""
    sizes, cpu_s = np.array([m.n_junctions for m in one]), np.array([m.cpu_s for m in one])
    grown = np.geomspace(SMALLEST, LARGEST, N_CITIES)
    province_s = float(np.interp(grown, sizes, cpu_s).sum())
    county_s = float(np.interp(COUNTY, sizes, cpu_s))
    rows = [
        (
            str(n),
            f"{province_s / n / 60:,.1f} min",
            f"{N_COUNTIES * county_s / n / 3600:,.1f} h",
        )
        for n in WORKERS
    ]
    result.tables.append(
        Table(
            title="Reckoned, not measured: straight lines between the processor seconds above",
            columns=(
                "workers, a core each",
                f"{N_CITIES} cities of {SMALLEST:,} to {LARGEST:,}",
                f"{N_COUNTIES:,} counties of {COUNTY:,}",
            ),
            rows=tuple(rows),
        )
    )
    result.notes.append(
        f"A county of {COUNTY:,} junctions is reckoned at {county_s:.0f} s of processor. That extrapolation "
        f"assumes a core of this machine for each worker, {COUNTY:,} junctions a county (a guess, not a "
        "count), and no waiting for shared disks. Memory wanted is workers times the peak above."
    )
