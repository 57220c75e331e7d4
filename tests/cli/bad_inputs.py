# ruff: noqa: E501
"""The table of bad inputs: what is wrong, and what cfspace does about it.

Each case spoils one input of a town that is right (`tests.cli.badtown`). ``refused`` cases end with status 2 and one
message; ``told`` cases run, and the check says what was repaired, left out or assumed. `docs/bad-input.md` is written
from this table: ``python -m tests.cli.bad_inputs docs/bad-input.md``.
"""

from __future__ import annotations

import re
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import openpyxl
import shapely

from cfspace.cli.check_page import done_to
from cfspace.io.datums import from_wgs84
from cfspace.runs.examining import check
from tests.cli import badtown as town
from tests.cli.badtown import CARE, STEP, care, data, edit, layer, parks, square, study, text, units
from tests.io.makers import write_csv
from tests.io.osmmaker import way

Fate = Literal["refused", "told"]
CARE_FILE, PARKS = "托育机构.csv", "parks.geojson"


@dataclass(frozen=True, kw_only=True)
class Bad:
    """One bad input: its group and name, how the town is spoilt, and words that the message must hold."""

    group: str
    name: str
    spoil: Callable[[Path], Any]
    fate: Fate
    words: tuple[str, ...]


def message_of(case: Bad, folder: Path) -> str:
    """Spoil the town in `folder`, check it, and return the one message about it.

    Raises
    ------
    ValueError
        If the fate is another, or not exactly the message of this case is told.
    """
    path = town.write_town(folder)
    case.spoil(folder)
    found = check(path)
    if case.fate == "refused":
        if len(found["faults"]) != 1:
            raise ValueError(f"{case.name}: {len(found['faults'])} faults: {found['faults']}")
        return _without_folder(found["faults"][0], folder)
    if found["faults"]:
        raise ValueError(f"{case.name}: refused: {found['faults']}")
    lines = [f"{row['layer']} ({row['file']}): {done}" for row in found["layers"] for done in done_to(row)]
    own = [line for line in (*lines, *found["warnings"]) if all(word in line for word in case.words)]
    if len(own) != 1:
        raise ValueError(f"{case.name}: {len(own)} messages fit among {(*lines, *found['warnings'])}")
    return _without_folder(own[0], folder)


def _without_folder(message: str, folder: Path) -> str:
    return message.replace(f"{folder}/", "").replace(f"{folder}\\", "")


# --- how inputs are spoilt --------------------------------------------------------------------------------


def care_cell(column: int, value: str) -> Callable[[Path], Any]:
    """Put one cell into the first row of the childcare list."""
    row = [*CARE[0]]
    row[column] = value
    return text(CARE_FILE, care(row, CARE[1]))


def care_row(*rows: str) -> Callable[[Path], Any]:
    """Add rows to the childcare list."""
    return text(CARE_FILE, care() + "".join(f"{row}\n" for row in rows))


def workbook(*rows: list[Any], merge: str | None = None) -> Callable[[Path], Any]:
    """Give the childcare list as an Excel workbook."""

    def write(folder: Path) -> None:
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        if merge is not None:
            book.active.merge_cells(merge)
        book.save(folder / "托育机构.xlsx")
        edit(folder, CARE_FILE, "托育机构.xlsx")

    return write


def shapefile(*, encoding: str = "utf-8", without: str = "", cpg: str = "") -> Callable[[Path], Any]:
    """Give the parks as a shapefile, with parts of it missing or wrong."""

    def write(folder: Path) -> None:
        parks().to_file(folder / "parks.shp", encoding=encoding)
        if without:
            (folder / f"parks{without}").unlink()
        if cpg:
            (folder / "parks.cpg").write_text(cpg, encoding="ascii")
        edit(folder, PARKS, "parks.shp")

    return write


