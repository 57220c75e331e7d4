"""What became of the streets of a network: segments that are gone, segments that are new."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cfspace.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cfspace.network.model import WalkNetwork


class Edges(NamedTuple):
    """Segments as pairs of junctions of the network after, with what they cost."""

    first: NDArray[np.int64]
    last: NDArray[np.int64]
    ticks: NDArray[np.int64]


class StreetChanges(NamedTuple):
    """What became of a network: asked once, however many searches are brought up to date.

    Attributes
    ----------
    before, after
        Both networks.
    place
        By junction of the one before, which it is in the one after; -1 where it is gone.
    gone, new
        Segments of which only one of the two has any; junctions that are gone are -1.
    """

    before: WalkNetwork
    after: WalkNetwork
    place: NDArray[np.int64]
    gone: Edges
    new: Edges


def street_changes(before: WalkNetwork, after: WalkNetwork) -> StreetChanges:
    """Return what changed from one network to another; junctions are the same where their ids are.

    Raises
    ------
    ParameterError
        If a junction's id stands twice in a network.
    """
    if before is after:
        none = np.empty(0, np.int64)
        edges = Edges(none, none, none)
        return StreetChanges(before, after, np.arange(before.n_nodes), edges, edges)
    return StreetChanges(before, after, _place_of(after, before.node_id), *_changed_edges(before, after))


def _place_of(network: WalkNetwork, node_id: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the junctions that have some ids, -1 where there is none."""
    order = np.argsort(network.node_id, kind="stable")
    in_order = network.node_id[order]
    if (in_order[1:] == in_order[:-1]).any():
        raise ParameterError("network: a junction's id stands twice; build it from ways with ids")
    at = np.minimum(np.searchsorted(in_order, node_id), max(len(in_order) - 1, 0))
    return np.where(in_order[at] == node_id, order[at], -1)


def _changed_edges(before: WalkNetwork, after: WalkNetwork) -> tuple[Edges, Edges]:
    """Return the segments that are gone and those that are new; a junction that is gone is -1."""
    old, now = _keys(before), _keys(after)
    # Of parallel segments of one length as many are compared as there are.
    _, code = np.unique(np.concatenate([old, now]), axis=0, return_inverse=True)
    codes, n_codes = code.reshape(-1), int(code.max()) + 1
    counts = [np.bincount(part, minlength=n_codes) for part in (codes[: len(old)], codes[len(old) :])]
    lost = counts[0][codes[: len(old)]] > counts[1][codes[: len(old)]]
    won = counts[1][codes[len(old) :]] > counts[0][codes[len(old) :]]
    gone = [_place_of(after, ends) for ends in (old[lost, 0], old[lost, 1])]
    new = [_place_of(after, ends) for ends in (now[won, 0], now[won, 1])]
    return Edges(gone[0], gone[1], old[lost, 2]), Edges(new[0], new[1], now[won, 2])


def _keys(network: WalkNetwork) -> NDArray[np.int64]:
    ends = np.stack([network.node_id[network.segment_from], network.node_id[network.segment_to]], axis=1)
    return np.column_stack([np.sort(ends, axis=1), network.length_ticks.astype(np.int64)])
