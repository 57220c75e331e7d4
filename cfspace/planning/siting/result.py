"""What chosen sites do: which children each brings within reach, and where else it could stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from cfspace.config.bands import BANDS
from cfspace.planning.siting.alternatives import alternatives_of
from cfspace.planning.siting.ask import Asked
from cfspace.planning.siting.capacity import places_taken
from cfspace.planning.siting.demand import Wish
from cfspace.planning.siting.ground import Ground, SiteOptions
from cfspace.planning.siting.problem import SitingProblem, Solution

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Sites:
    """Where to build, and what it does.

    Attributes
    ----------
    sites
        A point per new place, in the metric CRS, the one that adds most children first: ``site_id``,
        ``kind``, ``indicator``, ``candidate_id``, ``name``, ``origin``, ``<level>_id``, ``cost``,
        ``capacity``, ``children_added`` (each child counted at one site, the nearest), ``children_only_here``
        (lost if this site alone were not built), ``children_within`` (all of the ages within reach of it).
    claims
        Who is newly served: ``site_id``, ``home_id``, ``metres`` and ``children_<band>``.
    children
        The same summed: ``site_id``, ``unit_level``, ``unit_id``, ``age_band``, ``children``.
    alternatives
        Points likewise: for each site ``rank``, ``candidate_id``, ``away_m`` from it, and what all sites
        together would do with this one in its stead: ``children_added`` and ``value``.
    totals
        By kind: ``children`` of the ages, ``served_before``, ``added``, ``served_after``, ``left_out`` and
        ``out_of_reach`` of every candidate.
    solution
        Value, bound and gap of the choice.
    """

    sites: gpd.GeoDataFrame
    claims: pd.DataFrame
    children: pd.DataFrame
    alternatives: gpd.GeoDataFrame
    totals: pd.DataFrame
    solution: Solution


def sites_of(
    ground: Ground,
    wishes: tuple[Wish, ...],
    candidates: gpd.GeoDataFrame,
    asked: Asked,
    solution: Solution,
    options: SiteOptions,
) -> Sites:
    """Return what a solution means for the children of a city.

    Parameters
    ----------
    ground, wishes, candidates, options
        As given to `cfspace.planning.siting.ask.ask`; candidates have a column ``<level>_id`` per level.
    asked
        The problem.
    solution
        Its solution.
    """
    claimed = _claimed(asked, solution)
    added = _sums(claimed.option, claimed.children, asked.problem)
    order = sorted(solution.chosen.tolist(), key=lambda j: (-added[j], j))
    ids = {option: f"site-{place}" for place, option in enumerate(order, start=1)}
    claims = _claims(ground, asked, claimed, ids)
    return Sites(
        sites=_sites(ground, wishes, candidates, asked, order, added),
        claims=claims,
        children=_by_unit(ground, claims),
        alternatives=alternatives_of(candidates, asked, solution, order, options),
        totals=_totals(wishes, asked, claimed),
        solution=solution,
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class _Claimed:
    """Who is newly served: demand point, option, children and metres, row by row."""

    point: Ints
    option: Ints
    children: Floats
    metres: Floats


def _claimed(asked: Asked, solution: Solution) -> _Claimed:
    """Return who is newly served, each child once: by the nearest new place, or as capacities let them."""
    problem, children = asked.problem, asked.demand.weight
    if solution.model == "capacity":
        pair, flow = places_taken(problem, solution.chosen)
        point = problem.demand[pair]
        share = flow / problem.weight[point]
        return _Claimed(
            point=point,
            option=problem.option[pair],
            children=share * children[point],
            metres=problem.metres[pair],
        )
    new = np.isin(problem.option, solution.chosen)
    if solution.model == "p_median":
        new &= problem.metres < np.minimum(problem.before_m, problem.limit_m)[problem.demand]
    else:
        new &= ~problem.is_served[problem.demand]
    pair = np.flatnonzero(new)
    order = np.lexsort((problem.option[pair], problem.metres[pair], problem.demand[pair]))
    pair = pair[order]
    pair = pair[np.unique(problem.demand[pair], return_index=True)[1]]
    point = problem.demand[pair]
    return _Claimed(
        point=point, option=problem.option[pair], children=children[point], metres=problem.metres[pair]
    )


def _claims(ground: Ground, asked: Asked, claimed: _Claimed, ids: dict[int, str]) -> pd.DataFrame:
    demand, home = asked.demand, asked.demand.home[claimed.point]
    share = claimed.children / demand.weight[claimed.point]
    table: dict[str, object] = {
        "site_id": np.array([ids[j] for j in claimed.option.tolist()], object),
        "home_id": ground.homes["home_id"].to_numpy(object)[home],
        "metres": claimed.metres,
    }
    groups = [demand.bands[point] for point in claimed.point.tolist()]
    for band in BANDS:
        if any(band in group for group in dict.fromkeys(demand.bands)):
            own = np.array([band in group for group in groups], bool)
            table[f"children_{band}"] = np.where(
                own, share * ground.homes[f"children_{band}"].to_numpy(float)[home], 0.0
            )
    frame = pd.DataFrame(table)
    place = np.array([int(name.removeprefix("site-")) for name in frame["site_id"]], np.int64)
    return frame.iloc[np.lexsort((claimed.point, home, place))].reset_index(drop=True)


def _by_unit(ground: Ground, claims: pd.DataFrame) -> pd.DataFrame:
    """Return the claims summed by site, unit and age band, levels coarse first."""
    bands = [str(name) for name in claims.columns if str(name).startswith("children_")]
    homes = pd.DataFrame(ground.homes.drop(columns="geometry")).set_index("home_id")
    parts = []
    for level in ground.levels:
        units = homes[f"{level}_id"].reindex(claims["home_id"]).to_numpy(object)
        wide = claims.assign(unit_level=level, unit_id=units)
        keys = ["site_id", "unit_level", "unit_id"]
        long = wide.melt(id_vars=keys, value_vars=bands, var_name="age_band", value_name="children")
        sums = long.groupby([*keys, "age_band"], sort=False)["children"].sum().reset_index()
        parts.append(sums[sums["children"] > 0])
    table = pd.concat(parts, ignore_index=True)
    table["age_band"] = table["age_band"].str.removeprefix("children_")
    return table


def _sites(
    ground: Ground,
    wishes: tuple[Wish, ...],
    candidates: gpd.GeoDataFrame,
    asked: Asked,
    order: list[int],
    added: Floats,
) -> gpd.GeoDataFrame:
    problem, chosen = asked.problem, np.array(order, np.int64)
    own = candidates.iloc[asked.candidate[chosen]]
    only_here, within = _reach_of(asked, chosen)
    capacity = problem.capacity[chosen]
    kinds = problem.kind[chosen].tolist()
    columns = {
        "site_id": np.array([f"site-{place}" for place in range(1, len(order) + 1)], object),
        "kind": np.array([wishes[k].kind for k in kinds], object),
        "indicator": np.array([wishes[k].rule.id for k in kinds], object),
        "candidate_id": own["candidate_id"].to_numpy(object),
        "name": own["name"].to_numpy(object),
        "origin": own["origin"].to_numpy(object),
        **{f"{level}_id": own[f"{level}_id"].to_numpy(object) for level in ground.levels},
        "cost": problem.cost[chosen],
        "capacity": np.where(np.isfinite(capacity), capacity, np.nan),
        "children_added": added[chosen],
        "children_only_here": only_here,
        "children_within": within,
    }
    return gpd.GeoDataFrame(columns, geometry=own.geometry.to_numpy(), crs=candidates.crs)


def _reach_of(asked: Asked, chosen: Ints) -> tuple[Floats, Floats]:
    """Return, for each site, children whom it alone newly reaches, and all children within its distance."""
    problem, children = asked.problem, asked.demand.weight
    near = np.isin(problem.option, chosen)
    near &= problem.metres <= asked.demand.reach_m[problem.demand]
    point, option = problem.demand[near], problem.option[near]
    new = ~problem.is_served[point]
    times = np.bincount(point[new], minlength=problem.n_demand)
    alone = new & (times[point] == 1)
    only_here = _sums(option[alone], children[point[alone]], problem)
    return only_here[chosen], _sums(option, children[point], problem)[chosen]


def _sums(option: Ints, children: Floats, problem: SitingProblem) -> Floats:
    """Return the children of each option."""
    return np.bincount(option, children, minlength=problem.n_options).astype(np.float64)


def _totals(wishes: tuple[Wish, ...], asked: Asked, claimed: _Claimed) -> pd.DataFrame:
    """Return, by kind, who is served before and after, and whom no candidate reaches."""
    problem, demand = asked.problem, asked.demand
    newly = np.zeros(problem.n_demand)
    near = claimed.metres <= demand.reach_m[claimed.point]
    fresh = near & ~demand.is_served[claimed.point]
    np.add.at(newly, claimed.point[fresh], claimed.children[fresh])
    in_reach = np.zeros(problem.n_demand, bool)
    can = problem.metres <= demand.reach_m[problem.demand]
    in_reach[problem.demand[can & ~problem.is_open[problem.option]]] = True
    rows = []
    for number, wish in enumerate(wishes):
        own = demand.kind == number
        children, before = demand.weight[own].sum(), demand.weight[own & demand.is_served].sum()
        rows.append(
            {
                "kind": wish.kind,
                "indicator": wish.rule.id,
                "children": children,
                "served_before": before,
                "added": newly[own].sum(),
                "served_after": before + newly[own].sum(),
                "left_out": children - before - newly[own].sum(),
                "out_of_reach": demand.weight[own & ~demand.is_served & ~in_reach].sum(),
            }
        )
    return pd.DataFrame(rows)
