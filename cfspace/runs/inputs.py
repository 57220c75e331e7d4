"""The map layers that a study points to, each read by itself as the study says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import geopandas as gpd

from cfspace.config.study import (
    AreaSection,
    CompoundsSection,
    LayerSection,
    Points,
    Polygons,
    Study,
    UnitsSection,
    ZoneSection,
)
from cfspace.facilities.compounds import read_outlines
from cfspace.homes.points import read_points
from cfspace.io.layers import Layer, read_layer
from cfspace.io.reports import LayerReport
from cfspace.units import read_unit_file


@dataclass(frozen=True, slots=True, kw_only=True)
class MapLayer:
    """One layer with places in it.

    Attributes
    ----------
    label
        What messages call it.
    file
        Where it lies.
    datum
        The datum declared, or the path of a control-point file.
    read
        Returns the layer in EPSG:4326 and the report of reading it; raises what reading raises.
    """

    label: str
    file: Path
    datum: str
    read: Callable[[], tuple[gpd.GeoDataFrame, LayerReport]]

    @property
    def is_there(self) -> bool:
        """Whether every file that reading it needs is there."""
        return self.file.is_file() and (not self.datum.lower().endswith(".csv") or Path(self.datum).is_file())


def map_layers(study: Study) -> tuple[MapLayer, ...]:
    """Return the layers of a study in the order of its file: area, units, homes, lists, zones, compounds."""
    found = [] if study.area is None else [_layer("[area]", study.area, partial(_read_area, study.area))]
    found += [_layer(unit.level, unit, partial(read_unit_file, unit)) for unit in study.units if unit.file]
    points, polygons = study.homes.points, study.homes.polygons
    if points is not None and study.homes.origin == "points":
        found.append(_layer("[homes] points", points, partial(_read_points, points)))
    if polygons is not None and study.homes.origin == "polygons":
        found.append(_layer("[homes] polygons", polygons, partial(_read_polygons, polygons)))
    found += [_layer(one.kind, one, partial(_read_list, one)) for one in study.layers]
    found += [_layer(f"{zone.kind} zones", zone, partial(_read_zones, zone)) for zone in study.zones]
    if study.compounds is not None and study.compounds.file is not None:
        found.append(_layer("[compounds]", study.compounds, partial(_read_compounds, study.compounds)))
    return tuple(found)


def _layer(
    label: str,
    section: AreaSection | UnitsSection | Points | Polygons | LayerSection | ZoneSection | CompoundsSection,
    read: Callable[[], tuple[gpd.GeoDataFrame, LayerReport]],
) -> MapLayer:
    return MapLayer(label=label, file=section.file or Path(), datum=section.datum, read=read)


def _parts(layer: Layer) -> tuple[gpd.GeoDataFrame, LayerReport]:
    return layer.frame, layer.report


def _read_area(area: AreaSection) -> tuple[gpd.GeoDataFrame, LayerReport]:
    return _parts(read_layer(area.file, layer="[area]", datum=area.datum, where=area.where, shapes="polygon"))


def _read_points(spec: Points) -> tuple[gpd.GeoDataFrame, LayerReport]:
    return _parts(read_points(spec))


def _read_polygons(spec: Polygons) -> tuple[gpd.GeoDataFrame, LayerReport]:
    return _parts(
        read_layer(
            spec.file,
            layer="[homes] polygons",
            datum=spec.datum,
            where=spec.where,
            columns={} if spec.weight == "area" else {"n_weight": spec.weight},
            shapes="polygon",
        )
    )


def _read_list(layer: LayerSection) -> tuple[gpd.GeoDataFrame, LayerReport]:
    return _parts(
        read_layer(
            layer.file,
            layer=layer.kind,
            datum=layer.datum,
            lon=layer.lon,
            lat=layer.lat,
            crs=layer.crs,
            columns=layer.columns,
            where=layer.where,
            name=layer.name,
            id=layer.id,
            allow_empty=layer.allow_empty,
        )
    )


def _read_compounds(compounds: CompoundsSection) -> tuple[gpd.GeoDataFrame, LayerReport]:
    return _parts(read_outlines(compounds))


def _read_zones(zone: ZoneSection) -> tuple[gpd.GeoDataFrame, LayerReport]:
    return _parts(
        read_layer(
            zone.file,
            layer=f"{zone.kind} zones",
            datum=zone.datum,
            crs=zone.crs,
            columns={"facility": zone.facility},
            shapes="polygon",
        )
    )
