"""Writing the files of a run; the same inputs give the same bytes."""

from __future__ import annotations

import hashlib
import json
import platform
import re
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from cfspace._version import __version__
from cfspace.config.bands import BANDS
from cfspace.io.csv_cells import guarded_frame
from cfspace.io.frame import to_lon_lat
from cfspace.runs.measuring import Measured, segments_frame

PACKAGES = ("geopandas", "numba", "numpy", "osmium", "pandas", "pyproj", "shapely")
OSM_CREDIT = "© OpenStreetMap contributors, ODbL 1.0 (openstreetmap.org/copyright)"
SCENERY = {
    "water": "water",
    "park": "park",
    "garden": "park",
    "forest": "park",
    "wood": "park",
    "grass": "park",
}
# GeoPackages carry the time they were written; a fixed one keeps their bytes the same.
FIXED_TIME = "2000-01-01T00:00:00.000Z"


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write a table as UTF-8 with BOM, so that spreadsheets read its Chinese; no text of it is a formula."""
    guarded_frame(frame).to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")


def write_homes(measured: Measured, path: Path) -> None:
    """Write ``homes.parquet``: a point per home with its children, units and walks."""
    homes = _with_lon_lat(measured, measured.homes)
    levels = [f"{level}_id" for level in measured.city.units.levels]
    walks = sorted(column for column in homes.columns if re.match(r"([a-z_]+_)?m_|zone_of_", column))
    feet = ["connector_m", "foot_lon_deg", "foot_lat_deg", "edge_m"]
    extra = [column for column in ("floor_area_m2",) if column in homes.columns]
    columns = ["home_id", *(f"children_{band}" for band in BANDS), *extra, *levels, *feet, *walks, "geometry"]
    _write(homes[columns], path)


def write_ways_out(measured: Measured, path: Path) -> None:
    """Write ``ways_out.parquet`` where homes leave by gates: a point per home and gate, and its foot.

    ``home_id``; ``before_m``, the straight way to the gate; ``connector_m``, from there to the foot;
    ``foot_lon_deg``, ``foot_lat_deg``. Without such homes nothing is written.
    """
    feet, others = measured.home_feet, measured.home_feet.others
    if feet.before_m is None or others is None:
        return
    bound = np.flatnonzero(measured.city.home_compound >= 0)
    every, owner = feet.every_foot()
    rows = np.concatenate([bound, np.arange(len(feet), len(every))])
    rows = rows[np.argsort(owner[rows], kind="stable")]
    at_x, at_y = np.append(measured.homes_at[0], others.x_m), np.append(measured.homes_at[1], others.y_m)
    columns = {
        "home_id": measured.homes["home_id"].to_numpy()[owner[rows]],
        "before_m": every.before_m[rows] if every.before_m is not None else 0.0,
        "connector_m": every.connector_m[rows],
        "foot_x_m": every.foot_x_m[rows],
        "foot_y_m": every.foot_y_m[rows],
    }
    gates = gpd.GeoDataFrame(columns, geometry=shapely.points(at_x[rows], at_y[rows]), crs=measured.city.crs)
    placed = _with_lon_lat(measured, gates)
    _write(placed.drop(columns=["foot_x_m", "foot_y_m"]), path)


def write_entrances(measured: Measured, path: Path) -> None:
    """Write ``entrances.parquet``: a point per entrance, margin included."""
    entrances = _with_lon_lat(measured, measured.entrances)
    columns = ["facility_id", "kind", "rule", "connector_m", "foot_lon_deg", "foot_lat_deg", "geometry"]
    _write(entrances[columns], path)


def write_facilities(measured: Measured, path: Path) -> None:
    """Write ``facilities.parquet``: every place with its attributes, geometry as read."""
    _write(measured.city.facilities.to_crs("EPSG:4326"), path)


def write_segments(measured: Measured, path: Path) -> None:
    """Write ``segments.parquet``: walk segments with their street-quality attributes."""
    segments = segments_frame(measured.city)
    text = segments.select_dtypes("category").columns
    segments[text] = segments[text].astype(object)
    _write(segments.to_crs("EPSG:4326"), path)


def write_trips(measured: Measured, path: Path) -> None:
    """Write ``trips.parquet``: children's shortest ways to school in figures."""
    measured.trips.to_parquet(path, index=False, compression="zstd")


