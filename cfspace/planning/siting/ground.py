"""What siting is asked of: a city as it sees it, and how sites are to be chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import geopandas as gpd

from cfspace.network.model import WalkNetwork
from cfspace.network.snap import SnappedPoints
from cfspace.planning.siting.problem import Model


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
