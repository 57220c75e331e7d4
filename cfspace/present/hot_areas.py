"""Hot spots as areas: where the children that an indicator leaves out live close together, with names."""

from __future__ import annotations

from typing import Any, Final

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from cfspace.errors import ParameterError, RunError
from cfspace.io.frame import to_metric
from cfspace.present.rundata import RunData
from cfspace.present.shortfalls import Shortfall, shortfalls
from cfspace.present.wording import rules_of

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

WITHIN_M: Final = 150.0
MOST_M: Final = 1000.0
LEAST_CHILDREN: Final = 50.0
LEAST_SHARE: Final = 0.01
"""Share of all that is left out, where homes do not weigh children."""
NAMED_WITHIN_M: Final = 200.0
"""A street or place further than this from the middle of an area does not name it."""

COLUMNS: Final = (
    "indicator",
    "rank",
    "name",
    "children",
    "share",
    "n_homes",
    "nearest_m",
    "full_m",
    "unit_name",
    "street_name",
    "place_name",
    "lon_deg",
    "lat_deg",
    "geometry",
)


def hot_spots(
    run: RunData,
    indicator: str,
    *,
    within_m: float = WITHIN_M,
    least: float | None = None,
    most_m: float = MOST_M,
) -> gpd.GeoDataFrame:
    """Return the areas in which an indicator leaves out many children close together.

    Parameters
    ----------
    run
        A finished run.
    indicator
        Id of a coverage indicator.
    within_m
        Homes this near to each other, straight, belong together.
    least
        Children left out within `within_m` of a home that make it the core of an area; default: 50, or, where
        homes do not weigh children, 1 % of all that is left out.
    most_m
        Areas wider than this are cut, at the middle of their children, across their longer side.

    Returns
    -------
    `COLUMNS`, most children first: `rank` from 1; `name`, of the finest unit and the nearest named street, or
    else the nearest named place within 200 m; `children` left out (or what homes weigh) and their `share` of
    all left out; `n_homes`; `nearest_m`, the median walk to the nearest target by children (inf: none found);
    the middle of the children; polygons around the homes, EPSG:4326. Children left out singly, far from
    others, lie in no area.

    Raises
    ------
    RunError
        If the run has no such coverage indicator, or no value of it anywhere.
    ParameterError
        If a number is not above 0.

    Notes
    -----
    DBSCAN weighted by children [ester-1996], by scikit-learn.
    """
    for name, value in (("within_m", within_m), ("least", least), ("most_m", most_m)):
        if value is not None and not value > 0:
            raise ParameterError(f"{name}: {value:g} is not above 0; give a greater number")
    ground = Ground(run)
    return hot_areas(
        ground, _shortfall(run, indicator), within_m=within_m, least=least, most_m=most_m, most=None
    )


def hot_areas(
    ground: Ground,
    found: Shortfall,
    *,
    within_m: float = WITHIN_M,
    least: float | None = None,
    most_m: float = MOST_M,
    most: int | None,
) -> gpd.GeoDataFrame:
    """Return the hot spots of one shortfall, as `hot_spots` does.

    Parameters
    ----------
    ground
        The run's homes and names: one serves all its indicators.
    found
        What the indicator leaves out.
    within_m, least, most_m
        As for `hot_spots`.
    most
        Only so many are drawn and named, the first by weight; None for all.
    """
    homes = np.flatnonzero(found.left_out > 0)
    at_m, weights = ground.at_m[homes], found.left_out[homes]
    if least is None:
        are_children = ground.run.are_children
        least = LEAST_CHILDREN if are_children else max(LEAST_SHARE * float(weights.sum()), 1e-9)
    area = clustered(at_m, weights, within_m=within_m, least=least, most_m=most_m)
    return _table(ground, found, area, within_m=within_m, most=most)


def _shortfall(run: RunData, indicator: str) -> Shortfall:
    found = {one.indicator.casefold(): one for one in shortfalls(run)}
    if indicator.strip().casefold() in found:
        return found[indicator.strip().casefold()]
    there = ", ".join(one.indicator for one in found.values())
    known = {
        str(rule["id"]).casefold() for rule in rules_of(run.rulebook) if rule.get("measure") == "coverage"
    }
    why = (
        "has no value anywhere" if indicator.strip().casefold() in known else "is no coverage of the rulebook"
    )
    raise RunError(f"{run.run_dir}: {indicator!r} {why}; use one of {there}")


def clustered(at_m: Floats, weights: Floats, *, within_m: float, least: float, most_m: float) -> Codes:
    """Return the area of each point, numbered from 0 by weight, -1 for none.

    Parameters
    ----------
    at_m
        Positions in metres, shape (n, 2).
    weights
        Above 0.
    within_m, least, most_m
        As for `hot_spots`.

    Examples
    --------
    >>> at = np.array([[0.0, 0], [10, 0], [500, 0]])
    >>> clustered(at, np.array([30.0, 30, 40]), within_m=50, least=50, most_m=1000).tolist()
    [0, 0, -1]
    """
    from sklearn.cluster import DBSCAN

    if not len(at_m):
        return np.zeros(0, dtype=np.int64)
    # scikit-learn counts in whole samples: one sample is what makes a core, rounding aside.
    samples = weights / least * (1.0 + 1e-12)
    labels = DBSCAN(eps=within_m, min_samples=1, algorithm="kd_tree").fit(at_m, sample_weight=samples).labels_
    parts = []
    for label in range(int(labels.max(initial=-1)) + 1):
        parts += _cut(np.flatnonzero(labels == label), at_m, weights, most_m)
    parts.sort(key=lambda rows: (-float(weights[rows].sum()), int(rows[0])))
    area = np.full(len(at_m), -1, dtype=np.int64)
    for number, rows in enumerate(parts):
        area[rows] = number
    return area


