"""Whether each layer of a city is in the datum that the study declares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import geopandas as gpd
import shapely

from cfspace.io.datum_check import SAME_PLACE_M, DatumVerdict, judge_names, judge_outlines, outline_pieces
from cfspace.io.datums import DATUMS
from cfspace.io.reports import LayerReport
from cfspace.runs.inputs import MapLayer, map_layers
from cfspace.runs.loading import City

AROUND_M: Final = 2_000.0
TIMES_BETTER: Final = 1.5


def judge_datums(city: City) -> dict[LayerReport, DatumVerdict]:
    """Compare every layer with the streets, what OSM knows by the same names, and other layers.

    A layer that meets neither street nor name, such as the outline of a province, is compared with the
    outlines of units whose own datum the streets have proved.

    Parameters
    ----------
    city
        As loaded; its layers are read once more, as they stand in their files.

    Returns
    -------
    A verdict per layer, in the order of the study file, by the report of reading it.
    """
    places = known_places(city)
    read = [(layer, *layer.read()) for layer in map_layers(city.study)]
    verdicts = {report: _verdict(layer, frame, city, places) for layer, frame, report in read}
    levels = {str(unit.level) for unit in city.study.units}
    proven = [one for one in read if one[0].label in levels and _is_proven(verdicts[one[2]])]
    known = {layer.label: frame for layer, frame, _ in proven}
    for layer, frame, report in read:
        if layer.datum in DATUMS and not verdicts[report].fit:
            verdicts[report] = _beside(layer, frame, known, city, verdicts[report])
    return verdicts


def _is_proven(verdict: DatumVerdict) -> bool:
    """Return whether more of the outlines runs along streets than under any other datum, by a good part."""
    if verdict.better is not None or not verdict.evidence.startswith("outline"):
        return False
    others = [share for datum, share in verdict.fit.items() if datum != verdict.declared]
    return verdict.fit[verdict.declared] >= TIMES_BETTER * max(others)


def _beside(
    layer: MapLayer,
    frame: gpd.GeoDataFrame,
    known: Mapping[str, gpd.GeoDataFrame],
    city: City,
    verdict: DatumVerdict,
) -> DatumVerdict:
    """Judge a layer that meets no street by the outlines of layers whose datum has proved right."""
    for label, other in known.items():
        shapes = other.geometry.to_crs(city.crs).to_numpy()
        found = judge_outlines(
            _outlined(frame),
            layer=layer.label,
            declared=layer.datum,
            streets=outline_pieces(shapes),
            extent=shapely.box(*shapely.total_bounds(shapes)).buffer(AROUND_M),
            crs=city.crs,
            of=f"outlines of {label}",
        )
        if found.fit:
            return found
    return verdict


def _outlined(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    lined: gpd.GeoDataFrame = frame[shapely.get_dimensions(frame.geometry.to_numpy()) > 0]
    return lined


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
    by_outline = judge_outlines(
        _outlined(frame),
        layer=layer.label,
        declared=layer.datum,
        streets=city.network.lines,
        extent=city.extent,
        crs=city.crs,
    )
    return by_outline if by_outline.fit else by_name
