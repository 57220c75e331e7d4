"""One way in the making: its vertices, its pieces, and what it shares with the streets that it meets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

SAME_M: Final = 0.5
"""A line that ends this near to a vertex of a street ends there."""

Point = tuple[float, float]
Floats = NDArray[np.float64]
Vertex = tuple[int, Floats, Floats]
"""Node id, x and y in metres, longitude and latitude."""


@dataclass(slots=True, eq=False)
class Way:
    """One way in the making; its vertices in degrees and in metres."""

    way_id: int
    tags: dict[str, str]
    node_id: NDArray[np.int64]
    lon_lat: Floats
    xy: Floats
    walkable: bool
    added_as: str | None = None
    _line: shapely.LineString | None = None

    @property
    def on_ground(self) -> bool:
        """Whether the way is neither bridge nor tunnel and lies on no level above the ground."""
        tags = self.tags
        lifted = tags.get("bridge", "no") != "no" or tags.get("tunnel", "no") != "no"
        return not lifted and not tags.get("layer", "0").startswith(tuple("123456789"))

    @property
    def line(self) -> shapely.LineString:
        """The way in metres."""
        if self._line is None:
            self._line = shapely.linestrings(self.xy)
        return self._line

    def part(self, first: int, last: int, way_id: int) -> Way:
        """Return the way from one vertex to another, both included."""
        cut = slice(first, last + 1)
        return Way(
            way_id,
            self.tags,
            self.node_id[cut],
            self.lon_lat[cut],
            self.xy[cut],
            self.walkable,
            self.added_as,
        )

    def foot_of(self, place: Point) -> tuple[int, Floats]:
        """Return the point of the way that is nearest to a place, and after which vertex it lies."""
        at = np.asarray(place)
        starts, steps = self.xy[:-1], np.diff(self.xy, axis=0)
        squares = np.maximum((steps**2).sum(axis=1), 1e-12)
        share = np.clip(((at - starts) * steps).sum(axis=1) / squares, 0.0, 1.0)
        feet = starts + share[:, None] * steps
        piece = int(np.argmin(np.hypot(*(feet - at).T)))
        return piece, feet[piece]

    def insert(self, at: int, node: int, lon_lat: Floats, xy: Floats) -> None:
        """Put in a vertex, at a number counted from 0."""
        self.node_id = np.insert(self.node_id, at, node)
        self.lon_lat = np.insert(self.lon_lat, at, lon_lat, axis=0)
        self.xy = np.insert(self.xy, at, xy, axis=0)
        self._line = None

    def keep(self, mask: NDArray[np.bool_]) -> None:
        """Take out all vertices but those of a mask."""
        self.node_id, self.lon_lat, self.xy = self.node_id[mask], self.lon_lat[mask], self.xy[mask]
        self._line = None

    def put_together(self, met: list[tuple[float, Vertex]], ends: list[Vertex | None]) -> None:
        """Give the way, which is new, the vertices that it shares.

        These are its crossings, each with the metres along it, and what it joins at its ends.
        """
        line, whole = self.line, float(self.line.length)
        along = shapely.line_locate_point(line, shapely.points(self.xy)).tolist()
        along[0], along[-1] = 0.0, whole
        taken = {end[0] for end in ends if end is not None}
        inner = [(at, one) for at, one in met if one[0] not in taken and SAME_M < at < whole - SAME_M]
        own = zip(along, zip(self.node_id.tolist(), self.xy, self.lon_lat, strict=True), strict=True)
        rows = [row for row in own if all(abs(row[0] - at) > SAME_M for at, _ in inner)]
        rows = sorted([*rows, *inner], key=lambda row: row[0])
        vertices: list[Vertex] = [vertex for _, vertex in rows]
        if ends[1] is not None:
            is_there = np.hypot(*(vertices[-1][1] - ends[1][1])) <= SAME_M
            vertices = [*(vertices[:-1] if is_there else vertices), ends[1]]
        if ends[0] is not None:
            is_there = np.hypot(*(vertices[0][1] - ends[0][1])) <= SAME_M
            vertices = [ends[0], *(vertices[1:] if is_there else vertices)]
        self.node_id = np.array([node for node, _, _ in vertices], np.int64)
        self.xy = np.array([xy for _, xy, _ in vertices], float)
        self.lon_lat = np.array([lon_lat for _, _, lon_lat in vertices], float)
        self._line = None


def spots(shape: shapely.Geometry) -> Iterable[Point]:
    """Return the places of an intersection: points, and both ends of stretches."""
    for part in shapely.get_parts(shape):
        if part.is_empty:
            continue
        coordinates = shapely.get_coordinates(part)
        ends = coordinates[[0, -1]] if len(coordinates) > 1 else coordinates
        yield from ((float(x), float(y)) for x, y in ends)
