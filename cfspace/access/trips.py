"""Children's shortest paths to school in figures: footway along them, main roads crossed on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from cfspace.access.feet import best_foot
from cfspace.access.nearest import limit_ticks
from cfspace.network.model import TICKS_PER_M
from cfspace.network.sided import SidedNetwork
from cfspace.network.snap import SnappedPoints, check_same_network

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    At = tuple[Floats, Floats]

FOOT_CLASSES: Final = ("footway", "pedestrian", "living_street", "path", "steps")
"""Classes of ways that are footways themselves."""

# A cost is length in ticks, and below it what decides between paths of one length: crossings.
SHIFT = 10
HALF_CROSSING = 4
SMALLEST = 1


@dataclass(frozen=True, slots=True)
class _Placed:
    """Points on either side of their road; sides first own, then opposite (-1: none)."""

    segment: NDArray[np.int32]
    cost: Ints
    halves: Ints
    along: Ints
    beyond: Ints
    connector: Ints

    @classmethod
    def on(cls, sided: SidedNetwork, points: SnappedPoints, at: At) -> _Placed:
        carried = sided.carry(points, *at)
        connector, along, beyond = carried.leg_ticks()
        segment = np.column_stack([carried.segment, sided.opposite(carried.segment)])
        halves = np.zeros((len(points), 2), np.int64)
        halves[:, 1] = np.where(points.has_foot, sided.halves[carried.segment], 0)
        over = sided.connector_halves(carried, *at)[:, None]
        cost = (connector[:, None] << SHIFT) + HALF_CROSSING * halves
        return cls(segment, cost, halves + over, along, beyond, connector)


def school_trips(
    sided: SidedNetwork,
    homes: SnappedPoints,
    schools: SnappedPoints,
    *,
    homes_at: At,
    schools_at: At,
    max_walk_m: float,
) -> pd.DataFrame:
    """Return the figures of the shortest path from each home to its nearest school.

    Parameters
    ----------
    sided
        Both sides of the main roads of the walk network: `cfspace.network.sides.both_sides`.
    homes, schools
        Points snapped to the original network, ``sided.original``.
    homes_at, schools_at
        x and y of the points themselves, in its CRS: they tell the side of the road. For a home that leaves
        by a gate, the gate of its own foot.
    max_walk_m
        Where the search stops, in metres, connectors included.

    Returns
    -------
    A row per home: ``school`` (index, -1: none), ``walk_m`` (inf: none within reach, NaN: home without
    foot); NaN where there is no path: ``path_m``, the length along segments, without connectors;
    ``known_m``, that part of it of which it is known whether it has a footway; ``footway_m``, the part with
    one, on either side; ``major_crossings``, passages over main roads at a place without signals, foot
    bridge or underpass. A dual road crossed whole counts once, one carriageway of it a half.

    Raises
    ------
    SnapError
        If the points were snapped to another network.
    ParameterError
        If `max_walk_m` is out of range.

    Notes
    -----
    A single search back from all schools [dijkstra-1959] over both sides of main roads, crossings taken
    wherever the path needs them; of paths equally long the one with fewest crossings counts, then the
    one of lower segments. Sums are carried along the tree of shortest paths, so no path is built.

    Examples
    --------
    >>> from cfspace.network.profiles import load_profile
    >>> from cfspace.network.sides import both_sides
    >>> from cfspace.network.snap import snap
    >>> from cfspace.network.toy import toy_network
    >>> main = ({"highway": "primary"}, [(-900, 0), (0, 0), (900, 0)])
    >>> lane = ({"sidewalk": "both"}, [(0, -100), (0, 0), (0, 100)])
    >>> town = toy_network([main, lane])
    >>> home, school = (np.array([0.0]), np.array([-60.0])), (np.array([0.0]), np.array([80.0]))
    >>> trips = school_trips(
    ...     both_sides(town, load_profile("independent_child").main_roads),
    ...     snap(town, *home), snap(town, *school), homes_at=home, schools_at=school, max_walk_m=3000)
    >>> trips[["walk_m", "footway_m", "known_m", "major_crossings"]].round(2).iloc[0].tolist()
    [140.0, 140.0, 140.0, 1.0]
    """
    check_same_network(sided.original, homes=homes, schools=schools)
    if homes.others is not None:
        feet, owner = homes.every_foot()
        gates = (homes.others.x_m, homes.others.y_m)
        feet_at = (np.concatenate([homes_at[0], gates[0]]), np.concatenate([homes_at[1], gates[1]]))
        every = school_trips(
            sided, feet, schools, homes_at=feet_at, schools_at=schools_at, max_walk_m=max_walk_m
        )
        best = best_foot(every["walk_m"].to_numpy(float), owner, len(homes))
        return every.iloc[best].reset_index(drop=True)
    limit = (limit_ticks(max_walk_m) << SHIFT) + (1 << SHIFT) - 1
    origin, target = _Placed.on(sided, homes, homes_at), _Placed.on(sided, schools, schools_at)
    cost, school, sums = _search(sided, origin, target, limit)
    found = school >= 0
    ticks = np.where(found, cost >> SHIFT, 0)
    path = ticks - origin.connector - np.where(found, _of(target.connector, school), 0)
    metres = np.where(found, ticks / TICKS_PER_M, np.inf)
    figures = {
        "path_m": path / TICKS_PER_M,
        "known_m": sums[:, 1] / TICKS_PER_M,
        "footway_m": sums[:, 0] / TICKS_PER_M,
        "major_crossings": sums[:, 2] / 2.0,
    }
    return pd.DataFrame(
        {
            "school": school,
            "walk_m": np.where(homes.has_foot, metres, np.nan),
            **{name: np.where(found, values, np.nan) for name, values in figures.items()},
        }
    )


def footways(attributes: pd.DataFrame) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell which segments have a footway, and of which it is known whether they have one.

    One of their own class is one; a sidewalk on either side, mapped with the street or by itself, is
    one; a street is known to have none if both sides say so.

    Examples
    --------
    >>> tags = {"highway": ["path", "service", "service"], "footway": [None] * 3,
    ...         "sidewalk_left": [None, "no", "no"], "sidewalk_right": [None, "no", None]}
    >>> [held.tolist() for held in footways(pd.DataFrame(tags))]
    [[True, False, False], [True, True, False]]
    """
    sides = [attributes[name] for name in ("sidewalk_left", "sidewalk_right")]
    has = attributes["highway"].isin(FOOT_CLASSES) | (attributes["footway"] == "sidewalk")
    for side in sides:
        has |= side.isin(("yes", "separate"))
    has_none = (sides[0] == "no") & (sides[1] == "no")
    return has.to_numpy(bool), (has | has_none).to_numpy(bool)


