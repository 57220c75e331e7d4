"""Lengths: planar in the metric frame, against geodesics and against OSMnx's own table of edges."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import osmnx
import pandas as pd
import pyproj
import pytest
import shapely

from cfspace.errors import CrsError
from cfspace.io.frame import metric_crs, scale_error, study_crs, to_metric
from cfspace.io.osm import read_osm

GEOD = pyproj.Geod(ellps="WGS84")
CHANGCHUN, SHENZHEN = (125.32, 43.90), (114.06, 22.54)


@pytest.mark.parametrize("centre", [CHANGCHUN, SHENZHEN])
def test_lengths_are_geodesic_to_one_in_ten_thousand_over_sixty_kilometres(
    centre: tuple[float, float],
) -> None:
    # Pieces of 50 to 500 m in every direction, up to 30 km from the centre of the study.
    rng = np.random.default_rng(5)
    crs = metric_crs(*centre)
    lon, lat, _ = GEOD.fwd(
        *np.broadcast_arrays(*centre, np.zeros(4000))[:2],
        rng.uniform(0, 360, 4000),
        rng.uniform(0, 30_000, 4000),
    )
    far_lon, far_lat, _ = GEOD.fwd(lon, lat, rng.uniform(0, 360, 4000), rng.uniform(50, 500, 4000))
    (x0, y0), (x1, y1) = to_metric(crs, lon, lat), to_metric(crs, far_lon, far_lat)
    geodesic_m = GEOD.inv(lon, lat, far_lon, far_lat)[2]
    assert np.abs(np.hypot(x1 - x0, y1 - y0) / geodesic_m - 1).max() < 1e-4


def test_a_crs_of_another_zone_is_refused_and_the_right_one_is_not() -> None:
    changchun = (125.0, 43.6, 125.7, 44.2)
    assert study_crs("EPSG:4551", changchun).to_epsg() == 4551
    with pytest.raises(CrsError, match="scale of EPSG:4547"):
        study_crs("EPSG:4547", changchun)


def test_web_mercator_is_refused() -> None:
    with pytest.raises(CrsError, match="scale"):
        study_crs("EPSG:3857", (125.0, 43.6, 125.7, 44.2))


@pytest.mark.parametrize("name", ["EPSG:4326", "EPSG:2229", "EPSG:999999", "nonsense"])
def test_a_crs_that_is_not_projected_in_metres_is_refused(name: str) -> None:
    with pytest.raises(CrsError):
        study_crs(name, (125.0, 43.6, 125.7, 44.2))


def test_the_frame_of_a_study_has_scale_one_at_its_centre() -> None:
    assert scale_error(metric_crs(*CHANGCHUN), (125.32, 43.90, 125.32, 43.90)) < 1e-9


@pytest.fixture(scope="module")
def helsinki_edges(shared: Path) -> pd.DataFrame:
    """Join OSMnx's published edges to the same node pairs of our reading of an extract."""
    theirs = pd.read_parquet(shared / "data" / "helsinki" / "osmnx_reference_network_paths.parquet")
    shapes = shapely.from_wkb(theirs["geometry"].to_numpy())
    ends = (
        shapely.get_coordinates(shapely.get_point(shapes, 0)),
        shapely.get_coordinates(shapely.get_point(shapes, -1)),
    )
    theirs = theirs[["u", "v", "length"]].assign(
        lon0=ends[0][:, 0], lat0=ends[0][:, 1], lon1=ends[1][:, 0], lat1=ends[1][:, 1]
    )
    ways = read_osm(shared / "data" / "helsinki" / "Helsinki.osm.pbf").ways
    inner = np.ones(len(ways.node_id), bool)
    inner[ways.ptr[1:] - 1] = False
    here = np.flatnonzero(inner)
    columns = {"u": ways.node_id[here], "v": ways.node_id[here + 1]}
    for end, step in (("0", 0), ("1", 1)):
        columns[f"our_lon{end}"], columns[f"our_lat{end}"] = (
            ways.lon_deg[here + step],
            ways.lat_deg[here + step],
        )
    edges = theirs.merge(pd.DataFrame(columns).drop_duplicates(["u", "v"]), on=["u", "v"])
    # Nodes that mappers have moved between the two dates say nothing about lengths.
    same = np.ones(len(edges), bool)
    for end in "01":
        for axis in ("lon", "lat"):
            same &= np.abs(edges[f"our_{axis}{end}"] - edges[f"{axis}{end}"]) < 1e-9
    return edges[same]


def test_edges_are_as_long_as_osmnx_says_by_its_own_formula(helsinki_edges: pd.DataFrame) -> None:
    edges = helsinki_edges
    assert len(edges) > 1000
    ours = osmnx.distance.great_circle(
        edges["our_lat0"].to_numpy(),
        edges["our_lon0"].to_numpy(),
        edges["our_lat1"].to_numpy(),
        edges["our_lon1"].to_numpy(),
    )
    np.testing.assert_allclose(ours, edges["length"], atol=2e-3)


def test_planar_lengths_differ_from_the_great_circle_by_what_the_ellipsoid_explains(
    helsinki_edges: pd.DataFrame,
) -> None:
    """On the sphere OSMnx takes, a degree is up to 0.34 % off that of the ellipsoid; planar is not."""
    edges = helsinki_edges[helsinki_edges["length"] > 5]
    crs = metric_crs(24.944, 60.17)
    x0, y0 = to_metric(crs, edges["our_lon0"].to_numpy(), edges["our_lat0"].to_numpy())
    x1, y1 = to_metric(crs, edges["our_lon1"].to_numpy(), edges["our_lat1"].to_numpy())
    planar_m = np.hypot(x1 - x0, y1 - y0)
    geodesic_m = GEOD.inv(*(edges[f"our_{name}"].to_numpy() for name in ("lon0", "lat0", "lon1", "lat1")))[2]
    assert np.abs(planar_m / geodesic_m - 1).max() < 1e-6
    assert np.abs(planar_m / edges["length"].to_numpy() - 1).max() < 4e-3
