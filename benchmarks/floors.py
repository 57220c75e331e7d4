"""What a search costs at least: its parts by themselves, in nanoseconds a junction reached."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numba
import numpy as np

from benchmarks.results import Table
from benchmarks.timing import Case
from cfspace.access import kernels_balls, kernels_pairs
from cfspace.access.nearest import NEAREST_SHIFT, limit_ticks
from cfspace.access.pairs import kernel_inputs

if TYPE_CHECKING:
    from cfspace.network.model import WalkNetwork
    from cfspace.network.snap import SnappedPoints

ROUNDS = 9
KNOWN_NS = 25.0
"""What the best kernel known took for a junction reached, in cache, when the goals were set."""


@numba.njit(nogil=True)
def reached_by_all(graph: Any, groups: Any, n_groups: int, limit: int, shift: int) -> int:
    """Search from every group, write nothing, and return how many junctions are reached in all."""
    scratch = kernels_balls.new_scratch(graph, groups, limit, shift)
    queue = kernels_balls.new_queue(scratch)
    total = 0
    for g in range(n_groups):
        count, _, queue = kernels_balls.ball(graph, groups, g, scratch, queue, None)
        total += count
        kernels_balls.clean(scratch, count)
    return total


def search_floor(
    network: WalkNetwork, homes: SnappedPoints, targets: SnappedPoints, *, max_walk_m: float, whole: Case
) -> Table:
    """Return what the parts of pairing homes and targets take in one thread, `whole` the public function."""
    limit = limit_ticks(max_walk_m)
    inputs, n_groups = kernel_inputs(network, homes, targets, None, None)
    search = (*inputs[:2], n_groups, limit, NEAREST_SHIFT)
    n_reached = reached_by_all(*search)
    met, sizes = kernels_pairs.pairs(*inputs, 0, n_groups, limit, NEAREST_SHIFT)

    def write() -> object:
        origin, target, metres = (
            np.empty(len(met), np.int32),
            np.empty(len(met), np.int32),
            np.empty(len(met)),
        )
        kernels_pairs.told(met, sizes, 0, 1e4, origin, target, metres)
        return origin, target, metres

    parts: dict[str, Case] = {
        "legs, ways and seeds, as kernels take them": lambda: kernel_inputs(
            network, homes, targets, None, None
        ),
        "searches alone": lambda: reached_by_all(*search),
        "searches, and homes met": lambda: kernels_pairs.pairs(*inputs, 0, n_groups, limit, NEAREST_SHIFT),
        "columns of pairs": write,
        "public function": whole,
    }
    rows = []
    for name, part in parts.items():
        least_s = least(part)
        rows.append((name, f"{least_s * 1e3:.1f}", f"{least_s / n_reached * 1e9:.1f}"))
    known_s = n_reached * KNOWN_NS / 1e9
    rows.append(("known best kernel, reckoned", f"{known_s * 1e3:.1f}", f"{KNOWN_NS:.0f}"))
    title = f"{n_groups:,} searches that reach {n_reached:,} junctions, 1 thread, least of {ROUNDS}"
    return Table(title=title, columns=("part", "processor, ms", "ns a junction reached"), rows=tuple(rows))


def least(case: Case) -> float:
    """Return the least processor seconds of some calls: what a busy machine lengthens least."""
    case()
    seconds = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        answer = case()
        seconds.append(time.process_time() - begun)
        del answer
    return min(seconds)