def _cut(rows: Codes, at_m: Floats, weights: Floats, most_m: float) -> list[Codes]:
    """Return the rows of an area in pieces no wider than allowed."""
    waiting, done = [rows], []
    while waiting:
        own = waiting.pop()
        spans = np.ptp(at_m[own], axis=0)
        axis = int(spans.argmax())
        if spans[axis] <= most_m:
            done.append(np.sort(own))
            continue
        own = own[np.lexsort((at_m[own, 1 - axis], at_m[own, axis]))]
        reached = np.cumsum(weights[own])
        half = int(np.clip(np.searchsorted(reached, reached[-1] / 2) + 1, 1, len(own) - 1))
        waiting += [own[:half], own[half:]]
    return done


def _table(
    ground: Ground, found: Shortfall, area: Codes, *, within_m: float, most: int | None
) -> gpd.GeoDataFrame:
    homes = np.flatnonzero(found.left_out > 0)
    total = float(found.left_out[homes].sum())
    n_areas = int(area.max(initial=-1)) + 1
    rows = [
        _row(ground, found, homes[area == number], number, total=total, within_m=within_m)
        for number in range(n_areas if most is None else min(n_areas, most))
    ]
    table = gpd.GeoDataFrame(
        rows, columns=[*COLUMNS[:-3], "middle", "geometry"], geometry="geometry", crs=ground.crs
    )
    middles = gpd.GeoSeries(table.pop("middle"), crs=ground.crs).to_crs("EPSG:4326")
    placed = table.to_crs("EPSG:4326").assign(lon_deg=middles.x, lat_deg=middles.y)
    result: gpd.GeoDataFrame = placed[[*COLUMNS]]
    return result


def _row(
    ground: Ground, found: Shortfall, own: Codes, number: int, *, total: float, within_m: float
) -> dict[str, Any]:
    """Return one area from the homes in it."""
    at_m, weights, metres = ground.at_m[own], found.left_out[own], found.metres[own]
    middle = shapely.Point(np.average(at_m, axis=0, weights=weights))
    order = np.argsort(metres, kind="stable")
    reached = np.cumsum(weights[order])
    return {
        "indicator": found.indicator,
        "rank": number + 1,
        **ground.names_near(middle, int(own[np.argmax(weights)])),
        "children": float(weights.sum()),
        "share": float(weights.sum()) / total,
        "n_homes": len(own),
        "nearest_m": float(metres[order][np.searchsorted(reached, reached[-1] / 2)]),
        "full_m": found.full_m,
        "middle": middle,
        "geometry": shapely.union_all(shapely.buffer(shapely.points(at_m), within_m / 2, quad_segs=4)),
    }


class Ground:
    """Where the homes of a run are, and what lies near: finest units, named streets, named places.

    Parameters
    ----------
    run
        A finished run.
    """

    def __init__(self, run: RunData) -> None:
        self.run = run
        self.crs = crs = pyproj.CRS.from_wkt(run.meta["crs"])
        points = run.homes.geometry
        self.at_m: Floats = np.column_stack(to_metric(crs, points.x.to_numpy(), points.y.to_numpy()))
        self.level, units = list(run.units.items())[-1]
        self.units = dict(zip(units["unit_id"], units["unit_name"], strict=True))
        self.streets = _named(run.segments, crs)
        self.places = _named(run.facilities, crs)

    def names_near(self, middle: shapely.Point, home: int) -> dict[str, str]:
        """Return the names of an area around a point: its own, and those that it is made of."""
        column = f"{self.level}_id"
        unit = str(self.units.get(self.run.homes[column].iloc[home], "")) if column in self.run.homes else ""
        street, place = _nearest_name(self.streets, middle), _nearest_name(self.places, middle)
        parts = [part for part in (unit, street or place) if part]
        return {
            "name": " · ".join(dict.fromkeys(parts)),
            "unit_name": unit,
            "street_name": street,
            "place_name": place,
        }


def _named(frame: gpd.GeoDataFrame, crs: pyproj.CRS) -> tuple[shapely.STRtree, list[str]]:
    if "name" not in frame.columns:
        return shapely.STRtree([]), []
    has_name = frame["name"].notna() & (frame["name"].astype(str).str.strip() != "")
    own = frame[has_name]
    return shapely.STRtree(np.asarray(own.geometry.to_crs(crs).array)), [str(name) for name in own["name"]]


def _nearest_name(known: tuple[shapely.STRtree, list[str]], middle: shapely.Point) -> str:
    tree, names = known
    if not names:
        return ""
    found = tree.query_nearest(middle, max_distance=NAMED_WITHIN_M, all_matches=True)
    return min((names[row] for row in found), default="")
