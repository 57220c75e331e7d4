"""The lived view: summer and winter side by side, by hand and of the sample."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cfspace
from cfspace.lived import COLUMNS, lived_view


def test_medians_and_shares_by_hand() -> None:
    homes = pd.DataFrame(
        {
            "home_id": list("abcd"),
            "children_0_2": [1.0, 1.0, 3.0, 9.0],
            "district_id": ["x", "x", "x", "y"],
        }
    )
    minutes = pd.DataFrame(
        {
            "home_id": list("abcd"),
            "min_0_2_park": [5.0, 10.0, np.inf, np.nan],
            "min_winter_ice_0_2_park": [6.0, 11.0, np.inf, np.nan],
            "min_stroller_0_2_park": [5.0, np.inf, np.inf, np.nan],
            "min_alone_6_11_school": [1.0, 1.0, 1.0, 1.0],
        }
    )
    found = lived_view(homes, minutes, {"district": pd.DataFrame({"unit_id": ["x", "y"]})})
    assert found["unit_id"].tolist() == ["x"]  # the only home of y is not measured
    row = found.iloc[0]
    assert row["children"] == 5.0
    assert row["summer_median_min"] == np.inf  # three of five reach nothing
    assert row["summer_within_share"] == pytest.approx(2 / 5)
    assert row["winter_ice_within_share"] == pytest.approx(1 / 5)
    assert row["stroller_within_share"] == pytest.approx(1 / 5)
    assert np.isnan(row["winter_cleared_median_min"])


def test_winter_takes_longer_by_the_minutes_a_kilometre_of_the_standards(sample_run: cfspace.Run) -> None:
    """Seconds a metre: p + 0.06 on cleared ways, p + 0.12 on ice; at 1.1 m/s 1.03 and 0.97 m/s."""
    table = sample_run.lived_view()
    assert tuple(table.columns) == COLUMNS
    rows = table[(table["age_band"] == "6_11") & np.isfinite(table["summer_median_min"])]
    pace = 1 / 1.1
    for walk, more in (("winter_cleared", 0.06), ("winter_ice", 0.12)):
        # Minutes are written to a hundredth.
        np.testing.assert_allclose(
            rows[f"{walk}_median_min"], rows["summer_median_min"] * (pace + more) / pace, atol=0.02
        )
        assert (table[f"{walk}_within_share"] <= table["summer_within_share"] + 1e-9).all()
    young = table[(table["age_band"] == "0_2") & table["stroller_median_min"].notna()]
    assert set(young["target"]) == {"kindergarten", "playground", "park", "health_care"}


def test_it_is_no_part_of_the_scores(sample_run: cfspace.Run) -> None:
    assert not any("min" in name.split("_") for name in (*sample_run.coverage, *sample_run.scores))
    strict = sample_run.lived_view(within_min=0.0)
    assert strict["summer_within_share"].max() <= 1.0
