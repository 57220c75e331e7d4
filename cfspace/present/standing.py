"""How the city stands: what the report says, worked out from the tables of a run alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cfspace.present.choropleth import series_table, series_title
from cfspace.present.messages import Catalogue
from cfspace.present.rundata import RunData
from cfspace.present.shortfalls import ranges_of, unit_weights
from cfspace.present.wording import (
    band_label,
    in_language,
    is_share,
    number,
    percent,
    reason_text,
    rule_of,
    task_label,
)
from cfspace.ranges import WHOLE_CITY


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStanding:
    """One task over the units of a level.

    Parameters
    ----------
    task, name
        Its number, and its name with the number.
    score, lowest, highest
        Mean over the units with a score, weighted by their children; the lowest and the highest unit; NaN if
        none.
    low, high
        Range in which the score lies, of the whole city; NaN where it was not computed.
    varied_share
        Share of the weight of its indicators to which any cause of doubt applies.
    n_scored, n_units
        Units with a score, and all units.
    """

    task: str
    name: str
    score: float
    lowest: float
    highest: float
    low: float
    high: float
    varied_share: float
    n_scored: int
    n_units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorStanding:
    """One indicator and age band over the units of a level.

    `value` is the sum of numerators over the sum of denominators of units that have a value; `left_out` is
    the children beyond reach, for coverages alone; `statuses` counts units by status.
    """

    indicator: str
    task: str
    title: str
    meaning: str
    band: str
    is_headline: bool
    value: float
    low: float
    high: float
    value_unit: str
    goal: float
    is_less_better: bool
    is_scored: bool
    left_out: float
    statuses: dict[str, int]
    evidence: str
    confidence: str
    source: str
    reasons: tuple[str, ...]


def top_level(run: RunData) -> str:
    """Return the coarsest level."""
    return next(iter(run.units))


def finest_level(run: RunData) -> str:
    """Return the finest level."""
    return list(run.units)[-1]


def level_to_show(run: RunData, task: str, *, most_units: int | None = None) -> str:
    """Return the finest level at which a task has a score, of at most so many units; else the coarsest."""
    column = "overall" if task == "overall" else f"task_{task}"
    has = run.scores[run.scores[column].notna()]["unit_level"]
    shown = [level for level in run.units if (has == level).any()]
    small = [level for level in shown if most_units is None or len(run.units[level]) <= most_units]
    return [top_level(run), *small][-1]


def stand_by_task(run: RunData, say: Catalogue, *, level: str) -> list[TaskStanding]:
    """Return how each task stands over the units of a level."""
    table = weighted_scores(run, level)
    sure = _ranges(run, level)
    return [_task(table, task, task_label(say, task, run.rulebook), sure) for task in run.tasks]


def overall_standing(run: RunData, say: Catalogue, *, level: str) -> TaskStanding:
    """Return how the overall score stands over the units of a level."""
    table = weighted_scores(run, level).rename(columns={"overall": "task_overall"})
    return _task(table, "overall", say("task.overall"), _ranges(run, level))


def range_note(run: RunData, say: Catalogue, *, key: str = "report.range_note") -> str:
    """Return what the ranges of scores hold, empty where the run tells none."""
    found = ranges_of(run, WHOLE_CITY)
    if found.empty:
        return ""
    one = found.iloc[0]
    share = percent(say, float(one["quantile_high"] - one["quantile_low"]))
    return say(key, share=share, draws=number(say, float(one["draws"])))


def _ranges(run: RunData, level: str) -> pd.DataFrame:
    """Return the ranges of the whole city by task, which are those of its coarsest level; else nothing."""
    sure = ranges_of(run, WHOLE_CITY if level == top_level(run) else "")
    return sure.droplevel("unit_id")


def weighted_scores(run: RunData, level: str) -> pd.DataFrame:
    """Return the scores of a level; `children` is what each unit weighs, whatever the weight is."""
    table = run.scores[run.scores["unit_level"] == level]
    return table.assign(children=table["unit_id"].map(unit_weights(run, level)))


def _task(table: pd.DataFrame, task: str, name: str, sure: pd.DataFrame) -> TaskStanding:
    scores = table[f"task_{task}"]
    has = scores.notna()
    ends = dict.fromkeys(("score_low", "score_high", "varied_share"), np.nan)
    if task in sure.index:
        ends = {name: float(sure[name].astype("float64")[task]) for name in ends}
    return TaskStanding(
        task=task,
        name=name,
        score=weighted_mean(scores, table["children"]),
        lowest=float(scores.min()) if has.any() else np.nan,
        highest=float(scores.max()) if has.any() else np.nan,
        low=ends["score_low"],
        high=ends["score_high"],
        varied_share=ends["varied_share"],
        n_scored=int(has.sum()),
        n_units=len(table),
    )


def weighted_mean(values: pd.Series[float], weights: pd.Series[float]) -> float:
    """Return the mean of the known values by weight; all weigh alike where no weight is known.

    Examples
    --------
    >>> weighted_mean(pd.Series([0.0, 90.0, np.nan]), pd.Series([1.0, 2.0, 5.0]))
    60.0
    """
    has = values.notna()
    if not has.any():
        return float("nan")
    weight = weights[has].fillna(0.0)
    if weight.sum() <= 0:
        return float(values[has].mean())
    return float((values[has] * weight).sum() / weight.sum())


def stand_by_indicator(run: RunData, say: Catalogue, *, level: str) -> list[IndicatorStanding]:
    """Return how each indicator and age band stands over the units of a level, in the rulebook's order."""
    rows = run.coverage[run.coverage["unit_level"] == level]
    groups = dict(iter(rows.groupby(["indicator", "age_band"], sort=False)))
    reasons = _reasons(run, say.lang)
    found = []
    for series in series_table(run).itertuples():
        mine = groups.get((series.indicator, series.age_band))
        if mine is not None:
            found.append(_indicator(run, say, series, mine, reasons.get(str(series.indicator), ())))
    return found


