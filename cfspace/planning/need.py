"""How much a unit needs: one figure by which pilots are chosen, in one place for every ranking."""

from __future__ import annotations

from typing import Final

import pandas as pd

N_CANDIDATES: Final = 10
"""How many units of a level are named as pilot candidates."""


def need(scores: pd.DataFrame) -> pd.Series[float]:
    """Return the need of each unit: its children times what its overall score lacks of 100.

    ``children x (100 - overall) / 100`` is as many children as would have to be served in full to bring the
    unit from its score to 100, were each child's part of the score the same. A small unit with a very low
    score and a large one with a middling score can so be held against each other.

    Parameters
    ----------
    scores
        Rows of ``scores.csv``: ``overall`` 0-100, ``children`` and ``rank``.

    Returns
    -------
    Children, index as `scores`. ``NaN`` where the unit has no overall score, where nobody knows how many
    children live there, and where there are too few of them for a rank: no candidate for want of knowledge.

    Examples
    --------
    >>> table = pd.DataFrame({"overall": [80.0, 40.0, 10.0], "children": [9000.0, 4000.0, 20.0]})
    >>> need(table.assign(rank=[1.0, 2.0, None])).tolist()
    [1800.0, 2400.0, nan]
    """
    lacking = (100.0 - scores["overall"].astype(float)) / 100.0
    needed = scores["children"].astype(float) * lacking
    return needed.where(scores["rank"].notna())


def need_rank(needed: pd.Series[float]) -> pd.Series[float]:
    """Return the place of each unit by need, 1 the greatest; equal needs share the better place."""
    return needed.rank(ascending=False, method="min")
