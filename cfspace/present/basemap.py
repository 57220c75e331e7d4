"""A quiet basemap of the study's own streets, parks and water: no tiles, no hosts."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np

from cfspace.present.geometry import line_steps, polygon_steps, tolerance_deg
from cfspace.present.rundata import RunData

MAIN_STREETS = frozenset({"motorway", "trunk", "primary", "secondary"})
SMALL_WAYS = frozenset({"footway", "path", "steps", "cycleway", "track", "corridor", "bridleway", "elevator"})
MOST_VERTICES = 250_000
TOLERANCES_M = (2.0, 4.0, 8.0, 16.0)
SMALLEST_PATCH_M2 = 400.0


def page_basemap(run: RunData) -> dict[str, Any]:
    """Return streets in three classes, water and parks, coarse enough for a quick page."""
    segments = run.segments
    for tolerance_m in TOLERANCES_M:
        page = _streets(segments, tolerance_m=tolerance_m)
        if sum(len(line) for lines in page.values() for line in lines) / 2 <= MOST_VERTICES:
            break
    page |= {"water": [], "park": []}
    if run.scenery is not None:
        for kind in ("water", "park"):
            page[kind] = _patches(run.scenery[run.scenery["kind"] == kind])
    return page


def _streets(segments: gpd.GeoDataFrame, *, tolerance_m: float) -> dict[str, Any]:
    highway = segments["highway"].fillna("").astype(str).str.removesuffix("_link")
    main = highway.isin(MAIN_STREETS).to_numpy()
    small = highway.isin(SMALL_WAYS).to_numpy()
    lines = segments.geometry.to_numpy()
    return {
        "main": line_steps(lines[main], tolerance_m=tolerance_m),
        "street": line_steps(lines[~main & ~small], tolerance_m=tolerance_m),
        "path": line_steps(lines[small], tolerance_m=tolerance_m),
    }


def _patches(scenery: gpd.GeoDataFrame) -> list[list[list[int]]]:
    smallest_deg2 = SMALLEST_PATCH_M2 * tolerance_deg(1.0) ** 2
    shapes = scenery.geometry.to_numpy()
    shapes = shapes[np.array([shape.area >= smallest_deg2 for shape in shapes], dtype=bool)]
    return [rings for shape in shapes for rings in polygon_steps(shape, tolerance_m=3.0)]
