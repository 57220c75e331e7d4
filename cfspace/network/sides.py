"""Both sides of main roads: a network in which crossing one is a step of its own.

The walk network runs along the middle of a road, where left and right are one. Here every segment of a
main road (`cfspace.network.mainroads`) becomes two, its left and its right side as seen along the
segment, and every node that n arms of main road leave becomes n nodes, one for each corner between two
arms. Every other segment joins the corner that it leaves the node through. Next corners are joined by a
*passage* of no length that crosses the arm between them, ``guarded`` or ``unguarded``; at a node with two
arms one passage crosses either. Other ways are cut where they meet a main road, main roads where they
may be crossed safely and where another joins them. Round the end of a main road the way is free where
another street goes on, and a passage where none does, because there most often the data end. A way drawn
across a main road on the same level without a common node is an unguarded passage as a whole, though not
for those who live on it.

Contract the passages and the old network is back: with passages open, distances are the same. A profile
that closes the unguarded ones walks as a child alone should; one that counts them learns how often a
path crosses. On a dual road crossing each carriageway counts one half passage, on any other road two.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cfspace.network.build import ranges
from cfspace.network.corners import (
    Corners,
    Passages,
    Pieces,
    cut_pieces,
    drawn_across,
    find_corners,
    find_passages,
)
from cfspace.network.hilbert import hilbert_order
from cfspace.network.mainroads import NO_GROUND, MainRoads, Stretches, main_roads, vertex_ids
from cfspace.network.medians import guarded
from cfspace.network.model import WalkNetwork
from cfspace.network.sided import LEFT, RIGHT, SidedNetwork

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cfspace.network.profiles.model import MainRoadRule

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Truths = NDArray[np.bool_]

PASSAGES = ("guarded", "unguarded")


def both_sides(network: WalkNetwork, rule: MainRoadRule) -> SidedNetwork:
    """Return a network in which crossing a main road is a step of its own.

    Parameters
    ----------
    network
        Walk network. Where it was not made from OSM data it knows of no signals, and of no main road that
        cannot be walked along.
    rule
        Which roads are main roads and where they are crossed safely: `Profile.main_roads`.

    Examples
    --------
    >>> from cfspace.network.profiles import load_profile
    >>> from cfspace.network.toy import toy_network
    >>> rule = load_profile("independent_child").main_roads
    >>> main, lane = [(0, 0), (50, 0), (100, 0)], [(50, -80), (50, 0), (50, 80)]
    >>> town = toy_network([({"highway": "primary"}, main), ({}, lane)])
    >>> sided = both_sides(town, rule)
    >>> town.n_segments, sided.network.n_segments  # 2 lanes, 4 sides, 3 passages
    (4, 9)
    >>> sided.network.attributes["passage"].dropna().tolist()
    ['unguarded', 'unguarded', 'unguarded']
    """
    main = main_roads(network, rule)
    is_guarded = guarded(main, network, rule)
    is_main = network.attributes["highway"].isin([*rule.classes, *rule.links]).to_numpy(bool)
    pieces = cut_pieces(network, main, is_guarded, is_main)
    halves, crosses = drawn_across(network, main.stretches, pieces, rule)
    corners = find_corners(network, main, pieces)
    passages = find_passages(main, is_guarded, corners)
    rows = _Rows.of(pieces, corners, passages)
    sided = _network(network, pieces, corners, rows)
    return SidedNetwork(
        network=replace(sided, attributes=_attributes(network, pieces, rows, passages, crosses)),
        original=network,
        segment=np.where(rows.piece >= 0, pieces.segment[rows.piece], -1).astype(np.int32),
        start_m=np.where(rows.piece >= 0, pieces.start_m[rows.piece], 0.0),
        side=rows.side,
        halves=_halves(network, main, pieces, rows, passages, halves),
        unwalked=_unwalked(main.stretches),
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class _Rows:
    """Segments to be: the pieces, main roads twice, then the passages (piece -1)."""

    piece: Ints
    side: NDArray[np.int8]
    start: Ints
    end: Ints

    @classmethod
    def of(cls, pieces: Pieces, corners: Corners, passages: Passages) -> _Rows:
        piece = np.repeat(np.arange(len(pieces.segment)), np.where(pieces.is_main, 2, 1))
        second = np.append(False, piece[1:] == piece[:-1])
        side = np.where(pieces.is_main[piece], np.where(second, RIGHT, LEFT), 0)
        corner = np.where(second[:, None], corners.right[piece], corners.left[piece])
        none = np.full(len(passages.start), -1)
        return cls(
            piece=np.concatenate([piece, none]),
            side=np.concatenate([side, np.zeros(len(none))]).astype(np.int8),
            start=np.concatenate([corner[:, 0], passages.start]),
            end=np.concatenate([corner[:, 1], passages.end]),
        )


def _network(network: WalkNetwork, pieces: Pieces, corners: Corners, rows: _Rows) -> WalkNetwork:
    """Return the network to be, still with the attributes of the old one."""
    order = hilbert_order(corners.x_m, corners.y_m)
    place = np.empty(len(order), np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    piece = rows.piece[rows.piece >= 0]
    ptr, inside = ranges(pieces.first[piece], pieces.last[piece])
    at = np.repeat(rows.start[rows.piece < 0], 2)
    x_m = np.concatenate([network.vertex_x_m[inside], corners.x_m[at]])
    y_m = np.concatenate([network.vertex_y_m[inside], corners.y_m[at]])
    return replace(
        network,
        node_x_m=corners.x_m[order],
        node_y_m=corners.y_m[order],
        node_id=corners.node_id[order],
        segment_from=place[rows.start],
        segment_to=place[rows.end],
        vertex_ptr=np.concatenate([ptr, ptr[-1] + 2 + 2 * np.arange(len(at) // 2)]),
        vertex_x_m=x_m,
        vertex_y_m=y_m,
        length_m=np.concatenate([pieces.length_m[piece], np.zeros(len(at) // 2)]),
        vertex_node_id=np.concatenate([vertex_ids(network)[inside], corners.node_id[at]]),
    )


def _attributes(
    network: WalkNetwork, pieces: Pieces, rows: _Rows, passages: Passages, crosses: Truths
) -> pd.DataFrame:
    piece = rows.piece[rows.piece >= 0]
    side = rows.side[rows.piece >= 0]
    table = network.attributes.take(pieces.segment[piece])
    left, right = table["sidewalk_left"].astype(object), table["sidewalk_right"].astype(object)
    table = table.assign(
        sidewalk_left=pd.Categorical(left.where(side != RIGHT, right)),
        sidewalk_right=pd.Categorical(right.where(side != LEFT, left)),
        passage=pd.Categorical.from_codes(np.where(crosses[piece], 1, -1), categories=pd.Index(PASSAGES)),
    )
    blank = table.iloc[:1].take(np.zeros(len(passages.start), np.int64))
    for column in blank:
        kind = blank[column].dtype
        missing = {"b": False, "i": 0, "u": 0}.get(kind.kind)
        blank[column] = pd.Series(missing, index=blank.index, dtype=kind)
    blank["passage"] = pd.Categorical.from_codes(
        np.where(passages.is_guarded, 0, 1), categories=pd.Index(PASSAGES)
    )
    return pd.concat([table, blank], ignore_index=True)


def _halves(
    network: WalkNetwork,
    main: MainRoads,
    pieces: Pieces,
    rows: _Rows,
    passages: Passages,
    drawn_across: NDArray[np.int8],
) -> NDArray[np.int8]:
    across = np.where(pieces.is_main, _carriageway_halves(network, main, pieces), drawn_across)
    return np.concatenate([across[rows.piece[rows.piece >= 0]], passages.halves]).astype(np.int8)


def _carriageway_halves(network: WalkNetwork, main: MainRoads, pieces: Pieces) -> NDArray[np.int8]:
    """Return what crossing each piece of main road counts, by most of its length."""
    halves = np.zeros(len(pieces.segment), np.int8)
    own = np.flatnonzero(pieces.is_main)
    if not len(own):
        return halves
    ptr, step = ranges(pieces.first[own], pieces.last[own] - 1)
    at = main.find(vertex_ids(network))
    known = _pair_key(main.find(main.stretches.start), main.find(main.stretches.end), len(main.node_id))
    order = np.argsort(known, kind="stable")
    asked = _pair_key(at[step], at[step + 1], len(main.node_id))
    found = order[np.minimum(np.searchsorted(known[order], asked), len(order) - 1)]
    step_m = np.hypot(*(np.diff(xy)[step] for xy in (network.vertex_x_m, network.vertex_y_m)))
    weight = np.add.reduceat(main.stretches.halves[found] * step_m, ptr[:-1])
    total = np.add.reduceat(step_m, ptr[:-1])
    halves[own] = np.rint(np.divide(weight, total, out=np.zeros(len(own)), where=total > 0))
    return halves


def _pair_key(one: Ints, other: Ints, n_nodes: int) -> Ints:
    key: Ints = np.minimum(one, other) * np.int64(n_nodes + 1) + np.maximum(one, other)
    return key


def _unwalked(stretches: Stretches) -> Stretches:
    chosen = ~stretches.walkable & (stretches.level != NO_GROUND)
    return Stretches(**{name: getattr(stretches, name)[chosen] for name in stretches.__dataclass_fields__})
