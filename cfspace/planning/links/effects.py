"""What one more link changes: the walks that become shorter, and the children who come within reach.

A shortest way uses a link at most once, so that it is enough to know how far its ends, and the streets that
it crosses, are from each target as things stand. Those that the link brings nearer are new sources, and the
search back from them goes no further than it betters what is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cfspace.access.seeds import seeds_of
from cfspace.config.rulebook import CoverageRule
from cfspace.network.model import TICKS_PER_M, WalkNetwork
from cfspace.network.snap import SnappedPoints, check_same_network
from cfspace.planning.siting.demand import whole_ways

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """One end of a link: a place on a segment.

    Attributes
    ----------
    segment
        The segment.
    offset_m
        Metres along it from its first vertex.
    """

    segment: int
    offset_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link that is not there.

    Attributes
    ----------
    first, last
        Its ends.
    length_m
        How long it is.
    through
        Streets that it crosses on the ground: metres along it from its first end, and the place on each.
    """

    first: End
    last: End
    length_m: float
    through: tuple[tuple[float, End], ...] = ()


class Reaches:
    """How far homes are from each target, and how a link would change that.

    Parameters
    ----------
    network
        The walk network.
    homes
        Feet of the homes.
    targets
        Feet of the entrances of each target.
    limits_m
        How far walks to each target count.
    """

    def __init__(
        self,
        network: WalkNetwork,
        homes: SnappedPoints,
        targets: Mapping[str, SnappedPoints],
        *,
        limits_m: Mapping[str, float],
    ) -> None:
        check_same_network(network, homes=homes, **targets)
        self.network = network
        self.n_homes = len(homes)
        feet, owner = homes.every_foot()
        self._feet = _Feet.of(network, feet, owner)
        self._targets = {
            name: _Target.of(network, points, round(limits_m[name] * TICKS_PER_M))
            for name, points in targets.items()
        }
        self._before = {name: self._metres(target) for name, target in self._targets.items()}

    def before_m(self, target: str) -> Floats:
        """Return the metres from each home to a target as things stand; ``inf`` beyond its limit."""
        return self._before[target]

    def after(self, link: Link, target: str) -> tuple[Ints, Floats]:
        """Return the homes whose walk to a target a link makes shorter, and their metres then."""
        known = self._targets[target]
        places = [(0.0, link.first), *link.through, (link.length_m, link.last)]
        along = np.array([round(at_m * TICKS_PER_M) for at_m, _ in places], np.int64)
        spots = [self._at(end) for _, end in places]
        away = np.array([known.from_point(self.network, *spot) for spot in spots], np.int64)
        over = (away[None, :] + np.abs(along[:, None] - along[None, :])).min(axis=1)
        nearer = np.flatnonzero((over < away) & (over <= known.limit)).tolist()
        if not nearer:
            return np.empty(0, np.int64), np.empty(0)
        return self._spread(known, [(*spots[k], int(over[k])) for k in nearer], self._before[target])

    def _at(self, end: End) -> tuple[int, int]:
        length = int(self.network.length_ticks[end.segment])
        return end.segment, min(max(round(end.offset_m * TICKS_PER_M), 0), length)

    def _spread(
        self, known: _Target, sources: list[tuple[int, int, int]], before_m: Floats
    ) -> tuple[Ints, Floats]:
        """Let places (segment, offset) be so many ticks from a target; return which homes gain by it."""
        from cfspace.planning.links import kernels

        network, csr = self.network, self.network.length_costs.csr
        segment, offset, key = np.array(sources, np.int64).T
        ends = np.concatenate([network.segment_from[segment], network.segment_to[segment]]).astype(np.int32)
        ticks = np.concatenate([key + offset, key + network.length_ticks[segment] - offset])
        reached = known.working
        touched = kernels.spread(csr.ptr, csr.node, csr.ticks, ends, ticks, known.limit, reached)
        rows = self._feet.near(touched, segment)
        new = self._feet.ticks(rows, reached)
        for own, at, ticks_away in sources:
            straight = self._feet.leg[rows] + np.abs(self._feet.along[rows] - at) + ticks_away
            new = np.where(self._feet.segment[rows] == own, np.minimum(new, straight), new)
        reached[touched] = known.reached[touched]
        metres = np.where(new <= known.limit, new / TICKS_PER_M, np.inf)
        home = self._feet.owner[rows]
        better = metres < before_m[home]
        homes, place = np.unique(home[better], return_inverse=True)
        best = np.full(len(homes), np.inf)
        np.minimum.at(best, place, metres[better])
        return homes.astype(np.int64), best

    def _metres(self, target: _Target) -> Floats:
        """Return the metres of every home to a target, NaN without foot."""
        feet = self._feet
        ticks = feet.ticks(np.arange(len(feet.owner)), target.reached)
        for segment, along, leg in zip(target.segment, target.along, target.leg, strict=True):
            own = feet.of_segment(int(segment))
            ticks[own] = np.minimum(ticks[own], feet.leg[own] + np.abs(feet.along[own] - along) + leg)
        metres = np.where(ticks <= target.limit, ticks / TICKS_PER_M, np.inf)
        best = np.full(self.n_homes, np.inf)
        np.minimum.at(best, feet.owner, metres)
        best[~feet.has_home(self.n_homes)] = np.nan
        return best


