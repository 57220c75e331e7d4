"""Raised kerbs on the way, out of tagged nodes and crossings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cfspace.network.model import WalkNetwork

RAISED = "raised"


def raised_kerbs(network: WalkNetwork) -> NDArray[np.int64]:
    """Return how many raised kerbs each segment passes.

    A kerb in the middle of a segment is that segment's. One at a junction belongs to the crossings
    (``footway=crossing``) that end there; with none, and two segments meeting, to the shorter of them
    (the first, if equal); else nobody can tell whom it hinders, and it counts for none. A segment tagged
    ``kerb=raised`` as a whole passes one at least.

    Examples
    --------
    >>> from cfspace.network.toy import toy_network
    >>> kerb = {(5.0, 0.0): {"barrier": "kerb", "kerb": "raised"}}
    >>> raised_kerbs(toy_network([({}, [(0, 0), (5, 0), (9, 0)])], nodes=kerb)).tolist()
    [1]
    """
    nodes = network.roads.nodes
    raised = nodes["node_id"].to_numpy(np.int64)[(nodes["kerb"] == RAISED).to_numpy(bool)]
    passed = _inside(network, raised) + _at_ends(network, raised)
    whole = (network.attributes["kerb"] == RAISED).to_numpy(bool)
    counts: NDArray[np.int64] = np.maximum(passed, whole)
    return counts


def _inside(network: WalkNetwork, raised: NDArray[np.int64]) -> NDArray[np.int64]:
    if not len(network.vertex_node_id):
        return np.zeros(network.n_segments, np.int64)
    is_raised = np.isin(network.vertex_node_id, raised)
    is_raised[network.vertex_ptr[:-1]] = False
    is_raised[network.vertex_ptr[1:] - 1] = False
    segment = np.repeat(np.arange(network.n_segments), np.diff(network.vertex_ptr))
    counts: NDArray[np.int64] = np.bincount(segment[is_raised], minlength=network.n_segments)
    return counts


def _at_ends(network: WalkNetwork, raised: NDArray[np.int64]) -> NDArray[np.int64]:
    node = np.concatenate([network.segment_from, network.segment_to])
    segment = np.tile(np.arange(network.n_segments), 2)
    here = np.isin(network.node_id, raised)[node]
    node, segment = node[here], segment[here]
    is_crossing = (network.attributes["footway"].iloc[segment] == "crossing").to_numpy(bool)
    counts: NDArray[np.int64] = np.bincount(segment[is_crossing], minlength=network.n_segments)
    ends = np.bincount(node, minlength=network.n_nodes)
    crossings = np.bincount(node[is_crossing], minlength=network.n_nodes)
    between_two = ((ends == 2) & (crossings == 0))[node]
    node, segment = node[between_two], segment[between_two]
    order = np.lexsort((segment, network.length_m[segment], node))
    _, shorter = np.unique(node[order], return_index=True)
    counts += np.bincount(segment[order][shorter], minlength=network.n_segments)
    return counts
