from __future__ import annotations

import html
from pathlib import Path

import geopandas as gpd
import pytest

import cfspace
from cfspace.present.maps import draw_map
from cfspace.present.messages import catalogue
from cfspace.rulebooks import load_rulebook
from cfspace.runs.service_areas import SMALLEST_HOLE_M2, standard_distances


@pytest.fixture(scope="module")
def areas(sample_run: cfspace.Run) -> gpd.GeoDataFrame:
    found = sample_run.data.areas
    assert found is not None
    return found


def test_each_target_has_its_standard_distances_once() -> None:
    asked = standard_distances(load_rulebook("jilin-2022"))
    assert asked["playground"] == [100.0, 300.0, 400.0]
    assert asked["primary_school"] == [500.0]


def test_a_run_keeps_an_area_for_every_distance_asked(areas: gpd.GeoDataFrame) -> None:
    assert not areas.duplicated(["target", "metres"]).any()
    assert {("primary_school", 500.0), ("playground", 100.0), ("playground", 400.0)} <= set(
        zip(areas["target"], areas["metres"], strict=True)
    )
    assert areas.geometry.is_valid.all()
    assert areas.crs == "EPSG:4326"


def test_the_area_of_a_longer_walk_holds_the_shorter_one(areas: gpd.GeoDataFrame) -> None:
    walks = areas[areas["target"] == "playground"].sort_values("metres").to_crs("EPSG:32652")
    for near, far in zip(walks.geometry[:-1], walks.geometry[1:], strict=True):
        assert near.difference(far).area < 0.01 * near.area


def test_served_homes_lie_inside_and_others_do_not(areas: gpd.GeoDataFrame, sample_run: cfspace.Run) -> None:
    # Drawn for the eye, the outline still tells the same story as the walks: a buffer's width aside.
    row = areas[(areas["target"] == "primary_school")].iloc[0]
    homes = sample_run.homes
    inside = homes.geometry.within(row.geometry)
    near, far = homes["m_primary_school"] <= 450, homes["m_primary_school"] > 650
    assert inside[near].mean() > 0.9
    assert inside[far].mean() < 0.1


def test_small_courts_are_filled(areas: gpd.GeoDataFrame) -> None:
    metric = areas.to_crs("EPSG:32652")
    holes = [ring for shape in metric.geometry for part in shape.geoms for ring in part.interiors]
    sizes = [gpd.GeoSeries([hole]).convex_hull.area.iloc[0] for hole in holes]
    assert all(size > 0.5 * SMALLEST_HOLE_M2 for size in sizes)


def test_a_run_without_pictures_has_no_areas_and_its_map_says_so(
    sample_run: cfspace.Run, sample_study: Path, tmp_path: Path
) -> None:
    bare = cfspace.run(sample_study, tmp_path / "run", draw=False)
    assert {"service areas", "map"}.isdisjoint(bare.record["timings_s"])
    assert "areas" not in bare.record
    assert not (bare.folder / "areas.parquet").exists()
    for lang in ("zh", "en"):
        missing = html.escape(catalogue(lang)("map.areas_missing"))
        page, whole = draw_map(bare.folder, lang=lang), draw_map(sample_run.folder, lang=lang)
        assert (missing in page, 'id="cf-area"' in page) == (True, False)
        assert (f">{missing}<" in whole, 'id="cf-area"' in whole) == (False, True)
    for name in ("coverage.csv", "homes.parquet", "units.gpkg"):
        assert (bare.folder / name).read_bytes() == (sample_run.folder / name).read_bytes()
