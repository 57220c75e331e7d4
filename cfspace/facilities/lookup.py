"""Finding the facility that a checklist or an attendance zone names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import pandas as pd

from cfspace.facilities.names import core_similarity, normalised, simple_similarity

_ALIKE: Final = 0.85
_AHEAD: Final = 0.05
_LEAST_END: Final = 4


def _only(found: Sequence[int]) -> int | None:
    return found[0] if len(found) == 1 else None


def _plain(name: object) -> str:
    """Return a name without brackets and spaces."""
    return re.sub(r"[（(].*?[)）]|\s", "", name) if isinstance(name, str) else ""


def _alike(name: str, others: Sequence[str]) -> list[int]:
    """Return the positions of the names most like one, if they are like it at all."""
    likeness = [max(simple_similarity(name, other), core_similarity(name, other)) for other in others]
    best = max(likeness, default=0.0)
    return [i for i, value in enumerate(likeness) if best >= _ALIKE and value >= best - _AHEAD]


def _find(name: str, theirs: Sequence[str], keys: Sequence[str]) -> int | None:
    """Return the position of the one name that means the same: equal, else its end, else most alike."""
    for key in (normalised(name), normalised(_plain(name))):
        same = [i for i, other in enumerate(keys) if key and other == key]
        if same:
            return _only(same)
    short = _plain(name)
    ends = [i for i, other in enumerate(theirs) if len(short) >= _LEAST_END and other.endswith(short)]
    if ends:
        return _only(ends)
    return _only(_alike(normalised(name), keys)) if normalised(name) else None


def find_by_name(names: Sequence[str], facilities: pd.DataFrame) -> list[str | None]:
    """Return the facility that each name means.

    Parameters
    ----------
    names
        Names as a list writes them.
    facilities
        Facilities of one kind: ``facility_id``, ``name``.

    Returns
    -------
    Ids; None where no name is alike enough, or two are equally so: a guess would judge the wrong place.

    Examples
    --------
    >>> schools = pd.DataFrame({"facility_id": ["s/1", "s/2"], "name": ["示例市第一小学", "示例市第二小学"]})
    >>> find_by_name(["第2小学", "第三小学"], schools)
    ['s/2', None]
    """
    theirs = [_plain(name) for name in facilities["name"]]
    ids = facilities["facility_id"].tolist()
    keys = [normalised(name) for name in theirs]
    found = [_find(name, theirs, keys) for name in names]
    return [None if at is None else str(ids[at]) for at in found]
