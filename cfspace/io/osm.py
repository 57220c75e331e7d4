"""OpenStreetMap extracts (PBF or XML) as flat ways and frames of tagged objects."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import shapely

from cfspace.errors import OsmError
from cfspace.io.extent import Bounds, extent_of, occupied_corners
from cfspace.io.osm_stream import BrokenArea, OsmStream, Rows
from cfspace.io.osm_tags import Tags, barrier_of, is_building, is_feature, landuse_of, wall_of
from cfspace.io.uncollected import uncollected

if TYPE_CHECKING:
    from numpy.typing import NDArray

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class OsmWays:
    """Every way with a ``highway`` tag, as flat arrays.

    Attributes
    ----------
    way_id
        OSM id of each way, shape (n_ways,).
    tags
        The tags of each way, n_ways of them.
    ptr
        Vertices of way ``i`` are ``ptr[i]:ptr[i + 1]``; shape (n_ways + 1,).
    node_id
        OSM node id of each vertex.
    lon_deg, lat_deg
        Its position, WGS-84.
    """

    way_id: NDArray[np.int64]
    tags: list[Tags]
    ptr: NDArray[np.int64]
    node_id: NDArray[np.int64]
    lon_deg: NDArray[np.float64]
    lat_deg: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class OsmData:
    """What a study takes out of one OSM extract; every frame is in EPSG:4326.

    Attributes
    ----------
    ways
        Ways with a ``highway`` tag; walk rules are applied later.
    features
        Objects that may be facilities, entrances or crossings: ``osm_type``, ``osm_id``, ``tags``.
    buildings
        Building polygons: ``osm_type``, ``osm_id``, ``tags``.
    landuse
        Land-use, green and water polygons: as above and ``landuse``.
    barriers
        Lines that no connector may cross: ``barrier`` is ``railway``, ``waterway`` or ``motorway``;
        bridges, tunnels and culverts are left out.
    walls
        Fence and wall lines: ``barrier``.
    boundaries
        Administrative polygons: ``osm_id``, ``admin_level``, ``name``, ``tags``.
    extent
        Where the extract holds data, a polygon.
    source
        The file read.
    n_missing_nodes
        References of highway ways to nodes that the extract does not hold.
    broken_areas
        Features, buildings and land that could not be put together to areas: their outlines cross
        themselves, or the extract is clipped and lacks a part of them.
    """

    ways: OsmWays
    features: gpd.GeoDataFrame
    buildings: gpd.GeoDataFrame
    landuse: gpd.GeoDataFrame
    barriers: gpd.GeoDataFrame
    walls: gpd.GeoDataFrame
    boundaries: gpd.GeoDataFrame
    extent: shapely.Geometry
    source: Path
    n_missing_nodes: int
    broken_areas: tuple[BrokenArea, ...]


def read_osm(path: Path) -> OsmData:
    """Read one OSM extract in a single streamed pass (two where it holds multipolygons).

    Parameters
    ----------
    path
        ``.osm.pbf``, ``.pbf``, ``.osm``, ``.osm.gz`` or ``.osm.bz2``.

    Returns
    -------
    Ways, tagged objects, buildings, land use, barriers and the extent of the data, WGS-84.

    Raises
    ------
    OsmError
        If the file is missing, is not OSM data, is cut short, is not sorted, or holds no highway way.
    """
    stream = OsmStream()
    with uncollected():
        return _osm_data(stream, path, read_stream(path, stream))


def read_stream(path: Path, stream: OsmStream) -> Bounds | None:
    """Let a stream take in a file, and return the bounds that the file declares.

    Raises
    ------
    OsmError
        If the file is missing, is not OSM data, is cut short, is not sorted, or holds no highway way.
    """
    if not path.is_file():
        raise OsmError(f"{path}: no such file; check the path under [osm] file")
    try:
        bounds = _header_bounds(path)
        stream.read(path)
    except (RuntimeError, osmium.InvalidLocationError, ValueError, UnicodeDecodeError) as error:
        raise OsmError(_what_is_wrong(path, str(error))) from error
    if not stream.way_sizes:
        raise OsmError(f"{path}: holds no way with a highway tag; give an extract that has streets")
    return bounds


def _what_is_wrong(path: Path, found: str) -> str:
    if "out of order" in found:
        return f"{path}: its objects are not sorted ({found}); sort it with osmium-tool: osmium sort"
    return (
        f"{path}: not a complete OSM file ({found}); "
        "download the extract again, and give it the ending .osm.pbf, .osm, .osm.gz or .osm.bz2"
    )


def _header_bounds(path: Path) -> Bounds | None:
    with osmium.io.Reader(str(path), osmium.osm.osm_entity_bits.NOTHING) as reader:
        box = reader.header().box()
        if not box.valid():
            return None
        low, high = box.bottom_left, box.top_right
        return (low.lon, low.lat, high.lon, high.lat)


def _osm_data(stream: OsmStream, path: Path, bounds: Bounds | None) -> OsmData:
    lon_lat, shapes = shapely.get_coordinates(stream.ways.geometry()), stream.areas.geometry()
    with ThreadPoolExecutor(max_workers=1) as beside:  # the hull is drawn without holding Python up
        extent = beside.submit(extent_of, *_occupied(lon_lat, shapes, bounds))
        areas = _frame(stream.areas, shapes)
        is_house = _which(areas, is_building)
        barriers, walls, line_features = _sort_lines(_frame(stream.lines, stream.lines.geometry()))
        points = _frame(stream.points, stream.points.geometry())
        features = pd.concat([points, line_features, areas[_which(areas, is_feature)]], ignore_index=True)
        return OsmData(
            ways=_ways(stream, lon_lat),
            features=_sorted(gpd.GeoDataFrame(features, crs="EPSG:4326")),
            buildings=_sorted(areas, is_house),
            landuse=_told(areas[~is_house], "landuse", landuse_of),
            barriers=barriers,
            walls=walls,
            boundaries=_boundaries(areas),
            extent=extent.result(),
            source=path,
            n_missing_nodes=stream.n_missing_nodes,
            broken_areas=_broken(stream),
        )


def _broken(stream: OsmStream) -> tuple[BrokenArea, ...]:
    told = (
        one for one in stream.broken if is_feature(one.tags) or is_building(one.tags) or landuse_of(one.tags)
    )
    return tuple(sorted(told, key=itemgetter(0, 1)))


def _occupied(
    lon_lat: NDArray[np.float64], areas: NDArray[np.object_], bounds: Bounds | None
) -> tuple[shapely.Geometry, Bounds | None]:
    vertices = np.concatenate([lon_lat, shapely.get_coordinates(areas)])
    return occupied_corners(vertices[:, 0], vertices[:, 1], bounds=bounds)


def _ways(stream: OsmStream, lon_lat: NDArray[np.float64]) -> OsmWays:
    ptr = np.zeros(len(stream.way_sizes) + 1, np.int64)
    np.cumsum(stream.way_sizes, out=ptr[1:])
    return OsmWays(
        way_id=np.array(stream.ways.ids, np.int64),
        tags=stream.ways.tags,
        ptr=ptr,
        node_id=np.array(stream.node_ids, np.int64),
        lon_deg=lon_lat[:, 0].copy(),
        lat_deg=lon_lat[:, 1].copy(),
    )


def _frame(rows: Rows, shapes: NDArray[np.object_]) -> gpd.GeoDataFrame:
    columns = {
        "osm_type": pd.Series(rows.types, dtype=object),
        "osm_id": np.array(rows.ids, np.int64),
        "tags": pd.Series(rows.tags, dtype=object),
    }
    return gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4326")


def _sort_lines(
    lines: gpd.GeoDataFrame,
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return barriers, walls, and what may be a feature of all others."""
    barriers, walls = _told(lines, "barrier", barrier_of), _told(lines, "barrier", wall_of)
    others = _which(lines, lambda tags: barrier_of(tags) is None and wall_of(tags) is None)
    return barriers, walls, lines[others & _which(lines, is_feature)]


