"""Snapping: where homes and entrances join the walk network."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from cfspace.errors import ParameterError, SnapError
from cfspace.network.model import TICKS_PER_M, WalkNetwork

if TYPE_CHECKING:
    from numpy.typing import NDArray

DEFAULT_MAX_CONNECTOR_M = 200.0
COLUMNS = ("segment", "offset_m", "connector_m", "foot_x_m", "foot_y_m", "outcome")


class SnapOutcome(IntEnum):
    """How a point joined the network, or why it did not."""

    MAINLAND = 0
    ISLAND = 1
    TOO_FAR = 2
    BARRED = 3
    NO_POSITION = 4


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SnappedPoints:
    """Points with their foot on a network; all arrays have shape (n_points,).

    Attributes
    ----------
    network
        The network the feet lie on.
    segment
        Segment of each foot, -1 where a point did not snap.
    offset_m
        Way along the segment's polyline from its first vertex to the foot; NaN without foot.
    connector_m
        Length of the connector; NaN without foot.
    foot_x_m, foot_y_m
        The foot, in the CRS of the network; NaN without foot.
    outcome
        A `SnapOutcome` for each point.
    before_m
        Metres walked before the connector begins: from a home to the gate of its compound. None: 0 for all.
    others
        Further feet of some points, where a walk may begin at several gates; None where each has one.
    """

    network: WalkNetwork
    segment: NDArray[np.int32]
    offset_m: NDArray[np.float64]
    connector_m: NDArray[np.float64]
    foot_x_m: NDArray[np.float64]
    foot_y_m: NDArray[np.float64]
    outcome: NDArray[np.int8]
    before_m: NDArray[np.float64] | None = None
    others: OtherFeet | None = None

    def __len__(self) -> int:
        return len(self.segment)

    @property
    def has_foot(self) -> NDArray[np.bool_]:
        """Whether each point joined the network."""
        return self.segment >= 0

    @property
    def leg_m(self) -> NDArray[np.float64]:
        """Metres from each point to its foot: the connector and what is walked before; NaN without foot."""
        return self.connector_m if self.before_m is None else self.connector_m + self.before_m

    @property
    def n_feet(self) -> int:
        """Number of points and of their further feet."""
        return len(self) + (0 if self.others is None else len(self.others.owner))

    def every_foot(self) -> tuple[SnappedPoints, NDArray[np.int64]]:
        """Return a point for every foot, further ones last, and the point that each belongs to."""
        own = np.arange(len(self), dtype=np.int64)
        if self.others is None:
            return self, own
        more = self.others.feet
        columns: dict[str, Any] = {
            name: np.concatenate([getattr(self, name), getattr(more, name)]) for name in COLUMNS
        }
        before_m = np.concatenate([_metres_before(self), _metres_before(more)])
        feet = SnappedPoints(network=self.network, **columns, before_m=before_m)
        return feet, np.concatenate([own, self.others.owner])

    def leg_ticks(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Return connector, way to the first and way to the last vertex in tenths of a millimetre.

        Without foot all three are 0: look at `has_foot` first.
        """
        has_foot = self.has_foot
        metres = [np.where(has_foot, column, 0.0) for column in (self.leg_m, self.offset_m)]
        connector, along = (np.rint(column * TICKS_PER_M).astype(np.int64) for column in metres)
        whole = np.where(has_foot, self.network.length_ticks[self.segment], 0)
        along = np.minimum(along, whole)
        return connector, along, whole - along

    def take(self, chosen: NDArray[np.int64]) -> SnappedPoints:
        """Return some of the points, in the order given."""
        return SnappedPoints(
            network=self.network,
            **{name: getattr(self, name)[chosen] for name in COLUMNS},
            before_m=None if self.before_m is None else self.before_m[chosen],
            others=None if self.others is None else self.others.taken(chosen, len(self)),
        )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class OtherFeet:
    """Further feet of points; the nearest way over any foot of a point counts.

    Attributes
    ----------
    owner
        The point that each belongs to, shape (n_others,).
    feet
        The feet, one each.
    x_m, y_m
        Where the connector of each begins: the gate.
    """

    owner: NDArray[np.int64]
    feet: SnappedPoints
    x_m: NDArray[np.float64]
    y_m: NDArray[np.float64]

    def taken(self, chosen: NDArray[np.int64], n_points: int) -> OtherFeet:
        """Return the further feet of some of the points, in the order given."""
        order = np.argsort(self.owner, kind="stable")
        counts = np.bincount(self.owner, minlength=n_points)
        begins, sizes = (np.cumsum(counts) - counts)[chosen], counts[chosen]
        owner = np.repeat(np.arange(len(sizes), dtype=np.int64), sizes)
        inside = np.arange(len(owner)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        rows = order[np.repeat(begins, sizes) + inside]
        return OtherFeet(owner=owner, feet=self.feet.take(rows), x_m=self.x_m[rows], y_m=self.y_m[rows])


def _metres_before(points: SnappedPoints) -> NDArray[np.float64]:
    return np.zeros(len(points)) if points.before_m is None else points.before_m


def snap(
    network: WalkNetwork,
    x_m: NDArray[np.float64],
    y_m: NDArray[np.float64],
    *,
    max_connector_m: float = DEFAULT_MAX_CONNECTOR_M,
) -> SnappedPoints:
    """Join points to the nearest point of a segment, never to a junction as such.

    Bridges, tunnels and elevated ways take no feet; a connector may not cross a barrier of the
    network; islands (components of less than 2 km of ways) are used only where nothing else is
    left within the limit. Of segments equally near, the first counts.

    Parameters
    ----------
    network
        Walk network.
    x_m, y_m
        Points in the CRS of the network, shape (n_points,).
    max_connector_m
        Longest connector allowed, in metres; greater than zero.

    Returns
    -------
    The feet; points that found none have segment -1 and say why in `outcome`.

    Raises
    ------
    ParameterError
        If `max_connector_m` is not positive, or `x_m` and `y_m` differ in shape.

    Examples
    --------
    >>> from cfspace.network.toy import line_network
    >>> street = line_network(n_segments=3, segment_m=100.0)
    >>> feet = snap(street, np.array([150.0, 150.0]), np.array([20.0, 500.0]))
    >>> feet.has_foot.tolist(), feet.connector_m.round(1).tolist()
    ([True, False], [20.0, nan])
    """
    if not max_connector_m > 0:
        raise ParameterError(f"max_connector_m: {max_connector_m} is not above zero; give metres")
    x_m, y_m = np.asarray(x_m, float), np.asarray(y_m, float)
    if x_m.shape != y_m.shape or x_m.ndim != 1:
        raise ParameterError(f"snap: x_m has shape {x_m.shape}, y_m {y_m.shape}; give two equal columns")
    usable = np.flatnonzero(np.isfinite(x_m) & np.isfinite(y_m))
    points = shapely.points(x_m[usable], y_m[usable])
    search = _Search(network, points, max_connector_m)
    search.over(np.flatnonzero(network.takes_feet & ~network.is_island), SnapOutcome.MAINLAND)
    search.over(np.flatnonzero(network.takes_feet & network.is_island), SnapOutcome.ISLAND)
    return _feet(network, x_m, y_m, usable, search)


class _Search:
    """Finds a segment for each point, one tier of segments after the other."""

    def __init__(self, network: WalkNetwork, points: NDArray[np.object_], max_connector_m: float) -> None:
        self.network = network
        self.points = points
        self.limit = max_connector_m
        self.segment = np.full(len(points), -1, np.int32)
        self.outcome = np.full(len(points), SnapOutcome.TOO_FAR, np.int8)
        self.barriers = shapely.STRtree(network.barriers) if len(network.barriers) else None

    def over(self, segments: NDArray[np.int64], outcome: SnapOutcome) -> None:
        left = np.flatnonzero(self.segment < 0)
        if not len(left) or not len(segments):
            return
        lines = self.network.lines[segments]
        tree = shapely.STRtree(lines)
        pairs = tree.query_nearest(self.points[left], max_distance=self.limit)
        point = np.unique(pairs[0])
        # Of equally near segments query_nearest gives all, in no promised order: take the lowest.
        lowest = np.full(len(left), len(segments), np.int64)
        np.minimum.at(lowest, pairs[0], pairs[1])
        line = lowest[point]
        barred = self._crosses(self.points[left[point]], lines[line])
        self.segment[left[point[~barred]]] = segments[line[~barred]]
        self.outcome[left[point[~barred]]] = outcome
        for index in left[point[barred]]:
            self._around_barriers(int(index), segments, lines, tree, outcome)

    def _crosses(self, points: NDArray[np.object_], lines: NDArray[np.object_]) -> NDArray[np.bool_]:
        if self.barriers is None:
            return np.zeros(len(points), bool)
        connectors = shapely.shortest_line(points, lines)
        hits = self.barriers.query(connectors, predicate="crosses")
        barred = np.zeros(len(points), bool)
        barred[hits[0]] = True
        return barred

    def _around_barriers(
        self,
        index: int,
        segments: NDArray[np.int64],
        lines: NDArray[np.object_],
        tree: shapely.STRtree,
        outcome: SnapOutcome,
    ) -> None:
        """Try all segments in reach, nearest first: the nearest lies behind a barrier."""
        point = self.points[index]
        near = np.sort(tree.query(point, predicate="dwithin", distance=self.limit))
        near = near[np.argsort(shapely.distance(point, lines[near]), kind="stable")]
        free = near[~self._crosses(np.full(len(near), point, object), lines[near])]
        if len(free):
            self.segment[index] = segments[free[0]]
            self.outcome[index] = outcome
        elif self.outcome[index] == SnapOutcome.TOO_FAR:
            self.outcome[index] = SnapOutcome.BARRED


def _feet(
    network: WalkNetwork,
    x_m: NDArray[np.float64],
    y_m: NDArray[np.float64],
    usable: NDArray[np.int64],
    search: _Search,
) -> SnappedPoints:
    found = search.segment >= 0
    rows = usable[found]
    segment = np.full(len(x_m), -1, np.int32)
    segment[rows] = search.segment[found]
    outcome = np.full(len(x_m), SnapOutcome.NO_POSITION, np.int8)
    outcome[usable] = search.outcome
    columns = np.full((4, len(x_m)), np.nan)
    if len(rows):
        lines, points = network.lines[segment[rows]], search.points[found]
        offset_m = shapely.line_locate_point(lines, points)
        feet = shapely.get_coordinates(shapely.line_interpolate_point(lines, offset_m))
        columns[0, rows] = offset_m
        columns[1, rows] = np.hypot(feet[:, 0] - x_m[rows], feet[:, 1] - y_m[rows])
        columns[2, rows], columns[3, rows] = feet.T
    return SnappedPoints(
        network=network,
        segment=segment,
        offset_m=columns[0],
        connector_m=columns[1],
        foot_x_m=columns[2],
        foot_y_m=columns[3],
        outcome=outcome,
    )


def check_one_foot(**points: SnappedPoints) -> None:
    """Raise `SnapError` if any of the points have several feet, where only one can be worked with."""
    for name, snapped in points.items():
        if snapped.others is not None:
            raise SnapError(f"{name}: some points have several feet; call every_foot() on them first")


def check_same_network(network: WalkNetwork, **points: SnappedPoints) -> None:
    """Raise `SnapError` if any of the points were snapped to another network."""
    for name, snapped in points.items():
        if snapped.network is not network:
            raise SnapError(f"{name}: snapped to another network; call cfspace.network.snap on this one")
