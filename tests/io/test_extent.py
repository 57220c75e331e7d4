"""Where a data set ends: the hull of all corners, though not all are looked at."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

from cfspace.io.extent import CELL_M, HULL_RATIO, M_PER_DEG, data_extent, occupied_corners
from cfspace.io.osm import read_osm

LON, LAT = 125.3, 43.9
BOX = (LON - 1.0, LAT - 1.0, LON + 1.0, LAT + 1.0)
STEP = np.array([CELL_M / M_PER_DEG / np.cos(np.radians(LAT)), CELL_M / M_PER_DEG])


def hull_of_all(lon_lat: NDArray[np.float64], step: NDArray[np.float64]) -> shapely.Geometry:
    """Return the hull of all corners of all occupied cells, slowly."""
    cells = {tuple(cell) for cell in np.floor(lon_lat / step).astype(int).tolist()}
    corners = sorted({(i + di, j + dj) for i, j in cells for di in (0, 1) for dj in (0, 1)})
    points = shapely.multipoints(np.array(corners) * step)
    return shapely.make_valid(shapely.concave_hull(points, ratio=HULL_RATIO))


def blob(seed: int, size: int) -> NDArray[np.float64]:
    """Return a vertex in each cell of a ragged shape with bays."""
    rng = np.random.default_rng(seed)
    i, j = np.mgrid[:size, :size].reshape(2, -1)
    angle = np.arctan2(j - size / 2, i - size / 2)
    waves = sum(np.cos(k * angle + rng.uniform(0, 6.3)) * rng.uniform(0, 0.25) for k in range(2, 6))
    inside = np.hypot(i - size / 2, j - size / 2) < size / 2 * (0.6 + waves)
    return np.column_stack([i, j])[inside] * STEP + [LON, LAT] + STEP * 0.5


@pytest.mark.parametrize("seed", range(12))
def test_the_hull_is_that_of_all_corners(seed: int) -> None:
    lon_lat = blob(seed, size=60)
    found = data_extent(lon_lat[:, 0], lon_lat[:, 1], bounds=BOX)
    step = np.array([CELL_M / M_PER_DEG / np.cos(np.radians(np.median(lon_lat[:, 1]))), STEP[1]])
    assert found.equals(hull_of_all(lon_lat, step))


@pytest.mark.parametrize("width", [1, 2, 3, 6, 30])
def test_a_full_box_is_looked_at_whole(width: int) -> None:
    i, j = np.mgrid[:width, : 9 + width].reshape(2, -1)
    lon_lat = np.column_stack([i, j]) * STEP + [LON, LAT] + STEP * 0.5
    found = data_extent(lon_lat[:, 0], lon_lat[:, 1], bounds=BOX)
    step = np.array([CELL_M / M_PER_DEG / np.cos(np.radians(np.median(lon_lat[:, 1]))), STEP[1]])
    assert found.equals(hull_of_all(lon_lat, step))


def test_bounds_cut_the_hull_and_bounds_without_a_vertex_say_nothing() -> None:
    lon_lat = blob(0, size=40)
    lon, lat = lon_lat.T
    low, high = lon_lat.min(axis=0), np.median(lon_lat, axis=0)
    cut = data_extent(lon, lat, bounds=(*low.tolist(), *high.tolist()))
    assert shapely.covers(shapely.box(*low, *high), cut)
    assert cut.area > 0.5 * shapely.box(*low, *high).area
    elsewhere = data_extent(lon, lat, bounds=(0.0, 0.0, 1.0, 1.0))
    assert elsewhere.equals(data_extent(lon, lat, bounds=None))


@pytest.mark.real
def test_a_real_extent_is_the_hull_of_all_corners(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = shared / "data" / "porto_alegre" / "poa_osm.pbf"
    thinned = read_osm(path).extent
    monkeypatch.setattr("cfspace.io.extent._that_matter", lambda corners, _: corners)
    assert thinned.equals(read_osm(path).extent)


def test_ground_that_is_full_is_looked_at_in_few_places() -> None:
    lon_lat = blob(3, size=120)
    points, _ = occupied_corners(lon_lat[:, 0], lon_lat[:, 1], bounds=BOX)
    assert shapely.get_num_geometries(points) < 0.4 * len(lon_lat)
