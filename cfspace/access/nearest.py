"""The nearest facility from every home: one search back from all facilities together."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cfspace.errors import ParameterError
from cfspace.network.model import TICKS_PER_M, WalkNetwork
from cfspace.network.snap import SnappedPoints, check_same_network

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_LIMIT_M = 200_000.0
# Buckets of 2^15 ticks (3.3 m) and 16 seeds at a time were fastest, see benchmarks/RESULTS.md.
SHIFT = 15
SEEDS_AT_ONCE = 32


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
) -> Nearest:
    """Return the walk in metres from each origin to its nearest target, and which one that is.

    Parameters
    ----------
    network
        Walk network.
    origins
        Snapped points, n_origins of them.
    targets
        Snapped points; those without foot are never reached. Repeats are harmless.
    max_walk_m
        Where the search stops, in metres, connectors included: above 0, at most 200,000.

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
    millimetre per leg. Of targets equally near, any one may be named.

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
    limit = limit_ticks(max_walk_m)
    from cfspace.access import kernels

    reached, owner = search_back(network, targets, limit)
    feet = np.flatnonzero(targets.has_foot)
    connector, along, _ = targets.leg_ticks()
    by_segment = feet[np.argsort(targets.segment[feet], kind="stable")]
    own_connector, own_along, own_beyond = origins.leg_ticks()
    ends = np.column_stack([network.segment_from[origins.segment], network.segment_to[origins.segment]])
    ticks, who = kernels.finish(
        reached,
        owner,
        ends,
        np.column_stack([own_along, own_beyond]),
        own_connector,
        own_along,
        origins.segment,
        targets.segment[by_segment],
        along[by_segment],
        connector[by_segment],
        by_segment.astype(np.int32),
        limit,
    )
    return Nearest(metres_of(ticks, origins.has_foot), who)


def search_back(
    network: WalkNetwork, targets: SnappedPoints, limit: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return for every node the ticks to its nearest target, and which one that is (-1: none)."""
    from cfspace.access import kernels

    feet = np.flatnonzero(targets.has_foot)
    connector, along, beyond = targets.leg_ticks()
    segment = targets.segment[feet]
    seed_node = np.concatenate([network.segment_from[segment], network.segment_to[segment]])
    seed_ticks = np.concatenate([connector[feet] + along[feet], connector[feet] + beyond[feet]])
    seed_ticks = np.minimum(seed_ticks, kernels.UNREACHED).astype(np.int32)
    seed_owner = np.concatenate([feet, feet]).astype(np.int32)
    order = np.lexsort((seed_owner, seed_ticks, seed_node))
    csr = network.csr
    found: tuple[NDArray[np.int32], NDArray[np.int32]] = kernels.nearest(
        csr.ptr,
        csr.node,
        csr.ticks,
        seed_node[order],
        seed_ticks[order],
        seed_owner[order],
        limit,
        SHIFT,
        SEEDS_AT_ONCE,
    )
    return found


def nearest_many(
    network: WalkNetwork,
    origins: SnappedPoints,
    targets: Mapping[str, SnappedPoints],
    *,
    max_walk_m: Mapping[str, float],
    jobs: int = 1,
) -> dict[str, Nearest]:
    """Return the nearest of each of several targets, `jobs` of them searched at a time.

    The result does not depend on `jobs`. Arguments and errors as for `nearest`; `max_walk_m`
    gives a limit for every key of `targets`.
    """
    origins.network.csr  # noqa: B018  built once, before the threads need it

    def one(name: str) -> Nearest:
        return nearest(network, origins, targets[name], max_walk_m=max_walk_m[name])

    with ThreadPoolExecutor(max_workers=max(1, jobs)) as pool:
        return dict(zip(targets, pool.map(one, targets), strict=True))


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
