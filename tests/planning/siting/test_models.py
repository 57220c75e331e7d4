from __future__ import annotations

import pytest

from cfspace.errors import ParameterError
from cfspace.planning.siting.models import choose_sites, site_value, tier_values
from cfspace.planning.siting.problem import Model
from tests.planning.siting.cases import best_tiers, best_value, drawn, least_cost

LIMITS = [
    {},
    {"n_new": 1},
    {"n_new": None, "budget": 4.0},
    {"n_new": 2, "budget": 3.1},
    {"n_new": 4, "spacing_m": 450.0},
    {"n_kinds": 2, "n_new": 3, "budget": 5.0},
    {"n_open": 2, "n_new": 2},
]


@pytest.mark.parametrize("limits", LIMITS, ids=lambda limits: "-".join(limits) or "plain")
@pytest.mark.parametrize("model", ["max_coverage", "p_median", "capacity"])
@pytest.mark.parametrize("seed", range(8))
def test_a_choice_is_as_good_as_the_best_of_all(model: Model, limits: dict, seed: int) -> None:
    problem = drawn(seed, model=model, **limits)
    found = choose_sites(problem, model=model)
    best = best_value(problem, model)
    assert found.is_exact
    assert found.gap == 0.0
    assert problem.allows(found.chosen)
    assert found.value == pytest.approx(best, abs=1e-6)
    assert site_value(problem, found.chosen, model=model) == pytest.approx(best, abs=1e-6)


@pytest.mark.parametrize("limits", LIMITS, ids=lambda limits: "-".join(limits) or "plain")
@pytest.mark.parametrize("seed", range(8))
def test_the_worst_off_are_served_first(limits: dict, seed: int) -> None:
    problem = drawn(seed, model="worst_first", **limits)
    found = choose_sites(problem, model="worst_first")
    assert found.is_exact
    assert problem.allows(found.chosen)
    assert tuple(found.by_tier.round(6)) == pytest.approx(best_tiers(problem), abs=1e-5)
    assert found.value == pytest.approx(tier_values(problem, found.chosen).sum())


@pytest.mark.parametrize(
    "limits", [{}, {"spacing_m": 350.0}, {"n_open": 2}, {"n_kinds": 2}], ids=lambda limits: "-".join(limits)
)
@pytest.mark.parametrize("seed", range(8))
def test_covering_all_costs_the_least(limits: dict, seed: int) -> None:
    problem = drawn(seed, model="cover_all", n_new=None, **limits)
    least = least_cost(problem)
    if least is None:
        with pytest.raises(ParameterError, match="no choice serves every child"):
            choose_sites(problem, model="cover_all")
    else:
        found = choose_sites(problem, model="cover_all")
        assert found.is_exact
        assert found.value == pytest.approx(least, abs=1e-6)
