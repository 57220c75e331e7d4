"""Small networks whose answers can be worked out by hand, for examples and tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyproj
from numpy.typing import NDArray

from cfspace.io.frame import metric_crs, to_lon_lat
from cfspace.network.build import build_network
from cfspace.network.model import WalkNetwork
from cfspace.network.roads import TaggedNodes
from cfspace.network.rules import load_walk_rules

TOY_LON_DEG, TOY_LAT_DEG = 125.3, 43.9


@dataclass(frozen=True, slots=True, kw_only=True)
class ToyWays:
    """Ways as `cfspace.network.build.build_network` takes them."""

    way_id: NDArray[np.int64]
    tags: list[dict[str, str]]
    ptr: NDArray[np.int64]
    node_id: NDArray[np.int64]
    lon_deg: NDArray[np.float64]
    lat_deg: NDArray[np.float64]


def toy_network(
    ways: list[tuple[dict[str, str], list[tuple[float, float]]]],
    *,
    barriers: NDArray[np.object_] | None = None,
    nodes: Mapping[tuple[float, float], dict[str, str]] | None = None,
) -> WalkNetwork:
    """Return the network of some ways, each its tags and its vertices in metres.

    `nodes` gives tags to vertices by their place.

    Vertices at the same place are the same node; the metric frame is centred at 125.3 E, 43.9 N.

    Examples
    --------
    >>> cross = [({}, [(0, 0), (200, 0)]), ({}, [(100, -100), (100, 0), (100, 100)])]
    >>> toy_network([*cross, ({}, [(100, 0), (0, 0)])]).n_segments
    4
    """
    crs = metric_crs(TOY_LON_DEG, TOY_LAT_DEG)
    points = np.array([xy for _, line in ways for xy in line], float)
    _, node = np.unique(points, axis=0, return_inverse=True)
    lon_deg, lat_deg = to_lon_lat(crs, points[:, 0], points[:, 1])
    toy = ToyWays(
        way_id=np.arange(1, len(ways) + 1),
        tags=[{"highway": "residential", **tags} for tags, _ in ways],
        ptr=np.cumsum([0, *(len(line) for _, line in ways)]),
        node_id=node.astype(np.int64).reshape(-1),
        lon_deg=lon_deg,
        lat_deg=lat_deg,
    )
    node_of = {(float(x), float(y)): i for (x, y), i in zip(points.tolist(), node.reshape(-1), strict=True)}
    chosen = np.array([node_of[place] for place in nodes or {}], np.int64)
    lon_deg, lat_deg = to_lon_lat(crs, *np.array(list(nodes or {}), float).reshape(-1, 2).T)
    tagged = TaggedNodes(osm_id=chosen, tags=list((nodes or {}).values()), lon_deg=lon_deg, lat_deg=lat_deg)
    return build_network(toy, load_walk_rules("cfspace"), toy_crs(), barriers=barriers, nodes=tagged)


def toy_crs() -> pyproj.CRS:
    """Return the metric frame of toy networks."""
    return metric_crs(TOY_LON_DEG, TOY_LAT_DEG)


def line_network(*, n_segments: int, segment_m: float) -> WalkNetwork:
    """Return one straight street along the x axis, with a junction every `segment_m` metres."""
    step = [(i * segment_m, 0.0) for i in range(n_segments + 1)]
    return toy_network([({}, step[i : i + 2]) for i in range(n_segments)])


def grid_network(*, n_columns: int, n_rows: int, block_m: float) -> WalkNetwork:
    """Return a grid of streets with square blocks, its corner at (0, 0)."""
    ways: list[tuple[dict[str, str], list[tuple[float, float]]]] = []
    ways += [({}, [(i * block_m, j * block_m) for i in range(n_columns)]) for j in range(n_rows)]
    ways += [({}, [(i * block_m, j * block_m) for j in range(n_rows)]) for i in range(n_columns)]
    return toy_network(ways)
