"""What cities of a generated province say: by size, by workers, and reckoned for all counties of China."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.results import Check, JobResult, Table

N_COUNTIES = 2_800
COUNTIES = (20_000, 40_000, 100_000)
"""Junctions of a county as it is reckoned with; assumptions, not counts."""

WORKERS = (1, 2, 16, 64, 256)
N_GROUPS = 10

Rows = Mapping[str, Mapping[str, Any]]


def tell(result: JobResult, parts: Mapping[str, Rows], summaries: Rows, *, n_cities: int) -> None:
    """Write the figures of a province into a result.

    Parameters
    ----------
    result
        To write into.
    parts
        Rows of the cities by part (``one``, ``two``, ``drawn``) and name: ``size``, ``clock_s`` from the
        start of its process to the end, ``span_s`` since the city before it was finished, ``cpu_s`` of
        processor in that span, ``peak_mb``, ``numbers`` (a digest of ``coverage.csv``).
    summaries
        By part, the ``seconds`` that the summary over its ``n`` studies took.
    n_cities
        How many were to be measured.
    """
    one, two = parts["one"], parts["two"]
    _tell_checks(result, one, two, n_cities)
    if one:
        result.tables.append(_by_size(one, two))
    result.tables.append(_all(parts, summaries))
    if parts["drawn"]:
        result.tables.append(_drawn(parts["drawn"]))
    if min(len(one), len(two)) > 1:
        _tell_growth(result, one)
        _reckon(result, one, two)


def _tell_checks(result: JobResult, one: Rows, two: Rows, n_cities: int) -> None:
    both = sorted(set(one) & set(two))
    n_same = sum(one[name]["numbers"] == two[name]["numbers"] for name in both)
    for what, n in (
        ("cities measured with 1 and with 2 workers", len(both)),
        ("coverage.csv with 1 and 2 workers has the same bytes", n_same),
    ):
        value, is_met = f"{n} of {n_cities} cities", n == n_cities
        result.checks.append(Check(what=what, value=value, goal="all", is_met=is_met))


def _by_size(one: Rows, two: Rows) -> Table:
    """Return means of cities of about the same size."""
    names = sorted(one, key=lambda name: one[name]["size"])
    rows = []
    for group in np.array_split(np.array(names), min(N_GROUPS, len(names))):
        own = [one[str(name)] for name in group]
        other = [two[str(name)]["clock_s"] for name in group if str(name) in two]
        per_junction = 1e6 * sum(row["cpu_s"] for row in own) / sum(row["size"] for row in own)
        rows.append(
            (
                f"{own[0]['size']:,} to {own[-1]['size']:,}",
                str(len(own)),
                f"{_mean(own, 'clock_s'):.1f}",
                f"{np.mean(other):.1f}" if other else "",
                f"{_mean(own, 'cpu_s'):.1f}",
                f"{per_junction:,.0f}",
                f"{max(row['peak_mb'] for row in own):,.0f}",
            )
        )
    columns = (
        "junctions",
        "cities",
        "seconds a city, 1 worker",
        "with 2 workers",
        "seconds of processor",
        "processor, µs a junction",
        "peak MB of a city, most",
    )
    return Table(title="By size of city, all tables, no pictures", columns=columns, rows=tuple(rows))


def _mean(rows: list[Mapping[str, Any]], key: str) -> float:
    return float(np.mean([row[key] for row in rows]))


def _all(parts: Mapping[str, Rows], summaries: Rows) -> Table:
    rows = []
    for part, workers in (("one", "1"), ("two", "2")):
        known = parts[part].values()
        clock_s, cpu_s = (sum(row[key] for row in known) for key in ("span_s", "cpu_s"))
        summary = f"{summaries[part]['seconds']:.1f}" if part in summaries else ""
        per_hour = f"{3600 * len(known) / clock_s:,.0f}" if clock_s else ""
        rows.append((workers, str(len(known)), f"{clock_s:,.0f}", f"{cpu_s:,.0f}", per_hour, summary))
    columns = (
        "workers",
        "cities",
        "seconds, clock",
        "seconds, processor",
        "cities an hour",
        "summary over all, s",
    )
    return Table(title="All cities", columns=columns, rows=tuple(rows))


def _drawn(drawn: Rows) -> Table:
    rows = [
        (
            f"{row['size']:,}",
            f"{row['clock_s']:.1f}",
            f"{row['cpu_s']:.1f}",
            f"{1e6 * row['cpu_s'] / row['size']:,.0f}",
            f"{row['peak_mb']:,.0f}",
        )
        for row in sorted(drawn.values(), key=lambda row: int(row["size"]))
    ]
    columns = (
        "junctions",
        "seconds, clock",
        "seconds, processor",
        "processor, µs a junction",
        "peak MB",
    )
    return Table(
        title="With map, report, spreadsheet and service areas, one worker", columns=columns, rows=tuple(rows)
    )


def _column(rows: Rows, key: str) -> NDArray[np.float64]:
    return np.array([row[key] for row in rows.values()], dtype=np.float64)


def _line(rows: Rows, key: str) -> tuple[float, float, float]:
    """Return the straight line through figures by size that is least off in proportion to them.

    Its value at size 0, what every junction adds, and by which share the worst figure is off.
    """
    size, value = _column(rows, "size"), _column(rows, key)
    each, base = np.polyfit(size, value, 1, w=1.0 / value)
    return float(base), float(each), float(np.abs((base + each * size) / value - 1.0).max())


def _tell_growth(result: JobResult, one: Rows) -> None:
    seconds, megabytes = _line(one, "cpu_s"), _line(one, "peak_mb")
    result.notes.append(
        f"A study takes {seconds[0]:.1f} s of processor and {1000 * seconds[1]:.3f} s more for every 1,000 "
        f"junctions, {megabytes[0]:,.0f} MB of memory and {1000 * megabytes[1]:.1f} MB more for every 1,000: "
        "straight lines through all cities with 1 worker, of which none is off by more than "
        f"{seconds[2]:.0%} and {megabytes[2]:.0%}."
    )


def _reckon(result: JobResult, one: Rows, two: Rows) -> None:
    """Tell what the measured growth means for the counties of China on a cluster of N workers."""
    seconds, megabytes = _line(two, "clock_s"), _line(one, "peak_mb")
    rows = [
        (
            str(n),
            *(f"{N_COUNTIES * (seconds[0] + seconds[1] * size) / n / 3600:,.2f} h" for size in COUNTIES),
        )
        for n in WORKERS
    ]
    needs = [f"{(megabytes[0] + megabytes[1] * size) / 1024:.1f} GB" for size in COUNTIES]
    result.tables.append(
        Table(
            title=f"Reckoned, not measured: {N_COUNTIES:,} counties of China, all tables, no pictures",
            columns=("workers, a core each", *(f"counties of {size:,} junctions" for size in COUNTIES)),
            rows=(*rows, ("memory a worker", *needs)),
        )
    )
    result.notes.append(
        f"How that is reckoned: {N_COUNTIES:,} times the seconds by the clock that a city of that size takes "
        "while both cores are busy (a straight line through all cities with 2 workers), over the number "
        "of workers. It assumes a core as fast as these for each worker and its memory beside it; that 256 "
        "workers hinder each other no more than 2 do, hence no waiting for disks or the scheduler, which "
        "hands out paths only; and that all counties are of one size, which the sizes named here are "
        "guesses for. With pictures, take the larger seconds of their table. The summary over all is made by "
        "one process and grows with the number of units."
    )
