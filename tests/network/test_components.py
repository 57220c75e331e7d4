"""Components are those that scipy finds, in the same order."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from cfspace.network.components import connected


@pytest.mark.parametrize(("n_nodes", "n_links"), [(1, 0), (5, 0), (50, 20), (1000, 700), (1000, 3000)])
def test_components_are_those_of_scipy(n_nodes: int, n_links: int) -> None:
    for seed in range(5):
        one, other = np.random.default_rng(seed).integers(0, n_nodes, (2, n_links), dtype=np.int32)
        links = coo_array((np.ones(n_links), (one, other)), shape=(n_nodes, n_nodes))
        assert (
            connected(n_nodes, one, other).tolist() == connected_components(links, directed=False)[1].tolist()
        )


def test_a_long_street_with_its_nodes_in_no_order_is_one_component() -> None:
    order = np.random.default_rng(0).permutation(20_000).astype(np.int32)
    assert not connected(len(order), order[:-1], order[1:]).any()
