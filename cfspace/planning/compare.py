"""Before and after: what a plan does to every unit, indicator and age band, and to whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cfspace.config.bands import BANDS
from cfspace.config.rulebook import CoverageRule, Rulebook
from cfspace.errors import ParameterError

Floats = NDArray[np.float64]

KEYS: Final = ("unit_level", "unit_id", "indicator", "age_band")
TOLD: Final = ("unit_level", "unit_id", "unit_name", "task", "indicator", "title", "age_band", "value_unit")
COMPARED: Final = (
    "value",
    "score",
    "numerator",
    "denominator",
    "children",
    "n_facilities",
    "n_unmeasured",
    "status",
)
WALK_CHANGED_M: Final = 1.0
"""A walk that differs by less is the same walk: streets that were cut and joined are off by millimetres."""

GAIN_COLUMNS: Final = (
    "unit_level",
    "unit_id",
    "unit_name",
    "indicator",
    "age_band",
    "children",
    "served_before",
    "served_after",
    "gaining",
    "losing",
    "nearer",
    "farther",
    "metres_saved",
    "metres_added",
    "new_children",
    "new_served",
    "unmeasured_before",
    "unmeasured_after",
)


def before_after(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Return both values of every row of two coverage tables, and their difference.

    Parameters
    ----------
    before, after
        ``coverage.csv`` of two runs of the same units and rulebook.

    Returns
    -------
    `TOLD`; for each of `COMPARED` ``<name>_before`` and ``<name>_after``; ``value_change`` and
    ``score_change``, NaN where either is not known. Rows in the order of `after`, what is gone last.
    """
    keys = list(KEYS)
    own = [name for name in COMPARED if name in before and name in after]
    told = [name for name in TOLD if name in after]
    left, right = before[[*keys, *own]], after[[*told, *own]]
    merged = right.merge(left, on=keys, how="left", suffixes=("_after", "_before"), validate="1:1")
    columns = [name for one in own for name in (f"{one}_before", f"{one}_after")]
    table = merged[[*told, *columns]]
    return table.assign(
        **{f"{name}_change": table[f"{name}_after"] - table[f"{name}_before"] for name in ("value", "score")}
    )


def who_gains(
    rulebook: Rulebook,
    homes: pd.DataFrame,
    unit_names: Mapping[str, Mapping[str, str]],
    indicators: Iterable[str],
) -> pd.DataFrame:
    """Return how many children come within reach by a plan, and how many fall out of it.

    Parameters
    ----------
    rulebook
        Its coverages are asked, one after the other.
    homes
        `paired` homes of two runs. The children of new ones are counted by themselves.
    unit_names
        By level, the name of each unit by its id.
    indicators
        Ids of coverages whose value is known; others say nothing of anybody.

    Returns
    -------
    `GAIN_COLUMNS`, a row per unit, coverage and age band: `gaining` children are within the full distance
    after and were not before, `losing` the other way round; `nearer` and `farther` count all children whose
    walk became shorter or longer by more than a metre, also those who stay within or beyond reach, and
    `metres_saved`, `metres_added` sum what these walk less or more, one way, where both ways are known.
    """
    known = set(indicators)
    parts = [
        _of_band(rule, band, homes, unit_names)
        for rule in rulebook.indicator
        if isinstance(rule, CoverageRule) and rule.id in known
        for band in rule.who
    ]
    if not parts:
        return pd.DataFrame(columns=list(GAIN_COLUMNS))
    return pd.concat([*parts, *_of_any(rulebook, known, homes, unit_names)], ignore_index=True)[
        list(GAIN_COLUMNS)
    ]


def home_changes(rulebook: Rulebook, homes: pd.DataFrame, indicator: str) -> pd.Series:
    """Return what a plan does to each of the `paired` homes for one coverage, by its ``home_id``.

    Returns
    -------
    For homes with children whom the coverage is about: ``gains``, ``loses``, ``served``, ``left_out``,
    ``new_served``, ``new_left_out`` or ``unmeasured``. A home gains if any of its age bands does and none
    loses.
    """
    rule = rulebook.rule(indicator)
    if not isinstance(rule, CoverageRule):
        raise ParameterError(f"{indicator}: is no coverage; name one that is")
    states = [_states(rule, band, homes) for band in rule.who]
    order = ("loses", "gains", "new_left_out", "new_served", "left_out", "served", "unmeasured")
    worst = np.select([np.any([s == one for s in states], axis=0) for one in order], order, default="")
    found = pd.Series(worst, index=homes["home_id"])
    return found[found != ""]


