"""From homes, streets and candidates to a siting problem."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from cfspace.access.pairs import Pairs, pairs_within
from cfspace.network.snap import SnappedPoints
from cfspace.planning.siting.demand import Demand, Wish, demand_of, tiers_of
from cfspace.planning.siting.ground import Ground, SiteOptions
from cfspace.planning.siting.options import new_options, open_options
from cfspace.planning.siting.problem import SitingProblem

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["Asked", "Ground", "SiteOptions", "ask"]

FURTHER = 2.0
"""For `p_median` walks count up to so many times the full distance, unless another limit is given."""


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
    new, n_too_near = new_options(ground, wishes, candidates, feet, options)
    parts, tables = [_pairs(found, demand, reach_m, new)], [new]
    if options.model == "capacity":
        there, pairs = open_options(ground, wishes, options, first=len(new), furthest_m=furthest_m, jobs=jobs)
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
