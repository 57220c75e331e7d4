"""Finished searches brought up to date after streets or facilities have changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cfspace.access.nearest import Nearest, finish_search, limit_ticks
from cfspace.access.search import NEAREST_SHIFT, SEEDS_AT_ONCE, search_back
from cfspace.access.seeds import seeds_of
from cfspace.access.street_changes import Edges, StreetChanges, street_changes
from cfspace.errors import ParameterError
from cfspace.network.model import TICKS_PER_M
from cfspace.network.snap import check_one_foot, check_same_network

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cfspace.network.costs import Costs
    from cfspace.network.model import WalkNetwork
    from cfspace.network.snap import SnappedPoints

__all__ = ["Reach", "StreetChanges", "reach", "shortened_m", "street_changes", "updated"]

HALF = np.uint64(32)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Reach:
    """How far every junction of a network is from the nearest of some targets.

    Attributes
    ----------
    network, targets
        What was searched.
    ticks
        Shape (n_nodes,), in tenths of a millimetre; more than `limit` where none was reached.
    limit
        Where the search stopped, in ticks.
    """

    network: WalkNetwork
    targets: SnappedPoints
    ticks: NDArray[np.int64]
    limit: int

    def metres_from(self, origins: SnappedPoints) -> NDArray[np.float64]:
        """Return the walk in metres from each origin, as `cfspace.access.nearest.nearest` does.

        Raises
        ------
        SnapError
            If the origins were snapped to another network.
        """
        check_same_network(self.network, origins=origins)
        keys = self.ticks.astype(np.uint64) << HALF
        found: Nearest = finish_search(self.network.length_costs, origins, self.targets, self.limit, keys)
        return found.metres


def reach(network: WalkNetwork, targets: SnappedPoints, *, max_walk_m: float) -> Reach:
    """Return how far every junction is from the nearest target: one search, to be built upon.

    Parameters
    ----------
    network
        Walk network; plain metres.
    targets
        Snapped points, one foot each.
    max_walk_m
        Where the search stops, in metres: above 0, at most 200,000.

    Raises
    ------
    SnapError
        If the targets were snapped to another network, or have several feet.
    ParameterError
        If `max_walk_m` is out of range.
    """
    check_same_network(network, targets=targets)
    check_one_foot(targets=targets)
    limit = limit_ticks(max_walk_m)
    best = np.empty(network.n_nodes, np.uint64)
    search_back(network.length_costs, targets, limit, best)
    ticks = np.minimum(best >> HALF, np.uint64(limit + 1)).astype(np.int64)
    return Reach(network=network, targets=targets, ticks=ticks, limit=limit)


def updated(
    before: Reach, network: WalkNetwork, targets: SnappedPoints, *, streets: StreetChanges | None = None
) -> Reach:
    """Return what `reach` would, looking only at what has changed since an earlier search.

    Parameters
    ----------
    before
        The earlier search.
    network
        The network as it is now; junctions are the same where their ids are. It may be the same network.
    targets
        The targets as they are now, snapped to it.
    streets
        What changed between the two networks, where it is known already.

    Returns
    -------
    The same numbers, to the bit, as a search from scratch with the limit of the earlier one.

    Raises
    ------
    SnapError
        If the targets were snapped to another network, or have several feet.
    ParameterError
        If a junction's id stands twice in a network, or `streets` tells of other networks.

    Notes
    -----
    First what got longer: junctions that lost the seed or the street that their walk led over, and all whose
    walks led through these, found from the nearest outwards and forgotten [ramalingam-1996]. Then what
    got shorter: a search from new targets, both ends of new streets and the rim of what was forgotten, pruned
    by all that is known.

    Examples
    --------
    >>> from cfspace.network.snap import snap
    >>> from cfspace.network.toy import line_network
    >>> street = line_network(n_segments=4, segment_m=100.0)
    >>> one, two = (snap(street, np.array(x), np.zeros(len(x))) for x in ([0.0], [0.0, 400.0]))
    >>> again = updated(reach(street, one, max_walk_m=3000), street, two)
    >>> sorted((again.ticks / 10_000).round().tolist())
    [0.0, 0.0, 100.0, 100.0, 200.0]
    """
    check_same_network(network, targets=targets)
    check_one_foot(targets=targets)
    changes = street_changes(before.network, network) if streets is None else streets
    if changes.before is not before.network or changes.after is not network:
        raise ParameterError("streets: changes of other networks; ask street_changes of these two")
    known, limit = _carried_over(before, changes), before.limit
    costs = network.length_costs
    csr = costs.csr
    seeds = seeds_of(costs, targets)
    seed_ticks = np.full(network.n_nodes, limit + 1, np.int64)
    np.minimum.at(seed_ticks, seeds.node, seeds.ticks.astype(np.int64))
    fallen = _fallen(before, changes, known, seed_ticks)
    known[fallen] = limit + 1
    node, ticks = _sources(csr.ptr, csr.node, csr.ticks, known, fallen, changes.new, seed_ticks, limit)
    _spread(costs, known, node, ticks, limit)
    return Reach(network=network, targets=targets, ticks=known, limit=limit)


def shortened_m(
    origins: SnappedPoints,
    metres: NDArray[np.float64],
    more: SnappedPoints,
    *,
    max_walk_m: float,
) -> NDArray[np.float64]:
    """Return the walk from each origin when further targets are added to those it was measured to.

    Parameters
    ----------
    origins
        Snapped points; those with several feet are answered too, but prune nothing.
    metres
        The walk from each to the nearest of the targets so far, in metres: ``inf`` beyond the limit, ``NaN``
        without foot.
    more
        What is added, snapped to the same network, one foot each.
    max_walk_m
        The limit of the search so far, in metres: above 0, at most 200,000.

    Returns
    -------
    Metres, as a search for all targets together would find them.

    Raises
    ------
    SnapError
        If the points were snapped to different networks.
    ParameterError
        If `max_walk_m` is out of range.

    Notes
    -----
    Only what comes nearer than before is looked at. From the end of an origin's segment one can walk to the
    origin and on as it did, so a search from the new targets that comes there with more has nothing to give
    beyond.

    Examples
    --------
    >>> from cfspace.network.snap import snap
    >>> from cfspace.network.toy import line_network
    >>> street = line_network(n_segments=4, segment_m=100.0)
    >>> homes, new = (snap(street, np.array(x), np.zeros(len(x))) for x in ([50.0, 350.0], [400.0]))
    >>> shortened_m(homes, np.array([50.0, 350.0]), new, max_walk_m=3000).round(3).tolist()
    [50.0, 50.0]
    """
    network, limit = origins.network, limit_ticks(max_walk_m)
    check_same_network(network, origins=origins, more=more)
    check_one_foot(more=more)
    costs = network.length_costs
    known = np.full(network.n_nodes, limit + 1, np.int64)
    legs = costs.legs(origins)
    prunes = origins.has_foot & np.isfinite(metres)
    if origins.others is not None:
        prunes[origins.others.owner] = False
    rows = np.flatnonzero(prunes)
    beyond_foot = np.rint(metres[rows] * TICKS_PER_M).astype(np.int64) - legs.connector[rows]
    along = legs.along[rows]
    for ends, part in (
        (network.segment_from, along),
        (network.segment_to, network.length_ticks[origins.segment[rows]] - along),
    ):
        np.minimum.at(known, ends[origins.segment[rows]], beyond_foot + part)
    seeds = seeds_of(costs, more)
    _spread(costs, known, seeds.node.astype(np.int64), seeds.ticks.astype(np.int64), limit)
    found = Reach(network=network, targets=more, ticks=known, limit=limit).metres_from(origins)
    nearer: NDArray[np.float64] = np.where(np.isnan(metres), metres, np.minimum(metres, found))
    return nearer


def _carried_over(before: Reach, changes: StreetChanges) -> NDArray[np.int64]:
    """Return what is known of the junctions of the network after."""
    known = np.full(changes.after.n_nodes, before.limit + 1, np.int64)
    stays = changes.place >= 0
    known[changes.place[stays]] = before.ticks[stays]
    return known


def _fallen(
    before: Reach, changes: StreetChanges, known: NDArray[np.int64], seed_ticks: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return which junctions have lost the walk that is known of them."""
    from cfspace.access import kernels_changes

    old = seeds_of(before.network.length_costs, before.targets)
    at, gone = changes.place[old.node.astype(np.int64)], changes.gone
    was_used = (at >= 0) & (known[at] == old.ticks) & (seed_ticks[at] > old.ticks)
    suspects = [at[was_used]]
    for here, there in ((gone.first, gone.last), (gone.last, gone.first)):
        # A junction that is gone may have been on the way: what is known of it is not at hand any more.
        led_over = (here >= 0) & ((there < 0) | (known[there] + gone.ticks == known[here]))
        suspects.append(here[led_over])
    csr = changes.after.length_costs.csr
    suspect = np.unique(np.concatenate(suspects)).astype(np.int32)
    lost: NDArray[np.bool_] = kernels_changes.unsupported(
        csr.ptr, csr.node, csr.ticks, seed_ticks, known, before.limit, suspect
    )
    return lost