def changed_series(changes: dict[str, pd.Series], home_ids: pd.Series) -> pd.DataFrame:
    """Return ``home_changes.parquet``: a column per coverage in which a home changes, homes in order."""
    moved = {
        name: states
        for name, states in changes.items()
        if states.isin(["gains", "loses", "new_served", "new_left_out"]).any()
    }
    columns = {name: home_ids.map(states).fillna("").astype(str) for name, states in moved.items()}
    return pd.DataFrame({"home_id": home_ids, **columns})


def score_change(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Return the scores of every unit before and after: ``<score>_before``, ``<score>_after``."""
    keys = ["unit_level", "unit_id"]
    own = [str(name) for name in after.columns if str(name).startswith("task_")] + ["overall", "data_share"]
    both = after[[*keys, "unit_name", *own]].merge(
        before[[*keys, *own]], on=keys, how="left", suffixes=("_after", "_before"), validate="1:1"
    )
    return both[[*keys, "unit_name", *(f"{one}_{when}" for one in own for when in ("before", "after"))]]


def fairness_change(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Return how unequally children share the walk before and after (`cfspace.fairness`)."""
    keys = ["indicator", "age_band", "unit_level"]
    own = ["gini", "theil", "theil_between", "theil_within", "palma", "worst_tenth_mean", "children"]
    both = after[[*keys, *own]].merge(before[[*keys, *own]], on=keys, suffixes=("_after", "_before"))
    return both[[*keys, *(f"{one}_{when}" for one in own for when in ("before", "after"))]]


def _states(rule: CoverageRule, band: str, homes: pd.DataFrame) -> NDArray[np.str_]:
    (before, _), (after, _) = (_best(rule, band, homes, prefix) for prefix in ("b_", "a_"))
    is_new = (homes["there"] == "left_only").to_numpy(bool)
    none = ~(homes[f"children_{band}"].to_numpy(np.float64) > 0)
    chosen = [
        none,
        is_new & (after == 1),
        is_new,
        np.isnan(before) | np.isnan(after),
        after > before,
        after < before,
        after == 1,
    ]
    names = ["", "new_served", "new_left_out", "unmeasured", "gains", "loses", "served"]
    return np.select(chosen, names, default="left_out")


ANY: Final = "any"
"""Stands for an indicator where children are counted who gain or lose in at least one."""


def _of_any(
    rulebook: Rulebook, known: set[str], homes: pd.DataFrame, unit_names: Mapping[str, Mapping[str, str]]
) -> Iterable[pd.DataFrame]:
    """Return, per age band, the children who gain or lose in at least one coverage, each counted once."""
    for band in BANDS:
        rules = [
            rule
            for rule in rulebook.indicator
            if isinstance(rule, CoverageRule) and rule.id in known and band in rule.who
        ]
        if not rules:
            continue
        states = [_states(rule, band, homes) for rule in rules]
        children = homes[f"children_{band}"].to_numpy(np.float64)
        is_new = (homes["there"] == "left_only").to_numpy(bool)
        gains, loses = (np.any([one == what for one in states], axis=0) for what in ("gains", "loses"))
        numbers = pd.DataFrame(
            {
                **dict.fromkeys(GAIN_COLUMNS[5:], np.nan),
                "children": np.where(is_new, 0.0, children),
                "gaining": np.where(gains, children, 0.0),
                "losing": np.where(loses, children, 0.0),
                "new_children": np.where(is_new, children, 0.0),
            }
        )
        for level, names in unit_names.items():
            summed = _summed(numbers, homes[f"{level}_id"], level, names)
            told = ["children", "gaining", "losing", "new_children"]
            blank = [name for name in GAIN_COLUMNS[5:] if name not in told]
            yield summed.assign(**dict.fromkeys(blank, np.nan), indicator=ANY, age_band=band)


def paired(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Return the homes of two runs with the walks of both, ``b_`` before and ``a_`` after.

    Parameters
    ----------
    before, after
        Homes of two runs: ``home_id``, ``children_<band>``, ``<level>_id``, ``m_<target>``. Homes of `after`
        that `before` does not have are new: ``there`` is ``left_only``.
    """
    walks = [str(name) for name in after.columns if str(name).startswith("m_") and name in before.columns]
    told = ["home_id", *(f"children_{band}" for band in BANDS)]
    told += [str(name) for name in after.columns if str(name).endswith("_id") and name != "home_id"]
    one = after[[*told, *walks]].rename(columns={name: f"a_{name}" for name in walks})
    other = before[["home_id", *walks]].rename(columns={name: f"b_{name}" for name in walks})
    return one.merge(other, on="home_id", how="left", validate="1:1", indicator="there")


def _best(rule: CoverageRule, band: str, homes: pd.DataFrame, prefix: str) -> tuple[Floats, Floats]:
    """Return whether each home is served for a band (NaN: not measured), and its best walk in metres."""
    ways = [way for way in rule.ways() if way.credit == 1.0 and (not way.who or band in way.who)]
    served = np.full(len(homes), np.nan)
    best = np.full(len(homes), np.nan)
    for way in ways:
        if f"{prefix}m_{way.target}" not in homes:
            continue
        metres = homes[f"{prefix}m_{way.target}"].to_numpy(np.float64)
        within = np.where(np.isnan(metres), np.nan, (metres <= way.full_m).astype(np.float64))
        served, best = np.fmax(served, within), np.fmin(best, metres)
    return served, best


def _of_band(
    rule: CoverageRule, band: str, homes: pd.DataFrame, unit_names: Mapping[str, Mapping[str, str]]
) -> pd.DataFrame:
    children = homes[f"children_{band}"].to_numpy(np.float64)
    is_new = (homes["there"] == "left_only").to_numpy(bool)
    (served_before, walk_before), (served_after, walk_after) = (
        _best(rule, band, homes, prefix) for prefix in ("b_", "a_")
    )
    # Who is measured after and was not before, or the other way round, changes from unknown to known, not
    # from left out to served.
    both = ~is_new & ~np.isnan(served_before) & ~np.isnan(served_after)
    with np.errstate(invalid="ignore"):
        saved = np.where(both & (walk_before - walk_after > WALK_CHANGED_M), walk_before - walk_after, 0.0)
        added = np.where(both & (walk_after - walk_before > WALK_CHANGED_M), walk_after - walk_before, 0.0)
    numbers = pd.DataFrame(
        {
            "children": np.where(is_new, 0.0, children),
            "served_before": np.where(~is_new & (served_before == 1), children, 0.0),
            "served_after": np.where(~is_new & (served_after == 1), children, 0.0),
            "gaining": np.where(both & (served_after > served_before), children, 0.0),
            "losing": np.where(both & (served_after < served_before), children, 0.0),
            "nearer": np.where(saved > 0, children, 0.0),
            "farther": np.where(added > 0, children, 0.0),
            "metres_saved": np.where(np.isfinite(saved), saved, 0.0) * children,
            "metres_added": np.where(np.isfinite(added), added, 0.0) * children,
            "new_children": np.where(is_new, children, 0.0),
            "new_served": np.where(is_new & (served_after == 1), children, 0.0),
            "unmeasured_before": np.where(~is_new & np.isnan(served_before), children, 0.0),
            "unmeasured_after": np.where(~is_new & np.isnan(served_after), children, 0.0),
        }
    )
    return pd.concat(
        [_summed(numbers, homes[f"{level}_id"], level, names) for level, names in unit_names.items()]
    ).assign(indicator=rule.id, age_band=band)


def _summed(numbers: pd.DataFrame, unit_id: pd.Series, level: str, names: Mapping[str, str]) -> pd.DataFrame:
    sums = numbers.groupby(unit_id.to_numpy(object)).sum().reindex(list(names), fill_value=0.0)
    told = {"unit_level": level, "unit_id": list(names), "unit_name": list(names.values())}
    return sums.reset_index(drop=True).assign(**told)
