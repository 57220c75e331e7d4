"""Where a large OSM file ends and what it maps, without holding its streets and buildings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cfspace.errors import OsmError
from cfspace.io.extent import data_extent
from cfspace.io.osm import read_stream
from cfspace.io.osm_stream import OsmStream, Rows
from cfspace.io.osm_tags import Tags, is_feature

CHUNK: Final = 50_000
"""Shapes that are held before only their vertices are kept."""


@dataclass(frozen=True, eq=False, kw_only=True)
class OsmSurvey:
    """What is known of an OSM file as a whole.

    Attributes
    ----------
    extent
        Where its data ends, as `cfspace.io.osm.read_osm` finds it; EPSG:4326.
    features
        The objects that may be facilities: ``osm_type``, ``osm_id``, ``tags``; EPSG:4326.
    """

    extent: shapely.Geometry
    features: gpd.GeoDataFrame


class _Vertices(Rows):
    """Objects of which only the vertices are kept, and those whole that may be facilities."""

    def __init__(self, features: Rows | None) -> None:
        super().__init__()
        self.features = features
        self.vertices: list[np.ndarray] = []

    def add(self, osm_type: str, osm_id: int, tags: Tags, shape: bytes) -> None:
        """Take an object."""
        self.shapes.append(shape)
        if self.features is not None and is_feature(tags):
            self.features.add(osm_type, osm_id, tags, shape)
        if len(self.shapes) >= CHUNK:
            self.close()

    def close(self) -> None:
        """Let go of shapes, and keep their vertices."""
        self.vertices.append(shapely.get_coordinates(self.geometry()))
        self.shapes = []


class _Survey(OsmStream):
    """A pass that keeps vertices of streets and areas, and features."""

    def __init__(self) -> None:
        super().__init__()
        self.ways: _Vertices = _Vertices(None)
        self.areas: _Vertices = _Vertices(self.points)

    def _add_way(self, way_id: int, tags: Tags, vertices: list[int], shape: bytes) -> None:  # noqa: ARG002
        self.ways.add("way", way_id, tags, shape)
        self.way_sizes = [1]  # there is one

    def _tell_lost(self) -> None:
        """Tell nothing: a survey asks what is there."""


def survey_osm(path: Path) -> OsmSurvey:
    """Look through an OSM file for where it ends and what it maps.

    Parameters
    ----------
    path
        An OSM file that `cfspace.io.osm.read_osm` would read.

    Raises
    ------
    OsmError
        As `cfspace.io.osm.read_osm`.
    """
    stream = _Survey()
    bounds = read_stream(path, stream)
    vertices = []
    for rows in (stream.ways, stream.areas):
        rows.close()
        vertices += rows.vertices
    lon_lat = np.concatenate(vertices)
    found = stream.points
    if not found.ids:
        raise OsmError(f"{path}: holds no place that a child goes to; give an extract with features")
    features = gpd.GeoDataFrame(
        {"osm_type": found.types, "osm_id": found.ids, "tags": pd.Series(found.tags, dtype=object)},
        geometry=found.geometry(),
        crs="EPSG:4326",
    )
    return OsmSurvey(extent=data_extent(lon_lat[:, 0], lon_lat[:, 1], bounds=bounds), features=features)
