"""OpenStreetMap extracts (PBF or XML) as flat ways and frames of tagged objects."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import shapely
from osmium.filter import EmptyTagFilter, KeyFilter

from cfspace.errors import OsmError
from cfspace.io.extent import data_extent

if TYPE_CHECKING:
    from numpy.typing import NDArray

logger = logging.getLogger(__name__)

Tags = dict[str, str]

AREA_KEYS = (
    "building",
    "landuse",
    "leisure",
    "amenity",
    "natural",
    "waterway",
    "boundary",
    "place",
    "healthcare",
    "tourism",
    "shop",
    "social_facility",
    "community_centre",
    "office",
    "railway",
    "public_transport",
    "highway",
)
FEATURE_KEYS = frozenset(
    {
        "amenity",
        "leisure",
        "healthcare",
        "shop",
        "tourism",
        "social_facility",
        "community_centre",
        "public_transport",
        "entrance",
        "changing_table",
        "baby_feeding",
        "office",
        "crossing",
        "nursery",
        "playground",
        "barrier",
    }
)
FEATURE_VALUES = {
    "highway": frozenset(
        {"bus_stop", "crossing", "traffic_signals", "pedestrian", "platform", "elevator", "street_lamp"}
    ),
    "railway": frozenset({"station", "halt", "subway_entrance", "tram_stop", "level_crossing", "crossing"}),
    "place": frozenset({"square"}),
    "landuse": frozenset({"recreation_ground", "village_green"}),
}
LIFECYCLE_PREFIXES = ("disused:", "abandoned:")
WALL_VALUES = frozenset({"fence", "wall", "city_wall", "retaining_wall", "hedge", "guard_rail"})
RAIL_VALUES = frozenset({"rail", "light_rail", "subway", "narrow_gauge", "funicular", "monorail"})
WATERWAY_VALUES = frozenset({"river", "stream", "canal", "drain", "ditch", "tidal_channel"})
MOTORWAY_VALUES = frozenset({"motorway", "motorway_link"})
CLOSED_OFF = frozenset({"", "no"})


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
    n_broken_areas
        Multipolygons that could not be put together, most often because the extract is clipped.
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
    n_broken_areas: int


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
        If the file is missing, is not OSM data, is cut short, or holds no highway way.
    """
    if not path.is_file():
        raise OsmError(f"{path}: no such file; check the path under [osm] file")
    collector = _Collector()
    try:
        bounds = _header_bounds(path)
        processor = osmium.FileProcessor(str(path)).with_locations("flex_mem")
        processor = processor.with_areas(KeyFilter(*AREA_KEYS)).with_filter(EmptyTagFilter())
        collector.take(processor)
    except (RuntimeError, osmium.InvalidLocationError, ValueError, UnicodeDecodeError) as error:
        raise OsmError(
            f"{path}: not a complete OSM file ({error}); "
            "download the extract again, and give it the ending .osm.pbf, .osm, .osm.gz or .osm.bz2"
        ) from error
    if not collector.way_ids:
        raise OsmError(f"{path}: holds no way with a highway tag; give an extract that has streets")
    return collector.finish(path, bounds)


def _header_bounds(path: Path) -> tuple[float, float, float, float] | None:
    with osmium.io.Reader(str(path), osmium.osm.osm_entity_bits.NOTHING) as reader:
        box = reader.header().box()
        if not box.valid():
            return None
        low, high = box.bottom_left, box.top_right
        return (low.lon, low.lat, high.lon, high.lat)


