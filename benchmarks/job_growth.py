"""How time and memory grow with the network; each size in a process of its own."""

from __future__ import annotations

from typing import Any

from benchmarks.processes import finished
from benchmarks.profiles import profile
from benchmarks.program_grow import searching
from benchmarks.results import Check, JobResult, Table
from benchmarks.settings import Settings

TIME_GOAL = 1.4
MEMORY_GOAL_MB = 4 * 1024
LARGE = 1_000_000


def run(settings: Settings) -> JobResult:
    """Search networks of rising size: as dense as the smallest in facilities, and with as many in all."""
    result = JobResult(job="growth", title=f"nearest of {settings.n_kinds} kinds, by size of the network")
    smallest = settings.growth[0]
    if len(settings.growth) > 1:
        _size(settings, smallest, settings.per_kind)  # compiles the kernels
    few = [_size(settings, n, settings.per_kind) for n in settings.growth]
    rest = [_size(settings, n, settings.per_kind * n // smallest) for n in settings.growth[1:]]
    dense = [few[0], *rest]
    _tell_time(result, dense)
    _tell_memory(result, few)
    for title, told in (("as many facilities a node", dense), ("as many facilities in all", few)):
        result.tables.append(_table(f"{settings.n_kinds} kinds, {title}", told))
    result.notes.append(
        "The least disturbed of five rounds, and its user and system time in all threads. Answers are 12 "
        "bytes a node and kind, and keys 64 a node and thread: beyond 32 MB the memory of each call is new "
        "from the system, which clears it (the system's time); on small networks it is used again."
    )
    if result.misses_a_goal:
        for n_nodes in sorted({smallest, min(settings.growth[-1], LARGE)}):
            per_kind = settings.per_kind * n_nodes // smallest
            search = searching(n_nodes, settings.n_kinds, per_kind, 1)
            result.profiles.append((f"{n_nodes:,} nodes, all kinds, 1 thread", profile(search)))
    return result


def _size(settings: Settings, n_nodes: int, per_kind: int) -> dict[str, Any]:
    arguments = (n_nodes, settings.n_kinds, per_kind, settings.jobs)
    done = finished(["-m", "benchmarks.program_grow", *map(str, arguments)])
    return {**done.told, "per_kind": per_kind}


def _ns(told: dict[str, Any], which: str, seconds: str = "s") -> float:
    return float(told[f"{which}_{seconds}"] / max(told[f"reached_{which}"], 1) * 1e9)


def _tell_time(result: JobResult, dense: list[dict[str, Any]]) -> None:
    small, large = dense[0], dense[-1]
    for which, words in (("one", "one kind"), ("all", "all kinds together")):
        growth = _ns(large, which) / _ns(small, which)
        result.checks.append(
            Check(
                what=f"ns a reached node, {words}, {large['n_nodes']:,} nodes against {small['n_nodes']:,}",
                value=f"{growth:.2f} ({_ns(large, which):.0f} / {_ns(small, which):.0f} ns)",
                goal=f"<= {TIME_GOAL}",
                is_met=growth <= TIME_GOAL,
            )
        )


def _tell_memory(result: JobResult, few: list[dict[str, Any]]) -> None:
    """Peak memory, what Python and its libraries hold included, from the smallest to 1e6 nodes."""
    small, large = (
        few[0],
        max((one for one in few if one["n_nodes"] <= LARGE), key=lambda one: one["n_nodes"]),
    )
    per_node = [one["peak_mb"] * 2**20 / one["n_nodes"] for one in (small, large)]
    sizes = f"{small['n_nodes']:,} to {large['n_nodes']:,} nodes"
    result.checks.append(
        Check(
            what=f"peak memory a node, {sizes}",
            value=f"{per_node[0]:,.0f} to {per_node[1]:,.0f} bytes",
            goal="no faster than n",
            is_met=per_node[1] <= per_node[0],
        )
    )
    result.checks.append(
        Check(
            what=f"peak memory at {large['n_nodes']:,} nodes, {large['per_kind']} facilities of each kind",
            value=f"{large['peak_mb']:,.0f} MB",
            goal=f"<= {MEMORY_GOAL_MB:,} MB",
            is_met=large["peak_mb"] <= MEMORY_GOAL_MB,
        )
    )


def _table(title: str, told: list[dict[str, Any]]) -> Table:
    columns = (
        "nodes",
        "facilities a kind",
        "one kind, ns a node",
        "all kinds, ns a node and kind",
        "of it all threads, user",
        "all threads, system",
        "peak, MB",
    )
    rows = [
        (
            f"{one['n_nodes']:,}",
            f"{one['per_kind']:,}",
            f"{_ns(one, 'one'):.0f}",
            f"{_ns(one, 'all'):.0f}",
            f"{_ns(one, 'all', 'user_s'):.0f}",
            f"{_ns(one, 'all', 'system_s'):.0f}",
            f"{one['peak_mb']:,.0f}",
        )
        for one in told
    ]
    return Table(title=title, columns=columns, rows=tuple(rows))
