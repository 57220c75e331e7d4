"""Explaining a number from a finished run: it adds up to what ``coverage.csv`` says."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cfspace
from cfspace.config.rulebook import Rulebook
from cfspace.errors import RunError
from cfspace.rulebooks import match_target
from cfspace.runs.explaining import explain
from cfspace.runs.rewalking import Walks

BY_HOMES = ("coverage", "bundle")


def rules_of(run: cfspace.Run, *measures: str) -> list[str]:
    book = Rulebook.model_validate(run.record["rulebook"])
    return [rule.id for rule in book.indicator if not measures or rule.measure in measures]


def test_walks_walked_again_equal_those_of_the_run(sample_run: cfspace.Run) -> None:
    walks, homes = Walks(sample_run.data), sample_run.homes
    targets = Rulebook.model_validate(sample_run.record["rulebook"]).targets()
    for name in ("library", "park_large", "primary_school", "health_care"):
        match = match_target(targets[name], sample_run.facilities)
        ids = sample_run.facilities["facility_id"][match.matches]
        found = walks.nearest(homes, ids, max_walk_m=sample_run.record["limits_m"][name])
        np.testing.assert_allclose(found["metres"], homes[f"m_{name}"], atol=1e-3)
        assert set(found["facility_id"].dropna()) <= set(ids)
        assert (found["facility_id"].isna() == np.isinf(found["metres"])).all()


def test_homes_add_up_to_every_coverage_of_a_street(sample_run: cfspace.Run) -> None:
    for indicator in rules_of(sample_run, *BY_HOMES):
        found = explain(sample_run.data, "220191001", indicator)
        homes = found.homes
        assert homes is not None
        measured = homes[homes["served"].notna()]
        if np.isfinite(found.row["value"]):
            numerator = (measured["children"] * measured["served"]).sum()
            assert numerator == pytest.approx(found.row["numerator"], rel=1e-9)
            assert measured["children"].sum() == pytest.approx(found.row["denominator"], rel=1e-9)
        if np.isfinite(found.row["score"]):
            assert found.score == pytest.approx(found.row["score"], abs=1e-9)
            assert len(found.arithmetic) == 2


def test_the_score_is_computed_anew_or_left_out(sample_run: cfspace.Run) -> None:
    """Where the arithmetic shows a score at all, it is the score of the table."""
    n_shown = 0
    for indicator in rules_of(sample_run):
        found = explain(sample_run.data, "220191", indicator)
        for line in found.arithmetic[1:]:
            assert found.score == pytest.approx(found.row["score"], abs=1e-6), line
            n_shown += 1
    assert n_shown > 30


def test_places_that_count_lie_within_the_full_distance(sample_run: cfspace.Run) -> None:
    found = explain(sample_run.data, "南安街道", "lib-1")
    homes, places = found.homes, found.places
    assert homes is not None
    assert found.row["unit_id"] == "220191001"
    libraries = places[places["target"] == "library"]
    assert libraries["children_within"].sum() == pytest.approx(found.row["numerator"], rel=1e-9)
    assert libraries["n_homes"].sum() == len(homes)
    assert (libraries.loc[libraries["n_within"] > 0, "nearest_m"] <= 1000).all()
    first = libraries.iloc[0]
    mine = homes[homes["nearest_library"] == first["facility_id"]]
    assert (len(mine), mine["m_library"].min()) == (first["n_homes"], first["nearest_m"])


def test_ways_for_some_ages_count_the_children_of_these_ages(sample_run: cfspace.Run) -> None:
    book = Rulebook.model_validate(sample_run.record["rulebook"])
    rules = [
        rule for rule in book.indicator if rule.measure == "coverage" and any(w.who for w in rule.ways())
    ]
    for rule in rules:
        found = explain(sample_run.data, "220191001", rule.id)
        inside = sample_run.homes[sample_run.homes["street_id"] == "220191001"]
        for way in rule.ways():
            own = found.places[
                (found.places["target"] == way.target) & (found.places["full_m"] == way.full_m)
            ]
            reached = np.isfinite(inside[f"m_{way.target}"])
            bands = [f"children_{band}" for band in way.who or rule.who]
            assert own["children"].sum() == pytest.approx(inside.loc[reached, bands].sum().sum(), rel=1e-9)


def test_homes_left_out_are_the_rest(sample_run: cfspace.Run) -> None:
    found = explain(sample_run.data, "220191", "LIB-1")
    out = found.left_out
    assert out is not None
    assert out["children"].sum() == pytest.approx(found.row["denominator"] - found.row["numerator"], rel=1e-9)
    assert (out["m_library"] > 1000).all()
    assert out["children"].is_monotonic_decreasing
    assert set(out["why"]) <= {"beyond", "none_in_search"}


def test_one_age_band(sample_run: cfspace.Run) -> None:
    found = explain(sample_run.data, "220191", "LIB-1", age_band="6_11")
    assert found.bands == ("6_11",)
    assert found.row["age_band"] == "6_11"
    assert found.homes is not None
    assert found.homes["children"].sum() == pytest.approx(found.row["denominator"], rel=1e-9)


def test_a_supply_lists_places_with_what_they_offer(sample_run: cfspace.Run) -> None:
    found = explain(sample_run.data, "220191", "CC-1")
    assert found.homes is None
    assert found.left_out is None
    assert found.places["capacity"].sum() == pytest.approx(found.row["numerator"])


def test_no_data_tells_why(sample_run: cfspace.Run) -> None:
    silent = sample_run.coverage[sample_run.coverage["status"] == "no_data"]
    if silent.empty:
        pytest.fail("the sample has no row without data; take another example")
    row = silent.iloc[0]
    found = explain(sample_run.data, row["unit_id"], row["indicator"], level=row["unit_level"])
    assert found.arithmetic == ()
    assert found.reason["en"]
    assert found.reason["zh"]


@pytest.mark.parametrize(
    ("unit", "indicator", "more", "message"),
    [
        ("999", "LIB-1", {}, r"no unit '999'; it has 220191 河西区 \(district\).* and 6 more"),
        ("220191", "LIB-99", {}, "no indicator 'LIB-99' in rulebook jilin-2022; it has CC-1, CC-1F, CC-2"),
        ("220191", "LIB-1", {"age_band": "0_2"}, "LIB-1: no age band '0_2'; it has 3_5, 6_11"),
        ("220191", "LIB-1", {"level": "block"}, "no level 'block'; it has district, street, community"),
        ("220191", "LIB-1", {"level": "street"}, "no unit '220191'; it has 220191001"),
    ],
)
def test_what_is_not_there_is_told_with_what_is(
    sample_run: cfspace.Run, unit: str, indicator: str, more: dict[str, str], message: str
) -> None:
    with pytest.raises(RunError, match=message):
        explain(sample_run.data, unit, indicator, **more)


def test_a_name_that_two_units_share_asks_for_more(sample_run: cfspace.Run) -> None:
    data = cfspace.open_run(sample_run.folder).data
    renamed = data.coverage["unit_name"].replace({"南安街道": "南安", "南安社区": "南安"})
    data.coverage["unit_name"] = renamed
    with pytest.raises(RunError, match=r"'南安' is 2 units: 220191001 南安 .street., 220191001002"):
        explain(data, "南安", "LIB-1")
    assert explain(data, "南安", "LIB-1", level="street").row["unit_id"] == "220191001"


def test_homes_not_measured_are_told_apart(sample_run: cfspace.Run) -> None:
    data = cfspace.open_run(sample_run.folder).data
    homes = data.homes
    lost = homes.index[(homes["district_id"] == "220191") & (homes["children_6_11"] > 0)][:2]
    columns = [name for name in homes if name.startswith(("m_", "foot_", "connector_m"))]
    homes.loc[lost, columns] = np.nan
    out = explain(data, "220191", "LIB-1").left_out
    assert out is not None
    assert out["why"].tolist()[-2:] == ["unmeasured", "unmeasured"]
    assert set(out["home_id"].tail(2)) == set(homes.loc[lost, "home_id"])
    assert pd.isna(out["served"].tail(2)).all()


def test_homes_left_out_of_a_run_add_up_to_what_coverage_lacks(sample_run: cfspace.Run) -> None:
    left_out = sample_run.left_out()
    assert len(left_out) == left_out.attrs["total"]
    rows = sample_run.coverage.query("unit_level == 'district' and indicator in ['CC-2', 'SCH-1']")
    lacking = (rows["denominator"] - rows["numerator"]).groupby(rows["indicator"]).sum()
    found = left_out.groupby("indicator")["weight"].sum()
    assert found[["CC-2", "SCH-1"]].to_dict() == pytest.approx(lacking.to_dict())
