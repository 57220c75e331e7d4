"""Scores per unit: tasks, overall, how much of the weight had data, and rank."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cfspace.config.rulebook import Rulebook
from cfspace.indicators.city import City
from cfspace.indicators.sums import UnitSums, children_of_units

WITH_SCORE: Final = ("ok", "few_children")
"""Statuses whose score enters a task."""


def score_columns(rulebook: Rulebook) -> tuple[str, ...]:
    """Return the columns of scores.csv for a rulebook, in order.

    Examples
    --------
    >>> from cfspace.rulebooks import load_rulebook
    >>> score_columns(load_rulebook("sdg-who"))
    ('unit_level', 'unit_id', 'unit_name', 'task_11', 'overall', 'data_share', 'rank', 'children')
    """
    tasks = [f"task_{task.number}" for task in rulebook.task]
    return ("unit_level", "unit_id", "unit_name", *tasks, "overall", "data_share", "rank", "children")


def score(rulebook: Rulebook, city: City, coverage: pd.DataFrame) -> pd.DataFrame:
    """Return, per unit, the score of every task and overall.

    A task's score is the mean of its scored indicators that have data in the unit, by their weights. The
    overall score is the mean of the tasks that have a score, by theirs; a task of weight 0 (childcare and
    kindergartens, in ``jilin-2022``) has a score and no part in it. `data_share` is the share of the weight
    of the indicators of tasks that count which had data. Within a level rank 1 is the best overall; equal
    scores share the better rank. A unit with no overall score, or with fewer children than the rulebook's
    `few_children_below`, has no rank.

    Parameters
    ----------
    rulebook
        Weights, and which tasks there are.
    city
        The city that was evaluated.
    coverage
        What `cfspace.indicators.evaluate` returned.

    Returns
    -------
    `score_columns(rulebook)`, sorted by level (coarse first) and unit; scores 0-100, NaN where there is no
    data.
    """
    weights = {rule.id: rule.weight for rule in rulebook.indicator}
    rows = coverage[coverage["scored"].astype(bool)]
    rows = rows.assign(
        weight=rows["indicator"].map(weights).astype(float),
        has_score=rows["status"].isin(WITH_SCORE) & rows["score"].notna(),
    )
    levels = [
        _of_level(rulebook, city, rows[rows["unit_level"] == level], level) for level in city.units.levels
    ]
    return pd.concat(levels, ignore_index=True)[[*score_columns(rulebook)]]


def told_reasons(coverage: pd.DataFrame) -> list[dict[str, Any]]:
    """Return why an indicator has no value in a unit, in both languages, for ``run.json``.

    Parameters
    ----------
    coverage
        What `cfspace.indicators.evaluate` returned.

    Returns
    -------
    `unit_level`, `unit_id`, `indicator`, and `reason` as a table of ``zh`` and ``en``.
    """
    silent = coverage[(coverage["status"] == "no_data") & (coverage["reason_en"] != "")]
    silent = silent.drop_duplicates(["unit_level", "unit_id", "indicator"], keep="last")
    names = ("unit_level", "unit_id", "indicator", "reason_zh", "reason_en")
    columns = [silent[name].to_numpy(object).tolist() for name in names]
    return [
        {"unit_level": level, "unit_id": unit, "indicator": indicator, "reason": {"zh": zh, "en": en}}
        for level, unit, indicator, zh, en in zip(*columns, strict=True)
    ]


def told_notes(coverage: pd.DataFrame) -> list[dict[str, Any]]:
    """Return what of each indicator is not known: `indicator`, and `note` as a table of ``zh`` and ``en``."""
    told = coverage[coverage["note_en"] != ""].drop_duplicates("indicator")
    return [
        {"indicator": row.indicator, "note": {"zh": row.note_zh, "en": row.note_en}}
        for row in told.itertuples(index=False)
    ]


def _of_level(rulebook: Rulebook, city: City, rows: pd.DataFrame, level: str) -> pd.DataFrame:
    units = city.units.frames[level].sort_values("unit_id", kind="stable")
    names = {"unit_id": units["unit_id"].to_numpy(), "unit_name": units["unit_name"].to_numpy()}
    unit_ids = pd.Index(units["unit_id"])
    by_task = _by_task(rulebook, rows, unit_ids)
    table = pd.DataFrame({"unit_level": level, **names, **by_task})
    table["overall"] = _overall(rulebook, table)
    table["data_share"] = _data_share(rulebook, rows, unit_ids)
    table["children"] = _children(city, level, unit_ids)
    few = table["children"] < rulebook.few_children_below
    if city.weights == "children":
        few |= table["children"].isna()
    table["rank"] = table["overall"].where(~few).rank(ascending=False, method="min").astype("Int64")
    return table


def _by_task(rulebook: Rulebook, rows: pd.DataFrame, unit_ids: pd.Index) -> dict[str, NDArray[np.float64]]:
    scored = rows[rows["has_score"]]
    keys = [scored["unit_id"], scored["task"]]
    products = (scored["score"] * scored["weight"]).groupby(keys).sum()
    means = (products / scored["weight"].groupby(keys).sum()).unstack("task").reindex(index=unit_ids)
    table = means.reindex(columns=[task.number for task in rulebook.task]).to_numpy(dtype=np.float64)
    return {f"task_{task.number}": table[:, column] for column, task in enumerate(rulebook.task)}


def _overall(rulebook: Rulebook, table: pd.DataFrame) -> pd.Series:
    weights = pd.Series({f"task_{task.number}": task.weight for task in rulebook.task if task.weight > 0})
    scores = table[[*weights.index]]
    total = (scores.notna() * weights).sum(axis=1)
    return (scores.fillna(0.0) * weights).sum(axis=1) / total.where(total > 0)


def _data_share(rulebook: Rulebook, rows: pd.DataFrame, unit_ids: pd.Index) -> NDArray[np.float64]:
    counting = rows[rows["task"].isin([task.number for task in rulebook.task if task.weight > 0])]
    total = counting["weight"].groupby(counting["unit_id"]).sum().reindex(unit_ids)
    had = (counting["weight"] * counting["has_score"]).groupby(counting["unit_id"]).sum().reindex(unit_ids)
    return np.asarray(had / total, dtype=np.float64)


def _children(city: City, level: str, unit_ids: pd.Index) -> NDArray[np.float64]:
    children = children_of_units(UnitSums(city), (), level)
    known = pd.Series(children, index=city.units.frames[level]["unit_id"]).reindex(unit_ids)
    return np.asarray(known, dtype=np.float64)
