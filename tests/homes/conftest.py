"""A small frame, units and OSM data that the tests of homes share."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import pyproj
import pytest
import shapely

from cfspace.io.frame import metric_crs
from cfspace.units import Units

CRS = metric_crs(125.32, 43.88)


def square(x_m: float, y_m: float, size_m: float) -> shapely.Polygon:
    return shapely.box(x_m, y_m, x_m + size_m, y_m + size_m)


def make_units(**levels: dict[str, shapely.Polygon]) -> Units:
    """Return units by level and code, in the metric frame."""
    frames = {
        level: gpd.GeoDataFrame(
            {"unit_id": list(units), "unit_name": list(units), "area_m2": 0.0, "covered_share": 1.0},
            geometry=list(units.values()),
            crs=CRS,
        )
        for level, units in levels.items()
    }
    return Units(levels=tuple(frames), frames=frames)


def make_osm(
    buildings: list[tuple[dict[str, str], shapely.Geometry]], landuse: list[tuple[str, shapely.Geometry]] = ()
) -> Any:
    """Return OSM data with these buildings and land uses, given in metres."""
    houses = gpd.GeoDataFrame(
        {
            "osm_type": "way",
            "osm_id": range(100, 100 + len(buildings)),
            "tags": [tags for tags, _ in buildings],
        },
        geometry=[shape for _, shape in buildings],
        crs=CRS,
    )
    land = gpd.GeoDataFrame(
        {"landuse": [use for use, _ in landuse]}, geometry=[shape for _, shape in landuse], crs=CRS
    )
    return SimpleNamespace(
        buildings=houses.to_crs(4326), landuse=land.to_crs(4326), source=Path("city.osm.pbf")
    )


@pytest.fixture
def crs() -> pyproj.CRS:
    return CRS
