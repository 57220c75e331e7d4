"""Floating catchments: worked by hand, against a plain-Python oracle, and the law of supply."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import cfspace
from cfspace.access.catchment import (
    Catchment,
    demand_of,
    enhanced_two_step,
    three_step,
    two_step,
)
from cfspace.access.decay import gaussian_decay, step_decay
from cfspace.access.pairs import Pairs, pairs_within
from cfspace.errors import ParameterError
from cfspace.network.snap import snap
from cfspace.network.toy import line_network

Links = dict[tuple[int, int], float]
STEPS = step_decay([500, 1000, 1500], [1.0, 0.68, 0.22])
BELL = gaussian_decay(1500)


def pairs_of(links: Links, n_origins: int, n_targets: int) -> Pairs:
    """Return pairs from metres by (origin, facility)."""
    keys = sorted(links, key=lambda key: (key[1], key[0]))
    return Pairs(
        origin=np.array([key[0] for key in keys], np.int32),
        target=np.array([key[1] for key in keys], np.int32),
        metres=np.array([links[key] for key in keys], np.float64),
        n_origins=n_origins,
        n_targets=n_targets,
    )


def everyone(metres: Any) -> Any:
    """Weigh all walks alike."""
    return np.ones_like(metres)


METHODS: dict[str, Callable[[Pairs, Any, Any], Catchment]] = {
    "two_step": two_step,
    "enhanced, steps": lambda pairs, demand, capacity: enhanced_two_step(
        pairs, demand, capacity, decay=STEPS
    ),
    "enhanced, bell": lambda pairs, demand, capacity: enhanced_two_step(pairs, demand, capacity, decay=BELL),
    "three_step": lambda pairs, demand, capacity: three_step(
        pairs, demand, capacity, decay=STEPS, selection=BELL
    ),
}


def oracle(
    name: str, links: Links, demand: list[float], capacity: list[float]
) -> tuple[list[float], list[float]]:
    """Return accessibility and allocated supply by the papers' sums, one term at a time."""

    def bell(metres: float) -> float:
        return math.exp(math.log(0.01) * (metres / 1500) ** 2)

    def steps(metres: float) -> float:
        return 1.0 if metres <= 500 else 0.68 if metres <= 1000 else 0.22 if metres <= 1500 else 0.0

    weight = {"two_step": lambda _: 1.0, "enhanced, bell": bell}.get(name, steps)
    weights = {}
    for (i, j), metres in links.items():
        share = 1.0
        if name == "three_step":
            rivals = [bell(far) for (h, k), far in links.items() if h == i and not math.isnan(capacity[k])]
            share = bell(metres) / sum(rivals) if rivals and not math.isnan(capacity[j]) else 0.0
        weights[i, j] = share * weight(metres)
    ratios = []
    for j, supply in enumerate(capacity):
        sought = sum(demand[i] * w for (i, k), w in weights.items() if k == j)
        ratios.append(supply / sought if sought > 0 and not math.isnan(supply) else 0.0)
    reached = [sum(w * ratios[j] for (h, j), w in weights.items() if h == i) for i in range(len(demand))]
    given = [
        math.nan
        if math.isnan(supply)
        else sum(ratios[j] * w * demand[i] for (i, k), w in weights.items() if k == j)
        for j, supply in enumerate(capacity)
    ]
    return reached, given


@st.composite
def towns(draw: st.DrawFn, *, unknown: bool) -> tuple[Links, list[float], list[float]]:
    n_origins, n_targets = draw(st.integers(1, 8)), draw(st.integers(1, 6))
    keys = st.tuples(st.integers(0, n_origins - 1), st.integers(0, n_targets - 1))
    links = draw(st.dictionaries(keys, st.floats(0, 1600), max_size=30))
    people = st.one_of(st.just(0.0), st.floats(0.01, 5000))
    supply = st.one_of(people, st.just(math.nan)) if unknown else people
    demand = draw(st.lists(people, min_size=n_origins, max_size=n_origins))
    capacity = draw(st.lists(supply, min_size=n_targets, max_size=n_targets))
    if all(math.isnan(one) for one in capacity):
        capacity[0] = 7.0
    return links, demand, capacity


@pytest.mark.parametrize("name", METHODS)
@settings(deadline=None, max_examples=60)
@given(town=towns(unknown=True))
def test_it_equals_the_papers_sums(name: str, town: tuple[Links, list[float], list[float]]) -> None:
    links, demand, capacity = town
    found = METHODS[name](pairs_of(links, len(demand), len(capacity)), demand, capacity)
    reached, allocated = oracle(name, links, demand, capacity)
    assert_allclose(found.accessibility, reached, rtol=1e-9, atol=1e-12)
    assert_allclose(found.allocated, allocated, rtol=1e-9, atol=1e-12)
    assert found.left_out.tolist() == [j for j, one in enumerate(capacity) if math.isnan(one)]
    beside = {i for i, j in links if math.isnan(capacity[j])}
    assert set(np.flatnonzero(found.touches_unknown)) == beside


@pytest.mark.parametrize("name", METHODS)
@settings(deadline=None, max_examples=60)
@given(town=towns(unknown=False))
def test_all_supply_that_has_demand_in_reach_is_allocated(
    name: str, town: tuple[Links, list[float], list[float]]
) -> None:
    """A walk beyond the last zone (over 1,500 m) has weight 0 in steps: it is not in reach there."""
    links, demand, capacity = town
    found = METHODS[name](pairs_of(links, len(demand), len(capacity)), demand, capacity)
    far = 1500 if name in ("enhanced, steps", "three_step") else math.inf
    wanted = {j for (i, j), metres in links.items() if demand[i] > 0 and metres <= far}
    total = sum(capacity[j] for j in wanted)
    assert (found.accessibility * demand).sum() == pytest.approx(total, rel=1e-9, abs=1e-9)
    assert found.allocated.sum() == pytest.approx(total, rel=1e-9, abs=1e-9)
    assert_allclose(found.allocated, [capacity[j] if j in wanted else 0.0 for j in range(len(capacity))])


