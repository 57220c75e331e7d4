"""From the study's ``[homes]`` to homes, with every child accounted for."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from cfspace.config.study import HomesSection, Study
from cfspace.errors import LayerError
from cfspace.homes.buildings import homes_from_buildings
from cfspace.homes.model import CHILDREN, Homes
from cfspace.homes.points import homes_from_points
from cfspace.homes.polygons import homes_from_polygons
from cfspace.homes.rasters import homes_from_rasters
from cfspace.homes.totals import spread_totals
from cfspace.io.osm import OsmData
from cfspace.io.reports import some_names
from cfspace.units import Units, assign

TOLD_BEYOND = 0.01
"""Share of a unit beyond a population grid from which it is told."""


def _bounds_deg(
    units: Units, area: shapely.Geometry | None, crs: pyproj.CRS
) -> tuple[float, float, float, float]:
    coarse = units.frames[units.levels[0]].total_bounds if area is None else shapely.bounds(area)
    to_degrees = pyproj.Transformer.from_crs(crs, 4326, always_xy=True)
    west, south, east, north = to_degrees.transform_bounds(coarse[0], coarse[1], coarse[2], coarse[3])
    return float(west), float(south), float(east), float(north)


def _read(
    section: HomesSection,
    *,
    osm: OsmData | None,
    units: Units,
    crs: pyproj.CRS,
    area: shapely.Geometry | None,
) -> Homes:
    if section.origin == "points" and section.points is not None:
        return homes_from_points(section.points, has_totals=section.totals is not None, crs=crs)
    if section.origin == "polygons" and section.polygons is not None:
        return homes_from_polygons(section.polygons, crs=crs)
    if section.origin == "raster":
        rasters = section.raster or section.raster_classes or {}
        are_classes = section.raster_classes is not None
        return homes_from_rasters(
            rasters, are_classes=are_classes, bounds_deg=_bounds_deg(units, area, crs), crs=crs
        )
    if osm is None:
        raise LayerError(
            '[homes] from = "buildings": the study has no OSM data; give [osm], or another source'
        )
    return homes_from_buildings(osm, crs=crs)


def _amount(homes: gpd.GeoDataFrame, weights: str) -> str:
    amount = float(homes[list(CHILDREN)].to_numpy().sum())
    if weights == "children":
        return f"{amount:,.0f} children"
    return f"{amount / len(CHILDREN):,.0f} {'m2 of floor' if weights == 'floor_area_m2' else 'of weight'}"


def _inside(homes: Homes, units: Units, area: shapely.Geometry | None) -> Homes:
    """Leave out homes outside the study area, or without one outside every coarse unit, and tell of them."""
    frame = homes.frame
    where = assign(frame.geometry, units)
    coarse = f"{units.levels[0]}_id"
    if area is None:
        inside, of = where[coarse].notna().to_numpy(), f"every {units.levels[0]}"
    else:
        shapely.prepare(area)
        inside, of = np.asarray(shapely.intersects(area, frame.geometry.to_numpy())), "the study area"
    notes = []
    if not inside.all():
        out = frame[~inside]
        notes.append(
            f"homes: {len(out)} with {_amount(out, homes.weights)} lie outside {of} and do not count"
        )
    for level in units.levels:
        lost = frame[inside & where[f"{level}_id"].isna().to_numpy()]
        if len(lost):
            notes.append(f"homes: {len(lost)} with {_amount(lost, homes.weights)} lie in no {level}")
    kept = frame[inside].reset_index(drop=True)
    return replace(homes, frame=kept, notes=(*homes.notes, *notes))


def _beyond(homes: Homes, units: Units, area: shapely.Geometry | None) -> tuple[str, ...]:
    """Tell which coarse units a grid ends before: who lives there is not known, and not none."""
    if homes.covers_deg is None:
        return ()
    frame = units.frames[units.levels[0]]
    grid = gpd.GeoSeries([shapely.segmentize(shapely.box(*homes.covers_deg), 0.1)], crs=4326).to_crs(
        frame.crs
    )
    shapes = (
        frame.geometry.to_numpy() if area is None else shapely.intersection(frame.geometry.to_numpy(), area)
    )
    whole_m2 = shapely.area(shapes)
    beyond = shapely.area(shapely.difference(shapes, grid.iloc[0])) / np.maximum(whole_m2, 1e-9)
    lost = np.flatnonzero((beyond > TOLD_BEYOND) & (whole_m2 > 0.0))
    if not len(lost):
        return ()
    told = some_names([f"{frame['unit_name'].iloc[i]} ({beyond[i]:.0%})" for i in lost], most=5)
    return (
        f"homes: the rasters end before the study does: of {told} this share lies beyond them, "
        "nobody knows who lives there, and nobody is counted",
    )


def build_homes(
    study: Study,
    *,
    osm: OsmData | None,
    units: Units,
    crs: pyproj.CRS,
    area: shapely.Geometry | None,
) -> Homes:
    """Return the homes of a study.

    Parameters
    ----------
    study
        Its ``[homes]`` say where they come from.
    osm
        OSM data, EPSG:4326; needed for homes from buildings.
    units
        Units in `crs`; totals belong to one of their levels.
    crs
        Metric CRS of the answer.
    area
        The study area in `crs`; without one, the coarsest units.

    Returns
    -------
    Homes inside the study. Totals are spread before homes outside are left out, so that a unit that the
    area cuts gives only the children who live inside; the others are told in the notes.

    Raises
    ------
    LayerError
        If a file does not hold what the study says, or no home is left.
    CrsError
        If a file has no CRS or the wrong one.
    """
    homes = _read(study.homes, osm=osm, units=units, crs=crs, area=area)
    if study.homes.totals is not None:
        homes = spread_totals(homes, study.homes.totals, units=units)
    n_read = len(homes.frame)
    homes = _inside(replace(homes, notes=(*homes.notes, *_beyond(homes, units, area))), units, area)
    if homes.frame.empty:
        raise LayerError(
            f'[homes] from = "{study.homes.origin}": none of {n_read} homes lies in the study; '
            "check their CRS or datum, and that homes, units and area are of one city"
        )
    return homes
