"""Fairness: how unequally the walk to what every child should reach is shared out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cfspace.config.rulebook import CoverageRule, Rulebook
from cfspace.errors import MissingExtraError, ParameterError

Floats = NDArray[np.float64]

WORST_SHARE: Final = 0.1
BEST_SHARE: Final = 0.4
COLUMNS: Final = (
    "indicator",
    "age_band",
    "unit_level",
    "n_units",
    "children",
    "children_at_limit",
    "gini",
    "theil",
    "theil_between",
    "theil_within",
    "palma",
    "worst_tenth_from",
    "worst_tenth_mean",
    "gini_units",
    "theil_units",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inequality:
    """How unequally a burden falls on weighted observations.

    Attributes
    ----------
    gini, theil
        Gini coefficient and Theil's T; 0 where all bear the same.
    theil_between, theil_within
        Parts of Theil's T between groups and within them; they sum to it.
    palma
        Burden of the worst-off tenth over that of the best-off four tenths.
    worst_tenth_from, worst_tenth_mean
        Where the worst-off tenth begins, and what it bears on average.
    """

    gini: float
    theil: float
    theil_between: float
    theil_within: float
    palma: float
    worst_tenth_from: float
    worst_tenth_mean: float


def inequality(burden: Floats, weights: Floats, groups: NDArray[np.int64]) -> Inequality:
    """Return how unequally a burden is shared out.

    Parameters
    ----------
    burden
        What each observation bears: finite, at least 0.
    weights
        For how many it stands; at least 0, fractions allowed.
    groups
        Its group, numbered from 0.

    Returns
    -------
    All NaN where there is no weight or no burden.

    Raises
    ------
    ParameterError
        If the three differ in length, or a number is negative or not finite.

    Notes
    -----
    ``gini = sum of w_i w_j |x_i - x_j| / (2 W^2 mean)`` [gini-1912]; ``theil = sum of (w_i x_i / X)
    ln(x_i / mean)``, between groups with their means in place of `x_i` [theil-1967]; ``palma``
    [palma-2011]. The worst-off tenth is cut to the weight: an observation may lie in it in part. With
    weights of 1 they equal PySAL's `inequality` [pysal-inequality], which knows no weights.

    Examples
    --------
    >>> found = inequality(np.array([1.0, 3.0]), np.array([1.0, 1.0]), np.array([0, 1]))
    >>> round(found.gini, 4), round(found.theil, 4), round(found.theil_between, 4)
    (0.25, 0.1308, 0.1308)
    """
    _check(burden, weights, groups)
    counted = weights > 0
    order = np.argsort(burden[counted], kind="stable")
    x, w, group = burden[counted][order], weights[counted][order], groups[counted][order]
    borne: Floats = w * x
    if not borne.sum() > 0:
        return Inequality(**dict.fromkeys(Inequality.__slots__, float("nan")))
    total, weight = borne.sum(), w.sum()
    reached: Floats = np.cumsum(w)
    theil, between = _theil(x, w), _theil(*_of_groups(borne, w, group))
    best, rest = (_lorenz(share, reached, borne) for share in (BEST_SHARE, 1.0 - WORST_SHARE))
    worst_row = min(int(np.searchsorted(reached, (1.0 - WORST_SHARE) * weight, side="right")), len(x) - 1)
    return Inequality(
        gini=float(2.0 * (borne * (reached - w / 2.0)).sum() / (weight * total) - 1.0),
        theil=theil,
        theil_between=between,
        theil_within=theil - between,
        palma=float((1.0 - rest) / best) if best > 0 else float("inf"),
        worst_tenth_from=float(x[worst_row]),
        worst_tenth_mean=float((1.0 - rest) * total / (WORST_SHARE * weight)),
    )


def fairness(
    rulebook: Rulebook,
    homes: pd.DataFrame,
    coverage: pd.DataFrame,
    *,
    limits_m: Mapping[str, float],
    levels: Sequence[str],
) -> pd.DataFrame:
    """Return, for each coverage and level, how unequally children share the walk.

    What a child bears is the walk to the nearest target in parts of its full distance: 1 is just within,
    2 twice as far. Where several targets serve, the best counts; one of half credit does not. A walk beyond
    the search counts as the search's limit, which is told.

    Parameters
    ----------
    rulebook
        Its coverage indicators are taken.
    homes
        ``children_<band>``, ``m_<target>`` and ``<level>_id``, a row per home.
    coverage
        ``coverage.csv``; an indicator without any value in it is left out, for what is not known is
        not unequal.
    limits_m
        By target, where the search stopped.
    levels
        Levels of units, coarse first.

    Returns
    -------
    `COLUMNS`: a row per indicator and level. `gini` to `worst_tenth_mean` as in `Inequality`, children
    being the observations and units the groups; `children_at_limit` are those counted at the search's
    limit; `gini_units` and `theil_units` are of the units' shares covered, each unit once. Where homes do not
    weigh children, `children` holds what they weigh, once for each age band.

    Raises
    ------
    MissingExtraError
        If PySAL's `inequality` is not installed.
    """
    rows = [
        _row(rule, level, homes, coverage, limits_m)
        for rule in rulebook.indicator
        if isinstance(rule, CoverageRule)
        and coverage.loc[coverage["indicator"] == rule.id, "value"].notna().any()
        for level in levels
    ]
    return pd.DataFrame(rows, columns=[*COLUMNS])


def burdens(
    rule: CoverageRule, homes: pd.DataFrame, limits_m: Mapping[str, float]
) -> tuple[Floats, Floats, NDArray[np.bool_], NDArray[np.int64]]:
    """Return what children bear: walk in full distances, their number, whether at the limit, row of homes.

    One observation per age band and measured home.
    """
    parts = []
    for band in rule.who:
        ways = [way for way in rule.ways() if way.credit == 1.0 and (not way.who or band in way.who)]
        if not ways:
            continue
        walks = np.array([homes[f"m_{way.target}"].to_numpy(np.float64) for way in ways])
        full = np.array([[way.full_m] for way in ways])
        ends = np.array([[limits_m[way.target]] for way in ways])
        best = np.fmin.reduce(np.where(np.isinf(walks), ends, walks) / full)
        seen = np.flatnonzero(~np.isnan(best))
        children = homes[f"children_{band}"].to_numpy(np.float64)
        none = ~np.isfinite(walks).any(axis=0)
        parts.append((best[seen], children[seen], none[seen], seen))
    columns = list(zip(*parts, strict=True))
    burden, children = (np.concatenate(column) for column in columns[:2])
    return burden, children, np.concatenate(columns[2]), np.concatenate(columns[3])


def _row(
    rule: CoverageRule,
    level: str,
    homes: pd.DataFrame,
    coverage: pd.DataFrame,
    limits_m: Mapping[str, float],
) -> dict[str, object]:
    inside = homes[homes[f"{level}_id"].notna()]
    units = pd.factorize(inside[f"{level}_id"], sort=True)[0].astype(np.int64)
    burden, children, at_limit, rows = burdens(rule, inside, limits_m)
    found = inequality(burden, children, units[rows])
    own = coverage[(coverage["indicator"] == rule.id) & (coverage["unit_level"] == level)]
    values = own.loc[own["age_band"] == rule.age_label, "value"].dropna().to_numpy(np.float64)
    gini_units, theil_units = _of_units(values)
    return {
        "indicator": rule.id,
        "age_band": rule.age_label,
        "unit_level": level,
        "n_units": len(values),
        "children": float(children.sum()),
        "children_at_limit": float(children[at_limit].sum()),
        **{name: getattr(found, name) for name in Inequality.__slots__},
        "gini_units": gini_units,
        "theil_units": theil_units,
    }


def _of_units(values: Floats) -> tuple[float, float]:
    """Return Gini and Theil of units, each counted once, by PySAL; NaN where nothing is to be shared."""
    try:
        from inequality.gini import Gini
        from inequality.theil import Theil
    except ImportError as error:
        raise MissingExtraError("inequality", "stats") from error
    if len(values) < 2 or not values.sum() > 0:
        return float("nan"), float("nan")
    return float(Gini(values).g), float(Theil(values).T)


def _theil(x: Floats, w: Floats) -> float:
    shares = w * x / (w * x).sum()
    relative = x / (np.average(x, weights=w))
    return float((shares * np.log(np.where(x > 0, relative, 1.0))).sum())


def _of_groups(borne: Floats, w: Floats, group: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Return mean burden and weight of each group that has weight."""
    weight: Floats = np.bincount(group, weights=w).astype(np.float64)
    there = weight > 0
    return np.bincount(group, weights=borne)[there] / weight[there], weight[there]


def _lorenz(share: float, reached: Floats, borne: Floats) -> float:
    """Return the share of the burden that falls on the best-off `share`."""
    people, burden = np.append(0.0, reached / reached[-1]), np.append(0.0, np.cumsum(borne) / borne.sum())
    return float(np.interp(share, people, burden))


def _check(burden: Floats, weights: Floats, groups: NDArray[np.int64]) -> None:
    if not len(burden) == len(weights) == len(groups):
        raise ParameterError(
            f"inequality: {len(burden)} burdens, {len(weights)} weights, {len(groups)} groups; give one each"
        )
    for name, numbers in (("burden", burden), ("weights", weights)):
        if not (np.isfinite(numbers) & (numbers >= 0)).all():
            raise ParameterError(f"{name}: holds numbers below 0 or not finite; leave such rows out")
