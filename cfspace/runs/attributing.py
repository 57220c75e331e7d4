"""How much of a change rests on places that were only mapped: a rulebook asked again without them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj

from cfspace.access.pairs import Pairs
from cfspace.config.rulebook import (
    BundleRule,
    CountNormRule,
    CoverageRule,
    EquippedRule,
    FloatingSupplyRule,
    GateCrossingRule,
    PresenceRule,
    RatioRule,
    Rule,
    Rulebook,
    SupplyRule,
)
from cfspace.config.rulebook.places import RESIDENTIAL
from cfspace.indicators import evaluate
from cfspace.indicators.city import City
from cfspace.present.rundata import RunData
from cfspace.runs.counting import matching
from cfspace.runs.rewalking import Walks
from cfspace.units import Units

KEYS: Final = ["unit_level", "unit_id", "indicator", "age_band"]

WALKED: Final = (CoverageRule, BundleRule)
ASKED: Final = (
    *WALKED,
    CountNormRule,
    EquippedRule,
    FloatingSupplyRule,
    GateCrossingRule,
    PresenceRule,
    RatioRule,
    SupplyRule,
)
"""What the files of a run suffice to ask again; not ways to school, zones, profiles, streets and land."""


def of_mapping(after: RunData, places: pd.DataFrame) -> pd.DataFrame:
    """Return how much of each value rests on places that were only mapped, or of which nobody can tell.

    Each indicator that names such a place is asked again without it, on the streets, homes and lists of the
    later run; one that names places, and none of these, rests on none of them.

    Parameters
    ----------
    after
        The later run.
    places
        What came and went, as `cfspace.planning.trends.facility_changes` tells it.

    Returns
    -------
    `unit_level`, `unit_id`, `indicator`, `age_band`, ``change_mapped`` and ``change_unclear``; blank where it
    cannot be asked again from the files of a run.
    """
    book = Rulebook.model_validate(after.rulebook)
    mapped, unclear = (
        set(places.loc[places["change"] == one, "facility_id"]) for one in ("mapped", "unclear")
    )
    again = _Again(after, book)
    touched = {rule.id for rule in book.indicator if again.names_any(rule, mapped | unclear)}
    asked = [rule for rule in book.indicator if rule.id in touched and _can_be_asked(rule)]
    untouched = [rule.id for rule in book.indicator if rule.uses() and rule.id not in touched]
    rows = after.coverage[after.coverage["value"].notna()]
    none = rows.loc[rows["indicator"].isin(untouched), KEYS].assign(change_mapped=0.0, change_unclear=0.0)
    if not asked:
        return none
    whole, no_mapped, neither = (again.values(asked, gone) for gone in (set[str](), mapped, mapped | unclear))
    found = pd.DataFrame({"change_mapped": whole - no_mapped, "change_unclear": no_mapped - neither})
    return pd.concat([none, found.reset_index()], ignore_index=True)


def _can_be_asked(rule: Rule) -> bool:
    # Where people live is in no file of a run as land.
    return isinstance(rule, ASKED) and not (isinstance(rule, EquippedRule) and RESIDENTIAL in rule.of)


class _Again:
    """A finished run whose measures can be asked again without some of its places."""

    def __init__(self, run: RunData, book: Rulebook) -> None:
        self.run, self.book = run, book
        self.crs = pyproj.CRS.from_wkt(run.meta["crs"])
        self._own: dict[str, set[str]] = {}

    def names_any(self, rule: Rule, facility_ids: set[str]) -> bool:
        """Tell whether any of some places belongs to a target of an indicator."""
        return any(self.members(target) & facility_ids for target in rule.uses())

    def members(self, target: str) -> set[str]:
        """Return the places of a target."""
        if target not in self._own:
            self._own[target] = set(matching(self.run, target)["facility_id"])
        return self._own[target]

    def values(self, rules: list[Rule], gone: set[str]) -> pd.Series:
        """Return the values of some indicators without some places, by `KEYS`."""
        book = self.book.model_copy(update={"indicator": tuple(rules)})
        walked = {target for rule in rules if isinstance(rule, WALKED) for target in rule.uses()}
        rows = evaluate(book, self._city(walked, gone))
        values: pd.Series = rows.set_index(KEYS)["value"]
        return values

    @cached_property
    def _walks(self) -> Walks:
        return Walks(self.run)

    @cached_property
    def _frames(self) -> dict[str, gpd.GeoDataFrame]:
        """Return what lies on the ground, in metres."""
        run = self.run
        frames = {"facilities": run.facilities, "entrances": run.entrances, "segments": run.segments}
        return {name: frame.to_crs(self.crs) for name, frame in frames.items()}

    @cached_property
    def _units(self) -> Units:
        frames = {}
        for level, units in self.run.units.items():
            # A column of a list that is called as one of the scores stands beside it.
            given = {name: name.removesuffix("_given") for name in units if str(name).endswith("_given")}
            own = units.drop(columns=[*given.values()]).rename(columns=given)
            frames[level] = own.to_crs(self.crs)
        return Units(levels=tuple(frames), frames=frames)

    def _city(self, walked: Iterable[str], gone: set[str]) -> City:
        facilities, entrances, segments = self._frames.values()
        kept = facilities[~facilities["facility_id"].isin(gone)].reset_index(drop=True)
        return City(
            homes=self._homes(walked, gone),
            facilities=kept,
            entrances=entrances[~entrances["facility_id"].isin(gone)].reset_index(drop=True),
            units=self._units,
            evidence=self.run.meta["evidence"],
            weights=self.run.weights_kind,  # type: ignore[arg-type]
            segments=segments,
            catchments=self._catchments(kept),
        )

    def _homes(self, walked: Iterable[str], gone: set[str]) -> pd.DataFrame:
        """Return the homes with their walks to some targets, some places left out."""
        columns = {}
        for target in sorted(walked):
            left = self.members(target) - gone
            if left != self.members(target):
                limit_m = float(self.run.meta["limits_m"][target])
                found = self._walks.nearest(self.run.homes, left, max_walk_m=limit_m)
                columns[f"m_{target}"] = found["metres"].to_numpy()
        return pd.DataFrame(self.run.homes).assign(**columns)

    def _catchments(self, kept: gpd.GeoDataFrame) -> dict[str, Pairs]:
        path = self.run.run_dir / "pairs.parquet"
        if not path.is_file():
            return {}
        table = pd.read_parquet(path)
        place = pd.Index(kept["facility_id"]).get_indexer(pd.Index(table["facility_id"]))
        home = pd.Index(self.run.homes["home_id"]).get_indexer(pd.Index(table["home_id"]))
        found = {}
        for target in table["target"].unique():
            rows = np.flatnonzero((table["target"] == target).to_numpy() & (place >= 0))
            rows = rows[np.argsort(place[rows], kind="stable")]
            found[str(target)] = Pairs(
                origin=home[rows].astype(np.int32),
                target=place[rows].astype(np.int32),
                metres=table["metres"].to_numpy(np.float64)[rows],
                n_origins=len(self.run.homes),
                n_targets=len(kept),
            )
        return found
