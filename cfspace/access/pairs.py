"""Many to many: sparse pairs of homes and facilities, and counts within several walks."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cfspace.access.balls import graph_of, grouped_targets, groups_of, walkers_of
from cfspace.access.nearest import costs_of, limit_ticks
from cfspace.access.search import NEAREST_SHIFT
from cfspace.errors import ParameterError
from cfspace.network.costs import TICKS_PER_UNIT, Costs
from cfspace.network.model import WalkNetwork
from cfspace.network.snap import SnappedPoints, check_one_foot, check_same_network

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Enough pieces that threads end together, so few that their scratch does not count.
PIECES_PER_JOB = 4


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Pairs:
    """Every origin and target within a walk of each other.

    Attributes
    ----------
    origin, target
        Indices, shape (n_pairs,), int32; sorted by target.
    metres
        The walk between them.
    n_origins, n_targets
        How many there were to pair.
    """

    origin: NDArray[np.int32]
    target: NDArray[np.int32]
    metres: NDArray[np.float64]
    n_origins: int
    n_targets: int

    def __len__(self) -> int:
        return len(self.origin)

    def within(self, max_walk_m: float) -> Pairs:
        """Return the pairs no further apart than a walk (``<=``)."""
        near = self.metres <= max_walk_m
        return replace(self, origin=self.origin[near], target=self.target[near], metres=self.metres[near])

    def to_frame(self) -> pd.DataFrame:
        """Return ``origin``, ``target`` and ``metres`` as a table."""
        return pd.DataFrame({"origin": self.origin, "target": self.target, "metres": self.metres})


def pairs_within(
    network: WalkNetwork,
    origins: SnappedPoints,
    targets: SnappedPoints,
    *,
    max_walk_m: float,
    groups: Sequence[int] | NDArray[np.integer[Any]] | None = None,
    costs: Costs | None = None,
    jobs: int = 1,
) -> Pairs:
    """Return all pairs of an origin and a target within a walk of each other.

    Parameters
    ----------
    network
        Walk network.
    origins, targets
        Snapped points; those without foot are in no pair.
    max_walk_m
        Longest walk, in metres, connectors included (``<=``).
    groups
        Facility of each target (0, 1, 2 ...), where one has several entrances; pairs are then of
        facilities, by the nearest entrance. Default: each target by itself.
    costs
        What segments cost; default their length.
    jobs
        Searches at a time; changes no byte of the answer.

    Returns
    -------
    The pairs, sorted by target; those of one target in an order that is fixed, but not sorted.

    Raises
    ------
    SnapError
        If the points were snapped to another network.
    ParameterError
        If `max_walk_m` is out of range or `groups` does not fit.

    Notes
    -----
    One bounded search back from each facility [dial-1969]; the work is that of the pairs found.

    Examples
    --------
    >>> from cfspace.network.snap import snap
    >>> from cfspace.network.toy import line_network
    >>> street = line_network(n_segments=3, segment_m=100.0)
    >>> homes = snap(street, np.array([0.0, 250.0]), np.zeros(2))
    >>> schools = snap(street, np.array([300.0, 120.0]), np.zeros(2))
    >>> pairs_within(street, homes, schools, max_walk_m=130).metres.round(1).tolist()
    [50.0, 130.0, 120.0]
    """
    from cfspace.access import kernels_pairs as kernels

    limit = limit_ticks(max_walk_m)
    feet, owner = origins.every_foot()
    inputs, n_groups = kernel_inputs(network, feet, targets, groups, costs)

    def piece(start: int, stop: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        found: tuple[NDArray[np.int32], NDArray[np.int64]]
        found = kernels.pairs(*inputs, start, stop, limit, NEAREST_SHIFT)
        return found

    with _Pool(n_groups, jobs, PIECES_PER_JOB) as pool:
        pieces = pool.call(piece)
        ends = np.cumsum([len(met) for met, _ in pieces])
        origin, target, metres = (np.empty(ends[-1], kind) for kind in (np.int32, np.int32, np.float64))

        def write(start: int, _: int, met: NDArray[np.int32], sizes: NDArray[np.int64], end: int) -> None:
            rows = slice(end - len(met), end)
            kernels.told(met, sizes, start, float(TICKS_PER_UNIT), origin[rows], target[rows], metres[rows])

        pool.call(write, *zip(*pieces, strict=True), ends.tolist())
    found = Pairs(origin=origin, target=target, metres=metres, n_origins=len(feet), n_targets=n_groups)
    return found if origins.others is None else _by_point(found, owner, len(origins))


def _by_point(pairs: Pairs, owner: NDArray[np.int64], n_points: int) -> Pairs:
    """Return the pairs of points out of those of all their feet: the nearest foot of each counts."""
    point = owner[pairs.origin]
    order = np.lexsort((pairs.metres, point, pairs.target))
    key = pairs.target[order].astype(np.int64) * n_points + point[order]
    rows = order[np.unique(key, return_index=True)[1]]
    return Pairs(
        origin=point[rows].astype(np.int32),
        target=pairs.target[rows],
        metres=pairs.metres[rows],
        n_origins=n_points,
        n_targets=pairs.n_targets,
    )


def count_within(
    network: WalkNetwork,
    origins: SnappedPoints,
    targets: SnappedPoints,
    *,
    breaks_m: Sequence[float],
    groups: Sequence[int] | NDArray[np.integer[Any]] | None = None,
    costs: Costs | None = None,
    jobs: int = 1,
) -> NDArray[np.int32]:
    """Return how many targets lie within each break of each origin, in one pass.

    Parameters
    ----------
    network, origins, targets, groups, costs, jobs
        As for `pairs_within`.
    breaks_m
        Walks in metres, rising.

    Returns
    -------
    Counts, shape (n_origins, n_breaks); -1 where the origin has no foot.

    Raises
    ------
    SnapError, ParameterError
        As for `pairs_within`, and if the breaks do not rise.

    Examples
    --------
    >>> from cfspace.network.snap import snap
    >>> from cfspace.network.toy import line_network
    >>> street = line_network(n_segments=3, segment_m=100.0)
    >>> homes = snap(street, np.array([0.0, 250.0]), np.zeros(2))
    >>> schools = snap(street, np.array([300.0, 120.0]), np.zeros(2))
    >>> count_within(street, homes, schools, breaks_m=[60, 130])
    array([[0, 1],
           [1, 2]], dtype=int32)
    """
    from cfspace.access import kernels_pairs as kernels

    breaks = np.array([limit_ticks(break_m) for break_m in breaks_m], np.int64)
    if not len(breaks) or (np.diff(breaks) <= 0).any():
        raise ParameterError(f"breaks_m: {list(breaks_m)} must rise, and be at least one")
    if origins.others is not None:
        found = pairs_within(
            network, origins, targets, max_walk_m=breaks_m[-1], groups=groups, costs=costs, jobs=jobs
        )
        return _counted(found, breaks, origins.has_foot)
    inputs, n_groups = kernel_inputs(network, origins, targets, groups, costs)

    def piece(start: int, stop: int) -> NDArray[np.int32]:
        found: NDArray[np.int32] = kernels.counts(*inputs, start, stop, breaks, NEAREST_SHIFT)
        return found

    total: NDArray[np.int32]
    with _Pool(n_groups, jobs, 1) as pool:
        total, *others = pool.call(piece)
    for more in others:
        total += more
    total[~origins.has_foot] = -1
    return total


def _counted(pairs: Pairs, breaks: NDArray[np.int64], has_foot: NDArray[np.bool_]) -> NDArray[np.int32]:
    ticks = np.rint(pairs.metres * TICKS_PER_UNIT)
    columns = [np.bincount(pairs.origin[ticks <= limit], minlength=pairs.n_origins) for limit in breaks]
    counts = np.column_stack(columns).astype(np.int32)
    counts[~has_foot] = -1
    return counts


class _Pool:
    """Calls something on ranges of groups, `jobs` at a time."""

    def __init__(self, n_groups: int, jobs: int, per_job: int) -> None:
        n_pieces = 1 if jobs <= 1 else min(max(n_groups, 1), jobs * per_job)
        cuts = np.linspace(0, n_groups, n_pieces + 1).astype(int).tolist()
        self._ranges = list(pairwise(cuts))
        self._threads = ThreadPoolExecutor(max_workers=jobs) if n_pieces > 1 else None

    def __enter__(self) -> _Pool:
        return self

    def __exit__(self, *_: object) -> None:
        if self._threads is not None:
            self._threads.shutdown()

    def call(self, piece: Any, *more: Any) -> list[Any]:
        """Return the answers in order; each of `more` holds a further argument for every range."""
        map_ = map if self._threads is None else self._threads.map
        return list(map_(piece, *zip(*self._ranges, strict=True), *more))


def kernel_inputs(
    network: WalkNetwork,
    origins: SnappedPoints,
    targets: SnappedPoints,
    groups: Sequence[int] | NDArray[np.integer[Any]] | None,
    costs: Costs | None,
) -> tuple[tuple[Any, Any, Any, Any], int]:
    """Return streets, targets, origins and their ways as the kernels take them, and the number of groups."""
    from cfspace.access import kernels, kernels_pairs

    check_same_network(network, origins=origins, targets=targets)
    check_one_foot(targets=targets)
    known = costs_of(network, costs)
    own, n_groups = groups_of(targets, groups)
    walkers = walkers_of(known, origins)
    ways = kernels_pairs.Ways(
        *kernels_pairs.ways(walkers, known.forward, known.backward, network.n_nodes),
        *kernels.listed(origins.segment, network.n_segments),
    )
    return (graph_of(known), grouped_targets(known, targets, own, n_groups), walkers, ways), n_groups
