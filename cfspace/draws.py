"""Scores drawn anew: each cause of doubt somewhere in its range, for how sure scores and ranks are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cfspace.config.rulebook import Rulebook, Task

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownScores:
    """Scores of the units of a level (rows) by the indicators that are scored (columns).

    Attributes
    ----------
    told
        NaN where there is none.
    ends
        By cause, lowest and highest; as told where the cause plays no part.
    varied
        Whether any cause applies.
    weights, tasks
        Of each indicator.
    """

    told: Floats
    ends: dict[str, tuple[Floats, Floats]]
    varied: NDArray[np.bool_]
    weights: Floats
    tasks: NDArray[np.int64]


def known_scores(
    rulebook: Rulebook, unit_ids: pd.Series, rows: pd.DataFrame, causes: pd.DataFrame
) -> KnownScores:
    """Return the scores of some units of a level, and how far each cause may move them.

    Parameters
    ----------
    rulebook
        Weights and tasks of the indicators.
    unit_ids
        The units, in the order of the rows that are returned.
    rows
        The rows of ``coverage.csv`` of that level that have a score.
    causes
        ``uncertainty.csv``.
    """
    scored = set(rows["indicator"])
    rules = [rule for rule in rulebook.indicator if rule.id in scored]
    columns, every = pd.Index([rule.id for rule in rules]), pd.Index(rows["unit_id"].unique())
    told, bands = _told(rows, every, columns)
    level = rows["unit_level"].iloc[0] if len(rows) else ""
    own = causes[causes["unit_level"].eq(level) & causes["unit_id"].isin(every)]
    own = own[own["indicator"].isin(columns)]
    unit, rule = every.get_indexer(pd.Index(own["unit_id"])), columns.get_indexer(pd.Index(own["indicator"]))
    # The rows of single age bands are scored nowhere: a cause counts where it is of the row that is.
    meant = bands[unit, rule] == own["age_band"].to_numpy(object)
    own, unit, rule = own[meant], unit[meant], rule[meant]
    names, pick = own["cause"].to_numpy(object), every.get_indexer(pd.Index(unit_ids))
    ends, varied = {}, np.zeros((len(pick), len(rules)), dtype=bool)
    for cause in sorted(set(names.tolist())):
        here, sides = names == cause, []
        for name in ("score_low", "score_high"):
            side = np.full(told.shape, np.nan)
            side[unit[here], rule[here]] = own[name].to_numpy(np.float64)[here]
            sides.append(side)
        moved = ~np.isnan(sides[0]) & ~np.isnan(sides[1])
        varied |= moved[pick] & (pick >= 0)[:, None]
        low, high = (_of_units(np.where(np.isnan(side), told, side), pick) for side in sides)
        ends[str(cause)] = (low, high)
    told = _of_units(told, pick)
    return KnownScores(
        told=told,
        ends=ends,
        varied=varied,
        weights=np.array([rule.weight for rule in rules]),
        tasks=np.array([rule.task for rule in rules], dtype=np.int64),
    )


def _told(rows: pd.DataFrame, units: pd.Index, rules: pd.Index) -> tuple[Floats, NDArray[np.object_]]:
    """Return scores and age bands of rows, by unit and indicator; NaN and None where there is no row."""
    at = units.get_indexer(pd.Index(rows["unit_id"])), rules.get_indexer(pd.Index(rows["indicator"]))
    told, bands = np.full((len(units), len(rules)), np.nan), np.full((len(units), len(rules)), None, object)
    told[at], bands[at] = rows["score"].to_numpy(np.float64), rows["age_band"].to_numpy(object)
    return told, bands


def _of_units(matrix: Floats, pick: NDArray[np.int64]) -> Floats:
    """Return some rows of a matrix, NaN where the position is -1."""
    if not len(matrix):
        return np.full((len(pick), matrix.shape[1]), np.nan)
    return np.where((pick >= 0)[:, None], matrix[pick], np.nan)


def draw(
    known: KnownScores, n_draws: int, rng: np.random.Generator, *, walks: Floats | None = None
) -> Floats:
    """Return scores drawn anew, shape (n_draws, n_units, n_indicators).

    In each draw every cause takes a score between its `score_low` and `score_high`, the one told the
    likeliest (triangular), and what causes add or take away is added up, within 0 to 100. Walks are off
    alike everywhere (one draw for all units and indicators), children are placed by unit (one draw for all
    its indicators), lists and answers are off by unit and indicator.

    Parameters
    ----------
    known
        Scores of some units.
    n_draws
        How often.
    rng
        Where chances come from.
    walks
        Chance by draw that walks take, where other units share it; else they are drawn too.
    """
    n_units, n_rules = known.told.shape
    shapes = {"walks": (n_draws, 1, 1), "placement": (n_draws, n_units, 1)}
    drawn = np.repeat(known.told[None], n_draws, axis=0)
    for cause, (low, high) in known.ends.items():
        if cause == "walks" and walks is not None:
            chance = walks[:, None, None]
        else:
            chance = rng.random(shapes.get(cause, (n_draws, n_units, n_rules)))
        drawn += triangular(chance, low, known.told, high) - known.told
    return np.clip(drawn, 0.0, 100.0)


def triangular(chance: Floats, low: Floats, mode: Floats, high: Floats) -> Floats:
    """Return the quantile at `chance` of triangular distributions; where all three are one, that.

    Examples
    --------
    >>> triangular(np.array([0.0, 0.25, 0.5, 1.0]), np.array(0.0), np.array(1.0), np.array(2.0)).round(4)
    array([0.    , 0.7071, 1.    , 2.    ])
    """
    width = high - low
    falls = chance * width > mode - low
    up = low + np.sqrt(np.maximum(chance * width * (mode - low), 0.0))
    down = high - np.sqrt(np.maximum((1.0 - chance) * width * (high - mode), 0.0))
    return np.asarray(np.where(falls, down, up), dtype=np.float64)


def task_scores(known: KnownScores, drawn: Floats, task: Task) -> tuple[Floats, NDArray[np.bool_]]:
    """Return a task's score per draw and unit, and which units have one, as `cfspace.scores.score` does.

    Where a unit has none, 0 stands.
    """
    own = known.tasks == task.number
    weights = ~np.isnan(known.told[:, own]) * known.weights[own]
    there = weights.sum(axis=1)
    sums = (np.nan_to_num(drawn[:, :, own]) * weights).sum(axis=2)
    return np.where(there > 0, sums / np.where(there > 0, there, 1.0), 0.0), there > 0


def overall_scores(rulebook: Rulebook, known: KnownScores, drawn: Floats) -> Floats:
    """Return the overall score per draw and unit, as `cfspace.scores.score` does; NaN where there is none."""
    total, weight = np.zeros(drawn.shape[:2]), np.zeros(drawn.shape[1])
    for task in rulebook.task:
        if task.weight > 0:
            scores, there = task_scores(known, drawn, task)
            total += task.weight * scores
            weight += task.weight * there
    return np.asarray(total / np.where(weight > 0, weight, np.nan), dtype=np.float64)


def range_of(drawn: Floats, told: Floats, *, interval: float) -> tuple[Floats, Floats]:
    """Return the ends that hold the middle share `interval` of draws (rows), and always the figure told.

    Examples
    --------
    >>> low, high = range_of(np.arange(101.0)[:, None], np.array([50.0]), interval=0.9)
    >>> low.tolist(), high.tolist()
    ([5.0], [95.0])
    >>> range_of(np.full((9, 1), 7.0), np.array([5.0]), interval=0.9)[0].tolist()
    [5.0]
    """
    tail = (1.0 - interval) / 2.0
    ends = np.quantile(drawn, [tail, 1.0 - tail], axis=0, method="inverted_cdf")
    return np.fmin(ends[0], told), np.fmax(ends[1], told)
