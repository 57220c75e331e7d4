"""Fairness: worked by hand, equal to PySAL where each child is a row, and computed of a finished run."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inequality.gini import Gini
from inequality.theil import TheilD
from numpy.typing import NDArray

import cfspace
from cfspace.errors import MissingExtraError, ParameterError
from cfspace.fairness import COLUMNS, fairness, inequality
from cfspace.rulebooks import load_rulebook

BOOK = load_rulebook("jilin-2022")
Floats = NDArray[np.float64]


def test_ten_children_by_hand() -> None:
    """Nine bear 1, one bears 11 (mean 2): the tenth bears 11 of 20, the best-off four bear 4 of 20."""
    burden = np.array([1.0] * 9 + [11.0])
    found = inequality(burden, np.ones(10), np.array([0] * 5 + [1] * 5))
    assert found.palma == pytest.approx(11 / 4)
    assert found.worst_tenth_from == 11
    assert found.worst_tenth_mean == pytest.approx(11)
    assert found.gini == pytest.approx(9 * 10 / (10 * 20))
    assert found.theil == pytest.approx(9 / 20 * np.log(1 / 2) + 11 / 20 * np.log(11 / 2))
    assert found.theil_between == pytest.approx(5 / 20 * np.log(1 / 2) + 15 / 20 * np.log(3 / 2))


def test_the_worst_off_tenth_may_cut_a_home() -> None:
    """Of 100 children 4 bear 10 and 16 bear 5: the worst-off ten are the 4 and 6 of the 16."""
    found = inequality(np.array([10.0, 5.0, 1.0]), np.array([4.0, 16.0, 80.0]), np.zeros(3, np.int64))
    assert found.worst_tenth_mean == pytest.approx((4 * 10 + 6 * 5) / 10)
    assert found.worst_tenth_from == 5
    assert found.palma == pytest.approx(70 / 40)
    assert found.theil_between == pytest.approx(0)


def test_equal_walks_are_fair_and_no_walks_say_nothing() -> None:
    equal = inequality(np.full(4, 3.0), np.array([1.0, 2.0, 0.5, 0.0]), np.arange(4))
    assert (equal.gini, equal.theil, equal.theil_within) == pytest.approx((0, 0, 0), abs=1e-12)
    assert equal.palma == pytest.approx(0.25)
    nothing = inequality(np.zeros(2), np.ones(2), np.zeros(2, np.int64))
    assert np.isnan(nothing.gini)
    assert np.isnan(nothing.worst_tenth_mean)


rows = st.lists(st.tuples(st.floats(0.01, 50), st.integers(0, 6), st.integers(0, 3)), min_size=2, max_size=25)


def columns(
    table: list[tuple[float, int, int]],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    burden, weights, groups = zip(*table, strict=True)
    return np.array(burden), np.array(weights, float), np.array(groups, np.int64)


@settings(deadline=None, max_examples=80)
@given(table=rows)
def test_it_equals_pysal_with_a_row_per_child(table: list[tuple[float, int, int]]) -> None:
    burden, weights, groups = columns(table)
    children = np.repeat(burden, weights.astype(int))
    if len(children) < 2:
        return
    found = inequality(burden, weights, groups)
    peer = TheilD(children, np.repeat(groups, weights.astype(int)))
    assert found.gini == pytest.approx(Gini(children).g, abs=1e-9)
    assert found.theil == pytest.approx(float(peer.T), abs=1e-9)
    assert found.theil_between == pytest.approx(float(peer.bg[0]), abs=1e-9)
    assert found.theil_within == pytest.approx(float(peer.wg[0]), abs=1e-9)


@settings(deadline=None, max_examples=50)
@given(table=rows, scale=st.floats(0.1, 10))
def test_neither_scale_nor_order_nor_splitting_a_home_matters(
    table: list[tuple[float, int, int]], scale: float
) -> None:
    burden, weights, groups = columns(table)
    if not weights.sum():
        return
    first = inequality(burden, weights, groups)
    halves = np.concatenate([weights, weights]) / 2
    doubled = np.concatenate([burden, burden])[::-1] * scale
    second = inequality(doubled, halves[::-1], np.concatenate([groups, groups])[::-1])
    for name in ("gini", "theil", "theil_between", "theil_within", "palma"):
        assert getattr(second, name) == pytest.approx(getattr(first, name), abs=1e-9)
    assert 0 <= first.gini + 1e-12 < 1
    assert first.theil_within > -1e-9
    assert first.worst_tenth_mean >= first.worst_tenth_from - 1e-9


def test_numbers_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ParameterError, match="2 burdens, 1 weights, 2 groups"):
        inequality(np.ones(2), np.ones(1), np.zeros(2, np.int64))
    with pytest.raises(ParameterError, match="burden: holds numbers below 0"):
        inequality(np.array([1.0, np.inf]), np.ones(2), np.zeros(2, np.int64))
    with pytest.raises(ParameterError, match="weights: holds numbers below 0"):
        inequality(np.ones(2), np.array([1.0, -1.0]), np.zeros(2, np.int64))


def test_a_toy_city_by_hand() -> None:
    """Walks of a half, one and, beyond the search, six full distances."""
    rule = BOOK.rule("SCH-7")
    (way,) = rule.ways()  # type: ignore[union-attr]
    none = pd.DataFrame({f"children_{band}": [0.0] * 4 for band in ("0_2", "3_5", "6_11", "12_14", "15_17")})
    homes = none.assign(
        **{
            f"children_{rule.who[0]}": [10.0, 20.0, 10.0, 5.0],
            f"m_{way.target}": [way.full_m / 2, way.full_m, np.inf, np.nan],
            "district_id": ["a", "a", "b", "b"],
        }
    )
    coverage = pd.DataFrame(
        {
            "indicator": rule.id,
            "unit_level": "district",
            "age_band": rule.age_label,
            "value": [1.0, 0.0],
        }
    )
    limit = {way.target: 6 * way.full_m}
    book = BOOK.model_copy(update={"indicator": (rule,)})
    row = fairness(book, homes, coverage, limits_m=limit, levels=["district"]).iloc[0]
    total = 5 + 20 + 60
    assert (row["children"], row["children_at_limit"], row["n_units"]) == (40, 10, 2)
    assert row["worst_tenth_mean"] == pytest.approx(6)
    assert row["palma"] == pytest.approx((4 * 6) / (5 + 6 * 1))
    between = 25 / total * np.log(25 / 30 / (total / 40)) + 60 / total * np.log(6 / (total / 40))
    assert row["theil_between"] == pytest.approx(between)
    assert row["gini_units"] == pytest.approx(0.5)
    assert row["theil_units"] == pytest.approx(np.log(2))


def test_of_a_finished_run(sample_run: cfspace.Run) -> None:
    table = sample_run.fairness()
    assert tuple(table.columns) == COLUMNS
    known = sample_run.coverage[sample_run.coverage["value"].notna()]
    coverages = {rule.id for rule in BOOK.indicator if rule.measure == "coverage"}
    assert set(table["indicator"]) == coverages & set(known["indicator"])
    np.testing.assert_allclose(table["theil"], table["theil_between"] + table["theil_within"], atol=1e-12)
    assert table["gini"].between(0, 1).all()
    row = table[(table["indicator"] == "SCH-7") & (table["unit_level"] == "street")].iloc[0]
    homes = sample_run.homes
    (way,) = BOOK.rule("SCH-7").ways()  # type: ignore[union-attr]
    bands = [f"children_{band}" for band in BOOK.rule("SCH-7").who]
    limit_m = sample_run.record["limits_m"][way.target]
    weights, walk = homes[bands].sum(axis=1), homes[f"m_{way.target}"].clip(upper=limit_m)
    apart = np.abs(np.subtract.outer(walk.to_numpy(), walk.to_numpy()))
    mean = np.average(walk, weights=weights)
    gini = (np.outer(weights, weights) * apart).sum() / (2 * weights.sum() ** 2 * mean)
    assert row["gini"] == pytest.approx(gini, rel=1e-9)


def test_without_the_extra_the_cure_is_named(
    sample_run: cfspace.Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "inequality.gini", None)
    with pytest.raises(MissingExtraError, match=r"inequality is not installed; run: .*cfspace\[stats\]"):
        sample_run.fairness()
