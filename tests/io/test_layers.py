"""Municipal layers as they come: what is read, what is repaired and told, what is refused."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from cfspace.errors import CrsError, InputError, LayerError
from cfspace.io.datums import gcj02_to_wgs84, wgs84_to_bd09
from cfspace.io.layers import Layer, read_layer
from tests.io.makers import CHANGCHUN, parks, write_bare, write_csv, write_shapefile, write_xlsx, zip_folder

HEAD = "编号,机构名称,经度,纬度,托位数,状态\n"
GOOD = HEAD + "0017,春芽托育中心,125.3201,43.8801,60,营业\n0018,小太阳托育,125.3301,43.8901,,营业\n"
ASKED = {"id": "编号", "name": "机构名称", "lon": "经度", "lat": "纬度", "columns": {"capacity": "托位数"}}


def read(path: Path, **options: object) -> Layer:
    return read_layer(path, layer="childcare", **{**ASKED, **options})


def reasons(layer: Layer) -> dict[int, str]:
    return {drop.row: drop.reason for drop in layer.report.dropped}


def repairs(layer: Layer) -> dict[int, str]:
    return {repair.row: repair.what for repair in layer.report.repaired}


def test_a_list_comes_with_codes_as_text_figures_as_numbers_and_unknown_as_nan(tmp_path: Path) -> None:
    layer = read(write_csv(tmp_path / "list.csv", GOOD))
    assert layer.frame.crs == 4326
    assert layer.frame["id"].tolist() == ["0017", "0018"]
    assert layer.frame["name"].tolist() == ["春芽托育中心", "小太阳托育"]
    np.testing.assert_array_equal(layer.frame["capacity"], [60.0, np.nan])
    assert layer.frame["row"].tolist() == [2, 3]  # as a person counts: the header is row 1
    assert layer.frame.geometry.iloc[0].coords[0] == (125.3201, 43.8801)
    assert (layer.report.rows, layer.report.kept, layer.report.encoding) == (2, 2, "utf-8")


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("gb18030", "gb18030"),
        ("gbk", "gb18030"),
        ("utf-16", "utf-16"),
    ],
)
def test_the_encoding_is_found(tmp_path: Path, encoding: str, found: str) -> None:
    layer = read(write_csv(tmp_path / "list.csv", GOOD, encoding=encoding))
    assert layer.frame["name"].tolist() == ["春芽托育中心", "小太阳托育"]
    assert layer.report.encoding == found


def test_a_rare_character_survives_gb18030(tmp_path: Path) -> None:
    layer = read(write_csv(tmp_path / "list.csv", GOOD.replace("小太阳", "㙍䶮"), encoding="gb18030"))
    assert layer.frame["name"].iloc[1] == "㙍䶮托育"


@pytest.mark.parametrize(("suffix", "sign"), [(".tsv", "\t"), (".csv", "\t"), (".csv", ";"), (".txt", ",")])
def test_the_delimiter_is_found(tmp_path: Path, suffix: str, sign: str) -> None:
    assert len(read(write_csv(tmp_path / f"list{suffix}", GOOD.replace(",", sign))).frame) == 2


def test_bd09_lands_where_it_was_surveyed(tmp_path: Path) -> None:
    lon, lat = wgs84_to_bd09(*CHANGCHUN)
    layer = read(
        write_csv(tmp_path / "list.csv", HEAD + f"1,甲,{float(lon)!r},{float(lat)!r},10,营业\n"), datum="bd09"
    )
    assert layer.frame.geometry.iloc[0].distance(shapely.Point(CHANGCHUN)) < 1e-12
    assert layer.report.declared == "bd09"


def test_a_filter_keeps_the_rows_that_fit(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "list.csv", GOOD + "0019,关停托育,125.34,43.89,20,停业\n")
    layer = read(path, where={"状态": ["营业", "试营业"]})
    assert layer.frame["id"].tolist() == ["0017", "0018"]
    assert (layer.report.rows, layer.report.kept, layer.report.filtered) == (3, 2, 1)


def test_a_list_that_may_be_empty_is_an_empty_frame(tmp_path: Path) -> None:
    layer = read(write_csv(tmp_path / "list.csv", GOOD), where={"状态": "筹建"}, allow_empty=True)
    assert len(layer.frame) == 0
    assert {"row", "id", "name", "capacity", "geometry"} == set(layer.frame.columns)
    assert len(read(write_csv(tmp_path / "head.csv", HEAD), allow_empty=True).frame) == 0


# --- cells ------------------------------------------------------------------------------------------------


def test_excel_text_codes_keep_their_zeros_and_zero_padded_numbers_too(tmp_path: Path) -> None:
    rows = [
        ["编号", "机构名称", "经度", "纬度", "托位数"],
        ["0220102", "甲", 125.32, 43.88, 60],
        [17, "乙", 125.33, 43.88, 30],
    ]
    path = write_xlsx(tmp_path / "list.xlsx", rows)
    assert read(path).frame["id"].tolist() == ["0220102", "17"]
    import openpyxl

    book = openpyxl.load_workbook(path)
    book.active["A3"].number_format = "0000"
    book.save(path)
    assert read(path).frame["id"].tolist() == ["0220102", "0017"]
    book.active["A3"].number_format = "00000_ "  # as Excel writes it where numbers are to line up
    book.save(path)
    assert read(path).frame["id"].tolist() == ["0220102", "00017"]


def test_an_excel_title_a_merged_header_a_sum_and_a_note_are_no_records(tmp_path: Path) -> None:
    rows = [
        ["2026年托育机构一览表"],
        ["编号", "机构名称", "坐标", None, "托位数"],
        [None, None, "经度", "纬度", None],
        ["01", "甲", 125.32, 43.88, 60],
        [None, "合计", None, None, 60],
        ["注：数据截至九月底"],
    ]
    layer = read(write_xlsx(tmp_path / "list.xlsx", rows, merge="A1:E1"))
    assert layer.frame["row"].tolist() == [4]
    assert reasons(layer) == {5: "a sum and no record: 合计", 6: "a note and no record: 注：数据截至九月底"}
    assert "header found in row 3" in layer.report.notes[0]
    assert (layer.report.rows, layer.report.kept) == (3, 1)


def test_the_sheet_with_the_columns_is_taken_and_told(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["说明", "本表由区卫健局提供"])
    sheet = book.create_sheet("名单")
    for row in [["编号", "机构名称", "经度", "纬度", "托位数"], ["01", "甲", 125.32, 43.88, 60]]:
        sheet.append(row)
    book.save(tmp_path / "list.xlsx")
    layer = read(tmp_path / "list.xlsx")
    assert len(layer.frame) == 1
    assert "sheet 名单 read" in layer.report.notes[0]


def test_full_width_digits_are_read_and_told(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "list.csv", HEAD + "1,甲,１２５．３２,43.88,６０,营业\n")
    layer = read(path)
    assert layer.frame.geometry.iloc[0].x == 125.32
    assert layer.frame["capacity"].tolist() == [60.0]
    assert "full-width digits" in repairs(layer)[2]


def test_rows_without_a_usable_position_are_dropped_and_listed(tmp_path: Path) -> None:
    text = GOOD + (
        "3,丙,,43.88,1,营业\n4,丁,125.3,待核实,1,营业\n5,戊,0,0,1,营业\n6,己,1253.2,43.88,1,营业\n"
        "0017,春芽托育中心,125.3201,43.8801,60,营业\n"
    )
    layer = read(write_csv(tmp_path / "list.csv", text))
    assert reasons(layer) == {
        4: "经度 is empty",
        5: "纬度 = '待核实' is not a number",
        6: "coordinates out of range (0, 0)",
        7: "coordinates out of range (1253.2, 43.88)",
        8: "an exact repeat of an earlier row",
    }
    assert layer.report.rows == layer.report.kept + layer.report.filtered + len(layer.report.dropped)


def test_a_short_row_is_read_with_its_end_unknown(tmp_path: Path) -> None:
    layer = read(write_csv(tmp_path / "list.csv", GOOD + "0019,丙,125.34,43.88\n"))
    assert np.isnan(layer.frame["capacity"].iloc[2])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEAD + "1,甲,125.32,43.88,约30,营业\n", r"托位数 = '约30' in row 2; write the number alone"),
        (HEAD + "1,甲,125.32,43.88,60人,营业\n", r"托位数 = '60人' in row 2"),
        (HEAD + "1,甲,125.32,43.88,-5,营业\n", r"not a number of 0 or more: 托位数 = '-5' in row 2"),
        (HEAD + "1,甲,125.32,43.88,#REF!,营业\n", r"托位数 = '#REF!' in row 2"),
        (
            HEAD + "1,甲,43.88,125.32,60,营业\n",
            r"longitude and latitude are swapped .*first record: 43.88, 125.32",
        ),
        (HEAD + "1,甲,125.32,43.88,60,营业,多余\n", r"row 2 has more cells than the header's 6; put names"),
        (HEAD + '1,"甲,125.32,43.88,60,营业\n', r"line \d: unexpected end of data; close the quotation mark"),
        (HEAD, r"empty layer: it holds no record; correct the file$"),
        (HEAD + "1,甲,,,60,营业\n", r"none of 1 rows can be used \(left out: 经度 is empty \(1\)\)"),
        ("\n\n", r"the file is empty; check that it is the right one"),
        (
            GOOD.replace("托位数", "托位数（个）"),
            r"no column '托位数' \(is it '托位数（个）'\?\); use one that is there: 编号",
        ),
        (GOOD.replace("状态", "经度"), r"2 columns are named '经度'; rename all but one"),
    ],
)
def test_a_list_that_is_wrong_is_refused_with_row_and_remedy(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(LayerError, match=r"^childcare \(list\.csv\): .*" + message):
        read(write_csv(tmp_path / "list.csv", text))


def test_all_bad_figures_are_told_at_once(tmp_path: Path) -> None:
    text = HEAD + "".join(f"{i},甲{i},125.3{i},43.88,约{i},营业\n" for i in range(8))
    with pytest.raises(LayerError, match=r"托位数 = '约0' in rows 2, 3, 4, 5, 6 and 3 more"):
        read(write_csv(tmp_path / "list.csv", text))


def test_a_filter_that_leaves_nothing_names_the_values_there_are(tmp_path: Path) -> None:
    message = r"empty layer: none of 2 rows has 状态 = '开业'; correct the filter \(状态 holds '营业' \(2\)\)"
    with pytest.raises(LayerError, match=message):
        read(write_csv(tmp_path / "list.csv", GOOD), where={"状态": "开业"})


def test_projected_metres_without_a_crs_are_refused(tmp_path: Path) -> None:
    with pytest.raises(
        CrsError, match=r"projected metres \(525638, 4859390\), expected degrees; name their CRS"
    ):
        read(write_csv(tmp_path / "list.csv", HEAD + "1,甲,525638,4859390,60,营业\n"))


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("list.csv", b"name\n\xff\xff\n", "neither UTF-8 nor GB18030"),
        ("list.csv", b"", "the file is empty"),
        ("list.csv", b"PK\x03\x04rest", "is a zip archive or an Excel workbook; give it its true ending"),
        ("list.xlsx", b"a,b\n1,2\n", "not a readable Excel workbook"),
        ("list.xls", b"\xd0\xcf\x11\xe0", "files ending in .xls are not read; open it and save it as .xlsx"),
        ("list.geojson", b'{"type": "FeatureCollection", "features": [', "cannot be read as geojson"),
        ("list.gpkg", b"nothing", "not a readable GeoPackage"),
        ("list.parquet", b"nothing", "not a readable Parquet file"),
        ("list.zip", b"nothing", "not a readable zip archive"),
        ("list.shp", b"nothing", r"no \.shx beside the \.shp"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused(
    tmp_path: Path, name: str, data: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(LayerError, match=message):
        read(tmp_path / name)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LayerError, match=r"there is no such file: .*correct its path"):
        read(tmp_path / "list.csv")
    with pytest.raises(LayerError, match=r"is a folder"):
        read(tmp_path)


# --- coordinates in metres --------------------------------------------------------------------------------

# Changchun centre in CGCS2000 three-degree zone 42 (126 E): 445,362 m or with the zone 42,445,362 m.
EAST_M, NORTH_M = gpd.GeoSeries([shapely.Point(CHANGCHUN)], crs=4326).to_crs(4551).iloc[0].coords[0]


@pytest.mark.parametrize(("crs", "east_m"), [("EPSG:4551", EAST_M), ("EPSG:4530", EAST_M + 42e6)])
def test_cgcs2000_zones_are_read_with_and_without_their_number(
    tmp_path: Path, crs: str, east_m: float
) -> None:
    path = write_csv(tmp_path / "list.csv", HEAD + f"1,甲,{east_m:.4f},{NORTH_M:.4f},60,营业\n")
    assert read(path, crs=crs).frame.geometry.iloc[0].distance(shapely.Point(CHANGCHUN)) < 1e-8
    by_xy = read_layer(path, layer="childcare", x="经度", y="纬度", crs=crs)
    assert by_xy.frame.geometry.iloc[0].distance(shapely.Point(CHANGCHUN)) < 1e-8


@pytest.mark.parametrize(
    ("crs", "east_m", "north_m", "message"),
    [
        ("EPSG:4551", EAST_M + 42e6, NORTH_M, r"eastings begin with the zone number 42 .* use EPSG:4530"),
        ("EPSG:4530", EAST_M, NORTH_M, r"eastings carry no zone number .* use EPSG:4551"),
        ("EPSG:4551", NORTH_M, EAST_M, r"easting and northing are swapped .*surveyors' X points north"),
        ("EPSG:5635", EAST_M, NORTH_M, r"lie outside the area of .*name the CRS that the file was made in"),
        ("EPSG:999999", EAST_M, NORTH_M, r"CRS 'EPSG:999999' is unknown; write it like"),
    ],
)
def test_metres_of_another_crs_are_refused(
    tmp_path: Path, crs: str, east_m: float, north_m: float, message: str
) -> None:
    path = write_csv(tmp_path / "list.csv", HEAD + f"1,甲,{east_m:.4f},{north_m:.4f},60,营业\n")
    with pytest.raises(CrsError, match=message):
        read(path, crs=crs)


def test_a_web_map_datum_in_metres_is_refused(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "list.csv", HEAD + f"1,甲,{EAST_M:.4f},{NORTH_M:.4f},60,营业\n")
    with pytest.raises(CrsError, match=r"datum gcj02 needs longitude and latitude, its CRS is EPSG:4551"):
        read(path, crs="EPSG:4551", datum="gcj02")


# --- vector files -----------------------------------------------------------------------------------------


def read_parks(path: Path, **options: object) -> Layer:
    return read_layer(path, layer="park", **{"id": "编号", "name": "名称", **options})


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".parquet"])
def test_every_vector_format_gives_the_same_layer(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"parks{suffix}"
    if suffix == ".parquet":
        parks().to_parquet(path)
    else:
        parks().to_file(path)
    layer = read_parks(path)
    assert layer.frame["id"].tolist() == ["01", "02"]
    assert layer.frame["name"].tolist() == ["南湖公园", "杏花村公园"]
    assert layer.frame.geometry.iloc[0].equals_exact(parks().geometry.iloc[0], 1e-7, normalize=True)


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize(
    ("encoding", "cpg", "note"),
    [
        ("utf-8", True, None),
        ("gb18030", True, None),
        ("utf-8", False, "no .cpg; text read as utf-8"),
        ("gb18030", False, "no .cpg; text read as gb18030"),
    ],
)
def test_shapefile_text_is_right_with_and_without_cpg(
    tmp_path: Path, encoding: str, note: str | None, *, cpg: bool, zipped: bool
) -> None:
    path = write_shapefile(tmp_path / "parks", parks(), encoding=encoding, cpg=cpg)
    layer = read_parks(zip_folder(path.parent, tmp_path / "parks.zip") if zipped else path)
    assert layer.frame["name"].tolist() == ["南湖公园", "杏花村公园"]
    assert layer.report.notes == (() if note is None else (note,))


def test_a_cpg_that_lies_is_found_out(tmp_path: Path) -> None:
    path = write_shapefile(tmp_path / "parks", parks(), encoding="gb18030", cpg=True)
    path.with_suffix(".cpg").write_text("UTF-8", encoding="ascii")
    layer = read_parks(path)
    assert layer.frame["name"].tolist() == ["南湖公园", "杏花村公园"]
    assert layer.report.notes == ("the .cpg says utf-8, which does not fit; text read as gb18030",)


def test_a_field_name_cut_by_the_shapefile_is_found(tmp_path: Path) -> None:
    frame = parks(公园绿地面积=[12.0, 20.0])
    path = write_shapefile(
        tmp_path / "parks", frame.rename(columns={"公园绿地面积": "公园绿地面"}), encoding="gb18030", cpg=True
    )
    layer = read_parks(path, columns={"area_m2": "公园绿地面积"})
    assert layer.frame["area_m2"].tolist() == [12.0, 20.0]
    assert layer.report.notes == ("column '公园绿地面积' found as '公园绿地面', cut by the shapefile format",)


def test_codes_that_are_numbers_become_text_without_a_point(tmp_path: Path) -> None:
    parks(adcode=[220102, 220103]).to_file(tmp_path / "parks.geojson")
    assert read_parks(tmp_path / "parks.geojson", id="adcode").frame["id"].tolist() == ["220102", "220103"]
    parks(adcode=[220102.0, None]).to_file(tmp_path / "gap.geojson")
    ids = read_parks(tmp_path / "gap.geojson", id="adcode").frame["id"]
    assert ids.iloc[0] == "220102"
    assert ids.isna().tolist() == [False, True]


def test_cgcs2000_degrees_are_taken_as_wgs84(tmp_path: Path) -> None:
    parks().set_crs(4490, allow_override=True).to_file(tmp_path / "parks.gpkg")
    layer = read_parks(tmp_path / "parks.gpkg")
    assert layer.frame.crs == 4326
    assert layer.frame.geometry.iloc[0].equals(parks().geometry.iloc[0])
    assert layer.report.crs == "EPSG:4490"


def test_an_old_chinese_datum_is_converted_and_told(tmp_path: Path) -> None:
    parks().to_crs("EPSG:2387").to_file(tmp_path / "parks.gpkg")  # Xian 1980, 126 E
    layer = read_parks(tmp_path / "parks.gpkg")
    assert layer.frame.geometry.iloc[0].hausdorff_distance(parks().geometry.iloc[0]) < 1e-6
    assert "its datum Xian 1980 differs from WGS-84" in layer.report.notes[0]


@pytest.mark.parametrize("form", ["shp", "gpkg", "parquet"])
def test_a_layer_without_crs_is_refused_unless_the_study_names_it(tmp_path: Path, form: str) -> None:
    bare = parks().set_crs(None, allow_override=True)
    path = tmp_path / f"parks.{form}"
    if form == "shp":
        path = write_shapefile(tmp_path / "parks", bare, encoding="utf-8", cpg=True, prj=False)
    elif form == "gpkg":
        write_bare(bare, path)
    else:
        bare.to_parquet(path)
    with pytest.raises(CrsError, match=r"the file says no CRS .*name it: crs = \"EPSG:4490\""):
        read_parks(path)
    assert len(read_parks(path, crs="EPSG:4490").frame) == 2


def test_heights_are_left_out_and_told(tmp_path: Path) -> None:
    frame = parks()
    frame.geometry = shapely.force_3d(frame.geometry.to_numpy(), 200.0)
    frame.to_file(tmp_path / "parks.gpkg")
    layer = read_parks(tmp_path / "parks.gpkg")
    assert not layer.frame.geometry.has_z.any()
    assert layer.report.notes == ("heights (z) left out of 2 geometries",)


def test_a_bow_tie_is_repaired_and_told(tmp_path: Path) -> None:
    lon, lat = CHANGCHUN
    bow_tie = shapely.Polygon([(lon, lat), (lon + 0.01, lat + 0.01), (lon + 0.01, lat), (lon, lat + 0.01)])
    frame = parks()
    frame.geometry = [bow_tie, frame.geometry.iloc[1]]
    frame.to_file(tmp_path / "parks.geojson")
    layer = read_parks(tmp_path / "parks.geojson")
    assert layer.frame.geometry.is_valid.all()
    assert layer.frame.geometry.iloc[0].area == pytest.approx(0.01 * 0.01 / 2)  # two triangles
    assert repairs(layer) == {1: "invalid geometry repaired (Self-intersection)"}


def test_null_empty_and_foreign_geometries_are_dropped_and_listed(tmp_path: Path) -> None:
    lon, lat = CHANGCHUN
    shapes = [
        *parks().geometry,
        None,
        shapely.Polygon(),
        shapely.Point(lon, lat),
        shapely.Polygon([(lon, lat)] * 4),
    ]
    frame = gpd.GeoDataFrame(
        {"编号": list("123456"), "名称": list("甲乙丙丁戊己")}, geometry=shapes, crs=4326
    )
    frame.to_parquet(tmp_path / "parks.parquet")
    layer = read_parks(tmp_path / "parks.parquet", shapes="polygon")
    assert layer.frame["id"].tolist() == ["1", "2"]
    assert reasons(layer) == {
        3: "no geometry",
        4: "empty geometry",
        5: "a Point, expected a polygon",
        6: "polygon without area (Too few points in geometry component)",
    }


def test_a_layer_of_the_wrong_type_is_refused(tmp_path: Path) -> None:
    frame = parks()
    frame.geometry = frame.geometry.representative_point()
    frame.to_file(tmp_path / "parks.geojson")
    with pytest.raises(LayerError, match=r"empty layer: .*a Point, expected a polygon \(2\)"):
        read_parks(tmp_path / "parks.geojson", shapes="polygon")


def test_geojson_with_swapped_axes_is_refused(tmp_path: Path) -> None:
    frame = parks()
    frame.geometry = shapely.transform(frame.geometry.to_numpy(), lambda xy: xy[:, ::-1])
    frame.to_file(tmp_path / "parks.geojson")
    with pytest.raises(LayerError, match="longitude and latitude are swapped"):
        read_parks(tmp_path / "parks.geojson")


def test_a_geopackage_of_several_layers_needs_one_that_fits(tmp_path: Path) -> None:
    path = tmp_path / "city.gpkg"
    parks().to_file(path, layer="parks")
    parks().drop(columns="名称").to_file(path, layer="squares", mode="a")
    layer = read_parks(path)
    assert "layer parks read" in layer.report.notes[0]
    with pytest.raises(LayerError, match=r"holds 2 layers \(parks, squares\) and each has the column '编号'"):
        read_layer(path, layer="park", id="编号")
    with pytest.raises(LayerError, match=r"holds 2 layers \(parks, squares\); export"):
        read_layer(path, layer="park")


def test_an_archive_of_two_shapefiles_is_refused(tmp_path: Path) -> None:
    path = write_shapefile(tmp_path / "parks", parks(), encoding="utf-8", cpg=True)
    for file in list(path.parent.iterdir()):
        (path.parent / f"more{file.suffix}").write_bytes(file.read_bytes())
    with pytest.raises(LayerError, match="the archive holds 2 shapefiles, expected one"):
        read_parks(zip_folder(path.parent, tmp_path / "parks.zip"))


def test_parquet_without_geometry_reads_from_its_columns(tmp_path: Path) -> None:
    pd.DataFrame({"编号": ["01"], "名称": ["甲"], "x": [125.3], "y": [43.9]}).to_parquet(
        tmp_path / "parks.parquet"
    )
    assert read_parks(tmp_path / "parks.parquet", lon="x", lat="y").frame.geometry.iloc[0].coords[0] == (
        125.3,
        43.9,
    )


def test_a_table_without_columns_of_position_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LayerError, match=r"it holds no geometry; name its columns of longitude and latitude"):
        read(write_csv(tmp_path / "list.csv", GOOD), lon=None, lat=None)


def test_messages_never_show_a_traceback_of_a_library(tmp_path: Path) -> None:
    (tmp_path / "bad.geojson").write_text('{"type": "Nonsense"}', encoding="utf-8")
    with pytest.raises(InputError, match=r"^park \(bad\.geojson\): "):
        read_parks(tmp_path / "bad.geojson")


# --- real layers ------------------------------------------------------------------------------------------


@pytest.mark.real
def test_changchun_districts_are_shifted_and_two_are_repaired(shared: Path) -> None:
    path = shared / "data/ne_china_boundaries/changchun_220100_districts_gcj02.geojson"
    layer = read_layer(path, layer="district", id="adcode", name="name", datum="gcj02", shapes="polygon")
    assert layer.frame["id"].iloc[0] == "220102"
    assert len(layer.frame) == 11
    assert sorted(repairs(layer)) == [9, 10]
    assert layer.frame.geometry.is_valid.all()
    first = shapely.get_coordinates(gpd.read_file(path).geometry.iloc[0])[0]
    shifted = shapely.Point(gcj02_to_wgs84(*first))
    assert shapely.distance(shifted, layer.frame.geometry.iloc[0].boundary) < 1e-12


@pytest.mark.real
def test_las_palmas_catchments_come_out_of_their_projection(shared: Path) -> None:
    path = shared / "data/las_palmas/secondary_school_catchments.geojson"
    layer = read_layer(path, layer="district", id="Codigo", name="Denominaci", shapes="polygon")
    assert layer.report.crs == "EPSG:5635"
    assert len(layer.frame) == 29
    west, south, east, north = layer.frame.total_bounds
    assert -15.6 < west < east < -15.3
    assert 27.9 < south < north < 28.3
