"""The columns of a facilities frame, and how values of lists and tags become them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj

CORE_COLUMNS = ("facility_id", "kind", "name", "source", "source_id")
NUMBER_COLUMNS = (
    "capacity",
    "beds",
    "doctors",
    "pupils",
    "area_m2",
    "floor_area_m2",
    "visitors_per_day",
    "levels",
    "min_age",
    "max_age",
)
"""Attributes that are numbers; ``NaN`` where nobody says."""

FLAG_COLUMNS = ("inclusive", "certified", "children_area", "paediatrics")
"""Attributes that are ``yes``, ``no`` or ``limited``; missing where nobody says."""

WORD_COLUMNS = ("wheelchair", "unisex", "changing_table", "baby_feeding", "tactile_paving", "shelter", "fee")
"""Attributes that have words of their own in OSM beside ``yes`` and ``no``; lists say 是 and 否."""

TEXT_COLUMNS = (
    "host",
    "wheelchair",
    "opening_hours",
    "start_date",
    "operator",
    "operator_type",
    "access",
    "fee",
    "isced",
    "changing_table",
    "changing_table_location",
    "baby_feeding",
    "unisex",
    "crossing",
    "crossing_island",
    "kerb",
    "tactile_paving",
    "sport",
    "locked",
    "foot",
    "shelter",
    "venue_type",
    "barrier",
)

YES = frozenset({"yes", "y", "true", "t", "1", "1.0", "是", "有", "普惠", "已认证", "达标", "√", "✓"})
NO = frozenset(
    {"no", "n", "false", "f", "0", "0.0", "否", "无", "没有", "非普惠", "未认证", "不达标", "×", "✗"}
)
LIMITED = frozenset({"limited", "partly", "部分", "部分有"})
UNKNOWN = frozenset(
    {
        "",
        "-",
        "--",
        "—",
        "/",
        "\\",
        "na",
        "n/a",
        "nan",
        "none",
        "null",
        "未知",
        "不详",
        "不明",
        "待定",
        "暂无",
    }
)
_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?")


def frame_of(
    columns: dict[str, Any], geometry: Sequence[Any] | npt.NDArray[np.object_], crs: pyproj.CRS
) -> gpd.GeoDataFrame:
    """Return a facilities frame with every column of its type, missing where `columns` has none."""
    size = len(geometry)
    full: dict[str, Any] = {}
    for name in CORE_COLUMNS:
        full[name] = text_series(columns.get(name), size)
    for name in NUMBER_COLUMNS:
        full[name] = np.asarray(columns.get(name, np.full(size, np.nan)), dtype=np.float64)
    for name in (*FLAG_COLUMNS, *TEXT_COLUMNS):
        full[name] = text_series(columns.get(name), size)
    for name in sorted(set(columns) - set(full)):
        full[name] = _each(columns[name])
    return gpd.GeoDataFrame(full, geometry=np.asarray(geometry, dtype=object), crs=crs)


def _each(values: Any) -> Any:
    """Return texts that are held once each as the text of each row, None where there is none."""
    if not isinstance(values, pd.Categorical):
        return values
    return np.array([*values.categories, None], dtype=object)[values.codes]


def text_series(values: Iterable[Any] | None, size: int) -> pd.Series[Any]:
    """Return text, missing where a value is ``None``, NaN or blank."""
    if values is None:
        return pd.Series([None] * size, dtype="str")
    if isinstance(values, pd.Categorical):
        each = text_series(values.categories, len(values.categories))
        return pd.Series(each.array.take(values.codes, allow_fill=True))
    cells = np.fromiter(values, dtype=object, count=size)
    texts = np.full(size, None, dtype=object)
    told = ~pd.isna(cells)
    texts[told] = [str(cell).strip() or None for cell in cells[told]]
    return pd.Series(texts, dtype="str")


def parse_number(value: object) -> float:
    """Return the number that a tag or cell holds, ``NaN`` where it holds none or more than one.

    Examples
    --------
    >>> parse_number("120"), parse_number("1.5"), parse_number("30-40"), parse_number(None)
    (120.0, 1.5, nan, nan)
    """
    if isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool):
        return float(value)
    text = unicodedata.normalize("NFKC", str(value)).strip()
    return float(text) if _NUMBER.fullmatch(text) else float("nan")


def parse_flag(value: object) -> str | None:
    """Return ``yes``, ``no`` or ``limited``; other words as they stand, ``None`` where unknown.

    Examples
    --------
    >>> parse_flag("是"), parse_flag(0), parse_flag("不详"), parse_flag("部分")
    ('yes', 'no', None, 'limited')
    """
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return None
    text = str(value).strip().lower()
    for word, group in (("yes", YES), ("no", NO), ("limited", LIMITED), (None, UNKNOWN)):
        if text in group:
            return word
    return text


def unique_ids(ids: Sequence[str]) -> list[str]:
    """Return `ids` with ``#2``, ``#3``... put behind repeats."""
    seen: dict[str, int] = {}
    result = []
    for text in ids:
        seen[text] = seen.get(text, 0) + 1
        result.append(text if seen[text] == 1 else f"{text}#{seen[text]}")
    return result


def join(frames: Sequence[gpd.GeoDataFrame], crs: pyproj.CRS) -> gpd.GeoDataFrame:
    """Return the rows of all frames, sorted by kind and facility id, with unique ids."""
    filled = [frame for frame in frames if len(frame)]
    if not filled:
        return frame_of({}, [], crs)
    names = list(dict.fromkeys(name for frame in filled for name in frame.columns))
    joined = pd.concat([frame.reindex(columns=names) for frame in filled], ignore_index=True)
    joined = joined.sort_values(["kind", "facility_id"], kind="stable", ignore_index=True)
    for name in joined.columns.difference(["geometry"]):
        if joined[name].dtype == object:
            joined[name] = _of_one_type(joined[name])
    joined["facility_id"] = unique_ids(joined["facility_id"].tolist())
    return gpd.GeoDataFrame(joined, geometry="geometry", crs=crs)


def _of_one_type(values: pd.Series[Any]) -> pd.Series[Any]:
    """Return a column that two lists fill in their own ways as numbers, if all are, else as text."""
    known = values[values.notna()]
    if all(isinstance(value, int | float | np.integer | np.floating) for value in known):
        return values.astype("float64")
    return text_series(values, len(values)).set_axis(values.index)


def is_area(geometry: npt.NDArray[np.object_]) -> npt.NDArray[np.bool_]:
    """Return which geometries are polygons."""
    import shapely

    return np.isin(shapely.get_type_id(geometry), (3, 6))
