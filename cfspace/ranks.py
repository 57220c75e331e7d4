"""How sure ranks are: the scores drawn anew, each cause of doubt somewhere in its range."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cfspace.config.rulebook import Rulebook

Floats = NDArray[np.float64]

RANK_COLUMNS: Final = (
    "unit_level",
    "unit_id",
    "unit_name",
    "overall",
    "overall_low",
    "overall_high",
    "rank",
    "rank_low",
    "rank_high",
    "worst_quarter_chance",
    "n_ranked",
)
"""The columns of ranks.csv, in order."""

LEAST_UNITS: Final = 4
"""Fewer units have no worst quarter."""
DRAWS_AT_ONCE: Final = 50
TOLD_APART: Final = 1e-9
"""Scores nearer to each other than this share a rank."""


def rank_intervals(
    rulebook: Rulebook, scores: pd.DataFrame, coverage: pd.DataFrame, causes: pd.DataFrame
) -> pd.DataFrame:
    """Return how sure the rank of each unit is.

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

    Returns
    -------
    `RANK_COLUMNS`: a row per unit in the order of `scores`. `overall_low` to `overall_high` and `rank_low` to
    `rank_high` (1 is the best) hold the middle share `interval` of the draws, and the figure told;
    `worst_quarter_chance` is the share of draws in which the unit is among the last quarter of the
    `n_ranked` units of its level (rounded up), blank where fewer than 4 are ranked. Blank where a unit has no
    rank.

    Notes
    -----
    In each draw every cause takes a score between its `score_low` and `score_high`, the one told the
    likeliest (triangular), and what causes add or take away is added up, within 0 to 100. Walks are off
    alike everywhere (one draw for all units and indicators), children are placed by unit (one draw for all
    its indicators), lists and answers are off by unit and indicator. Same seed, same ranks.
    """
    rows = coverage[coverage["scored"].astype(bool) & coverage["score"].notna()]
    parts = []
    for place, level in enumerate(dict.fromkeys(scores["unit_level"])):
        own = scores[scores["unit_level"] == level]
        rng = np.random.default_rng([rulebook.uncertainty.seed, place])
        parts.append(_of_level(rulebook, own, rows[rows["unit_level"] == level], causes, rng))
    return pd.concat(parts, ignore_index=True)[[*RANK_COLUMNS]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scores:
    """Scores of the units of a level (rows) by the indicators that are scored (columns).

    Attributes
    ----------
    told
        NaN where there is none.
    ends
        By cause, lowest and highest; as told where the cause plays no part.
    weights, tasks
        Of each indicator.
    """

    told: Floats
    ends: dict[str, tuple[Floats, Floats]]
    weights: Floats
    tasks: NDArray[np.int64]


def _of_level(
    rulebook: Rulebook,
    scores: pd.DataFrame,
    rows: pd.DataFrame,
    causes: pd.DataFrame,
    rng: np.random.Generator,
) -> pd.DataFrame:
    doubt, n_units = rulebook.uncertainty, len(scores)
    columns = {name: np.full(n_units, np.nan) for name in RANK_COLUMNS[3:10]}
    columns |= {name: scores[name].to_numpy(np.float64) for name in ("overall", "rank")}
    ranked = np.flatnonzero(scores["rank"].notna())
    if len(ranked):
        known = _matrices(rulebook, scores["unit_id"].iloc[ranked], rows, causes)
        sizes = np.diff([*range(0, doubt.draws, DRAWS_AT_ONCE), doubt.draws])
        overall = np.concatenate([_overall(rulebook, known, _draw(known, int(n), rng)) for n in sizes])
        ranks = _ranks(overall)
        tail = (1.0 - doubt.interval) / 2.0
        for name, drawn in (("overall", overall), ("rank", ranks)):
            ends = np.quantile(drawn, [tail, 1.0 - tail], axis=0, method="inverted_cdf")
            columns[f"{name}_low"][ranked] = np.fmin(ends[0], columns[name][ranked])
            columns[f"{name}_high"][ranked] = np.fmax(ends[1], columns[name][ranked])
        if len(ranked) >= LEAST_UNITS:
            last = ranks > len(ranked) - ceil(len(ranked) / 4)
            columns["worst_quarter_chance"][ranked] = last.mean(axis=0)
    table = scores[["unit_level", "unit_id", "unit_name"]].assign(**columns)
    whole = dict.fromkeys(("rank", "rank_low", "rank_high"), "Int64")
    return table.assign(n_ranked=len(ranked)).astype(whole)


def _matrices(rulebook: Rulebook, unit_ids: pd.Series, rows: pd.DataFrame, causes: pd.DataFrame) -> _Scores:
    rules = [rule for rule in rulebook.indicator if rule.id in set(rows["indicator"])]
    columns = pd.Index([rule.id for rule in rules])
    units = pd.Index(unit_ids)
    told = rows.pivot(index="unit_id", columns="indicator", values="score").reindex(
        index=units, columns=columns
    )
    level = rows["unit_level"].iloc[0] if len(rows) else ""
    own = causes[causes["unit_level"] == level].merge(
        rows[["unit_id", "indicator", "age_band"]], on=["unit_id", "indicator", "age_band"]
    )
    ends = {}
    for cause, found in own.groupby("cause", sort=True):
        sides = [
            found.pivot(index="unit_id", columns="indicator", values=name)
            .reindex(index=units, columns=columns)
            .fillna(told)
            .to_numpy(np.float64)
            for name in ("score_low", "score_high")
        ]
        ends[str(cause)] = (sides[0], sides[1])
    return _Scores(
        told=told.to_numpy(np.float64),
        ends=ends,
        weights=np.array([rule.weight for rule in rules]),
        tasks=np.array([rule.task for rule in rules], dtype=np.int64),
    )


def _draw(known: _Scores, n_draws: int, rng: np.random.Generator) -> Floats:
    """Return scores drawn anew, shape (n_draws, n_units, n_indicators)."""
    n_units, n_rules = known.told.shape
    shapes = {"walks": (n_draws, 1, 1), "placement": (n_draws, n_units, 1)}
    drawn = np.repeat(known.told[None], n_draws, axis=0)
    for cause, (low, high) in known.ends.items():
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


def _overall(rulebook: Rulebook, known: _Scores, drawn: Floats) -> Floats:
    """Return the overall scores of draws, shape (n_draws, n_units), as `cfspace.scores.score` makes them."""
    has = ~np.isnan(known.told)
    total, weight = np.zeros(drawn.shape[:2]), np.zeros(drawn.shape[1])
    for task in rulebook.task:
        own = (known.tasks == task.number) & (task.weight > 0)
        weights = has[:, own] * known.weights[own]
        there = weights.sum(axis=1)
        sums = (np.nan_to_num(drawn[:, :, own]) * weights).sum(axis=2)
        total += task.weight * np.where(there > 0, sums / np.where(there > 0, there, 1.0), 0.0)
        weight += task.weight * (there > 0)
    return np.asarray(total / np.where(weight > 0, weight, np.nan), dtype=np.float64)


def _ranks(overall: Floats) -> NDArray[np.int64]:
    """Return the rank in each draw: 1 is the best, equal scores share the better one."""
    rounded = np.round(overall / TOLD_APART)
    return np.array(
        [len(row) - np.searchsorted(np.sort(row), row, side="right") + 1 for row in rounded], dtype=np.int64
    )
