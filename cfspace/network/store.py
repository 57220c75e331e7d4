"""The walk network as files: GeoParquet that any GIS opens, read back the same to the bit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pyproj
import shapely

from cfspace.errors import LayerError
from cfspace.network.model import WalkNetwork
from cfspace.network.roads import Roads

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

TABLES: Final = ("segments", "nodes", "vertices", "road_ways", "road_vertices", "road_nodes")
CATEGORIES: Final = "categories.json"
# Columns of the segments that are no attributes.
OWN: Final = ("segment_from", "segment_to", "length_m", "geometry")
Categories = dict[str, dict[str, list[str]]]


def write_network(network: WalkNetwork, folder: Path) -> None:
    """Write a network into a folder that is there.

    ``segments.parquet`` is GeoParquet in the CRS of the network: lines with their attributes, their
    length and the rows of the nodes at either end; what else a network holds lies in tables beside
    it. Barriers are not written: they belong to the snapping of a study.
    """
    ends = {"segment_from": network.segment_from, "segment_to": network.segment_to}
    tables = {
        "segments": network.attributes.assign(**ends, length_m=network.length_m),
        "nodes": pd.DataFrame({"node_id": network.node_id, "x_m": network.node_x_m, "y_m": network.node_y_m}),
        "vertices": pd.DataFrame({"node_id": network.vertex_node_id}),
        **_road_tables(network.roads),
    }
    categories = {name: _categories(table) for name, table in tables.items()}
    (folder / CATEGORIES).write_text(json.dumps(categories, ensure_ascii=False), encoding="utf-8")
    for name, table in tables.items():
        plain = table.astype(dict.fromkeys(categories[name], "str"))
        if name == "segments":
            plain = gpd.GeoDataFrame(plain, geometry=network.lines, crs=network.crs)
        plain.to_parquet(folder / f"{name}.parquet", index=False, compression="zstd")


def load_network(
    folder: Path, *, crs: pyproj.CRS | None = None, barriers: NDArray[np.object_] | None = None
) -> WalkNetwork:
    """Return the network that :func:`write_network` wrote.

    Parameters
    ----------
    folder
        Where it was written.
    crs
        Its CRS, if it is at hand; otherwise the one that the files name.
    barriers
        Lines that no connector may cross, in that CRS.

    Raises
    ------
    LayerError
        If the folder holds no such network.
    """
    try:
        categories: Categories = json.loads((folder / CATEGORIES).read_text(encoding="utf-8"))
        tables = {name: pq.read_table(folder / f"{name}.parquet").to_pandas() for name in TABLES}
        found = crs or _crs_of(folder / "segments.parquet")
    except (OSError, ValueError, KeyError) as error:
        raise LayerError(
            f"{folder}: not a walk network written by cfspace ({error}); write it with write_network"
        ) from error
    segments, nodes = tables["segments"], tables["nodes"]
    lines = shapely.from_wkb(segments["geometry"].to_numpy())
    corners, of_line = shapely.get_coordinates(lines, return_index=True)
    ptr = np.zeros(len(lines) + 1, np.int64)
    np.cumsum(np.bincount(of_line, minlength=len(lines)), out=ptr[1:])
    return WalkNetwork(
        crs=found,
        node_x_m=_array(nodes["x_m"]),
        node_y_m=_array(nodes["y_m"]),
        node_id=_array(nodes["node_id"]),
        segment_from=_array(segments["segment_from"]),
        segment_to=_array(segments["segment_to"]),
        vertex_ptr=ptr,
        vertex_x_m=corners[:, 0].copy(),
        vertex_y_m=corners[:, 1].copy(),
        length_m=_array(segments["length_m"]),
        attributes=_categorical(segments.drop(columns=list(OWN)), categories["segments"]),
        barriers=np.empty(0, object) if barriers is None else barriers,
        vertex_node_id=_array(tables["vertices"]["node_id"]),
        roads=_roads(tables, categories),
    )


def _road_tables(roads: Roads) -> dict[str, pd.DataFrame]:
    return {
        "road_ways": roads.ways.assign(n_vertices=np.diff(roads.ptr)),
        "road_vertices": pd.DataFrame({"node_id": roads.node_id, "x_m": roads.x_m, "y_m": roads.y_m}),
        "road_nodes": roads.nodes,
    }


def _roads(tables: Mapping[str, pd.DataFrame], categories: Categories) -> Roads:
    ways, vertices = tables["road_ways"], tables["road_vertices"]
    ptr = np.zeros(len(ways) + 1, np.int64)
    np.cumsum(ways["n_vertices"].to_numpy(), out=ptr[1:])
    return Roads(
        ways=_categorical(ways.drop(columns="n_vertices"), categories["road_ways"]),
        ptr=ptr,
        node_id=_array(vertices["node_id"]),
        x_m=_array(vertices["x_m"]),
        y_m=_array(vertices["y_m"]),
        nodes=_categorical(tables["road_nodes"], categories["road_nodes"]),
    )


def _categories(table: pd.DataFrame) -> dict[str, list[str]]:
    """Return the categories of each column that has some, in their order, unused ones included."""
    return {
        str(name): list(column.cat.categories)
        for name, column in table.items()
        if isinstance(column.dtype, pd.CategoricalDtype)
    }


def _categorical(table: pd.DataFrame, categories: dict[str, list[str]]) -> pd.DataFrame:
    typed = {
        name: pd.Categorical(table[name], categories=pd.Index(values, dtype="str"))
        for name, values in categories.items()
    }
    return table.assign(**typed)


def _array(column: pd.Series) -> NDArray[Any]:
    # pandas hands out views that may not be written to; a search compiles anew for these.
    return column.to_numpy(copy=True)


def _crs_of(path: Path) -> pyproj.CRS:
    geo = json.loads(pq.read_metadata(path).metadata[b"geo"])
    return pyproj.CRS.from_json_dict(geo["columns"]["geometry"]["crs"])
