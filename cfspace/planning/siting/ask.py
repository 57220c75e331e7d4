"""From homes, streets and candidates to a siting problem."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cfspace.access.pairs import Pairs, pairs_within
from cfspace.errors import ParameterError
from cfspace.network.model import WalkNetwork
from cfspace.network.snap import SnappedPoints
from cfspace.planning.siting.demand import Demand, Wish, demand_of, tiers_of
from cfspace.planning.siting.problem import Model, SitingProblem

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

FURTHER = 2.0
"""For `p_median` walks count up to so many times the full distance, unless another limit is given."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Ground:
    """A city as siting sees it.

    Attributes
    ----------
    network
        The walk network.
    homes
        Points in its CRS: ``home_id``, ``children_<band>``, ``<level>_id``, ``m_<target>``.
    feet
        Their feet.
    places
        What is there already, points of entrances in the same CRS: ``facility_id``, ``kind``,
        ``capacity`` (NaN where it is not known).
    doors
        Their feet.
    levels
        Levels of units, coarse first.
    weighs_children
        Whether homes weigh children; else each age band of a home holds all that it weighs.
    """

    network: WalkNetwork
    homes: gpd.GeoDataFrame
    feet: SnappedPoints
    places: gpd.GeoDataFrame
    doors: SnappedPoints
    levels: tuple[str, ...]
    weighs_children: bool = True


@dataclass(frozen=True, kw_only=True)
class SiteOptions:
    """How sites are to be chosen.

    Attributes
    ----------
    n
        How many new places at the most, of all kinds together; None: any number.
    model
        One of `cfspace.planning.siting.problem.MODELS`.
    budget
        What they may cost together.
    costs
        What one costs, by kind, where its candidate does not say; default 1.
    capacities
        How many children one has room for, by kind, where its candidate does not say.
    known_capacities
        The same for places that are there already and whose capacity is not known.
    importance
        What a child of each kind's ages counts; default 1.
    spacing_m
        Least straight distance between places of one kind, those there already among them.
    limit_m
        How far walks count for `p_median`; default twice the full distance.
    preview
        Greedy instead of exact.
    time_limit_s
        When an exact model stops with the best known.
    n_alternatives
        How many alternatives are told for each site.
    """

    n: int | None = 5
    model: Model = "max_coverage"
    budget: float | None = None
    costs: Mapping[str, float] = field(default_factory=dict)
    capacities: Mapping[str, float] = field(default_factory=dict)
    known_capacities: Mapping[str, float] = field(default_factory=dict)
    importance: Mapping[str, float] = field(default_factory=dict)
    spacing_m: float = 0.0
    limit_m: float | None = None
    preview: bool = False
    time_limit_s: float = 60.0
    n_alternatives: int = 3


@dataclass(frozen=True, eq=False, kw_only=True)
class Asked:
    """A siting problem, and what its numbers mean.

    Attributes
    ----------
    problem
        The problem; its demand weighs children times the importance of their kind.
    demand
        The demand points behind it.
    candidate
        Row of the candidate of each option; -1 for places that are there already.
    n_too_near
        By kind, candidates left out because one of the kind is there already within the spacing.
    """

    problem: SitingProblem
    demand: Demand
    candidate: Ints
    n_too_near: Mapping[str, int]


def ask(
    ground: Ground,
    wishes: tuple[Wish, ...],
    candidates: gpd.GeoDataFrame,
    feet: SnappedPoints,
    options: SiteOptions,
    *,
    jobs: int = 1,
) -> Asked:
    """Return the siting problem of a city.

    Parameters
    ----------
    ground
        The city.
    wishes
        The kinds to build, each once.
    candidates, feet
        Where, in the CRS of the network, and their feet; candidates without foot serve nobody.
    options
        How to choose.
    jobs
        Searches at a time; changes no byte of the answer.

    Raises
    ------
    ParameterError
        If a capacity is asked for and not known.
    """
    demand = demand_of(ground.homes, wishes, weighs_children=ground.weighs_children)
    reach_m = _reach_m(demand, wishes, options)
    furthest_m = float(reach_m.max(initial=1.0))
    found = pairs_within(ground.network, ground.feet, feet, max_walk_m=furthest_m, jobs=jobs)
    new, n_too_near = _new_options(ground, wishes, candidates, feet, options)
    parts, tables = [_pairs(found, demand, reach_m, new)], [new]
    if options.model == "capacity":
        there, pairs = _open_options(
            ground, wishes, options, first=len(new), furthest_m=furthest_m, jobs=jobs
        )
        parts.append(_pairs(pairs, demand, reach_m, there))
        tables.append(there)
    table = pd.concat(tables, ignore_index=True)
    importance = np.array([options.importance.get(wish.kind, 1.0) for wish in wishes])
    problem = SitingProblem(
        weight=demand.weight * importance[demand.kind],
        before_m=demand.before_m,
        is_served=demand.is_served,
        tier=tiers_of(demand.before_m, demand.reach_m),
        demand=np.concatenate([part[0] for part in parts]),
        option=np.concatenate([part[1] for part in parts]),
        metres=np.concatenate([part[2] for part in parts]),
        place=table["place"].to_numpy(np.int64),
        kind=table["kind"].to_numpy(np.int64),
        x_m=table["x_m"].to_numpy(float),
        y_m=table["y_m"].to_numpy(float),
        cost=table["cost"].to_numpy(float),
        capacity=table["capacity"].to_numpy(float),
        is_open=table["is_open"].to_numpy(bool),
        n_new=options.n,
        budget=options.budget,
        spacing_m=options.spacing_m,
        limit_m=float(reach_m.max(initial=1.0)),
    )
    row = table["row"].where(~table["is_open"], -1).to_numpy(np.int64)
    return Asked(problem=problem, demand=demand, candidate=row, n_too_near=n_too_near)


def _reach_m(demand: Demand, wishes: tuple[Wish, ...], options: SiteOptions) -> Floats:
    """Return how far a new place is worth anything to each demand point."""
    if options.model != "p_median":
        return demand.reach_m
    full = np.array([wish.full_m for wish in wishes])[demand.kind]
    if options.limit_m is not None:
        return np.full(len(full), float(options.limit_m))
    return np.array([FURTHER * metres for metres in full.tolist()], np.float64)


def _new_options(
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


def _open_options(
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


def _pairs(found: Pairs, demand: Demand, reach_m: Floats, table: pd.DataFrame) -> tuple[Ints, Ints, Floats]:
    """Return demand point, option and metres of pairs: homes and rows become demand points and options."""
    parts = []
    for kind in np.unique(demand.kind).tolist():
        own = table[table["kind"] == kind]
        option_of = np.full(found.n_targets, -1, np.int64)
        option_of[own["row"].to_numpy(np.int64)] = own.index.to_numpy(np.int64)
        for bands in dict.fromkeys(b for b, k in zip(demand.bands, demand.kind, strict=True) if k == kind):
            point = np.array([b == bands for b in demand.bands], bool) & (demand.kind == kind)
            point_of = np.full(found.n_origins, -1, np.int64)
            point_of[demand.home[point]] = np.flatnonzero(point)
            who, what = point_of[found.origin], option_of[found.target]
            kept = np.flatnonzero((who >= 0) & (what >= 0))
            kept = kept[found.metres[kept] <= reach_m[who[kept]]]
            parts.append((who[kept], what[kept], found.metres[kept]))
    first, second, third = (np.concatenate([part[i] for part in parts]) for i in range(3))
    return first, second, third
