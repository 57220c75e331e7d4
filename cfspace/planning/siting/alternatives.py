"""Where else each site could stand: the best exchanges of one site for another candidate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np

from cfspace.planning.siting.ask import Asked
from cfspace.planning.siting.ground import SiteOptions
from cfspace.planning.siting.models import site_value
from cfspace.planning.siting.problem import SitingProblem, Solution
from cfspace.planning.siting.rows import Rows, coverage_rows
from cfspace.planning.siting.search import coverage_gains, may_join, saving_gains

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

APART: Final = 0.25
"""Alternatives lie at least this share of the distance from the site and from each other."""

WEIGHED: Final = 12
"""How many of the most promising exchanges are computed where each takes a program of its own."""


def alternatives_of(
    candidates: gpd.GeoDataFrame, asked: Asked, solution: Solution, order: list[int], options: SiteOptions
) -> gpd.GeoDataFrame:
    """Return, for each site, the best candidates of its kind in its stead, all other sites kept.

    Parameters
    ----------
    candidates
        All of them, in the metric CRS.
    asked, solution
        The problem and its solution.
    order
        The chosen options in the order of the sites.
    options
        How many are told for each.

    Returns
    -------
    Points: ``site_id``, ``rank``, ``candidate_id``, ``name``, ``away_m`` (straight), ``children_added`` by
    all sites together then, and ``value`` under the model.
    """
    rows = []
    for place, one in enumerate(order, start=1):
        for rank, (other, children, value) in enumerate(_instead_of(asked, solution, one, options), start=1):
            rows.append(
                {
                    "site_id": f"site-{place}",
                    "rank": rank,
                    "row": int(asked.candidate[other]),
                    "away_m": float(_away_m(asked.problem, one, np.array([other]))[0]),
                    "children_added": children,
                    "value": value,
                }
            )
    own = candidates.iloc[[row["row"] for row in rows]]
    columns = {
        "site_id": np.array([row["site_id"] for row in rows], object),
        "rank": np.array([row["rank"] for row in rows], np.int64),
        "candidate_id": own["candidate_id"].to_numpy(object),
        "name": own["name"].to_numpy(object),
        **{key: np.array([row[key] for row in rows], float) for key in ("away_m", "children_added", "value")},
    }
    return gpd.GeoDataFrame(columns, geometry=own.geometry.to_numpy(), crs=candidates.crs)


def _instead_of(
    asked: Asked, solution: Solution, one: int, options: SiteOptions
) -> list[tuple[int, float, float]]:
    """Return options to build instead of one, with children added and value, the best first."""
    problem = asked.problem
    told = problem if solution.model == "capacity" else problem.with_open_ones_told()
    rest = solution.chosen[solution.chosen != one]
    may = may_join(told, rest) & (told.kind == told.kind[one])
    may[solution.chosen] = False
    rows = coverage_rows(told)
    children = _with_each(rows, told, rest)
    worth = _worth(told, solution, rest, rows, children)
    apart_m = max(
        options.spacing_m, APART * float(asked.demand.reach_m[asked.demand.kind == told.kind[one]].max())
    )
    found: list[tuple[int, float, float]] = []
    for other in _best_first(worth, may, told, solution, rest):
        if len(found) == options.n_alternatives:
            break
        spots = np.array([one, *[known for known, _, _ in found]])
        if (_away_m(told, other, spots) >= apart_m).all():
            value = site_value(problem, np.sort(np.append(rest, other)), model=solution.model)
            found.append((other, float(children[other]), value))
    return found


def _with_each(rows: Rows, problem: SitingProblem, rest: Ints) -> Floats:
    """Return what is newly covered by the rest and each option."""
    gains = coverage_gains(rows, problem.n_options)
    best = gains.best(rest)
    return float(best.sum()) + gains.over(best)


def _worth(
    problem: SitingProblem, solution: Solution, rest: Ints, rows: Rows, children: Floats
) -> tuple[Floats, ...]:
    """Return what options are compared by, the most important first; more is better."""
    if solution.model == "p_median":
        gains = saving_gains(problem)
        return (gains.over(gains.best(rest)),)
    if solution.model == "cover_all":
        return (np.where(children >= rows.weight.sum() * (1 - 1e-9), 1.0, 0.0), -problem.cost, children)
    if solution.model == "worst_first":
        tiers = range(int(rows.tier.max(initial=0)) + 1)
        by_tier = [
            _with_each(
                Rows(
                    ptr=rows.ptr,
                    option=rows.option,
                    weight=np.where(rows.tier == t, rows.weight, 0.0),
                    tier=rows.tier,
                ),
                problem,
                rest,
            ).round(6)
            for t in tiers
        ]
        return tuple(by_tier)
    return (children,)


def _best_first(
    worth: tuple[Floats, ...],
    may: NDArray[np.bool_],
    problem: SitingProblem,
    solution: Solution,
    rest: Ints,
) -> list[int]:
    """Return the options that may be built, the best first; those worth nothing are left out."""
    own = np.flatnonzero(may & (worth[0] > 0))
    keys = tuple(-one[own] for one in reversed(worth))
    ordered: list[int] = own[np.lexsort((own, *keys))].tolist()
    if solution.model != "capacity":
        return ordered
    few = ordered[:WEIGHED]
    values = {one: site_value(problem, np.sort(np.append(rest, one)), model="capacity") for one in few}
    return sorted(few, key=lambda one: (-values[one], one))


def _away_m(problem: SitingProblem, one: int, others: Ints) -> Floats:
    away: Floats = np.hypot(problem.x_m[others] - problem.x_m[one], problem.y_m[others] - problem.y_m[one])
    return away
