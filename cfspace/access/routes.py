"""Routes: the way itself, for pairs of a home and a facility."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from cfspace.access.balls import graph_of, grouped_targets, walkers_of
from cfspace.access.feet import best_foot
from cfspace.access.nearest import costs_of, limit_ticks, metres_of
from cfspace.access.search import SHIFT
from cfspace.access.seeds import seeds_of
from cfspace.errors import ParameterError
from cfspace.network.costs import Costs
from cfspace.network.model import TICKS_PER_M, WalkNetwork
from cfspace.network.snap import SnappedPoints, check_same_network

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Routes:
    """Shortest ways of pairs of points; all arrays but the pieces have shape (n_pairs,).

    Attributes
    ----------
    metres
        Length, connectors included; ``inf`` beyond the limit, ``NaN`` without foot.
    lines
        The way along the streets, from foot to foot, as a LineString in the CRS of the network;
        empty where there is none.
    piece_ptr
        Pieces of pair ``i`` are ``piece_ptr[i]:piece_ptr[i + 1]``.
    segment
        The segment of each piece.
    start_m, end_m
        Where the piece begins and ends along the segment's polyline; walked against it where
        the end is the lesser.
    """

    metres: NDArray[np.float64]
    lines: NDArray[np.object_]
    piece_ptr: NDArray[np.int64]
    segment: NDArray[np.int64]
    start_m: NDArray[np.float64]
    end_m: NDArray[np.float64]


def route(
    network: WalkNetwork,
    origins: SnappedPoints,
    targets: SnappedPoints,
    *,
    max_walk_m: float = 20_000.0,
    costs: Costs | None = None,
) -> Routes:
    """Return the shortest way from each origin to the target of the same row.

    Parameters
    ----------
    network
        Walk network.
    origins, targets
        Snapped points, n_pairs of each; to pair one school with many homes, take it many times:
        ``schools.take(nearest.target)``.
    max_walk_m
        Longest walk looked for, in metres.
    costs
        What segments cost; default their length.

    Raises
    ------
    ParameterError
        If origins and targets differ in number, or `max_walk_m` is out of range.
    SnapError
        If the points were snapped to another network.

    Examples
    --------
    >>> from cfspace.network.snap import snap
    >>> from cfspace.network.toy import grid_network
    >>> town = grid_network(n_columns=3, n_rows=3, block_m=100.0)
    >>> home, school = (snap(town, np.array([x]), np.array([0.0])) for x in (20.0, 150.0))
    >>> found = route(town, home, school)
    >>> found.metres.round(1).tolist(), found.lines[0].length.__round__(1), len(found.segment)
    ([130.0], 130.0, 2)
    """
    from cfspace.access import kernels_routes

    check_same_network(network, origins=origins, targets=targets)
    if len(origins) != len(targets):
        raise ParameterError(
            f"route: {len(origins)} origins and {len(targets)} targets; give pairs, row by row"
        )
    if origins.others is not None:
        feet, owner = origins.every_foot()
        found = route(network, feet, targets.take(owner), max_walk_m=max_walk_m, costs=costs)
        best = feet.take(best_foot(found.metres, owner, len(origins)))
        return route(network, best, targets, max_walk_m=max_walk_m, costs=costs)
    limit, known = limit_ticks(max_walk_m), costs_of(network, costs)
    own, first = _distinct(targets)
    order = np.argsort(own, kind="stable").astype(np.int32)
    groups = grouped_targets(known, targets.take(first), np.arange(len(first)), len(first))
    ptr = np.zeros(len(first) + 1, np.int64)
    np.cumsum(np.bincount(own, minlength=len(first)), out=ptr[1:])
    ticks, sizes, pieces = kernels_routes.routes(
        graph_of(known),
        groups,
        walkers_of(known, origins),
        network.segment_from,
        network.segment_to,
        _seed_feet(known, targets.take(first)),
        ptr,
        order,
        limit,
        SHIFT,
    )
    return _routes(network, origins, order, ticks, sizes, pieces)


def _distinct(targets: SnappedPoints) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return which distinct foot each target has, and the first target of each."""
    key = np.column_stack(
        [targets.segment, np.nan_to_num(targets.offset_m), np.nan_to_num(targets.connector_m)]
    )
    _, first, own = np.unique(key, axis=0, return_index=True, return_inverse=True)
    return own.reshape(-1).astype(np.int64), first.astype(np.int64)


def _seed_feet(costs: Costs, targets: SnappedPoints) -> NDArray[np.int32]:
    """Return for each seed twice the number of its foot, plus 1 where it is at the last vertex."""
    seeds = seeds_of(costs, targets)
    order = np.lexsort((seeds.node, seeds.ticks, seeds.owner))
    owner, node = seeds.owner[order], seeds.node[order]
    legs = costs.legs(targets)
    segment = targets.segment[owner]
    at_first = (costs.network.segment_from[segment] == node) & (legs.from_first[owner] == seeds.ticks[order])
    foot_of = np.zeros(len(targets), np.int32)
    feet = np.flatnonzero(targets.has_foot)
    foot_of[feet] = np.arange(len(feet))
    numbers: NDArray[np.int32] = (2 * foot_of[owner] + ~at_first).astype(np.int32)
    return numbers


def _routes(
    network: WalkNetwork,
    origins: SnappedPoints,
    order: NDArray[np.int32],
    ticks: NDArray[np.int64],
    sizes: NDArray[np.int64],
    pieces: NDArray[np.int64],
) -> Routes:
    """Put pairs back into the order given, and draw them."""
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    begins = np.cumsum(sizes) - sizes
    ptr = np.zeros(len(order) + 1, np.int64)
    np.cumsum(sizes[place], out=ptr[1:])
    take = np.arange(ptr[-1]) - np.repeat(ptr[:-1] - begins[place], sizes[place])
    pieces = pieces[take]
    start_m, end_m = pieces[:, 1] / TICKS_PER_M, pieces[:, 2] / TICKS_PER_M
    return Routes(
        metres=metres_of(ticks[place], origins.has_foot),
        lines=_drawn(network, ptr, pieces[:, 0], start_m, end_m),
        piece_ptr=ptr,
        segment=pieces[:, 0],
        start_m=start_m,
        end_m=end_m,
    )


def _drawn(
    network: WalkNetwork,
    ptr: NDArray[np.int64],
    segment: NDArray[np.int64],
    start_m: NDArray[np.float64],
    end_m: NDArray[np.float64],
) -> NDArray[np.object_]:
    from cfspace.access import kernels_lines

    lines = np.full(len(ptr) - 1, shapely.LineString(), object)
    if not len(segment):
        return lines
    low, high = np.minimum(start_m, end_m), np.maximum(start_m, end_m)
    xy, sizes = kernels_lines.cut(
        network.vertex_ptr, network.vertex_x_m, network.vertex_y_m, segment, low, high
    )
    piece = np.repeat(np.arange(len(segment)), sizes)
    inside = np.arange(len(xy)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    backwards = (end_m < start_m)[piece]
    rank = np.where(backwards, sizes[piece] - 1 - inside, inside)
    xy = xy[np.lexsort((rank, piece))]
    pair = np.repeat(np.arange(len(ptr) - 1), np.diff(ptr))[piece]
    drawn, index = np.unique(pair, return_inverse=True)
    lines[drawn] = shapely.remove_repeated_points(shapely.linestrings(xy, indices=index), 1e-9)
    return lines
