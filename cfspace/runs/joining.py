"""Where the homes and entrances of a city join its walk network; homes of compounds by their gates."""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from cfspace.network.snap import COLUMNS, OtherFeet, SnappedPoints, snap
from cfspace.runs.city import City

Floats = NDArray[np.float64]


def entrance_feet(city: City) -> SnappedPoints:
    """Return the feet of a city's entrances."""
    return _snap(city, city.entrances)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class JoinedHomes:
    """The homes of a city on its walk network.

    Attributes
    ----------
    feet
        Their feet; homes of gated compounds have several.
    x_m, y_m
        Where the connector of each home's own foot begins: at the home, or at the gate it leaves by.
    """

    feet: SnappedPoints
    x_m: Floats
    y_m: Floats


def join_homes(city: City) -> JoinedHomes:
    """Return where a city's homes join its walk network.

    A home in a gated compound (`City.home_compound`) has a foot for each of its gates: the straight way to
    the gate (``before_m``), from there the connector. Its own foot is that of the shortest of these legs,
    all others are `SnappedPoints.others`; searches take the best of all for every target.
    """
    feet, (x_m, y_m) = _snap(city, city.homes), _xy(city.homes)
    compounds = city.compounds
    bound = np.flatnonzero(city.home_compound >= 0)
    if compounds is None or not len(bound):
        return JoinedHomes(feet=feet, x_m=x_m, y_m=y_m)
    pair, gate = _pairs(city.home_compound[bound], compounds.owner)
    home, at = bound[pair], compounds.gate[gate]
    legs_m = shapely.distance(city.homes.geometry.to_numpy()[home], at)
    gates = _snap(city, gpd.GeoDataFrame(geometry=compounds.gate, crs=city.crs))
    out = replace(gates.take(gate), before_m=legs_m)
    own, others = _best_first(home, out.leg_m)
    before_m = np.zeros(len(feet))
    rows = home[own]
    columns = {name: getattr(feet, name).copy() for name in COLUMNS}
    for name, column in columns.items():
        column[rows] = getattr(out, name)[own]
    before_m[rows], x_m, y_m = legs_m[own], x_m.copy(), y_m.copy()
    x_m[rows], y_m[rows] = shapely.get_x(at[own]), shapely.get_y(at[own])
    more = OtherFeet(
        owner=home[others],
        feet=out.take(others),
        x_m=shapely.get_x(at[others]),
        y_m=shapely.get_y(at[others]),
    )
    whole = SnappedPoints(network=city.network, **columns, before_m=before_m, others=more)
    return JoinedHomes(feet=whole, x_m=x_m, y_m=y_m)


def _pairs(
    compound: NDArray[np.int64], owner: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return every pair of a home and a gate of its compound, homes in order."""
    order = np.argsort(owner, kind="stable")
    begins, ends = (np.searchsorted(owner[order], compound, side=side) for side in ("left", "right"))
    sizes = ends - begins
    home = np.repeat(np.arange(len(compound)), sizes)
    inside = np.arange(len(home)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return home, order[np.repeat(begins, sizes) + inside]


def _best_first(home: NDArray[np.int64], value: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the row of each home with the least value (NaN last), and all other rows."""
    order = np.lexsort((np.arange(len(home)), value, home))
    own = order[np.unique(home[order], return_index=True)[1]]
    return own, np.setdiff1d(np.arange(len(home)), own)


def _xy(points: gpd.GeoDataFrame) -> tuple[Floats, Floats]:
    return points.geometry.x.to_numpy(float), points.geometry.y.to_numpy(float)


def _snap(city: City, points: gpd.GeoDataFrame) -> SnappedPoints:
    return snap(city.network, *_xy(points), max_connector_m=city.study.max_connector_m)
