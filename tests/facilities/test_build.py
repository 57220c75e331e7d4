from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cfspace.config.study import LayerSection
from cfspace.facilities import Facilities, build_facilities
from cfspace.network.toy import line_network, toy_crs
from tests.facilities.places import Place, osm_data, section, square, write_list

NETWORK = line_network(n_segments=10, segment_m=100.0)


def build(*places: Place, layers: list[LayerSection] | None = None, **more: Any) -> Facilities:
    return build_facilities(layers or [], osm=osm_data(*places), network=NETWORK, crs=toy_crs(), **more)


def test_evidence_says_where_each_kind_came_from(tmp_path: Path) -> None:
    clinics = write_list(tmp_path, [{"x_m": 0, "y_m": 30, "name": "南湖社区卫生服务站"}], file="clinics.csv")
    rooms = write_list(tmp_path, [{"x_m": 0, "y_m": 30, "name": "万达母婴室"}], file="rooms.csv")
    layers = [section(clinics, "clinic"), section(rooms, "nursing_room", complete=True)]
    result = build(({"amenity": "library"}, (0.0, 20.0)), layers=layers)
    assert result.evidence["clinic"] == "municipal"
    assert result.evidence["nursing_room"] == "municipal_complete"
    assert result.evidence["library"] == "osm"
    assert result.evidence["children_home"] == "none"
    assert len(result.reports) == 2


def test_an_empty_complete_list_is_the_truth(tmp_path: Path) -> None:
    rooms = tmp_path / "rooms.csv"
    rooms.write_text("name,lon,lat\n", encoding="utf-8")
    layers = [section(rooms, "nursing_room", complete=True, allow_empty=True)]
    result = build(({"amenity": "nursing_room"}, (0.0, 20.0)), layers=layers)
    assert "nursing_room" not in set(result.facilities["kind"])
    assert result.evidence["nursing_room"] == "municipal_complete"
    assert "nursing_room: 1 in OSM are not on the complete municipal list and do not count" in result.notes


def test_a_complete_list_speaks_for_the_study_area_alone(tmp_path: Path) -> None:
    path = write_list(tmp_path, [{"x_m": 100, "y_m": 10, "name": "南湖图书馆"}])
    places = (
        ({"amenity": "library", "name": "旧图书馆"}, (400.0, 10.0)),
        ({"amenity": "library", "name": "邻市图书馆"}, (1400.0, 10.0)),
    )
    layers = [section(path, "library", complete=True)]
    result = build(*places, layers=layers, area=square(0, -500, 1000))
    assert sorted(result.facilities["name"]) == ["南湖图书馆", "邻市图书馆"]


def test_schools_of_unknown_level_are_told(tmp_path: Path) -> None:
    result = build(({"amenity": "school"}, (0.0, 20.0)))
    assert "schools: 1 of unknown level count for neither primary nor secondary school" in result.notes


def test_a_school_that_lists_tell_counts_for_its_levels_and_no_longer_as_unknown(tmp_path: Path) -> None:
    path = write_list(tmp_path, [{"x_m": 50, "y_m": 50, "name": "外国语学校", "levels": "1;2"}])
    layers = [section(path, "school", columns={"isced": "levels"})]
    result = build(({"amenity": "school", "name": "外国语学校"}, square(0, 10, 100)), layers=layers)
    assert result.facilities["kind"].tolist() == ["junior_school", "primary_school"]
    assert set(result.facilities.geometry.geom_type) == {"Polygon"}


def test_without_osm_lists_alone_make_the_facilities(tmp_path: Path) -> None:
    path = write_list(tmp_path, [{"x_m": 50, "y_m": 20, "name": "南湖公园"}])
    result = build_facilities([section(path, "park")], osm=None, network=NETWORK, crs=toy_crs())
    assert result.facilities["facility_id"].tolist() == ["park/list/row2"]
    assert result.entrances["rule"].tolist() == ["point"]
    assert result.evidence["park"] == "municipal"


def test_nothing_at_all_is_an_answer() -> None:
    result = build_facilities([], osm=None, network=NETWORK, crs=toy_crs())
    assert len(result.facilities) == len(result.entrances) == len(result.merges) == 0
    assert set(result.evidence.values()) == {"none"}


def test_the_same_input_gives_the_same_frames_whatever_the_order_of_objects() -> None:
    places: list[Place] = [
        ({"leisure": "park", "name": "南湖公园"}, square(0, 10, 120)),
        ({"amenity": "school", "name": "第一小学"}, square(300, 10, 80)),
        ({"amenity": "library"}, (500.0, 20.0)),
    ]
    first = build(*places)
    data = osm_data(*places)
    turned = data.features.iloc[::-1].reset_index(drop=True)
    second = build_facilities([], osm=_with_features(data, turned), network=NETWORK, crs=toy_crs())
    assert first.facilities.equals(second.facilities)
    assert first.entrances.equals(second.entrances)
    keys = first.facilities[["kind", "facility_id"]].apply(tuple, axis=1).tolist()
    assert keys == sorted(keys)


def _with_features(data: Any, turned: Any) -> Any:
    from dataclasses import replace

    return replace(data, features=turned)


@pytest.mark.parametrize("kind", ["education", "park"])
def test_ids_are_unique_even_over_two_lists_of_one_file_name(tmp_path: Path, kind: str) -> None:
    sections = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        rows = [{"x_m": 0, "y_m": 30, "name": folder}]
        sections.append(section(write_list(tmp_path / folder, rows), kind))
    assert build(layers=sections).facilities["facility_id"].is_unique
