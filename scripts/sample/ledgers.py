"""Units, their people and their figures, school zones, children by community, and the population raster."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import shapely

from cfspace.io.datums import wgs84_to_gcj02
from sample.files import Cell, write_csv, write_geojson, write_tif, write_xlsx
from sample.frame import lon_lat, on_globe
from sample.people import BANDS, Household, count
from sample.placing import Placed
from sample.units import Unit, communities, community_of, districts, street_offices, zones

BAND_NAMES = {"0_2": "0-2岁", "3_5": "3-5岁", "6_11": "6-11岁", "12_14": "12-14岁", "15_17": "15-17岁"}
STEP_DEG = (0.00125, 0.0009)
NODATA = -9999.0


def write_units(folder: Path) -> None:
    """Write the units: districts and communities as web maps draw them (GCJ-02), street offices in WGS-84."""
    _write_units(folder / "districts.geojson", districts(), "code", "name", gcj02=True)
    _write_units(folder / "街道.geojson", street_offices(), "街道代码", "街道名称", gcj02=False)
    _write_units(folder / "社区.geojson", communities(), "社区代码", "社区名称", gcj02=True)
    for kind, file in (("primary_school", "小学学区.geojson"), ("junior_school", "初中学区.geojson")):
        rows = [({"学校名称": name}, on_globe(ground)) for name, ground in zones(kind)]
        write_geojson(folder / file, rows)


def _write_units(path: Path, units: Sequence[Unit], code: str, name: str, *, gcj02: bool) -> None:
    rows = []
    for unit in units:
        shape = on_globe(unit.ground, step_m=130.0)
        shape = shapely.transform(shape, _as_gcj02) if gcj02 else shape
        rows.append(({code: unit.code, name: unit.name}, shape))
    write_geojson(path, rows)


def _as_gcj02(points: np.ndarray) -> np.ndarray:
    return np.column_stack(wgs84_to_gcj02(points[:, 0], points[:, 1]))


def write_people(folder: Path, people: Sequence[Household], placed: Sequence[Placed]) -> None:
    """Write residents, households, service space, beds and doctors per unit, and children per community."""
    space = {
        p.place.facts["community"]: p.place.facts["area_m2"]
        for p in placed
        if p.kinds == ("community_centre",)
    }
    rows: list[list[Cell]] = []
    children: list[list[Cell]] = []
    for unit in communities():
        here = count(people, unit.code)
        rows.append([unit.code, unit.name, here.residents, here.households, int(space[unit.code])])
        children.append([unit.code, unit.name, *(here.children[band] for band in BANDS)])
    write_xlsx(
        folder / "社区台账.xlsx", ["社区代码", "社区名称", "常住人口", "户数", "综合服务设施面积"], rows
    )
    write_xlsx(folder / "儿童人口.xlsx", ["社区代码", "社区名称", *BAND_NAMES.values()], children)
    offices: list[list[Cell]] = [
        [u.code, u.name, (c := count(people, u.code)).residents, c.households] for u in street_offices()
    ]
    write_csv(
        folder / "街道统计.csv", ["街道代码", "街道名称", "常住人口", "户数"], offices, encoding="gb18030"
    )
    header = ["区划代码", "名称", "常住人口", "户数", "儿科床位数", "儿科医生数"]
    write_csv(
        folder / "区县统计.csv",
        header,
        [_district_row(d, people, placed) for d in districts()],
        encoding="utf-8-sig",
    )


def _district_row(unit: Unit, people: Sequence[Household], placed: Sequence[Placed]) -> list[Cell]:
    here = count(people, unit.code)
    hospitals = [
        p.place for p in placed if "hospital" in p.kinds and community_of(*p.spot).startswith(unit.code)
    ]
    beds, doctors = (
        sum(int(h.facts[key]) for h in hospitals) for key in ("paediatric_beds", "paediatric_doctors")
    )
    return [unit.code, unit.name, here.residents, here.households, beds, doctors]


def write_rasters(folder: Path, people: Sequence[Household]) -> None:
    """Write children per cell of about 100 m and band; no data outside the districts."""
    homes = [(*lon_lat(*home.house.spot), home.children) for home in people]
    town = shapely.union_all([on_globe(d.ground) for d in districts()])
    west, south, east, north = town.bounds
    west, north = math.floor(west / 0.01) * 0.01, math.ceil(north / 0.01) * 0.01
    width, height = math.ceil((east - west) / STEP_DEG[0]), math.ceil((north - south) / STEP_DEG[1])
    lons = west + (np.arange(width) + 0.5) * STEP_DEG[0]
    lats = north - (np.arange(height) + 0.5) * STEP_DEG[1]
    inside = shapely.contains_xy(town, *np.meshgrid(lons, lats))
    for band in BANDS:
        cells = np.where(inside, 0.0, NODATA).astype(np.float32)
        for lon, lat, children in homes:
            row, column = int((north - lat) / STEP_DEG[1]), int((lon - west) / STEP_DEG[0])
            cells[row, column] = max(cells[row, column], 0.0) + children[band]
        write_tif(
            folder / f"pop_{band}.tif",
            cells,
            west=round(west, 2),
            north=round(north, 2),
            step=STEP_DEG,
            nodata=NODATA,
        )
