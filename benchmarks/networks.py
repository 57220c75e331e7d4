"""The networks that are measured: generated ones of any size, and real cities."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cfspace.config.study import NetworkSection
from cfspace.io.frame import metric_crs
from cfspace.io.osm import read_osm
from cfspace.io.streets import read_streets
from cfspace.network.build import build_network
from cfspace.network.hilbert import hilbert_order
from cfspace.network.model import WalkNetwork
from cfspace.network.rules import load_walk_rules
from cfspace.network.snap import SnapOutcome, SnappedPoints

if TYPE_CHECKING:
    from numpy.typing import NDArray

STEP_M = 80.0
JITTER_M = 18.0
KEPT_SHARE = 0.775
SHORTEST_M, LONGEST_M = 40.0, 120.0
LARGEST_DETOUR = 1.12

REAL = ("Las Palmas", "Porto Alegre", "Wuhan")


@dataclass(frozen=True, slots=True)
class Graph:
    """A network as its peers take it: junctions, and one edge for each pair of them.

    Of parallel edges the shortest is kept and loops are left out: neither changes a distance.
    Nodes are numbered as in the `WalkNetwork`, in Hilbert order, which serves every peer's cache.
    """

    x_m: NDArray[np.float64]
    y_m: NDArray[np.float64]
    first: NDArray[np.int32]
    last: NDArray[np.int32]
    length_m: NDArray[np.float64]

    @property
    def n_nodes(self) -> int:
        """Number of junctions."""
        return len(self.x_m)


def generated(n_nodes: int, *, seed: int = 0) -> WalkNetwork:
    """Return a perturbed grid of about `n_nodes` junctions, mean degree 3.1, segments of 40 to 120 m.

    Every segment has a bend, so that its polyline is as long as the segment. Lengths are whole
    decimetres, so that sums of them are exact in every peer.
    """
    rng = np.random.default_rng(seed)
    side = round(n_nodes**0.5)
    column, row = (grid.ravel() for grid in np.meshgrid(np.arange(side), np.arange(side)))
    x_m = column * STEP_M + rng.uniform(-JITTER_M, JITTER_M, side * side)
    y_m = row * STEP_M + rng.uniform(-JITTER_M, JITTER_M, side * side)
    order = hilbert_order(x_m, y_m)
    place = np.empty(len(order), np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    grid = place.reshape(side, side)
    first = np.concatenate([grid[:, :-1].ravel(), grid[:-1].ravel()])
    last = np.concatenate([grid[:, 1:].ravel(), grid[1:].ravel()])
    kept = rng.random(len(first)) < KEPT_SHARE
    return _with_bends(x_m[order], y_m[order], first[kept], last[kept], rng)


def _with_bends(
    x_m: NDArray[np.float64],
    y_m: NDArray[np.float64],
    first: NDArray[np.int32],
    last: NDArray[np.int32],
    rng: np.random.Generator,
) -> WalkNetwork:
    across_m, up_m = x_m[last] - x_m[first], y_m[last] - y_m[first]
    straight_m = np.hypot(across_m, up_m)
    wished_m = np.clip(straight_m * rng.uniform(1.0, LARGEST_DETOUR, len(first)), SHORTEST_M, LONGEST_M)
    length_m = np.ceil(np.maximum(wished_m, straight_m) * 10.0) / 10.0
    aside = np.sqrt(length_m**2 - straight_m**2) / (2.0 * straight_m)
    bend_x_m = (x_m[first] + x_m[last]) / 2.0 - aside * up_m
    bend_y_m = (y_m[first] + y_m[last]) / 2.0 + aside * across_m
    return WalkNetwork(
        crs=metric_crs(125.3, 43.9),
        node_x_m=x_m,
        node_y_m=y_m,
        node_id=np.arange(len(x_m)),
        segment_from=first,
        segment_to=last,
        vertex_ptr=np.arange(len(first) + 1) * 3,
        vertex_x_m=np.column_stack([x_m[first], bend_x_m, x_m[last]]).ravel(),
        vertex_y_m=np.column_stack([y_m[first], bend_y_m, y_m[last]]).ravel(),
        length_m=length_m,
        attributes=_plain_streets(len(first)),
    )


def _plain_streets(n_segments: int) -> pd.DataFrame:
    no = np.zeros(n_segments, bool)
    return pd.DataFrame({"bridge": no, "tunnel": no, "layer": np.zeros(n_segments, np.int8)})


def shared_folder() -> Path | None:
    """Return the folder of real data: beside the checkout, or where CFSPACE_SHARED says."""
    folder = Path(os.environ.get("CFSPACE_SHARED") or Path(__file__).resolve().parents[2] / "shared")
    return folder.resolve() if (folder / "studies").is_dir() else None


def real(city: str, shared: Path) -> WalkNetwork:
    """Return the walk network of one of `REAL`."""
    files = {
        "Las Palmas": "las_palmas/las_palmas_2023_osm_20230221.pbf",
        "Porto Alegre": "porto_alegre/poa_osm.pbf",
        "Wuhan": "wuhan_streets/wuhan_fua8989_osm_streets.parquet",
    }
    path = shared / "data" / files[city]
    if path.suffix == ".parquet":
        return line_layer_network(path)
    osm = read_osm(path)
    middle = shapely.centroid(osm.extent)
    crs = metric_crs(middle.x, middle.y)
    return build_network(osm.ways, load_walk_rules("cfspace"), crs)


def line_layer_network(path: Path) -> WalkNetwork:
    """Return the network of a GeoParquet file of street lines that meet at their vertices."""
    lines = gpd.read_parquet(path).to_crs("EPSG:4326")
    middle = shapely.box(*lines.total_bounds).centroid
    ways, _, _ = read_streets(NetworkSection(file=path, highway="highway"))
    return build_network(ways, load_walk_rules("cfspace"), metric_crs(middle.x, middle.y))


def graph_of(network: WalkNetwork) -> Graph:
    """Return the network as its peers take it."""
    low = np.minimum(network.segment_from, network.segment_to)
    high = np.maximum(network.segment_from, network.segment_to)
    order = np.lexsort((network.length_ticks, high, low))
    order = order[low[order] != high[order]]
    is_first = np.ones(len(order), bool)
    is_first[1:] = (np.diff(low[order]) != 0) | (np.diff(high[order]) != 0)
    chosen = order[is_first]
    return Graph(
        network.node_x_m, network.node_y_m, low[chosen], high[chosen], network.length_ticks[chosen] / 1e4
    )


def at_nodes(network: WalkNetwork, nodes: NDArray[np.int64]) -> SnappedPoints:
    """Return points that lie on junctions: their feet are ends of segments, without connector.

    Junctions at the end of no segment get no foot.
    """
    segment_at = np.full(network.n_nodes, -1, np.int32)
    segment_at[network.segment_to] = np.arange(network.n_segments, dtype=np.int32)
    segment_at[network.segment_from] = np.arange(network.n_segments, dtype=np.int32)
    segment = segment_at[nodes]
    has_foot = segment >= 0
    at_first = network.segment_from[segment] == nodes
    offset_m = np.where(at_first, 0.0, network.length_m[segment])
    return SnappedPoints(
        network=network,
        segment=segment,
        offset_m=np.where(has_foot, offset_m, np.nan),
        connector_m=np.where(has_foot, 0.0, np.nan),
        foot_x_m=np.where(has_foot, network.node_x_m[nodes], np.nan),
        foot_y_m=np.where(has_foot, network.node_y_m[nodes], np.nan),
        outcome=np.where(has_foot, SnapOutcome.MAINLAND, SnapOutcome.TOO_FAR).astype(np.int8),
    )


def facility_nodes(
    network: WalkNetwork, *, n_kinds: int, per_kind: int, seed: int = 1
) -> dict[str, NDArray[np.int64]]:
    """Return for each kind the junctions on which its facilities lie; none of them without a street."""
    rng = np.random.default_rng(seed)
    streets = np.unique(np.concatenate([network.segment_from, network.segment_to])).astype(np.int64)
    size = min(per_kind, len(streets) // 4)
    return {f"kind_{k:02}": np.sort(rng.choice(streets, size, replace=False)) for k in range(n_kinds)}
