"""Building the walk network: ways are cut at junctions, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd
import pyproj

from cfspace.errors import LayerError
from cfspace.io.frame import to_metric
from cfspace.io.uncollected import uncollected
from cfspace.network.attributes import way_attributes
from cfspace.network.hilbert import hilbert_order
from cfspace.network.model import WalkNetwork
from cfspace.network.roads import Roads, TaggedNodes, is_road, no_roads, node_table, road_attributes
from cfspace.network.rules import WalkRules

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Ways(Protocol):
    """Ways as flat arrays, out of OSM or a line layer (see `cfspace.io.osm.OsmWays`)."""

    @property
    def way_id(self) -> NDArray[np.int64]:
        """OSM id of each way."""

    @property
    def tags(self) -> list[dict[str, str]]:
        """Tags of each way."""

    @property
    def ptr(self) -> NDArray[np.int64]:
        """Where the vertices of each way begin."""

    @property
    def node_id(self) -> NDArray[np.int64]:
        """Node id of each vertex."""

    @property
    def lon_deg(self) -> NDArray[np.float64]:
        """Longitude of each vertex."""

    @property
    def lat_deg(self) -> NDArray[np.float64]:
        """Latitude of each vertex."""


@uncollected()
def build_network(
    ways: Ways,
    rules: WalkRules,
    crs: pyproj.CRS,
    *,
    barriers: NDArray[np.object_] | None = None,
    nodes: TaggedNodes | None = None,
) -> WalkNetwork:
    """Cut the walkable ways at their junctions and return the network.

    A junction is a vertex that two ways share, one way passes twice, or a way ends at.

    Parameters
    ----------
    ways
        Ways with tags, WGS-84.
    rules
        Which of them can be walked.
    crs
        Metric frame of the study.
    barriers
        Lines that no connector may cross, in `crs`.
    nodes
        Tagged nodes, of which those on `ways` are kept: signals, crossings, kerbs.

    Raises
    ------
    LayerError
        If the rules keep no way.
    """
    first_piece = _first_pieces(ways.way_id, joined=rules.joins_gaps)
    way_id, tags = ways.way_id[first_piece], [ways.tags[i] for i in first_piece]
    kept = rules.kept(tags)
    chosen, vertex = _kept_vertices(ways.node_id, np.append(ways.ptr[first_piece], ways.ptr[-1]), kept)
    if not len(vertex):
        raise LayerError(
            f"walk rules {rules.title!r}: none of {len(kept)} ways can be walked; check the highway classes"
        )
    x_m, y_m = to_metric(crs, ways.lon_deg[vertex], ways.lat_deg[vertex])
    first, last = _cut(ways.node_id[vertex], chosen)
    node_id, ends = np.unique(
        np.stack([ways.node_id[vertex][first], ways.node_id[vertex][last]]), return_inverse=True
    )
    node_x_m, node_y_m = np.empty(len(node_id)), np.empty(len(node_id))
    for end, where in zip(ends.reshape(2, -1), (first, last), strict=True):
        node_x_m[end], node_y_m[end] = x_m[where], y_m[where]
    order = hilbert_order(node_x_m, node_y_m)
    place = np.empty(len(order), np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    ptr, inside = ranges(first, last)
    table = way_attributes(way_id[kept].tolist(), [one for one, keep in zip(tags, kept, strict=True) if keep])
    row = (np.cumsum(kept) - 1)[chosen[first]]
    return WalkNetwork(
        crs=crs,
        node_x_m=node_x_m[order],
        node_y_m=node_y_m[order],
        node_id=node_id[order],
        segment_from=place[ends.reshape(2, -1)[0]],
        segment_to=place[ends.reshape(2, -1)[1]],
        vertex_ptr=ptr,
        vertex_x_m=x_m[inside],
        vertex_y_m=y_m[inside],
        length_m=lengths_m(x_m[inside], y_m[inside], ptr),
        attributes=pd.DataFrame(table).take(row).reset_index(drop=True),
        barriers=np.empty(0, object) if barriers is None else barriers,
        vertex_node_id=ways.node_id[vertex][inside],
        roads=_roads(ways, first_piece, kept, crs, nodes),
    )


def _roads(
    ways: Ways,
    first_piece: NDArray[np.int64],
    kept: NDArray[np.bool_],
    crs: pyproj.CRS,
    nodes: TaggedNodes | None,
) -> Roads:
    """Return main carriageways, whether kept or not, and the tagged nodes of all ways."""
    tags = [ways.tags[i] for i in first_piece]
    main = is_road(tags)
    bounds = np.append(ways.ptr[first_piece], ways.ptr[-1])
    chosen, vertex = _kept_vertices(ways.node_id, bounds, main)
    x_m, y_m = to_metric(crs, ways.lon_deg[vertex], ways.lat_deg[vertex])
    way, sizes = np.unique(chosen, return_counts=True)
    return Roads(
        ways=road_attributes(
            ways.way_id[first_piece][way].tolist(), [tags[i] for i in way.tolist()], kept[way]
        ),
        ptr=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        node_id=ways.node_id[vertex],
        x_m=x_m,
        y_m=y_m,
        nodes=no_roads().nodes if nodes is None else _on_streets(nodes, ways.node_id, crs),
    )


def _on_streets(nodes: TaggedNodes, street_node_id: NDArray[np.int64], crs: pyproj.CRS) -> pd.DataFrame:
    chosen = np.flatnonzero(np.isin(nodes.osm_id, street_node_id))
    x_m, y_m = to_metric(crs, nodes.lon_deg[chosen], nodes.lat_deg[chosen])
    return node_table(nodes.osm_id[chosen], [nodes.tags[i] for i in chosen.tolist()], x_m, y_m)


def _first_pieces(way_id: NDArray[np.int64], *, joined: bool) -> NDArray[np.int64]:
    """Return where each way begins: every piece by itself, or pieces of a way taken together."""
    if not joined:
        return np.arange(len(way_id))
    return np.flatnonzero(np.append(True, way_id[1:] != way_id[:-1]))


def _kept_vertices(
    node_id: NDArray[np.int64], ptr: NDArray[np.int64], kept: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the way and the position of every vertex to use: of kept ways, none twice in a row."""
    of_way = np.repeat(np.arange(len(kept)), np.diff(ptr))
    vertex = np.flatnonzero(kept[of_way])
    of_way = of_way[vertex]
    again = np.zeros(len(vertex), bool)
    again[1:] = (of_way[1:] == of_way[:-1]) & (node_id[vertex][1:] == node_id[vertex][:-1])
    of_way, vertex = of_way[~again], vertex[~again]
    lone = np.bincount(of_way, minlength=len(kept))[of_way] < 2
    return of_way[~lone], vertex[~lone]


