"""A line layer of streets, as ways that the walk network is built from."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace
from pathlib import Path
from typing import Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cfspace.config.study import NetworkSection
from cfspace.io.extent import data_extent
from cfspace.io.layers import Layer, read_layer
from cfspace.io.osm import OsmWays
from cfspace.io.osm_store import load_extent, load_ways, write_extent, write_ways
from cfspace.io.osm_tags import Tags
from cfspace.io.reports import Dropped, LayerReport, Repaired

# Vertices this close are one junction: a hundredth of a metre, in degrees of latitude.
JOIN_DEG: Final = 1e-7
# Columns of the Geofabrik shapefiles and of OSMnx that say what OSM tags say.
TAG_COLUMNS: Final = (
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
FLAGS: Final = {"t": "yes", "true": "yes", "1": "yes", "f": "no", "b": "no", "false": "no", "0": "no"}
FLAG_COLUMNS: Final = frozenset({"bridge", "tunnel", "oneway"})
# Geofabrik grades its tracks; a value of [network] walkable has no OSM class, and OSM calls that road.
GRADED_TRACK: Final = re.compile(r"^track_grade\d$")
UNCLASSED: Final = "road"
# Long straight streets have few vertices: the extent is taken from points along them.
EXTENT_STEP_DEG: Final = 0.001


class Streets(NamedTuple):
    """A line layer of streets, as read.

    Attributes
    ----------
    ways
        Streets with their tags, WGS-84; ``way_id`` is the row in the file.
    extent
        Where the layer describes the ground, a polygon, WGS-84.
    report
        What reading it did.
    """

    ways: OsmWays
    extent: shapely.Geometry
    report: LayerReport


def read_streets(section: NetworkSection) -> Streets:
    """Read the streets that ``[network]`` names.

    Vertices at the same place (0.01 m) are one junction; lines that cross without sharing a vertex
    do not meet. A street drawn twice, once each way, is taken once.

    Raises
    ------
    LayerError, CrsError
        If the layer cannot be read as the study says.
    """
    layer = read_layer(
        section.file,
        layer="[network]",
        datum=section.datum,
        crs=section.crs,
        columns=section.columns | ({"highway": section.highway} if section.highway else {}),
        optional=TAG_COLUMNS,
        where=section.walkable,
        shapes="line",
    )
    dense = shapely.get_coordinates(shapely.segmentize(layer.frame.geometry.to_numpy(), EXTENT_STEP_DEG))
    frame, report = _drawn_once(layer)
    return Streets(
        ways=_ways(frame), extent=data_extent(dense[:, 0], dense[:, 1], bounds=None), report=report
    )


def _drawn_once(layer: Layer) -> tuple[gpd.GeoDataFrame, LayerReport]:
    """Leave out streets that repeat an earlier one the other way round, as graphs of directed edges do."""
    frame, report = layer.frame, layer.report
    one_way = shapely.to_wkb(shapely.normalize(frame.geometry.to_numpy()))
    again = frame.drop(columns=["row", "geometry"]).assign(shape=one_way).duplicated().to_numpy()
    if not again.any():
        return frame, report
    dropped = [Dropped(row, "an earlier row the other way round") for row in frame["row"][again].tolist()]
    told = tuple(sorted([*report.dropped, *dropped], key=lambda drop: drop.row))
    once: gpd.GeoDataFrame = frame[~again].reset_index(drop=True)
    return once, replace(report, kept=len(once), dropped=told)


def _ways(frame: gpd.GeoDataFrame) -> OsmWays:
    lines, row = shapely.get_parts(frame.geometry.to_numpy(), return_index=True)
    lon_lat, of_line = shapely.get_coordinates(lines, return_index=True)
    tags = _tags(frame.drop(columns=["row", "geometry"]))
    ptr = np.zeros(len(lines) + 1, np.int64)
    np.cumsum(np.bincount(of_line, minlength=len(lines)), out=ptr[1:])
    return OsmWays(
        way_id=frame["row"].to_numpy(np.int64)[row],
        tags=[tags[i] for i in row.tolist()],
        ptr=ptr,
        node_id=_join(lon_lat),
        lon_deg=lon_lat[:, 0].copy(),
        lat_deg=lon_lat[:, 1].copy(),
    )


def _join(lon_lat: NDArray[np.float64]) -> NDArray[np.int64]:
    cells = np.rint(lon_lat / JOIN_DEG).astype(np.int64)
    low = cells.min(axis=0)
    width = int(cells[:, 1].max() - low[1]) + 1
    key = (cells[:, 0] - low[0]) * width + (cells[:, 1] - low[1])
    _, node = np.unique(key, return_inverse=True)
    return node.astype(np.int64)


def _tags(cells: pd.DataFrame) -> list[Tags]:
    """Return the tags of each row; rows with equal cells share theirs."""
    columns = [str(column) for column in cells.columns]
    records = list(zip(*(cells[column].tolist() for column in cells.columns), strict=True))
    if not records:
        return [_tags_of({}) for _ in range(len(cells))]
    known = {record: _tags_of(dict(zip(columns, record, strict=True))) for record in dict.fromkeys(records)}
    return [known[record] for record in records]


def _tags_of(record: dict[str, object]) -> Tags:
    texts = {key: _text(key, value) for key, value in record.items()}
    tags = {key: text for key, text in texts.items() if text}
    highway = tags.get("highway", UNCLASSED)
    tags["highway"] = "track" if GRADED_TRACK.match(highway) else highway
    return tags


def _text(key: str, value: object) -> str:
    text = "" if value is None or value is pd.NA or value != value else str(value).strip()
    if text.startswith("[") and text.endswith("]"):  # OSMnx lists what the merged parts of a street say
        text = text[1:-1].split(",")[0].strip(" '\"")
    if key == "highway":
        return text.split(",")[0]
    if key == "maxspeed" and text in ("0", "0.0"):  # Geofabrik writes 0 where nothing is tagged
        return ""
    return FLAGS.get(text.lower(), text) if key in FLAG_COLUMNS else text


def write_streets(streets: Streets, folder: Path) -> None:
    """Write streets as Parquet into an empty folder."""
    write_ways(streets.ways, folder)
    report = {**asdict(streets.report), "file": ""}
    write_extent(streets.extent, folder, {"report": [json.dumps(report, ensure_ascii=False)]})


def load_streets(folder: Path, file: Path) -> Streets:
    """Return the streets that :func:`write_streets` wrote; `file` is the layer they were read from."""
    extent, facts = load_extent(folder)
    report = json.loads(facts["report"].iloc[0])
    report |= {
        "file": str(file),
        "dropped": tuple(Dropped(**row) for row in report["dropped"]),
        "repaired": tuple(Repaired(**row) for row in report["repaired"]),
        "notes": tuple(report["notes"]),
    }
    return Streets(ways=load_ways(folder), extent=extent, report=LayerReport(**report))
