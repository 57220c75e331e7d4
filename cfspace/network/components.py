"""Which junctions hang together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def connected(n_nodes: int, one: NDArray[np.int32], other: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the component of each node, numbered in the order of their first nodes.

    Every component takes the lowest node among itself and its neighbours for its root, until no link
    joins two roots: each round at most half of those that have a neighbour remain.

    Parameters
    ----------
    n_nodes
        Number of nodes.
    one, other
        The nodes that each link joins.

    Examples
    --------
    >>> connected(6, np.array([0, 4, 2], np.int32), np.array([3, 3, 5], np.int32)).tolist()
    [0, 1, 2, 0, 0, 2]
    """
    root = np.arange(n_nodes, dtype=np.int64)
    near, far = root[one], root[other]
    while len(near):
        low = np.minimum(near, far)
        np.minimum.at(root, near, low)
        np.minimum.at(root, far, low)
        while not np.array_equal(above := root[root], root):
            root = above
        near, far = root[near], root[far]
        apart = near != far
        near, far = near[apart], far[apart]
    return np.unique(root, return_inverse=True)[1]
