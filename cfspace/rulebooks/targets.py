"""Which facilities belong to a target."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cfspace.config.rulebook import Condition, Target
from cfspace.rulebooks.values import as_word, numbers, words

Truths = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetMatch:
    """Which facilities belong to a target, one truth per facility in the order of its table.

    Attributes
    ----------
    matches
        Of the target's kinds, and every condition holds.
    unknown
        Of the target's kinds, no condition fails, but an attribute that one asks for is not known.
    of_kind
        Of the target's kinds, whatever the conditions say.
    """

    matches: Truths
    unknown: Truths
    of_kind: Truths

    @property
    def known_share(self) -> float:
        """Share of the facilities of its kinds known to belong or not to belong; 1 if there are none."""
        n_of_kind = int(self.of_kind.sum())
        return 1.0 if n_of_kind == 0 else 1.0 - int(self.unknown.sum()) / n_of_kind


def match_target(target: Target, facilities: pd.DataFrame) -> TargetMatch:
    """Return which facilities belong to `target`.

    A facility whose attribute is not known does not match a narrowing; it is told as unknown.

    Parameters
    ----------
    target
        Kinds, narrowed by attributes.
    facilities
        Column `kind`, and the attributes that the target names; an absent column is all unknown.

    Examples
    --------
    >>> parks = pd.DataFrame({"kind": ["park", "park", "park"], "area_m2": [6000.0, 900.0, None]})
    >>> large = Target(id="park_large", kinds=("park",), where=({"attribute": "area_m2", "min": 5000},))
    >>> found = match_target(large, parks)
    >>> found.matches.tolist(), found.unknown.tolist()
    ([True, False, False], [False, False, True])
    """
    of_kind = facilities["kind"].isin(target.kinds).to_numpy(dtype=bool)
    matches, unknown = _all_hold(target.where, facilities)
    if target.otherwise:
        instead, still_unknown = _all_hold(target.otherwise, facilities)
        matches, unknown = np.where(unknown, instead, matches), unknown & still_unknown
    return TargetMatch(matches=matches & of_kind, unknown=unknown & of_kind, of_kind=of_kind)


def _all_hold(conditions: tuple[Condition, ...], facilities: pd.DataFrame) -> tuple[Truths, Truths]:
    """Return where all conditions hold, and where none fails but not all are known."""
    matches = np.ones(len(facilities), dtype=bool)
    possible = matches.copy()
    for condition in conditions:
        holds, known = _holds(condition, facilities)
        matches &= holds
        possible &= holds | ~known
    return matches, possible & ~matches


def _holds(condition: Condition, facilities: pd.DataFrame) -> tuple[Truths, Truths]:
    if condition.equals is not None:
        wanted = {as_word(value) for value in condition.equals}
        found = words(facilities, condition.attribute)
        known = np.array([word is not None for word in found], dtype=bool)
        return np.array([word in wanted for word in found], dtype=bool) & known, known
    amounts = numbers(facilities, condition.attribute)
    low = -np.inf if condition.min is None else condition.min
    high = np.inf if condition.max is None else condition.max
    return (amounts >= low) & (amounts < high), ~np.isnan(amounts)
