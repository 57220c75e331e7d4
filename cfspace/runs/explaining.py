"""How a number of a finished run came about, from its files alone: all one needs to compute it by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from cfspace.config.cards import card
from cfspace.config.rulebook import BundleRule, CoverageRule, Rule, Rulebook
from cfspace.errors import RunError
from cfspace.indicators.quotients import score_of
from cfspace.present.rundata import RunData
from cfspace.present.wording import in_language
from cfspace.runs.counted import things_counted
from cfspace.runs.counting import places_inside, places_walked_to, walked
from cfspace.runs.judging import UNMEASURED, judged_homes

SHOWN_NAMES = 20


@dataclass(frozen=True, kw_only=True, eq=False)
class Explanation:
    """How one value of one unit came about.

    Attributes
    ----------
    row
        Its row of ``coverage.csv``.
    rule
        The rulebook's entry, as it stood when the run was made.
    bands
        Age bands that the row is about.
    weights
        What homes weigh: ``children``, ``floor_area_m2`` or ``population``.
    reason
        Why there is no value, as ``zh`` and ``en``; empty where there is one.
    caution
        What of the indicator is not known, as ``zh`` and ``en``; empty where nothing is told.
    causes
        How far the value may be off, a row per cause: `cause`, `value_low`, `value_high`, `share`.
    homes
        For a coverage or bundle every home of the unit, EPSG:4326: `home_id`, `children` of the bands,
        ``m_<target>``, ``nearest_<target>`` (a facility), `served` (0-1; NaN not measured), `credit` (what
        enters the score) and `why` it is not served (`beyond`, `none_in_search`, `unmeasured`, else empty).
        None for other measures.
    places
        For a coverage or bundle the facilities that are nearest to some home of the unit, whether inside it
        or not: `target`, `full_m`, `facility_id`, `kind`, `name`, `source`, `n_homes` and `children` nearest
        to it, of them `n_within` and `children_within` the full distance, `nearest_m` and `farthest_m`. For
        other measures the facilities inside the unit that belong to the indicator's targets.
    counted
        What each gate, place, street segment or piece of land in the unit adds, those that lack most first:
        `cfspace.runs.counted.things_counted`. None where the measure counts none.
    """

    row: pd.Series
    rule: Rule
    bands: tuple[str, ...]
    weights: str
    reason: Mapping[str, str]
    caution: Mapping[str, str]
    causes: pd.DataFrame
    homes: gpd.GeoDataFrame | None
    places: pd.DataFrame
    counted: pd.DataFrame | None = None

    def _repr_html_(self) -> str:
        row = self.row
        names = (
            "unit_name",
            "age_band",
            "value",
            "value_unit",
            "numerator",
            "denominator",
            "score",
            "status",
        )
        facts: dict[str, object] = {name: row[name] for name in names if pd.notna(row[name])}
        facts["reason"] = self.reason.get("en")
        facts["caution"] = self.caution.get("en")
        places = self.places.drop(columns="geometry", errors="ignore")
        return card(
            f"{row['indicator']} {row['title']}", facts, more=places.to_html(index=False, max_rows=20)
        )

    @property
    def left_out(self) -> gpd.GeoDataFrame | None:
        """Homes with children that are not, or not wholly, served; those not measured come last."""
        if self.homes is None:
            return None
        out = self.homes[(self.homes["children"] > 0) & (self.homes["why"] != "")]
        order = [out["why"] == UNMEASURED, -out["children"], out["home_id"]]
        sorted_out: gpd.GeoDataFrame = out.iloc[np.lexsort([np.asarray(key) for key in order[::-1]])]
        return sorted_out.reset_index(drop=True)

    @cached_property
    def credited(self) -> float:
        """The numerator that enters the score: with graded credit, where homes are at hand."""
        if self.homes is None:
            return float(self.row["numerator"])
        return float((self.homes["children"] * self.homes["credit"]).sum(skipna=True))

    @cached_property
    def score(self) -> float:
        """The score computed anew; NaN where it is not made of numerator, denominator and goal alone."""
        if getattr(self.rule, "each", ()) or not np.isfinite(self.row["score"]):
            return float("nan")
        share = np.array([self.credited / float(self.row["denominator"])])
        rule = self.rule
        return float(score_of(share, goal=rule.goal, better=rule.better, zero=rule.zero)[0])

    @property
    def arithmetic(self) -> tuple[str, ...]:
        """The computation in figures, a line per step; none where there is no value."""
        row, rule = self.row, self.rule
        if not np.isfinite(row["value"]):
            return ()
        lines = [f"value = {row['numerator']:.10g} / {row['denominator']:.10g} = {row['value']:.10g}"]
        if not np.isfinite(row["score"]) or not np.isfinite(self.score):
            return tuple(lines)
        if abs(self.score - row["score"]) > 1e-6:
            return tuple(lines)
        share = f"({self.credited:.10g} / {row['denominator']:.10g})"
        if rule.better == "less" and rule.zero is not None:
            made = f"max(0, min(100, 100 x ({rule.zero:g} - {share}) / ({rule.zero:g} - {rule.goal:g})))"
        else:
            made = f"min(100, 100 x {share} / {rule.goal:g})"
        return (*lines, f"score = {made} = {row['score']:.10g}")


def explain(
    run: RunData, unit: str, indicator: str, *, level: str | None = None, age_band: str | None = None
) -> Explanation:
    """Return how the value of an indicator in a unit came about.

    Parameters
    ----------
    run
        A finished run.
    unit
        Id of a unit, or its name.
    indicator
        Id of an indicator, such as ``LIB-1``; case does not matter.
    level
        The unit's level, where several have a unit of that name.
    age_band
        A band of the indicator; default: all of them together.

    Raises
    ------
    RunError
        If the run has no such unit, indicator or age band, or several units fit.
    """
    rule = _rule(run, indicator)
    rows = _rows_of_unit(run, unit, level)
    row = _row(rows[rows["indicator"] == rule.id], rule, age_band)
    bands = tuple(band for band in rule.who if _in(band, row))
    words = {"unit_level": row["unit_level"], "unit_id": row["unit_id"], "indicator": rule.id}
    homes, places = None, places_inside(run, rule, row)
    if isinstance(rule, CoverageRule | BundleRule):
        inside = run.homes[run.homes[f"{row['unit_level']}_id"] == row["unit_id"]]
        homes = judged_homes(rule, inside, bands, nearest=walked(run, rule, inside))
        places = places_walked_to(run, rule, homes, bands)
    return Explanation(
        row=row,
        rule=rule,
        bands=bands,
        weights=run.weights_kind,
        reason=_told(run.meta.get("reasons"), "reason", words),
        causes=_causes(run, row),
        caution=_told(run.meta.get("cautions"), "note", {"indicator": rule.id}),
        homes=homes,
        places=places,
        counted=things_counted(run, rule, row),
    )


def _rule(run: RunData, indicator: str) -> Rule:
    book = Rulebook.model_validate(run.rulebook)
    for rule in book.indicator:
        if rule.id.casefold() == indicator.strip().casefold():
            return rule
    there = ", ".join(rule.id for rule in book.indicator)
    raise RunError(f"{run.run_dir}: no indicator {indicator!r} in rulebook {book.name}; it has {there}")


def _rows_of_unit(run: RunData, unit: str, level: str | None) -> pd.DataFrame:
    rows = run.coverage
    if level is not None:
        if level not in run.units:
            raise RunError(f"{run.run_dir}: no level {level!r}; it has {', '.join(run.units)}")
        rows = rows[rows["unit_level"] == level]
    wanted = unit.strip()
    own = rows[rows["unit_id"] == wanted]
    own = own if len(own) else rows[rows["unit_name"] == wanted]
    found = own[["unit_level", "unit_id", "unit_name"]].drop_duplicates()
    if len(found) == 1:
        return own
    if len(found) > 1:
        raise RunError(
            f"{run.run_dir}: {unit!r} is {len(found)} units: {_named(found)}; give its id, or the level too"
        )
    there = rows[["unit_level", "unit_id", "unit_name"]].drop_duplicates()
    raise RunError(f"{run.run_dir}: no unit {unit!r}; it has {_named(there)}")


def _named(units: pd.DataFrame) -> str:
    shown = [f"{one.unit_id} {one.unit_name} ({one.unit_level})" for one in units.itertuples(index=False)]
    more = f" and {len(shown) - SHOWN_NAMES} more" if len(shown) > SHOWN_NAMES else ""
    return ", ".join(shown[:SHOWN_NAMES]) + more


def _row(rows: pd.DataFrame, rule: Rule, age_band: str | None) -> pd.Series:
    own = rows if age_band is None else rows[rows["age_band"] == age_band]
    if own.empty:
        there = ", ".join(rows["age_band"])
        raise RunError(f"{rule.id}: no age band {age_band!r}; it has {there}")
    return own.iloc[-1]


def _causes(run: RunData, row: pd.Series) -> pd.DataFrame:
    table, keys = run.uncertainty, ("unit_level", "unit_id", "indicator", "age_band")
    own = table[np.logical_and.reduce([table[key] == row[key] for key in keys])]
    return own[["cause", "value_low", "value_high", "share"]].reset_index(drop=True)


def _in(band: str, row: pd.Series) -> bool:
    """Return whether a band lies in the ages of a row."""
    if row["age_band"] == "all":
        return True
    first, last = map(int, str(row["age_band"]).split("_"))
    low, high = map(int, band.split("_"))
    return first <= low and high <= last


def _told(entries: Iterable[Mapping[str, Any]] | None, key: str, words: Mapping[str, str]) -> dict[str, str]:
    """Return what ``run.json`` tells under some words, in both languages; nothing where it is silent."""
    for entry in entries or ():
        if all(str(entry.get(name)) == value for name, value in words.items()) and entry.get(key):
            return {lang: in_language(entry[key], lang) for lang in ("zh", "en")}
    return {}
