"""What is known of roads besides walking along them: tagged nodes and main carriageways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cfspace.network.attributes import layer_of, texts

if TYPE_CHECKING:
    from numpy.typing import NDArray

Tags = Mapping[str, str]

NODE_KEYS = ("highway", "crossing", "crossing_ref", "crossing:signals", "kerb", "barrier")
"""Tags of nodes that are kept, each as a column of its own."""

ROAD_CLASSES = frozenset(
    f"{name}{link}"
    for name in ("motorway", "trunk", "primary", "secondary", "tertiary")
    for link in ("", "_link")
)
"""Classes of road that may be main roads; whether they are, a profile says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaggedNodes:
    """OSM nodes with their tags, WGS-84.

    Attributes
    ----------
    osm_id
        Shape (n_nodes,).
    tags
        The tags of each.
    lon_deg, lat_deg
        Where it lies.
    """

    osm_id: NDArray[np.int64]
    tags: Sequence[Tags]
    lon_deg: NDArray[np.float64]
    lat_deg: NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Roads:
    """Main carriageways, walkable or not, and tagged nodes on streets; in the metric frame.

    Attributes
    ----------
    ways
        One row a way: ``way_id``, ``highway``, ``name``, ``ref``, ``oneway`` (1 along it, -1 against it,
        0 both), ``bridge``, ``tunnel``, ``layer``, ``walkable``.
    ptr
        Vertices of way ``i`` are ``ptr[i]:ptr[i + 1]``.
    node_id, x_m, y_m
        OSM node id and position of each vertex.
    nodes
        One row a tagged node, by ``node_id``: ``x_m``, ``y_m`` and a column for each of `NODE_KEYS`.
    """

    ways: pd.DataFrame
    ptr: NDArray[np.int64]
    node_id: NDArray[np.int64]
    x_m: NDArray[np.float64]
    y_m: NDArray[np.float64]
    nodes: pd.DataFrame


def no_roads() -> Roads:
    """Return nothing known."""
    none = np.empty(0)
    return Roads(
        ways=road_attributes([], [], []),
        ptr=np.zeros(1, np.int64),
        node_id=np.empty(0, np.int64),
        x_m=none,
        y_m=none,
        nodes=node_table(np.empty(0, np.int64), [], none, none),
    )


def is_road(tags: Sequence[Tags]) -> NDArray[np.bool_]:
    """Tell which ways are of a class that may be a main road, and not an area."""
    return np.array([one.get("highway") in ROAD_CLASSES and one.get("area") != "yes" for one in tags], bool)


def road_attributes(
    way_ids: Sequence[int], tags: Sequence[Tags], walkable: Sequence[bool] | NDArray[np.bool_]
) -> pd.DataFrame:
    """Return the rows of `Roads.ways`."""
    text = {key: texts([one.get(key) for one in tags]) for key in ("highway", "name", "ref")}
    return pd.DataFrame(
        {
            "way_id": np.asarray(way_ids, np.int64),
            **text,
            "oneway": np.array([_oneway(one) for one in tags], np.int8),
            "bridge": np.array([one.get("bridge", "no") != "no" for one in tags], bool),
            "tunnel": np.array([one.get("tunnel", "no") != "no" for one in tags], bool),
            "layer": np.array([layer_of(one) for one in tags], np.int8),
            "walkable": np.asarray(walkable, bool),
        }
    )


def node_table(
    osm_id: NDArray[np.int64], tags: Sequence[Tags], x_m: NDArray[np.float64], y_m: NDArray[np.float64]
) -> pd.DataFrame:
    """Return the rows of `Roads.nodes`, sorted by node id."""
    columns = {key: texts([one.get(key) for one in tags]) for key in NODE_KEYS}
    frame = pd.DataFrame({"node_id": osm_id, "x_m": x_m, "y_m": y_m, **columns})
    return frame.sort_values("node_id", ignore_index=True)


def _oneway(tags: Tags) -> int:
    value = tags.get("oneway")
    if value in ("-1", "reverse"):
        return -1
    round_ = tags.get("junction") in ("roundabout", "circular") and value != "no"
    return 1 if value in ("yes", "true", "1") or round_ else 0
