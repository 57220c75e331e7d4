"""Service areas of a run, at the distances that its rulebook asks: for maps, and for no figure."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cfspace.access.isochrones import isochrones
from cfspace.config.rulebook import Rulebook
from cfspace.rulebooks.targets import match_target
from cfspace.runs.measuring import Measured, entrances_of

BUFFER_M = 45.0
"""Around the reached streets: about half the depth of a block, so that what lies along a street is in."""

SMALLEST_HOLE_M2 = 10_000.0
"""Smaller courts within an area are filled: they are the middles of blocks, not places out of reach."""

TOLERANCE_M = 2.0
"""Outlines are kept as fine as a screen shows them."""


def standard_distances(rulebook: Rulebook) -> dict[str, list[float]]:
    """Return, by target, the full distances in metres that the rulebook's coverages ask, rising.

    Examples
    --------
    >>> from cfspace.rulebooks import load_rulebook
    >>> standard_distances(load_rulebook("jilin-2022"))["primary_school"]
    [500.0]
    """
    found: dict[str, set[float]] = {}
    for rule in rulebook.indicator:
        for way in (rule, *(getattr(rule, "reach", None) or ())):
            target, full_m = getattr(way, "target", None), getattr(way, "full_m", None)
            if target and full_m:
                found.setdefault(target, set()).add(float(full_m))
    return {target: sorted(metres) for target, metres in found.items()}


def service_areas(measured: Measured) -> gpd.GeoDataFrame:
    """Return the ground within each standard distance of each target, drawn for the eye.

    Returns
    -------
    A row per target and distance, EPSG:4326, in the rulebook's order: ``target``, ``metres``, ``length_m`` of
    street reached, and the area. Targets of which the study has no place have no row.
    """
    city, parts = measured.city, []
    targets = measured.rulebook.targets(sorted(set(city.facilities["kind"])))
    for target, breaks_m in standard_distances(measured.rulebook).items():
        own = entrances_of(city, match_target(targets[target], city.facilities).matches)
        feet = measured.entrance_feet.take(np.flatnonzero(own))
        areas = isochrones(city.network, feet, breaks_m=breaks_m, buffer_m=BUFFER_M)
        parts.append(areas.assign(target=target, metres=areas["break_m"]))
    columns = ["target", "metres", "length_m", "geometry"]
    if not parts:
        return gpd.GeoDataFrame(columns=columns, geometry="geometry", crs="EPSG:4326")
    drawn = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True)[columns], crs=city.crs)
    drawn.geometry = [_simplified(_filled(shape)) for shape in drawn.geometry]
    wgs84: gpd.GeoDataFrame = drawn.to_crs("EPSG:4326")
    return wgs84


def _simplified(shape: shapely.Geometry) -> shapely.Geometry:
    """Return a shape with fewer vertices; the slower way, which keeps it valid, only where it is needed."""
    quick = shapely.simplify(shape, TOLERANCE_M, preserve_topology=False)
    kept = quick if shapely.is_valid(quick) else shapely.simplify(shape, TOLERANCE_M)
    return shapely.multipolygons(shapely.get_parts(kept))


def _filled(shape: shapely.Geometry) -> shapely.Geometry:
    """Return a shape without its small holes."""
    filled = []
    for part in shapely.get_parts(shape):
        rings = [ring for ring in part.interiors if shapely.Polygon(ring).area >= SMALLEST_HOLE_M2]
        filled.append(shapely.Polygon(part.exterior, rings))
    return shapely.multipolygons(filled)
