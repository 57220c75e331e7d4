"""Small towns with all that a study needs, and what is compared of their runs."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely

from tests.io.osmmaker import node, square, way, write_osm

STEP_DEG = 0.001
"""80 m by 111 m at this latitude."""


def make_town(folder: Path, *, side: int = 12, seed: int = 1, rulebook: str = "jilin-2022") -> Path:
    """Write a town of `side` x `side` junctions with two districts, and return its study file.

    Its homes are a list with children, its playgrounds a list, its parks OSM's.
    """
    folder.mkdir(parents=True)
    west, south = 125.0 + 0.1 * seed, 43.9
    name = folder.name
    write_osm(folder / "town.osm", *_streets(west, south, side))
    half, full = side * STEP_DEG / 2, (side - 1) * STEP_DEG
    gpd.GeoDataFrame(
        {"code": ["01", "02"], "name": [f"{name}西区", f"{name}东区"]},
        geometry=[
            shapely.box(west, south, west + half, south + full),
            shapely.box(west + half, south, west + full, south + full),
        ],
        crs="EPSG:4326",
    ).to_file(folder / "districts.geojson", driver="GeoJSON")
    homes = [
        (f"h{i}-{j}", west + (i + 0.4) * STEP_DEG, south + (j + 0.02) * STEP_DEG, 3 + (i * seed + j) % 5)
        for i in range(side - 1)
        for j in range(side - 1)
    ]
    _write(folder / "homes.csv", ("id", "lon", "lat", "n"), homes)
    grounds = [
        (f"{name}{k}", west + (2 + 5 * k) * STEP_DEG, south + (3 + seed) * STEP_DEG + 0.0002)
        for k in range(2)
    ]
    _write(folder / "playgrounds.csv", ("name", "lon", "lat"), grounds)
    study = folder / f"{name}.toml"
    study.write_text(_study(name, rulebook), encoding="utf-8")
    return study


def _streets(west: float, south: float, side: int) -> list[str]:
    junctions = [
        node(1 + i * side + j, round(west + i * STEP_DEG, 7), round(south + j * STEP_DEG, 7))
        for i in range(side)
        for j in range(side)
    ]
    park = square(50_001, round(west + 3.3 * STEP_DEG, 7), round(south + 3.3 * STEP_DEG, 7), size=0.0004)
    tags = {"highway": "residential"}
    along = [way(1 + i, [1 + i * side + j for j in range(side)], tags) for i in range(side)]
    across = [way(1001 + j, [1 + i * side + j for i in range(side)], tags) for j in range(side)]
    green = way(2001, [50_001, 50_002, 50_003, 50_004, 50_001], {"leisure": "park", "name": "中心公园"})
    return [*junctions, *park, *along, *across, green]


def _write(path: Path, columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns, *rows])


def _study(name: str, rulebook: str) -> str:
    bands = ", ".join(f'"{band}" = "n"' for band in ("0_2", "3_5", "6_11", "12_14", "15_17"))
    return f"""
[study]
name = "{name}市"
snapshot = 2026-09-30
rulebook = "{rulebook}"

[osm]
file = "town.osm"

[[units]]
level = "district"
file = "districts.geojson"
id = "code"
name = "name"

[homes]
from = "points"
points = {{ file = "homes.csv", id = "id", lon = "lon", lat = "lat", columns = {{ {bands} }} }}

[[layers]]
kind = "playground"
file = "playgrounds.csv"
lon = "lon"
lat = "lat"
name = "name"
"""


def contents(out: Path) -> dict[str, bytes]:
    """Return every file of a batch, by path: bytes, but for the times and the memory in the records."""
    found = {}
    for path in sorted(out.rglob("*")):
        name = path.relative_to(out).as_posix()
        if path.is_file() and name != "batch.json":
            found[name] = _untimed(path) if path.name == "run.json" else path.read_bytes()
    return found


def _untimed(path: Path) -> bytes:
    record = json.loads(path.read_text(encoding="utf-8"))
    del record["timings_s"], record["peak_memory_mb"]
    return json.dumps(record).encode()
