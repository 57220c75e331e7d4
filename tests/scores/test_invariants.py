"""What holds of every city, on the sample as it is measured."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cfspace.indicators import City, evaluate
from cfspace.rulebooks import load_rulebook
from cfspace.runs.measuring import Measured, measure
from cfspace.scores import score
from tests.indicators.toytown import book, city, facilities, homes, row
from tests.real import measured_study

BOOK = load_rulebook("jilin-2022")


@pytest.fixture(scope="module")
def measured(sample_study: Path) -> Measured:
    return measured_study(sample_study)


@pytest.fixture(scope="module")
def seen(measured: Measured) -> City:
    return measured.for_measures()


@pytest.fixture(scope="module")
def rows(seen: City) -> pd.DataFrame:
    return evaluate(BOOK, seen)


def test_scores_and_shares_stay_within_their_ends(seen: City, rows: pd.DataFrame) -> None:
    assert rows["score"].dropna().between(0, 100).all()
    scores = score(BOOK, seen, rows)
    names = [name for name in scores if name.startswith("task_")] + ["overall"]
    assert (scores[names].isna() | ((scores[names] >= 0) & (scores[names] <= 100))).all(axis=None)
    assert scores["data_share"].between(0, 1).all()
    shares = rows[rows["value_unit"].str.startswith("share")]
    for name in ("value", "value_low", "value_high"):
        assert shares[name].dropna().between(0, 1 + 1e-12).all()
    ranged = rows[rows["value_low"].notna()]
    assert (ranged["value_low"] <= ranged["value"] + 1e-12).all()
    assert (ranged["value_high"] >= ranged["value"] - 1e-12).all()


def test_the_order_of_inputs_changes_nothing(seen: City) -> None:
    """Homes, places, entrances, streets, ways to school and answers, each in another order."""
    told = replace(seen, catchments={})
    expected = evaluate(BOOK, told)
    rng = np.random.default_rng(11)

    def mixed(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.iloc[rng.permutation(len(frame))].reset_index(drop=True)

    names = ("homes", "facilities", "entrances", "segments", "residential", "trips", "audits")
    other = replace(told, **{name: mixed(getattr(told, name)) for name in names})
    pd.testing.assert_frame_equal(evaluate(BOOK, other), expected)


def test_more_facilities_never_lower_what_is_reached(measured: Measured, rows: pd.DataFrame) -> None:
    """Without every third place of each kind, walked again."""
    whole = measured.city
    fewer = whole.facilities[whole.facilities.groupby("kind").cumcount() % 3 != 1].reset_index(drop=True)
    left = whole.entrances["facility_id"].isin(fewer["facility_id"])
    entrances = whole.entrances[left].reset_index(drop=True)
    study = whole.study.model_copy(update={"zones": ()})
    less = measure(replace(whole, study=study, facilities=fewer, entrances=entrances), BOOK)
    before = evaluate(BOOK, less.for_measures())
    of_places = {"coverage", "bundle", "presence", "land_coverage"}
    asked = [rule.id for rule in BOOK.indicator if rule.measure in of_places]
    keys = ["unit_level", "unit_id", "indicator", "age_band"]
    both = before[before["indicator"].isin(asked)].merge(rows, on=keys, suffixes=("_before", "_after"))
    both = both[both["value_before"].notna() & both["value_after"].notna()]
    assert len(both) > 500
    assert (both["value_after"] >= both["value_before"] - 1e-12).all()
    assert (both["score_after"].fillna(0) >= both["score_before"].fillna(0) - 1e-9).all()
    assert (both["value_after"] > both["value_before"] + 1e-6).any()


def test_a_radius_is_honoured_to_the_last_millimetre() -> None:
    rule = """
measure = "coverage"
who = ["6_11"]
target = "primary_school"
full_m = 60
goal = 0.9
"""
    walks = homes(m_primary_school=[60.0, 60.001, 59.999, 61.0])
    table = evaluate(book(rule), city(homes_table=walks, places=facilities({"kind": "primary_school"})))
    assert row(table, "A")["numerator"] == 100.0
    assert row(table, "B")["numerator"] == 200.0


@pytest.mark.parametrize("indicator", ["PRK-7", "LIB-1", "SCH-1", "BLK-7", "COM-4"])
def test_a_unit_cut_in_two_keeps_its_sum(indicator: str, seen: City, rows: pd.DataFrame) -> None:
    """Each district is cut at its middle; the halves together have what the whole had."""
    frame = seen.units.frames["district"]
    halves = pd.concat([frame.assign(unit_id=frame["unit_id"] + side) for side in "we"], ignore_index=True)
    middle = seen.homes["district_id"].map(dict(zip(frame["unit_id"], frame.centroid.x, strict=True)))
    side = np.where(seen.homes["foot_x_m"].fillna(0.0) < middle, "w", "e")
    cut = seen.homes.assign(district_id=seen.homes["district_id"] + pd.Series(side, index=seen.homes.index))
    units = replace(seen.units, levels=("district",), frames={"district": halves})
    other = replace(seen, homes=cut, units=units, placed_within=None)
    alone = BOOK.model_copy(update={"indicator": (BOOK.rule(indicator),)})
    found = evaluate(alone, other)
    whole = rows[(rows["indicator"] == indicator) & (rows["unit_level"] == "district")]
    for name in ("numerator", "denominator"):
        sums = found.assign(of=found["unit_id"].str[:-1]).groupby(["of", "age_band"])[name].sum()
        expected = whole.set_index(["unit_id", "age_band"])[name]
        np.testing.assert_allclose(sums.reindex(expected.index), expected, rtol=1e-9)
    assert found["unit_id"].nunique() == 2 * len(frame)
