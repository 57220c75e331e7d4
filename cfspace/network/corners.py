"""Where main roads cut a walk network: pieces of segments, corners of nodes, passages between corners."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from cfspace.network.build import ranges
from cfspace.network.mainroads import (
    NO_GROUND,
    SAME_ANGLE,
    MainRoads,
    Stretches,
    bearing,
    told_of_signals,
    vertex_ids,
)
from cfspace.network.model import WalkNetwork

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cfspace.network.profiles.model import MainRoadRule

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Truths = NDArray[np.bool_]


@dataclass(frozen=True, eq=False, kw_only=True)
class Pieces:
    """Segments cut where a main road matters: original segment, vertices, and whether a main road itself."""

    segment: Ints
    first: Ints
    last: Ints
    start_m: Floats
    length_m: Floats
    is_main: Truths


@dataclass(frozen=True, eq=False, kw_only=True)
class Corners:
    """Nodes by corner. `left` and `right`: corner of either side at both ends of each piece, (n, 2)."""

    node_id: Ints
    x_m: Floats
    y_m: Floats
    left: Ints
    right: Ints
    at_main: Ints
    first: Ints


@dataclass(frozen=True, eq=False, kw_only=True)
class Passages:
    """Steps of no length between next corners."""

    start: Ints
    end: Ints
    halves: NDArray[np.int8]
    is_guarded: Truths


def cut_pieces(network: WalkNetwork, main: MainRoads, is_guarded: Truths, is_main: Truths) -> Pieces:
    """Cut other ways where they meet a main road, main roads where they are crossed safely or branch."""
    ids, sizes = vertex_ids(network), np.diff(network.vertex_ptr)
    segment = np.repeat(np.arange(network.n_segments), sizes)
    at = main.find(ids)
    met = at >= 0
    cut = met & ~is_main[segment]
    if met.any():
        cut |= met & (is_guarded[at] | (main.n_arms[at] != 2))
    is_end = np.zeros(len(ids), bool)
    is_end[network.vertex_ptr[:-1]] = is_end[network.vertex_ptr[1:] - 1] = True
    stops = np.flatnonzero(cut | is_end)
    same = segment[stops[:-1]] == segment[stops[1:]]
    first, last = stops[:-1][same], stops[1:][same]
    of = segment[first]
    steps = np.hypot(np.diff(network.vertex_x_m), np.diff(network.vertex_y_m))
    along = np.concatenate([[0.0], np.cumsum(steps)])
    whole = is_end[first] & is_end[last]
    return Pieces(
        segment=of,
        first=first,
        last=last,
        start_m=np.where(is_end[first], 0.0, along[first] - along[network.vertex_ptr[of]]),
        length_m=np.where(whole, network.length_m[of], along[last] - along[first]),
        is_main=is_main[of],
    )


def drawn_across(
    network: WalkNetwork, stretches: Stretches, pieces: Pieces, rule: MainRoadRule
) -> tuple[NDArray[np.int8], Truths]:
    """Return what crossing main roads without a common node counts for each piece, and which pieces do."""
    table = network.attributes
    halves, crosses = np.zeros(len(pieces.segment), np.int8), np.zeros(len(pieces.segment), bool)
    apart = (table["bridge"] | table["tunnel"]).to_numpy(bool)
    level = np.where(apart, -NO_GROUND, table["layer"])[pieces.segment]
    signals, _ = told_of_signals(table[["crossing"]], rule)
    asked = np.flatnonzero(~pieces.is_main & ~apart[pieces.segment] & ~signals[pieces.segment])
    ground = np.flatnonzero(stretches.level != NO_GROUND)
    if not len(asked) or not len(ground):
        return halves, crosses
    ptr, inside = ranges(pieces.first[asked], pieces.last[asked])
    coordinates = np.column_stack([network.vertex_x_m, network.vertex_y_m])[inside]
    lines = shapely.linestrings(coordinates, indices=np.repeat(np.arange(len(asked)), np.diff(ptr)))
    tree = shapely.STRtree(stretches.lines[ground])
    piece, stretch = tree.query(lines, predicate="crosses")
    piece, stretch = asked[piece], ground[stretch]
    met = level[piece] == stretches.level[stretch]
    ids = vertex_ids(network)
    for end in (pieces.first, pieces.last):
        met &= (ids[end[piece]] != stretches.start[stretch]) & (ids[end[piece]] != stretches.end[stretch])
    np.add.at(halves, piece[met], stretches.halves[stretch[met]])
    crosses[piece[met]] = True
    return halves, crosses


def find_corners(network: WalkNetwork, main: MainRoads, pieces: Pieces) -> Corners:
    """Return the corners between the arms of main road at each node, and which of them pieces join."""
    vertices = np.concatenate([pieces.first, pieces.last])
    ids = vertex_ids(network)[vertices]
    node_id, place, node = np.unique(ids, return_index=True, return_inverse=True)
    at = main.find(node_id)
    n_corners = np.ones(len(node_id), np.int64)
    n_corners[at >= 0] = main.n_arms[at[at >= 0]]
    # Where a main road ends and no street goes on, most often the data end: its sides stay apart.
    n_corners[(n_corners == 1) & (at >= 0) & (np.bincount(node) == 1)] = 2
    first = np.concatenate([[0], np.cumsum(n_corners)])
    beside = np.concatenate([pieces.first + 1, pieces.last - 1])
    x_m, y_m = network.vertex_x_m, network.vertex_y_m
    angle = bearing(x_m[beside] - x_m[vertices], y_m[beside] - y_m[vertices])
    outward_left, outward_right = _sides_of(
        main, at[node], n_corners[node], angle, np.tile(pieces.is_main, 2)
    )
    left, right = (first[node] + corner for corner in (outward_left, outward_right))
    n = len(pieces.segment)
    by_corner = np.repeat(np.arange(len(node_id)), n_corners)
    return Corners(
        node_id=node_id[by_corner],
        x_m=x_m[vertices[place]][by_corner],
        y_m=y_m[vertices[place]][by_corner],
        # What is left on leaving the first vertex is right on leaving the last.
        left=np.column_stack([left[:n], right[n:]]),
        right=np.column_stack([right[:n], left[n:]]),
        at_main=at,
        first=first,
    )


def _sides_of(
    main: MainRoads, at: Ints, n_corners: Ints, angle: Floats, is_main: Truths
) -> tuple[Ints, Ints]:
    """Return the corners left and right of what leaves a node; corner i lies left of arm i."""
    corner = np.zeros((2, len(at)), np.int64)
    here = np.flatnonzero(at >= 0)
    if not len(here):
        return corner[0], corner[1]
    node = np.repeat(np.arange(len(main.node_id)), main.n_arms)
    first, n_here = main.ptr[at[here]], n_corners[here]
    # Eight is more than a full turn: the arms of one node come before those of the next.
    own = at[here] * 8.0 + angle[here] + SAME_ANGLE
    arm = np.searchsorted(node * 8.0 + main.angle, own, side="right") - 1 - first
    corner[0, here] = arm % n_here
    corner[1, here] = np.where(is_main[here], arm - 1, arm) % n_here
    return corner[0], corner[1]


def find_passages(main: MainRoads, is_guarded: Truths, corners: Corners) -> Passages:
    """Join next corners across each arm; at a node with two arms one passage is enough."""
    n_corners = np.diff(corners.first)
    nodes = np.flatnonzero(n_corners > 1)
    at, n_corners = corners.at_main[nodes], n_corners[nodes]
    count = np.where(n_corners == 2, 1, n_corners)
    owner = np.repeat(np.arange(len(nodes)), count)
    arm = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    n_here, n_arms = n_corners[owner], main.n_arms[at][owner]
    halves = main.halves[main.ptr[at][owner] + arm]
    other = main.halves[main.ptr[at][owner] + (arm + 1) % n_arms]
    halves = np.where(n_here == 2, np.minimum(halves, other), halves)
    first = corners.first[nodes][owner]
    return Passages(
        start=first + (arm - 1) % n_here,
        end=first + arm,
        halves=np.where(is_guarded[at][owner], 0, halves).astype(np.int8),
        is_guarded=is_guarded[at][owner],
    )
