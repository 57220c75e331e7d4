"""Reached lines: the exact pieces of street within a walk of some points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from cfspace.access.balls import graph_of, grouped_targets
from cfspace.access.nearest import costs_of, limit_ticks
from cfspace.access.search import SHIFT
from cfspace.errors import ParameterError
from cfspace.network.costs import Costs
from cfspace.network.model import TICKS_PER_M, WalkNetwork
from cfspace.network.snap import SnappedPoints, check_same_network

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Stretches:
    """Pieces of segments, each cut out of its polyline.

    Attributes
    ----------
    segment
        The segment of each piece, shape (n_pieces,).
    start_m, end_m
        Where it begins and ends along the polyline.
    xy_m
        Vertices of all pieces in a row, shape (n_vertices, 2).
    sizes
        How many of them each piece has.
    """

    segment: NDArray[np.int64]
    start_m: NDArray[np.float64]
    end_m: NDArray[np.float64]
    xy_m: NDArray[np.float64]
    sizes: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.segment)

    @property
    def length_m(self) -> float:
        """Length of all pieces together."""
        return float(np.sum(self.end_m - self.start_m))

    def lines(self) -> NDArray[np.object_]:
        """Return the pieces as LineStrings."""
        if not len(self):
            return np.empty(0, object)
        lines: NDArray[np.object_] = shapely.linestrings(
            self.xy_m, indices=np.repeat(np.arange(len(self)), self.sizes)
        )
        return lines


class Searcher:
    """Searches a network from one group of points after the other, with one set of working arrays.

    Parameters
    ----------
    network
        The network.
    points
        Snapped points.
    own
        Group of each point, from 0.
    n_groups
        How many groups there are.
    max_walk_m
        The largest break that will be asked.
    costs
        What segments cost; default their length. Breaks are in its units.
    """

    def __init__(
        self,
        network: WalkNetwork,
        points: SnappedPoints,
        own: NDArray[np.int64],
        n_groups: int,
        *,
        max_walk_m: float,
        costs: Costs | None = None,
    ) -> None:
        from cfspace.access import kernels_balls as kernels

        check_same_network(network, points=points)
        known = costs_of(network, costs)
        if known is not network.length_costs:
            raise ParameterError("costs: service areas are drawn in metres; leave costs out")
        self.network = network
        self.limit = limit_ticks(max_walk_m)
        self._graph = graph_of(known)
        feet, owner = points.every_foot()
        self._groups = grouped_targets(known, feet, own[owner], n_groups)
        self._scratch = kernels.new_scratch(self._graph, self._groups, self.limit, SHIFT)
        self._queue = kernels.new_queue(self._scratch)
        self._count = 0
        self._group = -1
        self._stamp = 0
        self._nearby = np.empty(0, np.int64)

    def search(self, group: int) -> None:
        """Search from one group, forgetting the one before."""
        from cfspace.access import kernels_balls as kernels

        kernels.clean(self._scratch, self._count)
        self._count, _, self._queue = kernels.ball(
            self._graph, self._groups, group, self._scratch, self._queue, None
        )
        self._group = group

    def stretches(self, break_m: float) -> tuple[Stretches, Stretches]:
        """Return what is reached within a break, and the rest of the segments that are touched."""
        from cfspace.access import kernels_raster

        self._stamp += 1
        limit, stamp, ends = (
            limit_ticks(break_m),
            self._stamp,
            (self.network.segment_from, self.network.segment_to),
        )
        # The first stamps the segments with feet, so that the second leaves them alone.
        feet = kernels_raster.around_feet(
            self._graph, self._groups, self._group, *ends, self._scratch, limit, stamp
        )
        rest = kernels_raster.from_ends(self._graph, *ends, self._scratch, self._count, limit, stamp)
        inside, outside = (np.concatenate(pieces) for pieces in zip(feet, rest, strict=True))
        return cut(self.network, inside), cut(self.network, outside)

    def look_around(self, window_m: NDArray[np.float64]) -> None:
        """Look up the segments near a window (west, south, east, north) that `untouched` chooses from."""
        from cfspace.access import kernels_raster

        self._nearby = kernels_raster.nearby(self.network.boxes_m, window_m)

    def untouched(self, window_m: NDArray[np.float64]) -> Stretches:
        """Return whole segments, in a part of the window looked at, that the last `stretches` left alone."""
        from cfspace.access import kernels_raster

        segment = kernels_raster.untouched(
            self._nearby, self.network.boxes_m, self._scratch.mark, self._stamp, window_m
        )
        length = self.network.length_ticks[segment].astype(np.int64)
        return cut(self.network, np.column_stack([segment, np.zeros_like(segment), length]))


def cut(network: WalkNetwork, pieces: NDArray[np.int64]) -> Stretches:
    """Cut pieces (segment, start and end in ticks) out of their polylines."""
    from cfspace.access import kernels_lines

    start_m, end_m = pieces[:, 1] / TICKS_PER_M, pieces[:, 2] / TICKS_PER_M
    xy_m, sizes = kernels_lines.cut(
        network.vertex_ptr, network.vertex_x_m, network.vertex_y_m, pieces[:, 0].copy(), start_m, end_m
    )
    return Stretches(segment=pieces[:, 0], start_m=start_m, end_m=end_m, xy_m=xy_m, sizes=sizes)


def reached(network: WalkNetwork, points: SnappedPoints, *, break_m: float) -> Stretches:
    """Return the pieces of street within `break_m` metres of some points, taken together.

    Every piece ends exactly where the walk, connector included, is `break_m` long, or at a
    junction, or at the end of the street, or at the next piece.

    Raises
    ------
    SnapError
        If the points were snapped to another network.
    ParameterError
        If `break_m` is out of range.

    Examples
    --------
    >>> from cfspace.network.snap import snap
    >>> from cfspace.network.toy import line_network
    >>> street = line_network(n_segments=3, segment_m=100.0)
    >>> school = snap(street, np.array([150.0]), np.array([0.0]))
    >>> found = reached(street, school, break_m=80)
    >>> sorted(zip(found.segment.tolist(), found.start_m.round(1).tolist(), found.end_m.round(1).tolist()))
    [(0, 70.0, 100.0), (1, 0.0, 30.0), (1, 30.0, 100.0), (2, 0.0, 30.0)]
    """
    searcher = Searcher(network, points, np.zeros(len(points), np.int64), 1, max_walk_m=break_m)
    searcher.search(0)
    return searcher.stretches(break_m)[0]


def group_numbers(names: NDArray[Any]) -> tuple[list[str], NDArray[np.int64]]:
    """Return distinct names, sorted, and the number of each entry's name among them."""
    distinct, own = np.unique(names.astype(str), return_inverse=True)
    return distinct.tolist(), own.reshape(-1).astype(np.int64)
