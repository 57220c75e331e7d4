"""How sure the scores of tasks are, in each unit and in the whole city."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cfspace.config.rulebook import Rulebook
from cfspace.draws import Floats, KnownScores, draw, known_scores, overall_scores, range_of, task_scores
from cfspace.indicators.city import City
from cfspace.indicators.outcome import Amounts
from cfspace.indicators.sums import UnitSums

RANGE_COLUMNS: Final = (
    "unit_level",
    "unit_id",
    "unit_name",
    "task",
    "score",
    "score_low",
    "score_high",
    "varied_share",
    "quantile_low",
    "quantile_high",
    "draws",
)
"""The columns of task_ranges.csv, in order."""

WHOLE_CITY: Final = "all"
"""What stands for a level where a row is about all units of the coarsest level together."""

UNITS_AT_ONCE: Final = 128
TOLD_APART: Final = 1e-9
"""Scores nearer to each other than this are one."""
_STREAM: Final = 1
"""Set apart from the draws of ranks, which have a stream of their own."""


def city_weights(city: City) -> pd.Series:
    """Return what each unit of the coarsest level weighs in the whole city, by its id.

    That is its children; where a study has no counts of children, the floor area or residents of its homes,
    by which shares are weighted too.
    """
    level = city.units.levels[0]
    sums = UnitSums(city).sum(Amounts(of="homes", values=city.children(())), level)
    return pd.Series(sums, index=city.units.frames[level]["unit_id"])


def task_ranges(
    rulebook: Rulebook,
    scores: pd.DataFrame,
    coverage: pd.DataFrame,
    causes: pd.DataFrame,
    *,
    weights: pd.Series,
) -> pd.DataFrame:
    """Return how sure the score of each task is.

    Parameters
    ----------
    rulebook
        Weights, and under ``uncertainty`` how often to draw, from which seed, and the interval.
    scores
        ``scores.csv``.
    coverage
        ``coverage.csv``.
    causes
        ``uncertainty.csv``.
    weights
        By id of the units of the coarsest level, what each weighs in the whole city: `city_weights`.

    Returns
    -------
    `RANGE_COLUMNS`: first the whole city (`unit_level` is ``all``, no id and no name), a row per task and
    one for the overall score (`task` is ``overall``); then a row per unit and task, in the order of `scores`.
    `score` of a unit is that of ``scores.csv``; that of the city is the mean of the units of the coarsest
    level that have one, by `weights` (alike where these weigh nothing). `score_low` to `score_high` hold the
    draws between the two quantiles, and the score told. `varied_share` is the share of the weight of the
    indicators behind the score that any cause applies to; the others stay as told in every draw. Where it is
    0 nothing was computed, and the ends are blank.

    Notes
    -----
    Scores are drawn as `cfspace.draws.draw` tells, walks off alike in all units. Same seed, same ranges.
    """
    rows = coverage[coverage["scored"].astype(bool) & coverage["score"].notna()]
    parts = []
    for place, level in enumerate(dict.fromkeys(scores["unit_level"])):
        own = scores[scores["unit_level"] == level].reset_index(drop=True)
        drawn = _Draws(rulebook, own, rows[rows["unit_level"] == level], causes, place)
        if place == 0:
            parts.append(_of_city(rulebook, own, drawn, weights.reindex(own["unit_id"]).to_numpy(np.float64)))
        parts.append(_of_units(rulebook, own, drawn))
    doubt = rulebook.uncertainty
    tail = round((1.0 - doubt.interval) / 2.0, 12)
    found = pd.concat(parts, ignore_index=True)
    found = found.assign(quantile_low=tail, quantile_high=1.0 - tail, draws=doubt.draws)
    blank = ~(found["varied_share"] > 0)
    found.loc[blank, ["score_low", "score_high"]] = np.nan
    return found[[*RANGE_COLUMNS]]


@dataclass(frozen=True, slots=True)
class _Draws:
    """Scores of the units of a level drawn anew, some units at a time; asked again, the same draws."""

    rulebook: Rulebook
    scores: pd.DataFrame
    rows: pd.DataFrame
    causes: pd.DataFrame
    place: int

    def __iter__(self) -> Iterator[tuple[slice, KnownScores, Floats]]:
        """Yield which units, their known scores, and what was drawn."""
        doubt = self.rulebook.uncertainty
        seed = [doubt.seed, self.place, _STREAM]
        walks = np.random.default_rng(seed).random(doubt.draws)
        for start in range(0, len(self.scores), UNITS_AT_ONCE):
            some = slice(start, start + UNITS_AT_ONCE)
            known = known_scores(self.rulebook, self.scores["unit_id"].iloc[some], self.rows, self.causes)
            rng = np.random.default_rng([*seed, start])
            yield some, known, draw(known, doubt.draws, rng, walks=walks)


def _of_units(rulebook: Rulebook, scores: pd.DataFrame, draws: _Draws) -> pd.DataFrame:
    """Return a row per unit and task."""
    told = scores[[f"task_{task.number}" for task in rulebook.task]].to_numpy(np.float64)
    low, high, varied = (np.full(told.shape, np.nan) for _ in range(3))
    for some, known, drawn in draws:
        for k, task in enumerate(rulebook.task):
            of_task, has = task_scores(known, drawn, task)
            at = np.arange(len(scores))[some][has]
            ends = _ends(rulebook, of_task[:, has], told[at, k])
            low[at, k], high[at, k] = ends
            varied[at, k] = _varied_share(known, known.tasks == task.number)[has]
    named = scores[["unit_level", "unit_id", "unit_name"]]
    table = named.loc[named.index.repeat(told.shape[1])].reset_index(drop=True)
    names = [str(task.number) for task in rulebook.task] * len(scores)
    columns = {"score": told, "score_low": low, "score_high": high, "varied_share": varied}
    return table.assign(task=names, **{name: values.ravel() for name, values in columns.items()})


def _of_city(rulebook: Rulebook, scores: pd.DataFrame, draws: _Draws, weights: Floats) -> pd.DataFrame:
    """Return a row per task, and one of the overall score, of all units of the coarsest level together."""
    names = [*(f"task_{task.number}" for task in rulebook.task), "overall"]
    told = scores[names].to_numpy(np.float64)
    shares = np.stack([_shares(column, weights) for column in told.T], axis=1)
    total, varied = np.zeros((rulebook.uncertainty.draws, len(names))), np.zeros(len(names))
    for some, known, drawn in draws:
        parts = [task_scores(known, drawn, task)[0] for task in rulebook.task]
        chosen = [known.tasks == task.number for task in rulebook.task]
        counts = [task.number for task in rulebook.task if task.weight > 0]
        parts.append(overall_scores(rulebook, known, drawn))
        chosen.append(np.isin(known.tasks, counts))
        for k, (part, own) in enumerate(zip(parts, chosen, strict=True)):
            total[:, k] += (np.nan_to_num(part) * shares[some, k]).sum(axis=1)
            varied[k] += (np.nan_to_num(_varied_share(known, own)) * shares[some, k]).sum()
    score = np.where(shares.any(axis=0), (np.nan_to_num(told) * shares).sum(axis=0), np.nan)
    low, high = _ends(rulebook, total, score)
    return pd.DataFrame(
        {
            "unit_level": WHOLE_CITY,
            "unit_id": "",
            "unit_name": "",
            "task": [name.removeprefix("task_") for name in names],
            "score": score,
            "score_low": low,
            "score_high": high,
            "varied_share": varied,
        }
    )


def _ends(rulebook: Rulebook, drawn: Floats, told: Floats) -> tuple[Floats, Floats]:
    """Return the ends of ranges; what sums in another order add to a score is no width."""
    low, high = range_of(drawn, told, interval=rulebook.uncertainty.interval)
    return np.where(told - low < TOLD_APART, told, low), np.where(high - told < TOLD_APART, told, high)


def _shares(told: Floats, weights: Floats) -> Floats:
    """Return what part of the city's score each unit makes up; 0 where it has no score.

    Examples
    --------
    >>> _shares(np.array([50.0, np.nan, 70.0]), np.array([1.0, 6.0, 3.0])).tolist()
    [0.25, 0.0, 0.75]
    """
    has = ~np.isnan(told)
    own = np.where(has, np.nan_to_num(weights), 0.0)
    own = own if own.sum() > 0 else has.astype(np.float64)
    return own / own.sum() if has.any() else own


def _varied_share(known: KnownScores, own: NDArray[np.bool_]) -> Floats:
    """Return per unit the share of the weight of some indicators with a score that any cause applies to."""
    weights = ~np.isnan(known.told[:, own]) * known.weights[own]
    there = weights.sum(axis=1)
    varied = (weights * known.varied[:, own]).sum(axis=1)
    return np.where(there > 0, varied / np.where(there > 0, there, 1.0), np.nan)
