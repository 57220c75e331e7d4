"""What is read back from the cache is what was read from OSM, to the bit."""

from __future__ import annotations

import shutil
from dataclasses import fields, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from cfspace.io.osm import OsmData, OsmWays, read_osm
from cfspace.io.osm_store import load_osm, write_osm
from tests.io.osmmaker import multipolygon, node, ring, square, way
from tests.io.osmmaker import write_osm as write_xml

LON, LAT = 125.3, 43.9


def same(one: object, other: object) -> None:
    """Check field by field, so that a new one is not forgotten."""
    if isinstance(one, OsmData | OsmWays):
        for field in fields(one):
            same(getattr(one, field.name), getattr(other, field.name))
    elif isinstance(one, gpd.GeoDataFrame):
        assert isinstance(other, gpd.GeoDataFrame)
        assert list(one.columns) == list(other.columns)
        assert one.dtypes.to_dict() == other.dtypes.to_dict()
        assert one.crs == other.crs
        assert one.crs.to_wkt() == other.crs.to_wkt()
        assert (shapely.to_wkb(one.geometry) == shapely.to_wkb(other.geometry)).all()
        assert [list(tags.items()) for tags in one["tags"]] == [list(tags.items()) for tags in other["tags"]]
        plain = ["tags", "geometry"]
        pd.testing.assert_frame_equal(
            pd.DataFrame(one.drop(columns=plain)), pd.DataFrame(other.drop(columns=plain))
        )
    elif isinstance(one, np.ndarray):
        assert isinstance(other, np.ndarray)
        assert one.dtype == other.dtype
        assert one.flags.writeable == other.flags.writeable
        np.testing.assert_array_equal(one, other)
    else:
        assert one == other


def round_trip(osm: OsmData, folder: Path) -> OsmData:
    write_osm(osm, folder)
    return load_osm(folder, osm.source)


def test_every_field_comes_back(tmp_path: Path) -> None:
    file = write_xml(
        tmp_path / "town.osm",
        *square(1, LON, LAT, 0.01),
        *square(11, LON + 0.004, LAT + 0.004, 0.002),
        node(21, LON, LAT, {"amenity": "library", "name": '南关区"图书馆"\n\\', "opening_hours": ""}),
        way(30, [1, 2, 99, 3, 4], {"highway": "residential", "name": "人民大街"}),
        way(31, ring(1), {}),
        way(32, ring(11), {"building": "yes", "amenity": "school"}),
        way(33, [1, 3], {"railway": "rail"}),
        way(34, [2, 4], {"barrier": "fence"}),
        multipolygon(40, [(31, "outer"), (32, "inner")], {"landuse": "residential"}),
        multipolygon(
            41, [(31, "outer")], {"boundary": "administrative", "name": "南关区", "admin_level": "6"}
        ),
    )
    osm = read_osm(file)
    assert min(len(getattr(osm, name)) for name in ("features", "barriers", "walls", "boundaries")) == 1
    same(osm, round_trip(osm, tmp_path))


def test_an_extract_of_one_street_and_nothing_else_comes_back(tmp_path: Path) -> None:
    file = write_xml(tmp_path / "town.osm", *square(1, LON, LAT), way(30, [1, 2, 3], {"highway": "path"}))
    osm = read_osm(file)
    same(osm, round_trip(osm, tmp_path))


def test_a_layer_does_not_need_the_folder_any_more_and_is_parsed_once(tmp_path: Path) -> None:
    file = write_xml(
        tmp_path / "town.osm",
        *square(1, LON, LAT),
        way(30, [1, 2, 3], {"highway": "path"}),
        way(31, ring(1), {"building": "yes"}),
    )
    kept = tmp_path / "kept"
    kept.mkdir()
    osm = round_trip(read_osm(file), kept)
    shutil.rmtree(kept)
    buildings = osm.buildings
    assert buildings["osm_id"].tolist() == [31]
    assert osm.buildings is buildings
    assert replace(osm, extent=shapely.box(0, 0, 1, 1)).ways.way_id.tolist() == [30]
    with pytest.raises(AttributeError, match="no_such_layer"):
        osm.no_such_layer  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.parametrize("name", ["helsinki/Helsinki.osm.pbf", "shenzhen_longgang/map.osm"])
def test_real_extracts_come_back(shared: Path, tmp_path: Path, name: str) -> None:
    osm = read_osm(shared / "data" / name)
    same(osm, round_trip(osm, tmp_path))


def test_frames_can_be_opened_by_any_gis(tmp_path: Path) -> None:
    file = write_xml(
        tmp_path / "town.osm",
        *square(1, LON, LAT),
        way(30, [1, 2, 3], {"highway": "path"}),
        way(31, ring(1), {"leisure": "park"}),
    )
    round_trip(read_osm(file), tmp_path)
    features = gpd.read_parquet(tmp_path / "features.parquet")
    assert features["tags"].tolist() == ['{"leisure":"park"}']
    assert features.crs == "EPSG:4326"
