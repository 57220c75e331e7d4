"""The walk network: junctions as nodes, pieces of way as segments, all in flat arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyproj
import shapely

from cfspace.config.cards import card
from cfspace.errors import CrsError
from cfspace.network.components import connected
from cfspace.network.roads import Roads, no_roads

if TYPE_CHECKING:
    import networkx as nx
    from numpy.typing import NDArray

    from cfspace.network.costs import Costs
    from cfspace.network.rules import WalkRules

TICKS_PER_M = 10_000
"""Searches count in tenths of a millimetre: whole numbers, so that no order of adding matters."""

ISLAND_LENGTH_M = 2_000.0


@dataclass(frozen=True, eq=False, kw_only=True)
class WalkNetwork:
    """A walk network in the metric frame of its study.

    Attributes
    ----------
    crs
        Projected CRS in metres of all coordinates.
    node_x_m, node_y_m
        Junctions, shape (n_nodes,), in Hilbert order, so that neighbours are near in memory.
    node_id
        OSM node id of each junction; for a line layer, numbers of our own.
    segment_from, segment_to
        Junction at either end of each segment, shape (n_segments,), int32.
    vertex_ptr, vertex_x_m, vertex_y_m
        The polyline of segment ``i`` is ``vertex_ptr[i]:vertex_ptr[i + 1]``, ends included.
    length_m
        Planar length of each polyline.
    attributes
        One row a segment: class, sidewalks, width ... (`cfspace.network.attributes`).
    barriers
        Lines that no connector may cross, shapely LineStrings in `crs`.
    vertex_node_id
        OSM node id of each vertex; empty where it is not known.
    roads
        Main carriageways, walkable or not, and tagged nodes on streets.
    """

    crs: pyproj.CRS
    node_x_m: NDArray[np.float64]
    node_y_m: NDArray[np.float64]
    node_id: NDArray[np.int64]
    segment_from: NDArray[np.int32]
    segment_to: NDArray[np.int32]
    vertex_ptr: NDArray[np.int64]
    vertex_x_m: NDArray[np.float64]
    vertex_y_m: NDArray[np.float64]
    length_m: NDArray[np.float64]
    attributes: pd.DataFrame
    barriers: NDArray[np.object_] = field(default_factory=lambda: np.empty(0, object))
    vertex_node_id: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    roads: Roads = field(default_factory=no_roads)

    def __post_init__(self) -> None:
        if not self.crs.is_projected:
            raise CrsError(
                "walk network: CRS must be projected in metres; call cfspace.io.frame.metric_crs first"
            )

    @property
    def n_nodes(self) -> int:
        """Number of junctions."""
        return len(self.node_x_m)

    @property
    def n_segments(self) -> int:
        """Number of segments."""
        return len(self.segment_from)

    @cached_property
    def length_ticks(self) -> NDArray[np.int32]:
        """Length of each segment in tenths of a millimetre."""
        return np.rint(self.length_m * TICKS_PER_M).astype(np.int32)

    @cached_property
    def length_costs(self) -> Costs:
        """Plain metres as costs."""
        from cfspace.network.costs import length_costs

        return length_costs(self)

    @cached_property
    def component(self) -> NDArray[np.int32]:
        """Component of each segment, numbered from the longest (0)."""
        of_node = connected(self.n_nodes, self.segment_from, self.segment_to)[self.segment_from]
        rank = np.argsort(np.argsort(-np.bincount(of_node, self.length_m), kind="stable"), kind="stable")
        by_segment: NDArray[np.int32] = rank[of_node].astype(np.int32)
        return by_segment

    @cached_property
    def component_length_m(self) -> NDArray[np.float64]:
        """Total length of each component, longest first."""
        return np.bincount(self.component, self.length_m).astype(np.float64)

    @cached_property
    def is_island(self) -> NDArray[np.bool_]:
        """Whether each segment is part of a component of less than 2 km of ways."""
        return (self.component_length_m < ISLAND_LENGTH_M)[self.component]

    @cached_property
    def takes_feet(self) -> NDArray[np.bool_]:
        """Whether homes and entrances may join each segment: no bridge, tunnel or elevated way."""
        table = self.attributes
        return ~(table["bridge"] | table["tunnel"] | (table["layer"] > 0)).to_numpy(bool)

    @cached_property
    def boxes_m(self) -> NDArray[np.float64]:
        """West, south, east and north of each segment, shape (n_segments, 4)."""
        ends = self.vertex_ptr[:-1]
        columns = [
            np.minimum.reduceat(self.vertex_x_m, ends),
            np.minimum.reduceat(self.vertex_y_m, ends),
            np.maximum.reduceat(self.vertex_x_m, ends),
            np.maximum.reduceat(self.vertex_y_m, ends),
        ]
        return np.column_stack(columns)

    @cached_property
    def lines(self) -> NDArray[np.object_]:
        """The polyline of each segment as a shapely LineString in `crs`."""
        coordinates = np.column_stack([self.vertex_x_m, self.vertex_y_m])
        lines: NDArray[np.object_] = shapely.from_ragged_array(
            shapely.GeometryType.LINESTRING, coordinates, (self.vertex_ptr,)
        )
        return lines

    def _repr_html_(self) -> str:
        facts: dict[str, object] = {
            "segments": self.n_segments,
            "junctions": self.n_nodes,
            "km": round(float(self.length_m.sum()) / 1000.0),
            "islands (segments)": int(self.is_island.sum()),
            "crs": getattr(self.crs, "name", self.crs),
        }
        return card("WalkNetwork", facts)

    def to_networkx(self) -> nx.MultiDiGraph:
        """Return the network as a graph that OSMnx takes; see :func:`cfspace.to_networkx`."""
        from cfspace.network.exchange import to_networkx

        return to_networkx(self)

    @classmethod
    def from_networkx(
        cls, graph: nx.Graph, crs: pyproj.CRS | str | None = None, *, rules: WalkRules | None = None
    ) -> WalkNetwork:
        """Return the walk network of a graph; see :func:`cfspace.from_networkx`."""
        from cfspace.network.exchange import from_networkx

        return from_networkx(graph, crs, rules=rules)
