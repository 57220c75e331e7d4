"""Small files of every format, right and wrong, written for the tests."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import openpyxl
import pytest
import shapely

CHANGCHUN = (125.32, 43.88)


def write_csv(path: Path, text: str, *, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def write_xlsx(path: Path, rows: Sequence[Sequence[object]], *, merge: str | None = None) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(list(row))
    if merge is not None:
        sheet.merge_cells(merge)
    book.save(path)
    return path


def parks(**columns: Sequence[object]) -> gpd.GeoDataFrame:
    """Return two squares in Changchun, EPSG:4326."""
    lon, lat = CHANGCHUN
    squares = [
        shapely.box(lon, lat, lon + 0.002, lat + 0.002),
        shapely.box(lon + 0.01, lat, lon + 0.012, lat + 0.002),
    ]
    return gpd.GeoDataFrame(
        {"编号": ["01", "02"], "名称": ["南湖公园", "杏花村公园"], **columns}, geometry=squares, crs=4326
    )


def write_bare(frame: gpd.GeoDataFrame, path: Path, *, encoding: str = "utf-8") -> None:
    """Write a file that says no CRS."""
    with pytest.warns(UserWarning, match="'crs' was not provided"):
        frame.to_file(path, encoding=encoding)


def write_shapefile(
    folder: Path, frame: gpd.GeoDataFrame, *, encoding: str, cpg: bool, prj: bool = True
) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "parks.shp"
    if prj:
        frame.to_file(path, engine="pyogrio", encoding=encoding)
    else:
        write_bare(frame, path, encoding=encoding)
    if not cpg:
        path.with_suffix(".cpg").unlink()
    return path


def zip_folder(folder: Path, path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, f"公园图层/{file.name}")
    return path
