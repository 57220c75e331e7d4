"""Search a generated network of a given size, and tell seconds a node and memory: a process for each size."""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.networks import at_nodes, facility_nodes, generated
from benchmarks.settings import LIMIT_M
from cfspace.access.nearest import Nearest, nearest, nearest_many
from cfspace.runs.writing import peak_memory_mb

ROUNDS = 5


def searching(n_nodes: int, n_kinds: int, per_kind: int, jobs: int) -> Callable[[], dict[str, Nearest]]:
    """Return a search for all kinds on a generated network."""
    network = generated(n_nodes)
    homes = at_nodes(network, np.arange(network.n_nodes))
    places = facility_nodes(network, n_kinds=n_kinds, per_kind=per_kind)
    targets = {kind: at_nodes(network, nodes) for kind, nodes in places.items()}
    limits = dict.fromkeys(targets, LIMIT_M)
    return lambda: nearest_many(network, homes, targets, max_walk_m=limits, jobs=jobs)


def main() -> None:
    """Build, search, and tell: seconds of a search by kind, nodes reached, memory at the end."""
    parser = argparse.ArgumentParser()
    parser.add_argument("nodes", type=int)
    parser.add_argument("kinds", type=int)
    parser.add_argument("per_kind", type=int)
    parser.add_argument("jobs", type=int)
    chosen = parser.parse_args()
    network = generated(chosen.nodes)
    homes = at_nodes(network, np.arange(network.n_nodes))
    places = facility_nodes(network, n_kinds=chosen.kinds, per_kind=chosen.per_kind)
    targets = {kind: at_nodes(network, nodes) for kind, nodes in places.items()}
    limits = dict.fromkeys(targets, LIMIT_M)
    first = next(iter(targets))
    searches: dict[str, Callable[[], dict[str, Nearest]]] = {
        "one": lambda: {first: nearest(network, homes, targets[first], max_walk_m=LIMIT_M)},
        "all": lambda: nearest_many(network, homes, targets, max_walk_m=limits, jobs=chosen.jobs),
    }
    seconds: dict[str, list[tuple[float, float, float]]] = {which: [] for which in searches}
    reached = {}
    for _ in range(ROUNDS + 1):
        for which, search in searches.items():
            begun = time.perf_counter(), *os.times()[:2]
            found = search()
            ended = time.perf_counter(), *os.times()[:2]
            wall_s, user_s, system_s = (late - early for late, early in zip(ended, begun, strict=True))
            seconds[which].append((wall_s, user_s, system_s))
            reached[which] = int(sum(np.isfinite(one.metres).sum() for one in found.values()))
            del found
    told: dict[str, Any] = {"n_nodes": network.n_nodes, "peak_mb": peak_memory_mb()}
    for which, rounds in seconds.items():
        # The round that was disturbed least, by the clock; what of it the processor and the system took.
        wall_s, user_s, system_s = min(rounds[1:])
        told |= {f"{which}_s": wall_s, f"{which}_user_s": user_s, f"{which}_system_s": system_s}
        told[f"reached_{which}"] = reached[which]
    print(json.dumps(told))


if __name__ == "__main__":
    main()
