"""Homes from population rasters: cells, age classes, and rasters that lie."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from numpy.typing import ArrayLike
from rasterio.transform import Affine

from cfspace.config.bands import BANDS
from cfspace.errors import CrsError, LayerError
from cfspace.homes.model import CHILDREN, Homes
from cfspace.homes.rasters import band_shares, class_years, homes_from_rasters
from tests.homes.conftest import CRS

WEST, NORTH, STEP = 125.30, 43.90, 0.001
BOUNDS = (125.30, 43.898, 125.304, 43.90)


def write_raster(
    path: Path,
    counts: ArrayLike,
    *,
    crs: str | None = "EPSG:4326",
    nodata: float | None = -99999.0,
    west: float = WEST,
    n_bands: int = 1,
) -> Path:
    grid = np.asarray(counts, dtype="float32")
    with rasterio.open(
        path, "w", driver="GTiff", height=grid.shape[0], width=grid.shape[1], count=n_bands, dtype="float32",
        crs=crs, nodata=nodata, transform=Affine(STEP, 0, west, 0, -STEP, NORTH),
    ) as data:  # fmt: skip
        for band in range(1, n_bands + 1):
            data.write(grid, band)
    return path


def build(paths: dict[str, Path], *, are_classes: bool = False) -> Homes:
    return homes_from_rasters(paths, are_classes=are_classes, bounds_deg=BOUNDS, crs=CRS)


def five(tmp_path: Path, **changed: Path) -> dict[str, Path]:
    counts = [[1.0, 0.0, -99999.0, 2.0], [0.0, 0.0, 3.0, 0.5]]
    return {band: changed.get(f"b{band}") or write_raster(tmp_path / f"{band}.tif", counts) for band in BANDS}


def test_each_cell_with_children_is_a_home_at_its_centre(tmp_path: Path) -> None:
    homes = build(five(tmp_path))
    assert homes.frame["home_id"].tolist() == ["cell/r0c0", "cell/r0c3", "cell/r1c2", "cell/r1c3"]
    assert homes.frame["children_6_11"].tolist() == [1.0, 2.0, 3.0, 0.5]
    first = homes.frame.geometry.to_crs(4326).iloc[0]
    assert (first.x, first.y) == (pytest.approx(WEST + STEP / 2), pytest.approx(NORTH - STEP / 2))
    assert homes.notes == (
        "homes: 4 cells with children, 3 without are left out",
        "homes: 1 cells in and around the study have no data; nobody is counted there",
    )
    assert homes.weights == "children"


def test_only_the_window_of_the_study_is_read(tmp_path: Path) -> None:
    paths = {band: write_raster(tmp_path / f"{band}.tif", np.ones((900, 900))) for band in BANDS}
    homes = build(paths)
    assert len(homes.frame) <= 5 * 8  # 2 x 4 cells and a margin of one or two


def test_worldpop_classes_are_split_and_every_child_kept(tmp_path: Path) -> None:
    classes = {"0_0": 10.0, "1_4": 40.0, "5_9": 50.0, "10_14": 60.0, "15_19": 100.0}
    paths = {name: write_raster(tmp_path / f"{name}.tif", [[count]]) for name, count in classes.items()}
    homes = build(paths, are_classes=True)
    # 0-2: 10 + 40/2; 3-5: 40/2 + 50/5; 6-11: 50*4/5 + 60*2/5; 12-14: 60*3/5; 15-17: 100*3/5
    np.testing.assert_allclose(homes.frame[list(CHILDREN)].to_numpy(), [[30.0, 30.0, 64.0, 36.0, 60.0]])
    assert homes.frame[list(CHILDREN)].to_numpy().sum() == pytest.approx(10 + 40 + 50 + 60 + 60, rel=1e-9)
    assert "homes: 40 persons of 18 years or more in the last class are not counted" in homes.notes


def test_the_sexes_add_up() -> None:
    both = band_shares(
        [f"{sex}_{years}" for years in ("0_0", "1_4", "5_9", "10_14", "15_19") for sex in "fm"]
    )
    np.testing.assert_allclose(both[::2], both[1::2])
    assert class_years("10_14_m") == (10, 15, "m")


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        (["1_4", "5_9", "10_14", "15_19"], "children of age 0 are in no class"),
        (["0_4", "1_4", "5_9", "10_14", "15_19"], "children of age 1 are in more than one class"),
        (["f_0_9", "f_10_17"], None),
        (["f_0_9", "m_0_9", "f_10_17"], "children of age 10 are in no class"),
        (["0_4", "old"], "'old' is no age class; write first and last year, such as 1_4"),
    ],
)
def test_classes_must_hold_each_year_once(classes: list[str], message: str | None) -> None:
    if message is None:
        assert band_shares(classes).shape == (2, 5)
        return
    with pytest.raises(LayerError, match=message):
        band_shares(classes)


def test_a_raster_without_crs_is_refused(tmp_path: Path) -> None:
    paths = five(tmp_path, b3_5=write_raster(tmp_path / "bare.tif", np.ones((2, 4)), crs=None))
    with pytest.raises(CrsError, match=r"\(bare\.tif\): the raster says no CRS; add it"):
        build(paths)


def test_rasters_of_different_crs_are_refused(tmp_path: Path) -> None:
    paths = five(tmp_path, b3_5=write_raster(tmp_path / "other.tif", np.ones((2, 4)), crs="EPSG:4551"))
    with pytest.raises(CrsError, match=r"CRS is EPSG:4551, that of 0_2\.tif is EPSG:4326"):
        build(paths)


def test_rasters_of_different_grids_are_refused(tmp_path: Path) -> None:
    paths = five(tmp_path, b3_5=write_raster(tmp_path / "other.tif", np.ones((3, 4))))
    with pytest.raises(
        LayerError, match=r"its grid \(3 x 4 cells from 125\.3, 43\.9\) is not that of 0_2\.tif \(2 x 4 cells"
    ):
        build(paths)


def test_negative_population_is_refused(tmp_path: Path) -> None:
    paths = five(
        tmp_path, b3_5=write_raster(tmp_path / "raw.tif", [[1, 1, 1, 1], [1, -99999, 1, 1]], nodata=None)
    )
    with pytest.raises(
        LayerError, match=r"negative population -99999 in row 1, column 1; if that means no data"
    ):
        build(paths)


def test_infinite_population_is_refused(tmp_path: Path) -> None:
    paths = five(tmp_path, b3_5=write_raster(tmp_path / "inf.tif", [[1, np.inf, 1, 1], [1, 1, 1, 1]]))
    with pytest.raises(LayerError, match="infinite numbers"):
        build(paths)


@pytest.mark.parametrize("mark", [9999.0, 65535.0, 3.4028235e38])
def test_a_number_that_is_no_population_is_refused(tmp_path: Path, mark: float) -> None:
    """On a cell of 111 by 80 m."""
    raw = write_raster(tmp_path / "raw.tif", [[1, 1, 1, 1], [1, 1, mark, 1]], nodata=None)
    with pytest.raises(
        LayerError, match=r"a population of .* on 8,9\d\d m2 in row 1, column 2; if that means"
    ):
        build(five(tmp_path, b3_5=raw))


def test_a_tower_of_500_children_on_a_cell_is_possible(tmp_path: Path) -> None:
    full = write_raster(tmp_path / "full.tif", [[500, 0, -99999, 2], [0, 0, 3, 5]])
    assert build(five(tmp_path, b3_5=full)).frame["children_3_5"].iloc[0] == 500.0


def test_no_data_where_another_raster_counts_people_is_refused(tmp_path: Path) -> None:
    """It was taken as nobody: who is unknown in one band would have been no child in it."""
    gap = write_raster(tmp_path / "gap.tif", [[1, 0, -99999, -99999], [0, 0, -99999, 5]])
    with pytest.raises(
        LayerError,
        match=r"\(gap\.tif\): no data in row 0, column 3 and 1 cells more, where 0_2 counts people",
    ):
        build(five(tmp_path, b3_5=gap))


def test_a_raster_elsewhere_is_refused(tmp_path: Path) -> None:
    paths = {band: write_raster(tmp_path / f"{band}.tif", np.ones((2, 4)), west=100.0) for band in BANDS}
    with pytest.raises(
        LayerError, match=r"no cell lies in the study: the raster covers 100\.00 to 100\.00 E"
    ):
        build(paths)


def test_a_raster_of_several_bands_is_refused(tmp_path: Path) -> None:
    paths = five(tmp_path, b0_2=write_raster(tmp_path / "rgb.tif", np.ones((2, 4)), n_bands=3))
    with pytest.raises(LayerError, match="it has 3 bands, expected one"):
        build(paths)


def test_a_file_that_is_no_raster_and_a_missing_one_are_refused(tmp_path: Path) -> None:
    (tmp_path / "text.tif").write_text("nothing", encoding="utf-8")
    with pytest.raises(LayerError, match=r"\(text\.tif\): not a readable raster"):
        build(five(tmp_path, b3_5=tmp_path / "text.tif"))
    with pytest.raises(LayerError, match=r"there is no such file"):
        build(five(tmp_path, b3_5=tmp_path / "absent.tif"))


def test_a_truncated_raster_is_refused(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "cut.tif", np.random.default_rng(0).uniform(size=(400, 400)))
    path.write_bytes(path.read_bytes()[:4000])
    with pytest.raises(LayerError, match=r"damaged|not a readable raster"):
        build(dict.fromkeys(BANDS, path))


def test_every_band_needs_a_raster(tmp_path: Path) -> None:
    with pytest.raises(LayerError, match="no column for age band 15_17"):
        build({band: path for band, path in five(tmp_path).items() if band != "15_17"})


def test_cells_without_children_leave_no_home(tmp_path: Path) -> None:
    paths = {band: write_raster(tmp_path / f"{band}.tif", np.zeros((2, 4))) for band in BANDS}
    assert build(paths).frame.empty
