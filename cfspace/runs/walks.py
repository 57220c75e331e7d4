"""Walks beside the plain ones: ways to school, walks with a stroller, minutes in summer and winter."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cfspace.access.feet import best_foot
from cfspace.access.nearest import nearest, nearest_many
from cfspace.access.trips import school_trips
from cfspace.config.bands import BANDS
from cfspace.config.rulebook import RouteRule, Rulebook
from cfspace.network.profiles import Profile, load_profile, profile_costs
from cfspace.network.sided import SidedNetwork
from cfspace.network.sides import both_sides
from cfspace.network.snap import SnappedPoints
from cfspace.runs.city import City

ALONE = "independent_child"
ALONE_BAND = "6_11"
SEASONS = {"": "child", "winter_cleared_": "winter_cleared", "winter_ice_": "winter_ice"}
"""How the columns of minutes begin, and the profile behind each."""

TRIP_COLUMNS = (
    "home_id",
    "kind",
    "who",
    "facility_id",
    "walk_m",
    "path_m",
    "known_m",
    "footway_m",
    "major_crossings",
)

Masks = Mapping[str, NDArray[np.bool_]]


@dataclass(frozen=True, eq=False, kw_only=True)
class Walkers:
    """Where walks begin and end.

    Attributes
    ----------
    city
        The city as loaded.
    homes, entrances
        Its homes and entrances, snapped.
    homes_at
        Where the connector of each home begins, x and y: at the home, or at the gate it leaves by.
    masks
        By target, which entrances count.
    limits_m
        By target, where searches stop.
    """

    city: City
    homes: SnappedPoints
    homes_at: tuple[NDArray[np.float64], NDArray[np.float64]]
    entrances: SnappedPoints
    masks: Masks
    limits_m: Mapping[str, float]

    @cached_property
    def sided(self) -> SidedNetwork:
        """The walk network with both sides of its main roads."""
        rule = load_profile(ALONE).main_roads
        if rule is None:  # the shipped profile has them: tests hold it to that
            raise TypeError(f"profile {ALONE}: it names no main roads")
        return both_sides(self.city.network, rule)

    def rows(self, target: str) -> NDArray[np.int64]:
        """Return which entrances count for a target."""
        return np.flatnonzero(self.masks[target])

    def ends(self, target: str) -> SnappedPoints:
        """Return the entrances that count for a target."""
        return self.entrances.take(self.rows(target))

    def ends_at(self, target: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Where the entrances themselves lie that count for a target, x and y."""
        points = self.city.entrances.geometry.iloc[self.rows(target)]
        return points.x.to_numpy(float), points.y.to_numpy(float)


Only = Collection[str] | None
"""Targets to walk to; None: all."""


def trips_of(walkers: Walkers, rulebook: Rulebook, *, only: Only = None) -> pd.DataFrame:
    """Return the shortest way from each home to the nearest school of each kind, in figures.

    One row per home and school kind that is reached: ``home_id``; ``kind``, the target; ``who``, the age
    bands that walk there; ``facility_id``; ``walk_m``, as ``m_<target>`` of the home; ``path_m``,
    ``known_m``, ``footway_m`` and ``major_crossings`` as `cfspace.access.trips.school_trips` tells them.
    """
    schools = _schools(rulebook).items()
    tables = [_trips_to(walkers, target, who) for target, who in schools if only is None or target in only]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=[*TRIP_COLUMNS])


def _trips_to(walkers: Walkers, target: str, who: str) -> pd.DataFrame:
    trips = school_trips(
        walkers.sided,
        walkers.homes,
        walkers.ends(target),
        homes_at=walkers.homes_at,
        schools_at=walkers.ends_at(target),
        max_walk_m=walkers.limits_m[target],
    )
    reached = np.flatnonzero(trips["school"] >= 0)
    trips = trips.iloc[reached]
    school = walkers.rows(target)[trips["school"].to_numpy()]
    keys = {
        "home_id": walkers.city.homes["home_id"].to_numpy(object)[reached],
        "kind": target,
        "who": who,
        "facility_id": walkers.city.entrances["facility_id"].to_numpy(object)[school],
    }
    figures = trips.drop(columns="school").reset_index(drop=True)
    return pd.concat([pd.DataFrame(keys, index=figures.index), figures], axis=1)


def _schools(rulebook: Rulebook) -> dict[str, str]:
    """Return the targets of trips, and the bands that walk to each as one text."""
    bands: dict[str, set[str]] = {target: set() for target in rulebook.trip_targets()}
    for rule in rulebook.indicator:
        if isinstance(rule, RouteRule):
            for band, target in rule.schools.items():
                bands[target].add(band)
    return {target: ";".join(band for band in BANDS if band in own) for target, own in bands.items()}


