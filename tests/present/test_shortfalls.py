from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from cfspace.present.hotspots import page_hotspots
from cfspace.present.messages import catalogue
from cfspace.present.rundata import RunData
from cfspace.present.shortfalls import homes_left_out, shortfalls, unit_weights, weights_of


def with_rules(run: RunData, **changes: Any) -> RunData:
    """Return the run with one coverage of several ways in place of its rulebook's indicators."""
    rule = {
        "id": "SCH-1",
        "task": 13,
        "measure": "coverage",
        "title": {"zh": "小学", "en": "School"},
    } | changes
    return dataclasses.replace(run, meta=run.meta | {"rulebook": {"indicator": [rule]}})


def of(run: RunData, indicator: str) -> Any:
    return next(one for one in shortfalls(run) if one.indicator == indicator)


def test_who_walks_further_than_the_standard_is_left_out(run: RunData) -> None:
    one = of(run, "SCH-1")
    metres, children = run.homes["m_primary_school"], run.homes["children_6_11"]
    assert one.left_out.sum() == pytest.approx(children[metres > 500].sum())
    assert one.total == pytest.approx(children[metres.notna()].sum())


def test_an_indicator_without_a_value_leaves_nobody_out(run: RunData) -> None:
    assert {"NUR-1", "COM-2"}.isdisjoint({one.indicator for one in shortfalls(run)})


def test_any_of_several_ways_serves_and_half_credit_does_not(run: RunData) -> None:
    ways = [
        {"target": "library", "full_m": 400, "credit": 1.0, "who": []},
        {"target": "clinic", "full_m": 300, "credit": 1.0, "who": ["3_5"]},
        {"target": "playground", "full_m": 9000, "credit": 0.5, "who": []},
    ]
    one = of(with_rules(run, reach=ways, who=["3_5", "6_11"]), "SCH-1")
    homes = run.homes[run.homes["connector_m"].notna()]
    near_book, near_clinic = homes["m_library"] <= 400, homes["m_clinic"] <= 300
    expected = homes.loc[~(near_book | near_clinic), "children_3_5"].sum()
    expected += homes.loc[~near_book, "children_6_11"].sum()
    assert one.left_out.sum() == pytest.approx(expected)
    assert one.full_m == 300


def test_floor_area_is_left_out_once_and_not_once_a_band(run: RunData) -> None:
    meta = run.meta | {"weights": {"kind": "floor_area_m2", "are_children": False}}
    floor = with_rules(run, target="library", full_m=400, who=["3_5", "6_11"])
    floor = dataclasses.replace(floor, meta=floor.meta | {"weights": meta["weights"]})
    homes = run.homes.copy()
    homes["children_3_5"] = homes["children_6_11"] = 100.0
    floor.__dict__["homes"] = homes
    assert of(floor, "SCH-1").left_out.sum() == pytest.approx(100.0 * (homes["m_library"] > 400).sum())


def test_homes_within_the_standard_are_not_listed(run: RunData) -> None:
    found = homes_left_out(run)
    assert (found["metres"] > found["full_m"]).all()
    assert found["weight"].is_monotonic_decreasing


def test_every_home_beyond_the_standard_is_listed(run: RunData) -> None:
    found = homes_left_out(run)
    expected = int(((run.homes["m_primary_school"] > 500) & (run.homes["children_6_11"] > 0)).sum())
    assert int((found["indicator"] == "SCH-1").sum()) == expected
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


def test_hot_spots_keep_everybody_left_out(run: RunData) -> None:
    page = page_hotspots(run, catalogue("en"))
    series = next(one for one in page["series"] if one["indicator"] == "SCH-1")
    sums = dict(zip(series["n"][::2], series["n"][1::2], strict=True))
    # Each hexagon is rounded to whole children.
    assert sum(sums.values()) == pytest.approx(series["left_out"], abs=0.5 * len(sums) + 1)
    assert sums[series["places"][0]] == max(sums.values())
    assert len(page["xy"]) == 2 * len(page["names"])


def test_who_may_reach_something_beyond_the_data_is_not_called_left_out(run: RunData) -> None:
    # Two homes of a unit covered in part, 900 m from a school: the data ends 100 m and 800 m away.
    homes = run.homes.iloc[:2].assign(m_primary_school=900.0, children_6_11=1.0, edge_m=[100.0, 800.0])
    homes["district_id"], homes["connector_m"] = "02", 10.0
    near_edge = dataclasses.replace(run)
    near_edge.__dict__["homes"] = homes
    assert of(near_edge, "SCH-1").left_out.tolist() == [0.0, 1.0]
    assert of(near_edge, "SCH-1").total == 1.0