@dataclass(frozen=True, eq=False, kw_only=True)
class _Target:
    """What is known of one target: distances of junctions, and feet on segments."""

    reached: Ints
    working: Ints
    limit: int
    segment: Ints
    along: Ints
    leg: Ints
    by_segment: Mapping[int, list[int]]

    @classmethod
    def of(cls, network: WalkNetwork, points: SnappedPoints, limit: int) -> _Target:
        from cfspace.planning.links import kernels

        csr = network.length_costs.csr
        seeds = seeds_of(network.length_costs, points)
        reached = kernels.distances(
            csr.ptr, csr.node, csr.ticks, seeds.node, seeds.ticks.astype(np.int64), limit
        )
        feet = np.flatnonzero(points.has_foot)
        connector, along, _ = points.leg_ticks()
        by_segment: dict[int, list[int]] = {}
        for place, segment in enumerate(points.segment[feet].tolist()):
            by_segment.setdefault(segment, []).append(place)
        return cls(
            reached=reached,
            working=reached.copy(),
            limit=limit,
            segment=points.segment[feet].astype(np.int64),
            along=along[feet],
            leg=connector[feet],
            by_segment=by_segment,
        )

    def from_point(self, network: WalkNetwork, segment: int, offset: int) -> int:
        """Return the ticks from a place on a segment; `FAR` or more beyond the limit."""
        ends = network.segment_from[segment], network.segment_to[segment]
        length = int(network.length_ticks[segment])
        found = [int(self.reached[ends[0]]) + offset, int(self.reached[ends[1]]) + length - offset]
        own = self.by_segment.get(segment, [])
        return min(found + [abs(int(self.along[k]) - offset) + int(self.leg[k]) for k in own])


@dataclass(frozen=True, eq=False, kw_only=True)
class _Feet:
    """Feet of homes: ticks to both ends of their segment, and lists of them by junction and segment."""

    owner: Ints
    segment: Ints
    leg: Ints
    along: Ints
    ends: Ints
    end_ticks: Ints
    order: Ints
    sorted_nodes: Ints
    by_segment: Ints
    sorted_segments: Ints

    @classmethod
    def of(cls, network: WalkNetwork, feet: SnappedPoints, owner: Ints) -> _Feet:
        rows = np.flatnonzero(feet.has_foot)
        connector, along, beyond = (part[rows] for part in feet.leg_ticks())
        segment = feet.segment[rows].astype(np.int64)
        ends = np.column_stack([network.segment_from[segment], network.segment_to[segment]]).astype(np.int64)
        order = np.argsort(ends.ravel(), kind="stable")
        by_segment = np.argsort(segment, kind="stable")
        return cls(
            owner=owner[rows],
            segment=segment,
            leg=connector,
            along=along,
            ends=ends,
            end_ticks=np.column_stack([connector + along, connector + beyond]),
            order=order // 2,
            sorted_nodes=ends.ravel()[order],
            by_segment=by_segment,
            sorted_segments=segment[by_segment],
        )

    def near(self, nodes: NDArray[np.int32], segments: Ints) -> Ints:
        """Return the feet whose segment ends at one of some junctions, or is one of some segments."""
        first = np.searchsorted(self.sorted_nodes, nodes, side="left")
        last = np.searchsorted(self.sorted_nodes, nodes, side="right")
        sizes = last - first
        at = np.repeat(first - np.cumsum(sizes) + sizes, sizes) + np.arange(int(sizes.sum()))
        own = [self.of_segment(int(segment)) for segment in segments]
        return np.unique(np.concatenate([self.order[at], *own]))

    def of_segment(self, segment: int) -> Ints:
        """Return the feet on a segment."""
        first = np.searchsorted(self.sorted_segments, segment, side="left")
        last = np.searchsorted(self.sorted_segments, segment, side="right")
        return self.by_segment[first:last]

    def ticks(self, rows: Ints, reached: Ints) -> Ints:
        """Return the ticks of feet by the ends of their segment."""
        by_end: Ints = (self.end_ticks[rows] + reached[self.ends[rows]]).min(axis=1)
        return by_end

    def has_home(self, n_homes: int) -> NDArray[np.bool_]:
        """Tell which homes have a foot."""
        return np.bincount(self.owner, minlength=n_homes) > 0


def gains_of(
    reaches: Reaches, link: Link, rules: Sequence[CoverageRule], homes: pd.DataFrame
) -> pd.DataFrame:
    """Return whom a link brings newly within reach.

    Parameters
    ----------
    reaches
        Walks as they are, for every target of the rules.
    link
        The link.
    rules
        Indicators of coverage.
    homes
        A row per home: ``children_<band>``.

    Returns
    -------
    A row per indicator, age band and home that is newly covered: ``indicator``, ``age_band``, ``home`` (row),
    ``children``.
    """
    targets = {way.target for rule in rules for way in rule.ways() if way.credit == 1.0}
    changed = {name: reaches.after(link, name) for name in sorted(targets)}
    parts = []
    for rule in rules:
        for band in rule.who:
            ways = whole_ways(rule, band)
            if not any(len(changed[way.target][0]) for way in ways):
                continue
            home = np.unique(np.concatenate([changed[way.target][0] for way in ways]))
            before, after = np.zeros(len(home), bool), np.zeros(len(home), bool)
            for way in ways:
                metres = reaches.before_m(way.target)[home]
                before |= metres <= way.full_m
                own, then = changed[way.target]
                metres[np.searchsorted(home, own)] = then
                after |= metres <= way.full_m
            new = home[after & ~before]
            children = homes[f"children_{band}"].to_numpy(float)[new]
            table = {"indicator": rule.id, "age_band": band, "home": new, "children": children}
            parts.append(pd.DataFrame(table)[children > 0])
    columns = ["indicator", "age_band", "home", "children"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
