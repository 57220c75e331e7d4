"""One pass over an OSM file: its objects sorted into lists, nothing yet made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import osmium
import shapely
from osmium.filter import EmptyTagFilter, EntityFilter, KeyFilter
from osmium.geom import use_nodes
from osmium.osm import AREA, NODE, RELATION, WAY, Area, Node, Relation, Way

from cfspace.io.osm_objects import TagReader, held_of, is_ring, node_ids, origin_of
from cfspace.io.osm_tags import (
    AREA_KEYS,
    AREA_TYPES,
    LINE_KEYS,
    POINT_KEYS,
    Tags,
    is_feature,
    is_ground,
    is_line,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

LonLat = list[tuple[float, float]]

# A line of WKB with three vertices and the first again: what a ring must have.
LEAST_RING_BYTES = 9 + 4 * 16


class BrokenArea(NamedTuple):
    """An object of OSM that stands for ground, of which the file does not hold a whole outline."""

    osm_type: str
    osm_id: int
    tags: Tags


class Rows:
    """Tagged objects in the making; shapes are WKB."""

    def __init__(self) -> None:
        self.types: list[str] = []
        self.ids: list[int] = []
        self.tags: list[Tags] = []
        self.shapes: list[bytes] = []

    def add(self, osm_type: str, osm_id: int, tags: Tags, shape: bytes) -> None:
        """Add an object."""
        self.types.append(osm_type)
        self.ids.append(osm_id)
        self.tags.append(tags)
        self.shapes.append(shape)

    def geometry(self) -> NDArray[np.object_]:
        """Return the shapes."""
        shapes: NDArray[np.object_] = shapely.from_wkb(np.array(self.shapes, object))
        return shapes


def _only(kind: osmium.osm.osm_entity_bits, keys: KeyFilter) -> KeyFilter:
    """Let a filter look at one kind of object and let the others pass."""
    keys.enable_for(kind)
    return keys


class OsmStream:
    """What a pass over an OSM file collects.

    Attributes
    ----------
    ways
        Highway ways. Where the extract cut nodes out of a way, its pieces stay apart: no street is
        invented, and a piece may be a single vertex.
    way_sizes, node_ids
        Number of vertices of each of them, and their node ids, one after the other.
    points, lines, areas
        Features, barriers and walls, polygons.
    n_missing_nodes
        References of highway ways to nodes that the file does not hold.
    broken
        Areas that could not be put together: members or nodes of them are not in the file, or their outlines
        cross themselves.
    """

    def __init__(self) -> None:
        self.ways = Rows()
        self.way_sizes: list[int] = []
        self.node_ids: list[int] = []
        self.points = Rows()
        self.lines = Rows()
        self.areas = Rows()
        self.n_missing_nodes = 0
        self.broken: list[BrokenArea] = []
        self._relations: dict[int, Tags] = {}
        self._whole: set[int] = set()
        self._wkb = osmium.geom.WKBFactory()
        self._tags_of = TagReader().tags_of

    def read(self, path: Path) -> None:
        """Take in a file; raises what osmium raises where the file is damaged."""
        stream = osmium.FileProcessor(str(path)).with_locations("flex_mem")
        stream = stream.with_areas(KeyFilter(*AREA_KEYS))
        # Trees and lamps are passed over before Python sees them.
        for narrowed in (
            EntityFilter(NODE | WAY | RELATION | AREA),
            EmptyTagFilter(),
            _only(NODE, KeyFilter(*POINT_KEYS)),
            _only(WAY, KeyFilter(*LINE_KEYS, *POINT_KEYS)),
            _only(RELATION, KeyFilter(*AREA_KEYS)),
        ):
            stream = stream.with_filter(narrowed)
        take: dict[type, Callable[[Any, Any], None]]
        take = {
            Area: self._take_area,
            Way: self._take_way,
            Node: self._take_node,
            Relation: self._take_relation,
        }
        things: Iterable[Any] = stream
        for thing in things:
            take[type(thing)](thing, held_of(thing))
        self._tell_lost()

    def _take_node(self, node: osmium.osm.Node, held: Any) -> None:
        tags = self._tags_of(held)
        if is_feature(tags):
            self.points.add("node", held.id(), tags, bytes.fromhex(self._wkb.create_point(node)))

    def _take_relation(self, _: osmium.osm.Relation, held: Any) -> None:
        if held.id() not in self._whole and held.tags_get_value_by_key("type", None) in AREA_TYPES:
            tags = self._tags_of(held)
            del tags["type"]  # pyosmium leaves it out of the tags of areas too
            self._relations[held.id()] = tags

    def _tell_lost(self) -> None:
        """Add to the broken areas the relations of which pyosmium said nothing: a member is not there."""
        lost = [(one, tags) for one, tags in self._relations.items() if one not in self._whole]
        self.broken += [BrokenArea("relation", one, tags) for one, tags in lost]

    def _take_way(self, way: osmium.osm.Way, held: Any) -> None:
        if is_ring(held, LINE_KEYS):
            if len(self._line(way)) < LEAST_RING_BYTES:
                self.broken.append(BrokenArea("way", held.id(), self._tags_of(held)))
            return  # all others come again, as areas
        tags = self._tags_of(held)
        is_highway = "highway" in tags
        shape = self._line(way)
        if is_highway:
            self._take_highway(way, held, tags, shape)
        if is_line(tags) or (not is_highway and is_feature(tags) and not _is_area(way, tags)):
            shape = shape or _line_of([vertex for piece in _pieces(way) for vertex in piece[1]])
            if shape:
                self.lines.add("way", held.id(), tags, shape)

    def _line(self, way: osmium.osm.Way) -> bytes:
        """Return the shape of a way with all its vertices, empty where one of them is missing."""
        try:
            return bytes.fromhex(self._wkb.create_linestring(way, use_nodes.ALL))
        except (RuntimeError, osmium.InvalidLocationError):
            return b""

    def _take_highway(self, way: osmium.osm.Way, held: Any, tags: Tags, shape: bytes) -> None:
        if shape:
            self._add_way(held.id(), tags, node_ids(held), shape)
            return
        n_known = 0
        for piece, lon_lat in _pieces(way):
            self._add_way(way.id, tags, piece, bytes(shapely.to_wkb(shapely.multipoints(lon_lat))))
            n_known += len(piece)
        self.n_missing_nodes += len(way.nodes) - n_known

    def _add_way(self, way_id: int, tags: Tags, vertices: list[int], shape: bytes) -> None:
        self.ways.add("way", way_id, tags, shape)
        self.way_sizes.append(len(vertices))
        self.node_ids += vertices

    def _take_area(self, area: osmium.osm.Area, held: Any) -> None:
        tags = self._tags_of(held)
        osm_type, osm_id = origin_of(held)
        if osm_type == "relation":
            self._whole.add(osm_id)
        elif "highway" in tags and not is_ground(tags):
            return
        try:
            shape = bytes.fromhex(self._wkb.create_multipolygon(area))
        except RuntimeError:
            self.broken.append(BrokenArea(osm_type, osm_id, tags))
            return
        self.areas.add(osm_type, osm_id, tags, shape)


def _is_area(way: osmium.osm.Way, tags: Tags) -> bool:
    """Tell whether a closed way with a feature on it stands for the ground inside."""
    return way.is_closed() and tags.get("area") != "no"


def _pieces(way: osmium.osm.Way) -> list[tuple[list[int], LonLat]]:
    """Return the runs of vertices that the file holds: node ids and positions."""
    pieces: list[tuple[list[int], LonLat]] = []
    in_a_run = False
    for node in way.nodes:
        if node.location.valid():
            if not in_a_run:
                pieces.append(([], []))
            pieces[-1][0].append(node.ref)
            pieces[-1][1].append((node.lon, node.lat))
        in_a_run = node.location.valid()
    return pieces


def _line_of(lon_lat: LonLat) -> bytes:
    return bytes(shapely.to_wkb(shapely.LineString(lon_lat))) if len(lon_lat) > 1 else b""
