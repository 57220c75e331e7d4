"""Edits of a plan by themselves."""

from __future__ import annotations

from cfspace.planning.edits import AddHomes


def test_homes_weigh_what_the_study_weighs() -> None:
    homes = AddHomes.model_validate(
        {"do": "add_homes", "at": [1, 1], "children": {"6_11": 30}, "floor_area_m2": 900}
    )
    assert homes.weighs("children") == {"0_2": 0, "3_5": 0, "6_11": 30, "12_14": 0, "15_17": 0}
    assert set((homes.weighs("floor_area_m2") or {}).values()) == {900}
    assert homes.weighs("population") is None
