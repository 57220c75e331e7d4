"""How sure ranks are: the scores drawn anew, each cause of doubt somewhere in its range."""

from __future__ import annotations

from math import ceil
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cfspace.config.rulebook import Rulebook
from cfspace.draws import Floats, draw, known_scores, overall_scores, range_of

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
    Scores are drawn as `cfspace.draws.draw` tells. Same seed, same ranks.
    """
    rows = coverage[coverage["scored"].astype(bool) & coverage["score"].notna()]
    parts = []
    for place, level in enumerate(dict.fromkeys(scores["unit_level"])):
        own = scores[scores["unit_level"] == level]
        rng = np.random.default_rng([rulebook.uncertainty.seed, place])
        parts.append(_of_level(rulebook, own, rows[rows["unit_level"] == level], causes, rng))
    return pd.concat(parts, ignore_index=True)[[*RANK_COLUMNS]]


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
        known = known_scores(rulebook, scores["unit_id"].iloc[ranked], rows, causes)
        sizes = np.diff([*range(0, doubt.draws, DRAWS_AT_ONCE), doubt.draws])
        overall = np.concatenate([overall_scores(rulebook, known, draw(known, int(n), rng)) for n in sizes])
        ranks = _ranks(overall)
        for name, drawn in (("overall", overall), ("rank", ranks.astype(np.float64))):
            low, high = range_of(drawn, columns[name][ranked], interval=doubt.interval)
            columns[f"{name}_low"][ranked], columns[f"{name}_high"][ranked] = low, high
        if len(ranked) >= LEAST_UNITS:
            last = ranks > len(ranked) - ceil(len(ranked) / 4)
            columns["worst_quarter_chance"][ranked] = last.mean(axis=0)
    table = scores[["unit_level", "unit_id", "unit_name"]].assign(**columns)
    whole = dict.fromkeys(("rank", "rank_low", "rank_high"), "Int64")
    return table.assign(n_ranked=len(ranked)).astype(whole)


def _ranks(overall: Floats) -> NDArray[np.int64]:
    """Return the rank in each draw: 1 is the best, equal scores share the better one."""
    rounded = np.round(overall / TOLD_APART)
    return np.array(
        [len(row) - np.searchsorted(np.sort(row), row, side="right") + 1 for row in rounded], dtype=np.int64
    )
