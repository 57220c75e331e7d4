from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from cfspace.present.messages import catalogue
from cfspace.present.points import (
    is_complete,
    page_facilities,
    page_homes,
    targets_shown,
    tens_of_metres,
    weighted_medians,
)
from cfspace.present.rundata import RunData

SAY = catalogue("en")


def with_homes(run: RunData, homes: pd.DataFrame) -> RunData:
    changed = dataclasses.replace(run)
    changed.__dict__["homes"] = homes
    return changed


def test_few_homes_are_points(run: RunData) -> None:
    page = page_homes(run, SAY)
    assert page["width_m"] is None
    assert len(page["xy"]) == 2 * len(run.homes)
    assert all(len(target["d"]) == len(run.homes) for target in page["targets"])


def test_many_homes_become_hexagons_and_keep_their_children(run: RunData) -> None:
    page = page_homes(run, SAY, most_features=100)
    n = len(page["w"])
    assert n <= 50
    assert page["width_m"] >= 100
    assert sum(page["h"]) == len(run.homes)
    children = run.homes.filter(like="children_").to_numpy().sum()
    assert sum(page["w"]) == pytest.approx(children, abs=0.05 * n)
    assert all(len(target["d"]) == n for target in page["targets"])


def test_floor_area_is_counted_once_and_not_once_a_band(run: RunData) -> None:
    meta = run.meta | {"weights": {"kind": "floor_area_m2", "are_children": False}}
    homes = run.homes.copy()
    for band in ("0_2", "3_5", "6_11", "12_14", "15_17"):
        homes[f"children_{band}"] = 120.0
    page = page_homes(with_homes(dataclasses.replace(run, meta=meta), homes), SAY)
    assert set(page["w"]) == {120.0}


def test_a_distance_never_rounds_down_into_the_standard() -> None:
    assert tens_of_metres(np.array([0.0, 500.0, 500.1, np.inf, np.nan])) == [0, 50, 51, -1, -2]


def test_a_median_counts_children_and_not_homes() -> None:
    # Home at 100 m with 1 child, home at 900 m with 5: most children walk 900 m.
    values, weights = np.array([100.0, 900.0]), np.array([1.0, 5.0])
    assert weighted_medians(values, weights, np.zeros(2, dtype=np.int64), 1).tolist() == [900.0]


def test_a_hexagon_of_unmeasured_homes_is_unmeasured() -> None:
    values, group = np.array([np.nan, np.nan, 40.0]), np.array([0, 0, 1])
    medians = weighted_medians(values, np.ones(3), group, 2)
    assert np.isnan(medians[0])
    assert medians[1] == 40.0


def test_a_target_without_a_single_place_is_not_offered(run: RunData) -> None:
    homes = run.homes.copy()
    homes["m_nursing_room"] = np.inf
    assert "nursing_room" not in targets_shown(with_homes(run, homes))


def test_targets_the_rulebook_asks_for_come_first(run: RunData) -> None:
    homes = run.homes.copy()
    homes["m_aaa"] = 10.0
    shown = targets_shown(with_homes(run, homes))
    assert shown[0] == "childcare"
    assert shown[-1] == "aaa"


def test_facilities_come_by_kind_with_what_is_known(run: RunData) -> None:
    kinds = {kind["kind"]: kind for kind in page_facilities(run, SAY)}
    assert len(kinds["bus_stop"]["names"]) == 60
    assert set(kinds["bus_stop"]["names"]) == {""}
    assert kinds["kindergarten"]["a"]["Capacity"][:2] == [0, 100.0]
    assert kinds["primary_school"]["sources"] == ["名单.csv", "OpenStreetMap"]


def test_a_kind_of_too_many_places_becomes_hexagons_and_the_others_stay(run: RunData) -> None:
    kinds = {kind["kind"]: kind for kind in page_facilities(run, SAY, most_features=40)}
    stops = kinds["bus_stop"]
    assert sum(stops["h"]) == 60
    assert len(stops["xy"]) == 2 * len(stops["h"]) <= 40
    assert stops["width_m"] >= 100
    assert stops["names"] == []
    assert "h" not in kinds["library"]
    assert len(kinds["library"]["names"]) == 3


def test_a_list_with_gaps_is_told_from_a_complete_one(run: RunData) -> None:
    book = run.rulebook | {"absence_unprovable": ["childcare"]}
    osm = dataclasses.replace(run, meta=run.meta | {"rulebook": book, "evidence": {"childcare": "osm"}})
    whole = dataclasses.replace(osm, meta=osm.meta | {"evidence": {"childcare": "municipal_complete"}})
    assert not is_complete(osm, "childcare")
    assert is_complete(whole, "childcare")
    assert is_complete(osm, "library")
