"""From a profile to costs: metres of open segments, or seconds by pace, slope and kerbs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from cfspace.errors import ParameterError
from cfspace.network.costs import TICKS_PER_UNIT, Costs
from cfspace.network.profiles.kerbs import raised_kerbs
from cfspace.network.profiles.model import Above, Closure, Condition, Known, Profile
from cfspace.network.slope import Elevation, pace_factors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cfspace.network.model import WalkNetwork

MOST_TICKS = 2**31 - 2


def profile_costs(
    network: WalkNetwork,
    profile: Profile,
    *,
    view: Literal["m", "s"] = "m",
    band: str | None = None,
    elevation: Elevation | None = None,
) -> Costs:
    """Return what walking each segment costs with a profile.

    Parameters
    ----------
    network
        Walk network. A profile with main roads (``independent_child``) needs one with both sides of
        them: `cfspace.network.sides.both_sides`.
    profile
        Who walks; `cfspace.network.profiles.load_profile`.
    view
        ``m``: the legal view, in which a segment is closed or as long as it is. ``s``: the lived view
        in seconds, by speed, winter, raised kerbs and slope.
    band
        Age band whose speed counts; needed for seconds where the profile has several speeds.
    elevation
        Heights of the ground; for seconds alone. Level ground without.

    Returns
    -------
    Costs by direction; closed segments have -1.

    Raises
    ------
    ParameterError
        If the profile needs both sides of main roads, closes by an attribute that the network does not
        have, has no speed for `band`, or `elevation` is given for metres.
    LayerError
        If the heights do not cover the network.

    Examples
    --------
    >>> from cfspace.network.profiles import load_profile
    >>> from cfspace.network.toy import toy_network
    >>> street = toy_network([({}, [(0, 0), (110, 0)]), ({"highway": "steps"}, [(110, 0), (110, 20)])])
    >>> (profile_costs(street, load_profile("stroller")).forward / 10_000).round(1).tolist()
    [110.0, -0.0]
    >>> costs = profile_costs(street, load_profile("child"), view="s", band="6_11")
    >>> (costs.forward / 10_000).round(1).tolist()
    [100.0, 18.2]
    """
    if elevation is not None and view == "m":
        raise ParameterError('elevation: slope has no part in metres; ask for view="s"')
    is_closed = closed_segments(network, profile)
    if view == "m":
        ticks = network.length_ticks
        if is_closed.any():
            ticks = np.where(is_closed, np.int32(-1), ticks).astype(np.int32)
        return Costs(network=network, unit="m", forward=ticks, backward=ticks)
    pace = profile.pace_s_per_m(band)
    ahead, back = (1.0, 1.0) if elevation is None else pace_factors(network, elevation)
    kerb_s = 0.0 if profile.raised_kerb_s is None else profile.raised_kerb_s.value * raised_kerbs(network)
    return Costs(
        network=network,
        unit="s",
        forward=_ticks(network.length_m * pace * ahead + kerb_s, is_closed),
        backward=_ticks(network.length_m * pace * back + kerb_s, is_closed),
        connector_per_m=pace,
    )


def closed_segments(network: WalkNetwork, profile: Profile) -> NDArray[np.bool_]:
    """Tell which segments the profile does not walk.

    Raises
    ------
    ParameterError
        As `profile_costs`.
    """
    title, table = profile.title["en"], network.attributes
    if profile.main_roads is not None and "passage" not in table:
        raise ParameterError(
            f"profile {title!r}: it needs both sides of main roads; "
            "call cfspace.network.sides.both_sides(network, profile.main_roads) and use its network"
        )
    is_closed = np.zeros(network.n_segments, bool)
    for closure in profile.closures():
        columns = {**closure.when, **closure.unless}
        if "raised_kerbs" in columns and "raised_kerbs" not in table:
            table = table.assign(raised_kerbs=raised_kerbs(network))
        unknown = sorted(set(columns) - set(table.columns))
        if unknown:
            raise ParameterError(
                f"profile {title!r}, closure {closure.id!r}: segments have no attribute {unknown[0]!r}; "
                f"they have {', '.join(map(str, table.columns))}"
            )
        is_closed |= _closes(closure, table)
    return is_closed


def _closes(closure: Closure, table: pd.DataFrame) -> NDArray[np.bool_]:
    closes = np.ones(len(table), bool)
    for held in _each(table, closure.when):
        closes &= held
    for held in _each(table, closure.unless):
        closes &= ~held
    return closes


def _each(table: pd.DataFrame, conditions: Mapping[str, Condition]) -> list[NDArray[np.bool_]]:
    return [_holds(table[key], condition) for key, condition in conditions.items()]


def _holds(values: pd.Series, condition: Condition) -> NDArray[np.bool_]:
    if isinstance(condition, Above):
        held = pd.to_numeric(values, errors="coerce") > condition.above
    elif isinstance(condition, Known):
        held = values.notna() if condition.known else values.isna()
    elif isinstance(condition, tuple):
        held = values.isin(condition)
    else:
        held = values == condition
    return np.asarray(held.fillna(value=False), bool)


def _ticks(seconds: NDArray[np.float64], is_closed: NDArray[np.bool_]) -> NDArray[np.int32]:
    ticks = np.rint(np.minimum(seconds * TICKS_PER_UNIT, MOST_TICKS))
    return np.where(is_closed, -1, ticks).astype(np.int32)
