"""The town as a mapper draws it: ways and points on the board, joined where they meet."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import shapely

from sample.frame import Point, lon_lat

Tags = dict[str, str]

FIRST_NODE = 1_000_001
FIRST_WAY = 200_001
FIRST_RELATION = 9_001
SAME_M = 0.06
LONGEST_M = 120.0
WALLS = ("wall", "fence")


@dataclass
class Way:
    """One way on the board; `joined` ones share nodes with every other joined way they meet on the ground."""

    points: list[Point]
    tags: Tags
    layer: int
    joined: bool


@dataclass(frozen=True)
class Osm:
    """What goes into the extract, sorted by id."""

    nodes: list[tuple[int, Point, Tags]]
    ways: list[tuple[int, list[int], Tags]]
    relations: list[tuple[int, list[tuple[str, int, str]], Tags]]


@dataclass
class Town:
    """Ways, tagged points and relations in the making."""

    ways: list[Way] = field(default_factory=list)
    pins: list[Point] = field(default_factory=list)
    relations: list[tuple[list[tuple[str, int, str]], Tags]] = field(default_factory=list)
    _tags: dict[Point, Tags] = field(default_factory=dict)
    _ids: dict[Point, int] = field(default_factory=dict)
    _cells: dict[tuple[int, int], list[Point]] = field(default_factory=dict)

    def line(self, points: Sequence[Point], tags: Tags, *, layer: int = 0, joined: bool = True) -> int:
        """Draw a way and return its id."""
        self.ways.append(Way([self.place(p) for p in points], dict(tags), layer, joined))
        return FIRST_WAY + len(self.ways) - 1

    def area(self, shape: shapely.Polygon, tags: Tags, *, joined: bool = False) -> int:
        """Draw a closed way along a polygon's outer ring and return its id."""
        return self.line([(float(u), float(v)) for u, v in shape.exterior.coords], tags, joined=joined)

    def point(self, at: Point, tags: Tags, *, on_way: bool = False) -> int:
        """Tag a point and return its node id; `on_way` pins it to the way below.

        Tags join those already there.
        """
        spot = self.place(at)
        self._tags.setdefault(spot, {}).update(tags)
        if on_way:
            self.pins.append(spot)
        return self._node(spot)

    def relation(self, members: list[tuple[str, int, str]], tags: Tags) -> int:
        """Draw a relation and return its id."""
        self.relations.append((members, tags))
        return FIRST_RELATION + len(self.relations) - 1

    def tags_at(self, at: Point) -> Tags:
        """Return the tags of the point drawn at a place."""
        return self._tags.get(self.place(at), {})

    def place(self, at: Point) -> Point:
        """Return the point already drawn within a few centimetres, or else this one."""
        column, row = math.floor(at[0] * 10), math.floor(at[1] * 10)
        for du in (-1, 0, 1):
            for dv in (-1, 0, 1):
                for known in self._cells.get((column + du, row + dv), ()):
                    if math.dist(known, at) < SAME_M:
                        return known
        spot = (round(at[0], 2), round(at[1], 2))
        self._cells.setdefault((column, row), []).append(spot)
        return spot

    def streets(self) -> shapely.Geometry:
        """Return all ways drawn so far that can be walked on the ground, as one geometry."""
        lines = [shapely.LineString(w.points) for w in self.ways if "highway" in w.tags and w.layer == 0]
        return shapely.union_all(lines)

    def finish(self) -> Osm:
        """Join the ways where they meet, hang gates into the walls and number everything."""
        self._join()
        self._hang_gates()
        used: dict[int, tuple[Point, Tags]] = {}
        ways = []
        for index, way in enumerate(self.ways):
            refs = self._number(way, used)
            ways.append((FIRST_WAY + index, refs, way.tags))
        for spot, tags in self._tags.items():
            used[self._node(spot)] = (spot, tags)
        nodes = [(i, lon_lat(*used[i][0]), used[i][1]) for i in sorted(used)]
        relations = [(FIRST_RELATION + i, m, t) for i, (m, t) in enumerate(self.relations)]
        return Osm(nodes, ways, relations)

    def _node(self, spot: Point) -> int:
        return self._ids.setdefault(spot, FIRST_NODE + len(self._ids))

    def _number(self, way: Way, used: dict[int, tuple[Point, Tags]]) -> list[int]:
        refs: list[int] = []
        for i, spot in enumerate(way.points):
            if i:
                for between in _steps(way.points[i - 1], spot):
                    # A key of its own: what bends a bridge is no junction with the river below it.
                    refs.append(self._node((between[0], between[1] + 1e7 * (len(self._ids) + 1))))
                    used[refs[-1]] = (between, {})
            inner_of_bridge = way.layer != 0 and 0 < i < len(way.points) - 1
            key = (spot[0], spot[1] + 1e7 * (len(self._ids) + 1)) if inner_of_bridge else spot
            refs.append(self._node(key))
            used[refs[-1]] = (spot, {} if inner_of_bridge else self._tags.get(spot, {}))
        return refs

    def _join(self) -> None:
        ground = [w for w in self.ways if w.joined]
        lines = [shapely.LineString(w.points) for w in ground]
        tree = shapely.STRtree(lines)
        extra: list[list[Point]] = [[] for _ in ground]
        for a, b in zip(*tree.query(lines, predicate="intersects"), strict=True):
            if a < b:
                for spot in self._meetings(ground[a], ground[b], lines[a], lines[b]):
                    extra[a].append(spot)
                    extra[b].append(spot)
        for spot in self.pins:
            for i in tree.query(shapely.Point(spot), predicate="dwithin", distance=SAME_M):
                if ground[i].layer == 0:
                    extra[i].append(spot)
        for way, line, spots in zip(ground, lines, extra, strict=True):
            way.points = _with(way.points, line, spots)

    def _meetings(
        self, a: Way, b: Way, line_a: shapely.LineString, line_b: shapely.LineString
    ) -> list[Point]:
        spots = [self.place((p.x, p.y)) for p in _points(line_a.intersection(line_b))]
        if a.layer == 0 and b.layer == 0:
            return spots
        # A bridge meets the ground at its ends alone.
        ends = [end for w in (a, b) if w.layer != 0 for end in (w.points[0], w.points[-1])]
        return [s for s in spots if s in ends]

    def _hang_gates(self) -> None:
        walls = {p for w in self.ways if w.tags.get("barrier") in WALLS for p in w.points}
        for way in self.ways:
            if "highway" in way.tags and way.layer == 0:
                for spot in way.points:
                    if spot in walls and "barrier" not in self._tags.get(spot, {}):
                        self._tags.setdefault(spot, {})["barrier"] = "gate"


