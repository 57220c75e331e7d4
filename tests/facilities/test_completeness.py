from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfspace.facilities.completeness import as_listed, chapman, completeness, count_sources


def test_the_estimate_is_the_textbooks() -> None:
    # 30 and 25 listed, 15 on both: 31 x 26 / 16 - 1 = 49.375.
    assert chapman(30, 25, 15)[0] == pytest.approx(49.375)


@given(st.integers(0, 200), st.integers(0, 200), st.data())
def test_there_are_never_fewer_than_are_known(first: int, second: int, data: st.DataObject) -> None:
    both = data.draw(st.integers(0, min(first, second)))
    estimate, low, high = chapman(first, second, both)
    known = first + second - both
    assert estimate >= known - 1e-9
    assert known - 1e-9 <= low <= estimate + 1e-9 <= high + 2e-9


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    generator = np.random.default_rng(3)
    held = 0
    for _ in range(400):
        in_first, in_second = generator.random(120) < 0.5, generator.random(120) < 0.6
        _, low, high = chapman(int(in_first.sum()), int(in_second.sum()), int((in_first & in_second).sum()))
        held += low <= 120 <= high
    assert 0.92 <= held / 400 <= 0.99


@pytest.mark.parametrize(("first", "second", "both"), [(50, 7, 7), (7, 50, 7), (12, 12, 12), (50, 1, 1)])
def test_a_list_that_lies_within_the_other_is_no_proof(first: int, second: int, both: int) -> None:
    """All 7 of 7 found on the other list: where that list held but 59 % of all, 1 time in 40 would be so."""
    estimate, low, high = chapman(first, second, both)
    assert estimate == low == max(first, second)
    assert (max(first, second) / high) ** both == pytest.approx(0.025)


def test_lists_that_share_nothing_and_a_list_of_nothing() -> None:
    # 10 and 5, none on both: 11 x 6 / 1 - 1; variance 11 x 6 x 10 x 5 / 2 = 1650; 50 unseen beside 15 known.
    spread = np.exp(1.96 * np.sqrt(np.log(1 + 1650 / 50**2)))
    assert chapman(10, 5, 0) == pytest.approx((65.0, 15 + 50 / spread, 15 + 50 * spread))
    assert chapman(0, 5, 0) == (5.0, 5.0, np.inf)


def test_completeness_is_told_by_kind_and_unit() -> None:
    sources = ["osm", "osm+municipal:a.csv", "osm+municipal:a.csv", "municipal:a.csv", "osm"]
    facilities = pd.DataFrame(
        {"kind": ["clinic"] * 4 + ["library"], "district_id": ["1", "1", "1", "1", "1"], "source": sources}
    )
    table = completeness(facilities, by=["kind", "district_id"])
    row = table.loc[("clinic", "1")]
    assert list(table.index) == [("clinic", "1")]
    assert (row["n_osm"], row["n_municipal"], row["n_both"]) == (3, 3, 2)
    assert row["estimate"] == pytest.approx(4 * 4 / 3 - 1)
    assert row["osm_share"] == pytest.approx(3 / row["estimate"])
    assert not row["is_reliable"]


def test_what_a_complete_list_left_out_of_osm_still_counts_as_listed_by_osm() -> None:
    def frame(**columns: list[str]) -> gpd.GeoDataFrame:
        n = len(columns["kind"])
        return gpd.GeoDataFrame(columns, geometry=gpd.points_from_xy(range(n), range(n)), crs=3857)

    facilities = frame(
        facility_id=["clinic/a/1", "clinic/a/2"],
        kind=["clinic"] * 2,
        source=["osm+municipal:a.csv", "municipal:a.csv"],
    )
    found = frame(facility_id=["clinic/way/1", "clinic/way/2"], kind=["clinic"] * 2)
    merges = pd.DataFrame({"status": ["match", "left_out"], "other_id": ["clinic/way/1", None]})
    places = as_listed(facilities, found, merges)
    assert sorted(places["source"]) == ["municipal:a.csv", "osm", "osm+municipal:a.csv"]
    assert count_sources(places, by=["kind"]).loc["clinic"].tolist() == [2, 2, 1]
