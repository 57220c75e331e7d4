"""Vector files: shapefile (plain or zipped), GeoPackage, GeoJSON, GeoParquet."""

from __future__ import annotations

import codecs
import tempfile
import warnings
import zipfile
import zlib
from collections.abc import Collection
from pathlib import Path, PurePosixPath
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyproj

from cfspace.errors import LayerError
from cfspace.io.dbf import shapefile_encoding
from cfspace.io.raw import RawLayer
from cfspace.io.reports import Notebook, some_names

SUFFIXES: Final = (".shp", ".zip", ".gpkg", ".geojson", ".json", ".parquet", ".geoparquet")
"""Endings of the vector files that are read."""

_DBF_NAME_BYTES: Final = 10
_SHP_HEADER: Final = 100
_SHP_LENGTH: Final = slice(24, 28)
_BROKEN: Final = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    pyogrio.errors.FeatureError,
    pyogrio.errors.GeometryError,
    pyogrio.errors.FieldError,
    pyogrio.errors.CRSError,
)


def _raw(frame: pd.DataFrame, crs: pyproj.CRS | None, encoding: str | None) -> RawLayer:
    geometry = None
    if isinstance(frame, gpd.GeoDataFrame):
        geometry = np.asarray(frame.geometry.array, dtype=object)
        frame = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    return RawLayer(
        cells=frame.reset_index(drop=True),
        rows=np.arange(1, len(frame) + 1, dtype=np.int64),
        geometry=geometry,
        crs=crs,
        encoding=encoding,
    )


def _ogr(
    path: Path, notebook: Notebook, *, layer: str | None = None, encoding: str | None = None
) -> RawLayer:
    try:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            frame = _frame(path, layer, encoding)
    except (*_BROKEN, UnicodeDecodeError, ValueError) as error:
        raise LayerError(
            f"{notebook.where}: cannot be read as {path.suffix.lstrip('.')} ({error}); "
            "open it in a GIS and export it again"
        ) from error
    # What GDAL says of the file; what NumPy says of its NaN is told by the rows left out.
    said = [str(one.message) for one in told if "encountered in" not in str(one.message)]
    notebook.notes.extend(dict.fromkeys(f"while reading: {text.split('.')[0]}" for text in said))
    return _raw(frame, getattr(frame, "crs", None), encoding)


def _frame(path: Path, layer: str | None, encoding: str | None) -> pd.DataFrame:
    frame: pd.DataFrame
    try:
        frame = pyogrio.read_dataframe(path, layer=layer, encoding=encoding, on_invalid="ignore")
    except UnicodeDecodeError:
        if encoding is None:
            raise
        frame = _bytewise(path, encoding)
    return frame


def _bytewise(path: Path, encoding: str) -> pd.DataFrame:
    """Return a shapefile whose texts the DBF format has cut within a character, without half characters."""
    frame = pyogrio.read_dataframe(path, encoding="ISO-8859-1", on_invalid="ignore")
    make = codecs.getincrementaldecoder(encoding)

    def whole(cell: object) -> object:
        return make().decode(cell.encode("latin-1"), final=False) if isinstance(cell, str) else cell

    texts = [name for name in frame.columns if frame[name].dtype in ("object", "str")]
    frame = frame.assign(**{name: frame[name].map(whole) for name in texts})
    renamed: pd.DataFrame = frame.rename(columns={name: str(whole(name)) for name in frame.columns})
    return renamed


def _uncut(raw: RawLayer, wanted: Collection[str], notebook: Notebook) -> RawLayer:
    """Give back their names to fields that the DBF format has cut to ten bytes."""
    there, renamed = list(raw.cells.columns), {}
    for name in wanted:
        cut = [
            field
            for field in there
            if name not in there
            and name.startswith(field)
            and _DBF_NAME_BYTES - 2 <= len(field.encode(raw.encoding or "utf-8")) <= _DBF_NAME_BYTES
        ]
        if len(cut) == 1:
            renamed[cut[0]] = name
            notebook.notes.append(f"column {name!r} found as {cut[0]!r}, cut by the shapefile format")
    return RawLayer(
        cells=raw.cells.rename(columns=renamed),
        rows=raw.rows,
        geometry=raw.geometry,
        crs=raw.crs,
        encoding=raw.encoding,
    )