def _points(shape: shapely.Geometry) -> Iterable[shapely.Point]:
    if shape.geom_type == "Point":
        yield shape
    elif shape.geom_type == "LineString":
        yield from (shapely.Point(shape.coords[0]), shapely.Point(shape.coords[-1]))
    elif shape.geom_type in ("MultiPoint", "MultiLineString", "GeometryCollection"):
        for part in shape.geoms:
            yield from _points(part)


def _with(points: list[Point], line: shapely.LineString, extra: list[Point]) -> list[Point]:
    """Return a way's points with more points put in where they lie along it."""
    new = sorted({s for s in extra if s not in set(points)})
    if not new:
        return points
    along = [0.0]
    for a, b in pairwise(points):
        along.append(along[-1] + math.dist(a, b))
    placed = list(zip(along, points, strict=True))
    placed += [(float(line.project(shapely.Point(s))), s) for s in new]
    return [spot for _, spot in sorted(placed, key=lambda item: item[0])]


def _steps(a: Point, b: Point) -> list[Point]:
    n_parts = math.ceil(math.dist(a, b) / LONGEST_M)
    return [
        (round(a[0] + (b[0] - a[0]) * k / n_parts, 2), round(a[1] + (b[1] - a[1]) * k / n_parts, 2))
        for k in range(1, n_parts)
    ]
