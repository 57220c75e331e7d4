"""What was read from OSM or a line layer, written to a folder of Parquet files and read back the same.

A layer is read back when it is first asked for: a run that finds its network kept needs no ways.
"""

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

from cfspace.io.columns import array_of, codes_of, objects_of, table_of, texts_of
from cfspace.io.osm import OsmData, OsmWays
from cfspace.io.osm_stream import BrokenArea
from cfspace.io.osm_tags import Tags
from cfspace.io.uncollected import uncollected

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

FRAMES: Final = ("features", "buildings", "landuse", "barriers", "walls", "boundaries")
WAYS: Final = ("ways", "vertices")
LAYERS: Final = frozenset({"ways", *FRAMES})
COMPRESSION: Final = "zstd"


def write_osm(osm: OsmData, folder: Path) -> None:
    """Write an extract as Parquet (frames: GeoParquet; tags as JSON texts) into an empty folder."""
    write_ways(osm.ways, folder)
    for name in FRAMES:
        frame = getattr(osm, name)
        frame.assign(tags=_texts(frame["tags"])).to_parquet(
            folder / f"{name}.parquet", index=False, compression=COMPRESSION
        )
    broken = json.dumps(osm.broken_areas, ensure_ascii=False)
    write_extent(osm.extent, folder, {"n_missing_nodes": [osm.n_missing_nodes], "broken_areas": [broken]})


class KeptOsm(OsmData):
    """An extract whose layers are parsed when they are first asked for.

    Their files are held in memory as they were written, so that nothing depends on the folder any more:
    another run may remove it.
    """

    files: dict[str, bytes]

    def __getattr__(self, name: str) -> object:
        """Parse a layer that nobody has asked for yet."""
        if name not in LAYERS:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        with uncollected():
            layer = _ways_in(self.files) if name == "ways" else _frame_in(self.files[name])
        object.__setattr__(self, name, layer)
        for file in WAYS if name == "ways" else (name,):
            del self.files[file]
        return layer


def load_osm(folder: Path, source: Path) -> OsmData:
    """Return the extract that :func:`write_osm` wrote; `source` is the file it was read from."""
    extent, facts = load_extent(folder)
    osm = object.__new__(KeptOsm)
    known = {
        "files": {name: (folder / f"{name}.parquet").read_bytes() for name in (*FRAMES, *WAYS)},
        "extent": extent,
        "source": source,
        "n_missing_nodes": int(facts["n_missing_nodes"].iloc[0]),
        "broken_areas": tuple(BrokenArea(*one) for one in json.loads(facts["broken_areas"].iloc[0])),
    }
    for name, value in known.items():
        object.__setattr__(osm, name, value)
    return osm


def write_ways(ways: OsmWays, folder: Path) -> None:
    """Write ways: a table of ways with their tags, and one of their vertices."""
    of_way = {"way_id": ways.way_id, "n_vertices": np.diff(ways.ptr), "tags": _texts(ways.tags)}
    of_vertex = {"node_id": ways.node_id, "lon_deg": ways.lon_deg, "lat_deg": ways.lat_deg}
    for name, columns in (("ways", of_way), ("vertices", of_vertex)):
        pq.write_table(pa.table(columns), folder / f"{name}.parquet", compression=COMPRESSION)


def load_ways(folder: Path) -> OsmWays:
    """Return the ways that :func:`write_ways` wrote."""
    return _ways_in({name: (folder / f"{name}.parquet").read_bytes() for name in WAYS})


def _ways_in(files: Mapping[str, bytes]) -> OsmWays:
    of_way, of_vertex = table_of(files["ways"], coded=["tags"]), table_of(files["vertices"])
    ptr = np.zeros(len(of_way) + 1, np.int64)
    np.cumsum(of_way["n_vertices"].to_numpy(), out=ptr[1:])
    return OsmWays(
        way_id=array_of(of_way["way_id"]),
        tags=_dicts(of_way["tags"]).tolist(),
        ptr=ptr,
        node_id=array_of(of_vertex["node_id"]),
        lon_deg=array_of(of_vertex["lon_deg"]),
        lat_deg=array_of(of_vertex["lat_deg"]),
    )


def write_extent(extent: shapely.Geometry, folder: Path, facts: Mapping[str, list[int] | list[str]]) -> None:
    """Write the extent of the data, WGS-84, with facts about it."""
    frame = gpd.GeoDataFrame(facts, geometry=[extent], crs="EPSG:4326")
    frame.to_parquet(folder / "extent.parquet", index=False, compression=COMPRESSION)


def load_extent(folder: Path) -> tuple[shapely.Geometry, pd.DataFrame]:
    """Return what :func:`write_extent` wrote."""
    table = table_of(folder / "extent.parquet")
    return shapely.from_wkb(table["geometry"][0].as_py()), table.drop_columns(["geometry"]).to_pandas()


def _frame_in(file: bytes) -> gpd.GeoDataFrame:
    table = table_of(file, coded=["osm_type", "tags"])
    columns = {name: table[name] for name in table.column_names}
    frame = {
        "osm_type": pd.Series(objects_of(columns.pop("osm_type")), dtype=object),
        "osm_id": array_of(columns.pop("osm_id")),
        "tags": pd.Series(_dicts(columns.pop("tags")), dtype=object),
        "geometry": shapely.from_wkb(columns.pop("geometry").to_numpy()),
        **{name: texts_of(column) for name, column in columns.items()},
    }
    return gpd.GeoDataFrame(frame, geometry="geometry", crs="EPSG:4326")


def _texts(tags: Iterable[Tags]) -> list[str]:
    return [json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in tags]


def _dicts(column: pa.ChunkedArray) -> NDArray[np.object_]:
    """Return the tags of each object; those of equal tags share them."""
    codes, texts = codes_of(column)
    # As one text: JSON then makes each key once, however many objects carry it.
    different: list[Tags] = json.loads(f"[{','.join(texts)}]")
    dicts = np.empty(len(different), object)
    dicts[:] = different
    shared: NDArray[np.object_] = dicts[codes]
    return shared