def _read_shapefile(path: Path, wanted: Collection[str], notebook: Notebook) -> RawLayer:
    if not any(path.with_suffix(suffix).is_file() for suffix in (".shx", ".SHX")):
        raise LayerError(
            f"{notebook.where}: no .shx beside the .shp; copy all files of the shapefile together"
        )
    _check_length(path, notebook)
    encoding, note = shapefile_encoding(path, where=notebook.where)
    if note is not None:
        notebook.notes.append(note)
    return _uncut(_ogr(path, notebook, encoding=encoding), wanted, notebook)


def _check_length(path: Path, notebook: Notebook) -> None:
    """Refuse shapes that are cut short: GDAL reads those that are gone as records without a place."""
    with path.open("rb") as file:
        header = file.read(_SHP_HEADER)
    told, found = 2 * int.from_bytes(header[_SHP_LENGTH], "big"), path.stat().st_size  # in words of two bytes
    if found < max(told, _SHP_HEADER):
        raise LayerError(
            f"{notebook.where}: cut short, the .shp holds {found:,} of {told:,} bytes; copy it again"
        )


def _read_zip(path: Path, wanted: Collection[str], notebook: Notebook) -> RawLayer:
    """Read the one shapefile of a zip archive; names in it may be garbled, so they are replaced."""
    try:
        with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory() as folder:
            members = [name for name in archive.namelist() if "__MACOSX" not in name]
            shapes = [name for name in members if name.lower().endswith(".shp")]
            if len(shapes) != 1:
                raise LayerError(
                    f"{notebook.where}: the archive holds {len(shapes)} shapefiles, expected one "
                    f"({some_names(shapes or members, most=10)}); pack each into an archive of its own"
                )
            stem = shapes[0][: -len(".shp")]
            for name in members:
                if name.rpartition(".")[0] == stem:
                    (Path(folder) / f"layer{PurePosixPath(name).suffix.lower()}").write_bytes(
                        archive.read(name)
                    )
            return _read_shapefile(Path(folder) / "layer.shp", wanted, notebook)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError) as error:
        raise LayerError(
            f"{notebook.where}: not a readable zip archive ({error}); "
            "pack the shapefile again, without password"
        ) from error


def _read_geopackage(path: Path, wanted: Collection[str], notebook: Notebook) -> RawLayer:
    try:
        names = [str(name) for name in pyogrio.list_layers(path)[:, 0]]
    except _BROKEN as error:
        raise LayerError(f"{notebook.where}: not a readable GeoPackage ({error}); export it again") from error
    if not names:
        raise LayerError(f"{notebook.where}: the GeoPackage holds no layer; check that it is the right file")
    fitting = [name for name in names if set(wanted) <= set(pyogrio.read_info(path, layer=name)["fields"])]
    if len(names) > 1 and len(fitting) != 1:
        columns = "the column" if len(wanted) == 1 else "all of the columns"
        which = f" and {'each' if fitting else 'none'} has {columns} {some_names(map(repr, wanted))}"
        raise LayerError(
            f"{notebook.where}: it holds {len(names)} layers ({some_names(names)}){which if wanted else ''}; "
            "export the one that is meant to a file of its own"
        )
    layer = fitting[0] if fitting else names[0]
    if len(names) > 1:
        notebook.notes.append(f"layer {layer} read, the only one of {len(names)} with the columns asked for")
    return _ogr(path, notebook, layer=layer)


def _read_parquet(path: Path, notebook: Notebook) -> RawLayer:
    import pyarrow as pa

    try:
        try:
            frame = gpd.read_parquet(path)
            return _raw(frame, frame.crs, None)
        except ValueError:  # no geometry in it: longitude and latitude may be columns
            return _raw(pd.read_parquet(path), None, None)
    except (pa.ArrowException, OSError, KeyError, TypeError) as error:
        raise LayerError(
            f"{notebook.where}: not a readable Parquet file ({error}); export it again"
        ) from error


def read_vectors(path: Path, wanted: Collection[str], notebook: Notebook) -> RawLayer:
    """Return the features of a vector file.

    Parameters
    ----------
    path
        Ends in one of :data:`SUFFIXES`.
    wanted
        Columns the study names; they choose among the layers of a GeoPackage.
    notebook
        Where to note what is worth telling.

    Raises
    ------
    LayerError
        If the file is not what its ending says, or which layer is meant is unclear.
    """
    match path.suffix.lower():
        case ".shp":
            return _read_shapefile(path, wanted, notebook)
        case ".zip":
            return _read_zip(path, wanted, notebook)
        case ".gpkg":
            return _read_geopackage(path, wanted, notebook)
        case ".parquet" | ".geoparquet":
            return _read_parquet(path, notebook)
        case _:
            return _ogr(path, notebook)
