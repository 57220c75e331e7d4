"""The access table: metres from every home to the nearest entrance of every target."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cfspace.access.nearest import nearest_many
from cfspace.network.model import WalkNetwork
from cfspace.network.snap import SnappedPoints


def access_table(
    network: WalkNetwork,
    homes: SnappedPoints,
    entrances: SnappedPoints,
    targets: Mapping[str, NDArray[np.bool_]],
    *,
    limits_m: Mapping[str, float],
    jobs: int = 1,
) -> pd.DataFrame:
    """Return a row per home and a column ``m_<target>`` per target.

    Parameters
    ----------
    network
        Walk network.
    homes, entrances
        Snapped points.
    targets
        By target, which of the entrances count; each of shape (n_entrances,).
    limits_m
        By target, where its search stops.
    jobs
        Targets searched at a time; changes no byte of the answer.

    Returns
    -------
    Metres; ``inf`` where none is within the limit, ``NaN`` where the home has no foot.

    Raises
    ------
    SnapError, ParameterError
        As `cfspace.access.nearest.nearest`.
    """
    chosen = {name: entrances.take(np.flatnonzero(mask)) for name, mask in targets.items()}
    found = nearest_many(network, homes, chosen, max_walk_m=limits_m, jobs=jobs)
    return pd.DataFrame({f"m_{name}": found[name].metres for name in targets})
