"""Floating catchments: how much supply falls to each home when all that reach a place share it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from cfspace.access.decay import Decay
from cfspace.access.pairs import Pairs
from cfspace.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Catchment:
    """How supply falls to origins.

    Attributes
    ----------
    accessibility
        Supply per unit of demand, shape (n_origins,): places per child, where capacity counts places and
        demand children. 0 where nothing with a known capacity is in reach, NaN where the origin was not
        measured.
    allocated
        Supply that origins take from each facility, shape (n_facilities,): all of its capacity, 0 where no
        demand is in reach, NaN where its capacity is not known.
    ratio
        Supply per unit of weighted demand in each facility's catchment; NaN where there is no such demand
        or no known capacity.
    left_out
        Indices of facilities left out because their capacity is not known.
    touches_unknown
        True for origins with a facility left out in reach: what is told of them is incomplete.
    """

    accessibility: NDArray[np.float64]
    allocated: NDArray[np.float64]
    ratio: NDArray[np.float64]
    left_out: NDArray[np.int64]
    touches_unknown: NDArray[np.bool_]


def two_step(
    pairs: Pairs, demand: ArrayLike, capacity: ArrayLike, *, measured: ArrayLike | None = None
) -> Catchment:
    """Return the two-step floating catchment (2SFCA): everyone within reach counts alike.

    Parameters
    ----------
    pairs
        Origins and facilities within reach of each other, from `cfspace.access.pairs.pairs_within`; its
        longest walk is the catchment.
    demand
        Who seeks a place at each origin, shape (n_origins,); see `demand_of` for age bands.
    capacity
        What each facility offers, shape (n_facilities,); NaN where not known: such a facility is left out
        and told.
    measured
        Truth per origin, ``origins.has_foot``; what is not measured gets NaN. Default: all are.

    Raises
    ------
    ParameterError
        If a shape does not fit the pairs, a number is negative or infinite, a demand is NaN, or no
        capacity at all is known.

    Notes
    -----
    Step 1: ``R_j = S_j / sum of P_i over all origins i in reach of j``. Step 2: ``A_i = sum of R_j over
    all facilities j in reach of i`` [luo-wang-2003]. The sum of ``A_i P_i`` equals the capacity of the
    facilities that have demand in reach.

    Examples
    --------
    Home 0 (10 children) reaches both facilities, home 1 (30 children) the first alone.

    >>> near = np.array([100.0, 200.0, 300.0])
    >>> pairs = Pairs(origin=np.array([0, 1, 0], np.int32), target=np.array([0, 0, 1], np.int32),
    ...               metres=near, n_origins=2, n_targets=2)
    >>> found = two_step(pairs, [10, 30], [20, 5])
    >>> found.accessibility.tolist(), found.allocated.tolist()
    ([1.0, 0.5], [20.0, 5.0])
    """
    return _floating(pairs, np.ones(len(pairs)), demand, capacity, measured)


def enhanced_two_step(
    pairs: Pairs, demand: ArrayLike, capacity: ArrayLike, *, decay: Decay, measured: ArrayLike | None = None
) -> Catchment:
    """Return the enhanced two-step floating catchment (E2SFCA): a longer walk counts for less.

    Parameters
    ----------
    pairs, demand, capacity, measured
        As for `two_step`.
    decay
        Weight of a walk by its metres: `cfspace.access.decay.step_decay` or `gaussian_decay`, or a function
        of your own.

    Raises
    ------
    ParameterError
        As for `two_step`, and if `decay` gives a weight that is not a number of at least 0.

    Notes
    -----
    ``R_j = S_j / sum of W_ij P_i``, ``A_i = sum of W_ij R_j`` [luo-qi-2009]. With all weights 1 it is
    `two_step`.

    Examples
    --------
    >>> from cfspace.access.decay import step_decay
    >>> pairs = Pairs(origin=np.array([0, 1], np.int32), target=np.array([0, 0], np.int32),
    ...               metres=np.array([400.0, 900.0]), n_origins=2, n_targets=1)
    >>> halved = step_decay([500, 1000], [1.0, 0.5])
    >>> enhanced_two_step(pairs, [10, 20], [40], decay=halved).accessibility.tolist()
    [2.0, 1.0]
    """
    return _floating(pairs, _weights(pairs, decay), demand, capacity, measured)


def three_step(
    pairs: Pairs,
    demand: ArrayLike,
    capacity: ArrayLike,
    *,
    decay: Decay,
    selection: Decay | None = None,
    measured: ArrayLike | None = None,
) -> Catchment:
    """Return the three-step floating catchment (3SFCA): near places draw demand away from far ones.

    Parameters
    ----------
    pairs, demand, capacity, measured
        As for `two_step`.
    decay
        Weight of a walk in supply and demand, as for `enhanced_two_step`.
    selection
        Weight of a walk in the choice between facilities; default `decay`.

    Raises
    ------
    ParameterError
        As for `enhanced_two_step`.

    Notes
    -----
    Step 1: an origin's demand is shared out by ``G_ij = T_ij / sum of T_ik over all facilities k in
    reach``. Then ``R_j = S_j / sum of G_ij W_ij P_i`` and ``A_i = sum of G_ij W_ij R_j`` [wan-2012]. As
    published, the choice asks for the walk alone: a facility of capacity 0 draws demand too. One whose
    capacity is not known does not.

    Examples
    --------
    A home halfway between two facilities sends half of its children to each.

    >>> from cfspace.access.decay import gaussian_decay
    >>> pairs = Pairs(origin=np.array([0, 1, 0], np.int32), target=np.array([0, 0, 1], np.int32),
    ...               metres=np.full(3, 100.0), n_origins=2, n_targets=2)
    >>> found = three_step(pairs, [20, 10], [10, 10], decay=gaussian_decay(500))
    >>> found.accessibility.round(12).tolist()
    [0.75, 0.5]
    """
    known = ~np.isnan(_amounts("capacity", capacity, pairs.n_targets, nan_is_unknown=True))
    chosen = np.where(known[pairs.target], _weights(pairs, selection or decay), 0.0)
    total = np.bincount(pairs.origin, weights=chosen, minlength=pairs.n_origins)[pairs.origin]
    shares = np.divide(chosen, total, out=np.zeros(len(pairs)), where=total > 0)
    return _floating(pairs, shares * _weights(pairs, decay), demand, capacity, measured)


def demand_of(homes: pd.DataFrame, shares: Mapping[str, float]) -> NDArray[np.float64]:
    """Return who seeks a place at each home: children of several age bands, each with its share.

    Parameters
    ----------
    homes
        Columns ``children_<band>``, one row per home.
    shares
        Share (0-1) of each band's children that seeks a place; bands not named seek none.

    Raises
    ------
    ParameterError
        If a band has no column or a share is out of range.

    Examples
    --------
    >>> homes = pd.DataFrame({"children_0_2": [10.0, 20.0], "children_3_5": [30.0, 0.0]})
    >>> demand_of(homes, {"0_2": 0.5, "3_5": 1.0}).tolist()
    [35.0, 10.0]
    """
    total = np.zeros(len(homes))
    for band, share in shares.items():
        if f"children_{band}" not in homes.columns:
            there = [name[9:] for name in map(str, homes) if name.startswith("children_")]
            raise ParameterError(f"shares: homes have no age band {band!r}; they have {', '.join(there)}")
        if not 0 <= share <= 1:
            raise ParameterError(f"shares: {band} is {share:g}; give a share from 0 to 1")
        total += share * homes[f"children_{band}"].to_numpy(np.float64)
    return total


def _floating(
    pairs: Pairs,
    weights: NDArray[np.float64],
    demand: ArrayLike,
    capacity: ArrayLike,
    measured: ArrayLike | None,
) -> Catchment:
    people = _amounts("demand", demand, pairs.n_origins, nan_is_unknown=False)
    supply = _amounts("capacity", capacity, pairs.n_targets, nan_is_unknown=True)
    seen = _measured(measured, pairs.n_origins)
    known = ~np.isnan(supply)
    sought = np.bincount(pairs.target, weights=weights * people[pairs.origin], minlength=pairs.n_targets)
    ratio = np.divide(supply, sought, out=np.full(pairs.n_targets, np.nan), where=known & (sought > 0))
    taken = weights * np.nan_to_num(ratio)[pairs.target]
    accessibility = np.bincount(pairs.origin, weights=taken, minlength=pairs.n_origins)
    given = np.bincount(pairs.target, weights=taken * people[pairs.origin], minlength=pairs.n_targets)
    touches = np.bincount(pairs.origin[~known[pairs.target]], minlength=pairs.n_origins) > 0
    return Catchment(
        accessibility=np.where(seen, accessibility, np.nan),
        allocated=np.where(known, given, np.nan),
        ratio=ratio,
        left_out=np.flatnonzero(~known),
        touches_unknown=touches,
    )


def _weights(pairs: Pairs, decay: Decay) -> NDArray[np.float64]:
    weights = np.asarray(decay(pairs.metres), np.float64)
    if weights.shape != pairs.metres.shape or not (np.isfinite(weights) & (weights >= 0)).all():
        raise ParameterError("decay: gives something else than one number of at least 0 per walk; correct it")
    return weights


def _amounts(name: str, given: ArrayLike, n: int, *, nan_is_unknown: bool) -> NDArray[np.float64]:
    amounts = np.asarray(given, np.float64)
    if amounts.shape != (n,):
        raise ParameterError(f"{name}: shape {amounts.shape}, the pairs are of {n}; give one number each")
    wrong = (amounts < 0) | np.isinf(amounts) | (np.isnan(amounts) & (not nan_is_unknown))
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        raise ParameterError(
            f"{name}: {amounts[first]:g} at {first}, and {int(wrong.sum())} such; "
            "give finite numbers of at least 0"
        )
    if n and np.isnan(amounts).all():
        raise ParameterError(f"{name}: not known for any of {n} facilities; give at least one")
    return amounts


def _measured(given: ArrayLike | None, n: int) -> NDArray[np.bool_]:
    measured = np.ones(n, dtype=bool) if given is None else np.asarray(given, dtype=bool)
    if measured.shape != (n,):
        raise ParameterError(f"measured: shape {measured.shape}, the pairs are of {n}; give one truth each")
    return measured
