"""How sure scores of tasks are, by hand where causes are few and by laws where they are many."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import cfspace
from cfspace.config.rulebook import Rulebook
from cfspace.draws import triangular
from cfspace.ranges import RANGE_COLUMNS, UNITS_AT_ONCE, WHOLE_CITY, task_ranges
from cfspace.rulebooks import read_rulebook
from tests.scores.test_scores import TASKS, indicator

Ends = dict[str, list[tuple[float, float]]]


def book(*, seed: int = 1, draws: int = 4000) -> Rulebook:
    head = f"[uncertainty]\ndraws = {draws}\nseed = {seed}\n"
    rules = indicator("A-1", 13, "park", "weight = 3") + indicator("A-2", 13, "museum")
    return read_rulebook(TASKS.replace("[[task]]", head + "[[task]]", 1) + rules, source="toy.toml")


def ranges(
    told: dict[str, list[float]],
    ends: dict[str, Ends],
    *,
    weights: list[float] | None = None,
    rules: Rulebook | None = None,
) -> pd.DataFrame:
    """Return the ranges of units 0, 1, ... whose indicators A-1 and A-2 of task 13 are told."""
    n_units = len(told["A-1"])
    ids = [str(k) for k in range(n_units)]
    scores = pd.DataFrame({"unit_level": "district", "unit_id": ids, "unit_name": ids})
    table = pd.DataFrame(told)
    shares = pd.Series({"A-1": 3.0, "A-2": 1.0})[[*told]]
    task = (table * shares).sum(axis=1) / (table.notna() * shares).sum(axis=1)
    scores = scores.assign(task_5=np.nan, task_13=task, task_14=np.nan, overall=task)
    rows = pd.concat([_rows(ids, name).assign(score=values) for name, values in told.items()])
    causes = [
        _rows(ids, name).assign(cause=cause, score_low=[e[0] for e in both], score_high=[e[1] for e in both])
        for name, of_rule in ends.items()
        for cause, both in of_rule.items()
    ]
    none = pd.DataFrame(columns=["unit_level", "unit_id", "indicator", "age_band", "cause", "score_low"])
    given: dict[str, Any] = {"causes": pd.concat(causes) if causes else none.assign(score_high=[])}
    by_unit = pd.Series(weights or [1.0] * n_units, index=ids)
    return task_ranges(rules or book(), scores, rows.assign(scored=True), weights=by_unit, **given)


def _rows(ids: list[str], name: str) -> pd.DataFrame:
    return pd.DataFrame({"unit_level": "district", "unit_id": ids, "indicator": name, "age_band": "6_11"})


def of_city(found: pd.DataFrame, task: str = "13") -> pd.Series:
    return found[(found["unit_level"] == WHOLE_CITY) & (found["task"] == task)].iloc[0]


def of_unit(found: pd.DataFrame, unit: str) -> pd.Series:
    return found[(found["unit_id"] == unit) & (found["task"] == "13")].iloc[0]


def test_one_cause_in_one_unit_by_hand() -> None:
    """From 20 to 80, 50 the likeliest: a twentieth of the draws lies below 20 + sqrt(0.05 x 60 x 30)."""
    found = ranges({"A-1": [50.0]}, {"A-1": {"walks": [(20.0, 80.0)]}})
    assert tuple(found.columns) == RANGE_COLUMNS
    for row in (of_unit(found, "0"), of_city(found), of_city(found, "overall")):
        assert row["score"] == 50.0
        assert row["score_low"] == pytest.approx(20 + 90**0.5, abs=1.0)
        assert row["score_high"] == pytest.approx(80 - 90**0.5, abs=1.0)
        assert (row["quantile_low"], row["quantile_high"], row["draws"]) == (0.05, 0.95, 4000)


def test_an_indicator_moves_its_task_by_its_weight() -> None:
    """A-2 weighs a quarter: 60 points of width become 15, and three quarters stay as told."""
    found = ranges({"A-1": [40.0], "A-2": [50.0]}, {"A-2": {"answers": [(20.0, 80.0)]}})
    row = of_city(found)
    assert row["score"] == pytest.approx(42.5)
    assert row["score_low"] == pytest.approx(30 + (20 + 90**0.5) / 4, abs=0.3)
    assert row["score_high"] == pytest.approx(30 + (80 - 90**0.5) / 4, abs=0.3)
    assert row["varied_share"] == 0.25


def test_the_city_is_as_sure_as_its_causes_are_shared() -> None:
    """Walks are off alike in both units; lists are off by unit, and the mean of two is surer than each."""
    told, both = {"A-1": [50.0, 50.0]}, [(20.0, 80.0), (20.0, 80.0)]
    walks = ranges(told, {"A-1": {"walks": both}})
    lists = ranges(told, {"A-1": {"lists": both}})
    width = {
        name: row["score_high"] - row["score_low"]
        for name, row in {
            "walks": of_city(walks),
            "lists": of_city(lists),
            "unit": of_unit(lists, "0"),
        }.items()
    }
    assert width["walks"] == pytest.approx(60 - 2 * 90**0.5, abs=1.5)
    assert width["unit"] == pytest.approx(60 - 2 * 90**0.5, abs=2.0)
    assert width["lists"] / width["unit"] == pytest.approx(0.5**0.5, abs=0.05)


def test_units_weigh_as_their_children_do_and_those_without_a_score_nothing() -> None:
    found = ranges(
        {"A-1": [80.0, 40.0, np.nan]},
        {"A-1": {"walks": [(70.0, 90.0), (40.0, 40.0), (np.nan, np.nan)]}},
        weights=[1.0, 3.0, 96.0],
    )
    row = of_city(found)
    assert row["score"] == 50.0
    drawn = triangular(np.array([0.05, 0.95]), np.array(70.0), np.array(80.0), np.array(90.0))
    assert [row["score_low"], row["score_high"]] == pytest.approx((drawn + 3 * 40) / 4, abs=0.2)
    silent = of_unit(found, "2")
    assert silent[["score", "score_low", "score_high", "varied_share"]].isna().all()


def test_what_is_in_no_doubt_has_no_width_whatever_the_order_of_sums() -> None:
    told = list(np.random.default_rng(5).uniform(0, 100, 2 * UNITS_AT_ONCE + 7))
    found = ranges({"A-1": told}, {"A-1": {"walks": [(one, one) for one in told]}}, rules=book(draws=100))
    rows = found[found["task"].isin(["13", "overall"])]
    assert len(rows) == len(told) + 2
    assert (rows["score_low"] == rows["score"]).all()
    assert (rows["score_high"] == rows["score"]).all()
    assert of_city(found)["score"] == pytest.approx(np.mean(told))


def test_where_no_cause_applies_nothing_is_claimed() -> None:
    row = of_city(ranges({"A-1": [50.0]}, {}))
    assert row["score"] == 50.0
    assert row["varied_share"] == 0.0
    assert np.isnan(row["score_low"])
    assert np.isnan(row["score_high"])


def test_what_is_only_missed_holds_the_score_told_at_its_end() -> None:
    """Missing places raise a score alone: the draws lie above what is told, the range begins there."""
    row = of_city(ranges({"A-1": [50.0]}, {"A-1": {"lists": [(50.0, 80.0)]}}))
    assert row["score_low"] == 50.0
    # Falling from the told end: 95 % of the draws lie below 80 - sqrt(0.05 x 30 x 30).
    assert row["score_high"] == pytest.approx(80 - 45**0.5, abs=1.0)


def test_the_seed_alone_decides() -> None:
    told, ends = {"A-1": [50.0] * 3}, {"A-1": {"lists": [(20.0, 80.0)] * 3}}
    first, again, other = (ranges(told, ends, rules=book(seed=seed, draws=200)) for seed in (3, 3, 4))
    pd.testing.assert_frame_equal(first, again)
    assert not first.equals(other)


def test_of_a_finished_run(sample_run: cfspace.Run) -> None:
    found, scores = sample_run.task_ranges, sample_run.scores
    assert tuple(found.columns) == RANGE_COLUMNS
    units = found[found["unit_level"] != WHOLE_CITY]
    tasks = [name for name in scores if name.startswith("task_")]
    long = scores.melt(id_vars=["unit_level", "unit_id"], value_vars=tasks, var_name="task", value_name="s")
    long["task"] = long["task"].str.removeprefix("task_")
    both = units.astype({"task": str}).merge(long, on=["unit_level", "unit_id", "task"], validate="1:1")
    assert len(both) == len(units) == len(scores) * len(tasks)
    pd.testing.assert_series_equal(both["score"], both["s"], check_names=False)
    known = found[found["varied_share"] > 0]
    assert len(known) > 100
    assert (known["score_low"] <= known["score"]).all()
    assert (known["score"] <= known["score_high"]).all()
    assert known["score_low"].min() >= 0
    assert known["score_high"].max() <= 100
    assert (known["score_low"] < known["score_high"]).mean() > 0.5
    assert found.loc[~(found["varied_share"] > 0), ["score_low", "score_high"]].isna().all(axis=None)
    district = scores[scores["unit_level"] == "district"]
    for row in found[found["unit_level"] == WHOLE_CITY].itertuples():
        column = "overall" if row.task == "overall" else f"task_{row.task}"
        assert row.score == pytest.approx(np.average(district[column], weights=district["children"]))
