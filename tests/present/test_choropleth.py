from __future__ import annotations

from cfspace.present.choropleth import page_levels, page_series, series_table, unit_status
from cfspace.present.messages import catalogue
from cfspace.present.rundata import RunData

SAY = catalogue("zh")


def test_the_row_of_all_bands_speaks_for_the_indicator(run: RunData) -> None:
    table = series_table(run)
    bands = table.loc[table["indicator"] == "PRK-4", ["age_band", "headline"]].to_numpy().tolist()
    assert bands == [["0_5", False], ["6_11", False], ["0_11", True]]


def test_series_know_goal_and_direction(run: RunData) -> None:
    series = {entry["id"]: entry for entry in page_series(run, SAY)}
    assert series["SCH-1|6_11"]["goal"] == 0.9
    assert series["SCH-1|6_11"]["share"]
    assert series["SCH-6|6_11"]["less"]
    assert series["BLK-3|all"]["unit"] == "公里/平方公里"


def test_a_partial_unit_has_no_score_and_says_why(run: RunData) -> None:
    district = page_levels(run, SAY)[0]
    west = district["units"][1]
    assert west["s"]["overall"] == [None, 2]
    assert west["c"] == 0.42


def test_no_data_is_told_from_zero(run: RunData) -> None:
    east = page_levels(run, SAY)[0]["units"][0]
    assert east["s"]["17"] == [None, 1]
    assert unit_status(run, "district", "01", "17") == "no_data"


def test_values_stand_in_the_order_of_the_series(run: RunData) -> None:
    keys = [entry["id"] for entry in page_series(run, SAY)]
    rows = run.coverage[(run.coverage["unit_id"] == "01") & (run.coverage["indicator"] == "SCH-1")]
    value = page_levels(run, SAY)[0]["units"][0]["v"][keys.index("SCH-1|6_11")]
    assert value[1] == round(float(rows["value"].iloc[0]), 4)


def test_reasons_are_found_by_unit(run: RunData) -> None:
    east = page_levels(run, SAY)[0]["units"][0]
    assert east["m"]["NUR-1"] == "OSM 不能证明没有母婴室"
