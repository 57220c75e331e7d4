"""With OSMnx's own rules, the walk network of a real city is as long as OSMnx's, class by class."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import osmium
import osmnx
import pytest
from osmnx import _overpass

from cfspace.io.frame import metric_crs, to_lon_lat
from cfspace.io.osm import read_osm
from cfspace.network.build import build_network
from cfspace.network.rules import load_walk_rules

EXTRACT = Path("data") / "las_palmas" / "las_palmas_2023_osm_20230221.pbf"


def osmnx_keeps(tags: dict[str, str]) -> bool:
    """Apply the filter text that OSMnx sends to Overpass, as Overpass would."""
    text = _overpass._get_network_filter("walk")
    for key, pattern in re.findall(r'\["([^"]+)"!~"([^"]+)"\]', text):
        if key in tags and re.search(pattern, tags[key]):
            return False
    return "highway" in tags


def ways_of_osmnx(path: Path) -> Iterator[tuple[str, list[tuple[float, float]]]]:
    """Give class and vertices of each way that the filter keeps; absent nodes are dropped."""
    for way in osmium.FileProcessor(str(path), osmium.osm.WAY | osmium.osm.NODE).with_locations():
        if way.is_way() and osmnx_keeps(tags := dict(way.tags)):
            yield tags["highway"], [(node.lon, node.lat) for node in way.nodes if node.location.valid()]


def great_circle_m(lon_lat: np.ndarray) -> float:
    """Length of a polyline by the formula and the earth radius of OSMnx."""
    (lon1, lat1), (lon2, lat2) = lon_lat[:-1].T, lon_lat[1:].T
    return float(np.sum(osmnx.distance.great_circle(lat1, lon1, lat2, lon2)))


@pytest.fixture(scope="module")
def lengths_m(shared: Path) -> tuple[dict[str, float], dict[str, float]]:
    theirs: dict[str, float] = defaultdict(float)
    for highway, lon_lat in ways_of_osmnx(shared / EXTRACT):
        theirs[highway] += great_circle_m(np.array(lon_lat)) if len(lon_lat) > 1 else 0.0
    osm = read_osm(shared / EXTRACT)
    middle = osm.extent.centroid
    network = build_network(osm.ways, load_walk_rules("osmnx"), metric_crs(middle.x, middle.y))
    ours: dict[str, float] = defaultdict(float)
    lon_lat = np.column_stack(to_lon_lat(network.crs, network.vertex_x_m, network.vertex_y_m))
    for segment, highway in enumerate(network.attributes["highway"]):
        ours[highway] += great_circle_m(lon_lat[slice(*network.vertex_ptr[segment : segment + 2])])
    return ours, theirs


def test_every_class_is_as_long_as_in_osmnx(lengths_m: tuple[dict[str, float], dict[str, float]]) -> None:
    ours, theirs = lengths_m
    assert set(ours) == {highway for highway, length in theirs.items() if length > 0}
    for highway, length in theirs.items():
        assert ours.get(highway, 0.0) == pytest.approx(length, rel=1e-3, abs=0.5), highway
    assert sum(ours.values()) == pytest.approx(sum(theirs.values()), rel=1e-3)
