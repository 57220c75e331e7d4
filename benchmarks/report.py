"""The report: every figure of every job as one page of Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchmarks.results import Comparison, JobResult
from benchmarks.timing import Ratio

INTRODUCTION = """\
# Benchmarks

Written by `make bench`, which measures cfspace and its peers side by side: in one process, in turns, on the
same data, after both have given the same answer. Seconds are medians and depend on the machine; a ratio is
the time of cfspace over that of the peer (below 1: cfspace is faster), paired by round, with its median,
least and most. `clock` is what one waits for; `processor` adds up the seconds of all threads.
`make bench JOBS="nearest counts"` measures some jobs and keeps what was measured of the others.
"""


def report(results: Sequence[JobResult]) -> str:
    """Return the page."""
    parts = [INTRODUCTION, _goals(results), *(_job(result) for result in results), _environments(results)]
    return "\n".join(part for part in parts if part)


def _goals(results: Sequence[JobResult]) -> str:
    rows: list[tuple[str, ...]] = []
    for result in results:
        for one in result.comparisons:
            if one.goal is not None:
                what, measured = f"{one.what}: {one.ours} / {one.peer}", _ratio(one.ratio)
                rows.append((result.job, what, measured, f"<= {one.goal:g}", _met(not one.is_missed)))
        rows += [(result.job, one.what, one.value, one.goal, _met(one.is_met)) for one in result.checks]
    if not rows:
        return ""
    return "## Goals\n\n" + _table(("job", "what", "measured", "goal", "met"), rows)


def _job(result: JobResult) -> str:
    parts = [f"## {result.job}: {result.title}\n"]
    if result.comparisons:
        columns = ("what", "cfspace as", "s", "peer", "s", "ratio, clock", "ratio, processor", "goal")
        parts.append(_table(columns, [_compared(one) for one in result.comparisons]))
    if result.checks:
        checks = [(one.what, one.value, one.goal, _met(one.is_met)) for one in result.checks]
        parts.append(_table(("what", "measured", "goal", "met"), checks))
    parts += [f"### {one.title}\n\n" + _table(one.columns, one.rows) for one in result.tables]
    parts += [f"{note}\n" for note in result.notes]
    parts += [f"Not compared: {reason}\n" for reason in result.missing]
    for title, text in result.profiles:
        parts.append(f"### Where the time goes: {title}\n\n```text\n{text}\n```\n")
    return "\n".join(parts)


def _compared(one: Comparison) -> tuple[str, ...]:
    goal = "" if one.goal is None else f"<= {one.goal:g}{', missed' if one.is_missed else ''}"
    seconds = _seconds(one.ours_s), _seconds(one.peer_s)
    return (one.what, one.ours, seconds[0], one.peer, seconds[1], _ratio(one.ratio), _ratio(one.cpu), goal)


def _environments(results: Sequence[JobResult]) -> str:
    """Return machines and versions; jobs measured alike stand together."""
    alike: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for result in results:
        alike.setdefault(tuple(result.environment.items()), []).append(result.job)
    parts = ["## Measured with\n"]
    for facts, jobs in alike.items():
        if len(alike) > 1:
            parts.append(f"{', '.join(jobs)}:\n")
        parts.append(_table(("", ""), facts))
    return "\n".join(parts)


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return (
        "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
        + "\n"
    )


def _seconds(seconds: float) -> str:
    return f"{seconds:.4f}" if seconds < 1 else f"{seconds:.2f}"


def _ratio(ratio: Ratio) -> str:
    return f"{_short(ratio.median)} ({_short(ratio.low)} to {_short(ratio.high)})"


def _short(value: float) -> str:
    return f"{value:.2f}" if value >= 0.1 else f"{value:.4f}"


def _met(is_met: bool) -> str:
    return "yes" if is_met else "no"