def _sources(
    ptr: NDArray[np.int32],
    far: NDArray[np.int32],
    step: NDArray[np.int32],
    known: NDArray[np.int64],
    fallen: NDArray[np.bool_],
    new: Edges,
    seed_ticks: NDArray[np.int64],
    limit: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return from where the search goes on, and with what cost."""
    better = np.flatnonzero(seed_ticks < known)
    lost = np.flatnonzero(fallen)
    sizes = (ptr[lost + 1] - ptr[lost]).astype(np.int64)
    begin = np.repeat(ptr[lost].astype(np.int64) - (np.cumsum(sizes) - sizes), sizes)
    edge = begin + np.arange(int(sizes.sum()))
    node = np.concatenate([better, np.repeat(lost, sizes), new.first, new.last])
    ticks = np.concatenate(
        [
            seed_ticks[better],
            known[far[edge]] + step[edge],
            known[new.last] + new.ticks,
            known[new.first] + new.ticks,
        ]
    )
    useful = ticks <= limit
    return node[useful], ticks[useful]


def _spread(
    costs: Costs, known: NDArray[np.int64], node: NDArray[np.int64], ticks: NDArray[np.int64], limit: int
) -> None:
    """Lower what is known by a search from some junctions, in place."""
    from cfspace.access import kernels

    if not len(node):
        return
    order = np.lexsort((ticks, node))
    best = known.astype(np.uint64) << HALF
    longest = min(max(costs.longest_ticks, int(ticks.max(initial=0))), limit)
    kernels.spread(
        costs.csr.ptr,
        costs.steps,
        node[order].astype(np.int32),
        ticks[order].astype(np.uint64) << HALF,
        kernels.bucket_count(longest, NEAREST_SHIFT),
        limit,
        NEAREST_SHIFT,
        SEEDS_AT_ONCE,
        best,
    )
    known[:] = np.minimum(best >> HALF, np.uint64(limit + 1)).astype(np.int64)
