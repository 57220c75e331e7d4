"""Where something could be built in a study: layers, places of a kind, or its streets."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from pydantic import ValidationError

from cfspace.config.study import CandidatesSection
from cfspace.errors import ParameterError
from cfspace.io.layers import read_layer, read_raw
from cfspace.io.reports import Notebook
from cfspace.network.snap import SnappedPoints, snap
from cfspace.planning.siting.candidates import (
    candidates_of_kind,
    candidates_of_layer,
    candidates_on_streets,
)
from cfspace.runs.city import City
from cfspace.runs.inputs import map_layers
from cfspace.units import assign


@dataclass(frozen=True, kw_only=True)
class Where:
    """Where candidates come from; without any of these from the study file, or else from its streets.

    Attributes
    ----------
    layer
        A layer of plots, buildings or points.
    at
        A kind of place that the study has: build in these.
    step_m
        Points along streets, so far apart.
    """

    layer: CandidatesSection | None = None
    at: str | None = None
    step_m: float | None = None


def find_candidates(city: City, where: Where) -> tuple[gpd.GeoDataFrame, SnappedPoints]:
    """Return the candidates of a study with the units that they lie in, and their feet.

    Those outside the study are left out.

    Raises
    ------
    LayerError, CrsError
        If a layer cannot be read as candidates.
    ParameterError
        If none is left.
    """
    if where.layer is not None:
        found = [_read_layer(city, where.layer)]
    elif where.at is not None:
        found = [candidates_of_kind(city.facilities, city.entrances, where.at)]
    elif city.study.candidates and where.step_m is None:
        found = [_read_layer(city, section) for section in city.study.candidates]
    else:
        found = [candidates_on_streets(city.network, inside_of(city), spacing_m=where.step_m)]
    joined = gpd.GeoDataFrame(pd.concat(found, ignore_index=True), crs=city.crs)
    inside = inside_of(city)
    shapely.prepare(inside)
    joined = joined[shapely.intersects(inside, joined.geometry.to_numpy())].reset_index(drop=True)
    if joined.empty:
        raise ParameterError("siting: no candidate lies in the study; check the datum and CRS of the layer")
    x_m, y_m = joined.geometry.x.to_numpy(float), joined.geometry.y.to_numpy(float)
    feet = snap(city.network, x_m, y_m, max_connector_m=city.study.max_connector_m)
    units = assign(joined.geometry, city.units)
    placed: gpd.GeoDataFrame = joined.assign(
        has_foot=feet.has_foot, **{str(name): column for name, column in units.items()}
    )
    return placed, feet


def _read_layer(city: City, section: CandidatesSection) -> gpd.GeoDataFrame:
    layer = read_layer(
        section.file,
        layer="candidates",
        datum=section.datum,
        crs=section.crs,
        lon=section.lon,
        lat=section.lat,
        id=section.id,
        name=section.name,
        where=section.where,
        columns={str(name): column for name, column in section.columns.items()},
    )
    frame = layer.frame.to_crs(city.crs).reset_index(drop=True)
    return candidates_of_layer(frame, city.network, origin=section.file.name)


def inside_of(city: City) -> shapely.Geometry:
    """Return where the study lies, as far as its data reaches."""
    coarse = shapely.union_all(city.units.frames[city.units.levels[0]].geometry.to_numpy())
    inside = shapely.intersection(shapely.make_valid(coarse), city.extent)
    if city.study.area is not None:
        frame, _ = map_layers(city.study)[0].read()
        inside = shapely.intersection(inside, shapely.union_all(frame.to_crs(city.crs).geometry.to_numpy()))
    return inside


def candidates_file(path: Path, *, datum: str = "wgs84") -> CandidatesSection:
    """Return how to read a layer of candidates that stands in no study file.

    Columns ``id``, ``name``, ``cost`` and ``capacity`` are taken where the file has them, and of a table
    ``lon`` and ``lat``.

    Raises
    ------
    LayerError
        If the file cannot be read.
    ParameterError
        If the datum is unknown.
    """
    notebook = Notebook("candidates", path)
    columns = {str(name) for name in read_raw(path, (), notebook).cells.columns}
    given = {name: name for name in ("cost", "capacity") if name in columns}
    section: dict[str, Any] = {"file": path, "datum": datum, "columns": given}
    section |= {name: name for name in ("id", "name", "lon", "lat") if name in columns}
    try:
        return CandidatesSection.model_validate(section)
    except ValidationError as error:
        raise ParameterError(f"--datum: {error.errors()[0]['msg'].removeprefix('Value error, ')}") from error