LINKS: Links = {(0, 0): 400.0, (1, 0): 900.0, (1, 1): 500.0, (2, 1): 1400.0}
DEMAND, CAPACITY = [100.0, 50.0, 200.0], [30.0, 25.0]


def test_two_step_by_hand() -> None:
    """R0 = 30 / (100 + 50) = 0.2; R1 = 25 / (50 + 200) = 0.1."""
    found = two_step(pairs_of(LINKS, 3, 2), DEMAND, CAPACITY)
    assert_allclose(found.ratio, [0.2, 0.1])
    assert_allclose(found.accessibility, [0.2, 0.3, 0.1])


def test_enhanced_two_step_by_hand() -> None:
    """R0 = 30 / (100 + 0.68 x 50) = 30 / 134; R1 = 25 / (50 + 0.22 x 200) = 25 / 94."""
    found = enhanced_two_step(pairs_of(LINKS, 3, 2), DEMAND, CAPACITY, decay=STEPS)
    assert_allclose(found.accessibility, [30 / 134, 0.68 * 30 / 134 + 25 / 94, 0.22 * 25 / 94])


def test_three_step_by_hand() -> None:
    """Home 1 chooses by the zones' weights, 0.68 : 1, so 17/42 of it goes to the first."""
    found = three_step(pairs_of(LINKS, 3, 2), DEMAND, CAPACITY, decay=STEPS)
    first, second = 30 / (100 + 17 / 42 * 0.68 * 50), 25 / (25 / 42 * 50 + 0.22 * 200)
    assert_allclose(found.accessibility, [first, 17 / 42 * 0.68 * first + 25 / 42 * second, 0.22 * second])


def test_equal_weights_make_the_enhanced_method_plain() -> None:
    pairs = pairs_of(LINKS, 3, 2)
    plain = two_step(pairs, DEMAND, CAPACITY)
    enhanced = enhanced_two_step(pairs, DEMAND, CAPACITY, decay=everyone)
    assert enhanced.accessibility.tolist() == plain.accessibility.tolist()


def test_it_works_on_walks_along_a_street() -> None:
    street = line_network(n_segments=10, segment_m=100.0)
    homes = snap(street, np.array([0.0, 300.0, 900.0]), np.array([0.0, 0.0, 5000.0]))
    nurseries = snap(street, np.array([100.0, 400.0]), np.zeros(2))
    pairs = pairs_within(street, homes, nurseries, max_walk_m=250)
    found = cfspace.two_step(pairs, [10, 30, 5], [20, 15], measured=homes.has_foot)
    assert_allclose(found.accessibility, [0.5, 1.0, np.nan])
    assert_allclose(found.allocated, [20, 15])


def test_what_nobody_reaches_gives_nothing_and_what_is_unknown_is_told() -> None:
    found = two_step(pairs_of({(0, 0): 10.0, (0, 2): 20.0}, 2, 3), [4, 4], [8, 5, math.nan])
    assert_allclose(found.allocated, [8, 0, np.nan])
    assert_allclose(found.accessibility, [2, 0])
    assert_allclose(found.ratio, [2, np.nan, np.nan])
    assert found.left_out.tolist() == [2]
    assert found.touches_unknown.tolist() == [True, False]


def test_public_names() -> None:
    assert cfspace.two_step is two_step
    assert cfspace.enhanced_two_step is enhanced_two_step
    assert cfspace.three_step is three_step


@pytest.mark.parametrize(
    ("demand", "capacity", "message"),
    [
        ([1.0], [1.0, 1.0], r"demand: shape \(1,\), the pairs are of 3"),
        ([1.0, 2.0, math.nan], [1.0, 1.0], "demand: nan at 2"),
        (DEMAND, [1.0, -2.0], "capacity: -2 at 1"),
        (DEMAND, [math.inf, 2.0], "capacity: inf at 0"),
        (DEMAND, [math.nan, math.nan], "capacity: not known for any of 2 facilities"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(demand: Any, capacity: Any, message: str) -> None:
    for method in METHODS.values():
        with pytest.raises(ParameterError, match=message):
            method(pairs_of(LINKS, 3, 2), demand, capacity)


def test_decays_and_masks_that_make_no_sense_are_refused() -> None:
    pairs = pairs_of(LINKS, 3, 2)
    with pytest.raises(ParameterError, match="decay"):
        enhanced_two_step(pairs, DEMAND, CAPACITY, decay=lambda metres: -metres)
    with pytest.raises(ParameterError, match="measured"):
        two_step(pairs, DEMAND, CAPACITY, measured=[True])
    with pytest.raises(ParameterError, match="breaks_m"):
        step_decay([500, 400], [1, 0.5])
    with pytest.raises(ParameterError, match="weights"):
        step_decay([500, 800], [1])
    with pytest.raises(ParameterError, match="reach_m"):
        gaussian_decay(0)
    with pytest.raises(ParameterError, match="edge_weight"):
        gaussian_decay(100, edge_weight=1)
    homes = pd.DataFrame({"children_0_2": [1.0]})
    with pytest.raises(ParameterError, match="'3_5'; they have 0_2"):
        demand_of(homes, {"3_5": 1.0})
    with pytest.raises(ParameterError, match="0_2 is 2"):
        demand_of(homes, {"0_2": 2.0})
