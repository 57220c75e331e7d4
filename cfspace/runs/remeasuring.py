"""Measuring a city again after a plan: only what the plan can have changed is searched again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cfspace.access.changes import Reach, StreetChanges, reach, shortened_m, street_changes, updated
from cfspace.config.rulebook import Rulebook
from cfspace.present.rundata import RunData
from cfspace.runs.city import City
from cfspace.runs.measuring import Measured, measured_of, walkers_of
from cfspace.runs.stages import Stages
from cfspace.runs.walks import Walkers, minutes_of, profile_walks, trips_of


@dataclass(frozen=True, eq=False, kw_only=True)
class Baseline:
    """A study as it is: the city, and what a finished run of it has measured.

    Attributes
    ----------
    city
        As loaded.
    run
        A finished run of the same study.
    rulebook
        What was asked.
    """

    city: City
    run: RunData
    rulebook: Rulebook
    _reaches: dict[str, Reach] = field(default_factory=dict)

    @cached_property
    def walkers(self) -> Walkers:
        """Where its walks begin and end."""
        return walkers_of(self.city, self.rulebook)

    @cached_property
    def trips(self) -> pd.DataFrame:
        """Its ways to school."""
        return pd.read_parquet(self.run.run_dir / "trips.parquet")

    @cached_property
    def minutes(self) -> pd.DataFrame:
        """Its lived view."""
        return pd.read_parquet(self.run.run_dir / "minutes.parquet")

    def metres(self, column: str) -> NDArray[np.float64]:
        """Return a column of walks of its homes."""
        metres: NDArray[np.float64] = self.run.homes[column].to_numpy(np.float64)
        return metres

    def reach(self, target: str) -> Reach:
        """Return how far every junction is from a target; searched once, however many plans ask."""
        if target not in self._reaches:
            limit_m = self.walkers.limits_m[target]
            ends = self.walkers.ends(target)
            self._reaches[target] = reach(self.city.network, ends, max_walk_m=limit_m)
        return self._reaches[target]


def remeasure(base: Baseline, city: City, *, jobs: int = 1, stages: Stages | None = None) -> Measured:
    """Return what `cfspace.runs.measuring.measure` would, building on a finished run.

    Parameters
    ----------
    base
        The study as it is.
    city
        The same study under a plan.
    jobs
        Searches at a time; changes no byte of the answer.
    stages
        Told what is being done.

    Notes
    -----
    While streets and homes stay as they are, walks to targets none of whose entrances changed are taken over;
    where entrances only came to a target, a search goes out from these and is pruned by the walks
    known of homes. Else the search of the target is brought up to date (`cfspace.access.changes.updated`).
    Walks by other costs (stroller, ways to school) are searched again for targets that changed, or for all
    when streets or homes did.
    """
    stages = stages or Stages()
    with stages("snapping"):
        walkers = walkers_of(city, base.rulebook)
    stays = city.network is base.city.network and city.homes is base.city.homes
    stays = stays and city.home_compound is base.city.home_compound
    with stages("access"):
        streets = street_changes(base.city.network, city.network)
        changed = {name for name in walkers.masks if not _same_ends(base.walkers, walkers, name)}
        columns = {
            f"m_{name}": base.metres(f"m_{name}")
            if stays and name not in changed
            else _walks(base, walkers, name, stays=stays, streets=streets)
            for name in walkers.masks
        }
        table = pd.DataFrame(columns)
    only = changed if stays else None
    with stages("trips"):
        trips = _trips(base, walkers, only)
    with stages("profiles"):
        profiled = _profiled(base, walkers, only, jobs=jobs)
        minutes = _minutes(base, walkers, table, only)
    return measured_of(walkers, base.rulebook, table=table, trips=trips, profiled=profiled, minutes=minutes)


def _same_ends(before: Walkers, after: Walkers, target: str) -> bool:
    """Tell whether the same entrances in the same order count for a target."""
    if target not in before.masks:
        return False
    one, other = ([*walkers.ends_at(target)] for walkers in (before, after))
    ids = [
        walkers.city.entrances["facility_id"].to_numpy(object)[walkers.rows(target)]
        for walkers in (before, after)
    ]
    return np.array_equal(ids[0], ids[1]) and all(
        np.array_equal(a, b) for a, b in zip(one, other, strict=True)
    )


def _walks(
    base: Baseline, walkers: Walkers, target: str, *, stays: bool, streets: StreetChanges
) -> NDArray[np.float64]:
    ends, limit_m = walkers.ends(target), walkers.limits_m[target]
    network = walkers.city.network
    if target not in base.walkers.masks:
        return reach(network, ends, max_walk_m=limit_m).metres_from(walkers.homes)
    new = _new_ends(base.walkers, walkers, target) if stays else None
    if new is not None:
        known = base.metres(f"m_{target}")
        return shortened_m(walkers.homes, known, ends.take(new), max_walk_m=limit_m)
    return updated(base.reach(target), network, ends, streets=streets).metres_from(walkers.homes)


def _new_ends(before: Walkers, after: Walkers, target: str) -> NDArray[np.int64] | None:
    """Return which entrances came to a target, None if any went."""
    old = set(zip(*(part.tolist() for part in before.ends_at(target)), strict=True))
    now = list(zip(*(part.tolist() for part in after.ends_at(target)), strict=True))
    if old - set(now):
        return None
    return np.array([i for i, place in enumerate(now) if place not in old], np.int64)


def _trips(base: Baseline, walkers: Walkers, only: Collection[str] | None) -> pd.DataFrame:
    schools = base.rulebook.trip_targets()
    if only is None:
        return trips_of(walkers, base.rulebook)
    again = [name for name in schools if name in only]
    if not again:
        return base.trips
    found = trips_of(walkers, base.rulebook, only=again)
    parts = [(found if name in again else base.trips).query("kind == @name") for name in schools]
    return pd.concat(parts, ignore_index=True)


def _profiled(base: Baseline, walkers: Walkers, only: Collection[str] | None, *, jobs: int) -> pd.DataFrame:
    found = profile_walks(walkers, base.rulebook, jobs=jobs, only=only)
    if only is None:
        return found
    named = base.rulebook.profile_targets().items()
    names = [f"{profile}_m_{target}" for profile, targets in named for target in targets]
    columns = {name: found[name] if name in found else base.metres(name) for name in names}
    return pd.DataFrame(columns, index=walkers.city.homes.index)


def _minutes(
    base: Baseline, walkers: Walkers, table: pd.DataFrame, only: Collection[str] | None
) -> pd.DataFrame:
    found = minutes_of(walkers, table, base.rulebook, only=only)
    if only is None:
        return found
    return pd.DataFrame({name: found.get(name, base.minutes[name]) for name in base.minutes.columns})
