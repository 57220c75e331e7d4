"""Reached lines: the exact pieces of street within a walk of some points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from cfspace.access.nearest import limit_ticks, search_back
from cfspace.network.model import TICKS_PER_M, WalkNetwork
from cfspace.network.snap import SnappedPoints, check_same_network

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Reach:
    """What a search back from some points has found, to be cut at any break up to its limit.

    Attributes
    ----------
    network
        The network searched.
    ticks
        Cost of each node, `cfspace.access.kernels.UNREACHED` where it was not reached.
    points
        The points searched from.
    max_walk_m
        The largest break that can be asked.
    """

    network: WalkNetwork
    ticks: NDArray[np.int32]
    points: SnappedPoints
    max_walk_m: float


def reach(network: WalkNetwork, points: SnappedPoints, *, max_walk_m: float) -> Reach:
    """Search the network from all points together.

    Raises
    ------
    SnapError
        If the points were snapped to another network.
    ParameterError
        If `max_walk_m` is out of range.
    """
    check_same_network(network, points=points)
    ticks, _ = search_back(network.length_costs, points, limit_ticks(max_walk_m))
    return Reach(network=network, ticks=ticks, points=points, max_walk_m=max_walk_m)


def reached_lines(found: Reach, break_m: float) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Return the pieces of segment within `break_m` metres, and the segment of each.

    Every piece ends exactly where the walk, connector included, is `break_m` long, or at a
    junction, or at the end of the street.

    Examples
    --------
    >>> from cfspace.network.snap import snap
    >>> from cfspace.network.toy import line_network
    >>> street = line_network(n_segments=3, segment_m=100.0)
    >>> school = snap(street, np.array([150.0]), np.array([0.0]))
    >>> lines, segments = reached_lines(reach(street, school, max_walk_m=80), 80)
    >>> shapely.length(lines).round(2).tolist(), segments.tolist()
    ([30.0, 100.0, 30.0], [0, 1, 2])
    """
    segment, start, end = _intervals(found, limit_ticks(break_m))
    network = found.network
    if not len(segment):
        return np.empty(0, object), segment
    from cfspace.access import kernels_lines

    xy, sizes = kernels_lines.cut(
        network.vertex_ptr,
        network.vertex_x_m,
        network.vertex_y_m,
        segment,
        start / TICKS_PER_M,
        end / TICKS_PER_M,
    )
    lines: NDArray[np.object_] = shapely.linestrings(xy, indices=np.repeat(np.arange(len(segment)), sizes))
    return lines, segment


def _intervals(found: Reach, limit: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return segment, start and end in ticks of every reached stretch, merged where they meet."""
    network = found.network
    length = network.length_ticks.astype(np.int64)
    left = limit - found.ticks[network.segment_from].astype(np.int64)
    right = limit - found.ticks[network.segment_to].astype(np.int64)
    from_first, from_last = np.flatnonzero(left >= 0), np.flatnonzero(right >= 0)
    feet = np.flatnonzero(found.points.has_foot)
    connector, along, _ = found.points.leg_ticks()
    feet = feet[connector[feet] <= limit]
    on, radius = found.points.segment[feet].astype(np.int64), limit - connector[feet]
    segment = np.concatenate([from_first, from_last, on])
    nothing = np.zeros(len(from_first), np.int64)
    start = np.concatenate([nothing, length[from_last] - right[from_last], along[feet] - radius])
    end = np.concatenate([left[from_first], length[from_last], along[feet] + radius])
    start, end = np.maximum(start, 0), np.minimum(end, length[segment])
    order = np.lexsort((end, start, segment))
    return _merged(segment[order], start[order], end[order])


def _merged(
    segment: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    from cfspace.access import kernels_lines

    keep, far = kernels_lines.merge(segment, start, end)
    inside = far > start
    chosen = keep & inside
    return segment[chosen], start[chosen], far[chosen]
