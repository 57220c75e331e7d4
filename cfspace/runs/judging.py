"""The homes of a unit judged by one coverage or bundle: served, half served, left out, not measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from cfspace.config.rulebook import BundleRule, CoverageRule, Reach
from cfspace.indicators.measures.coverage import credit

if TYPE_CHECKING:
    from numpy.typing import NDArray

BEYOND: Final = "beyond"
"""The nearest lies beyond the full distance."""
NONE_IN_SEARCH: Final = "none_in_search"
"""None was found as far as the search went."""
UNMEASURED: Final = "unmeasured"
"""The home has no foot on the network: it counts neither as served nor as left out."""


def judged_homes(
    rule: CoverageRule | BundleRule,
    homes: gpd.GeoDataFrame,
    bands: tuple[str, ...],
    *,
    nearest: Mapping[str, pd.Series],
) -> gpd.GeoDataFrame:
    """Return homes with what a rule makes of each.

    Parameters
    ----------
    rule
        The indicator.
    homes
        Homes of a run: ``home_id``, ``children_<band>``, ``m_<target>``, points.
    bands
        Age bands that count.
    nearest
        By target, the facility nearest to each home, aligned with `homes`.

    Returns
    -------
    `home_id`, `children`, ``m_<target>`` and ``nearest_<target>`` by turns, `served`, `credit`, `why` and
    geometry. Where bands are served by different targets, `served` and `credit` are means by children.
    """
    walks = {target: homes[f"m_{target}"].to_numpy(np.float64) for target in rule.uses()}
    children = {band: homes[f"children_{band}"].to_numpy(np.float64) for band in bands}
    total = np.sum([*children.values()], axis=0)
    per_band = [_judged(rule, band, walks) for band in bands]
    served, credited = (
        _mean([one[place] for one in per_band], [*children.values()], total) for place in (0, 1)
    )
    measured = ~np.isnan(served)
    none = np.logical_and.reduce([~np.isfinite(walk) for walk in walks.values()])
    why = np.select([~measured, served >= 1.0, none], [UNMEASURED, "", NONE_IN_SEARCH], default=BEYOND)
    table: dict[str, object] = {"home_id": homes["home_id"], "children": total}
    for target in rule.uses():
        table |= {f"m_{target}": homes[f"m_{target}"], f"nearest_{target}": nearest[target]}
    table |= {"served": served, "credit": credited, "why": why}
    return gpd.GeoDataFrame(pd.DataFrame(table, index=homes.index), geometry=homes.geometry, crs=homes.crs)


def _mean(
    parts: list[NDArray[np.float64]], children: list[NDArray[np.float64]], total: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the mean of what bands get, by their children; the plain mean where there are none."""
    if len(parts) == 1:
        return parts[0]
    weighted = np.sum([part * own for part, own in zip(parts, children, strict=True)], axis=0)
    same = np.all([np.isclose(part, parts[0], rtol=0, atol=0, equal_nan=True) for part in parts], axis=0)
    mean = np.divide(weighted, total, out=np.mean(parts, axis=0), where=total > 0)
    return np.where(same, parts[0], mean)


def _judged(
    rule: CoverageRule | BundleRule, band: str, walks: Mapping[str, NDArray[np.float64]]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return, for one band, the share in which each home is served and its credit; NaN not measured."""
    own = [way for way in rule.ways() if not way.who or band in way.who]
    measured = np.logical_or.reduce([~np.isnan(walks[way.target]) for way in own])
    within = [(walks[way.target] <= way.full_m).astype(np.float64) for way in own]
    if isinstance(rule, BundleRule):
        share = np.where(measured, np.mean(within, axis=0), np.nan)
        return share, share
    whole = [np.where(way.credit == 1.0, one, 0.0) for way, one in zip(own, within, strict=True)]
    served = np.where(measured, np.maximum.reduce(whole), np.nan)
    return served, np.where(measured, np.fmax.reduce([_credit(way, walks) for way in own]), np.nan)


def _credit(way: Reach, walks: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    return way.credit * credit(walks[way.target], way)
