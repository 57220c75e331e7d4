"""The datum detector: warns of a wrong datum with its offset, and stays silent on layers that are right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from cfspace.io.datum_check import (
    DatumVerdict,
    candidates,
    judge_names,
    judge_outlines,
    outline_pieces,
    plain_name,
)
from cfspace.io.datums import DATUMS, from_wgs84
from cfspace.io.frame import metric_crs
from cfspace.io.layers import read_layer

CHANGCHUN_CRS = metric_crs(125.34, 43.89)


@pytest.fixture(scope="module")
def changchun(shared: Path) -> dict[str, Any]:
    """Return the real streets of central Changchun."""
    streets = gpd.read_file(shared / "data/changchun_core/roads_osm_central.geojson").to_crs(CHANGCHUN_CRS)
    lines = streets.geometry.to_numpy()
    return {
        "streets": lines,
        "extent": shapely.concave_hull(shapely.union_all(lines), 0.3),
        "crs": CHANGCHUN_CRS,
    }


def judge(path: Path, declared: str, streets: dict[str, Any], **options: Any) -> DatumVerdict:
    frame = read_layer(path, layer="layer", datum=declared, **options).frame
    return judge_outlines(frame, layer="layer", declared=declared, **streets)


@pytest.mark.real
@pytest.mark.parametrize(("declared", "better"), [("wgs84", "gcj02"), ("gcj02", None), ("bd09", "gcj02")])
def test_amap_districts_are_found_to_be_gcj02(
    shared: Path, changchun: dict[str, Any], declared: str, better: str | None
) -> None:
    verdict = judge(
        shared / "data/ne_china_boundaries/changchun_220100_districts_gcj02.geojson", declared, changchun
    )
    assert verdict.better == better
    if declared == "wgs84":
        assert verdict.offset_m == pytest.approx(588, abs=10)  # 524 m east and 270 m north
        assert 'write datum = "gcj02" if that is so' in str(verdict)


@pytest.mark.real
@pytest.mark.parametrize("use", ["居住用地", "商业服务业", "医疗卫生", "教育科研"])
@pytest.mark.parametrize(("declared", "better"), [("wgs84", None), ("gcj02", "wgs84"), ("bd09", "wgs84")])
def test_parcels_beside_streets_are_found_to_be_wgs84(
    shared: Path, changchun: dict[str, Any], use: str, declared: str, better: str | None
) -> None:
    path = shared / "data/changchun_core/landuse_parcels.geojson"
    assert judge(path, declared, changchun, where={"Type": use}).better == better


@pytest.mark.real
@pytest.mark.parametrize("name", ["landuse_parcels", "study_boundary_wgs84", "rail_osm", "roads_osm_central"])
def test_layers_that_are_right_raise_no_alarm(shared: Path, changchun: dict[str, Any], name: str) -> None:
    assert judge(shared / f"data/changchun_core/{name}.geojson", "wgs84", changchun).better is None


@pytest.mark.real
@pytest.mark.parametrize("declared", DATUMS)
def test_boundaries_that_do_not_meet_the_streets_raise_no_alarm(
    shared: Path, changchun: dict[str, Any], declared: str
) -> None:
    path = shared / "data/ne_china_boundaries/jilin_province_cities_gcj02.geojson"
    assert judge(path, declared, changchun).better is None


@pytest.mark.real
@pytest.mark.parametrize(("declared", "better"), [("wgs84", "gcj02"), ("gcj02", None), ("bd09", "gcj02")])
@pytest.mark.parametrize(
    ("layer", "other", "centre"),
    [
        ("jilin_province_cities", "changchun_220100_districts", (125.3, 43.9)),
        ("jilin_city_220200_districts", "jilin_province_cities", (126.5, 43.8)),
    ],
)
def test_outlines_where_no_street_is_are_judged_by_those_of_another_layer(
    shared: Path, layer: str, other: str, centre: tuple[float, float], declared: str, better: str | None
) -> None:
    folder, crs = shared / "data/ne_china_boundaries", metric_crs(*centre)
    known = read_layer(folder / f"{other}_gcj02.geojson", layer="known", datum="gcj02").frame.to_crs(crs)
    frame = read_layer(folder / f"{layer}_gcj02.geojson", layer="layer", datum=declared).frame
    verdict = judge_outlines(
        frame,
        layer="layer",
        declared=declared,
        streets=outline_pieces(known.geometry.to_numpy()),
        extent=shapely.box(*known.total_bounds),
        crs=crs,
        of="outlines of known",
    )
    assert verdict.better == better
    assert verdict.fit["gcj02"] > 0.9 > 0.5 > max(verdict.fit["wgs84"], verdict.fit["bd09"])
    if better is not None:
        assert verdict.offset_m == pytest.approx({"wgs84": 565, "bd09": 835}[declared], abs=20)


def town() -> tuple[np.ndarray, gpd.GeoDataFrame]:
    """Return streets every 250 m or so, and 36 blocks whose edges they are, EPSG:4326."""
    random = np.random.default_rng(5)
    at = np.cumsum(random.uniform(180, 320, 10))
    streets = [shapely.LineString([(x, at[0]), (x, at[-1])]) for x in at]
    streets += [shapely.LineString([(at[0], y), (at[-1], y)]) for y in at]
    blocks = [shapely.box(at[i], at[j], at[i + 1], at[j + 1]) for i in range(2, 8) for j in range(2, 8)]
    return np.asarray(streets, dtype=object), gpd.GeoDataFrame(geometry=blocks, crs=CHANGCHUN_CRS).to_crs(
        4326
    )


def misplaced(frame: gpd.GeoDataFrame, true: str) -> gpd.GeoDataFrame:
    """Return a layer that lies in `true` and was read as WGS-84."""
    return frame.set_geometry(from_wgs84(frame.geometry, true))


@pytest.mark.parametrize(("true", "better"), [("wgs84", None), ("gcj02", "gcj02"), ("bd09", "bd09")])
def test_blocks_of_a_toy_town_give_their_datum_away(true: str, better: str | None) -> None:
    streets, blocks = town()
    verdict = judge_outlines(
        misplaced(blocks, true),
        layer="block",
        declared="wgs84",
        streets=streets,
        extent=shapely.box(-5000, -5000, 8000, 8000),
        crs=CHANGCHUN_CRS,
    )
    assert verdict.better == better


def test_outside_china_there_is_nothing_to_choose() -> None:
    frame = gpd.GeoDataFrame(geometry=[shapely.box(-15.45, 28.10, -15.44, 28.11)], crs=4326)
    assert candidates(frame, "wgs84") == {}
    assert candidates(frame, "control.csv") == {}


PLACES = gpd.GeoDataFrame(
    {"name": ["第一小学", "第二小学", "春城幼儿园", "儿童公园", "幼儿园", "幼儿园", None]},
    geometry=gpd.points_from_xy(
        [125.31, 125.32, 125.33, 125.34, 125.35, 125.36, 125.37],
        [43.88, 43.89, 43.87, 43.88, 43.9, 43.9, 43.9],
    ),
    crs=4326,
)


@pytest.mark.parametrize(("true", "better"), [("wgs84", None), ("gcj02", "gcj02"), ("bd09", "bd09")])
def test_places_of_the_same_name_give_a_list_away(true: str, better: str | None) -> None:
    given = misplaced(PLACES.assign(name=["第一小学（东区）", *PLACES["name"][1:]]), true)
    verdict = judge_names(given, layer="school", declared="wgs84", places=PLACES, crs=CHANGCHUN_CRS)
    assert verdict.better == better
    assert verdict.evidence.startswith("4 places of the same name")
    if better is not None:
        assert verdict.fit[better] < 0.01
        assert verdict.offset_m == pytest.approx(verdict.fit["wgs84"], rel=0.05)


def test_two_names_alone_and_names_far_apart_prove_nothing() -> None:
    few = misplaced(PLACES[:2], "gcj02")
    assert judge_names(few, layer="x", declared="wgs84", places=PLACES, crs=CHANGCHUN_CRS).better is None
    namesakes = PLACES.set_geometry(PLACES.translate(xoff=0.2))
    assert (
        judge_names(namesakes, layer="x", declared="wgs84", places=PLACES, crs=CHANGCHUN_CRS).better is None
    )


def test_names_are_compared_without_brackets_and_spaces() -> None:
    assert plain_name("Kita (Haus 2) Nord") == "kitanord"