class _Collector:
    """Sorts the objects of a stream into the lists that become `OsmData`."""

    def __init__(self) -> None:
        self.way_ids: list[int] = []
        self.way_tags: list[Tags] = []
        self.way_sizes: list[int] = []
        self.node_ids: list[int] = []
        self.lons: list[float] = []
        self.lats: list[float] = []
        self.n_missing_nodes = 0
        self.n_broken_areas = 0
        self.points = _Rows()
        self.lines = _Rows()
        self.areas = _Rows()
        self._wkb = osmium.geom.WKBFactory()

    def take(self, stream: osmium.FileProcessor) -> None:
        for thing in stream:
            if isinstance(thing, osmium.osm.Area):
                self._take_area(thing)
            elif isinstance(thing, osmium.osm.Way):
                self._take_way(thing)
            elif isinstance(thing, osmium.osm.Node) and _is_feature(tags := dict(thing.tags)):
                self.points.add("node", thing.id, tags, (thing.lon, thing.lat))

    def _take_way(self, way: osmium.osm.Way) -> None:
        tags = dict(way.tags)
        if "highway" in tags:
            self._take_highway(way, tags)
        is_line = "railway" in tags or "waterway" in tags or tags.get("highway") in MOTORWAY_VALUES
        is_line = is_line or tags.get("barrier") in WALL_VALUES
        if is_line or (not way.is_closed() and "highway" not in tags and _is_feature(tags)):
            self.lines.add("way", way.id, tags, [(n.lon, n.lat) for n in way.nodes if n.location.valid()])

    def _take_highway(self, way: osmium.osm.Way, tags: Tags) -> None:
        # Where the extract cut nodes out of a way, its pieces stay apart: no street is invented.
        size = 0
        for node in way.nodes:
            if not node.location.valid():
                self.n_missing_nodes += 1
                self._end_way(way.id, tags, size)
                size = 0
                continue
            self.node_ids.append(node.ref)
            self.lons.append(node.lon)
            self.lats.append(node.lat)
            size += 1
        self._end_way(way.id, tags, size)

    def _end_way(self, way_id: int, tags: Tags, size: int) -> None:
        if size:
            self.way_ids.append(way_id)
            self.way_tags.append(tags)
            self.way_sizes.append(size)

    def _take_area(self, area: osmium.osm.Area) -> None:
        tags = dict(area.tags)
        if "highway" in tags and tags.get("area") != "yes":
            return
        try:
            wkb = self._wkb.create_multipolygon(area)
        except RuntimeError:
            self.n_broken_areas += 1
            return
        self.areas.add("way" if area.from_way() else "relation", area.orig_id(), tags, wkb)

    def finish(self, path: Path, bounds: tuple[float, float, float, float] | None) -> OsmData:
        ways = self._ways()
        areas = self.areas.frame(shapely.from_wkb(self.areas.shapes))
        lines = self.lines.frame(_line_strings(self.lines.shapes))
        points = self.points.frame(shapely.points(np.array(self.points.shapes).reshape(-1, 2)))
        barriers, walls, line_features = _sort_lines(lines)
        features = [points, line_features, areas[areas["tags"].map(_is_feature)]]
        everywhere = [ways.lon_deg, ways.lat_deg], shapely.get_coordinates(areas.geometry.to_numpy()).T
        lon_lat = np.concatenate([np.array(everywhere[0]), everywhere[1]], axis=1)
        return OsmData(
            ways=ways,
            features=_sorted(gpd.GeoDataFrame(pd.concat(features, ignore_index=True), crs="EPSG:4326")),
            buildings=_sorted(areas[areas["tags"].map(_is_building)]),
            landuse=_landuse(areas),
            barriers=barriers,
            walls=walls,
            boundaries=_boundaries(areas),
            extent=data_extent(lon_lat[0], lon_lat[1], bounds=bounds),
            source=path,
            n_missing_nodes=self.n_missing_nodes,
            n_broken_areas=self.n_broken_areas,
        )

    def _ways(self) -> OsmWays:
        ptr = np.zeros(len(self.way_sizes) + 1, np.int64)
        np.cumsum(self.way_sizes, out=ptr[1:])
        return OsmWays(
            way_id=np.array(self.way_ids, np.int64),
            tags=self.way_tags,
            ptr=ptr,
            node_id=np.array(self.node_ids, np.int64),
            lon_deg=np.array(self.lons, np.float64),
            lat_deg=np.array(self.lats, np.float64),
        )