def write_pairs(measured: Measured, path: Path) -> None:
    """Write ``pairs.parquet`` where places are shared out: walks between homes and places, by target."""
    homes = measured.city.homes["home_id"].to_numpy(object)
    places = measured.city.facilities["facility_id"].to_numpy(object)
    parts = [
        pd.DataFrame(
            {
                "target": target,
                "home_id": homes[pairs.origin[own]],
                "facility_id": places[pairs.target[own]],
                "metres": pairs.metres[own],
            }
        )
        for target, pairs in measured.catchments.items()
        for own in [pairs.origin < len(homes)]
    ]
    if parts:
        table = pd.concat(parts).sort_values(["target", "facility_id", "metres", "home_id"], kind="stable")
        table.to_parquet(path, index=False, compression="zstd")


def write_minutes(measured: Measured, path: Path) -> None:
    """Write ``minutes.parquet``: the lived view, by age, season and profile."""
    measured.minutes.to_parquet(path, index=False, compression="zstd")


def write_merges(measured: Measured, path: Path) -> None:
    """Write ``merges.csv``: what was merged, nearly so, and left over; corrections use its ids."""
    write_csv(measured.city.merges, path)


def write_scenery(measured: Measured, path: Path) -> None:
    """Write ``scenery.parquet``: water and green for the quiet basemap of maps."""
    land = measured.city.landuse
    kinds = land["landuse"].map(SCENERY) if len(land) else pd.Series([], dtype=object)
    shown = gpd.GeoDataFrame(
        {"kind": kinds[kinds.notna()]}, geometry=land.geometry[kinds.notna()], crs=land.crs
    )
    _write(shown.reset_index(drop=True).to_crs("EPSG:4326"), path)


def write_areas(areas: gpd.GeoDataFrame, path: Path) -> None:
    """Write ``areas.parquet``: service areas at the standard distances, for maps."""
    _write(areas, path)


def write_units(measured: Measured, scores: pd.DataFrame, path: Path) -> None:
    """Write ``units.gpkg``: unit polygons with their scores, one layer a level."""
    layers = {}
    for level, units in measured.city.units.frames.items():
        own = scores[scores["unit_level"] == level].drop(columns=["unit_level", "unit_name"])
        drawn = units.drop(columns="children_known", errors="ignore").to_crs("EPSG:4326")
        frame = drawn.merge(own, on="unit_id", how="left", suffixes=("_given", ""))
        frame.geometry = _multi(frame.geometry)
        layers[level] = frame
    write_layers(layers, path)


def write_layers(layers: Mapping[str, gpd.GeoDataFrame], path: Path) -> None:
    """Write a GeoPackage with some layers; the same layers give the same bytes."""
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": FIXED_TIME})
    try:
        for name, frame in layers.items():
            frame.to_file(path, layer=name, driver="GPKG")
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def write_json(content: dict[str, Any], path: Path) -> None:
    """Write JSON as UTF-8; numbers that are not finite become null."""
    text = json.dumps(_plain(content), ensure_ascii=False, indent=1, sort_keys=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def input_record(path: Path, base: Path) -> dict[str, Any]:
    """Return name, size and SHA-256 of an input file; the name relative to the study where it can be."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    name = path.relative_to(base) if path.is_relative_to(base) else Path(path.name)
    return {"file": name.as_posix(), "sha256": digest.hexdigest(), "bytes": path.stat().st_size}


def versions() -> dict[str, str]:
    """Return the versions that the numbers were computed with."""
    return {
        "cfspace": __version__,
        "python": platform.python_version(),
        **{name: version(name) for name in PACKAGES},
    }


def _with_lon_lat(measured: Measured, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    lon, lat = to_lon_lat(measured.city.crs, frame["foot_x_m"].to_numpy(), frame["foot_y_m"].to_numpy())
    has_foot = frame["connector_m"].notna().to_numpy()
    placed = frame.assign(
        foot_lon_deg=np.where(has_foot, lon, np.nan), foot_lat_deg=np.where(has_foot, lat, np.nan)
    )
    wgs84: gpd.GeoDataFrame = placed.to_crs("EPSG:4326")
    return wgs84


def _multi(shapes: gpd.GeoSeries) -> gpd.GeoSeries:
    as_multi = [shapely.multipolygons([shape]) if shape.geom_type == "Polygon" else shape for shape in shapes]
    return gpd.GeoSeries(as_multi, crs=shapes.crs)


def _write(frame: gpd.GeoDataFrame, path: Path) -> None:
    frame.to_parquet(path, index=False, compression="zstd")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value
