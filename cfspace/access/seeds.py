"""Where searches begin: junctions from which a target is one stretch of segment away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cfspace.network.costs import Costs
from cfspace.network.snap import SnappedPoints

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_TICKS = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Seeds:
    """Junctions from which a target is one stretch of segment away: two for each foot.

    Attributes
    ----------
    node
        The junction.
    ticks
        Cost from it to the target.
    owner
        Index of the target.
    """

    node: NDArray[np.int32]
    ticks: NDArray[np.int32]
    owner: NDArray[np.int32]

    @property
    def key(self) -> NDArray[np.uint64]:
        """``ticks << 32 | owner``: the lesser is the nearer, and of equally near ones the lower."""
        key: NDArray[np.uint64] = (self.ticks.astype(np.uint64) << np.uint64(32)) | self.owner.astype(
            np.uint64
        )
        return key


def seeds_of(costs: Costs, targets: SnappedPoints) -> Seeds:
    """Return the seeds of all targets that have a foot, targets in order."""
    network, legs = costs.network, costs.legs(targets)
    feet = np.flatnonzero(targets.has_foot)
    segment = targets.segment[feet]
    node = np.stack([network.segment_from[segment], network.segment_to[segment]], axis=1).ravel()
    ticks = np.stack([legs.from_first[feet], legs.from_last[feet]], axis=1).ravel()
    owner = np.repeat(feet, 2)
    is_open = (ticks >= 0) & (ticks < MAX_TICKS)
    return Seeds(node[is_open], ticks[is_open].astype(np.int32), owner[is_open].astype(np.int32))
