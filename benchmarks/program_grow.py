"""Search a generated network of a given size, and tell seconds a node and memory: a process for each size."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable

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
    """Build, search, and tell: `seconds` of a search by kind, nodes `reached`, `peak_mb` at the end."""
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
    by_kind: dict[str, list[float]] = {"one": [], "all": []}
    for _ in range(ROUNDS + 1):
        start = time.perf_counter()
        alone = nearest(network, homes, targets[first], max_walk_m=LIMIT_M)
        by_kind["one"].append(time.perf_counter() - start)
        start = time.perf_counter()
        found = nearest_many(network, homes, targets, max_walk_m=limits, jobs=chosen.jobs)
        by_kind["all"].append(time.perf_counter() - start)
    told = {
        "one_s": float(np.median(by_kind["one"][1:])),
        "all_s": float(np.median(by_kind["all"][1:])),
        "reached_one": int(np.isfinite(alone.metres).sum()),
        "reached_all": int(sum(np.isfinite(one.metres).sum() for one in found.values())),
        "n_nodes": network.n_nodes,
        "peak_mb": peak_memory_mb(),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
