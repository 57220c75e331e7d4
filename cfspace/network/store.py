"""The walk network as files: GeoParquet that any GIS opens, read back the same to the bit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj

from cfspace.errors import LayerError
from cfspace.io.columns import array_of, categories_of, table_of
from cfspace.network.model import WalkNetwork
from cfspace.network.roads import Roads

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa
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
            lines = gpd.GeoDataFrame(plain, geometry=network.lines, crs=network.crs)
            # As arrays of coordinates, which is what they are in memory, too.
            lines.to_parquet(
                folder / f"{name}.parquet", index=False, compression="zstd", geometry_encoding="geoarrow"
            )
        else:
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
        tables = {name: table_of(folder / f"{name}.parquet", coded=categories[name]) for name in TABLES}
        found = crs or _crs_of(tables["segments"])
    except (OSError, ValueError, KeyError) as error:
        raise LayerError(
            f"{folder}: not a walk network written by cfspace ({error}); write it with write_network"
        ) from error
    segments, nodes = tables["segments"], tables["nodes"]
    lines = segments["geometry"].combine_chunks()
    x_m, y_m = (lines.values.field(axis) for axis in ("x", "y"))
    return WalkNetwork(
        crs=found,
        node_x_m=array_of(nodes["x_m"]),
        node_y_m=array_of(nodes["y_m"]),
        node_id=array_of(nodes["node_id"]),
        segment_from=array_of(segments["segment_from"]),
        segment_to=array_of(segments["segment_to"]),
        vertex_ptr=lines.offsets.to_numpy().astype(np.int64),
        vertex_x_m=x_m.to_numpy().copy(),
        vertex_y_m=y_m.to_numpy().copy(),
        length_m=array_of(segments["length_m"]),
        attributes=_frame(segments.drop_columns(list(OWN)), categories["segments"]),
        barriers=np.empty(0, object) if barriers is None else barriers,
        vertex_node_id=array_of(tables["vertices"]["node_id"]),
        roads=_roads(tables, categories),
    )


def _road_tables(roads: Roads) -> dict[str, pd.DataFrame]:
    return {
        "road_ways": roads.ways.assign(n_vertices=np.diff(roads.ptr)),
        "road_vertices": pd.DataFrame({"node_id": roads.node_id, "x_m": roads.x_m, "y_m": roads.y_m}),
        "road_nodes": roads.nodes,
    }


def _roads(tables: Mapping[str, pa.Table], categories: Categories) -> Roads:
    ways, vertices = tables["road_ways"], tables["road_vertices"]
    ptr = np.zeros(len(ways) + 1, np.int64)
    np.cumsum(ways["n_vertices"].to_numpy(), out=ptr[1:])
    return Roads(
        ways=_frame(ways.drop_columns(["n_vertices"]), categories["road_ways"]),
        ptr=ptr,
        node_id=array_of(vertices["node_id"]),
        x_m=array_of(vertices["x_m"]),
        y_m=array_of(vertices["y_m"]),
        nodes=_frame(tables["road_nodes"], categories["road_nodes"]),
    )


def _categories(table: pd.DataFrame) -> dict[str, list[str]]:
    """Return the categories of each column that has some, in their order, unused ones included."""
    return {
        str(name): list(column.cat.categories)
        for name, column in table.items()
        if isinstance(column.dtype, pd.CategoricalDtype)
    }


def _frame(table: pa.Table, categories: dict[str, list[str]]) -> pd.DataFrame:
    columns = {
        name: categories_of(table[name], categories[name]) if name in categories else array_of(table[name])
        for name in table.column_names
    }
    return pd.DataFrame(columns)


def _crs_of(segments: pa.Table) -> pyproj.CRS:
    geo = json.loads(segments.schema.metadata[b"geo"])
    return pyproj.CRS.from_json_dict(geo["columns"]["geometry"]["crs"])
