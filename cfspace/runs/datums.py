"""Whether each layer of a city is in the datum that the study declares."""

from __future__ import annotations

import geopandas as gpd
import shapely

from cfspace.io.datum_check import SAME_PLACE_M, DatumVerdict, judge_names, judge_outlines
from cfspace.io.datums import DATUMS
from cfspace.io.reports import LayerReport
from cfspace.runs.inputs import MapLayer, map_layers
from cfspace.runs.loading import City


def judge_datums(city: City) -> dict[LayerReport, DatumVerdict]:
    """Compare every layer with the streets and with what OSM knows by the same names.

    Parameters
    ----------
    city
        As loaded; its layers are read once more, as they stand in their files.

    Returns
    -------
    A verdict per layer, in the order of the study file, by the report of reading it.
    """
    places = known_places(city)
    verdicts = {}
    for layer in map_layers(city.study):
        frame, report = layer.read()
        verdicts[report] = _verdict(layer, frame, city, places)
    return verdicts


def known_places(city: City) -> gpd.GeoDataFrame:
    """Return the named places of OSM in EPSG:4326, one of two kinds once."""
    named = city.found[city.found["name"].notna()].drop_duplicates("source_id")
    points = named.geometry.representative_point()
    return gpd.GeoDataFrame({"name": named["name"]}, geometry=points, crs=city.crs).to_crs(4326)


def _verdict(layer: MapLayer, frame: gpd.GeoDataFrame, city: City, places: gpd.GeoDataFrame) -> DatumVerdict:
    """Judge by names where they tell, else by outlines: two wrong datums cannot share a name's place."""
    if layer.datum not in DATUMS or frame.empty:
        return DatumVerdict(layer=layer.label, declared=layer.datum)
    by_name = judge_names(frame, layer=layer.label, declared=layer.datum, places=places, crs=city.crs)
    if by_name.better is not None or by_name.fit.get(layer.datum, SAME_PLACE_M + 1.0) <= SAME_PLACE_M:
        return by_name
    outlined = frame[shapely.get_dimensions(frame.geometry.to_numpy()) > 0]
    by_outline = judge_outlines(
        outlined,
        layer=layer.label,
        declared=layer.datum,
        streets=city.network.lines,
        extent=city.extent,
        crs=city.crs,
    )
    return by_outline if by_outline.fit else by_name
