"""Searches back from targets, singly or several at once, and what origins make of them."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from queue import SimpleQueue
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cfspace.access.seeds import seeds_of
from cfspace.network.costs import Costs
from cfspace.network.model import TICKS_PER_M
from cfspace.network.snap import SnappedPoints

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Width of a bucket, 2^NEAREST_SHIFT ticks: 26 m, and 512 seeds at a time. Wider or narrower, more or fewer
# were slower on generated and real networks (benchmarks/). Routes and areas keep to 2^SHIFT, 3.3 m: of ways
# equally long the width decides which is found first, and the search is not where their time goes.
SHIFT = 15
NEAREST_SHIFT = 18
SEEDS_AT_ONCE = 512
FEWEST_LANES = 3
"""How many targets are searched for together at the least, to gain by it; at the most it is `LANES`."""
CLOSED = np.uint64(2**31)
"""A cost beyond every limit. Ways that are closed cost -1, which unsigned is more than this."""


class Walkers(NamedTuple):
    """Origins as the kernel takes them: ends of their segment, and ticks to each."""

    end_node: NDArray[np.int32]
    end_ticks: NDArray[np.uint32]
    connector: NDArray[np.int64]
    along: NDArray[np.int64]
    segment: NDArray[np.int32]


def walkers_of(costs: Costs, origins: SnappedPoints) -> Walkers:
    """Return origins as the kernel takes them."""
    network, legs = costs.network, costs.legs(origins)
    ends = np.column_stack([legs.to_first, legs.to_last])
    return Walkers(
        np.column_stack([network.segment_from[origins.segment], network.segment_to[origins.segment]]),
        np.minimum(ends.view(np.uint64), CLOSED).astype(np.uint32),
        legs.connector,
        legs.along,
        origins.segment,
    )


@dataclass(frozen=True, slots=True)
class Batch:
    """Targets that are searched for together, and where their answers go; rows are targets."""

    targets: Sequence[SnappedPoints]
    limits: NDArray[np.int64]
    metres: NDArray[np.float64]
    owner: NDArray[np.int32]

    def single(self, row: int) -> Batch:
        """Return one of the targets as a batch of its own."""
        rows = slice(row, row + 1)
        return Batch(self.targets[rows], self.limits[rows], self.metres[rows], self.owner[rows])


def _search(costs: Costs, walkers: Walkers, batch: Batch, memory: NDArray[np.uint64]) -> None:
    """Write the answers of a batch; `memory` holds `LANES` numbers for each node."""
    n_nodes = costs.network.n_nodes
    if len(batch.targets) >= FEWEST_LANES:
        _search_wide(costs, batch, memory)
        finish(costs, walkers, batch, memory, len(memory) // max(n_nodes, 1))
        return
    best = memory[:n_nodes]
    for row, targets in enumerate(batch.targets):
        search_back(costs, targets, int(batch.limits[row]), best)
        finish(costs, walkers, batch.single(row), best, 1)


def finish(costs: Costs, walkers: Walkers, batch: Batch, best: NDArray[np.uint64], n_lanes: int) -> None:
    """Write the nearest to each origin: over the ends of its segment, or straight along it."""
    from cfspace.access import kernels

    feet = [np.flatnonzero(targets.has_foot) for targets in batch.targets]
    feet = [
        own[np.argsort(targets.segment[own], kind="stable")]
        for own, targets in zip(feet, batch.targets, strict=True)
    ]
    legs = [costs.legs(targets) for targets in batch.targets]
    ptr = np.zeros(len(feet) + 1, np.int64)
    np.cumsum([len(own) for own in feet], out=ptr[1:])
    kernels.finish(
        best,
        n_lanes,
        *walkers,
        ptr,
        np.concatenate([targets.segment[own] for own, targets in zip(feet, batch.targets, strict=True)]),
        np.concatenate([leg.along[own] for own, leg in zip(feet, legs, strict=True)]),
        np.concatenate([leg.connector[own] for own, leg in zip(feet, legs, strict=True)]),
        np.concatenate(feet).astype(np.int32),
        costs.network.length_ticks,
        costs.forward,
        costs.backward,
        batch.limits,
        float(TICKS_PER_M),
        batch.metres,
        batch.owner,
    )


def _search_wide(costs: Costs, batch: Batch, memory: NDArray[np.uint64]) -> None:
    """Set for every node and target ``ticks << 32 | index`` of the nearest, or more than the limit."""
    from cfspace.access import kernels_wide

    seeds = [seeds_of(costs, targets) for targets in batch.targets]
    lane = np.repeat(np.arange(len(seeds)), [len(own.node) for own in seeds])
    node, key = (np.concatenate(parts) for parts in zip(*((own.node, own.key) for own in seeds), strict=True))
    # Eight nodes are looked at together, so the last ones are filled up.
    pending = np.empty(-(-costs.network.n_nodes // 8) * 8, np.uint8)
    kernels_wide.start(node, key, lane, batch.limits, memory, pending)
    kernels_wide.spread(costs.csr.ptr, costs.steps, memory, pending)


def search_back(costs: Costs, targets: SnappedPoints, limit: int, best: NDArray[np.uint64]) -> None:
    """Set for every node ``ticks << 32 | index`` of its nearest target, or more than the limit."""
    from cfspace.access import kernels

    seeds = seeds_of(costs, targets)
    # Nodes are in Hilbert order, so seeds sorted by node lie near each other.
    order = np.argsort(seeds.node, kind="stable")
    longest = min(max(costs.longest_ticks, int(seeds.ticks.max(initial=0))), limit)
    kernels.nearest(
        costs.csr.ptr,
        costs.steps,
        seeds.node[order],
        seeds.key[order],
        kernels.bucket_count(longest, NEAREST_SHIFT),
        limit,
        NEAREST_SHIFT,
        SEEDS_AT_ONCE,
        best,
    )


def search_many(
    costs: Costs,
    origins: SnappedPoints,
    targets: Sequence[SnappedPoints],
    limits: NDArray[np.int64],
    *,
    jobs: int,
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Return the walk from each origin to the nearest of each target, and which one that is.

    Parameters
    ----------
    costs
        What segments cost.
    origins
        Snapped points, one foot each.
    targets
        Snapped points, one foot each, by target.
    limits
        Where the search of each stops, in ticks.
    jobs
        Searches at a time, at least 1.

    Returns
    -------
    Metres and indices, each of shape (n_targets, n_origins); see `cfspace.access.nearest.Nearest`.
    """
    from cfspace.access.kernels_wide import LANES

    # Made here, once, and in one piece: what a thread allocates by itself costs page faults.
    walkers, _ = walkers_of(costs, origins), costs.steps
    metres = np.empty((len(targets), len(origins)))
    owner = np.empty((len(targets), len(origins)), np.int32)
    batches = [
        Batch(targets[rows], limits[rows], metres[rows], owner[rows])
        for rows in _batches(len(targets), jobs, LANES)
    ]
    widest = LANES if any(len(batch.targets) >= FEWEST_LANES for batch in batches) else 1
    n_threads = min(jobs, len(batches))
    memory = [np.empty(costs.network.n_nodes * widest, np.uint64) for _ in range(n_threads)]
    _search_all(costs, walkers, batches, memory)
    return metres, owner


def _search_all(
    costs: Costs, walkers: Walkers, batches: Sequence[Batch], memory: Sequence[NDArray[np.uint64]]
) -> None:
    """Write the answers of all batches, a thread for each piece of memory."""
    free: SimpleQueue[NDArray[np.uint64]] = SimpleQueue()
    for own in memory:
        free.put(own)

    def one(batch: Batch) -> None:
        own = free.get()
        try:
            _search(costs, walkers, batch, own)
        finally:
            free.put(own)

    if len(memory) <= 1:
        for batch in batches:
            one(batch)
    else:
        with ThreadPoolExecutor(max_workers=len(memory)) as pool:
            list(pool.map(one, batches))


def _batches(n_targets: int, jobs: int, lanes: int) -> list[slice]:
    """Return which targets are searched for together: full vectors, but work for every thread."""
    n_batches = max(-(-n_targets // lanes), min(jobs, -(-n_targets // FEWEST_LANES)))
    cuts = np.linspace(0, n_targets, n_batches + 1).astype(int).tolist()
    return [slice(low, high) for low, high in pairwise(cuts)]
