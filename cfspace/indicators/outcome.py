"""What a measure hands back: numbers per thing, still to be summed by unit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cfspace.config.rulebook import Text
from cfspace.indicators.city import Floats

Codes = NDArray[np.int64]
Things = Literal["homes", "facilities", "segments", "gates", "residential", "units"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """One number per thing, in the order of its table.

    Attributes
    ----------
    of
        Whose table: it decides in which unit each number falls.
    values
        The numbers; what does not count is 0.
    rows
        Positions in the table, where the numbers stand for only some of its rows; for some more than
        once, and then the numbers must be whole.
    level
        Of ``units``: of which level.
    """

    of: Things
    values: Floats
    rows: Codes | None = None
    level: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PerUnit:
    """A number per unit of each level, in the order of that level's table; NaN where not known.

    `missing` says, in words, why a number is not known.
    """

    by_level: Mapping[str, Floats]
    missing: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """One of several amounts, chosen for each unit: `which` holds its position per unit of each level."""

    options: tuple[Amounts, ...]
    which: Mapping[str, Codes]


Quantity = Amounts | PerUnit | Chosen


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Numerator and denominator of one row per unit.

    Attributes
    ----------
    bands
        The age bands it is about, none where age plays no part.
    nothing
        Why a unit has no value where the denominator is 0, in words.
    numerator, denominator
        The value is the sum of the first over the sum of the second.
    credit
        What replaces the numerator in the score; by default the numerator.
    unknown
        In units of the denominator, what is left out of it because its answer is not known.
    unmeasured
        1 for each thing left out because it could not be measured.
    own_goals
        Parts of the supply, each with a goal of its own: the score is the mean of their scores.
    """

    bands: tuple[str, ...]
    nothing: Text
    numerator: Quantity
    denominator: Quantity
    credit: Quantity | None = None
    unknown: Quantity | None = None
    unmeasured: Amounts | None = None
    own_goals: tuple[tuple[Quantity, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """All that a measure says of one indicator.

    Attributes
    ----------
    tallies
        One per age band and one for all of them together, which comes last; empty when there is no answer.
    reason
        Why there is no answer, in words; None when there is one.
    note
        What a reader should know besides.
    evidence
        The weakest evidence among the kinds that it rests on; empty where no facility plays a part.
    places
        1 for each facility that counts; None where no facility plays a part.
    """

    tallies: tuple[Tally, ...] = ()
    reason: Text | None = None
    note: Text | None = None
    evidence: str = ""
    places: Amounts | None = None

    @classmethod
    def no_data(cls, reason: Text | None, *, evidence: str = "") -> Outcome:
        """Return the outcome of a measure that cannot answer."""
        return cls(reason=reason, evidence=evidence)


Measure = Callable[..., Outcome]
"""``measure(rule, city, rulebook) -> Outcome``; reads no file, sums nothing, calls no other indicator."""
