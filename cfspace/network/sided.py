"""A walk network with both sides of its main roads, and how points get onto it and back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import shapely

from cfspace.network.model import WalkNetwork
from cfspace.network.snap import (
    COLUMNS,
    DEFAULT_MAX_CONNECTOR_M,
    SnappedPoints,
    check_one_foot,
    check_same_network,
    snap,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cfspace.network.mainroads import Stretches

    Floats = NDArray[np.float64]

LEFT, RIGHT = 1, 2
NEAR_M = 0.5


@dataclass(frozen=True, eq=False, kw_only=True)
class SidedNetwork:
    """A walk network with both sides of its main roads, and how it maps to the one it was made from.

    Attributes
    ----------
    network
        To be searched; its segments have the attributes ``passage`` (``guarded``, ``unguarded`` or
        missing) and ``sidewalk_left`` and ``sidewalk_right`` of their own side. Points are put on it by
        `snap` or `carry` alone, because both sides lie in the same place.
    original
        The network it was made from.
    segment
        Segment of `original` that each segment is a part of, -1 for passages at nodes; ascending but for
        those, which come last.
    start_m
        Where on it that part begins.
    side
        0, or 1 and 2 for the left and right side of a main road; the two follow each other.
    halves
        What crossing counts, in half passages: on sides, crossing that road anywhere; on passages, taking
        them; elsewhere 0. Guarded passages count 0.
    unwalked
        Main carriageways on the ground that are no way to walk along.
    """

    network: WalkNetwork
    original: WalkNetwork
    segment: NDArray[np.int32]
    start_m: Floats
    side: NDArray[np.int8]
    halves: NDArray[np.int8]
    unwalked: Stretches

    @cached_property
    def _part_keys(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Keys (segment, start) of all parts in order, and the first row of each."""
        rows = np.flatnonzero((self.segment >= 0) & (self.side != RIGHT))
        return _key(self.segment[rows], self.start_m[rows]), rows

    def snap(
        self, x_m: Floats, y_m: Floats, *, max_connector_m: float = DEFAULT_MAX_CONNECTOR_M
    ) -> SnappedPoints:
        """Join points to `network` without crossing a main road; arguments as `cfspace.network.snap.snap`."""
        plain = snap(self.original, x_m, y_m, max_connector_m=max_connector_m)
        return self.join(plain, x_m, y_m, max_connector_m=max_connector_m)

    def join(
        self, points: SnappedPoints, x_m: Floats, y_m: Floats, *, max_connector_m: float
    ) -> SnappedPoints:
        """Return points snapped to `original` as `snap` joins them: `carry`, but over no main road.

        Raises
        ------
        SnapError
            If the points were snapped to another network, or some have several feet.
        """
        check_same_network(self.original, points=points)
        check_one_foot(points=points)
        over = np.unique(self._crossed(points, x_m, y_m)[0])
        if not len(over):
            return self.carry(points, x_m, y_m)
        barriers = np.concatenate([self.original.barriers, self.unwalked.lines])
        barred = replace(self.original, barriers=barriers)
        again = snap(barred, x_m[over], y_m[over], max_connector_m=max_connector_m)
        mended = {}
        for name in COLUMNS:
            column = getattr(points, name).copy()
            column[over] = getattr(again, name)
            mended[name] = column
        return self.carry(replace(points, **mended), x_m, y_m)

    def carry(self, points: SnappedPoints, x_m: Floats, y_m: Floats) -> SnappedPoints:
        """Return points that were snapped to `original` as points of `network`.

        Parameters
        ----------
        points
            Snapped to `original`.
        x_m, y_m
            The points themselves: on a main road their side is that which the connector comes from. A point
            in the very middle of the road counts as left.

        Raises
        ------
        SnapError
            If the points were snapped to another network, or some have several feet.
        """
        check_same_network(self.original, points=points)
        check_one_foot(points=points)
        feet = np.flatnonzero(points.has_foot)
        keys, rows = self._part_keys
        wanted = _key(points.segment[feet], points.offset_m[feet])
        row = rows[np.searchsorted(keys, wanted, side="right") - 1] if len(feet) else feet
        two_sided = self.side[row] == LEFT
        right = two_sided & (_turn(self.original, points, feet, x_m, y_m) < 0)
        row = row + right
        segment, offset_m = points.segment.copy(), points.offset_m.copy()
        segment[feet] = row
        offset_m[feet] = np.clip(points.offset_m[feet] - self.start_m[row], 0.0, self.network.length_m[row])
        return replace(points, network=self.network, segment=segment, offset_m=offset_m)

    def to_original(self, points: SnappedPoints) -> SnappedPoints:
        """Return points of `network` as points of `original`.

        Raises
        ------
        SnapError
            If the points were snapped to another network.
        """
        check_same_network(self.network, points=points)
        segment = np.where(points.has_foot, self.segment[points.segment], -1).astype(np.int32)
        offset_m = points.offset_m + np.where(points.has_foot, self.start_m[points.segment], 0.0)
        return replace(points, network=self.original, segment=segment, offset_m=offset_m)

    def opposite(self, segment: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the other side of each segment of `network`, -1 where it has but one."""
        side = np.where(segment >= 0, self.side[segment], 0)
        step = np.select([side == LEFT, side == RIGHT], [1, -1], 0)
        return np.where(step != 0, segment + step, -1).astype(np.int32)

    def connector_halves(self, points: SnappedPoints, x_m: Floats, y_m: Floats) -> NDArray[np.int64]:
        """Return the half passages of main roads that each connector crosses."""
        counts = np.zeros(len(points), np.int64)
        point, stretch = self._crossed(points, x_m, y_m)
        np.add.at(counts, point, self.unwalked.halves[stretch])
        return counts

    def _crossed(
        self, points: SnappedPoints, x_m: Floats, y_m: Floats
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return pairs of a point and a stretch of `unwalked` that its connector crosses."""
        feet = np.flatnonzero(points.has_foot)
        if not len(feet) or not len(self.unwalked.start):
            return np.empty(0, np.int64), np.empty(0, np.int64)
        ends = [x_m[feet], y_m[feet], points.foot_x_m[feet], points.foot_y_m[feet]]
        connectors = shapely.linestrings(np.column_stack(ends).reshape(-1, 2, 2))
        point, stretch = shapely.STRtree(self.unwalked.lines).query(connectors, predicate="crosses")
        return feet[point], stretch


def _key(segment: NDArray[np.int32], at_m: Floats) -> NDArray[np.int64]:
    """Return whole numbers in the order of segment and place, to a tenth of a millimetre."""
    return (segment.astype(np.int64) << 32) + np.rint(at_m * 10_000).astype(np.int64)


def _turn(
    network: WalkNetwork, points: SnappedPoints, feet: NDArray[np.int64], x_m: Floats, y_m: Floats
) -> Floats:
    """Return on which side of its segment each point lies: left above zero, right below."""
    lines, at = network.lines[points.segment[feet]], points.offset_m[feet]
    before = shapely.get_coordinates(shapely.line_interpolate_point(lines, np.maximum(at - NEAR_M, 0.0)))
    after = shapely.get_coordinates(shapely.line_interpolate_point(lines, at + NEAR_M))
    along = after - before
    to_x, to_y = x_m[feet] - points.foot_x_m[feet], y_m[feet] - points.foot_y_m[feet]
    turn: Floats = along[:, 0] * to_y - along[:, 1] * to_x
    return turn
