"""Where a study lies: its area, its metric frame, and its units in that."""

from __future__ import annotations

import geopandas as gpd
import pyproj
import shapely

from cfspace.config.study import Study
from cfspace.io.frame import metric_crs, study_crs
from cfspace.io.layers import read_layer
from cfspace.io.osm import OsmData
from cfspace.runs.city import City
from cfspace.units import Units, read_units

# A study whose middle lies further than this from that of its data gets a frame of its own.
RECENTRE_DEG = 0.1


def where_homes_count(city: City) -> shapely.Geometry:
    """Return the study area in the city's frame; without one, its coarsest units."""
    area = study_area(city.study)
    if area is not None:
        return in_frame(area, city.crs)
    return shapely.union_all(city.units.frames[city.units.levels[0]].geometry.to_numpy())


def study_area(study: Study) -> shapely.Geometry | None:
    """Return the outline that ``[area]`` names, EPSG:4326; None where the study names none."""
    if study.area is None:
        return None
    section = study.area
    layer = read_layer(
        section.file, layer="[area]", datum=section.datum, where=section.where, shapes="polygon"
    )
    return shapely.union_all(layer.frame.geometry.to_numpy())


def frame_and_units(
    study: Study, extent: shapely.Geometry, area: shapely.Geometry | None, osm: OsmData | None
) -> tuple[pyproj.CRS, Units]:
    """Return the metric frame of a study, and its units in it."""
    middle = shapely.centroid(extent if area is None else area)
    crs = metric_crs(middle.x, middle.y)
    within = None if area is None else in_frame(area, crs)
    units = read_units(
        study.units, crs=crs, extent=in_frame(extent, crs), area=within, osm=osm, tables=study.tables
    )
    wanted = _frame_of(study, units, crs, extent)
    return (crs, units) if wanted == crs else (wanted, units.to_crs(wanted))


def _frame_of(study: Study, units: Units, crs: pyproj.CRS, extent: shapely.Geometry) -> pyproj.CRS:
    """Return the frame that the study names, or one centred on its units as far as the data reaches."""
    coarse = shapely.union_all(units.frames[units.levels[0]].to_crs("EPSG:4326").geometry.to_numpy())
    covered = shapely.intersection(shapely.make_valid(coarse), extent)
    if study.study.crs is not None:
        return study_crs(study.study.crs, shapely.bounds(covered))
    middle, centre = shapely.centroid(covered), shapely.centroid(extent)
    far = max(abs(middle.x - centre.x), abs(middle.y - centre.y)) > RECENTRE_DEG
    return metric_crs(middle.x, middle.y) if far and study.area is None else crs


def in_frame(shape: shapely.Geometry, crs: pyproj.CRS) -> shapely.Geometry:
    """Return a shape given in EPSG:4326 in another frame."""
    return gpd.GeoSeries([shape], crs="EPSG:4326").to_crs(crs).iloc[0]
