"""Finding the facility that a checklist or an attendance zone names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from cfspace.facilities.names import core_similarity, normalised, simple_similarity

_ALIKE: Final = 0.85
_AHEAD: Final = 0.05


def _best(name: str, others: Sequence[str]) -> int | None:
    """Return the position of the one name that is like `name`, None where none is or several are."""
    likeness = np.asarray(
        [max(simple_similarity(name, other), core_similarity(name, other)) for other in others]
    )
    if likeness.size == 0 or likeness.max() < _ALIKE:
        return None
    near = np.flatnonzero(likeness >= likeness.max() - _AHEAD)
    return int(near[0]) if near.size == 1 else None


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
    theirs = [normalised(name) if isinstance(name, str) else "" for name in facilities["name"]]
    ids = facilities["facility_id"].tolist()
    exact: dict[str, list[int]] = {}
    for i, name in enumerate(theirs):
        exact.setdefault(name, []).append(i)
    found: list[str | None] = []
    for name in names:
        plain = normalised(name)
        same = exact.get(plain, []) if plain else []
        at = same[0] if len(same) == 1 else _best(plain, theirs) if plain and not same else None
        found.append(None if at is None else str(ids[at]))
    return found
