"""The datum of points by buildings, and of a line layer of streets by the outlines along it."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from cfspace.io.datum_places import judge_points, judge_streets
from cfspace.io.datums import DATUMS, from_wgs84, shift_geometry
from cfspace.io.frame import metric_crs
from cfspace.io.layers import read_layer
from cfspace.io.osm import OsmData, read_osm

CRS = metric_crs(125.34, 43.89)


def misread(shapes: gpd.GeoSeries, *, true: str, declared: str) -> gpd.GeoDataFrame:
    """Return shapes whose file holds coordinates of `true`, as read by who declares another datum."""
    return gpd.GeoDataFrame(geometry=shift_geometry(from_wgs84(shapes.to_crs(4326), true), declared))


@pytest.fixture(scope="module")
def las_palmas(shared: Path) -> OsmData:
    return read_osm(shared / "data/las_palmas/las_palmas_2023_osm_20230221.pbf")


def in_changchun(shapes: gpd.GeoSeries) -> np.ndarray:
    """Return real shapes of Las Palmas in metres, to be taken for Changchun's, where datums differ."""
    return np.asarray(shapes.to_crs(metric_crs(-15.44, 28.1)).array, dtype=object)


@pytest.mark.real
@pytest.mark.parametrize(("amenity", "told"), [("pharmacy", True), ("clinic", True), ("bench", False)])
def test_real_places_lie_in_real_buildings_under_their_own_datum_alone(
    las_palmas: OsmData, amenity: str, told: bool
) -> None:
    """Pharmacies and clinics give themselves away whatever is declared; benches say nothing."""
    points = las_palmas.features[las_palmas.features.geom_type == "Point"]
    points = points[[tags.get("amenity") == amenity for tags in points["tags"]]]
    there = gpd.GeoSeries(in_changchun(points.geometry), crs=CRS)
    buildings = in_changchun(las_palmas.buildings.geometry)
    assert len(there) >= 30
    for true in DATUMS:
        for declared in DATUMS:
            frame = misread(there, true=true, declared=declared)
            verdict = judge_points(frame, layer=amenity, declared=declared, buildings=buildings, crs=CRS)
            assert verdict.better == (true if told and true != declared else None)
            if verdict.better:
                assert verdict.fit[true] > 0.7 > 0.45 > verdict.fit[declared]


# A hundred houses of 20 m, 60 m apart, and a point in each of the first eight.
HOUSES = np.asarray(
    [shapely.box(60 * i, 60 * j, 60 * i + 20, 60 * j + 20) for i in range(10) for j in range(10)]
)


@pytest.mark.parametrize(("n_points", "better"), [(7, None), (10, "gcj02")])
def test_points_in_houses_give_their_datum_away_once_they_are_enough(
    n_points: int, better: str | None
) -> None:
    # Shifted by 590 m all of them lie outside the hundred houses: 10 of 10 to 0 of 10 is 3.2 sigma.
    frame = misread(
        gpd.GeoSeries(shapely.centroid(HOUSES[:n_points]), crs=CRS), true="gcj02", declared="wgs84"
    )
    verdict = judge_points(frame, layer="clinic", declared="wgs84", buildings=HOUSES, crs=CRS)
    assert verdict.better == better
    if better is not None:
        assert verdict.offset_m == pytest.approx(588, abs=10)
        assert "100% of its points near buildings then lie in one, as declared 0%" in str(verdict)


def test_nothing_to_compare_with_says_nothing() -> None:
    points = misread(gpd.GeoSeries(shapely.centroid(HOUSES), crs=CRS), true="gcj02", declared="wgs84")
    blocks = gpd.GeoDataFrame(geometry=list(HOUSES), crs=CRS).to_crs(4326)
    none = np.empty(0, object)
    assert not judge_points(points, layer="x", declared="wgs84", buildings=none, crs=CRS).fit
    assert not judge_points(blocks, layer="x", declared="wgs84", buildings=HOUSES, crs=CRS).fit
    lines = np.asarray([shapely.LineString([(0, 0), (600, 0)])])
    ground = shapely.box(-1000, -1000, 1600, 1600)
    assert not judge_streets(lines, declared="wgs84", outlines=blocks[:0], extent=ground, crs=CRS).fit
    assert not judge_streets(lines, declared="wgs84", outlines=blocks, extent=ground, crs=CRS).fit


@pytest.mark.real
@pytest.mark.parametrize("true", DATUMS)
def test_real_streets_in_another_datum_are_found_by_the_districts_along_them(shared: Path, true: str) -> None:
    data = shared / "data"
    districts = read_layer(
        data / "ne_china_boundaries/changchun_220100_districts_gcj02.geojson", layer="district", datum="gcj02"
    ).frame
    streets = gpd.read_file(data / "changchun_core/roads_osm_central.geojson").to_crs(CRS).geometry
    for declared in DATUMS:
        read = misread(streets, true=true, declared=declared).to_crs(CRS).geometry.to_numpy()
        ground = shapely.concave_hull(shapely.union_all(read), 0.3)
        verdict = judge_streets(read, declared=declared, outlines=districts, extent=ground, crs=CRS)
        assert verdict.better == (None if true == declared else true)
        assert verdict.layer == "[network]"
    # Districts that are misplaced themselves do not lay the blame on streets that are right.
    ground = shapely.concave_hull(shapely.union_all(streets.to_numpy()), 0.3)
    wrong = misread(districts.geometry, true="gcj02", declared="wgs84")
    assert (
        judge_streets(streets.to_numpy(), declared="wgs84", outlines=wrong, extent=ground, crs=CRS).better
        is None
    )
