"""Hot spots: areas worked by hand, and those of the sample counted from its homes."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest

import cfspace
from cfspace.errors import ParameterError, RunError
from cfspace.present.hot_areas import COLUMNS, clustered


def test_a_core_has_enough_children_near_and_edges_belong_to_it() -> None:
    # 0, 40, 80: the middle one sees all 60 children, the ends 40 each; 300 sees only its own 45.
    at = np.array([[0.0, 0.0], [40.0, 0.0], [80.0, 0.0], [300.0, 0.0]])
    found = clustered(at, np.array([20.0, 20.0, 20.0, 45.0]), within_m=50, least=60, most_m=1000)
    assert found.tolist() == [0, 0, 0, -1]
    assert clustered(at, np.array([20.0] * 4), within_m=50, least=61, most_m=1000).tolist() == [-1] * 4


def test_areas_are_numbered_by_their_children() -> None:
    at = np.array([[0.0, 0.0], [1000.0, 0.0]])
    assert clustered(at, np.array([60.0, 90.0]), within_m=50, least=50, most_m=500).tolist() == [1, 0]


def test_long_areas_are_cut_at_the_middle_of_their_children() -> None:
    at = np.column_stack([np.arange(0.0, 1000.0, 100.0), np.zeros(10)])
    weights = np.array([10.0] * 9 + [90.0])
    found = clustered(at, weights, within_m=100, least=10, most_m=600)
    # 180 children: half are reached with the last home, which is cut off; the other nine span 800 m.
    assert found.tolist() == [1] * 5 + [2] * 4 + [0]
    assert clustered(np.zeros((0, 2)), np.zeros(0), within_m=1, least=1, most_m=1).tolist() == []


def test_of_a_finished_run(sample_run: cfspace.Run) -> None:
    spots = sample_run.hot_spots("prk-4")
    assert tuple(spots.columns) == COLUMNS
    assert len(spots) >= 1
    assert spots.crs == "EPSG:4326"
    assert spots["rank"].tolist() == list(range(1, len(spots) + 1))
    assert spots["children"].is_monotonic_decreasing
    assert (spots["name"] != "").all()
    row = sample_run.coverage.query(
        "indicator == 'PRK-4' and unit_level == 'district' and age_band == '0_17'"
    )
    left_out = (row["denominator"] - row["numerator"]).sum()
    np.testing.assert_allclose(spots["children"], spots["share"] * left_out, rtol=1e-9)
    assert spots["children"].sum() <= left_out + 1e-9
    # Homes near each other lie in the polygon of their area.
    homes = gpd.GeoDataFrame(sample_run.homes[["home_id"]], geometry=sample_run.homes.geometry)
    inside = homes.sjoin(spots[["rank", "geometry"]], predicate="within")
    assert (inside.groupby("rank").size() >= spots.set_index("rank")["n_homes"]).all()
    widths = spots.to_crs(sample_run.record["crs"]).bounds
    assert (widths["maxx"] - widths["minx"]).max() <= 1000 + 150 + 1e-6


def test_a_greater_threshold_leaves_fewer_children_in_areas(sample_run: cfspace.Run) -> None:
    few, many = (sample_run.hot_spots("PRK-4", least=least)["children"].sum() for least in (400.0, 20.0))
    assert few <= many


def test_what_is_no_coverage_is_told(sample_run: cfspace.Run) -> None:
    with pytest.raises(RunError, match="'BLK-3' is no coverage of the rulebook; use one of CC-2"):
        sample_run.hot_spots("BLK-3")
    with pytest.raises(ParameterError, match="within_m: 0 is not above 0"):
        sample_run.hot_spots("PRK-4", within_m=0)
