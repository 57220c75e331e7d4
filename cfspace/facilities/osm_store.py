"""Facilities found in OSM, written to a folder of files and read back the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import pandas as pd
import pyproj
import shapely

from cfspace.facilities.osm import OsmMatch
from cfspace.io.columns import array_of, table_of, texts_of

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

FACILITIES: Final = "facilities.parquet"
FACTS: Final = "facts.json"


def write_match(match: OsmMatch, folder: Path) -> None:
    """Write facilities as GeoParquet, and the notes on what was left out, into an empty folder."""
    frame = match.facilities
    facts = {"types": {name: _type_of(column) for name, column in frame.items()}, "notes": match.notes}
    (folder / FACTS).write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")
    frame.to_parquet(folder / FACILITIES, index=False, compression="zstd")


def load_match(folder: Path, crs: pyproj.CRS) -> OsmMatch:
    """Return what :func:`write_match` wrote; `crs` is the metric CRS of the study."""
    facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
    table = table_of(folder / FACILITIES)
    columns = {name: READ[kind](table[name]) for name, kind in facts["types"].items()}
    return OsmMatch(gpd.GeoDataFrame(columns, geometry="geometry", crs=crs), tuple(facts["notes"]))


def _type_of(column: pd.Series) -> str:
    if column.dtype == object:
        return "objects"
    if column.dtype == "geometry":
        return "shapes"
    return "texts" if column.dtype == "str" else "numbers"


def _objects(column: pa.ChunkedArray) -> pd.Series:
    return pd.Series(column.to_pylist(), dtype=object)


def _shapes(column: pa.ChunkedArray) -> NDArray[np.object_]:
    shapes: NDArray[np.object_] = shapely.from_wkb(column.to_numpy())
    return shapes


READ: Final[dict[str, Callable[[pa.ChunkedArray], Any]]] = {
    "texts": texts_of,
    "objects": _objects,  # columns that a user's own rules add
    "numbers": array_of,
    "shapes": _shapes,
}
