"""Ways to school, strollers and minutes of a run, on the sample city."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cfspace.rulebooks import load_rulebook
from cfspace.runs.measuring import Measured
from cfspace.runs.walks import TRIP_COLUMNS, Walkers, trips_of
from tests.real import measured_study


@pytest.fixture(scope="module")
def measured(sample_study: Path) -> Measured:
    return measured_study(sample_study)


def test_each_band_walks_to_its_own_school(measured: Measured) -> None:
    trips = measured.trips
    assert list(trips.columns) == list(TRIP_COLUMNS)
    assert trips.groupby("kind")["who"].unique().map(list).to_dict() == {
        "junior_school": ["12_14"],
        "primary_school": ["6_11"],
    }
    kinds = measured.city.facilities.set_index("facility_id")["kind"]
    assert (trips["facility_id"].map(kinds) == trips["kind"]).all()


@pytest.mark.parametrize("kind", ["primary_school", "junior_school"])
def test_a_trip_is_as_long_as_the_legal_walk(measured: Measured, kind: str) -> None:
    own = measured.trips[measured.trips["kind"] == kind].set_index("home_id")["walk_m"]
    legal = measured.homes.set_index("home_id")[f"m_{kind}"]
    assert own.index.tolist() == legal[np.isfinite(legal)].index.tolist()
    assert own.to_numpy() == pytest.approx(legal[np.isfinite(legal)].to_numpy(), abs=0.01)


def test_the_figures_of_a_trip_fit_into_it(measured: Measured) -> None:
    trips = measured.trips
    assert (trips["footway_m"] <= trips["known_m"] + 1e-9).all()
    assert (trips["known_m"] <= trips["path_m"] + 1e-9).all()
    assert (trips["path_m"] <= trips["walk_m"] + 1e-9).all()
    assert set((trips["major_crossings"] * 2) % 1) == {0.0}
    assert 0.1 < (trips["major_crossings"] > 0).mean() < 0.9


def test_a_stroller_never_walks_shorter(measured: Measured) -> None:
    homes = measured.homes
    columns = [column for column in homes if str(column).startswith("stroller_m_")]
    assert sorted(columns) == [
        f"stroller_m_{kind}" for kind in ("health_care", "kindergarten", "park", "playground")
    ]
    for column in columns:
        plain = homes[str(column).removeprefix("stroller_")]
        assert (homes[column].isna() == plain.isna()).all()
        assert not (homes[column] < plain - 0.01).any()


def test_minutes_follow_the_pace_of_age_and_season(measured: Measured) -> None:
    metres, minutes = measured.homes["m_primary_school"].to_numpy(), measured.minutes
    finite = np.isfinite(metres)
    for begin, extra in (("", 0.0), ("winter_cleared_", 0.06), ("winter_ice_", 0.12)):
        expected = metres * (1 / 1.1 + extra) / 60
        found = minutes[f"min_{begin}6_11_primary_school"].to_numpy()
        assert found[finite] == pytest.approx(expected[finite], abs=0.006)
        assert (np.isinf(found) == np.isinf(metres)).all()


def test_a_child_alone_takes_as_long_or_longer(measured: Measured) -> None:
    plain = measured.minutes["min_6_11_primary_school"].to_numpy()
    alone = measured.minutes["min_alone_6_11_primary_school"].to_numpy()
    both = np.isfinite(plain) & np.isfinite(alone)
    assert (alone[both] >= plain[both] - 0.011).all()
    assert (alone[both] > plain[both] + 0.1).any()


def test_minutes_are_asked_for_the_ages_that_indicators_name(measured: Measured) -> None:
    columns = set(measured.minutes.columns)
    assert "min_0_2_childcare" in columns
    assert "min_6_11_childcare" not in columns
    assert "min_stroller_0_2_park" in columns
    assert "min_stroller_6_11_park" not in columns


def test_a_rulebook_without_ways_to_school_asks_for_none(measured: Measured) -> None:
    book = load_rulebook("jilin-2022")
    without = [rule for rule in book.indicator if rule.measure != "route"]
    walkers = Walkers(
        city=measured.city,
        homes=measured.home_feet,
        homes_at=measured.homes_at,
        entrances=measured.entrance_feet,
        masks={},
        limits_m={},
    )
    trips = trips_of(walkers, book.model_copy(update={"indicator": tuple(without)}))
    assert list(trips.columns) == list(TRIP_COLUMNS)
    assert trips.empty
    assert "sided" not in vars(walkers)
