"""Streets under a plan: new lines joined to the ways they meet, ways closed, opened and improved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from cfspace.errors import ParameterError
from cfspace.io.frame import to_lon_lat, to_metric
from cfspace.network.build import Ways
from cfspace.network.roads import is_road
from cfspace.network.rules import WalkRules
from cfspace.planning.way import SAME_M, Floats, Point, Vertex, Way, spots

FIND_M: Final = 15.0
"""How far a place may lie from the street it means."""
CLOSED: Final = {"foot": "no"}


@dataclass(frozen=True, slots=True, kw_only=True)
class EditedWays:
    """Ways as flat arrays, as `cfspace.network.build.build_network` takes them."""

    way_id: NDArray[np.int64]
    tags: list[dict[str, str]]
    ptr: NDArray[np.int64]
    node_id: NDArray[np.int64]
    lon_deg: Floats
    lat_deg: Floats


class Which(NamedTuple):
    """The street that an edit means: a way, a line of the plan, or the piece at a place."""

    way_id: int | None = None
    name: str | None = None
    place: Point | None = None


class StreetDraft:
    """The ways of a study, being edited.

    Parameters
    ----------
    ways
        Ways with tags, WGS-84; they are not changed.
    rules
        Which of them can be walked.
    crs
        Metric frame of the study.

    Notes
    -----
    New nodes and ways get negative ids, as unsaved objects have in OSM editors. Vertices that were put into a
    street for a line that is gone in the end are taken out again, so that adding and closing leaves no trace.
    """

    def __init__(self, ways: Ways, rules: WalkRules, crs: pyproj.CRS) -> None:
        self.rules, self.crs = rules, crs
        x_m, y_m = to_metric(crs, ways.lon_deg, ways.lat_deg)
        lon_lat, xy = np.column_stack([ways.lon_deg, ways.lat_deg]), np.column_stack([x_m, y_m])
        walkable = rules.kept(ways.tags)
        bounds = ways.ptr.tolist()
        self._ways = [
            Way(
                int(way_id),
                tags,
                ways.node_id[first:last],
                lon_lat[first:last],
                xy[first:last],
                bool(is_kept),
            )
            for way_id, tags, first, last, is_kept in zip(
                ways.way_id.tolist(), ways.tags, bounds[:-1], bounds[1:], walkable.tolist(), strict=True
            )
        ]
        self._trees: dict[str, tuple[list[Way], shapely.STRtree]] = {}
        self._inserted: set[int] = set()
        self._next_id = -1
        self.node_tags: dict[int, dict[str, str]] = {}
        self.node_at: dict[int, Point] = {}

    # ---- asking

    def has_way(self, way_id: int) -> bool:
        """Tell whether there is a way of that id."""
        return any(way.way_id == way_id for way in self._ways)

    def is_walkable(self, way_id: int) -> bool:
        """Tell whether any piece of a way can be walked."""
        return any(way.walkable for way in self._ways if way.way_id == way_id)

    def added(self, name: str) -> bool:
        """Tell whether a line of that name was added and is still there."""
        return any(way.added_as == name for way in self._ways)

    def gap_m(self, place: Point, *, on_ground: bool = True) -> float:
        """Return how far the nearest street that can be walked lies from a place in metres, inf if none."""
        found = self._nearest(place, np.inf, on_ground=on_ground)
        return float("inf") if found is None else found[1]

    def crossed(self, line: Floats) -> int:
        """Return how many streets a line (x, y in metres) crosses on the ground, its ends left out."""
        body = shapely.linestrings(line)
        ends = shapely.points(line[[0, -1]])
        count = 0
        for way in self._met_by(body):
            if shapely.distance(shapely.multipoints(ends), way.line.intersection(body)) > SAME_M:
                count += 1
        return count

    # ---- editing

    def add_line(
        self,
        line: Floats,
        tags: Mapping[str, str],
        *,
        name: str,
        join_m: float,
        signals: bool | None = None,
    ) -> tuple[bool, bool]:
        """Add a way along a line (x, y in metres) and join it to the streets at its ends.

        On the ground it also joins the streets that it crosses. Returns whether each end found a street.
        With `signals` given, nodes where it crosses a road say whether there are signals.
        """
        new = self._line_way(line, tags, name)
        met: list[tuple[float, Vertex]] = []
        if new.on_ground:
            met = self._crossings(shapely.linestrings(line), signals)
        ends = [self._join(tuple(line[where].tolist()), join_m) for where in (0, -1)]
        new.put_together(met, ends)
        self._ways.append(new)
        self._trees.clear()
        return ends[0] is not None, ends[1] is not None

    def close(self, which: Which) -> list[shapely.LineString]:
        """Close a way, a line of the plan, or the piece of street at a place; returns what was closed.

        Lines of the plan are taken away again.
        """
        chosen = self._chosen(which)
        for way in chosen:
            if way.added_as is not None:
                self._ways.remove(way)
            else:
                way.tags, way.walkable = {**way.tags, **CLOSED}, False
        self._trees.clear()
        return [way.line for way in chosen]

    def retag(self, which: Which, change: Mapping[str, str | None]) -> list[shapely.LineString]:
        """Set tags, or with None take them away; as `close` otherwise."""
        chosen = self._chosen(which)
        for way in chosen:
            tags = {key: value for key, value in way.tags.items() if key not in change}
            way.tags = tags | {key: value for key, value in change.items() if value is not None}
            way.walkable = self.rules.keeps(way.tags)
        self._trees.clear()
        return [way.line for way in chosen]

    def open_through(self, node: int) -> int:
        """Open to walkers all ways through a node that are closed to the public; returns how many."""
        count = 0
        for way in self._ways:
            if way.walkable or "highway" not in way.tags or not (way.node_id == node).any():
                continue
            opened = {**way.tags, "foot": "yes"}
            if self.rules.keeps(opened):
                way.tags, way.walkable = opened, True
                count += 1
        self._trees.clear()
        return count

    def through(self, node: int) -> tuple[int, int]:
        """Return how many walkable and how many other ways with a highway tag go through a node."""
        own = [way for way in self._ways if (way.node_id == node).any() and "highway" in way.tags]
        n_walkable = sum(way.walkable for way in own)
        return n_walkable, len(own) - n_walkable

    def finish(self) -> EditedWays:
        """Return the ways as they are now."""
        self._drop_idle()
        sizes = [len(way.node_id) for way in self._ways]
        lon_lat = np.concatenate([way.lon_lat for way in self._ways])
        return EditedWays(
            way_id=np.array([way.way_id for way in self._ways], np.int64),
            tags=[way.tags for way in self._ways],
            ptr=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
            node_id=np.concatenate([way.node_id for way in self._ways]).astype(np.int64),
            lon_deg=lon_lat[:, 0].copy(),
            lat_deg=lon_lat[:, 1].copy(),
        )

    # ---- inside

    def _new_id(self) -> int:
        self._next_id -= 1
        return self._next_id + 1

    def _line_way(self, line: Floats, tags: Mapping[str, str], name: str) -> Way:
        kept = dict(tags)
        if not self.rules.keeps(kept):
            raise ParameterError(f"tags: {kept} close the line to walkers; leave them out")
        nodes = np.array([self._new_id() for _ in line], np.int64)
        return Way(self._new_id(), kept, nodes, self._degrees(line), line.copy(), True, name)

    def _degrees(self, xy: Floats) -> Floats:
        return np.column_stack(to_lon_lat(self.crs, xy[:, 0], xy[:, 1]))

    def _nearest(self, place: Point, limit_m: float, *, on_ground: bool) -> tuple[Way, float] | None:
        ways, tree = self._tree("ground" if on_ground else "all")
        if not ways:
            return None
        point = shapely.points(*place)
        found, metres = tree.query_nearest(
            point, max_distance=limit_m if np.isfinite(limit_m) else None, return_distance=True
        )
        if not len(found):
            return None
        return ways[int(found.min())], float(metres[0])

    def _join(self, place: Point, limit_m: float) -> Vertex | None:
        """Return the vertex where a place joins the nearest street, with a new vertex if need be."""
        found = self._nearest(place, limit_m, on_ground=True)
        return None if found is None else self._node_on(found[0], place)

    def _node_on(self, way: Way, place: Point) -> Vertex:
        piece, foot = way.foot_of(place)
        near = np.hypot(*(way.xy - foot).T)
        if near.min() <= SAME_M:
            vertex = int(np.argmin(near))
            return int(way.node_id[vertex]), way.xy[vertex], way.lon_lat[vertex]
        node = self._new_id()
        lon_lat = self._degrees(foot[None, :])[0]
        self._inserted.add(node)
        way.insert(piece + 1, node, lon_lat, foot)
        return node, foot, lon_lat

    def _met_by(self, line: shapely.LineString) -> list[Way]:
        """Return ways on the ground, walkable or main roads, that a line meets."""
        ways, tree = self._tree("met")
        return [ways[i] for i in sorted(tree.query(line, predicate="intersects").tolist())]

    def _tree(self, which: str) -> tuple[list[Way], shapely.STRtree]:
        """Return ways with a tree of their lines: all walkable, those on the ground, or all met there."""
        if which not in self._trees:
            ways = [way for way in self._ways if len(way.xy) > 1 and _fits(way, which)]
            self._trees[which] = (ways, shapely.STRtree([way.line for way in ways]))
        return self._trees[which]

    def _crossings(self, line: shapely.LineString, signals: bool | None) -> list[tuple[float, Vertex]]:
        """Return where a line crosses streets: metres along it, and the vertex shared with the street."""
        found: dict[int, tuple[float, Vertex]] = {}
        for way in self._met_by(line):
            for spot in spots(way.line.intersection(line)):
                vertex = self._node_on(way, spot)
                node, xy, lon_lat = vertex
                found[node] = (float(shapely.line_locate_point(line, shapely.points(*xy))), vertex)
                if signals is not None and is_road([way.tags])[0]:
                    kind = "traffic_signals" if signals else "uncontrolled"
                    self.node_tags[node] = {"highway": "crossing", "crossing": kind}
                    self.node_at[node] = (float(lon_lat[0]), float(lon_lat[1]))
        return sorted(found.values(), key=lambda one: (one[0], one[1][0]))

    def _chosen(self, which: Which) -> list[Way]:
        if which.place is not None:
            found = self._nearest(which.place, FIND_M, on_ground=False)
            return [] if found is None else [self._piece(found[0], which.place)]
        if which.name is not None:
            return [way for way in self._ways if way.added_as == which.name]
        return [way for way in self._ways if way.way_id == which.way_id and way.walkable]

    def _piece(self, way: Way, place: Point) -> Way:
        """Return the piece of a way between the junctions around a place, cut out as a way of its own."""
        uses = Counter(int(node) for one in self._ways if one.walkable for node in one.node_id)
        junctions = [
            i
            for i, node in enumerate(way.node_id.tolist())
            if uses[node] > 1 or i in (0, len(way.node_id) - 1)
        ]
        pieces = [way.part(a, b, way.way_id) for a, b in pairwise(junctions)]
        point = shapely.points(*place)
        best = int(np.argmin([shapely.distance(piece.line, point) for piece in pieces]))
        first, last = junctions[best], junctions[best + 1]
        middle = way.part(first, last, way.way_id if len(pieces) == 1 else self._new_id())
        rest = [way.part(0, first, way.way_id)] if first > 0 else []
        after = [way.part(last, len(way.node_id) - 1, way.way_id)] if last < len(way.node_id) - 1 else []
        where = self._ways.index(way)
        self._ways[where : where + 1] = [*rest, middle, *after]
        self._trees.clear()
        return middle

    def _drop_idle(self) -> None:
        """Take out vertices that were put in for lines that are gone."""
        if not self._inserted:
            return
        uses = Counter(int(node) for way in self._ways for node in set(way.node_id.tolist()))
        idle = np.array([node for node in self._inserted if uses[node] < 2], np.int64)
        for way in self._ways:
            lost = np.isin(way.node_id, idle)
            if way.added_as is None and lost.any():
                way.keep(~lost)


def _fits(way: Way, which: str) -> bool:
    if which == "met":
        return way.on_ground and (way.walkable or bool(is_road([way.tags])[0]))
    return way.walkable and (which == "all" or way.on_ground)
