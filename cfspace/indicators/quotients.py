"""Values and scores of units from the tallies of a measure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cfspace.config.rulebook import Rule
from cfspace.indicators.city import Floats
from cfspace.indicators.outcome import Tally
from cfspace.indicators.sums import UnitSums


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotients:
    """One tally summed to the units of a level.

    Attributes
    ----------
    value, numerator, denominator
        The value is the second over the third; NaN where nobody or nothing is asked.
    credited
        What takes the place of the value in the score.
    unknown
        In units of the denominator, what is left out of it; None where nothing can be.
    few_known
        Where so little is known that there is no value.
    """

    value: Floats
    numerator: Floats
    denominator: Floats
    credited: Floats
    unknown: Floats | None
    few_known: NDArray[np.bool_]

    @classmethod
    def of(cls, tally: Tally, level: str, sums: UnitSums, *, min_answered: float = 0.0) -> Quotients:
        """Return a tally summed to the units of a level; below a share of answers known there is no value."""
        numerator, denominator = sums.sum(tally.numerator, level), sums.sum(tally.denominator, level)
        unknown = None if tally.unknown is None else sums.sum(tally.unknown, level)
        asked = denominator if unknown is None else denominator + unknown
        few_known = (denominator > 0) & (denominator < min_answered * asked)
        denominator = np.where(few_known, np.nan, denominator)
        counted = numerator if tally.credit is None else sums.sum(tally.credit, level)
        return cls(
            value=quotient(numerator, denominator),
            numerator=numerator,
            denominator=denominator,
            credited=quotient(counted, denominator),
            unknown=unknown,
            few_known=few_known,
        )


def quotient(numerator: Floats, denominator: Floats) -> Floats:
    """Return one over the other, NaN where the other is 0."""
    filled = np.where(denominator > 0.0, denominator, np.nan)
    return np.asarray(numerator / filled, dtype=np.float64)


def score_rows(rule: Rule, tally: Tally, found: Quotients, level: str, sums: UnitSums) -> Floats:
    """Return the score of each unit, 0-100."""
    if tally.own_goals:
        return parts_score(tally, found.denominator, level, sums)
    return score_of(found.credited, goal=rule.goal, better=rule.better, zero=rule.zero)


def parts_score(
    tally: Tally, denominator: Floats, level: str, sums: UnitSums, *, times: float = 1.0
) -> Floats:
    """Return the mean score of parts with goals of their own, each part taken `times` its amount."""
    parts = [
        score_of(times * quotient(sums.sum(part, level), denominator), goal=goal, better="more", zero=None)
        for part, goal in tally.own_goals
    ]
    return np.asarray(np.mean(parts, axis=0), dtype=np.float64)


def score_of(value: Floats, *, goal: float | None, better: str, zero: float | None) -> Floats:
    """Return 0-100: ``100 value / goal``, or ``100 (zero - value) / (zero - goal)`` where less is better.

    Examples
    --------
    >>> score_of(np.array([0.45, 0.9, 1.0]), goal=0.9, better="more", zero=None)
    array([ 50., 100., 100.])
    >>> score_of(np.array([0.0, 0.5, 3.0]), goal=0.0, better="less", zero=2.0)
    array([100.,  75.,   0.])
    """
    if goal is None:
        return np.full(len(value), np.nan)
    share = value / goal if better == "more" or zero is None else (zero - value) / (zero - goal)
    return np.asarray(100.0 * np.clip(share, 0.0, 1.0), dtype=np.float64)