def _search(
    sided: SidedNetwork, origin: _Placed, target: _Placed, limit: int
) -> tuple[Ints, NDArray[np.int32], Ints]:
    """Return cost, school and sums (footway ticks, known ticks, half crossings) for each home."""
    from cfspace.access import kernels_tree

    network, csr = sided.network, sided.network.length_costs.csr
    ticks = network.length_ticks.astype(np.int64)
    rates = _rates(sided)
    is_passage = np.where(sided.side > 0, 0, sided.halves).astype(np.int64)
    cost = np.maximum((ticks << SHIFT) + HALF_CROSSING * is_passage, SMALLEST)
    sums_of = rates * ticks[:, None] + np.column_stack([0 * ticks, 0 * ticks, is_passage])
    ends = np.column_stack([network.segment_from, network.segment_to])
    feet = _Feet.of(target)
    node, seed_cost, seed_sums, seed_owner = feet.seeds(ends, rates)
    reached, owner, sums = kernels_tree.tree(
        csr.ptr, csr.node, csr.segment, cost, sums_of, node, seed_cost, seed_owner, seed_sums, limit
    )
    halves = np.zeros((*origin.segment.shape, 3), np.int64)
    halves[:, :, 2] = origin.halves
    found: tuple[Ints, NDArray[np.int32], Ints] = kernels_tree.finish(
        reached,
        owner,
        sums,
        ends,
        rates,
        SHIFT,
        origin.segment,
        origin.along,
        origin.beyond,
        origin.cost,
        halves,
        feet.segment,
        feet.along,
        feet.cost,
        feet.owner,
        feet.sums,
        limit,
    )
    return found


@dataclass(frozen=True, slots=True)
class _Feet:
    """Where schools join: a row per school and side of its road, by segment."""

    segment: NDArray[np.int32]
    along: Ints
    beyond: Ints
    cost: Ints
    sums: Ints
    owner: NDArray[np.int32]

    @classmethod
    def of(cls, target: _Placed) -> _Feet:
        school, side = np.nonzero(target.segment >= 0)
        order = np.lexsort((school, side, target.segment[school, side]))
        school, side = school[order], side[order]
        sums = np.zeros((len(school), 3), np.int64)
        sums[:, 2] = target.halves[school, side]
        return cls(
            target.segment[school, side],
            target.along[school],
            target.beyond[school],
            target.cost[school, side],
            sums,
            school.astype(np.int32),
        )

    def seeds(
        self, ends: NDArray[np.int32], rates: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int32], Ints, Ints, NDArray[np.int32]]:
        """Return node, cost, sums and school of the junctions next to each foot."""
        node = ends[self.segment].ravel()
        part = np.column_stack([self.along, self.beyond]).ravel()
        cost = np.repeat(self.cost, 2) + (part << SHIFT)
        sums = np.repeat(self.sums, 2, axis=0) + np.repeat(rates[self.segment], 2, axis=0) * part[:, None]
        return node, cost, sums, np.repeat(self.owner, 2)


def _rates(sided: SidedNetwork) -> NDArray[np.bool_]:
    """Return which sums grow with the way along each segment: with a footway, known, never crossings."""
    has, known = footways(sided.original.attributes)
    of = np.maximum(sided.segment, 0)
    rates = np.column_stack([has[of], known[of], np.zeros(len(of), bool)])
    rates[sided.segment < 0] = False
    return rates


def _of(values: Ints, index: NDArray[np.int32]) -> Ints:
    return values[np.maximum(index, 0)] if len(values) else np.zeros(len(index), np.int64)
