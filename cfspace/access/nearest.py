"""The nearest facility from every home: one search back from all facilities together."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
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
# Width of a bucket, 2^SHIFT ticks: 3.3 m for searches one by one, 26 m for all targets at once, eight
# seeds at a time. Wider or narrower was slower on generated and real networks (benchmarks/).
SHIFT = 15
NEAREST_SHIFT = 18
SEEDS_AT_ONCE = 8
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
    Multi-source Dijkstra with a circular bucket queue [dial-1969], exact to a tenth of a
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
    check_same_network(network, origins=origins, targets=targets)
    check_one_foot(targets=targets)
    feet, owner = origins.every_foot()
    known = costs_of(network, costs)
    best, answer = np.empty(network.n_nodes, np.uint64), _unknown(len(feet))
    _search(known, _walkers(known, feet), targets, limit_ticks(max_walk_m), best, answer)
    return _by_point(answer, owner, len(origins))


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


def _unknown(n_origins: int) -> Nearest:
    """Return room for an answer."""
    return Nearest(np.empty(n_origins), np.empty(n_origins, np.int32))


def _search(
    costs: Costs,
    walkers: _Walkers,
    targets: SnappedPoints,
    limit: int,
    best: NDArray[np.uint64],
    answer: Nearest,
) -> None:
    """Write the answer; `best` is working memory, a number for each node."""
    from cfspace.access import kernels

    _search_back(costs, targets, limit, best)
    feet = np.flatnonzero(targets.has_foot)
    feet = feet[np.argsort(targets.segment[feet], kind="stable")]
    legs = costs.legs(targets)
    kernels.finish(
        best,
        *walkers,
        targets.segment[feet],
        legs.along[feet],
        legs.connector[feet],
        feet.astype(np.int32),
        costs.network.length_ticks,
        costs.forward,
        costs.backward,
        limit,
        float(TICKS_PER_M),
        answer.metres,
        answer.target,
    )


def _search_back(costs: Costs, targets: SnappedPoints, limit: int, best: NDArray[np.uint64]) -> None:
    """Set for every node ``ticks << 32 | index`` of its nearest target, or more than the limit."""
    from cfspace.access import kernels

    seeds = seeds_of(costs, targets)
    # Nodes are in Hilbert order, so seeds sorted by node lie near each other.
    order = np.argsort(seeds.node, kind="stable")
    key = (seeds.ticks.astype(np.uint64) << np.uint64(32)) | seeds.owner.astype(np.uint64)
    longest = min(max(costs.longest_ticks, int(seeds.ticks.max(initial=0))), limit)
    kernels.nearest(
        costs.csr.ptr,
        costs.steps,
        seeds.node[order],
        key[order],
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
    """Return the nearest of each of several targets, `jobs` of them searched at a time.

    The result does not depend on `jobs`. Arguments and errors as for `nearest`; `max_walk_m`
    gives a limit for every key of `targets`.
    """
    check_same_network(network, origins=origins, **targets)
    check_one_foot(**targets)
    feet, owner = origins.every_foot()
    limits = {name: limit_ticks(max_walk_m[name]) for name in targets}
    known = costs_of(network, costs)
    # Made here, once: what a thread allocates by itself costs it a page fault every 4 kB.
    walkers, _ = _walkers(known, feet), known.steps
    answers = {name: _unknown(len(feet)) for name in targets}
    memory: SimpleQueue[NDArray[np.uint64]] = SimpleQueue()
    for _ in range(max(1, jobs)):
        memory.put(np.empty(network.n_nodes, np.uint64))

    def one(name: str) -> None:
        best = memory.get()
        _search(known, walkers, targets[name], limits[name], best, answers[name])
        memory.put(best)

    with ThreadPoolExecutor(max_workers=max(1, jobs)) as pool:
        list(pool.map(one, targets) if jobs > 1 else map(one, targets))
    return {name: _by_point(answer, owner, len(origins)) for name, answer in answers.items()}


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
