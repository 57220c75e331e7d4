"""Small OSM extracts and municipal lists, drawn in metres around 125.3 E, 43.9 N."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from cfspace.config.study import LayerSection
from cfspace.facilities.kinds import KindRules
from cfspace.facilities.osm import match_osm
from cfspace.io.frame import to_lon_lat
from cfspace.io.osm import OsmData, OsmWays
from cfspace.io.osm_tags import is_building, landuse_of
from cfspace.network.toy import toy_crs

CRS: pyproj.CRS = toy_crs()
Place = tuple[dict[str, str], Any]


def square(x_m: float, y_m: float, side_m: float) -> shapely.Polygon:
    """Return a square with its lower left corner at (x, y)."""
    return shapely.box(x_m, y_m, x_m + side_m, y_m + side_m)


def in_degrees(geometry: Any) -> Any:
    """Return a shape drawn in metres as it would stand in OSM."""
    return shapely.transform(geometry, lambda xy: np.column_stack(to_lon_lat(CRS, xy[:, 0], xy[:, 1])))


def features(*places: Place) -> gpd.GeoDataFrame:
    """Return OSM objects numbered from 1: points (as pairs) are nodes, all else ways."""
    shapes = [shapely.Point(shape) if isinstance(shape, tuple) else shape for _, shape in places]
    columns = {
        "osm_type": pd.Series(
            ["node" if shape.geom_type == "Point" else "way" for shape in shapes], dtype=object
        ),
        "osm_id": np.arange(1, len(places) + 1),
        "tags": pd.Series([tags for tags, _ in places], dtype=object),
    }
    return gpd.GeoDataFrame(columns, geometry=in_degrees(np.array(shapes, object)), crs=4326)


def osm_data(*places: Place, walls: tuple[Any, ...] = ()) -> OsmData:
    """Return an extract that holds nothing but these objects and walls."""
    nothing = gpd.GeoDataFrame({"tags": []}, geometry=[], crs=4326)
    empty = np.array([], dtype=np.int64)
    ways = OsmWays(
        way_id=empty,
        tags=[],
        ptr=np.zeros(1, np.int64),
        node_id=empty,
        lon_deg=np.array([]),
        lat_deg=np.array([]),
    )
    wall_lines = gpd.GeoDataFrame(
        {"barrier": ["wall"] * len(walls)}, geometry=[in_degrees(wall) for wall in walls], crs=4326
    )
    objects = features(*places)
    land = objects.assign(landuse=[landuse_of(tags) for tags in objects["tags"]])
    return OsmData(
        ways=ways,
        features=objects,
        buildings=objects[[is_building(tags) for tags in objects["tags"]]],
        landuse=land[land["landuse"].notna()],
        barriers=nothing,
        walls=wall_lines,
        boundaries=nothing,
        extent=in_degrees(square(-5000, -5000, 10000)),
        source=Path("toy.osm"),
        n_missing_nodes=0,
        broken_areas=(),
    )


def found(rules: KindRules, *places: Place) -> gpd.GeoDataFrame:
    """Return the facilities that the rules find among some objects."""
    return match_osm(features(*places), rules, crs=CRS).facilities


def kinds_of(rules: KindRules, tags: dict[str, str], shape: Any = (0.0, 0.0)) -> list[str]:
    """Return the kinds that one object is."""
    return sorted(found(rules, (tags, shape))["kind"])


def write_list(folder: Path, rows: list[dict[str, Any]], *, file: str = "list.csv") -> Path:
    """Write a municipal list; each row has ``x_m``, ``y_m`` and columns of its own."""
    table = pd.DataFrame(rows, columns=list(rows[0]) if rows else ["x_m", "y_m", "name"])
    lon, lat = to_lon_lat(CRS, table["x_m"].to_numpy(float), table["y_m"].to_numpy(float))
    path = folder / file
    table.drop(columns=["x_m", "y_m"]).assign(lon=lon, lat=lat).to_csv(path, index=False)
    return path


def section(path: Path, kind: str, **more: Any) -> LayerSection:
    """Return the study's section for a list written by `write_list`."""
    return LayerSection(**{"kind": kind, "file": path, "lon": "lon", "lat": "lat", "name": "name", **more})
