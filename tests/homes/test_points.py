"""Homes from a list of points."""

from __future__ import annotations

from pathlib import Path

import pytest

from cfspace.config.bands import BANDS
from cfspace.config.study import Points
from cfspace.errors import LayerError
from cfspace.homes.model import CHILDREN, Homes
from cfspace.homes.points import homes_from_points
from tests.homes.conftest import CRS
from tests.io.makers import write_csv

COLUMNS = {band: f"c{band}" for band in BANDS}
HEAD = "code,lon,lat," + ",".join(COLUMNS.values()) + "\n"


def build(path: Path, *, has_totals: bool = False, **options: object) -> Homes:
    spec = Points(file=path, lon="lon", lat="lat", **{"columns": COLUMNS, **options})  # type: ignore[arg-type]
    return homes_from_points(spec, has_totals=has_totals, crs=CRS)


def test_children_come_as_the_list_gives_them(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "h.csv", HEAD + "007,125.32,43.88,1,2,3,4,5\n008,125.33,43.88,0,0,1,0,0\n")
    homes = build(path, id="code")
    assert homes.frame["home_id"].tolist() == ["007", "008"]
    assert homes.frame[list(CHILDREN)].to_numpy().tolist() == [[1, 2, 3, 4, 5], [0, 0, 1, 0, 0]]
    assert homes.weights == "children"
    assert build(path).frame["home_id"].tolist() == ["point/2", "point/3"]


def test_with_totals_a_list_without_children_weighs_homes_alike(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "h.csv", "lon,lat\n125.32,43.88\n125.33,43.88\n")
    assert build(path, columns={}, has_totals=True).frame[CHILDREN[0]].tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        (HEAD + "7,125.32,43.88,1,,3,4,5\n", {}, r"no number of children \(c3_5\) in row 2; write 0"),
        (HEAD + "7,125.32,43.88,1,-2,3,4,5\n", {}, r"not a number of 0 or more: c3_5 = '-2' in row 2"),
        (
            HEAD + "7,125.3,43.9,1,2,3,4,5\n7,125.4,43.9,1,2,3,4,5\n",
            {"id": "code"},
            r"not unique in rows 2, 3",
        ),
        (HEAD, {"columns": {}}, r"no column for age band 0_2, 3_5, 6_11, 12_14, 15_17"),
        (HEAD, {"columns": {"0_2": "c0_2"}}, r"no column for age band 3_5, .*give all of"),
    ],
)
def test_a_list_that_leaves_children_unknown_is_refused(
    tmp_path: Path, text: str, options: dict[str, object], message: str
) -> None:
    with pytest.raises(LayerError, match=message):
        build(write_csv(tmp_path / "h.csv", text), **options)


def test_households_that_are_alike_all_count_unless_ids_say_they_are_one(tmp_path: Path) -> None:
    """Two families of one house, each with one child of six: a list of households repeats itself."""
    row = "7,125.32,43.88,0,0,1,0,0\n"
    path = write_csv(tmp_path / "h.csv", HEAD + row + "8,125.33,43.88,1,1,1,1,1\n" + row)
    homes = build(path)
    assert homes.frame["children_6_11"].tolist() == [1.0, 1.0, 1.0]
    (note,) = homes.reports[0].notes
    assert note.startswith("1 rows repeat an earlier one in every cell and count all the same (row 4)")
    assert build(path, id="code").frame["home_id"].tolist() == ["7", "8"]


def test_children_of_rows_without_a_position_are_told_with_their_number(tmp_path: Path) -> None:
    text = HEAD + "7,125.32,43.88,1,2,3,4,5\n8,,43.88,1,1,1,1,1\n9,125.32x,43.88,0,0,0,0,20\n"
    homes = build(write_csv(tmp_path / "h.csv", text))
    assert homes.frame[list(CHILDREN)].to_numpy().sum() == 15.0
    (note,) = homes.notes
    assert note == (
        "homes: 2 rows with 25 children have no position that can be used and do not count: "
        "rows 3, 4 of h.csv"
    )
