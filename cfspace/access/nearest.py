"""The nearest facility from every home: one search back from all facilities together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cfspace.access.feet import best_foot
from cfspace.access.search import NEAREST_SHIFT, Batch, finish, search_many, walkers_of
from cfspace.errors import ParameterError
from cfspace.network.costs import Costs
from cfspace.network.model import TICKS_PER_M, WalkNetwork
from cfspace.network.snap import SnappedPoints, check_one_foot, check_same_network

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "NEAREST_SHIFT",
    "Nearest",
    "costs_of",
    "finish_search",
    "limit_ticks",
    "metres_of",
    "nearest",
    "nearest_many",
]

MAX_LIMIT_M = 200_000.0


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


def finish_search(
    costs: Costs, origins: SnappedPoints, targets: SnappedPoints, limit: int, best: NDArray[np.uint64]
) -> Nearest:
    """Return the answer for origins of a search back; `best` is as `search_back` leaves it."""
    feet, owner = origins.every_foot()
    answer = Nearest(np.empty(len(feet)), np.empty(len(feet), np.int32))
    batch = Batch([targets], np.array([limit], np.int64), answer.metres[None, :], answer.target[None, :])
    finish(costs, walkers_of(costs, feet), batch, best, 1)
    return _by_point(answer, owner, len(origins))


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
    metres, target = search_many(known, feet, list(targets.values()), limits, jobs=max(1, jobs))
    found = (Nearest(*rows) for rows in zip(metres, target, strict=True))
    return {name: _by_point(one, owner, len(origins)) for name, one in zip(targets, found, strict=True)}


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
