"""Who is left out: children beyond the standard distance, by indicator, by home, by place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cfspace.config.bands import BANDS
from cfspace.present.rundata import RunData
from cfspace.present.wording import rules_of

MOST_HOMES = 5000
"""Rows of the list of homes left out; the ones with the greatest weight stay."""

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortfall:
    """What one coverage leaves out.

    Parameters
    ----------
    indicator
        Its id.
    left_out
        Per home, the weight (children, or what stands for them) beyond the full distance of every target
        that serves its band; 0 where the home is not measured or lies in no unit.
    total
        The weight that was judged, left out or not.
    metres
        Per home, metres to the nearest of the indicator's targets; NaN not measured, inf not reached.
    full_m
        Shortest full distance that the indicator asks.
    """

    indicator: str
    left_out: Floats
    total: float
    metres: Floats
    full_m: float


def weights_of(run: RunData, bands: tuple[str, ...] = BANDS) -> Floats:
    """Return each home's weight over the bands.

    Where the weight is floor area it stands in every band's column, and a sum would count it again
    for each: then it is the mean.
    """
    columns = [f"children_{band}" for band in bands if f"children_{band}" in run.homes]
    if not columns:
        return np.ones(len(run.homes))
    table = np.nan_to_num(run.homes[columns].to_numpy(dtype=np.float64))
    return np.asarray(table.sum(axis=1) if run.are_children else table.mean(axis=1), dtype=np.float64)


def unit_weights(run: RunData, level: str) -> pd.Series[float]:
    """Return what each unit of a level weighs, by its id.

    That is its children from ``scores.csv``; where a study has no counts of children, the floor area or
    residents of the unit's homes, by which its shares were weighted.
    """
    scores = run.scores[run.scores["unit_level"] == level].set_index("unit_id")["children"]
    if scores.notna().any() or f"{level}_id" not in run.homes:
        return scores
    by_unit = pd.Series(weights_of(run)).groupby(run.homes[f"{level}_id"].to_numpy()).sum()
    return scores.index.to_series().map(by_unit).astype("float64")


def ranks_of(run: RunData, level: str) -> pd.DataFrame:
    """Return how sure the ranks of a level are, by unit; empty where the run tells nothing of it."""
    if not (run.run_dir / "ranks.csv").is_file():
        return pd.DataFrame()
    return run.ranks[run.ranks["unit_level"] == level].set_index("unit_id")


def ranges_of(run: RunData, level: str) -> pd.DataFrame:
    """Return how sure task scores of a level are, ``all`` for the whole city, by unit and task.

    Empty where the run tells nothing of it.
    """
    if not (run.run_dir / "task_ranges.csv").is_file():
        return pd.DataFrame(index=pd.MultiIndex.from_arrays([[], []], names=["unit_id", "task"]))
    own = run.task_ranges[run.task_ranges["unit_level"] == level]
    return own.set_index(["unit_id", "task"])


def shortfalls(run: RunData) -> list[Shortfall]:
    """Return what each coverage of the rulebook leaves out, in its order.

    An indicator that has no value anywhere is left aside: not knowing where a thing is does not leave
    anybody out.
    """
    valued = set(run.coverage.loc[run.coverage["value"].notna(), "indicator"])
    rules = [rule for rule in rules_of(run.rulebook) if rule.get("measure") == "coverage"]
    return [_shortfall(run, rule) for rule in rules if rule["id"] in valued and _ways(run, rule)]


def bands_of(rule: dict[str, Any]) -> tuple[str, ...]:
    """Return the age bands an indicator is about; all of them where it names none."""
    who = rule.get("who") or ()
    named = (who,) if isinstance(who, str) else tuple(who)
    return tuple(band for band in named if band in BANDS) or BANDS


def _ways(run: RunData, rule: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the ways to be wholly served whose distances the run has; half credit is no full service."""
    ways = rule.get("reach") or [rule]
    return [
        way
        for way in ways
        if way.get("target")
        and way.get("full_m")
        and way.get("credit", 1.0) == 1.0
        and f"m_{way['target']}" in run.homes
    ]


def _shortfall(run: RunData, rule: dict[str, Any]) -> Shortfall:
    ways, bands = _ways(run, rule), bands_of(rule)
    walks = [run.homes[f"m_{way['target']}"].to_numpy(dtype=np.float64) for way in ways]
    measured = np.logical_or.reduce([~np.isnan(walk) for walk in walks]) & _in_a_unit(run)
    left_out, total = np.zeros(len(run.homes)), 0.0
    for band in bands:
        own = [k for k, way in enumerate(ways) if way is rule or not way.get("who") or band in way["who"]]
        served = np.logical_or.reduce([walks[k] <= float(ways[k]["full_m"]) for k in own], initial=False)
        weight = weights_of(run, (band,)) / (1 if run.are_children else len(bands))
        # Near the end of the data, who reaches nothing in it may still reach something beyond.
        reach_m = max((float(ways[k]["full_m"]) for k in own), default=0.0)
        known = measured & (served | (run.edge_m >= reach_m))
        left_out += np.where(known & ~served, weight, 0.0)
        total += float(weight[known].sum())
    return Shortfall(
        indicator=str(rule["id"]),
        left_out=left_out,
        total=total,
        metres=np.fmin.reduce(walks),
        full_m=min(float(way["full_m"]) for way in ways),
    )


def _in_a_unit(run: RunData) -> NDArray[np.bool_]:
    column = f"{next(iter(run.units))}_id"
    if column not in run.homes:
        return np.ones(len(run.homes), dtype=bool)
    return np.asarray(run.homes[column].notna() & (run.homes[column] != ""), dtype=bool)


def homes_left_out(run: RunData, *, most: int | None = MOST_HOMES) -> pd.DataFrame:
    """Return homes beyond an indicator's full distance, greatest weight first.

    Parameters
    ----------
    run
        A finished run.
    most
        How many rows at most; None for all.

    Returns
    -------
    Rows of `indicator, metres, full_m, weight, home_id, lon_deg, lat_deg` and a unit
    name per level; ``attrs["total"]`` is how many there are. Homes that were not measured are not listed.
    """
    parts = [_rows(one) for one in shortfalls(run)]
    total = sum(len(part) for part in parts)
    columns = ["indicator", "metres", "full_m", "weight", "at"]
    found = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
    found = found.sort_values(["weight", "indicator", "at"], ascending=[False, True, True], kind="stable")
    found = found if most is None else found.head(most)
    homes = run.homes.iloc[found["at"].to_numpy(dtype=np.int64)]
    found = found.assign(home_id=homes["home_id"].astype(str).to_numpy(), lon_deg=homes.geometry.x.to_numpy())
    found["lat_deg"] = homes.geometry.y.to_numpy()
    for level, units in run.units.items():
        names = dict(zip(units["unit_id"], units["unit_name"], strict=True))
        ids = homes[f"{level}_id"] if f"{level}_id" in homes else pd.Series("", index=homes.index)
        found[level] = [str(names.get(code, "")) for code in ids]
    found = found.drop(columns="at").reset_index(drop=True)
    found.attrs["total"] = total
    return found


def _rows(one: Shortfall) -> pd.DataFrame:
    at = np.flatnonzero(one.left_out > 0)
    return pd.DataFrame(
        {
            "indicator": one.indicator,
            "metres": one.metres[at],
            "full_m": one.full_m,
            "weight": one.left_out[at],
            "at": at,
        }
    )
