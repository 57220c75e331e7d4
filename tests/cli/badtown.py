"""A small town whose study has inputs of every kind, all of them right; each bad input spoils one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import rasterio
import shapely
from rasterio.transform import Affine

from tests.io.makers import write_csv
from tests.io.osmmaker import node, way, write_osm

WEST, SOUTH, STEP = 125.30, 43.87, 0.002
N_STREETS = 21
SIDE = STEP * (N_STREETS - 1)
MIDDLE = WEST + SIDE / 2
KINDERGARTENS = [f"{name}幼儿园" for name in ("春芽", "向阳", "育新", "红星", "启明", "阳光", "百合", "未来")]

STUDY = """
[study]
name = "小城"
language = "zh"
snapshot = 2026-01-01
rulebook = "jilin-2022"

[osm]
file = "town.osm"

[[units]]
level = "district"
file = "units.geojson"
id = "code"
name = "name"

[homes]
from = "points"
points = { file = "homes.csv", lon = "lon", lat = "lat", id = "id", columns = { "0_2" = "b0", "3_5" = "b3", "6_11" = "b6", "12_14" = "b12", "15_17" = "b15" } }

[[layers]]
kind = "childcare"
file = "托育机构.csv"
lon = "经度"
lat = "纬度"
id = "编号"
name = "名称"
columns = { capacity = "托位数" }

[[layers]]
kind = "kindergarten"
file = "幼儿园.csv"
lon = "lon"
lat = "lat"
name = "name"

[[layers]]
kind = "park"
file = "parks.geojson"
name = "name"

[[tables]]
level = "district"
file = "facts.csv"
unit_id = "code"
columns = { residents = "residents" }

[[audits]]
kind = "park"
file = "audit.csv"
facility = "name"
columns = { children_area = "area" }

