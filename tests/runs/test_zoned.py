"""Walks to the school of one's own zone, against a search for that school alone."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest

import cfspace
from cfspace.access.nearest import nearest
from cfspace.config.study import ZoneSection
from cfspace.facilities.answers import Zones, join_zones
from cfspace.rulebooks import load_rulebook
from cfspace.runs.measuring import Measured
from cfspace.runs.walks import Walkers
from cfspace.runs.zoned import zone_walks
from tests.real import measured_study


def walkers(measured: Measured) -> Walkers:
    points = measured.city.homes.geometry
    return Walkers(
        city=measured.city,
        homes=measured.home_feet,
        homes_at=(points.x.to_numpy(), points.y.to_numpy()),
        entrances=measured.entrance_feet,
        masks={},
        limits_m=measured.limits_m,
    )


def check_each_school(measured: Measured, zones: Zones, kind: str) -> int:
    """Compare with one search a zone; return how many homes were compared."""
    city = measured.city
    found = zone_walks(walkers(measured), load_rulebook("jilin-2022"), zones.frame)
    own = zones.frame[(zones.frame["kind"] == kind) & zones.frame["facility_id"].notna()]
    inside = gpd.sjoin(city.homes[["home_id", "geometry"]], own[["facility_id", "geometry"]])
    expected = np.full(len(city.homes), np.nan)
    for school, homes in inside.groupby("facility_id"):
        rows = np.flatnonzero(city.entrances["facility_id"] == school)
        walked = nearest(
            city.network,
            measured.home_feet.take(homes.index.to_numpy()),
            measured.entrance_feet.take(rows),
            max_walk_m=measured.limits_m[kind],
        )
        expected[homes.index] = np.fmin(expected[homes.index], walked.metres)
    np.testing.assert_array_equal(found[f"zone_m_{kind}"], expected)
    assert found[f"zone_of_{kind}"].notna().sum() == inside.index.nunique()
    return inside.index.nunique()


@pytest.mark.real
def test_las_palmas_catchments(shared: Path) -> None:
    measured = measured_study(shared / "studies" / "las_palmas.toml")
    section = ZoneSection(
        kind="junior_school",
        file=shared / "data" / "las_palmas" / "secondary_school_catchments.geojson",
        facility="Denominaci",
    )
    zones = join_zones([section], facilities=measured.city.facilities, crs=measured.city.crs)
    n_found = int(zones.frame["facility_id"].notna().sum())
    # OSM tells the stage of some of these schools only; the others are told and left out.
    assert n_found >= 10
    assert len(zones.notes) == 1
    assert zones.notes[0].startswith(f"junior_school zones: {29 - n_found} of 29 places are no junior_school")
    assert check_each_school(measured, zones, "junior_school") > 5000
    # One's own school is never nearer than the nearest.
    own = zone_walks(walkers(measured), load_rulebook("jilin-2022"), zones.frame)["zone_m_junior_school"]
    assert (own[own.notna()] >= measured.homes.loc[own.notna(), "m_junior_school"] - 1e-9).all()


def test_of_the_sample(sample_run: cfspace.Run) -> None:
    homes = sample_run.homes
    rows = sample_run.coverage.set_index(["indicator", "unit_level"])
    for kind, ids in (("primary_school", ("SCH-1", "SCH-1Z")), ("junior_school", ("SCH-2", "SCH-2Z"))):
        assert (homes[f"zone_m_{kind}"] >= homes[f"m_{kind}"] - 1e-6).all()
        assert set(homes[f"zone_of_{kind}"].dropna()) <= set(sample_run.facilities["facility_id"])
        nearest_one, own = (rows.loc[(name, "district"), "value"].to_numpy() for name in ids)
        assert (own <= nearest_one).all()
        assert not rows.loc[(ids[1], "district"), "scored"].any()


def test_without_zones_there_is_no_column(sample_study: Path) -> None:
    measured = measured_study(sample_study)
    empty = join_zones([], facilities=measured.city.facilities, crs=measured.city.crs)
    assert zone_walks(walkers(measured), load_rulebook("jilin-2022"), empty.frame).empty
