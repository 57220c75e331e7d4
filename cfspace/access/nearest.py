"""The nearest facility from every home: one search back from all facilities together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from queue import SimpleQueue
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cfspace.access.feet import best_foot
from cfspace.errors import ParameterError
from cfspace.network.costs import Costs
from cfspace.network.model import TICKS_PER_M, WalkNetwork
from cfspace.network.snap import SnappedPoints, check_one_foot, check_same_network

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_LIMIT_M = 200_000.0
MAX_TICKS = 2**31 - 1
# Width of a bucket, 2^NEAREST_SHIFT ticks: 26 m, and 512 seeds at a time. Wider or narrower, more or fewer
# were slower on generated and real networks (benchmarks/). Routes and areas keep to 2^SHIFT, 3.3 m: of ways
# equally long the width decides which is found first, and the search is not where their time goes.
SHIFT = 15
NEAREST_SHIFT = 18
SEEDS_AT_ONCE = 512
LANES, FEWEST_LANES = 8, 3
"""How many targets are searched for together: at the most, and at the least to gain by it."""
CLOSED = np.uint64(2**31)
"""A cost beyond every limit. Ways that are closed cost -1, which unsigned is more than this."""


@dataclass(frozen=True, slots=True)
class Nearest:
    """The nearest target of each origin.

    Attributes
    ----------
    metres
        Shape (n_origins,): ``inf`` where no target is within reach, ``NaN`` where the origin
        has no foot.
    target
        Its index among the targets, -1 where there is none.
    """

    metres: NDArray[np.float64]
    target: NDArray[np.int32]


def nearest(
    network: WalkNetwork,
    origins: SnappedPoints,
    targets: SnappedPoints,
    *,
    max_walk_m: float,
    costs: Costs | None = None,
) -> Nearest:
    """Return the walk in metres from each origin to its nearest target, and which one that is.

    Parameters
    ----------
    network
        Walk network.
    origins
        Snapped points, n_origins of them; of one with several feet the nearest way counts.
    targets
        Snapped points; those without foot are never reached. Repeats are harmless.
    max_walk_m
        Where the search stops, in metres, connectors included: above 0, at most 200,000.
    costs
        What each segment costs a walker; default: its length. With costs in seconds
        `max_walk_m` and the answer are seconds.

    Returns
    -------
    Metres (connector, network, connector) and index of the nearest target.

    Raises
    ------
    SnapError
        If the points were snapped to another network.
    ParameterError
        If `max_walk_m` is out of range.

    Notes
    -----
    Multi-source search with a circular bucket queue [dial-1969], exact to a tenth of a
    millimetre per leg. Of targets equally near, that with the lowest index is named.

    Examples
    --------
    >>> from cfspace.network.snap import snap
    >>> from cfspace.network.toy import line_network
    >>> street = line_network(n_segments=3, segment_m=100.0)
    >>> homes = snap(street, np.array([0.0, 250.0]), np.array([0.0, 0.0]))
    >>> library = snap(street, np.array([300.0]), np.array([0.0]))
    >>> nearest(street, homes, library, max_walk_m=200).metres
    array([inf, 50.])
    """
    answer = nearest_many(
        network, origins, {"targets": targets}, max_walk_m={"targets": max_walk_m}, costs=costs
    )
    return answer["targets"]


def _by_point(answer: Nearest, owner: NDArray[np.int64], n_points: int) -> Nearest:
    """Return the answer for points of the answers for all their feet."""
    if len(owner) == n_points:
        return answer
    best = best_foot(answer.metres, owner, n_points)
    return Nearest(answer.metres[best], answer.target[best])


class _Walkers(NamedTuple):
    """Origins as the kernel takes them: ends of their segment, and ticks to each."""

    end_node: NDArray[np.int32]
    end_ticks: NDArray[np.uint32]
    connector: NDArray[np.int64]
    along: NDArray[np.int64]
    segment: NDArray[np.int32]


def _walkers(costs: Costs, origins: SnappedPoints) -> _Walkers:
    network, legs = costs.network, costs.legs(origins)
    ends = np.column_stack([legs.to_first, legs.to_last])
    return _Walkers(
        np.column_stack([network.segment_from[origins.segment], network.segment_to[origins.segment]]),
        np.minimum(ends.view(np.uint64), CLOSED).astype(np.uint32),
        legs.connector,
        legs.along,
        origins.segment,
    )


@dataclass(frozen=True, slots=True)
class _Batch:
    """Targets that are searched for together, and where their answers go; rows are targets."""

    targets: Sequence[SnappedPoints]
    limits: NDArray[np.int64]
    metres: NDArray[np.float64]
    owner: NDArray[np.int32]

    def single(self, row: int) -> _Batch:
        """Return one of the targets as a batch of its own."""
        rows = slice(row, row + 1)
        return _Batch(self.targets[rows], self.limits[rows], self.metres[rows], self.owner[rows])


def _search(costs: Costs, walkers: _Walkers, batch: _Batch, memory: NDArray[np.uint64]) -> None:
    """Write the answers of a batch; `memory` holds `LANES` numbers for each node."""
    n_nodes = costs.network.n_nodes
    if len(batch.targets) >= FEWEST_LANES:
        _search_wide(costs, batch, memory)
        _finish(costs, walkers, batch, memory, len(memory) // max(n_nodes, 1))
        return
    best = memory[:n_nodes]
    for row, targets in enumerate(batch.targets):
        search_back(costs, targets, int(batch.limits[row]), best)
        _finish(costs, walkers, batch.single(row), best, 1)


def _finish(costs: Costs, walkers: _Walkers, batch: _Batch, best: NDArray[np.uint64], n_lanes: int) -> None:
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


def _search_wide(costs: Costs, batch: _Batch, memory: NDArray[np.uint64]) -> None:
    """Set for every node and target ``ticks << 32 | index`` of the nearest, or more than the limit."""
    from cfspace.access import kernels_wide

    seeds = [seeds_of(costs, targets) for targets in batch.targets]
    lane = np.repeat(np.arange(len(seeds)), [len(own.node) for own in seeds])
    node, key = (np.concatenate(parts) for parts in zip(*((own.node, own.key) for own in seeds), strict=True))
    # Eight nodes are looked at together, so the last ones are filled up.
    pending = np.empty(-(-costs.network.n_nodes // 8) * 8, np.uint8)
    kernels_wide.start(node, key, lane, batch.limits, memory, pending)
    kernels_wide.spread(costs.csr.ptr, costs.steps, memory, pending)


def finish_search(
    costs: Costs, origins: SnappedPoints, targets: SnappedPoints, limit: int, best: NDArray[np.uint64]
) -> Nearest:
    """Return the answer for origins of a search back; `best` is as `search_back` leaves it."""
    feet, owner = origins.every_foot()
    answer = Nearest(np.empty(len(feet)), np.empty(len(feet), np.int32))
    batch = _Batch([targets], np.array([limit], np.int64), answer.metres[None, :], answer.target[None, :])
    _finish(costs, _walkers(costs, feet), batch, best, 1)
    return _by_point(answer, owner, len(origins))


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


@dataclass(frozen=True, slots=True)
class Seeds:
    """Junctions from which a target is one stretch of segment away: two for each foot.

    Attributes
    ----------
    node
        The junction.
    ticks
        Cost from it to the target.
    owner
        Index of the target.
    """

    node: NDArray[np.int32]
    ticks: NDArray[np.int32]
    owner: NDArray[np.int32]

    @property
    def key(self) -> NDArray[np.uint64]:
        """``ticks << 32 | owner``: the lesser is the nearer, and of equally near ones the lower."""
        key: NDArray[np.uint64] = (self.ticks.astype(np.uint64) << np.uint64(32)) | self.owner.astype(
            np.uint64
        )
        return key


def seeds_of(costs: Costs, targets: SnappedPoints) -> Seeds:
    """Return the seeds of all targets that have a foot, targets in order."""
    network, legs = costs.network, costs.legs(targets)
    feet = np.flatnonzero(targets.has_foot)
    segment = targets.segment[feet]
    node = np.stack([network.segment_from[segment], network.segment_to[segment]], axis=1).ravel()
    ticks = np.stack([legs.from_first[feet], legs.from_last[feet]], axis=1).ravel()
    owner = np.repeat(feet, 2)
    is_open = (ticks >= 0) & (ticks < MAX_TICKS)
    return Seeds(node[is_open], ticks[is_open].astype(np.int32), owner[is_open].astype(np.int32))


def costs_of(network: WalkNetwork, costs: Costs | None) -> Costs:
    """Return the costs to search with: those given, or plain metres.

    Raises
    ------
    ParameterError
        If the costs are those of another network.
    """
    if costs is None:
        return network.length_costs
    if costs.network is not network:
        raise ParameterError("costs: of another network; make them for this one")
    return costs


def nearest_many(
    network: WalkNetwork,
    origins: SnappedPoints,
    targets: Mapping[str, SnappedPoints],
    *,
    max_walk_m: Mapping[str, float],
    jobs: int = 1,
    costs: Costs | None = None,
) -> dict[str, Nearest]:
    """Return the nearest of each of several targets, `jobs` threads searching.

    Parameters
    ----------
    network, origins, costs
        As for `nearest`.
    targets
        Snapped points by name.
    max_walk_m
        A limit for every key of `targets`.
    jobs
        Searches at a time; changes no byte of the answer.

    Returns
    -------
    The answer of `nearest` for each key.

    Raises
    ------
    SnapError, ParameterError
        As for `nearest`.

    Notes
    -----
    Up to eight targets are searched for together, a lane of a vector each; one or two by themselves.
    Both ways give the same bytes.

    Examples
    --------
    >>> from cfspace.network.snap import snap
    >>> from cfspace.network.toy import line_network
    >>> street = line_network(n_segments=3, segment_m=100.0)
    >>> homes = snap(street, np.array([0.0, 250.0]), np.array([0.0, 0.0]))
    >>> places = {"library": snap(street, np.array([300.0]), np.array([0.0])),
    ...           "park": snap(street, np.array([20.0]), np.array([0.0]))}
    >>> found = nearest_many(street, homes, places, max_walk_m={"library": 200, "park": 500})
    >>> {kind: one.metres.round(1).tolist() for kind, one in found.items()}
    {'library': [inf, 50.0], 'park': [20.0, 230.0]}
    """
    check_same_network(network, origins=origins, **targets)
    check_one_foot(**targets)
    feet, owner = origins.every_foot()
    limits = np.array([limit_ticks(max_walk_m[name]) for name in targets], np.int64)
    known = costs_of(network, costs)
    # Made here, once, and in one piece: what a thread allocates by itself costs page faults.
    walkers, _ = _walkers(known, feet), known.steps
    metres = np.empty((len(targets), len(feet)))
    target = np.empty((len(targets), len(feet)), np.int32)
    points, jobs = list(targets.values()), max(1, jobs)
    batches = [
        _Batch(points[rows], limits[rows], metres[rows], target[rows]) for rows in _rows(len(points), jobs)
    ]
    widest = LANES if any(len(batch.targets) >= FEWEST_LANES for batch in batches) else 1
    memory: SimpleQueue[NDArray[np.uint64]] = SimpleQueue()
    for _ in range(min(jobs, len(batches))):
        memory.put(np.empty(network.n_nodes * widest, np.uint64))

    def one(batch: _Batch) -> None:
        own = memory.get()
        try:
            _search(known, walkers, batch, own)
        finally:
            memory.put(own)

    if jobs == 1:
        for batch in batches:
            one(batch)
    else:
        with ThreadPoolExecutor(max_workers=jobs) as pool:
            list(pool.map(one, batches))
    found = (Nearest(*rows) for rows in zip(metres, target, strict=True))
    return {name: _by_point(one, owner, len(origins)) for name, one in zip(targets, found, strict=True)}


def _rows(n_targets: int, jobs: int) -> list[slice]:
    """Return which targets are searched for together: full vectors, but work for every thread."""
    n_batches = max(-(-n_targets // LANES), min(jobs, -(-n_targets // FEWEST_LANES)))
    cuts = np.linspace(0, n_targets, n_batches + 1).astype(int).tolist()
    return [slice(low, high) for low, high in pairwise(cuts)]


def limit_ticks(max_walk_m: float) -> int:
    """Turn a limit in metres into ticks.

    Raises
    ------
    ParameterError
        If it is not above 0, or beyond 200,000 m.
    """
    if not 0 < max_walk_m <= MAX_LIMIT_M:
        raise ParameterError(
            f"max_walk_m: {max_walk_m} m is not above 0 and at most {MAX_LIMIT_M:,.0f}; give metres"
        )
    return round(max_walk_m * TICKS_PER_M)


def metres_of(ticks: NDArray[np.int64], has_foot: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Turn ticks into metres: -1 becomes ``inf``, origins without foot become ``NaN``."""
    metres = np.where(ticks < 0, np.inf, ticks / TICKS_PER_M)
    return np.where(has_foot, metres, np.nan)