def cut_short(folder: Path) -> None:
    """Give the parks as a shapefile whose shapes were copied to half."""
    shapefile()(folder)
    shp = folder / "parks.shp"
    shp.write_bytes(shp.read_bytes()[: shp.stat().st_size // 2])


def garbled(path: Path, member: str) -> None:
    """Spoil what an archive holds of a member, and nothing else of it."""
    with zipfile.ZipFile(path) as archive:
        at = archive.getinfo(member).header_offset + 30 + len(member)
    held = bytearray(path.read_bytes())
    held[at : at + 8] = b"\xff" * 8
    path.write_bytes(bytes(held))


def garbled_archive(folder: Path) -> None:
    """Give the parks as an archive with damaged bytes."""
    shapefile()(folder)
    with zipfile.ZipFile(folder / "parks.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for suffix in (".shp", ".shx", ".dbf", ".prj"):
            archive.write(folder / f"parks{suffix}", f"parks{suffix}")
    garbled(folder / "parks.zip", "parks.shp")
    edit(folder, "parks.shp", "parks.zip")


def garbled_workbook(folder: Path) -> None:
    """Give the childcare list as a workbook with damaged bytes."""
    workbook(*(line.split(",") for line in care().splitlines()))(folder)
    garbled(folder / "托育机构.xlsx", "xl/worksheets/sheet1.xml")


def two_shapefiles(folder: Path) -> None:
    """Give the parks as an archive that holds two shapefiles."""
    for name in ("a", "b"):
        parks().to_file(folder / f"{name}.shp")
    with zipfile.ZipFile(folder / "parks.zip", "w") as archive:
        for path in sorted(folder.glob("[ab].*")):
            archive.write(path, path.name)
    edit(folder, PARKS, "parks.zip")


def metres(crs: str | None, *, plus: float = 0.0, swapped: bool = False) -> Callable[[Path], Any]:
    """Give the childcare list in metres of EPSG:4551."""

    def write(folder: Path) -> None:
        points = gpd.GeoSeries([shapely.Point(float(row[2]), float(row[3])) for row in CARE], crs=4326)
        rows = []
        for row, point in zip(CARE, points.to_crs(4551), strict=True):
            x, y = f"{point.x + plus:.2f}", f"{point.y:.2f}"
            rows.append([*row[:2], *((y, x) if swapped else (x, y)), row[4]])
        write_csv(folder / CARE_FILE, care(*rows))
        if crs is not None:
            edit(folder, 'lat = "纬度"\n', f'lat = "纬度"\ncrs = "{crs}"\n')

    return write


def totals(content: str, columns: str = "") -> Callable[[Path], Any]:
    """Give children per district, spread over homes from a list."""
    bands = ", ".join(f'"{band}" = "b{band}"' for band in town.BANDS)

    def write(folder: Path) -> None:
        write_csv(folder / "children.csv", content)
        old = (
            ', columns = { "0_2" = "b0", "3_5" = "b3", "6_11" = "b6", "12_14" = "b12", "15_17" = "b15" } }\n'
        )
        spec = f'totals = {{ file = "children.csv", unit_id = "code", columns = {{ {columns or bands} }} }}\n'
        edit(folder, old, " }\n" + spec)

    return write


def polygons(frame: gpd.GeoDataFrame, weight: str) -> Callable[[Path], Any]:
    """Take homes from polygons."""

    def write(folder: Path) -> None:
        frame.to_file(folder / "parcels.geojson")
        new = (
            f'[homes]\nfrom = "polygons"\npolygons = {{ file = "parcels.geojson", weight = "{weight}" }}\n\n'
        )
        edit(folder, town.HOMES, new)

    return write


def classes(*names: str) -> Callable[[Path], Any]:
    """Take homes from rasters of age classes."""

    def write(folder: Path) -> None:
        town.write_rasters(folder)
        path = folder / "study.toml"
        files = ", ".join(f'"{name}" = "0_2.tif"' for name in names)
        changed = re.sub(
            r"^raster = .*$", f"raster_classes = {{ {files} }}", path.read_text("utf-8"), flags=re.MULTILINE
        )
        path.write_text(changed, encoding="utf-8")

    return write


def control(*rows: str) -> Callable[[Path], Any]:
    """Give the childcare list in a grid of the city's own, tied by control points."""

    def write(folder: Path) -> None:
        write_csv(folder / "control.csv", "\n".join(["east_m,north_m,lon_deg,lat_deg", *rows]) + "\n")
        edit(folder, 'lat = "纬度"\n', 'lat = "纬度"\ndatum = "control.csv"\n')

    return write


def corrections(*rows: str) -> Callable[[Path], Any]:
    """Add a file of corrections made by hand."""

    def write(folder: Path) -> None:
        write_csv(
            folder / "corrections.csv", "\n".join(["action,facility_id,other_id,lon,lat", *rows]) + "\n"
        )
        with (folder / "study.toml").open("a", encoding="utf-8") as file:
            file.write('\n[corrections]\nfile = "corrections.csv"\n')

    return write


def several_layers(folder: Path) -> None:
    """Give the parks as a GeoPackage whose layers none has the columns asked for."""
    for name in ("道路", "水系"):
        parks().rename(columns={"name": "label"}).to_file(folder / "parks.gpkg", layer=name)
    edit(folder, PARKS, "parks.gpkg")


def with_coordinates(frame: gpd.GeoDataFrame, shapes: list[Any]) -> gpd.GeoDataFrame:
    """Return a layer with other shapes."""
    return frame.set_geometry(gpd.GeoSeries(shapes, crs=4326))


BOW_TIE = shapely.Polygon(
    [(125.304, 43.874), (125.306, 43.876), (125.306, 43.874), (125.304, 43.876), (125.304, 43.874)]
)
NOT_CLOSED = (
    '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"name": "公园 1"}, "geometry": '
    '{"type": "Polygon", "coordinates": [[[125.3, NaN], [125.31, 43.87], [125.31, 43.88], [125.3, NaN]]]}}]}'
)
HIGH = shapely.force_3d(square(2, 2), 212.0)
SWAPPED = shapely.transform(square(2, 2), lambda xy: xy[:, ::-1])
FAR_PARKS = parks(*(shapely.transform(shape, lambda xy: xy - [9.0, 12.0]) for shape in parks().geometry))
OVERLAPPING = with_coordinates(units(), [units().geometry[0].union(square(10, 3)), units().geometry[1]])
GAUSS = "EPSG:4551"
POINTS = ("0,0,125.30,43.87", "1607,0,125.32,43.87", "0,1777,125.30,43.886")

CASES: tuple[Bad, ...] = ()


def _add(group: str, *cases: tuple[str, Callable[[Path], Any], Fate, tuple[str, ...]]) -> None:
    global CASES
    CASES += tuple(
        Bad(group=group, name=name, spoil=spoil, fate=fate, words=words) for name, spoil, fate, words in cases
    )


_add(
    "Text and tables",
    ("a list in GB18030, as Excel writes it in China", text(CARE_FILE, care(), encoding="gb18030"), "told",
     (CARE_FILE, "gb18030")),
    ("a list in no encoding that Chinese files have", data(CARE_FILE, b"\xff\xff\x80,\x81\n"), "refused",
     (CARE_FILE, "neither UTF-8 nor GB18030")),
    ("an empty file", data(CARE_FILE, b""), "refused", (CARE_FILE, "the file is empty")),
    ("a header with no record under it", text(CARE_FILE, town.CARE_HEAD + "\n"), "refused",
     ("empty layer", "allow_empty")),
    ("a column that is not there", study('columns = { capacity = "托位数" }', 'columns = { capacity = "托位" }'),
     "refused", ("no column '托位'", "is it '托位数'?")),
    ("two columns of one name", text(CARE_FILE, care(*([*row, row[2]] for row in CARE), head="编号,名称,经度,纬度,托位数,经度")),
     "refused", ("2 columns are named '经度'",)),
    ("a stray row with a cell too many", care_row("03,新苗托育,125.306,43.876,20,备注"), "refused",
     ("row 4 has more cells than the header's 5",)),
    ("a row with cells missing", care_row("03,新苗托育,125.306,43.876"), "told", ("row 4", "fewer cells")),
    ("a quotation mark that is never closed", care_row('03,"新苗托育,125.306,43.876,20'), "refused",
     ("close the quotation mark",)),
    ("a note under the records", care_row("注：数据截至九月底"), "told", ("a note and no record",)),
    ("a sum under the records", care_row(",合计,,,90"), "told", ("a sum and no record: 合计",)),
    ("the header again in the middle", care_row(town.CARE_HEAD, "03,新苗托育,125.306,43.876,20"), "told",
     ("the header again",)),
    ("a workbook with a title and a header merged over two rows",
     workbook(["托育机构一览表"], ["编号", "名称", "坐标", None, "托位数"], [None, None, "经度", "纬度", None],
              *[[*row[:2], float(row[2]), float(row[3]), int(row[4])] for row in CARE], merge="A1:E1"),
     "told", ("header found in row 3",)),
    ("a name that is one cell over two rows of a workbook",
     workbook(["编号", "名称", "经度", "纬度", "托位数"],
              *[[row[0], None if i else row[1], float(row[2]), float(row[3]), int(row[4])] for i, row in enumerate(CARE)],
              merge="B2:B3"),
     "told", ("名称 = 春芽托育 taken from row 2, with which its cell is merged",)),
    ("a workbook with a sheet per district", lambda folder: _sheet_per_district(folder), "refused",
     ("2 sheets hold the columns (南关区, 朝阳区)",)),
    ("a code of seventeen digits that Excel took for a number", workbook(
        ["编号", "名称", "经度", "纬度", "托位数"], [22010200100112345.0, "春芽托育", 125.3051, 43.8751, 60]),
     "refused", ("编号 = 2.20102e+16 in row 2 has lost its last digits",)),
    ("an error of Excel in a cell", care_cell(4, "#REF!"), "refused", ("'#REF!' in row 2",)),
    ("a workbook saved as .csv", data(CARE_FILE, b"PK\x03\x04rest"), "refused", ("an Excel workbook",)),
    ("a text file called .xlsx", lambda folder: (write_csv(folder / "托育机构.xlsx", care()),
     edit(folder, CARE_FILE, "托育机构.xlsx")), "refused", ("not a readable Excel workbook",)),
    ("a workbook with damaged bytes", garbled_workbook, "refused", ("not a readable Excel workbook", "open it")),
    ("an old .xls workbook", lambda folder: ((folder / "托育机构.xls").write_bytes(b"\xd0\xcf\x11\xe0"),
     edit(folder, CARE_FILE, "托育机构.xls")), "refused", (".xls are not read",)),
    ("a filter that fits no row", study('columns = { capacity = "托位数" }', 'where = { "名称" = "无" }'),
     "refused", ("none of 2 rows has 名称 = '无'", "春芽托育")),
    ("a place that stands twice under two numbers", care_row("03," + ",".join(CARE[0][1:])), "told",
     ("name and place of an earlier row", "row 4")),
    ("the same row twice", care_row(",".join(CARE[0])), "told", ("an exact repeat of an earlier row",)),
)  # fmt: skip

_add(
    "Figures",
    ("a capacity written 约30", care_cell(4, "约30"), "refused", ("托位数 = '约30' in row 2",)),
    ("a capacity with its unit, 60人", care_cell(4, "60人"), "refused", ("托位数 = '60人' in row 2",)),
    ("a negative capacity", care_cell(4, "-5"), "refused", ("not a number of 0 or more", "'-5' in row 2")),
    ("a capacity in full-width digits", care_cell(4, "６０"), "told", ("full-width digits in 托位数",)),
    ("residents that are no number", text("facts.csv", "code,residents\n01,五千\n02,6000\n"), "refused",
     ("facts.csv", "residents = '五千'")),
    ("facts of a unit that is not there", text("facts.csv", "code,residents\n01,5000\n02,6000\n77,1\n"), "told",
     ("77",)),
    ("two rows of facts for one unit", text("facts.csv", "code,residents\n01,5000\n01,6000\n02,1\n"), "refused",
     ("facts.csv", "01")),
    ("codes that lost their zeros", text("facts.csv", "code,residents\n1,5000\n2,6000\n"), "refused",
     ("facts.csv", "zero")),
    ("a checklist answered with 大概", text("audit.csv", "name,area\n公园 1,大概\n公园 2,否\n"), "refused",
     ("audit.csv", "大概")),
    ("a checklist of a place that is not there", text("audit.csv", "name,area\n公园 1,是\n动物园,是\n"), "told",
     ("动物园",)),
)  # fmt: skip

_add(
    "Where things lie",
    ("longitude and latitude swapped", text(CARE_FILE, care(*([*row[:2], row[3], row[2], row[4]] for row in CARE))),
     "refused", ("longitude and latitude are swapped",)),
    ("coordinates in full-width digits", care_cell(2, "１２５．３０５"), "told", ("full-width digits in 经度",)),
    ("a coordinate that is empty", care_row("03,新苗托育,,43.876,20"), "told", ("经度 is empty",)),
    ("a coordinate that is a word", care_row("03,新苗托育,125.306,待核实,20"), "told", ("'待核实' is not a number",)),
    ("0, 0 for unknown", care_row("03,新苗托育,0,0,20"), "told", ("out of range (0, 0)",)),
    ("a coordinate with its point in the wrong place", care_row("03,新苗托育,1253.06,43.876,20"), "told",
     ("out of range (1253.06, 43.876)",)),
    ("metres with no CRS named", metres(None), "refused", ("projected metres", "name their CRS")),
    ("eastings with the zone number, a CRS without", metres(GAUSS, plus=42e6), "refused",
     ("zone number 42", "use EPSG:4530")),
    ("eastings without the zone number, a CRS with", metres("EPSG:4530"), "refused",
     ("no zone number", "use EPSG:4551")),
    ("easting and northing swapped", metres(GAUSS, swapped=True), "refused", ("easting and northing are swapped",)),
    ("a CRS that does not exist", metres("EPSG:999999"), "refused", ("'EPSG:999999' is unknown",)),
    ("metres declared GCJ-02", lambda folder: (metres(GAUSS)(folder),
     edit(folder, f'crs = "{GAUSS}"', f'crs = "{GAUSS}"\ndatum = "gcj02"')), "refused",
     ("datum gcj02 needs longitude and latitude",)),
    ("a list in GCJ-02 declared WGS-84", lambda folder: _shifted_list(folder), "told",
     ("kindergarten", "it fits gcj02 clearly better than wgs84")),
    ("units in GCJ-02 declared WGS-84",
     lambda folder: layer("units.geojson", units().set_geometry(from_wgs84(units().geometry, "gcj02")))(folder),
     "told", ("district", "it fits gcj02 clearly better than wgs84")),
    ("a layer of another city", layer(PARKS, FAR_PARKS), "refused", ("park", "km away")),
    ("a place outside the data", care_row("03,远郊托育,125.60,43.90,20"), "told", ("1 of 3 lie outside the data",)),
    ("two control points for a city's own grid", control(*POINTS[:2]), "refused", ("expected 3 or more",)),
    ("a control point that is 60 m off", control(*POINTS, "1667,1777,125.32,43.886"), "refused",
     ("do not fit to 2 m",)),
    ("control points on one line", control("0,0,125.30,43.87", "1607,0,125.32,43.87", "3214,0,125.34,43.87"),
     "refused", ("lie on one line",)),
    ("control points of latitude, longitude", control(*(",".join(
        row.split(",")[:2] + row.split(",")[:1:-1]) for row in POINTS)),
     "refused", ("control.csv", "longitude and latitude are swapped")),
    ("a correction of a place that is gone", corrections("drop,park/nowhere,,,"), "told", ("park/nowhere",)),
    ("corrections that contradict each other", corrections("drop,park/a,,,", "move,park/a,,125.3,43.9"), "refused",
     ("row 3: park/a is dropped in row 2",)),
    ("a merge by hand of two kinds", corrections("merge,park/parks/row1,kindergarten/node/5000,,"), "told",
     ("stay two places", "one is a kindergarten, the other a park")),
    ("a correction of an unknown kind", corrections("join,a,b,,"), "refused", ("row 2: action 'join' is unknown",)),
)  # fmt: skip


def _sheet_per_district(folder: Path) -> None:
    book = openpyxl.Workbook()
    for name, row in zip(("南关区", "朝阳区"), CARE, strict=True):
        sheet = book.create_sheet(name)
        for cells in (town.CARE_HEAD.split(","), row):
            sheet.append(cells)
    book.remove(book["Sheet"])
    book.save(folder / "托育机构.xlsx")
    edit(folder, CARE_FILE, "托育机构.xlsx")


def _shifted_list(folder: Path) -> None:
    frame = gpd.GeoSeries(gpd.points_from_xy(*zip(*town.spots(), strict=True)), crs=4326)
    moved = from_wgs84(frame, "gcj02")
    rows = [f"{name},{p.x:.6f},{p.y:.6f}" for name, p in zip(town.KINDERGARTENS, moved, strict=True)]
    write_csv(folder / "幼儿园.csv", "\n".join(["name,lon,lat", *rows]) + "\n")
    edit(folder, town.STUDY[town.STUDY.index("[[zones]]") :], "")


def _crossed_park(folder: Path) -> None:
    path = folder / "town.osm"
    bow_tie = way(9001, [1, 102, 2, 101, 1], {"leisure": "park", "name": "蝶园"})
    path.write_text(path.read_text(encoding="utf-8").replace("</osm>", bow_tie + "</osm>"), encoding="utf-8")


_add(
    "Shapes",
    ("a shapefile without .prj", shapefile(without=".prj"), "refused", ("parks.shp", "CRS")),
    ("a shapefile without .cpg", shapefile(encoding="gb18030", without=".cpg"), "told",
     ("no .cpg; text read as gb18030",)),
    ("a .cpg that names the wrong encoding", shapefile(encoding="gb18030", cpg="UTF-8"), "told",
     ("the .cpg says utf-8, which does not fit",)),
    ("a .cpg of Western Europe beside Chinese text", shapefile(encoding="gb18030", cpg="ISO-8859-1"), "told",
     ("the .cpg says iso8859-1, which does not fit; text read as gb18030",)),
    ("a shapefile without .shx", shapefile(without=".shx"), "refused", ("no .shx beside the .shp",)),
    ("a shapefile without .dbf", shapefile(without=".dbf"), "refused", ("parks.shp", ".dbf")),
    ("a shapefile that was cut short", cut_short, "refused", ("cut short", "of", "bytes", "copy it again")),
    ("an archive with damaged bytes", garbled_archive, "refused", ("parks.zip", "not a readable zip archive")),
    ("an archive of two shapefiles", two_shapefiles, "refused", ("parks.zip", "a.shp", "b.shp")),
    ("a GeoPackage of layers none of which fits", several_layers, "refused", ("道路", "水系")),
    ("a GeoJSON that breaks off", data(PARKS, b'{"type": "FeatureCollection", "features": ['), "refused",
     ("cannot be read as geojson",)),
    ("a GeoJSON of latitude, longitude", layer(PARKS, parks(SWAPPED, SWAPPED)), "refused",
     ("longitude and latitude are swapped",)),
    ("zones that are points", layer("zones.geojson", gpd.GeoDataFrame(
        {"school": town.KINDERGARTENS[:1]}, geometry=[square(0, 0).centroid], crs=4326)), "refused",
     ("zones.geojson", "a Point, expected a polygon")),
    ("a ring that is not closed, with a coordinate that is none", data(PARKS, NOT_CLOSED.encode()), "refused",
     (PARKS, "no geometry")),
    ("a polygon that crosses itself", layer(PARKS, parks(BOW_TIE, square(6, 5))), "told", ("park", "repaired")),
    ("a park of OSM that crosses itself", _crossed_park, "told", ("1 areas", "1 of them places", "leisure=park", "cross themselves", "left out")),
    ("three-dimensional polygons", layer(PARKS, parks(HIGH, HIGH)), "told", ("park", "heights")),
    ("a record with no geometry", layer(PARKS, parks(square(2, 2), None, square(5, 5))), "told",
     ("park", "no geometry")),
    ("lines where polygons are expected", layer("units.geojson", with_coordinates(
        units(), [shape.exterior for shape in units().geometry])), "refused", ("district", "LineString")),
    ("two units of one code", layer("units.geojson", units().assign(code="01")), "refused", ("district", "01")),
    ("a unit with no code", layer("units.geojson", units().assign(code=["01", None])), "refused",
     ("district", "code")),
    ("units that overlap", layer("units.geojson", OVERLAPPING), "told", ("district", "overlap")),
    ("units far from the data", layer("units.geojson", with_coordinates(
        units(), [shapely.transform(s, lambda xy: xy + 3.0) for s in units().geometry])), "refused",
     ("district",)),
    ("a zone of a school that is not there",
     layer("zones.geojson", gpd.GeoDataFrame({"school": ["无名幼儿园"]}, geometry=[square(0, 0)], crs=4326)),
     "refused", ("zones.geojson", "无名幼儿园")),
)  # fmt: skip

CHILDREN = "code,b0_2,b3_5,b6_11,b12_14,b15_17\n01,10,10,20,10,10\n02,10,10,20,10,10\n"
_add(
    "Homes and children",
    ("a raster with no CRS", lambda folder: town.write_rasters(folder, only="3_5", crs=None), "refused",
     ("3_5.tif", "CRS")),
    ("rasters of different CRS", lambda folder: town.write_rasters(folder, only="3_5", crs="EPSG:4490"), "refused",
     ("3_5.tif", "CRS")),
    ("rasters of different grids", lambda folder: town.write_rasters(folder, only="3_5", shift=STEP / 2), "refused",
     ("3_5.tif", "grid")),
    ("a negative population", lambda folder: town.write_rasters(folder, only="3_5", value=-2.0), "refused",
     ("3_5.tif", "negative")),
    ("an infinite population", lambda folder: town.write_rasters(folder, only="3_5", value=float("inf")), "refused",
     ("3_5.tif", "infinite")),
    ("a population that is a mark for no data", lambda folder: town.write_rasters(folder, only="3_5", value=65535.0),
     "refused", ("3_5.tif", "65535", "nodata")),
    ("no data where another raster counts people",
     lambda folder: town.write_rasters(folder, only="3_5", value=-99999.0), "refused", ("3_5.tif", "0_2 counts")),
    ("rasters that end before the study does", lambda folder: town.write_rasters(folder, shift=4 * STEP), "told",
     ("end before the study does", "西区", "nobody is counted")),
    ("age classes that leave a year out", classes("0_0", "1_4", "10_14", "15_19"), "refused", ("age 5",)),
    ("children of a unit that is not there", totals(CHILDREN + "09,5,5,5,5,5\n"), "told", ("09",)),
    ("a unit with children and no home", lambda folder: (_western_homes(folder), totals(CHILDREN)(folder)), "told",
     ("02",)),
    ("totals without a band", totals(CHILDREN, '"0_2" = "b0_2", "3_5" = "b3_5"'), "refused", ("6_11",)),
    ("a negative number of children", lambda folder: _spoil_home(folder, "-3"), "refused", ("homes.csv", "'-3'")),
    ("a home with an unknown number of children", lambda folder: _spoil_home(folder, ""), "refused",
     ("homes.csv", "(b0) in row 2")),
    ("homes that lie outside every unit", lambda folder: _spoil_home(folder, "3", lon="125.3401001"), "told",
     ("outside every district",)),
    ("parcels that weigh nothing", polygons(parks().assign(n=[0.0, 0.0]), "n"), "refused", ("parcels.geojson",)),
    ("a parcel of unknown weight", polygons(parks().assign(n=[5.0, None]), "n"), "refused", ("parcels.geojson",)),
)  # fmt: skip


def _western_homes(folder: Path) -> None:
    lines = (folder / "homes.csv").read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if line.startswith("id") or float(line.split(",")[1]) < town.MIDDLE]
    write_csv(folder / "homes.csv", "\n".join(kept) + "\n")


def _spoil_home(folder: Path, children: str, *, lon: str = "125.3005") -> None:
    path = folder / "homes.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    cells = lines[1].split(",")
    lines[1] = ",".join([cells[0], lon, cells[2], children, *cells[4:]])
    write_csv(path, "\n".join(lines) + "\n")


_add(
    "Streets",
    ("an OSM file that breaks off", text("town.osm", '<?xml version="1.0"?><osm version="0.6"><node id="1"'),
     "refused", ("town.osm", "not a complete OSM file")),
    ("an OSM file that is a web page", text("town.osm", "<!doctype html><html><body>busy</body></html>"), "refused",
     ("town.osm", "not a complete OSM file")),
    ("an OSM file with no street",
     lambda folder: town.write_streets(folder / "town.osm", with_streets=False) and None, "refused",
     ("holds no way with a highway tag",)),
)  # fmt: skip

_add(
    "The study file",
    ("a key that is not known", study("[homes]", "[homes]\ncolour = 3"), "refused", ("[homes], colour", "unknown key")),
    ("a date that is none", study("2026-01-01", '"spring"'), "refused", ("snapshot", "spring")),
    ("a datum that is none", study('name = "name"\n\n[homes]', 'name = "name"\ndatum = "wgs48"\n\n[homes]'), "refused", ("wgs48", "gcj02")),
    ("a file that is not there", study("units.geojson", "gone.geojson"), "refused", ("no such file", "gone.geojson")),
    ("a level that is none", study('[[units]]\nlevel = "district"', '[[units]]\nlevel = "county"'), "refused",
     ("county", "district")),
    ("a rulebook that is not there", study("jilin-2022", "jilin-1999"), "refused", ("jilin-1999", "jilin-2022")),
    ("a study file in GB18030", text("study.toml", town.STUDY, encoding="gb18030"), "refused", ("UTF-8",)),
    ("a study file that is no TOML", study("[homes]", "[homes"), "refused", ("study.toml", "line")),
)  # fmt: skip


# --- the page in docs/ ------------------------------------------------------------------------------------

HEAD = """# What is done about bad inputs

`cfspace check` and `cfspace run` look at every input before anything is computed. What can be put right without
guessing is put right and told; what cannot is refused with status 2, all faults at once, and nothing is written. This
page is made from the table of cases that the tests run (`tests/cli/bad_inputs.py`); every message is what cfspace says.
"""


def page() -> str:
    """Return the page, every message made by running its case."""
    parts = [HEAD]
    for group in dict.fromkeys(case.group for case in CASES):
        parts.append(f"\n## {group}\n\n| input | | message |\n|---|---|---|\n")
        for case in (one for one in CASES if one.group == group):
            with tempfile.TemporaryDirectory() as folder:
                message = message_of(case, Path(folder) / "town")
            parts.append(row_of(case, message))
    return "".join(parts)


def row_of(case: Bad, message: str) -> str:
    """Return the row of a case in the page."""
    shown = message.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")
    return f"| {case.name} | {case.fate} | {shown} |\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8", newline="\n")
