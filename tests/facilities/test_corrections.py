from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cfspace.errors import LayerError
from cfspace.facilities import Facilities, build_facilities
from cfspace.facilities.corrections import read_corrections
from cfspace.io.frame import to_lon_lat
from cfspace.network.toy import line_network, toy_crs
from tests.facilities.places import CRS, Place, osm_data, section, square, write_list

NETWORK = line_network(n_segments=10, segment_m=100.0)


def written(folder: Path, *lines: str) -> Path:
    path = folder / "corrections.csv"
    path.write_text("\n".join(["action,facility_id,other_id,lon,lat,why", *lines]) + "\n", encoding="utf-8")
    return path


def corrected(folder: Path, *places: Place, lines: list[str], rows: list[dict[str, object]]) -> Facilities:
    layers = [section(write_list(folder, rows), "library")] if rows else []
    return build_facilities(
        layers,
        osm=osm_data(*places),
        network=NETWORK,
        crs=toy_crs(),
        corrections=written(folder, *lines),
    )


LISTED = [{"x_m": 0, "y_m": 30, "name": "新华书苑"}]
MAPPED: Place = ({"amenity": "library", "name": "区图书馆"}, (700.0, 30.0))
TWIN: Place = ({"amenity": "library", "name": "新华书苑"}, (10.0, 30.0))


def test_a_merge_by_hand_joins_what_no_rule_would(tmp_path: Path) -> None:
    lines = ["merge,library/list/row2,library/node/1,,,moved in 2025"]
    result = corrected(tmp_path, MAPPED, lines=lines, rows=LISTED)
    assert result.facilities["source"].tolist() == ["osm+municipal:list.csv"]
    assert result.merges["distance_m"].tolist() == pytest.approx([700.0], abs=0.1)


def test_a_split_by_hand_keeps_two_however_alike(tmp_path: Path) -> None:
    assert len(corrected(tmp_path, TWIN, lines=[], rows=LISTED).facilities) == 1
    lines = ["split,library/node/1,library/list/row2,,,"]
    assert len(corrected(tmp_path, TWIN, lines=lines, rows=LISTED).facilities) == 2


def test_osm_places_are_merged_and_split_by_hand_too(tmp_path: Path) -> None:
    places: list[Place] = [
        ({"amenity": "library"}, square(0, 10, 40)),
        ({"amenity": "library"}, (20.0, 30.0)),
    ]
    lines = ["split,library/way/1,library/node/2,,,"]
    assert len(corrected(tmp_path, *places, lines=[], rows=[]).facilities) == 1
    assert len(corrected(tmp_path, *places, lines=lines, rows=[]).facilities) == 2
    lines = ["merge,library/node/2,library/node/1,,,"]
    assert len(corrected(tmp_path, MAPPED, TWIN, lines=lines, rows=[]).facilities) == 1


def test_a_move_puts_a_place_where_it_stands(tmp_path: Path) -> None:
    lon, lat = to_lon_lat(CRS, [300.0], [40.0])
    lines = [f"move,library/list/row2,,{lon[0]},{lat[0]},", f"move,park/way/1,,{lon[0]},{lat[0]},"]
    park: Place = ({"leisure": "park", "name": "南湖公园"}, square(0, 200, 50))
    facilities = corrected(tmp_path, park, lines=lines, rows=LISTED).facilities.set_index("kind")
    assert facilities.geometry["library"].distance(facilities.geometry["park"].centroid) < 0.01
    assert facilities.geometry["library"].x == pytest.approx(300.0, abs=0.01)
    assert facilities.area["park"] == pytest.approx(2500.0, rel=1e-6)


def test_a_dropped_place_is_gone_and_a_correction_without_place_is_told(tmp_path: Path) -> None:
    lines = ["drop,library/node/1,,,,", "drop,library/node/99,,,,"]
    result = corrected(tmp_path, MAPPED, lines=lines, rows=LISTED)
    assert result.facilities["name"].tolist() == ["新华书苑"]
    told = [note for note in result.notes if note.startswith("corrections")]
    assert told == ["corrections: library/node/99 is no longer there; its correction is passed over"]


NAMESAKES = [{"x_m": 0, "y_m": 30, "name": "新华书苑"}, {"x_m": 400, "y_m": 30, "name": "新华书店"}]


def test_two_rows_of_one_list_are_merged_by_hand(tmp_path: Path) -> None:
    lines = ["merge,library/list/row3,library/list/row2,,,"]
    result = corrected(tmp_path, lines=lines, rows=NAMESAKES)
    assert result.facilities["facility_id"].tolist() == ["library/list/row2"]
    assert result.facilities["source_id"].tolist() == ["list/row2+list/row3"]
    assert result.merges["status"].tolist() == ["list_duplicate", "municipal_only"]
    assert not [note for note in result.notes if note.startswith("corrections")]


