"""Reading a networkx graph: each street once, with its shape and its tags."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import networkx as nx
import numpy as np
import pandas as pd
import shapely

from cfspace.errors import LayerError
from cfspace.network.attributes import length_m, speed_kmh
from cfspace.network.rules import WalkRules

if TYPE_CHECKING:
    from numpy.typing import NDArray

# What OSMnx writes on an edge that is no tag of the street.
NOT_TAGS: Final = frozenset(
    {"osmid", "length", "geometry", "oneway", "reversed", "traffic_oneway", "from", "to"}
)
YES: Final = frozenset({"True", "true", "yes", "1", "-1"})
HARDEST_CLASS: Final = "steps"


@dataclass(frozen=True, kw_only=True)
class GraphStreets:
    """The streets of a graph, in its CRS.

    Attributes
    ----------
    node_id
        Number of each node that a street ends at.
    x, y
        Where it lies.
    start, stop
        Row of the node at either end of each street.
    ptr, vertices
        The polyline of street ``i`` is ``vertices[ptr[i]:ptr[i + 1]]``, as its way was drawn.
    way_id, tags
        OSM id and tags of each.
    """

    node_id: NDArray[np.int64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    start: NDArray[np.int64]
    stop: NDArray[np.int64]
    ptr: NDArray[np.int64]
    vertices: NDArray[np.float64]
    way_id: list[int]
    tags: list[dict[str, str]]


@dataclass
class _Edges:
    """All edges of a graph, both directions."""

    start: NDArray[np.int64]
    stop: NDArray[np.int64]
    data: list[dict[str, Any]]
    lines: NDArray[np.object_]

    @property
    def drawn_against(self) -> NDArray[np.bool_]:
        """Whether OSMnx says that an edge runs against the way that it is part of."""
        return np.array([str(one.get("reversed")) in YES for one in self.data], bool)

    def turn(self, chosen: NDArray[np.bool_], *, lines: bool) -> None:
        """Swap the ends of some edges and, where asked to, their lines."""
        self.start[chosen], self.stop[chosen] = self.stop[chosen], self.start[chosen]
        if lines:
            self.lines[chosen] = shapely.reverse(self.lines[chosen])


def graph_streets(graph: nx.Graph, rules: WalkRules | None = None) -> GraphStreets:
    """Return every street of a graph once; with rules, only those that can be walked.

    Raises
    ------
    LayerError
        If there is no such street, a node has no place, or a geometry is no line.
    """
    listed = list(graph.edges(data=True))
    if rules is not None:
        walkable = rules.kept(_tags(edge[2]) for edge in listed)
        listed = [edge for edge, keep in zip(listed, walkable, strict=True) if keep]
    if not listed:
        raise LayerError("graph: it has no edge that can be walked; ask for a graph that holds streets")
    used = {end for edge in listed for end in edge[:2]}
    nodes = [node for node in graph.nodes if node in used]
    places = _places(graph, nodes)
    edges = _edges(listed, nodes, places)
    _along_their_lines(edges, places)
    kept = _one_each(edges, directed=graph.is_directed())
    edges.turn(edges.drawn_against, lines=True)  # left and right are those of the way
    vertices, of_line = shapely.get_coordinates(edges.lines[kept], return_index=True)
    data = [edges.data[i] for i in kept.tolist()]
    return GraphStreets(
        node_id=_numbers(nodes),
        x=places[:, 0].copy(),
        y=places[:, 1].copy(),
        start=edges.start[kept],
        stop=edges.stop[kept],
        ptr=np.concatenate([[0], np.cumsum(np.bincount(of_line, minlength=len(kept)))]).astype(np.int64),
        vertices=vertices,
        way_id=[_way_id(one, i + 1) for i, one in enumerate(data)],
        tags=[_tags(one) for one in data],
    )


def _places(graph: nx.Graph, nodes: Sequence[Hashable]) -> NDArray[np.float64]:
    try:
        return np.array([(graph.nodes[node]["x"], graph.nodes[node]["y"]) for node in nodes], float)
    except (KeyError, TypeError, ValueError) as error:
        raise LayerError(
            f"graph: a node has no place ({type(error).__name__}: {error}); give every node x and y, numbers"
        ) from error


def _numbers(nodes: Sequence[Hashable]) -> NDArray[np.int64]:
    """Return the nodes themselves where all are whole numbers, else their places in the order given."""
    if all(isinstance(node, int | np.integer) for node in nodes):
        return np.array(nodes, np.int64)
    return np.arange(len(nodes), dtype=np.int64)


def _edges(
    listed: Sequence[tuple[Hashable, Hashable, dict[str, Any]]],
    nodes: Sequence[Hashable],
    places: NDArray[np.float64],
) -> _Edges:
    row = {node: i for i, node in enumerate(nodes)}
    start = np.array([row[edge[0]] for edge in listed], np.int64)
    stop = np.array([row[edge[1]] for edge in listed], np.int64)
    data = [edge[2] for edge in listed]
    lines = np.array(shapely.linestrings(np.stack([places[start], places[stop]], axis=1)), object)
    for i, one in enumerate(data):
        shape = one.get("geometry")
        if shape is None:
            continue  # straight
        if not isinstance(shape, shapely.LineString) or shape.is_empty:
            ends = f"{listed[i][0]} to {listed[i][1]}"
            raise LayerError(f"graph: the geometry from {ends} is no line; give a LineString or none")
        lines[i] = shape
    return _Edges(start, stop, data, np.asarray(shapely.force_2d(lines), object))


def _along_their_lines(edges: _Edges, places: NDArray[np.float64]) -> None:
    """Turn round edges whose line runs from their second node to their first."""
    first = shapely.get_coordinates(shapely.get_point(edges.lines, 0))
    last = shapely.get_coordinates(shapely.get_point(edges.lines, -1))
    start, stop = places[edges.start], places[edges.stop]
    as_is = np.hypot(*(first - start).T) + np.hypot(*(last - stop).T)
    turned = np.hypot(*(first - stop).T) + np.hypot(*(last - start).T)
    edges.turn(turned < as_is, lines=False)


def _one_each(edges: _Edges, *, directed: bool) -> NDArray[np.int64]:
    """Return which edges to keep: of the two directions of a street, the one that it was drawn in."""
    if not directed:
        return np.arange(len(edges.data))
    forth, back = shapely.to_wkb(edges.lines), shapely.to_wkb(shapely.reverse(edges.lines))
    is_loop = edges.start == edges.stop
    loop_back = is_loop & np.array([one > other for one, other in zip(forth, back, strict=True)], bool)
    against = loop_back | (edges.start > edges.stop)
    table = pd.DataFrame(
        {
            "low": np.minimum(edges.start, edges.stop),
            "high": np.maximum(edges.start, edges.stop),
            "shape": np.where(against, back, forth),
            "osmid": [_osmid_key(one) for one in edges.data],
        }
    )
    street = list(table.columns)
    # Streets that are equal in all of this are told apart by counting them in each direction; the two
    # directions of a loop that goes there and back on one line cannot be told apart.
    number = table.assign(against=against).groupby([*street, "against"]).cumcount().to_numpy()
    table["number"] = np.where(is_loop & (forth == back), number // 2, number)
    order = np.argsort(edges.drawn_against, kind="stable")
    first = ~table.iloc[order].duplicated().to_numpy()
    return np.sort(order[first])


def _osmid_key(data: dict[str, Any]) -> str:
    return str(sorted(map(str, _listed(data.get("osmid")))))


def _way_id(data: dict[str, Any], number: int) -> int:
    """Return the OSM id of a street, of several the lowest; `number` where it has none."""
    ids = [int(one) for one in map(str, _listed(data.get("osmid"))) if one.lstrip("-").isdigit()]
    return min(ids, default=number)


def _tags(data: dict[str, Any]) -> dict[str, str]:
    texts = {str(key): _text(str(key), value) for key, value in data.items() if key not in NOT_TAGS}
    tags = {key: text for key, text in texts.items() if text}
    if any(str(flag) in YES for name in ("oneway", "traffic_oneway") for flag in _listed(data.get(name))):
        tags["oneway"] = "yes"
    return tags


def _text(key: str, value: object) -> str:
    """Return a tag; of several values the one that is hardest on a child."""
    found = sorted({text for one in _listed(value) if (text := _plain(one))})
    if len(found) < 2:
        return found[0] if found else ""
    if key == "highway" and HARDEST_CLASS in found:
        return HARDEST_CLASS
    if key == "width":
        return min(found, key=lambda text: length_m(text) or np.inf)
    if key == "maxspeed":
        return max(found, key=lambda text: speed_kmh({"maxspeed": text}) or 0.0)
    return found[0]


def _plain(value: object) -> str:
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, float | np.floating):
        return "" if np.isnan(value) else np.format_float_positional(value, trim="-")
    return "" if value is None else str(value).strip()


def _listed(value: object) -> list[Any]:
    return list(value) if isinstance(value, list | tuple | set) else [value]
