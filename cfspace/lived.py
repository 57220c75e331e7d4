"""The lived view: how long children walk, summer and winter side by side; no part of the scores."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

WALKS: Final = {
    "summer": "",
    "winter_cleared": "winter_cleared_",
    "winter_ice": "winter_ice_",
    "stroller": "stroller_",
}
"""Walks by name, and how their columns of ``minutes.parquet`` begin after ``min_``."""
WITHIN_MIN: Final = 10.0

COLUMNS: Final = (
    "unit_level",
    "unit_id",
    "age_band",
    "target",
    "children",
    *(f"{walk}_median_min" for walk in WALKS),
    *(f"{walk}_within_share" for walk in WALKS),
)

_SUMMER: Final = re.compile(r"min_(\d+_\d+)_(.+)")


def lived_view(
    homes: pd.DataFrame,
    minutes: pd.DataFrame,
    units: Mapping[str, pd.DataFrame],
    *,
    within_min: float = WITHIN_MIN,
) -> pd.DataFrame:
    """Return how long children of each unit and age walk to each target: summer, winter, with a stroller.

    Parameters
    ----------
    homes
        ``home_id``, ``children_<band>`` and ``<level>_id``.
    minutes
        ``minutes.parquet``: a row per home in the same order.
    units
        By level, a table with ``unit_id``.
    within_min
        Minutes within which children are counted (``<=``).

    Returns
    -------
    `COLUMNS`: `children` whose home is measured; for each walk the median minutes of these children (``inf``
    where half of them reach nothing within the search) and the share within `within_min`; blank for walks
    that no indicator asks of an age. Units without such children are left out.

    Examples
    --------
    >>> homes = pd.DataFrame({"home_id": ["a", "b"], "children_6_11": [3.0, 1.0], "district_id": ["x", "x"]})
    >>> minutes = pd.DataFrame({"home_id": ["a", "b"], "min_6_11_park": [8.0, 12.0]})
    >>> found = lived_view(homes, minutes, {"district": pd.DataFrame({"unit_id": ["x"]})})
    >>> found[["summer_median_min", "summer_within_share"]].to_numpy().tolist()
    [[8.0, 0.75]]
    """
    asked = [match.groups() for name in minutes.columns if (match := _SUMMER.fullmatch(str(name)))]
    rows: list[dict[str, object]] = []
    for level, frame in units.items():
        place = pd.Index(frame["unit_id"]).get_indexer(pd.Index(homes[f"{level}_id"]))
        for band, target in asked:
            weights = homes[f"children_{band}"].to_numpy(np.float64)
            walks = {
                walk: minutes[f"min_{begin}{band}_{target}"].to_numpy(np.float64)
                for walk, begin in WALKS.items()
                if f"min_{begin}{band}_{target}" in minutes.columns
            }
            for unit in range(len(frame)):
                own = np.flatnonzero((place == unit) & (weights > 0) & ~np.isnan(walks["summer"]))
                if len(own):
                    told = {"unit_level": level, "unit_id": frame["unit_id"].iloc[unit], "age_band": band}
                    found = {
                        name: _of_walk(walk[own], weights[own], within_min) for name, walk in walks.items()
                    }
                    rows.append(
                        {
                            **told,
                            "target": target,
                            "children": float(weights[own].sum()),
                            **{f"{name}_median_min": median for name, (median, _) in found.items()},
                            **{f"{name}_within_share": share for name, (_, share) in found.items()},
                        }
                    )
    return pd.DataFrame(rows, columns=[*COLUMNS])


def _of_walk(walk: Floats, weights: Floats, within_min: float) -> tuple[float, float]:
    """Return the median of some minutes by weight, and the share of the weight within a time."""
    order = np.argsort(walk, kind="stable")
    reached = np.cumsum(weights[order])
    middle = min(int(np.searchsorted(reached, reached[-1] / 2.0)), len(order) - 1)
    return float(walk[order][middle]), float(weights[walk <= within_min].sum() / reached[-1])
