"""Exchange with networkx and OSMnx: the walk network as a MultiDiGraph in OSMnx's style, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import pyproj
import shapely

from cfspace.errors import CrsError, ParameterError
from cfspace.io.frame import metric_crs, to_lon_lat
from cfspace.network.attributes import segment_tags, way_attributes
from cfspace.network.build import lengths_m
from cfspace.network.graphs import GraphStreets, graph_streets
from cfspace.network.hilbert import hilbert_order
from cfspace.network.model import WalkNetwork
from cfspace.network.rules import WalkRules

if TYPE_CHECKING:
    from numpy.typing import NDArray

WGS84 = "EPSG:4326"


def to_networkx(network: WalkNetwork) -> nx.MultiDiGraph:
    """Return a walk network as a graph in the style of OSMnx, which its functions take.

    Parameters
    ----------
    network
        Walk network.

    Returns
    -------
    A simplified graph with ``crs`` EPSG:4326. Nodes are junctions by their OSM id, with ``x`` and
    ``y`` (longitude and latitude) and ``street_count``. Every segment is two edges, one each way, with
    ``osmid``, ``length`` (metres in the frame of the network), ``oneway`` (False: feet go both ways),
    ``reversed``, ``geometry`` (degrees) and its attributes as OSM tags, of which those not known are
    absent. One-way traffic is ``traffic_oneway``.

    Notes
    -----
    Lengths are planar in the metric frame; OSMnx measures great circles on a sphere of 6,371,009 m,
    which differ by up to 0.3 %. Call ``osmnx.distance.add_edge_lengths`` for those.

    Examples
    --------
    >>> from cfspace.network.toy import line_network
    >>> graph = to_networkx(line_network(n_segments=2, segment_m=100.0))
    >>> graph.number_of_nodes(), graph.number_of_edges()
    (3, 4)
    >>> sorted(count for _, count in graph.nodes(data="street_count"))
    [1, 1, 2]
    """
    graph = nx.MultiDiGraph(crs=WGS84, simplified=True)
    node_lon, node_lat = to_lon_lat(network.crs, network.node_x_m, network.node_y_m)
    ends = np.concatenate([network.segment_from, network.segment_to])
    streets = np.bincount(ends, minlength=network.n_nodes)
    columns = (network.node_id, node_lon, node_lat, streets)
    for node, lon_deg, lat_deg, count in zip(*(column.tolist() for column in columns), strict=True):
        graph.add_node(node, x=lon_deg, y=lat_deg, street_count=count)
    lines = _lines_deg(network)
    forth, back = lines.tolist(), shapely.reverse(lines).tolist()
    starts = network.node_id[network.segment_from].tolist()
    stops = network.node_id[network.segment_to].tolist()
    lengths, way_ids = network.length_m.tolist(), network.attributes["way_id"].tolist()
    for i, tags in enumerate(segment_tags(network.attributes)):
        traffic = {"traffic_oneway": True} if tags.pop("oneway", None) else {}
        street = {"osmid": way_ids[i], "length": lengths[i], "oneway": False, **tags, **traffic}
        graph.add_edge(starts[i], stops[i], **street, reversed=False, geometry=forth[i])
        graph.add_edge(stops[i], starts[i], **street, reversed=True, geometry=back[i])
    return graph


def from_networkx(
    graph: nx.Graph, crs: pyproj.CRS | str | None = None, *, rules: WalkRules | None = None
) -> WalkNetwork:
    """Return the walk network of a graph, such as OSMnx makes.

    Every edge is a street that can be walked both ways: the two directions of one become one
    segment, parallel streets and loops stay, and an edge without ``geometry`` is straight.

    Parameters
    ----------
    graph
        Any networkx graph whose nodes have ``x`` and ``y`` in the CRS that ``graph.graph["crs"]``
        names. Attributes of edges are read as OSM tags. Of a merged street that has several values
        steps count before other classes, the least width, the highest speed, and otherwise the first
        in alphabetical order.
    crs
        Projected CRS in metres of the network; by default one centred on the graph.
    rules
        Which edges can be walked (`cfspace.network.rules.load_walk_rules`); by default all, as in a
        graph that OSMnx made for ``network_type="walk"``.

    Returns
    -------
    The network; lengths are measured anew in its frame. Nodes keep their numbers if all are whole.

    Raises
    ------
    CrsError
        If the graph names no CRS, or `crs` is unknown or not projected.
    LayerError
        If it has no edge to walk, a node has no place, or a geometry is no line.
    ParameterError
        If it is no networkx graph.

    Notes
    -----
    OSMnx merges ways into one edge where it simplifies: a street that is a bridge in part is then a
    bridge as a whole, and takes no feet. ``osmnx.simplify_graph(graph, edge_attrs_differ=["bridge",
    "tunnel", "layer", "highway"])`` keeps them apart. Tags that OSMnx is not told to keep
    (``osmnx.settings.useful_tags_way``) are not known: ``foot``, ``sidewalk``, ``lit``, ``layer`` ...

    Examples
    --------
    >>> from cfspace.network.toy import line_network
    >>> street = line_network(n_segments=2, segment_m=100.0)
    >>> from_networkx(to_networkx(street), street.crs).length_m.round(3)
    array([100., 100.])
    """
    if not isinstance(graph, nx.Graph):
        raise ParameterError(f"graph: {type(graph).__name__} is no networkx graph; give one")
    streets = graph_streets(graph, rules)
    own = _graph_crs(graph)
    frame = _network_crs(crs, own, streets)
    transform = pyproj.Transformer.from_crs(own, frame, always_xy=True).transform
    return _network(streets, frame, transform(streets.x, streets.y), transform(*streets.vertices.T))


def _graph_crs(graph: nx.Graph) -> pyproj.CRS:
    named = graph.graph.get("crs")
    if named is None:
        raise CrsError('graph: it names no CRS; set graph.graph["crs"], such as "EPSG:4326"')
    return _crs(named, "graph")


def _network_crs(crs: pyproj.CRS | str | None, own: pyproj.CRS, streets: GraphStreets) -> pyproj.CRS:
    if crs is not None:
        return _crs(crs, "crs")
    to_degrees = pyproj.Transformer.from_crs(own, WGS84, always_xy=True).transform
    return metric_crs(*to_degrees(float(streets.x.mean()), float(streets.y.mean())))


def _crs(named: object, where: str) -> pyproj.CRS:
    try:
        return pyproj.CRS.from_user_input(named)
    except pyproj.exceptions.CRSError as error:
        raise CrsError(f"{where}: CRS {named!r} is unknown; give a code such as EPSG:4551") from error


def _network(
    streets: GraphStreets,
    crs: pyproj.CRS,
    nodes_m: tuple[NDArray[np.float64], NDArray[np.float64]],
    vertices_m: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> WalkNetwork:
    (node_x_m, node_y_m), (x_m, y_m) = nodes_m, vertices_m
    order = hilbert_order(node_x_m, node_y_m)
    place = np.empty(len(order), np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    return WalkNetwork(
        crs=crs,
        node_x_m=node_x_m[order],
        node_y_m=node_y_m[order],
        node_id=streets.node_id[order],
        segment_from=place[streets.start],
        segment_to=place[streets.stop],
        vertex_ptr=streets.ptr,
        vertex_x_m=x_m,
        vertex_y_m=y_m,
        length_m=lengths_m(x_m, y_m, streets.ptr),
        attributes=way_attributes(streets.way_id, streets.tags),
    )


def _lines_deg(network: WalkNetwork) -> NDArray[np.object_]:
    lon_lat = np.column_stack(to_lon_lat(network.crs, network.vertex_x_m, network.vertex_y_m))
    index = np.repeat(np.arange(network.n_segments), np.diff(network.vertex_ptr))
    lines: NDArray[np.object_] = shapely.linestrings(lon_lat, indices=index)
    return lines
