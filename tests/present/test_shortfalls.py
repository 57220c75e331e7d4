from __future__ import annotations

import numpy as np

from cfspace.present.rundata import RunData
from cfspace.present.shortfalls import homes_left_out, unit_weights, weights_of


def test_homes_within_the_standard_are_not_listed(run: RunData) -> None:
    found = homes_left_out(run)
    assert (found["metres"] > found["full_m"]).all()
    assert found["weight"].is_monotonic_decreasing


def test_every_home_beyond_the_standard_is_counted(run: RunData) -> None:
    found = homes_left_out(run)
    metres = run.homes["m_primary_school"]
    expected = int(((metres > 500) & (run.homes["children_6_11"] > 0)).sum())
    assert int((found["target"] == "primary_school").sum()) == expected
    assert found.attrs["total"] == len(found)


def test_an_unmeasured_home_is_not_called_left_out(run: RunData) -> None:
    unmeasured = set(run.homes.loc[run.homes["connector_m"].isna(), "home_id"])
    assert not unmeasured & set(homes_left_out(run)["home_id"])


def test_weights_add_up_over_the_bands(run: RunData) -> None:
    both = weights_of(run, ("0_2", "3_5"))
    assert np.allclose(both, run.homes["children_0_2"] + run.homes["children_3_5"])


def test_a_unit_weighs_its_children(run: RunData) -> None:
    scores = run.scores[run.scores["unit_level"] == "district"].set_index("unit_id")
    assert unit_weights(run, "district")["01"] == scores.loc["01", "children"]