def _cut(
    node_id: NDArray[np.int64], of_way: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return first and last vertex of each segment."""
    _, code, uses = np.unique(node_id, return_inverse=True, return_counts=True)
    starts = np.ones(len(of_way), bool)
    starts[1:] = of_way[1:] != of_way[:-1]
    ends = np.roll(starts, -1)
    at = np.flatnonzero((uses[code] > 1) | starts | ends)
    same = of_way[at[:-1]] == of_way[at[1:]]
    return at[:-1][same], at[1:][same]


def ranges(first: NDArray[np.int64], last: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where each range ``first:last + 1`` begins when all are strung together, and the positions."""
    sizes = last - first + 1
    ptr = np.zeros(len(first) + 1, np.int64)
    np.cumsum(sizes, out=ptr[1:])
    return ptr, np.arange(ptr[-1]) - np.repeat(ptr[:-1] - first, sizes)


def lengths_m(
    x_m: NDArray[np.float64], y_m: NDArray[np.float64], ptr: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the planar length of each polyline."""
    steps = np.hypot(np.diff(x_m), np.diff(y_m))
    steps[ptr[1:-1] - 1] = 0.0  # from the last vertex of one segment to the first of the next
    return np.add.reduceat(np.append(steps, 0.0), ptr[:-1])
