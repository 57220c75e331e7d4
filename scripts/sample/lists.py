"""The municipal lists: what each office wrote down about the places of its kind, in its own way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import shapely

from cfspace.io.datums import wgs84_to_bd09, wgs84_to_gcj02
from sample.files import Cell, write_csv, write_geojson, write_shapefile, write_xlsx
from sample.frame import dice, lon_lat, on_globe
from sample.lots import Place
from sample.placing import Placed
from sample.units import community_of, street_offices

YES_NO = {"yes": "是", "no": "否"}
OPEN_CLOSED = {"open": "营业", "closed": "停业"}
# How far the point in a list lies from the place: some clerk put it on a web map.
ASTRAY_M = 9.0


@dataclass(frozen=True, slots=True)
class Listed:
    """One row of a list: the place, and the position that the list gives it."""

    place: Place
    lon_deg: float
    lat_deg: float


@dataclass(frozen=True, slots=True)
class Roll:
    """One municipal list: its file, the kinds it holds, its datum and its columns."""

    file: str
    kinds: tuple[str, ...]
    datum: str
    encoding: str
    columns: dict[str, Callable[[Listed], Cell]]


def _fact(key: str, words: dict[str, str] | None = None) -> Callable[[Listed], Cell]:
    def read(row: Listed) -> Cell:
        value = row.place.facts.get(key, "")
        return (words or {}).get(value, value)

    return read


def _number(key: str) -> Callable[[Listed], Cell]:
    def read(row: Listed) -> Cell:
        value = row.place.facts.get(key, "")
        return None if not value else float(value) if "." in value else int(value)

    return read


def _name(row: Listed) -> Cell:
    return row.place.official_name


def _lon(row: Listed) -> Cell:
    return None if row.place.facts.get("fault") == "no_coordinate" else row.lon_deg


def _lat(row: Listed) -> Cell:
    return None if row.place.facts.get("fault") == "no_coordinate" else row.lat_deg


def _office(row: Listed) -> Cell:
    code = community_of(*row.place.spot)[:9]
    return next((unit.name for unit in street_offices() if unit.code == code), "区外")


def _level(row: Listed) -> Cell:
    levels = {
        ("primary_school",): "小学",
        ("junior_school",): "初级中学",
        ("senior_school",): "高级中学",
        ("primary_school", "junior_school"): "九年一贯制学校",
        ("junior_school", "senior_school"): "完全中学",
    }
    return levels[row.place.kinds]


def _nursery_capacity(row: Listed) -> Cell:
    return _number("nursery_capacity" if "nursery_capacity" in row.place.facts else "capacity")(row)


def _code(prefix: str) -> Callable[[Listed], Cell]:
    def read(row: Listed) -> Cell:
        letter, number = row.place.key[0], int(row.place.key[1:])
        return f"{prefix}{ord(letter) - ord('A') + 1:02d}{number:02d}"

    return read


def _hospital_class(row: Listed) -> Cell:
    if "儿童医院" in row.place.name:
        return "儿童医院"
    return (
        "妇幼保健院"
        if "妇幼" in row.place.name
        else "综合医院"
        if "骨科" not in row.place.name
        else "专科医院"
    )


def _clinic_class(row: Listed) -> Cell:
    return "社区卫生服务中心" if "中心" in row.place.name else "社区卫生服务站"


VENUE_TYPES = {
    "mall": "商场",
    "hospital": "医院",
    "station": "车站",
    "attraction": "景点场馆",
    "library": "图书馆",
}

ROLLS = (
    Roll("托育机构.csv", ("childcare",), "bd09", "gb18030", {
        "机构编码": _code("0220191"), "机构名称": _name, "所属街道": _office, "经度": _lon, "纬度": _lat,
        "托位数": _nursery_capacity, "普惠": _fact("inclusive", YES_NO),
        "状态": lambda row: OPEN_CLOSED[row.place.status],
    }),
    Roll("幼儿园.csv", ("kindergarten",), "gcj02", "utf-8-sig", {
        "园所名称": _name, "经度": _lon, "纬度": _lat, "学位数": _number("capacity"),
        "普惠": _fact("inclusive", YES_NO),
    }),
    Roll("学校名录.csv", ("primary_school", "junior_school", "senior_school"), "wgs84", "utf-8-sig", {
        "学校名称": _name, "学段": _level, "经度": _lon, "纬度": _lat, "学位数": _number("capacity"),
        "在校生数": _number("enrolment"),
    }),
    Roll("图书馆.csv", ("library", "bookcase"), "gcj02", "gb18030", {
        "名称": _name, "类型": lambda row: "农家书屋" if "bookcase" in row.place.kinds else "图书馆",
        "经度": _lon, "纬度": _lat, "建筑面积": _number("floor_area_m2"),
        "少儿区": _fact("children_area", YES_NO),
        "少儿座席": _number("seats"), "无障碍": _fact("wheelchair", {**YES_NO, "limited": "部分"}),
    }),
    Roll("医院.csv", ("hospital",), "bd09", "utf-8-sig", {
        "机构名称": _name, "类别": _hospital_class, "级别": _fact("level"), "经度": _lon, "纬度": _lat,
        "床位数": _number("beds"), "医生数": _number("doctors"), "儿科门诊": _fact("paediatric", YES_NO),
        "儿科床位": _number("paediatric_beds"), "儿科医生": _number("paediatric_doctors"),
        "儿童友好医院": _fact("child_friendly", YES_NO),
    }),
    Roll("社区卫生服务机构.csv", ("clinic",), "gcj02", "utf-8-sig", {
        "机构名称": _name, "类型": _clinic_class, "经度": _lon, "纬度": _lat,
        "诊治儿童常见病": _fact("treats_children", YES_NO),
    }),
    Roll("母婴室.xlsx", ("nursing_room",), "gcj02", "", {
        "编号": _code("0220191"), "名称": _name, "所在场所": _fact("host"), "经度": _lon, "纬度": _lat,
        "面积": _number("area_m2"), "验收合格": _fact("certified", YES_NO),
    }),
    Roll("公共场所.xlsx", ("venue",), "gcj02", "", {
        "编号": _code("0220191"), "场所名称": _name,
        "类型": lambda row: VENUE_TYPES[row.place.facts["venue_type"]],
        "经度": _lon, "纬度": _lat,
        "建筑面积": _number("area_m2"), "日均客流": _number("visitors_per_day"),
    }),
    Roll("公厕.tsv", ("toilet",), "wgs84", "utf-8", {
        "名称": _name, "经度": _lon, "纬度": _lat,
        "第三卫生间": _fact("third", YES_NO), "婴儿护理台": _fact("changing_table", YES_NO),
    }),
    Roll("社区服务中心.csv", ("community_centre",), "gcj02", "utf-8-sig", {
        "名称": _name, "社区代码": _fact("community"), "经度": _lon, "纬度": _lat,
        "建筑面积": _number("area_m2"),
    }),
    Roll("用人单位.csv", ("employer",), "gcj02", "utf-8-sig", {
        "单位名称": _name, "经度": _lon, "纬度": _lat,
    }),
    Roll("青少年活动场所.geojson", ("youth_place",), "gcj02", "utf-8", {"名称": _name}),
)  # fmt: skip


def on_roll(roll: Roll, placed: Sequence[Placed]) -> list[Place]:
    """Return the places that a list holds."""
    return [
        p.place
        for p in placed
        if p.name == p.place.name and p.place.listed and set(roll.kinds) & set(p.kinds)
    ]


def write_rolls(folder: Path, placed: Sequence[Placed]) -> None:
    """Write every municipal list."""
    for roll in ROLLS:
        rows = [_listed(place, roll.datum) for place in on_roll(roll, placed)]
        if roll.file.endswith(".geojson"):
            spots = [({"名称": _name(row)}, shapely.Point(row.lon_deg, row.lat_deg)) for row in rows]
            write_geojson(folder / roll.file, spots)
            continue
        cells = [[read(row) for read in roll.columns.values()] for row in _repeated(rows)]
        if roll.file.endswith(".xlsx"):
            write_xlsx(folder / roll.file, list(roll.columns), cells)
        else:
            write_csv(folder / roll.file, list(roll.columns), cells, encoding=roll.encoding)
    write_parks(folder, placed)
    write_children_homes(folder, placed)


def _listed(place: Place, datum: str) -> Listed:
    chance = dice(f"clerk {place.key}")
    u, v = place.spot
    lon, lat = lon_lat(u + chance.uniform(-ASTRAY_M, ASTRAY_M), v + chance.uniform(-ASTRAY_M, ASTRAY_M))
    return Listed(place, *in_datum(lon, lat, datum))


def in_datum(lon_deg: float, lat_deg: float, datum: str) -> tuple[float, float]:
    """Return WGS-84 degrees in the datum of a list, as such lists round them."""
    if datum == "wgs84":
        return round(lon_deg, 6), round(lat_deg, 6)
    shift = wgs84_to_gcj02 if datum == "gcj02" else wgs84_to_bd09
    lon, lat = shift(lon_deg, lat_deg)
    return round(float(lon), 6), round(float(lat), 6)


def _repeated(rows: Sequence[Listed]) -> Iterator[Listed]:
    for row in rows:
        yield row
        if row.place.facts.get("fault") == "twice":
            yield row


def write_parks(folder: Path, placed: Sequence[Placed]) -> None:
    """Write the parks' legal boundaries in CGCS2000, 3-degree zone of 126 E, without zone prefix."""
    parks = [p for p in placed if p.place.listed and p.kinds == ("park",) and p.place.size_m]
    frame = gpd.GeoDataFrame(
        {"名称": [p.name for p in parks], "类别": [p.place.facts["class"] for p in parks]},
        geometry=[on_globe(p.place.ground) for p in parks],
        crs="EPSG:4326",
    )
    write_shapefile(folder / "公园绿地.zip", "公园绿地", _to_cgcs(frame, 4551), encoding="UTF-8")


def write_children_homes(folder: Path, placed: Sequence[Placed]) -> None:
    """Write the Children's Homes in CGCS2000, zone 42, whose number stands before the eastings."""
    homes = [p.place for p in placed if p.kinds == ("children_home",) and p.place.listed]
    columns = {
        "名称": [home.name for home in homes],
        "社区代码": [home.facts["community"] for home in homes],
        "面积": [int(home.facts["area_m2"]) for home in homes],
        "开放时间": [home.facts["hours"] for home in homes],
    }
    spots = [shapely.Point(lon_lat(*home.spot)) for home in homes]
    frame = gpd.GeoDataFrame(columns, geometry=spots, crs="EPSG:4326")
    write_shapefile(folder / "儿童之家.zip", "儿童之家", _to_cgcs(frame, 4530), encoding="GBK")


def _to_cgcs(frame: gpd.GeoDataFrame, epsg: int) -> gpd.GeoDataFrame:
    projected = frame.to_crs(epsg)
    return projected.set_geometry(
        shapely.set_precision(projected.geometry.to_numpy(), 0.001, mode="pointwise")
    )