[[zones]]
kind = "kindergarten"
file = "zones.geojson"
facility = "school"
"""  # noqa: E501
HOMES = STUDY[STUDY.index("[homes]") : STUDY.index("[[layers]]")]
CARE_HEAD = "编号,名称,经度,纬度,托位数"
CARE = [["01", "春芽托育", "125.3051", "43.8751", "60"], ["02", "小太阳托育", "125.3111", "43.8811", "30"]]
BANDS = ("0_2", "3_5", "6_11", "12_14", "15_17")


def square(column: int, row: int, size: float = STEP) -> shapely.Polygon:
    """Return a square whose lower left corner is a crossing of streets."""
    west, south = WEST + column * STEP, SOUTH + row * STEP
    return shapely.box(west, south, west + size, south + size)


def units() -> gpd.GeoDataFrame:
    """Return two districts, west and east, whose outlines run along streets."""
    north = SOUTH + SIDE
    shapes = [shapely.box(WEST, SOUTH, MIDDLE, north), shapely.box(MIDDLE, SOUTH, WEST + SIDE, north)]
    return gpd.GeoDataFrame({"code": ["01", "02"], "name": ["西区", "东区"]}, geometry=shapes, crs=4326)


def parks(*shapes: Any) -> gpd.GeoDataFrame:
    """Return parks named 公园 1, 公园 2 ...; by default two."""
    given = list(shapes) or [square(2, 2), square(6, 5)]
    names = [f"公园 {i + 1}" for i in range(len(given))]
    return gpd.GeoDataFrame({"name": names}, geometry=given, crs=4326)


def care(*rows: Sequence[str], head: str = CARE_HEAD) -> str:
    """Return the list of childcare places as CSV; by default its two rows."""
    return "\n".join([head, *(",".join(row) for row in rows or CARE)]) + "\n"


def write_town(folder: Path) -> Path:
    """Write the town and return its study file."""
    folder.mkdir(parents=True, exist_ok=True)
    write_streets(folder / "town.osm")
    units().to_file(folder / "units.geojson")
    parks().to_file(folder / "parks.geojson")
    zone = gpd.GeoDataFrame({"school": KINDERGARTENS[:1]}, geometry=[square(0, 0, 4 * STEP)], crs=4326)
    zone.to_file(folder / "zones.geojson")
    homes = [f"h{i},{WEST + 0.0005 + 0.0042 * i},{SOUTH + 0.0006 + 0.0042 * i},3,3,6,3,3" for i in range(9)]
    write_csv(folder / "homes.csv", "\n".join(["id,lon,lat,b0,b3,b6,b12,b15", *homes]) + "\n")
    write_csv(folder / "托育机构.csv", care())
    places = [f"{name},{lon:.6f},{lat:.6f}" for name, (lon, lat) in zip(KINDERGARTENS, spots(), strict=True)]
    write_csv(folder / "幼儿园.csv", "\n".join(["name,lon,lat", *places]) + "\n")
    write_csv(folder / "facts.csv", "code,residents\n01,5000\n02,6000\n")
    write_csv(folder / "audit.csv", "name,area\n公园 1,是\n公园 2,否\n")
    write_csv(folder / "study.toml", STUDY)
    return folder / "study.toml"


def spots() -> list[tuple[float, float]]:
    """Return where the kindergartens stand."""
    return [(WEST + STEP * (i % 4) * 2 + 0.0004, SOUTH + STEP * (i // 4) * 4 + 0.0007) for i in range(8)]


def write_streets(path: Path, *, with_streets: bool = True) -> Path:
    """Write a grid of streets and the kindergartens as OSM data."""
    at = range(N_STREETS)
    things = [node(1 + 100 * i + j, WEST + i * STEP, SOUTH + j * STEP) for i in at for j in at]
    tags = {"amenity": "kindergarten"}
    things += [
        node(5000 + i, lon, lat, {**tags, "name": KINDERGARTENS[i]}) for i, (lon, lat) in enumerate(spots())
    ]
    kind = {"highway": "residential"} if with_streets else {"natural": "tree_row"}
    things += [way(1 + i, [1 + 100 * i + j for j in at], kind) for i in at]
    things += [way(101 + j, [1 + 100 * i + j for i in at], kind) for j in at]
    box = (WEST - 0.001, SOUTH - 0.001, WEST + SIDE + 0.001, SOUTH + SIDE + 0.001)
    return write_osm(path, *things, bounds=box)


def write_rasters(folder: Path, **options: Any) -> None:
    """Write a raster of children per band and let the study take its homes from them.

    Options: ``crs``, ``value`` of one cell, ``shift`` of the grid, and ``only``, the band these are for.
    """
    for band in BANDS:
        own = options if options.get("only", band) == band else {}
        counts = np.full((8, 8), 2.0, "float32")
        counts[3, 3] = own.get("value", 2.0)
        transform = Affine(STEP, 0, WEST + own.get("shift", 0.0), 0, -STEP, SOUTH + SIDE)
        with rasterio.open(
            folder / f"{band}.tif", "w", driver="GTiff", height=8, width=8, count=1, dtype="float32",
            crs=own.get("crs", "EPSG:4326"), nodata=-99999.0, transform=transform,
        ) as data:  # fmt: skip
            data.write(counts, 1)
    files = ", ".join(f'"{band}" = "{band}.tif"' for band in BANDS)
    edit(folder, HOMES, f'[homes]\nfrom = "raster"\nraster = {{ {files} }}\n\n')


def edit(folder: Path, old: str, new: str) -> None:
    """Replace a piece of the study file, which must be there once."""
    path = folder / "study.toml"
    text = path.read_text(encoding="utf-8")
    if text.count(old) != 1:
        raise ValueError(f"{old!r} stands {text.count(old)} times in the study file")
    path.write_text(text.replace(old, new), encoding="utf-8")


def study(old: str, new: str) -> Callable[[Path], None]:
    """Return a change that replaces a piece of the study file."""
    return lambda folder: edit(folder, old, new)


def text(name: str, content: str, *, encoding: str = "utf-8") -> Callable[[Path], None]:
    """Return a change that writes a text file."""
    return lambda folder: (folder / name).write_bytes(content.encode(encoding)) and None


def data(name: str, content: bytes) -> Callable[[Path], None]:
    """Return a change that writes a file of bytes."""
    return lambda folder: (folder / name).write_bytes(content) and None


def layer(name: str, frame: gpd.GeoDataFrame) -> Callable[[Path], None]:
    """Return a change that writes a vector file in place of the one that is there."""

    def write(folder: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        frame.to_file(folder / name)

    return write
