"""Totals per unit spread over homes: no child lost, no child made, and what is left out is told."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from cfspace.config.bands import BANDS
from cfspace.config.study import Totals
from cfspace.errors import LayerError
from cfspace.homes.model import CHILDREN, Homes, make_frame, per_band
from cfspace.homes.totals import spread, spread_totals
from cfspace.units import Units
from tests.homes.conftest import CRS, make_units, square
from tests.io.makers import write_csv

HEAD = "code," + ",".join(BANDS) + "\n"
UNITS = make_units(
    district={"1": square(0, 0, 2000)},
    community={"01": square(0, 0, 1000), "02": square(1000, 0, 1000), "03": square(0, 1000, 1000)},
)


def spec(path: Path, **options: object) -> Totals:
    return Totals(file=path, unit_id="code", columns={band: band for band in BANDS}, **options)  # type: ignore[arg-type]


def homes_at(*places: tuple[float, float, float]) -> Homes:
    """Return homes from x, y and floor area."""
    points = gpd.GeoSeries([shapely.Point(x, y) for x, y, _ in places], crs=CRS)
    floor = np.asarray([area for *_, area in places])
    frame = make_frame([f"way/{i}" for i in range(len(places))], per_band(floor), points, floor_area_m2=floor)
    return Homes(frame=frame, weights="floor_area_m2")


def run(text: str, tmp_path: Path, homes: Homes, units: Units = UNITS, **options: object) -> Homes:
    return spread_totals(homes, spec(write_csv(tmp_path / "t.csv", text), **options), units=units)


def test_a_total_is_shared_in_proportion_to_floor_area(tmp_path: Path) -> None:
    homes = homes_at((100, 100, 300.0), (200, 100, 100.0), (1500, 100, 50.0))
    done = run(HEAD + "01,40,0,8,4,4\n02,7,7,7,7,7\n", tmp_path, homes)
    # 300 m2 and 100 m2 share 40 as 30 and 10; the third home has a community of its own
    np.testing.assert_allclose(done.frame["children_0_2"], [30.0, 10.0, 7.0], rtol=1e-12)
    np.testing.assert_allclose(done.frame["children_6_11"], [6.0, 2.0, 7.0], rtol=1e-12)
    assert done.weights == "children"


def test_children_without_a_home_or_a_unit_are_told_with_their_number(tmp_path: Path) -> None:
    homes = homes_at((100, 100, 300.0), (1500, 100, 50.0), (9000, 0, 80.0))
    done = run(HEAD + "01,1,1,1,1,1\n03,2,2,2,2,2\n99,3,3,3,3,3\n", tmp_path, homes)
    assert done.notes == (
        "totals: 1 codes are no community's, 15 children left out: 99",
        "totals: 1 community units have no home, 10 children left out: 03",
        "totals: 1 community units have homes but no total: 02",
        "homes: 2 of 3 lie in no community with a total and are left out",
    )
    assert done.frame["home_id"].tolist() == ["way/0"]
    assert done.unknown == {"district": frozenset(), "community": frozenset({"02"})}


def test_the_level_is_the_one_whose_codes_they_are_or_the_one_named(tmp_path: Path) -> None:
    homes = homes_at((100, 100, 300.0), (1500, 100, 100.0))
    by_district = run(HEAD + "1,4,4,4,4,4\n", tmp_path, homes)
    np.testing.assert_allclose(by_district.frame["children_0_2"], [3.0, 1.0])
    with pytest.raises(
        LayerError, match=r"none of 1 codes is a unit's \(1\), expected codes like community: 01, 02"
    ):
        run(HEAD + "1,4,4,4,4,4\n", tmp_path, homes, level="community")
    with pytest.raises(
        LayerError, match=r"level 'block' is not in the study; use one of district, community"
    ):
        run(HEAD + "1,4,4,4,4,4\n", tmp_path, homes, level="block")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEAD + "01,1,,1,1,1\n", r"no number of children \(3_5\) in row 2; write 0 where there are none"),
        (HEAD + "01,1,约9,1,1,1\n", r"3_5 = '约9' in row 2"),
        (HEAD + "01,1,1,1,1,1\n01,2,2,2,2,2\n", r"code '01' stands in rows 2, 3 with different figures"),
        (HEAD + "220102,1,1,1,1,1\n", r"none of 1 codes is a unit's .*check unit_id, and zeros in front"),
    ],
)
def test_totals_that_do_not_fit_are_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(LayerError, match=message):
        run(text, tmp_path, homes_at((100, 100, 300.0)))


def test_totals_need_every_band(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "t.csv", HEAD + "01,1,1,1,1,1\n")
    short = Totals(file=path, unit_id="code", columns={"0_2": "0_2"})
    with pytest.raises(LayerError, match="no column for age band 3_5, 6_11, 12_14, 15_17"):
        spread_totals(homes_at((1, 1, 1.0)), short, units=UNITS)


@given(
    weights=st.lists(st.floats(0, 1e6), min_size=1, max_size=60),
    n_units=st.integers(1, 6),
    seed=st.integers(0, 2**32 - 1),
)
def test_children_out_equal_children_in(weights: list[float], n_units: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    unit = random.integers(-1, n_units, len(weights))
    totals = random.uniform(0, 5000, (n_units, 5)).round()
    children = spread(np.asarray(weights), unit, totals)
    assert (children >= 0.0).all()
    for i in range(n_units):
        expected = totals[i] if (unit == i).any() else np.zeros(5)
        np.testing.assert_allclose(children[unit == i].sum(axis=0), expected, rtol=1e-9)
    assert not children[unit == -1].any()


def test_a_band_column_per_home_is_kept_in_order(tmp_path: Path) -> None:
    done = run(HEAD + "01,1,2,3,4,5\n", tmp_path, homes_at((100, 100, 300.0)))
    assert done.frame[list(CHILDREN)].to_numpy().tolist() == [[1.0, 2.0, 3.0, 4.0, 5.0]]
