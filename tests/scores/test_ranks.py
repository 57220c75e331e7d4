"""How sure ranks are, by hand where causes leave no doubt and by count where they do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import cfspace
from cfspace.config.rulebook import Rulebook
from cfspace.draws import triangular
from cfspace.ranks import RANK_COLUMNS, rank_intervals
from cfspace.rulebooks import read_rulebook
from tests.scores.test_scores import TASKS, indicator

UNITS = list("abcdefgh")


def toy_book(seed: int = 1) -> Rulebook:
    head = f"[uncertainty]\ndraws = 200\nseed = {seed}\n"
    return read_rulebook(
        TASKS.replace("[[task]]", head + "[[task]]", 1) + indicator("A-1", 13, "park"), source="toy.toml"
    )


def tables(told: list[float], ends: dict[str, list[tuple[float, float]]]) -> dict[str, Any]:
    """Tables of units with one indicator each, told scores and the ends of each cause."""
    names = {"unit_level": "district", "unit_id": UNITS[: len(told)]}
    scores = pd.DataFrame({**names, "unit_name": UNITS[: len(told)], "overall": told})
    scores["rank"] = scores["overall"].rank(ascending=False, method="min")
    coverage = pd.DataFrame({**names, "indicator": "A-1", "age_band": "6_11", "score": told, "scored": True})
    parts = [
        pd.DataFrame(
            {
                **names,
                "indicator": "A-1",
                "age_band": "6_11",
                "cause": cause,
                "score_low": [low for low, _ in of_cause],
                "score_high": [high for _, high in of_cause],
            }
        )
        for cause, of_cause in ends.items()
    ]
    return {"scores": scores, "coverage": coverage, "causes": pd.concat(parts)}


def test_where_nothing_is_in_doubt_ranks_are_sure() -> None:
    told = [90.0, 80.0, 70.0, 60.0, 50.0]
    found = rank_intervals(toy_book(), **tables(told, {"walks": [(one, one) for one in told]}))
    assert tuple(found.columns) == RANK_COLUMNS
    assert found["rank_low"].tolist() == found["rank_high"].tolist() == [1, 2, 3, 4, 5]
    # The last quarter of five, rounded up, is two.
    assert found["worst_quarter_chance"].tolist() == [0.0, 0.0, 0.0, 1.0, 1.0]
    assert found["overall_low"].tolist() == found["overall_high"].tolist() == told


def test_walks_are_off_alike_everywhere_so_ranks_hold() -> None:
    told = [60.0, 50.0, 40.0, 30.0]
    found = rank_intervals(toy_book(), **tables(told, {"walks": [(one - 30, one + 30) for one in told]}))
    assert found["rank_low"].tolist() == found["rank_high"].tolist() == [1, 2, 3, 4]
    assert (found["overall_high"] - found["overall_low"] > 30).all()


def test_what_is_off_by_unit_mixes_ranks() -> None:
    told = [50.0, 50.0, 50.0, 50.0]
    found = rank_intervals(toy_book(), **tables(told, {"lists": [(one - 30, one + 30) for one in told]}))
    assert found["rank_low"].tolist() == [1] * 4
    assert found["rank_high"].tolist() == [4] * 4
    assert found["worst_quarter_chance"].sum() == pytest.approx(1.0)
    assert found["worst_quarter_chance"].between(0.15, 0.35).all()


def test_a_unit_that_may_be_anywhere_is_last_as_often_as_it_must() -> None:
    """From 0 to 100 with 50 the likeliest, below 30 in 2 x 0.3^2 = 18 % of the draws."""
    told = [90.0, 50.0, 30.0, 95.0]
    ends = [(90.0, 90.0), (0.0, 100.0), (30.0, 30.0), (95.0, 95.0)]
    book = toy_book()
    book = book.model_copy(update={"uncertainty": book.uncertainty.model_copy(update={"draws": 4000})})
    found = rank_intervals(book, **tables(told, {"answers": ends})).set_index("unit_id")
    assert found.loc["b", "worst_quarter_chance"] == pytest.approx(0.18, abs=0.02)
    assert found.loc["c", "worst_quarter_chance"] == pytest.approx(0.82, abs=0.02)


def test_units_without_a_rank_take_no_part_and_three_have_no_quarter() -> None:
    given = tables([90.0, 80.0, 70.0, 60.0], {"walks": [(one, one) for one in (90.0, 80.0, 70.0, 60.0)]})
    given["scores"].loc[3, "rank"] = np.nan
    found = rank_intervals(toy_book(), **given)
    assert found["n_ranked"].tolist() == [3] * 4
    assert found["worst_quarter_chance"].isna().all()
    assert found["rank_low"].isna().tolist() == [False, False, False, True]


def test_the_seed_alone_decides() -> None:
    given = tables([50.0] * 4, {"lists": [(20.0, 80.0)] * 4})
    first, again = (rank_intervals(toy_book(3), **given) for _ in range(2))
    assert first.equals(again)
    assert not first.equals(rank_intervals(toy_book(4), **given))


def test_triangular_draws_have_their_mean() -> None:
    rng = np.random.default_rng(0)
    drawn = triangular(rng.random(20000), np.array(0.0), np.array(1.0), np.array(5.0))
    assert drawn.mean() == pytest.approx(2.0, abs=0.03)
    assert triangular(np.array([0.3]), np.array(2.0), np.array(2.0), np.array(2.0)).tolist() == [2.0]


def test_of_a_finished_run(sample_run: cfspace.Run) -> None:
    found, scores = sample_run.ranks, sample_run.scores
    assert tuple(found.columns) == RANK_COLUMNS
    keys = ["unit_level", "unit_id", "overall", "rank"]
    pd.testing.assert_frame_equal(found[keys], scores[keys])
    ranked = found[found["rank"].notna()]
    assert (ranked["rank_low"] <= ranked["rank"]).all()
    assert (ranked["rank"] <= ranked["rank_high"]).all()
    assert (ranked["overall_low"] <= ranked["overall"]).all()
    assert (ranked["overall_high"] >= ranked["overall"]).all()
    for _, level in ranked[ranked["n_ranked"] >= 4].groupby("unit_level"):
        last = np.ceil(len(level) / 4)
        assert level["worst_quarter_chance"].between(0, 1).all()
        assert level["worst_quarter_chance"].sum() == pytest.approx(last, rel=0.25)