def profile_walks(walkers: Walkers, rulebook: Rulebook, *, jobs: int = 1, only: Only = None) -> pd.DataFrame:
    """Return a column ``<profile>_m_<target>`` for each walk that measures ask with a profile."""
    columns: dict[str, NDArray[np.float64]] = {}
    for name, every in rulebook.profile_targets().items():
        targets = [target for target in every if only is None or target in only]
        costs = profile_costs(walkers.city.network, load_profile(name))
        found = nearest_many(
            walkers.city.network,
            walkers.homes,
            {target: walkers.ends(target) for target in targets},
            max_walk_m=walkers.limits_m,
            jobs=jobs,
            costs=costs,
        )
        columns |= {f"{name}_m_{target}": found[target].metres for target in targets}
    return pd.DataFrame(columns, index=walkers.city.homes.index)


def minutes_of(
    walkers: Walkers, table: pd.DataFrame, rulebook: Rulebook, *, only: Only = None
) -> pd.DataFrame:
    """Return the lived view: minutes from each home to the nearest of what children of its ages need.

    ``home_id``, and for each age band and each target that an indicator asks for that band:
    ``min_<band>_<target>`` in summer, ``min_winter_cleared_<band>_<target>`` and
    ``min_winter_ice_<band>_<target>``; ``min_stroller_<band>_<target>`` where the stroller counts; and
    ``min_alone_6_11_<target>`` to school for a child alone. ``inf``: none within the limit of the plain
    walk; ``NaN``: the home is not measured. To a hundredth of a minute; nothing that is judged by law.
    With `only`, walks that need a search of their own are left out for all other targets.
    """
    columns: dict[str, NDArray[np.float64]] = {}
    for band, target in _asked(rulebook):
        metres = table[f"m_{target}"].to_numpy(float)
        for begin, name in SEASONS.items():
            pace = load_profile(name).pace_s_per_m(band)
            columns[f"min_{begin}{band}_{target}"] = metres * pace / 60.0
    for name, targets in rulebook.profile_targets().items():
        chosen = tuple(target for target in targets if only is None or target in only)
        columns |= _timed(walkers, load_profile(name), name, chosen)
    for target, who in _schools(rulebook).items():
        if ALONE_BAND in who.split(";") and (only is None or target in only):
            columns[f"min_alone_{ALONE_BAND}_{target}"] = _alone(walkers, target)
    homes = {"home_id": walkers.city.homes["home_id"].to_numpy(object)}
    rounded = {name: minutes.round(2).astype(np.float32) for name, minutes in columns.items()}
    return pd.DataFrame({**homes, **rounded})


def _asked(rulebook: Rulebook) -> list[tuple[str, str]]:
    """Return the age bands and targets that indicators walk between, in order."""
    asked = {(band, target) for rule in rulebook.indicator for target in rule.reaches() for band in rule.who}
    return sorted(asked, key=lambda pair: (BANDS.index(pair[0]), pair[1]))


def _timed(
    walkers: Walkers, profile: Profile, name: str, targets: tuple[str, ...]
) -> dict[str, NDArray[np.float64]]:
    network = walkers.city.network
    columns: dict[str, NDArray[np.float64]] = {}
    for pace, bands in _bands_by_pace(profile).items():
        costs = profile_costs(network, profile, view="s", band=bands[0])
        for target in targets:
            limit_s = walkers.limits_m[target] * pace
            found = nearest(network, walkers.homes, walkers.ends(target), max_walk_m=limit_s, costs=costs)
            columns |= {f"min_{name}_{band}_{target}": found.metres / 60.0 for band in bands}
    return columns


def _bands_by_pace(profile: Profile) -> dict[float, list[str]]:
    paces: dict[float, list[str]] = {}
    for band in profile.who:
        paces.setdefault(profile.pace_s_per_m(band), []).append(band)
    return paces


def _alone(walkers: Walkers, target: str) -> NDArray[np.float64]:
    """Return the minutes of a child alone, who leaves home and enters school without crossing a main road."""
    profile, limit_m, sided = load_profile(ALONE), walkers.city.study.max_connector_m, walkers.sided
    feet, owner = walkers.homes.every_foot()
    more = walkers.homes.others
    at = walkers.homes_at
    if more is not None:
        at = (np.concatenate([at[0], more.x_m]), np.concatenate([at[1], more.y_m]))
    homes = sided.join(feet, *at, max_connector_m=limit_m)
    schools = sided.join(walkers.ends(target), *walkers.ends_at(target), max_connector_m=limit_m)
    costs = profile_costs(sided.network, profile)
    found = nearest(sided.network, homes, schools, max_walk_m=walkers.limits_m[target], costs=costs)
    metres = found.metres[best_foot(found.metres, owner, len(walkers.homes))]
    minutes: NDArray[np.float64] = metres * profile.pace_s_per_m(ALONE_BAND) / 60.0
    return minutes
