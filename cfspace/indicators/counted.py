"""What each gate, place, street segment and piece of residential land adds to a value: sums one can redo."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from cfspace.config.rulebook import Rule
from cfspace.indicators.city import Floats
from cfspace.indicators.outcome import Amounts, Codes, Outcome, Quantity, Tally, Things
from cfspace.indicators.sums import UnitSums

COUNTED_COLUMNS: Final = ("indicator", "of", "row", "numerator", "denominator", "credit", "unknown")
"""The columns of counted.parquet, in order, before a unit id per level."""

COUNTED: Final[tuple[Things, ...]] = ("gates", "facilities", "segments", "residential")
"""Things that are told one by one; homes stand in a table of their own, and units in theirs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """What an indicator counts of one sort of things: rows of its table, and the numbers of each."""

    indicator: str
    of: Things
    rows: Codes
    numbers: dict[str, Floats]


def counted_things(found: Iterable[tuple[Rule, Outcome]], sums: UnitSums) -> pd.DataFrame:
    """Return what each thing in a unit adds to each indicator that counts things other than homes.

    Parameters
    ----------
    found
        Indicators and what their measures say.
    sums
        Knows which thing lies in which unit.

    Returns
    -------
    `COUNTED_COLUMNS` and ``<level>_id`` (None outside) per level: a row per indicator and thing that adds
    anything. `of` names the table (``gates`` are entrances) and `row` the position in it, from 0. Summed over
    a unit, `numerator` over `denominator` is the value; `denominator` is NaN where units bring their own
    (residents, ground). `credit` takes the place of the numerator in the score, NaN where nothing does;
    `unknown` is what is left out of both for want of an answer.
    """
    parts = [part for rule, outcome in found for part in _parts(rule, outcome, sums)]
    ids = {level: _ids(sums, level) for level in sums.city.units.levels}
    columns: dict[str, object] = {
        "indicator": pd.Categorical(_repeated([part.indicator for part in parts], parts)),
        "of": pd.Categorical(_repeated([part.of for part in parts], parts), categories=[*COUNTED]),
        "row": np.concatenate([*(part.rows for part in parts), np.zeros(0, dtype=np.int64)]),
    }
    for name in COUNTED_COLUMNS[3:]:
        columns[name] = np.concatenate([*(part.numbers[name] for part in parts), np.zeros(0)])
    for level, names in ids.items():
        codes = [sums.unit_of(part.of, level)[part.rows] for part in parts]
        columns[f"{level}_id"] = pd.Categorical.from_codes(
            np.concatenate([*codes, np.zeros(0, dtype=np.int64)]), categories=pd.Index(names, dtype=object)
        )
    return pd.DataFrame(columns)


def _repeated(words: list[str], parts: list[_Part]) -> list[str]:
    return [word for word, part in zip(words, parts, strict=True) for _ in range(len(part.rows))]


def _ids(sums: UnitSums, level: str) -> list[str]:
    ids: list[str] = sums.city.units.frames[level]["unit_id"].astype(object).tolist()
    return ids


def _parts(rule: Rule, outcome: Outcome, sums: UnitSums) -> Iterable[_Part]:
    if not outcome.tallies:
        return
    tally = outcome.tallies[-1]
    quantities = _quantities(tally)
    for things in COUNTED:
        own = [one for one in quantities.values() if isinstance(one, Amounts) and one.of == things]
        if own:
            numbers = {name: _numbers(one, things, sums) for name, one in quantities.items()}
            adds = np.any([np.nan_to_num(one) != 0.0 for one in numbers.values()], axis=0)
            inside = np.any([sums.unit_of(things, level) >= 0 for level in sums.city.units.levels], axis=0)
            rows = np.flatnonzero(adds & inside).astype(np.int64)
            told = {name: one[rows] for name, one in numbers.items()}
            yield _Part(indicator=rule.id, of=things, rows=rows, numbers=told)


def _quantities(tally: Tally) -> dict[str, Quantity | None]:
    return {
        "numerator": tally.numerator,
        "denominator": tally.denominator,
        "credit": tally.credit,
        "unknown": tally.unknown,
    }


def _numbers(quantity: Quantity | None, things: Things, sums: UnitSums) -> Floats:
    """Return what each thing adds to a quantity, 0 where others do, NaN where it is not made of things."""
    n_things = sums.count_of(things)
    if not isinstance(quantity, Amounts) or quantity.of not in COUNTED:
        return np.full(n_things, np.nan)
    if quantity.of != things:
        return np.zeros(n_things)
    if quantity.rows is None:
        return quantity.values
    return np.bincount(quantity.rows, weights=quantity.values, minlength=n_things).astype(np.float64)
