"""What was read from OSM or a line layer, written to a folder of Parquet files and read back the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from cfspace.io.osm import OsmData, OsmWays
from cfspace.io.osm_tags import Tags

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FRAMES: Final = ("features", "buildings", "landuse", "barriers", "walls", "boundaries")
COMPRESSION: Final = "zstd"


def write_osm(osm: OsmData, folder: Path) -> None:
    """Write an extract as Parquet (frames: GeoParquet; tags as JSON texts) into an empty folder."""
    write_ways(osm.ways, folder)
    for name in FRAMES:
        frame = getattr(osm, name)
        frame.assign(tags=_texts(frame["tags"])).to_parquet(
            folder / f"{name}.parquet", index=False, compression=COMPRESSION
        )
    counts = {"n_missing_nodes": [osm.n_missing_nodes], "n_broken_areas": [osm.n_broken_areas]}
    write_extent(osm.extent, folder, counts)


def load_osm(folder: Path, source: Path) -> OsmData:
    """Return the extract that :func:`write_osm` wrote; `source` is the file it was read from."""
    extent, counts = load_extent(folder)
    return OsmData(
        ways=load_ways(folder),
        **{name: _load_frame(folder / f"{name}.parquet") for name in FRAMES},
        extent=extent,
        source=source,
        n_missing_nodes=int(counts["n_missing_nodes"].iloc[0]),
        n_broken_areas=int(counts["n_broken_areas"].iloc[0]),
    )


def write_ways(ways: OsmWays, folder: Path) -> None:
    """Write ways: a table of ways with their tags, and one of their vertices."""
    of_way = {"way_id": ways.way_id, "n_vertices": np.diff(ways.ptr), "tags": _texts(ways.tags)}
    of_vertex = {"node_id": ways.node_id, "lon_deg": ways.lon_deg, "lat_deg": ways.lat_deg}
    for name, columns in (("ways", of_way), ("vertices", of_vertex)):
        pq.write_table(pa.table(columns), folder / f"{name}.parquet", compression=COMPRESSION)


def load_ways(folder: Path) -> OsmWays:
    """Return the ways that :func:`write_ways` wrote."""
    of_way, of_vertex = (pq.read_table(folder / f"{name}.parquet") for name in ("ways", "vertices"))
    ptr = np.zeros(len(of_way) + 1, np.int64)
    np.cumsum(of_way["n_vertices"].to_numpy(), out=ptr[1:])
    return OsmWays(
        way_id=of_way["way_id"].to_numpy().copy(),
        tags=_dicts(of_way["tags"]),
        ptr=ptr,
        node_id=of_vertex["node_id"].to_numpy().copy(),
        lon_deg=of_vertex["lon_deg"].to_numpy().copy(),
        lat_deg=of_vertex["lat_deg"].to_numpy().copy(),
    )


def write_extent(extent: shapely.Geometry, folder: Path, facts: Mapping[str, list[int] | list[str]]) -> None:
    """Write the extent of the data, WGS-84, with facts about it."""
    frame = gpd.GeoDataFrame(facts, geometry=[extent], crs="EPSG:4326")
    frame.to_parquet(folder / "extent.parquet", index=False, compression=COMPRESSION)


def load_extent(folder: Path) -> tuple[shapely.Geometry, pd.DataFrame]:
    """Return what :func:`write_extent` wrote."""
    table = pq.read_table(folder / "extent.parquet")
    return shapely.from_wkb(table["geometry"][0].as_py()), table.drop_columns(["geometry"]).to_pandas()


def _load_frame(path: Path) -> gpd.GeoDataFrame:
    table = pq.read_table(path)
    columns = {name: table[name] for name in table.column_names}
    frame = {
        "osm_type": columns.pop("osm_type").to_pandas().astype(object),
        "osm_id": columns.pop("osm_id").to_numpy(),
        "tags": pd.Series(_dicts(columns.pop("tags")), dtype=object),
        "geometry": shapely.from_wkb(columns.pop("geometry").to_numpy()),
        **{name: pd.Series(texts.to_numpy(), dtype="str") for name, texts in columns.items()},
    }
    return gpd.GeoDataFrame(frame, geometry="geometry", crs="EPSG:4326")


def _texts(tags: Iterable[Tags]) -> list[str]:
    return [json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in tags]


def _dicts(texts: pa.ChunkedArray) -> list[Tags]:
    # As one text: JSON then makes each key once, however many objects carry it.
    dicts: list[Tags] = json.loads(f"[{','.join(texts.to_pylist())}]")
    return dicts