def test_what_is_one_with_a_third_is_one(tmp_path: Path) -> None:
    lines = ["merge,library/list/row2,library/node/1,,,", "merge,library/list/row3,library/node/1,,,"]
    result = corrected(tmp_path, MAPPED, lines=lines, rows=NAMESAKES)
    assert result.facilities["source_id"].tolist() == ["list/row2+list/row3+node/1"]


def test_a_merge_with_a_point_that_an_area_took_in_is_one_with_the_area(tmp_path: Path) -> None:
    area: Place = ({"amenity": "library", "name": "区图书馆"}, square(690, 20, 30))
    result = corrected(
        tmp_path, MAPPED, area, lines=["merge,library/list/row2,library/node/1,,,"], rows=LISTED
    )
    assert result.facilities["source_id"].tolist() == ["list/row2+way/2+node/1"]


def test_a_merge_that_cannot_be_is_told(tmp_path: Path) -> None:
    park: Place = ({"leisure": "park", "name": "南湖公园"}, square(0, 200, 50))
    result = corrected(tmp_path, park, lines=["merge,library/list/row2,park/way/1,,,"], rows=LISTED)
    assert len(result.facilities) == 2
    (told,) = [note for note in result.notes if note.startswith("corrections")]
    assert told.startswith("corrections: library/list/row2 and park/way/1 stay two places: one is a library,")


@pytest.mark.parametrize("mapped", [(10.0, 30.0), square(-20, 20, 30)])
def test_a_moved_row_lies_where_it_was_put_though_osm_has_it_elsewhere(tmp_path: Path, mapped: Any) -> None:
    """Between a list and OSM, OSM's position counts, but not against what a person said."""
    lon, lat = to_lon_lat(CRS, [100.0], [40.0])
    osm: Place = ({"amenity": "library", "name": "新华书苑"}, mapped)
    result = corrected(tmp_path, osm, lines=[f"move,library/list/row2,,{lon[0]},{lat[0]},"], rows=LISTED)
    (place,) = result.facilities.geometry
    assert result.merges["status"].tolist() == ["match"]
    assert place.centroid.x == pytest.approx(100.0, abs=0.01)
    assert place.centroid.y == pytest.approx(40.0, abs=0.01)
    assert place.area == pytest.approx(0.0 if isinstance(mapped, tuple) else 900.0, rel=1e-6)


CONTRADICTIONS = [
    (["move,a,,125.3,43.9,", "move,a,,125.4,43.9,"], "row 3: a is moved elsewhere in row 2"),
    (["drop,a,,,,", "move,a,,125.4,43.9,"], "row 3: a is dropped in row 2"),
    (["merge,b,a,,,", "drop,a,,,,"], "row 2: a is dropped in row 3"),
    (["merge,a,b,,,", "merge,b,c,,,", "split,c,a,,,"], "row 4: c and a are merged in other rows"),
]


@pytest.mark.parametrize(("lines", "message"), CONTRADICTIONS)
def test_rows_that_contradict_each_other_are_refused(tmp_path: Path, lines: list[str], message: str) -> None:
    with pytest.raises(LayerError, match=message):
        read_corrections(written(tmp_path, *lines), crs=CRS)


BROKEN = [
    ("join,a,b,,,", "row 2: action 'join' is unknown"),
    ("merge,a,,,,", "row 2: merge needs another facility"),
    ("merge,a,a,,,", "row 2: merge needs another facility"),
    ("drop,,b,,,", "row 2: facility_id is empty"),
    ("drop,,,,,", "row 2: "),
    ("move,a,,east,43.9,", "row 2: move needs lon and lat"),
    ("move,a,,,,", "row 2: move needs lon and lat"),
    ("move,a,,43.9,125.3,", "row 2: move needs lon and lat"),
]


@pytest.mark.parametrize(("line", "message"), BROKEN)
def test_a_faulty_row_is_refused(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(LayerError, match=message):
        read_corrections(written(tmp_path, line), crs=CRS)


def test_all_faulty_rows_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(LayerError, match=r"row 2: .*; row 4: "):
        read_corrections(written(tmp_path, "join,a,b,,,", "drop,a,,,,", "move,a,,,,"), crs=CRS)


def test_a_missing_corrections_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LayerError, match="no such file"):
        read_corrections(tmp_path / "none.csv", crs=CRS)
