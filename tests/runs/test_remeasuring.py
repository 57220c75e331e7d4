"""Measuring again after a plan gives, to the bit, what measuring from scratch gives."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

import cfspace
from cfspace.io.cache import Cache
from cfspace.planning.plan import plan_of
from cfspace.rulebooks import load_rulebook
from cfspace.runs.city import City
from cfspace.runs.editing import edited_city
from cfspace.runs.loading import load_city
from cfspace.runs.measuring import measure
from cfspace.runs.remeasuring import Baseline, remeasure
from tests.oracles import foot_graph

BRIDGE = {"do": "add_bridge", "line": [[125.2985517, 43.9002756], [125.3013232, 43.9005854]]}
GATE = {"do": "open_gate", "at": [125.3050626, 43.894828]}
LIBRARY = {"do": "add_facility", "kind": "library", "at": [125.312, 43.905]}
SCHOOL = {
    "do": "add_facility",
    "kind": "primary_school",
    "at": [125.31, 43.891],
    "attributes": {"capacity": 400},
}
CLOSED = {"do": "close_facility", "facility": "primary_school/学校名录/row4"}
HOMES = {"do": "add_homes", "at": [125.312, 43.905], "children": {"6_11": 50}}
STREET = {"do": "close_street", "way": 200219}
SIDEWALK = {"do": "improve_segment", "way": 200226, "sidewalk": "both", "maxspeed_kmh": 30}

PLANS = {
    "a facility": [LIBRARY],
    "a school opened": [SCHOOL],
    "a school closed": [CLOSED, LIBRARY],
    "homes": [HOMES],
    "a closed street": [STREET],
    "better sidewalks": [SIDEWALK],
    "everything": [BRIDGE, GATE, LIBRARY, SCHOOL, CLOSED, HOMES, STREET, SIDEWALK],
}


@pytest.fixture(scope="module")
def base(sample_run: cfspace.Run) -> Baseline:
    city: City = load_city(cfspace.sample_study())
    return Baseline(city=city, run=sample_run.data, rulebook=load_rulebook("jilin-2022"))


@pytest.mark.parametrize("name", PLANS)
def test_it_equals_measuring_from_scratch(base: Baseline, name: str) -> None:
    plan, faults = plan_of({"plan": {"name": name}, "edit": PLANS[name]})
    assert faults == []
    city = edited_city(base.city, plan, base.rulebook, cache=Cache(None)).city
    again, scratch = remeasure(base, city), measure(city, base.rulebook)
    options = {"check_exact": True, "check_dtype": False}
    pd.testing.assert_frame_equal(pd.DataFrame(again.homes), pd.DataFrame(scratch.homes), **options)
    pd.testing.assert_frame_equal(pd.DataFrame(again.entrances), pd.DataFrame(scratch.entrances), **options)
    pd.testing.assert_frame_equal(again.trips, scratch.trips, **options)
    pd.testing.assert_frame_equal(again.minutes, scratch.minutes, **options)
    assert again.limits_m == scratch.limits_m


CLOSED_BRIDGE = 200192
"""自由大桥, one of the two bridges over the river."""


def oracle_walks_m(base: Baseline, closed: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    """Return the walks from every home to every target, some segments left out, by networkx."""
    walkers, network = base.walkers, base.city.network
    feet, owner = walkers.homes.every_foot()
    graph = foot_graph(network, closed.tolist(), home=feet, entrance=walkers.entrances)
    walks = {}
    for target, limit_m in walkers.limits_m.items():
        sources = [("entrance", int(row)) for row in walkers.rows(target) if walkers.entrances.has_foot[row]]
        found = nx.multi_source_dijkstra_path_length(graph, sources, weight="length") if sources else {}
        to_foot = [found.get(("home", "foot", foot), np.inf) for foot in range(len(feet))]
        metres = np.full(len(walkers.homes), np.inf)
        np.minimum.at(metres, owner, np.where(feet.has_foot, np.array(to_foot) + feet.leg_m, np.inf))
        walks[target] = np.where(metres <= limit_m, metres, np.inf)
    return walks


def test_a_closed_bridge_raises_distances_only_where_the_oracle_says(base: Baseline) -> None:
    edit = {"do": "close_street", "way": CLOSED_BRIDGE}
    plan, faults = plan_of({"plan": {"name": "closed"}, "edit": [edit]})
    assert faults == []
    edited = edited_city(base.city, plan, base.rulebook, cache=Cache(None)).city
    after = pd.DataFrame(remeasure(base, edited).homes)
    bridge = np.flatnonzero(base.city.network.attributes["way_id"] == CLOSED_BRIDGE)
    assert len(bridge)
    then, now = (oracle_walks_m(base, closed) for closed in (bridge[:0], bridge))
    has_foot = base.walkers.homes.has_foot
    n_rising = 0
    for target in then:
        ours = [table[f"m_{target}"].to_numpy()[has_foot] for table in (base.run.homes, after)]
        before, closed = (np.nan_to_num(metres, nan=np.inf, posinf=np.inf) for metres in ours)
        was, is_now = then[target][has_foot], now[target][has_foot]
        reached = np.isfinite(before) & np.isfinite(closed)
        assert (np.isfinite(was) == np.isfinite(before)).all(), target
        assert (np.isfinite(is_now) == np.isfinite(closed)).all(), target
        rises, expected = closed[reached] - before[reached], is_now[reached] - was[reached]
        assert ((rises != 0) == (expected > 1e-6)).all(), target
        assert np.allclose(rises, expected, rtol=0, atol=0.01), target
        n_rising += int((rises > 1).sum())
    assert n_rising > 100
