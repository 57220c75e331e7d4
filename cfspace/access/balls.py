"""Streets, targets and origins as the kernels of many small searches take them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cfspace.access.seeds import seeds_of
from cfspace.errors import ParameterError
from cfspace.network.costs import Costs
from cfspace.network.snap import SnappedPoints

if TYPE_CHECKING:
    from numpy.typing import NDArray


def graph_of(costs: Costs) -> Any:
    """Return streets as the kernels take them."""
    from cfspace.access import kernels_balls

    csr, ticks = costs.csr, (costs.network.length_ticks, costs.forward, costs.backward)
    return kernels_balls.Graph(csr.ptr, csr.node, csr.ticks, costs.steps, csr.segment, *ticks)


def groups_of(
    targets: SnappedPoints, groups: Sequence[int] | NDArray[np.integer[Any]] | None
) -> tuple[NDArray[np.int64], int]:
    """Return the group of each target, each one by itself unless `groups` says more, and how many there are.

    Raises
    ------
    ParameterError
        If `groups` does not fit.
    """
    if groups is None:
        return np.arange(len(targets)), len(targets)
    own = np.asarray(groups, np.int64)
    if own.shape != (len(targets),) or (own < 0).any():
        raise ParameterError(f"groups: {own.shape} numbers for {len(targets)} targets; give one each, from 0")
    return own, int(own.max()) + 1 if len(own) else 0


def grouped_targets(costs: Costs, targets: SnappedPoints, own: NDArray[np.int64], n_groups: int) -> Any:
    """Return targets by group, as the kernels take them."""
    from cfspace.access import kernels_balls as kernels

    seeds, legs = seeds_of(costs, targets), costs.legs(targets)
    seed_group = own[seeds.owner]
    seed_order = np.lexsort((seeds.node, seeds.ticks, seed_group))
    feet = np.flatnonzero(targets.has_foot)
    feet = feet[np.argsort(own[feet], kind="stable")]
    return kernels.Groups(
        _ptr(seed_group, n_groups),
        seeds.node[seed_order],
        seeds.ticks[seed_order],
        _ptr(own[feet], n_groups),
        targets.segment[feet],
        legs.along[feet],
        legs.connector[feet],
    )


def walkers_of(costs: Costs, origins: SnappedPoints) -> Any:
    """Return origins as the kernels take them."""
    from cfspace.access import kernels_pairs

    network, legs = costs.network, costs.legs(origins)
    ends = (network.segment_from, network.segment_to)
    return kernels_pairs.Origins(
        *ends, legs.to_first, legs.to_last, legs.connector, legs.along, origins.segment
    )


def _ptr(place: NDArray[np.integer[Any]], size: int) -> NDArray[np.int64]:
    ptr = np.zeros(size + 1, np.int64)
    np.cumsum(np.bincount(place, minlength=size), out=ptr[1:])
    return ptr
