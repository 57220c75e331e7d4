"""Options of a siting problem: a kind at a candidate, or a place that is there already."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cfspace.access.pairs import Pairs, pairs_within
from cfspace.errors import ParameterError
from cfspace.network.snap import SnappedPoints
from cfspace.planning.siting.demand import Wish
from cfspace.planning.siting.ground import Ground, SiteOptions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def new_options(
    ground: Ground,
    wishes: tuple[Wish, ...],
    candidates: gpd.GeoDataFrame,
    feet: SnappedPoints,
    options: SiteOptions,
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Return an option for each kind at each candidate, without those too near to what is there."""
    usable = feet.has_foot
    tables, n_too_near = [], {}
    for number, wish in enumerate(wishes):
        near = _too_near(ground, wish.kind, candidates, options.spacing_m)
        n_too_near[wish.kind] = int((near & usable).sum())
        row = np.flatnonzero(usable & ~near)
        own = candidates.iloc[row]
        table = {
            "row": row,
            "place": row,
            "kind": number,
            "x_m": own.geometry.x.to_numpy(float),
            "y_m": own.geometry.y.to_numpy(float),
            "cost": own["cost"].fillna(options.costs.get(wish.kind, 1.0)).to_numpy(float),
            "capacity": _capacity(own, wish.kind, options),
            "is_open": False,
        }
        tables.append(pd.DataFrame(table))
    return pd.concat(tables, ignore_index=True), n_too_near


def _too_near(ground: Ground, kind: str, candidates: gpd.GeoDataFrame, spacing_m: float) -> NDArray[np.bool_]:
    near = np.zeros(len(candidates), bool)
    there = ground.places.geometry.to_numpy()[(ground.places["kind"] == kind).to_numpy()]
    if spacing_m and len(there):
        hits = shapely.STRtree(there).query(
            candidates.geometry.to_numpy(), predicate="dwithin", distance=np.nextafter(spacing_m, 0)
        )
        near[hits[0]] = True
    return near


def _capacity(own: gpd.GeoDataFrame, kind: str, options: SiteOptions) -> Floats:
    if options.model != "capacity":
        return np.full(len(own), np.inf)
    told = own["capacity"].fillna(options.capacities.get(kind, np.nan))
    capacity: Floats = told.to_numpy(float)
    if np.isnan(capacity).any():
        first = own["candidate_id"].to_numpy(object)[np.flatnonzero(np.isnan(capacity))[0]]
        raise ParameterError(
            f"--model capacity: nothing says how many children a new {kind} at {first} has room for; "
            f"give --capacity {kind}=NUMBER, or a column capacity of the candidates"
        )
    return capacity


def open_options(
    ground: Ground,
    wishes: tuple[Wish, ...],
    options: SiteOptions,
    *,
    first: int,
    furthest_m: float,
    jobs: int,
) -> tuple[pd.DataFrame, Pairs]:
    """Return the places that are there already as options that are open, and who reaches them."""
    kinds = [wish.kind for wish in wishes]
    own = np.flatnonzero(ground.places["kind"].isin(kinds).to_numpy())
    places = ground.places.iloc[own]
    keys = places["kind"].astype(str) + "\n" + places["facility_id"].astype(str)
    group, names = pd.factorize(keys, sort=True)
    one = places.iloc[np.unique(group, return_index=True)[1]] if len(places) else places
    capacity = one["capacity"].to_numpy(float).copy()
    for kind in kinds:
        unknown = (one["kind"] == kind).to_numpy() & np.isnan(capacity)
        if unknown.any() and kind not in options.known_capacities:
            raise ParameterError(
                f"--model capacity: of {int((one['kind'] == kind).sum())} places of {kind} that are there, "
                f"{int(unknown.sum())} do not say how many children they have room for; give "
                f"--known-capacity {kind}=NUMBER for these, or a column capacity in the list"
            )
        capacity[unknown] = options.known_capacities.get(kind, np.nan)
    table = pd.DataFrame(
        {
            "row": np.arange(len(names)),
            "place": -1 - np.arange(len(names)),
            "kind": [kinds.index(kind) for kind in one["kind"]],
            "x_m": one.geometry.x.to_numpy(float),
            "y_m": one.geometry.y.to_numpy(float),
            "cost": 0.0,
            "capacity": capacity,
            "is_open": True,
        },
        index=np.arange(first, first + len(names)),
    )
    pairs = pairs_within(
        ground.network, ground.feet, ground.doors.take(own), max_walk_m=furthest_m, groups=group, jobs=jobs
    )
    return table, pairs
