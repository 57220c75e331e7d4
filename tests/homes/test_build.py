"""From a study's [homes] to homes: every child accounted for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from cfspace.config.bands import BANDS
from cfspace.config.load import load_study
from cfspace.config.study import HomesSection, Study, UnitsSection
from cfspace.errors import LayerError
from cfspace.homes import CHILDREN, Homes, build_homes
from cfspace.io.frame import metric_crs
from cfspace.io.osm import read_osm
from cfspace.units import assign, read_units
from tests.homes.conftest import CRS, make_osm, make_units, square
from tests.io.makers import write_csv

UNITS = make_units(district={"1": square(0, 0, 2000)}, community={"11": square(0, 0, 1000)})
HOUSE = {"building": "house"}
OSM = make_osm(
    [(HOUSE, square(100, 100, 10)), (HOUSE, square(1500, 100, 10)), (HOUSE, square(5000, 100, 10))]
)


def study(**homes: Any) -> Study:
    """Return a study of which only [homes] matters."""
    return Study.model_construct(homes=HomesSection.model_validate(homes))


def build(given: Study, *, osm: Any = OSM, area: shapely.Geometry | None = None) -> Homes:
    return build_homes(given, osm=osm, units=UNITS, crs=CRS, area=area)


def test_homes_outside_the_coarsest_units_do_not_count_and_are_told() -> None:
    homes = build(study(**{"from": "buildings"}))
    assert homes.frame["home_id"].tolist() == ["way/100", "way/101"]
    assert homes.notes[1:] == (
        "homes: 1 with 200 m2 of floor lie outside every district and do not count",
        "homes: 1 with 200 m2 of floor lie in no community",
    )


def test_homes_outside_the_study_area_do_not_count_and_are_told() -> None:
    homes = build(study(**{"from": "buildings"}), area=square(0, 0, 1000))
    assert homes.frame["home_id"].tolist() == ["way/100"]
    assert homes.notes[1] == "homes: 2 with 400 m2 of floor lie outside the study area and do not count"


def test_totals_are_spread_before_the_area_cuts_a_unit(tmp_path: Path) -> None:
    columns = {band: band for band in BANDS}
    path = write_csv(tmp_path / "t.csv", "code," + ",".join(BANDS) + "\n1,10,10,10,10,10\n")
    given = study(**{"from": "buildings", "totals": {"file": path, "unit_id": "code", "columns": columns}})
    homes = build(given, area=square(0, 0, 1000))
    # two equal homes in district 1, of which one lies in the area: half the children
    np.testing.assert_allclose(homes.frame[list(CHILDREN)].to_numpy(), [[5.0] * 5], rtol=1e-9)
    assert "homes: 1 with 25 children lie outside the study area and do not count" in homes.notes


def test_a_study_whose_homes_lie_elsewhere_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LayerError, match=r"none of 3 homes lies in the study; check their CRS or datum"):
        build(study(**{"from": "buildings"}), area=square(50_000, 0, 10))


def test_buildings_need_osm() -> None:
    with pytest.raises(LayerError, match="the study has no OSM data"):
        build(study(**{"from": "buildings"}), osm=None)


def sample_homes(path: Path) -> tuple[Homes, Study]:
    given = load_study(path)
    osm = read_osm(given.osm.file)  # type: ignore[union-attr, arg-type]
    crs = metric_crs(125.295, 43.9)
    extent = shapely.box(-1e5, -1e5, 1e5, 1e5)
    units = read_units(given.units, crs=crs, extent=extent, osm=osm)
    return build_homes(given, osm=osm, units=units, crs=crs, area=None), given


@pytest.mark.parametrize("name", ["study.toml", "study_raster.toml"])
def test_the_children_of_the_sample_town_are_all_there(project: Path, name: str) -> None:
    homes, _ = sample_homes(project / "data/sample" / name)
    truth = json.loads((project / "data/sample/truth.json").read_text(encoding="utf-8"))
    assert len(truth["children"]) == 18  # communities
    for band in BANDS:
        children = sum(community[band] for community in truth["children"])
        assert homes.frame[f"children_{band}"].sum() == pytest.approx(children, rel=1e-9)
    assert homes.frame["home_id"].is_unique


@pytest.mark.real
def test_the_homes_of_las_palmas(shared: Path) -> None:
    osm = read_osm(shared / "data/las_palmas/las_palmas_2023_osm_20230221.pbf")
    units = make_units(district={"1": shapely.box(-1e5, -1e5, 1e5, 1e5)})
    crs = metric_crs(-15.44, 28.1)
    units = type(units)(
        levels=units.levels, frames={"district": units.frames["district"].set_crs(crs, allow_override=True)}
    )
    homes = build_homes(study(**{"from": "buildings"}), osm=osm, units=units, crs=crs, area=None)
    assert 19_000 < len(homes.frame) < 20_000
    assert (homes.frame["floor_area_m2"] > 0.0).all()
    assert homes.frame["home_id"].is_unique


@pytest.mark.real
def test_the_children_of_madrids_grid_are_all_there_by_home_and_by_neighbourhood(shared: Path) -> None:
    """Cells of 1 km in EPSG:3035 over neighbourhoods in EPSG:25830; some cells lie in none."""
    folder, crs = shared / "data/madrid_child_population", metric_crs(-3.7, 40.42)
    cells = gpd.read_file(folder / "eu_stat_clipped.gpkg")
    polygons = {"file": folder / "eu_stat_clipped.gpkg", "weight": "Y_LT15", "spacing_m": 250}
    section = UnitsSection(level="community", file=folder / "madrid_nbhds.gpkg", id="COD_BAR", name="NOMBRE")
    units = read_units([section], crs=crs, extent=shapely.box(-1e5, -1e5, 1e5, 1e5))
    everywhere = shapely.box(-1e5, -1e5, 1e5, 1e5)
    given = study(**{"from": "polygons", "polygons": polygons})
    homes = build_homes(given, osm=None, units=units, crs=crs, area=everywhere).frame
    total = cells["Y_LT15"].sum()
    assert total > 100_000
    assert homes["children_6_11"].sum() == pytest.approx(total, rel=1e-9)
    own = assign(homes.geometry, units)["community_id"]
    by_unit = homes.groupby(own.to_numpy())["children_6_11"].sum()
    assert len(by_unit) > 125
    outside = homes.loc[own.isna().to_numpy(), "children_6_11"].sum()
    assert 0 < outside < 0.2 * total
    assert by_unit.sum() + outside == pytest.approx(total, rel=1e-9)
    told = build_homes(given, osm=None, units=units, crs=crs, area=None)
    assert told.frame["children_6_11"].sum() + outside == pytest.approx(total, rel=1e-9)
    assert any("lie outside every community" in note for note in told.notes)


@pytest.mark.real
def test_the_people_of_helsinkis_grid_are_all_there(shared: Path) -> None:
    path = shared / "data/helsinki/helsinki_population_grid_2020.gpkg"
    crs = metric_crs(24.91, 60.17)
    units = make_units(district={"1": shapely.box(-1e5, -1e5, 1e5, 1e5)})
    frame = units.frames["district"].set_crs(crs, allow_override=True)
    units = type(units)(levels=units.levels, frames={"district": frame})
    given = study(**{"from": "polygons", "polygons": {"file": path, "weight": "population"}})
    homes = build_homes(given, osm=None, units=units, crs=crs, area=None).frame
    assert homes["children_0_2"].sum() == pytest.approx(gpd.read_file(path)["population"].sum(), rel=1e-9)
