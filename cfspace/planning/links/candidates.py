"""Links that could be made: bridges and crossings over what parts the network, and gates to open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import shapely
from scipy.spatial import cKDTree

from cfspace.network.model import WalkNetwork
from cfspace.planning.links.effects import End, Link

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Objects = NDArray[np.object_]

What = Literal["gate", "crossing", "bridge"]

CELL_M: Final[dict[str, float]] = {"bridge": 100.0, "crossing": 60.0}
"""Of links across one stretch of barrier so long, only the shortest few are looked at."""

PER_CELL: Final = 3
ON_WAY_M: Final = 1.0
AT_END_M: Final = 0.5
"""A street that a link meets this near to its end is the one that it ends at."""
NEAR_GATE_M: Final = 60.0
OPPOSITE: Final = -0.5
"""Cosine of the angle at a gate between its two sides: more than 120 degrees."""


@dataclass(frozen=True, eq=False, kw_only=True)
class LinkCandidate:
    """A link that could be made.

    Attributes
    ----------
    what
        ``gate``, ``crossing`` or ``bridge``.
    over
        What it leads over: ``railway``, ``waterway``, ``motorway`` or ``main_road``; for a gate its name.
    link
        Its ends and length.
    line
        Its LineString, in the CRS of the network.
    spot
        Where it passes the barrier, x and y in metres.
    is_mapped
        Whether a way is mapped there, closed to walkers.
    """

    what: What
    over: str
    link: Link
    line: shapely.LineString
    spot: tuple[float, float]
    is_mapped: bool = False


def across(
    network: WalkNetwork,
    lines: Objects,
    *,
    what: Literal["crossing", "bridge"],
    over: str,
    longest_m: float,
    houses: Objects,
) -> list[LinkCandidate]:
    """Return straight links between junctions on both sides of some lines.

    Parameters
    ----------
    network
        The walk network; links join junctions of streets on the ground, islands left out.
    lines
        What parts them: railways, waterways, roads.
    what, over
        What the links are called.
    longest_m
        Longest link that is looked at.
    houses
        Polygons that no link may lead through.

    Returns
    -------
    Of each stretch of line the `PER_CELL` shortest links, in order of place.
    """
    nodes, ends = _junctions(network)
    if not len(lines) or not len(nodes):
        return []
    xy = np.column_stack([network.node_x_m[nodes], network.node_y_m[nodes]])
    away_m = np.full(len(nodes), np.inf)
    near, _ = shapely.STRtree(shapely.points(xy)).query(lines, predicate="dwithin", distance=longest_m)[::-1]
    near = np.unique(near)
    tree = shapely.STRtree(lines)
    away_m[near] = tree.query_nearest(shapely.points(xy[near]), return_distance=True, all_matches=False)[1]
    first, second = _pairs(xy, near, away_m, longest_m)
    straight = shapely.linestrings(np.stack([xy[first], xy[second]], axis=1))
    row, line = tree.query(straight, predicate="crosses")
    row, at = np.unique(row, return_index=True)
    if not len(row):
        return []
    spots = shapely.get_coordinates(shapely.centroid(shapely.intersection(straight[row], lines[line[at]])))
    through = np.unique(shapely.STRtree(houses).query(straight[row], predicate="intersects")[0])
    free = np.setdiff1d(np.arange(len(row)), through)
    kept = free[_shortest_of_cells(shapely.length(straight[row[free]]), spots[free], CELL_M[what])]
    found = []
    # What bridges lead over they do not meet.
    met = met_on_ground(network, straight[row[kept]]) if what == "crossing" else [()] * len(kept)
    for k, crossed in zip(kept.tolist(), met, strict=True):
        one, other = int(first[row[k]]), int(second[row[k]])
        length_m = float(shapely.length(straight[row[k]]))
        link = Link(first=ends[one], last=ends[other], length_m=length_m, through=crossed)
        spot = (float(spots[k, 0]), float(spots[k, 1]))
        found.append(LinkCandidate(what=what, over=over, link=link, line=straight[row[k]], spot=spot))
    return found


def met_on_ground(network: WalkNetwork, lines: Objects) -> list[tuple[tuple[float, End], ...]]:
    """Return, for each line, the streets on the ground that it crosses, its ends left out.

    Metres along the line, and the place on the street: whoever walks along a crossing can step off it there.
    """
    ground = np.flatnonzero(network.takes_feet)
    streets = network.lines[ground]
    row, street = shapely.STRtree(streets).query(lines, predicate="intersects")
    found: list[dict[tuple[int, float], tuple[float, End]]] = [{} for _ in lines]
    for k, one in zip(row.tolist(), street.tolist(), strict=True):
        for point in shapely.points(shapely.get_coordinates(shapely.intersection(lines[k], streets[one]))):
            at_m = float(shapely.line_locate_point(lines[k], point))
            if AT_END_M < at_m < lines[k].length - AT_END_M:
                offset_m = float(shapely.line_locate_point(streets[one], point))
                end = End(segment=int(ground[one]), offset_m=offset_m)
                found[k][(end.segment, offset_m)] = (at_m, end)
    return [tuple(sorted(one.values(), key=lambda place: (place[0], place[1].segment))) for one in found]


def _junctions(network: WalkNetwork) -> tuple[Ints, list[End]]:
    """Return the junctions that a link may join, and the place of each on a segment."""
    usable = np.flatnonzero(network.takes_feet & ~network.is_island)
    node = np.concatenate([network.segment_from[usable], network.segment_to[usable]])
    segment = np.concatenate([usable, usable])
    offset_m = np.concatenate([np.zeros(len(usable)), network.length_m[usable]])
    nodes, first = np.unique(node, return_index=True)
    ends = [End(segment=int(segment[k]), offset_m=float(offset_m[k])) for k in first.tolist()]
    return nodes.astype(np.int64), ends


def _pairs(xy: Floats, near: Ints, away_m: Floats, longest_m: float) -> tuple[Ints, Ints]:
    """Return pairs of junctions that are near each other and might have the barrier between them."""
    pairs = cKDTree(xy[near]).query_pairs(longest_m, output_type="ndarray")
    first, second = near[pairs[:, 0]], near[pairs[:, 1]]
    apart_m = np.hypot(*(xy[first] - xy[second]).T)
    kept = away_m[first] + away_m[second] <= apart_m + 1e-6
    return first[kept], second[kept]


def _shortest_of_cells(length_m: Floats, spots: Floats, cell_m: float) -> Ints:
    cell = np.floor(spots / cell_m)
    order = np.lexsort((spots[:, 0], spots[:, 1], length_m, cell[:, 0], cell[:, 1]))
    new = np.ones(len(order), bool)
    new[1:] = (np.diff(cell[order], axis=0) != 0).any(axis=1)
    start = np.flatnonzero(new)
    rank = np.arange(len(order)) - np.repeat(start, np.diff(np.append(start, len(order))))
    return order[rank < PER_CELL]


def gates_to_open(
    network: WalkNetwork,
    gates: Objects,
    names: Sequence[str],
    closed: Objects,
    *,
    houses: Objects,
) -> list[LinkCandidate]:
    """Return the links that opening shut gates would make.

    Parameters
    ----------
    network
        The walk network.
    gates, names
        Points of gates that are shut, in the CRS of the network, and what they are called.
    closed
        Ways that are closed to walkers, LineStrings: a link runs along the one that leads through its gate.
    houses
        Polygons that a link may not lead through where no way is mapped.

    Returns
    -------
    One a gate, where there are streets on both sides of it within 60 m.
    """
    streets = network.lines
    tree = shapely.STRtree(streets)
    found = []
    for gate, name in zip(gates.tolist(), names, strict=True):
        along = closed[shapely.distance(closed, gate) <= ON_WAY_M] if len(closed) else closed
        line = (
            _through(along[0], gate, streets, tree) if len(along) else _opposite(gate, streets, tree, houses)
        )
        if line is None:
            continue
        ends = [_end(shapely.Point(line.coords[i]), streets, tree) for i in (0, -1)]
        through = () if len(along) else met_on_ground(network, np.array([line], object))[0]
        link = Link(first=ends[0], last=ends[1], length_m=float(line.length), through=through)
        spot = (float(gate.x), float(gate.y))
        found.append(
            LinkCandidate(what="gate", over=name, link=link, line=line, spot=spot, is_mapped=len(along) > 0)
        )
    return found


def _end(point: shapely.Point, streets: Objects, tree: shapely.STRtree) -> End:
    segment = int(tree.query_nearest(point, all_matches=False)[0])
    return End(segment=segment, offset_m=float(shapely.line_locate_point(streets[segment], point)))


def _through(
    way: shapely.LineString, gate: shapely.Point, streets: Objects, tree: shapely.STRtree
) -> shapely.LineString | None:
    """Return the piece of a closed way from the street on one side of a gate to that on the other."""
    at = float(shapely.line_locate_point(way, gate))
    sides = []
    for piece in (_part(way, at, 0.0), _part(way, at, float(way.length))):
        corners = shapely.get_coordinates(piece)
        walked = [tuple(corners[0])]
        for corner in corners[1:].tolist():
            walked.append(tuple(corner))
            if len(tree.query(shapely.Point(corner), predicate="dwithin", distance=ON_WAY_M)):
                break
        last = shapely.Point(walked[-1])
        near = tree.query_nearest(last, max_distance=NEAR_GATE_M, all_matches=False)
        if not len(near):
            return None
        foot = shapely.shortest_line(last, streets[int(near[0])]).coords[-1]
        sides.append([*walked, foot])
    corners = [*reversed(sides[0]), *sides[1][1:]]
    line = shapely.remove_repeated_points(shapely.LineString(corners), 1e-6)
    return line if line.length > 0 else None


def _part(way: shapely.LineString, start_m: float, end_m: float) -> shapely.LineString:
    """Return the piece of a line between two places along it, in that direction."""
    from shapely.ops import substring

    piece = substring(way, start_m, end_m)
    if piece.geom_type == "Point":
        return shapely.LineString([piece.coords[0], piece.coords[0]])
    return piece


def _opposite(
    gate: shapely.Point, streets: Objects, tree: shapely.STRtree, houses: Objects
) -> shapely.LineString | None:
    """Return a line from the nearest street over a gate to the nearest on its other side."""
    near = tree.query(gate, predicate="dwithin", distance=NEAR_GATE_M)
    if len(near) < 2:
        return None
    feet = shapely.get_coordinates(shapely.get_point(shapely.shortest_line(gate, streets[near]), -1))
    ways = feet - np.array([gate.x, gate.y])
    far_m = np.hypot(*ways.T)
    order = np.lexsort((near, far_m))
    first = order[0]
    if far_m[first] <= 0:
        return None
    cosine = (ways @ ways[first]) / np.maximum(far_m * far_m[first], 1e-9)
    others = [k for k in order.tolist() if cosine[k] < OPPOSITE]
    if not others:
        return None
    line = shapely.LineString([feet[first], (gate.x, gate.y), feet[others[0]]])
    blocked = len(houses) and len(shapely.STRtree(houses).query(line, predicate="crosses"))
    return None if blocked else line
