"""On real extracts: what the rules find, and that entrances lie on outlines."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pandas as pd
import pytest
import shapely

from cfspace.config.study import LayerSection
from cfspace.facilities import Facilities, build_facilities
from cfspace.io.frame import metric_crs
from cfspace.io.osm import OsmData, read_osm
from cfspace.network.build import build_network
from cfspace.network.model import WalkNetwork
from cfspace.network.rules import load_walk_rules


def city(path: Path) -> tuple[OsmData, WalkNetwork]:
    osm = read_osm(path)
    middle = osm.extent.centroid
    return osm, build_network(osm.ways, load_walk_rules("cfspace"), crs=metric_crs(middle.x, middle.y))


@pytest.fixture(scope="module")
def las_palmas_city(shared: Path) -> tuple[OsmData, WalkNetwork]:
    return city(shared / "data" / "las_palmas" / "las_palmas_2023_osm_20230221.pbf")


@pytest.fixture(scope="module")
def las_palmas(las_palmas_city: tuple[OsmData, WalkNetwork]) -> Facilities:
    osm, network = las_palmas_city
    return build_facilities([], osm=osm, network=network, crs=network.crs)


def test_every_place_has_an_entrance_and_every_area_has_it_on_its_outline(las_palmas: Facilities) -> None:
    facilities = las_palmas.facilities.set_index("facility_id")
    entrances = las_palmas.entrances
    assert set(entrances["facility_id"]) == set(facilities.index)
    own = facilities.geometry.loc[entrances["facility_id"]]
    areas = own.geom_type.isin(["Polygon", "MultiPolygon"]).to_numpy()
    distance_m = shapely.distance(entrances.geometry.to_numpy()[areas], own.boundary.to_numpy()[areas])
    assert areas.sum() > 3000
    # Gates are taken within a metre of the outline.
    assert distance_m.max() <= 1.001
    assert not (entrances["rule"][areas] == "point").any()


HAND_CHECKED = {
    "node/1552686239": {"kindergarten", "primary_school"},  # C.E.I.P. Gran Canaria
    "way/119039018": {"junior_school", "senior_school"},  # I.E.S La Isleta
    "node/1944125214": {"kindergarten", "primary_school", "junior_school"},  # CEO Omayra Sánchez
    "way/205606785": set(),  # IES José Saramago (cerrado)
    "node/4350038063": set(),  # Giros, Escuela de Baile
    "way/443668952": set(),  # Escuela Oficial de Idiomas
    "way/837402095": set(),  # Centro Municipal de Educación Vial
    "node/4354232210": set(),  # Cámara y Acción, Escuela de Cine
    "node/2678542693": {"clinic"},  # Centro de Salud de San Roque, tagged as a hospital
    "node/4354300863": set(),  # ICEO, Clínica Dental
    "node/5221887007": set(),  # a gynaecologist
    "relation/11558015": {"hospital", "paediatric_hospital", "venue"},  # Hospital Materno Infantil
    "way/37355825": set(),  # Parque Infantil Alonso Quesada, tagged as a kindergarten
    "way/426144133": {"library"},  # Biblioteca Insular de Gran Canaria
    "node/448308927": set(),  # Biblioteca Universitaria
    "way/251657988": set(),  # Archivo Histórico Provincial
    "way/30801597": {"park"},  # Parque Doramas
    "node/9554928769": {"youth_place"},  # Cabildo de Gran Canaria, Espacio Joven
}


@pytest.mark.parametrize(("osm_id", "kinds"), HAND_CHECKED.items())
def test_places_read_by_hand_are_of_their_kind(las_palmas: Facilities, osm_id: str, kinds: set[str]) -> None:
    facilities = las_palmas.facilities
    rows = facilities["source_id"].map(lambda ids: osm_id in ids.split("+"))
    assert set(facilities["kind"][rows]) == kinds


def test_gardens_of_traffic_islands_are_no_parks(las_palmas: Facilities) -> None:
    assert 150 <= (las_palmas.facilities["kind"] == "park").sum() <= 350


def test_nobody_knows_of_nursing_rooms_in_las_palmas(las_palmas: Facilities) -> None:
    assert las_palmas.evidence["nursing_room"] == "none"
    assert las_palmas.evidence["children_home"] == "none"


def test_the_same_extract_gives_the_same_frames(
    las_palmas_city: tuple[OsmData, WalkNetwork], las_palmas: Facilities
) -> None:
    osm, network = las_palmas_city
    again = build_facilities([], osm=osm, network=network, crs=network.crs)
    assert again.facilities.equals(las_palmas.facilities)
    assert again.entrances.equals(las_palmas.entrances)


def test_shenzhen_has_its_schools_metro_stations_and_parks(shared: Path) -> None:
    osm, network = city(shared / "data" / "shenzhen_longgang" / "map.osm")
    facilities = build_facilities([], osm=osm, network=network, crs=network.crs).facilities
    names = facilities.groupby("kind")["name"].agg(set)
    assert {"爱联", "大运", "荷坳"} == names["rail_station"]
    assert "大运山公园" in names["park"]
    assert names["school"] == {"龙岗外国语学校", "深圳市体育运动学校", "华南师范大学附属龙岗大运学校"}
    assert "深圳信息职业技术学院" not in set(facilities["name"])


def test_helsinki_reads_without_fault(shared: Path) -> None:
    osm, network = city(shared / "data" / "helsinki" / "Helsinki.osm.pbf")
    result = build_facilities([], osm=osm, network=network, crs=network.crs)
    assert result.facilities["kind"].value_counts()["park"] > 5
    assert set(result.entrances["facility_id"]) == set(result.facilities["facility_id"])


def test_bus_stops_of_the_operator_match_those_of_osm_as_a_person_matched_them(
    shared: Path, tmp_path: Path, las_palmas_city: tuple[OsmData, WalkNetwork]
) -> None:
    # 60 stops drawn at random, of which the 52 that a person could decide by name and place are listed.
    with zipfile.ZipFile(shared / "data" / "las_palmas" / "gtfs_guaguas_20230222.zip") as archive:
        (tmp_path / "stops.csv").write_bytes(archive.read("stops.txt"))
    layer = LayerSection(
        kind="bus_stop",
        file=tmp_path / "stops.csv",
        lon="stop_lon",
        lat="stop_lat",
        id="stop_id",
        name="stop_name",
    )
    osm, network = las_palmas_city
    facilities = build_facilities([layer], osm=osm, network=network, crs=network.crs).facilities
    pairs = zip(facilities["facility_id"], facilities["source_id"], strict=True)
    sources = {own: ids.partition("+")[2] or None for own, ids in pairs}
    checked = pd.read_csv(Path(__file__).parent / "las_palmas_stops.csv", dtype="str")
    told = [sources.get(f"bus_stop/stops/{stop_id}") for stop_id in checked["stop_id"]]
    truth = [None if pd.isna(osm_id) else osm_id for osm_id in checked["osm_id"]]
    right = sum(own is not None and own == true for own, true in zip(told, truth, strict=True))
    assert right / sum(own is not None for own in told) >= 0.95
    assert right / sum(true is not None for true in truth) >= 0.95
