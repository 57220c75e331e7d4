"""Whether each layer of a city is in the datum that the study declares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from cfspace.errors import InputError
from cfspace.io.cache import user_cache
from cfspace.io.datum_check import (
    SAME_PLACE_M,
    DatumVerdict,
    candidates,
    judge_names,
    judge_outlines,
    outline_pieces,
)
from cfspace.io.datum_places import judge_points, judge_streets
from cfspace.io.datums import DATUMS
from cfspace.io.reports import LayerReport
from cfspace.runs.city import City
from cfspace.runs.inputs import MapLayer, map_layers
from cfspace.runs.keeping import kept_osm

AROUND_M: Final = 2_000.0
TIMES_BETTER: Final = 1.5
NO_SHAPES: Final = np.empty(0, object)
NOT_COMPARED: Final = "too little to compare with"


def judge_datums(city: City) -> dict[LayerReport, DatumVerdict]:
    """Compare every layer with the streets, what OSM knows by the same names, and other layers.

    A layer that meets neither street nor name, such as the outline of a province, is compared with the
    outlines of units whose own datum the streets have proved; points of which no name is known, with the
    buildings of OSM; a line layer of streets, with the outlines of all layers whose datum is not in doubt.

    Parameters
    ----------
    city
        As loaded; its layers are read once more, as they stand in their files. Those at fault, such as zones
        of points, have no verdict.

    Returns
    -------
    A verdict per layer, in the order of the study file, by the report of reading it; that of a line layer of
    streets last.
    """
    places = known_places(city)
    read = [(layer, *parts) for layer in map_layers(city.study) for parts in _parts(layer)]
    verdicts = {report: _verdict(layer, frame, city, places) for layer, frame, report in read}
    levels = {str(unit.level) for unit in city.study.units}
    proven = [one for one in read if one[0].label in levels and _is_proven(verdicts[one[2]])]
    known = {layer.label: frame for layer, frame, _ in proven}
    for layer, frame, report in read:
        if not verdicts[report].fit:
            verdicts[report] = _beside(layer, frame, known, city, verdicts[report])
    verdicts |= _of_points([one for one in read if _is_open(verdicts[one[2]])], city)
    told = {report: _as_declared(layer.datum, report, verdicts[report]) for layer, _, report in read}
    return told | _of_streets(city, [frame for _, frame, report in read if told[report].better is None])


def _parts(layer: MapLayer) -> list[tuple[gpd.GeoDataFrame, LayerReport]]:
    """Return a layer and its report; nothing of one that is at fault, which is told where faults are."""
    try:
        return [layer.read()]
    except InputError:
        return []


def _is_open(verdict: DatumVerdict) -> bool:
    """Return whether neither outlines nor names have told: those of one name may be namesakes."""
    if verdict.better is not None or verdict.evidence.startswith("outline"):
        return False
    return verdict.fit.get(verdict.declared, np.inf) > SAME_PLACE_M


def _of_points(
    layers: Sequence[tuple[MapLayer, gpd.GeoDataFrame, LayerReport]], city: City
) -> dict[LayerReport, DatumVerdict]:
    """Judge what is left by the buildings of OSM, and say of what nothing could be compared."""
    left = [one for one in layers if candidates(one[1], _read_as(one[0].datum))]
    buildings = _buildings(city) if any(_has_points(frame) for _, frame, _ in left) else NO_SHAPES
    verdicts = {}
    for layer, frame, report in left:
        datum = _read_as(layer.datum)
        found = judge_points(frame, layer=layer.label, declared=datum, buildings=buildings, crs=city.crs)
        verdicts[report] = found if found.fit else replace(found, evidence=NOT_COMPARED)
    return verdicts


def _has_points(frame: gpd.GeoDataFrame) -> bool:
    return bool((shapely.get_dimensions(frame.geometry.to_numpy()) == 0).any())


def _buildings(city: City) -> NDArray[np.object_]:
    """Return the buildings of OSM in the city's frame; of a study without OSM none."""
    osm = city.study.osm
    if osm is None or osm.file is None:
        return NO_SHAPES
    found = kept_osm(osm.file, user_cache()).buildings
    return np.asarray(found.geometry.to_crs(city.crs).array, dtype=object)


def _of_streets(city: City, frames: Sequence[gpd.GeoDataFrame]) -> dict[LayerReport, DatumVerdict]:
    """Judge a line layer of streets by the outlines of layers whose own datum is not in doubt."""
    section = city.study.network
    report = next((one for one in city.reports if one.layer == "[network]"), None)
    if section is None or report is None or not frames:
        return {}
    verdict = judge_streets(
        city.network.lines,
        declared=_read_as(section.datum),
        outlines=_outlined(
            gpd.GeoDataFrame(geometry=pd.concat([frame.geometry for frame in frames]), crs=4326)
        ),
        extent=city.extent,
        crs=city.crs,
    )
    return {report: _as_declared(section.datum, report, verdict)}


def _read_as(datum: str) -> str:
    """Return the datum that a layer was read as lying in: a city's own grid is tied to WGS-84."""
    return datum if datum in DATUMS else "wgs84"


def _as_declared(datum: str, report: LayerReport, verdict: DatumVerdict) -> DatumVerdict:
    """Return a verdict with what the study declares, and what to do where no datum can be declared."""
    if datum not in DATUMS:
        control = Path(datum).name
        cure = f"lon_deg and lat_deg of {control} are then {verdict.better}: write WGS-84 there"
        return replace(verdict, declared=control, cure=cure)
    if _is_projected(report.crs):
        cure = (
            f"its metres were then made of {verdict.better} degrees as if they were WGS-84: convert them "
            f'back to degrees, and write datum = "{verdict.better}"'
        )
        return replace(verdict, cure=cure)
    return verdict


def _is_projected(crs: str | None) -> bool:
    try:
        return crs is not None and pyproj.CRS.from_user_input(crs).is_projected
    except pyproj.exceptions.CRSError:  # a CRS without code or known name
        return False


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
            declared=_read_as(layer.datum),
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
    declared = _read_as(layer.datum)
    by_name = judge_names(frame, layer=layer.label, declared=declared, places=places, crs=city.crs)
    if by_name.better is not None or by_name.fit.get(declared, SAME_PLACE_M + 1.0) <= SAME_PLACE_M:
        return by_name
    by_outline = judge_outlines(
        _outlined(frame),
        layer=layer.label,
        declared=declared,
        streets=city.network.lines,
        extent=city.extent,
        crs=city.crs,
    )
    return by_outline if by_outline.fit else by_name
