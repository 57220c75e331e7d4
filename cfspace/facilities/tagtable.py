"""Tags of many objects as arrays, so that a rule is a few array operations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from cfspace.facilities.kinds import NAME_KEYS, Closed, Condition

Mask = npt.NDArray[np.bool_]
ABSENT = -1


@dataclass(frozen=True)
class TagColumn:
    """One key: for each object the position of its value in `values`, or -1."""

    codes: npt.NDArray[np.int32]
    values: tuple[str, ...]

    def equals_any(self, wanted: Iterable[str]) -> Mask:
        """Return which objects hold one of `wanted` (``"*"`` is any value; ``;`` lists are split)."""
        if "*" in wanted:
            return np.asarray(self.codes != ABSENT, dtype=np.bool_)
        allowed = set(wanted)
        fits = np.fromiter((_fits(value, allowed) for value in self.values), bool, len(self.values))
        mask: Mask = np.append(fits, False)[self.codes]
        return mask

    def text(self) -> npt.NDArray[np.object_]:
        """Return the value of each object, ``None`` where the key is absent."""
        return np.array([*self.values, None], dtype=object)[self.codes]


def _fits(value: str, allowed: set[str]) -> bool:
    if value in allowed:
        return True
    return ";" in value and any(part.strip() in allowed for part in value.split(";"))


class TagTable:
    """The tags that rules look at, one column a key.

    Parameters
    ----------
    tags
        The tags of each object.
    keys
        Keys to keep; all others are passed over.
    closed
        How objects say that they are closed.

    Examples
    --------
    >>> table = TagTable([{"isced:level": "1;2"}, {"shop": "mall"}], {"shop", "isced:level"})
    >>> table.equals_any("isced:level", ["2"])
    array([ True, False])
    """

    def __init__(
        self, tags: Sequence[Mapping[str, str]], keys: Iterable[str], closed: Closed | None = None
    ) -> None:
        self.size = len(tags)
        self._columns: dict[str, TagColumn] = {}
        self._closed = closed or Closed()
        self._build(tags, frozenset(keys))

    def _build(self, tags: Sequence[Mapping[str, str]], keys: frozenset[str]) -> None:
        rows: dict[str, list[int]] = {key: [] for key in keys}
        values: dict[str, list[str]] = {key: [] for key in keys}
        prefixes = frozenset(self._closed.prefixes)
        self.closed_before = np.zeros(self.size, dtype=bool)
        self._closed_again = np.zeros(self.size, dtype=bool)
        for row, own in enumerate(tags):
            for key, value in own.items():
                if key in keys:
                    rows[key].append(row)
                    values[key].append(value)
                elif ":" in key:
                    prefix, _, rest = key.partition(":")
                    if prefix in prefixes and rest in keys:
                        self.closed_before[row] = True
                        self._closed_again[row] |= own.get(rest) == value
        for key in keys:
            if rows[key]:
                self._columns[key] = self._column(rows[key], values[key])

    def _column(self, rows: list[int], values: list[str]) -> TagColumn:
        vocabulary: dict[str, int] = {}
        codes = np.full(self.size, ABSENT, dtype=np.int32)
        codes[rows] = [vocabulary.setdefault(value, len(vocabulary)) for value in values]
        return TagColumn(codes, tuple(vocabulary))

    def has(self, key: str) -> Mask:
        """Return which objects carry `key`."""
        return self.equals_any(key, ("*",))

    def equals_any(self, key: str, wanted: Iterable[str]) -> Mask:
        """Return which objects have one of the `wanted` values under `key`."""
        column = self._columns.get(key)
        return np.zeros(self.size, dtype=bool) if column is None else column.equals_any(tuple(wanted))

    def text(self, key: str) -> npt.NDArray[np.object_]:
        """Return the value of `key` for each object, ``None`` where absent."""
        column = self._columns.get(key)
        return np.full(self.size, None, dtype=object) if column is None else column.text()

    def coded(self, key: str, rows: npt.NDArray[np.int64]) -> pd.Categorical:
        """Return the value of `key` for some objects, each text once; missing where absent."""
        column = self._columns.get(key, TagColumn(np.full(self.size, ABSENT, dtype=np.int32), ()))
        return pd.Categorical.from_codes(column.codes[rows], categories=pd.Index(column.values, dtype=object))

    def value_matches(self, key: str, pattern: str) -> Mask:
        """Return which objects have a value under `key` in which `pattern` is found."""
        column = self._columns.get(key)
        if column is None:
            return np.zeros(self.size, dtype=bool)
        search = re.compile(pattern).search
        fits = np.array([*(search(value) is not None for value in column.values), False], dtype=bool)
        mask: Mask = fits[column.codes]
        return mask

    def names_match(self, pattern: str, among: Mask) -> Mask:
        """Return which objects of `among` carry a name in which `pattern` is found."""
        search = re.compile(pattern).search
        found = np.zeros(self.size, dtype=bool)
        for key in NAME_KEYS:
            column = self._columns.get(key)
            if column is None:
                continue
            codes = column.codes
            fits = np.zeros(len(column.values) + 1, dtype=bool)
            for code in np.unique(codes[among & (codes != ABSENT)]):
                fits[code] = search(column.values[code]) is not None
            found |= fits[codes]
        return found & among

    def meets(self, condition: Condition, shapes: Shapes, among: Mask | None = None) -> Mask:
        """Return which objects meet `condition`."""
        mask = shapes.mask(condition.geometry)
        if among is not None:
            mask = mask & among
        for key, wanted in condition.tags.items():
            mask &= self.equals_any(key, wanted)
        for key, pattern in condition.matches.items():
            mask &= self.value_matches(key, pattern)
        for key in condition.absent:
            mask &= ~self.has(key)
        if condition.name is not None:
            mask = self.names_match(condition.name, mask)
        if condition.not_name is not None:
            mask &= ~self.names_match(condition.not_name, mask)
        return mask

    @property
    def closed(self) -> Mask:
        """Which objects are closed by a tag of their own, by name, or by a prefix that repeats a live tag."""
        mask = self._closed_again.copy()
        for key, wanted in self._closed.tags.items():
            mask |= self.equals_any(key, wanted)
        if self._closed.name is not None:
            mask |= self.names_match(self._closed.name, np.ones(self.size, dtype=bool))
        return mask


@dataclass(frozen=True)
class Shapes:
    """Which objects are points and which areas; the rest are open lines."""

    point: Mask
    area: Mask

    def mask(self, wanted: str | None) -> Mask:
        """Return which objects have the `wanted` geometry: point, area, any, or not an open line."""
        if wanted == "point":
            return self.point.copy()
        if wanted == "area":
            return self.area.copy()
        if wanted == "any":
            return np.ones_like(self.point)
        return self.point | self.area
