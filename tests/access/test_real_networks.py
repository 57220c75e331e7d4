"""Walks on other real networks, against the slow oracle."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cfspace.access.nearest import nearest
from cfspace.access.pairs import count_within, pairs_within
from cfspace.io.frame import metric_crs
from cfspace.io.osm import read_osm
from cfspace.network.build import build_network
from cfspace.network.rules import load_walk_rules
from cfspace.network.snap import snap
from tests.oracles import oracle_nearest_m

EXTRACTS = {"porto_alegre": "poa_osm.pbf", "helsinki": "Helsinki.osm.pbf"}


@pytest.mark.parametrize("city", EXTRACTS)
def test_walks_equal_the_oracle_to_a_centimetre(shared: Path, city: str) -> None:
    osm = read_osm(shared / "data" / city / EXTRACTS[city])
    crs = metric_crs(osm.extent.centroid.x, osm.extent.centroid.y)
    barriers = osm.barriers.to_crs(crs).geometry.to_numpy()
    network = build_network(osm.ways, load_walk_rules("cfspace"), crs, barriers=barriers)
    rng = np.random.default_rng(11)
    spread = np.ptp(network.node_x_m), np.ptp(network.node_y_m)
    low = network.node_x_m.min(), network.node_y_m.min()
    places = rng.uniform(0, 1, (330, 2)) * spread + low
    homes = snap(network, *places[:300].T)
    for schools in (snap(network, *places[300:].T), snap(network, *places[300:304].T)):
        found = nearest(network, homes, schools, max_walk_m=3000.0).metres
        expected = oracle_nearest_m(network, homes, schools, max_walk_m=3000.0)
        np.testing.assert_array_equal(np.isfinite(found), np.isfinite(expected))
        np.testing.assert_allclose(found, expected, atol=0.01)
    pairs = pairs_within(network, homes, schools, max_walk_m=3000.0)
    counts = count_within(network, homes, schools, breaks_m=[1000.0, 3000.0])
    assert counts[homes.has_foot, 1].sum() == len(pairs)
    assert counts[homes.has_foot, 0].sum() == (pairs.metres <= 1000.0).sum()
