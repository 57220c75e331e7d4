"""A line layer of streets, as ways that the walk network is built from."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cfspace.config.study import NetworkSection
from cfspace.errors import LayerError
from cfspace.io.extent import data_extent
from cfspace.io.layers import Layer, read_layer, read_raw
from cfspace.io.osm import OsmWays
from cfspace.io.reports import LayerReport, Notebook

# Vertices this close are one junction: a hundredth of a metre, in degrees of latitude.
JOIN_DEG = 1e-7
# Columns of the Geofabrik shapefiles and of OSMnx that say what OSM tags say.
TAG_COLUMNS: tuple[str, ...] = (
    "name",
    "maxspeed",
    "bridge",
    "tunnel",
    "layer",
    "oneway",
    "width",
    "sidewalk",
    "lit",
    "surface",
)
TAG_COLUMNS += (
    "footway",
    "foot",
    "access",
    "service",
    "cycleway",
    "crossing",
    "wheelchair",
    "steps",
    "stroller",
)
FLAGS = {"T": "yes", "F": "no", "B": "no", "True": "yes", "False": "no", "1": "yes", "0": "no"}
FLAG_COLUMNS = frozenset({"bridge", "tunnel", "oneway"})
# Geofabrik grades its tracks; a value of [network] walkable has no OSM class, and OSM calls that road.
GRADED_TRACK = re.compile(r"^track_grade\d$")
UNCLASSED = "road"
# Long straight streets have few vertices: the extent is taken from points along them.
EXTENT_STEP_DEG = 0.001


def read_streets(section: NetworkSection) -> tuple[OsmWays, shapely.Geometry, LayerReport]:
    """Read the streets that ``[network]`` names.

    Vertices at the same place (0.01 m) are one junction; lines that cross without sharing a vertex
    do not meet.

    Returns
    -------
    Ways (WGS-84), the extent of the layer, and what reading it did.

    Raises
    ------
    LayerError, CrsError
        If the layer cannot be read as the study says.
    """
    name = "[network]"
    there = set(
        read_raw(
            section.file, [*([section.highway] if section.highway else [])], Notebook(name, section.file)
        ).cells
    )
    columns = {key: key for key in TAG_COLUMNS if key in there} | section.columns
    if section.highway:
        columns["highway"] = section.highway
    layer = read_layer(
        section.file,
        layer=name,
        datum=section.datum,
        crs=section.crs,
        columns=columns,
        where=section.walkable,
        shapes="line",
    )
    ways = _ways(layer, list(columns))
    if not len(ways.way_id):
        raise LayerError(f"{name} {section.file}: holds no line; give a layer of streets")
    dense = shapely.get_coordinates(shapely.segmentize(layer.frame.geometry.to_numpy(), EXTENT_STEP_DEG))
    return ways, data_extent(dense[:, 0], dense[:, 1], bounds=None), layer.report


def _ways(layer: Layer, columns: list[str]) -> OsmWays:
    frame = layer.frame
    lines, row = shapely.get_parts(frame.geometry.to_numpy(), return_index=True)
    lon_lat, of_line = shapely.get_coordinates(lines, return_index=True)
    tags = [_tags(record) for record in frame[columns].to_dict("records")]
    ptr = np.zeros(len(lines) + 1, np.int64)
    np.cumsum(np.bincount(of_line, minlength=len(lines)), out=ptr[1:])
    return OsmWays(
        way_id=frame["row"].to_numpy(np.int64)[row],
        tags=[tags[i] for i in row],
        ptr=ptr,
        node_id=_join(lon_lat),
        lon_deg=lon_lat[:, 0],
        lat_deg=lon_lat[:, 1],
    )


def _join(lon_lat: NDArray[np.float64]) -> NDArray[np.int64]:
    cells = np.rint(lon_lat / JOIN_DEG).astype(np.int64)
    low = cells.min(axis=0)
    width = int(cells[:, 1].max() - low[1]) + 1
    key = (cells[:, 0] - low[0]) * width + (cells[:, 1] - low[1])
    _, node = np.unique(key, return_inverse=True)
    return node.astype(np.int64)


def _tags(record: dict[str, object]) -> dict[str, str]:
    tags = {key: _text(key, value) for key, value in record.items() if not _is_blank(value)}
    highway = tags.get("highway", UNCLASSED)
    tags["highway"] = "track" if GRADED_TRACK.match(highway) else highway
    return tags


def _is_blank(value: object) -> bool:
    return value is None or value is pd.NA or value != value or str(value).strip() == ""


def _text(key: str, value: object) -> str:
    text = str(value).strip()
    if key == "maxspeed" and text in ("0", "0.0"):  # Geofabrik writes 0 where nothing is tagged
        return ""
    return FLAGS.get(text, text) if key in FLAG_COLUMNS else text