class _Rows:
    """Rows of one frame in the making."""

    def __init__(self) -> None:
        self.types: list[str] = []
        self.ids: list[int] = []
        self.tags: list[Tags] = []
        self.shapes: list[Any] = []

    def add(self, osm_type: str, osm_id: int, tags: Tags, shape: object) -> None:
        self.types.append(osm_type)
        self.ids.append(osm_id)
        self.tags.append(tags)
        self.shapes.append(shape)

    def frame(self, geometry: NDArray[np.object_]) -> gpd.GeoDataFrame:
        columns = {
            "osm_type": pd.Series(self.types, dtype=object),
            "osm_id": np.array(self.ids, np.int64),
            "tags": pd.Series(self.tags, dtype=object),
        }
        return gpd.GeoDataFrame(columns, geometry=np.asarray(geometry, object), crs="EPSG:4326")


def _is_feature(tags: Tags) -> bool:
    if not FEATURE_KEYS.isdisjoint(tags):
        return True
    if any(tags.get(key) in values for key, values in FEATURE_VALUES.items()):
        return True
    return any(key.startswith(LIFECYCLE_PREFIXES) for key in tags)


def _is_building(tags: Tags) -> bool:
    return tags.get("building", "no") != "no"


def _line_strings(shapes: list[Any]) -> NDArray[np.object_]:
    # A line of fewer than two known vertices has no shape; it becomes an empty line and is left out.
    lines = [shape if len(shape) > 1 else [] for shape in shapes]
    sizes = [len(line) for line in lines]
    coordinates = np.array([xy for line in lines for xy in line], float).reshape(-1, 2)
    out = np.full(len(lines), shapely.LineString(), object)
    index = np.repeat(np.arange(len(lines)), sizes)
    filled, position = np.unique(index, return_inverse=True)
    if filled.size:
        out[filled] = shapely.linestrings(coordinates, indices=position)
    return out


def _barrier_of(tags: Tags) -> str | None:
    """Name what a walker meets on the ground; over bridges, in tunnels and culverts nothing does."""
    if tags.get("bridge", "no") not in CLOSED_OFF or tags.get("tunnel", "no") not in CLOSED_OFF:
        return None
    if tags.get("railway") in RAIL_VALUES:
        return "railway"
    if tags.get("waterway") in WATERWAY_VALUES and tags.get("intermittent") != "yes":
        return "waterway"
    if tags.get("highway") in MOTORWAY_VALUES:
        return "motorway"
    return None


def _sort_lines(
    lines: gpd.GeoDataFrame,
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame]:
    lines = lines[~lines.geometry.is_empty]
    barrier = lines["tags"].map(_barrier_of)
    wall = lines["tags"].map(lambda tags: tags.get("barrier") if tags.get("barrier") in WALL_VALUES else None)
    is_barrier, is_wall = barrier.notna(), wall.notna()
    barriers = lines[is_barrier].assign(barrier=barrier[is_barrier])
    walls = lines[is_wall].assign(barrier=wall[is_wall])
    features = lines[~is_barrier & ~is_wall & lines["tags"].map(_is_feature)]
    return _sorted(barriers), _sorted(walls), features


def _landuse(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    def use(tags: Tags) -> str | None:
        if "building" in tags:
            return None
        for key in ("landuse", "natural", "leisure", "amenity"):
            if key in tags:
                return tags[key]
        return "water" if tags.get("waterway") == "riverbank" else None

    uses = areas["tags"].map(use)
    return _sorted(areas[uses.notna()].assign(landuse=uses[uses.notna()]))


def _boundaries(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    chosen = areas[areas["tags"].map(lambda tags: tags.get("boundary") == "administrative")]
    levels = chosen["tags"].map(lambda tags: tags.get("admin_level", ""))
    names = chosen["tags"].map(lambda tags: tags.get("name", ""))
    return _sorted(chosen.assign(admin_level=levels, name=names))


def _sorted(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    ordered: gpd.GeoDataFrame = frame.sort_values(["osm_type", "osm_id"], kind="stable", ignore_index=True)
    return ordered
