"""A town small enough to work out by hand: two districts, three streets, four homes in a row.

Homes lie on a line, 1 km of district A (x 0-1000) and 1 km of district B (x 1000-2000)::

    x      100      600      1200     1900
    home   h1       h2       h3       h4
    unit   A/A1     A/A2     B/B1     B/B1
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import Point, box

from cfspace.config.bands import BANDS
from cfspace.config.rulebook import Rulebook
from cfspace.indicators import City
from cfspace.rulebooks import read_rulebook

CRS = "EPSG:32651"
CHILDREN = {"h1": 100.0, "h2": 60.0, "h3": 200.0, "h4": 40.0}


@dataclass(frozen=True)
class Units:
    levels: tuple[str, ...]
    frames: Mapping[str, gpd.GeoDataFrame]


def unit_frame(boxes: Mapping[str, tuple[float, float]], **columns: object) -> gpd.GeoDataFrame:
    """Strips 1 km deep between two x each."""
    shapes = [box(west, 0, east, 1000) for west, east in boxes.values()]
    frame = gpd.GeoDataFrame({"unit_id": list(boxes)}, geometry=shapes, crs=CRS)
    frame = frame.assign(unit_name=[f"unit {name}" for name in boxes], covered_share=1.0, area_m2=frame.area)
    return frame.assign(**columns)


def units(**district_columns: object) -> Units:
    return Units(
        levels=("district", "street"),
        frames={
            "district": unit_frame({"A": (0, 1000), "B": (1000, 2000)}, **district_columns),
            "street": unit_frame({"A1": (0, 500), "A2": (500, 1000), "B1": (1000, 2000)}),
        },
    )


def homes(**metres: list[float]) -> pd.DataFrame:
    """Four homes; every band has the same children, so that a band holds what CHILDREN says."""
    frame = pd.DataFrame({"home_id": list(CHILDREN), "connector_m": 10.0})
    frame = frame.assign(**{f"children_{band}": list(CHILDREN.values()) for band in BANDS})
    frame = frame.assign(district_id=["A", "A", "B", "B"], street_id=["A1", "A2", "B1", "B1"])
    return frame.assign(**metres)


def facilities(*rows: dict[str, object]) -> gpd.GeoDataFrame:
    """Points unless a row gives its geometry; `x` places it on the line of homes."""
    filled = []
    for number, row in enumerate(rows):
        x = float(row.get("x", 0.0))  # type: ignore[arg-type]
        base = {
            "facility_id": f"{row['kind']}/f{number}",
            "name": f"place {number}",
            "source": "osm",
            "source_id": f"node/{number}",
            "geometry": Point(x, 500),
        }
        filled.append({**base, **{key: value for key, value in row.items() if key != "x"}})
    columns = ["facility_id", "kind", "name", "source", "source_id", "geometry"]
    frame = pd.DataFrame(filled, columns=None if filled else columns)
    return gpd.GeoDataFrame(frame, geometry="geometry", crs=CRS)


def entrances(places: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    frame = places[["facility_id", "kind"]].assign(rule="point")
    return gpd.GeoDataFrame(frame, geometry=places.geometry.representative_point(), crs=CRS)


def city(
    *,
    homes_table: pd.DataFrame | None = None,
    places: gpd.GeoDataFrame | None = None,
    evidence: Mapping[str, str] | None = None,
    of_units: Units | None = None,
    **more: object,
) -> City:
    places = facilities() if places is None else places
    known = dict.fromkeys(places["kind"], "osm") | dict(evidence or {})
    return City(
        homes=homes() if homes_table is None else homes_table,
        facilities=places,
        entrances=entrances(places),
        units=units() if of_units is None else of_units,
        evidence=known,
        **more,  # type: ignore[arg-type]
    )


def book(indicator: str, *, head: str = "", targets: str = "") -> Rulebook:
    """A rulebook of one indicator, given without what every indicator needs."""
    text = f"""
name = "toy"
version = "1"
title = {{ en = "Toy", zh = "玩具" }}
{head}
[[task]]
number = 13
title = {{ en = "Task", zh = "任务" }}
{targets}
[[indicator]]
id = "T-1"
task = 13
title = {{ en = "Title", zh = "标题" }}
meaning = {{ en = "Meaning.", zh = "含义。" }}
level = "street"
source = "nowhere"
confidence = "design"
goal_basis = "design"
{indicator}
"""
    return read_rulebook(text, source="toy.toml")


def shuffled(town: City, seed: int) -> City:
    order = np.random.default_rng(seed)
    return replace(
        town,
        homes=town.homes.iloc[order.permutation(len(town.homes))].reset_index(drop=True),
        facilities=town.facilities.iloc[order.permutation(len(town.facilities))].reset_index(drop=True),
    )


def row(table: pd.DataFrame, unit_id: str, age_band: str | None = None) -> pd.Series:
    """The row of a unit: of one age band, else the last, which is of all bands together."""
    found = table[table["unit_id"] == unit_id]
    if age_band is not None:
        found = found[found["age_band"] == age_band]
    return found.iloc[-1]
