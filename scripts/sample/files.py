"""Writing files so that the same content gives the same bytes on any day and machine.

Nothing is compressed, since compressors differ between machines, and every date inside a file is the study's.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import osmium
import shapely
from numpy.typing import NDArray
from osmium.osm import mutable

from sample.draft import Osm
from sample.frame import BOARD_M, lon_lat

SNAPSHOT = dt.date(2026, 9, 30)
MOMENT = dt.datetime(2026, 9, 30, tzinfo=dt.UTC)
ZIP_DATE = (2026, 9, 30, 0, 0, 0)

Cell = str | int | float | None


def write_pbf(path: Path, osm: Osm) -> None:
    """Write the OSM extract: a header with its box, then nodes, ways and relations, each sorted by id."""
    header = osmium.io.Header()
    header.set("generator", "cfspace sample town")
    header.set("osmosis_replication_timestamp", "2026-09-30T00:00:00Z")
    header.add_box(_box())
    path.unlink(missing_ok=True)
    target = osmium.io.File(str(path), "pbf,pbf_compression=none,add_metadata=version+timestamp")
    with osmium.SimpleWriter(target, header=header) as writer:
        for node_id, location, tags in osm.nodes:
            writer.add_node(
                mutable.Node(id=node_id, location=location, tags=tags, version=1, timestamp=MOMENT)
            )
        for way_id, refs, tags in osm.ways:
            writer.add_way(mutable.Way(id=way_id, nodes=refs, tags=tags, version=1, timestamp=MOMENT))
        for relation_id, members, tags in osm.relations:
            writer.add_relation(
                mutable.Relation(id=relation_id, members=members, tags=tags, version=1, timestamp=MOMENT)
            )


def _box() -> osmium.osm.Box:
    west, south, east, north = BOARD_M
    corners = [lon_lat(u, v) for u in (west, east) for v in (south, north)]
    lons, lats = zip(*corners, strict=True)
    return osmium.osm.Box(min(lons), min(lats), max(lons), max(lats))


def write_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[Cell]], *, encoding: str) -> None:
    """Write a table as text; a file named ``.tsv`` is set apart by tabs."""
    text = io.StringIO()
    between = "\t" if path.suffix == ".tsv" else ","
    writer = csv.writer(text, lineterminator="\r\n", delimiter=between)
    writer.writerow(header)
    writer.writerows([["" if cell is None else cell for cell in row] for row in rows])
    path.write_bytes(text.getvalue().encode(encoding))


def write_xlsx(path: Path, header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    """Write a workbook of one sheet; codes stay text, so the zero in front of them stays."""
    import xlsxwriter

    memory = io.BytesIO()
    book = xlsxwriter.Workbook(memory, {"in_memory": True})
    book.set_properties({"created": dt.datetime(2026, 9, 30)})  # noqa: DTZ001 (xlsx knows no time zones)
    sheet = book.add_worksheet("数据")
    for r, row in enumerate([header, *rows]):
        for c, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(r, c, cell)
            elif cell is not None:
                sheet.write_number(r, c, cell)
    book.close()
    with zipfile.ZipFile(memory) as packed:
        _pack(path, {name: packed.read(name) for name in packed.namelist()})


def write_geojson(path: Path, rows: Sequence[tuple[Mapping[str, Cell], shapely.Geometry]]) -> None:
    """Write features one to a line, coordinates to 1e-7 degrees."""
    lines = []
    for properties, shape in rows:
        rounded = shapely.set_precision(shape, 1e-7, mode="pointwise")
        feature = {
            "type": "Feature",
            "properties": dict(properties),
            "geometry": shapely.geometry.mapping(rounded),
        }
        lines.append(json.dumps(_trim(feature), ensure_ascii=False))
    body = ",\n".join(lines)
    path.write_text(
        f'{{"type": "FeatureCollection", "features": [\n{body}\n]}}\n', encoding="utf-8", newline="\n"
    )


def _trim(value: object) -> object:
    if isinstance(value, float):
        return round(value, 7)
    if isinstance(value, Mapping):
        return {key: _trim(item) for key, item in value.items()}
    return [_trim(item) for item in value] if isinstance(value, list | tuple) else value


def write_shapefile(path: Path, name: str, frame: gpd.GeoDataFrame, *, encoding: str) -> None:
    """Write a zipped shapefile with its ``.prj`` and ``.cpg``."""
    with tempfile.TemporaryDirectory() as folder:
        frame.to_file(
            Path(folder) / f"{name}.shp",
            engine="pyogrio",
            encoding=encoding,
            DBF_DATE_LAST_UPDATE=SNAPSHOT.isoformat(),
        )
        parts = sorted(Path(folder).iterdir())
        _pack(path, {part.name: part.read_bytes() for part in parts})


def write_tif(
    path: Path,
    values: NDArray[np.float32],
    *,
    west: float,
    north: float,
    step: tuple[float, float],
    nodata: float,
) -> None:
    """Write one band of 4-byte floats in longitude and latitude."""
    import rasterio

    height, width = values.shape
    transform = rasterio.transform.from_origin(west, north, *step)
    with rasterio.open(
        path, "w", driver="GTiff", height=height, width=width, count=1, dtype="float32",
        crs="EPSG:4326", transform=transform, nodata=nodata,
    ) as raster:  # fmt: skip
        raster.write(values, 1)


def _pack(path: Path, members: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as packed:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name, ZIP_DATE)
            entry.create_system = 3
            packed.writestr(entry, content)
