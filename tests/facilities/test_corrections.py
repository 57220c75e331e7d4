from __future__ import annotations

from pathlib import Path

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
