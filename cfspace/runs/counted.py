"""What gates, places, street segments and pieces of land add to a value, as files of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cfspace.config.rulebook import Rule
from cfspace.indicators.sums import representative_points
from cfspace.present.rundata import RunData

SHOWN_COLUMNS: Final = (
    "of",
    "row",
    "id",
    "name",
    "lon_deg",
    "lat_deg",
    "numerator",
    "denominator",
    "credit",
    "unknown",
)
"""What is told of each thing, in order."""


def write_counted(counted: pd.DataFrame, path: Path) -> None:
    """Write ``counted.parquet``: what each thing adds to each indicator."""
    counted.to_parquet(path, index=False, compression="zstd")


def write_land(land: gpd.GeoDataFrame | None, path: Path) -> None:
    """Write ``residential.parquet``, pieces of land with ``area_m2``; nothing where none is known."""
    if land is not None:
        told = land.assign(area_m2=shapely.area(np.asarray(land.geometry.array)))[["area_m2", "geometry"]]
        told.to_crs("EPSG:4326").to_parquet(path, index=False, compression="zstd")


def things_counted(run: RunData, rule: Rule, row: pd.Series) -> pd.DataFrame | None:
    """Return what each thing in a unit adds to an indicator, those that lack (or add) most first.

    Returns
    -------
    `SHOWN_COLUMNS`: `id` is a facility's (of gates too) or a way's, `name` its name or the street's, the
    place is the thing's, or a point on it. None where an indicator counts no such things, or the run's
    folder has no table of them.
    """
    if run.counted is None:
        return None
    own = run.counted[run.counted["indicator"] == rule.id]
    if own.empty:
        return None
    here = own[own[f"{row['unit_level']}_id"] == row["unit_id"]]
    parts = [_named(run, str(of), part) for of, part in here.groupby("of", observed=True, sort=False)]
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*SHOWN_COLUMNS])
    # Where units bring their own denominator nothing lacks: what adds most comes first.
    numerator = table["numerator"].fillna(0.0)
    lacks = (table["denominator"] - numerator).fillna(numerator)
    ordered = table.assign(_lacks=lacks.astype(float).round(9)).sort_values(
        ["_lacks", "of", "row"], ascending=[False, True, True], ignore_index=True
    )
    return ordered[[*SHOWN_COLUMNS]]


def _named(run: RunData, of: str, part: pd.DataFrame) -> pd.DataFrame:
    rows = part["row"].to_numpy()
    tables = {"gates": "entrances", "facilities": "facilities", "segments": "segments", "residential": "land"}
    things: gpd.GeoDataFrame = getattr(run, tables[of]).iloc[rows]
    points = representative_points(things)
    ids, names = _called(run, of, things)
    told = {"id": ids, "name": names, "lon_deg": shapely.get_x(points), "lat_deg": shapely.get_y(points)}
    numbers = part[["row", "numerator", "denominator", "credit", "unknown"]]
    return numbers.reset_index(drop=True).assign(of=of, **told)


def _called(run: RunData, of: str, things: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Return ids and names of things, empty where they have none."""
    nothing = [""] * len(things)
    if of == "residential":
        return nothing, nothing
    if of == "segments":
        names = things["name"] if "name" in things else pd.Series(nothing)
        return things["way_id"].astype(str).tolist(), names.fillna("").astype(str).tolist()
    ids = things["facility_id"].astype(str)
    by_id = run.facilities.drop_duplicates("facility_id").set_index("facility_id")["name"]
    return ids.tolist(), ids.map(by_id).fillna("").astype(str).tolist()