def _indicator(
    run: RunData, say: Catalogue, series: Any, rows: pd.DataFrame, reasons: tuple[str, ...]
) -> IndicatorStanding:
    rule = rule_of(run.rulebook, series.indicator)
    known = rows[rows["value"].notna() & rows["status"].isin(["ok", "few_children"])]
    numerator, denominator = float(known["numerator"].sum()), float(known["denominator"].sum())
    value = numerator / denominator if denominator > 0 else weighted_mean(known["value"], known["children"])
    per = _per(known)
    is_walk = rule.get("measure") == "coverage" and is_share(series.value_unit)
    return IndicatorStanding(
        indicator=series.indicator,
        task=series.task,
        title=series_title(run, series, say.lang),
        meaning=in_language(rule.get("meaning", ""), say.lang),
        band=band_label(say, series.age_band),
        is_headline=bool(series.headline),
        value=value * per,
        low=weighted_mean(known["value_low"], known["denominator"]),
        high=weighted_mean(known["value_high"], known["denominator"]),
        value_unit=series.value_unit,
        goal=float(series.goal) if pd.notna(series.goal) else np.nan,
        is_less_better=rule.get("better") == "less",
        is_scored=bool(rows["scored"].any()),
        left_out=(denominator - numerator) / _times_counted(run, rule) if is_walk else np.nan,
        statuses={str(k): int(v) for k, v in rows["status"].value_counts().sort_index().items()},
        evidence=next((say(f"evidence.{e}", default=e) for e in rows["evidence"] if e), ""),
        confidence=say(f"confidence.{series.confidence}", default=series.confidence),
        source=in_language(rule["source"], say.lang) if rule.get("source") else series.source,
        reasons=reasons,
    )


def _times_counted(run: RunData, rule: dict[str, Any]) -> int:
    """Return how often the sums of an indicator count a home: once a band where weights are not children."""
    who = rule.get("who") or []
    return 1 if run.are_children or isinstance(who, str) else max(1, len(who))


def _per(known: pd.DataFrame) -> float:
    """Return by what numerator over denominator is multiplied to give the value (per 1,000, per 100)."""
    rows = known[(known["numerator"] > 0) & (known["denominator"] > 0) & (known["value"] > 0)]
    if rows.empty:
        return 1.0
    return float(np.median(rows["value"] * rows["denominator"] / rows["numerator"]))


def _reasons(run: RunData, lang: str) -> dict[str, tuple[str, ...]]:
    """Return the reasons given for an indicator anywhere, most frequent first."""
    counts: dict[str, dict[str, int]] = {}
    for entry in run.meta.get("reasons") or []:
        texts = counts.setdefault(str(entry.get("indicator")), {})
        text = reason_text(entry, lang)
        texts[text] = texts.get(text, 0) + 1
    return {key: tuple(sorted(texts, key=lambda t: (-texts[t], t))) for key, texts in counts.items()}


GOAL_STATES = ("reached", "unsure", "missed", "unknown")
"""How a value can stand to its goal, best first."""


def against_goal(row: IndicatorStanding) -> str:
    """Return how an indicator stands to its goal; ``unsure`` where its interval holds the goal.

    A goal is reached where the whole interval has reached it, and missed where none of it has.
    """
    if not (np.isfinite(row.value) and np.isfinite(row.goal)):
        return "unknown"
    ends = [row.value, *(end for end in (row.low, row.high) if np.isfinite(end))]
    reached = [end <= row.goal if row.is_less_better else end >= row.goal for end in ends]
    return "reached" if all(reached) else "unsure" if any(reached) else "missed"


def gaps(standings: list[IndicatorStanding], *, n: int = 5) -> list[IndicatorStanding]:
    """Return the coverages that leave out most, one row an indicator: that of all its bands together."""
    walks = [
        s for s in standings if s.is_headline and s.is_scored and np.isfinite(s.left_out) and s.left_out > 0
    ]
    return sorted(walks, key=lambda s: (-s.left_out, s.indicator))[:n]


def unknowns(standings: list[IndicatorStanding]) -> list[IndicatorStanding]:
    """Return the indicators that say nothing in some unit for want of data."""
    return [s for s in standings if s.is_headline and s.statuses.get("no_data", 0) > 0]


def partial_units(run: RunData, *, level: str) -> list[str]:
    """Return the names of the units that lie only partly inside the data."""
    units = run.units[level]
    return [str(name) for name in units.loc[units["covered_share"] < 0.9, "unit_name"]]