def _boundaries(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    chosen = areas[_which(areas, lambda tags: tags.get("boundary") == "administrative")]
    levelled = _with_text(chosen, "admin_level", lambda tags: tags.get("admin_level", ""))
    return _sorted(_with_text(levelled, "name", lambda tags: tags.get("name", "")))


def _which(frame: gpd.GeoDataFrame, fits: Callable[[Tags], bool]) -> NDArray[np.bool_]:
    return np.fromiter(map(fits, frame["tags"].tolist()), np.bool_, len(frame))


def _told(frame: gpd.GeoDataFrame, column: str, read: Callable[[Tags], str | None]) -> gpd.GeoDataFrame:
    """Return the objects whose tags say what `read` looks for, with a column of what they say."""
    texts = [read(tags) for tags in frame["tags"].tolist()]
    rows = _order(frame, np.array([text is not None for text in texts], bool))
    said = pd.Series([texts[row] for row in rows.tolist()], dtype="str")
    told: gpd.GeoDataFrame = frame.take(rows).reset_index(drop=True).assign(**{column: said})
    return told


def _with_text(frame: gpd.GeoDataFrame, column: str, read: Callable[[Tags], str | None]) -> gpd.GeoDataFrame:
    texts = pd.Series([read(tags) for tags in frame["tags"].tolist()], index=frame.index, dtype="str")
    named: gpd.GeoDataFrame = frame.assign(**{column: texts})
    return named


def _sorted(frame: gpd.GeoDataFrame, chosen: NDArray[np.bool_] | None = None) -> gpd.GeoDataFrame:
    """Return the objects, or those chosen of them, by type and id."""
    rows = _order(frame, np.ones(len(frame), bool) if chosen is None else chosen)
    ordered: gpd.GeoDataFrame = frame.take(rows).reset_index(drop=True)
    return ordered


def _order(frame: gpd.GeoDataFrame, chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the rows chosen: nodes, relations, ways, and each by their ids."""
    rows = np.flatnonzero(chosen)
    types, ids = frame["osm_type"].to_numpy()[rows], frame["osm_id"].to_numpy()[rows]
    rank = np.select([types == "node", types == "relation"], [0, 1], default=2)
    order: NDArray[np.int64] = rows[np.lexsort((ids, rank))]
    return order
