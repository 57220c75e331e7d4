"""Generated cities with all that a study needs: an OSM extract, units, children and a municipal list."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import osmium
from osmium.osm import mutable

if TYPE_CHECKING:
    from numpy.typing import NDArray

STEP_M = 80.0
JITTER_M = 15.0
KEPT_SHARE = 0.9
HOMES_PER_JUNCTION = 0.5
M_PER_DEG = 111_320.0
LAT_DEG = 43.9
SMALL_PARK_M, LARGE_PARK_M = 60.0, 200.0

# Junctions for each place of a kind, about as in the centre of a Chinese city, and its tags in OSM.
PLACES: dict[str, tuple[int, dict[str, str]]] = {
    "primary": (400, {"amenity": "school", "isced:level": "1"}),
    "junior": (700, {"amenity": "school", "isced:level": "2"}),
    "kindergarten": (300, {"amenity": "kindergarten"}),
    "library": (2_000, {"amenity": "library"}),
    "clinic": (500, {"amenity": "clinic"}),
    "hospital": (2_500, {"amenity": "hospital"}),
    "playground": (300, {"leisure": "playground"}),
    "bus_stop": (60, {"highway": "bus_stop"}),
    "crossing": (25, {"highway": "crossing", "crossing": "marked"}),
}


def write_city(
    folder: Path, n_junctions: int, *, seed: int, n_districts: int = 1, streets_per_side: int = 4
) -> Path:
    """Write a city of about `n_junctions` junctions, and return its study file.

    Streets are a perturbed grid with a tenth of its segments left out; every other junction has a block of
    flats. Street offices, sixteen of them unless said otherwise, lie in one district, or in 4 or 16; children
    are counted by street office.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    side = max(round(n_junctions**0.5), 8)
    west = 120.0 + 0.4 * (seed % 60)
    lon, lat = _grid(side, west, rng)
    _write_osm(folder / "city.osm.pbf", lon, lat, rng)
    _write_units(folder, west, side, n_districts, streets_per_side)
    with (folder / "childcare.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("name", "lon", "lat", "capacity"))
        for k, at in enumerate(rng.choice(lon.size, max(side * side // 500, 2), replace=False)):
            writer.writerow((f"托育{k}", round(lon.flat[at], 7), round(lat.flat[at], 7), 50))
    study = folder / f"{folder.name}.toml"
    study.write_text(STUDY.format(name=folder.name), encoding="utf-8")
    return study


STUDY = """
[study]
name = "{name}"
snapshot = 2026-09-30
rulebook = "jilin-2022"

[osm]
file = "city.osm.pbf"

[[units]]
level = "district"
file = "district.geojson"
id = "code"
name = "name"

[[units]]
level = "street"
file = "street.geojson"
id = "code"
name = "name"

[homes]
from = "buildings"
totals = {{ file = "children.csv", unit_id = "code", level = "street", columns = {{ "0_2" = "a", "3_5" = "a", "6_11" = "b", "12_14" = "a", "15_17" = "a" }} }}

[[layers]]
kind = "childcare"
file = "childcare.csv"
lon = "lon"
lat = "lat"
name = "name"
columns = {{ capacity = "capacity" }}
complete = true
"""  # noqa: E501 - an inline table of TOML is one line


def _grid(
    side: int, west: float, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    column, row = np.meshgrid(np.arange(side), np.arange(side), indexing="ij")
    x_m = column * STEP_M + rng.uniform(-JITTER_M, JITTER_M, column.shape)
    y_m = row * STEP_M + rng.uniform(-JITTER_M, JITTER_M, row.shape)
    return west + x_m / _lon_m(), LAT_DEG + y_m / M_PER_DEG


def _lon_m() -> float:
    return M_PER_DEG * float(np.cos(np.radians(LAT_DEG)))


def _write_osm(
    path: Path, lon: NDArray[np.float64], lat: NDArray[np.float64], rng: np.random.Generator
) -> None:
    n = lon.size
    homes = np.flatnonzero(rng.random(n) < HOMES_PER_JUNCTION)
    parks = rng.choice(n, max(n // 500, 2), replace=False)
    places = {kind: rng.choice(n, max(n // per, 1), replace=False) for kind, (per, _) in PLACES.items()}
    tags_at: dict[int, dict[str, str]] = {}
    for kind, chosen in places.items():
        for k, at in enumerate(chosen.tolist()):
            tags_at.setdefault(at, {**PLACES[kind][1], "name": f"{kind}{k}"})
    path.unlink(missing_ok=True)
    with osmium.SimpleWriter(str(path)) as writer:
        for at, (x, y) in enumerate(zip(lon.ravel().tolist(), lat.ravel().tolist(), strict=True)):
            writer.add_node(mutable.Node(id=at + 1, location=(x, y), tags=tags_at.get(at, {}), version=1))
        squares = [(int(at), 12.0, 25.0) for at in homes]
        sizes = rng.choice([SMALL_PARK_M, LARGE_PARK_M], len(parks)).tolist()
        squares += [(int(at), size, 30.0) for at, size in zip(parks, sizes, strict=True)]
        for k, (at, size_m, off_m) in enumerate(squares):
            for j, (u, v) in enumerate(((0, 0), (1, 0), (1, 1), (0, 1))):
                x = float(lon.flat[at]) + (off_m + u * size_m) / _lon_m()
                y = float(lat.flat[at]) + (off_m + v * size_m) / M_PER_DEG
                writer.add_node(mutable.Node(id=n + 1 + 4 * k + j, location=(x, y), version=1))
        way_id = 0
        for refs, tags in _ways(lon.shape[0], rng):
            way_id += 1
            writer.add_way(mutable.Way(id=way_id, nodes=refs, tags=tags, version=1))
        for k in range(len(squares)):
            first = n + 1 + 4 * k
            flats = {"building": "apartments", "building:levels": str(4 + k % 20)}
            tags = flats if k < len(homes) else {"leisure": "park", "name": f"park{k}"}
            ring = [first, first + 1, first + 2, first + 3, first]
            writer.add_way(mutable.Way(id=way_id + 1 + k, nodes=ring, tags=tags, version=1))


def _ways(side: int, rng: np.random.Generator) -> Iterator[tuple[list[int], dict[str, str]]]:
    """Yield streets along rows and columns of the grid, parted where a segment is left out."""
    ids = np.arange(1, side * side + 1).reshape(side, side)
    for k, line in enumerate([*ids, *ids.T]):
        kind = "secondary" if k % 10 == 0 else "residential"
        gaps = np.flatnonzero(rng.random(side - 1) >= KEPT_SHARE) + 1
        for piece in np.split(line, gaps):
            if len(piece) > 1:
                yield [int(ref) for ref in piece], {"highway": kind}


def _write_units(folder: Path, west: float, side: int, n_districts: int, streets_per_side: int) -> None:
    width = (side - 1) * STEP_M
    whole = _squares("district", round(n_districts**0.5), width)
    parts = _squares("street", streets_per_side, width)
    for level, units in (("district", whole), ("street", parts)):
        features = [_feature(unit, west) for unit in units]
        content = {"type": "FeatureCollection", "features": features}
        (folder / f"{level}.geojson").write_text(json.dumps(content), encoding="utf-8")
    with (folder / "children.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("code", "a", "b"))
        a = 48 * side // len(parts)
        writer.writerows((code, a, 2 * a) for code, *_ in parts)


def _squares(level: str, per_side: int, width: float) -> list[tuple[str, str, float, float, float, float]]:
    edges = [width * k / per_side for k in range(per_side + 1)]
    return [
        (f"22{per_side * i + j:02}", level, edges[i], edges[j], edges[i + 1], edges[j + 1])
        for i in range(per_side)
        for j in range(per_side)
    ]


def _feature(unit: tuple[str, str, float, float, float, float], west: float) -> dict[str, Any]:
    code, level, x0, y0, x1, y1 = unit
    ring = [(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)]
    degrees = [[west + x / _lon_m(), LAT_DEG + y / M_PER_DEG] for x, y in ring]
    return {
        "type": "Feature",
        "properties": {"code": code, "name": f"{level} {code}"},
        "geometry": {"type": "Polygon", "coordinates": [degrees]},
    }
