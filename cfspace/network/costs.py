"""Costs: what walking each segment costs in either direction."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from cfspace.errors import ParameterError
from cfspace.network.model import TICKS_PER_M

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cfspace.network.model import WalkNetwork
    from cfspace.network.snap import SnappedPoints

TICKS_PER_UNIT = TICKS_PER_M
"""Ticks of a metre, or of a second."""


@dataclass(frozen=True, slots=True)
class Csr:
    """Half-edges by node, each to be walked *towards* its node: what a search back runs on.

    Attributes
    ----------
    ptr
        Half-edges of node ``i`` are ``ptr[i]:ptr[i + 1]``; shape (n_nodes + 1,).
    node
        Node at the far end of each half-edge, where the walk along it begins.
    ticks
        Its cost.
    segment
        The segment it runs along.
    """

    ptr: NDArray[np.int32]
    node: NDArray[np.int32]
    ticks: NDArray[np.int32]
    segment: NDArray[np.int32]


@dataclass(frozen=True, eq=False, kw_only=True)
class Costs:
    """What walking each segment of a network costs, in ticks (ten-thousandths of a unit).

    Attributes
    ----------
    network
        The network.
    unit
        ``m`` or ``s``.
    forward
        From the first vertex of each segment to its last; -1 closes it. Shape (n_segments,).
    backward
        The other way.
    connector_per_m
        Cost of a metre of connector, in units; above zero.
    """

    network: WalkNetwork
    unit: Literal["m", "s"]
    forward: NDArray[np.int32]
    backward: NDArray[np.int32]
    connector_per_m: float = 1.0

    def __post_init__(self) -> None:
        shape = (self.network.n_segments,)
        if self.forward.shape != shape or self.backward.shape != shape:
            raise ParameterError(f"costs: shapes differ from the network's {shape}; give a cost per segment")
        if not self.connector_per_m > 0:
            raise ParameterError(f"connector_per_m: {self.connector_per_m} is not above zero")

    @cached_property
    def csr(self) -> Csr:
        """Half-edges by node for searching back from where walks end."""
        return self._half_edges(self.forward, self.backward)

    @property
    def _is_length(self) -> bool:
        return self.forward is self.network.length_ticks is self.backward and self.connector_per_m == 1.0

    @cached_property
    def steps(self) -> NDArray[np.uint64]:
        """The half-edges of `csr` as ``ticks << 32 | node``: one read instead of two."""
        ticks, node = self.csr.ticks.astype(np.uint64), self.csr.node.astype(np.uint64)
        packed: NDArray[np.uint64] = (ticks << np.uint64(32)) | node
        return packed

    @cached_property
    def longest_ticks(self) -> int:
        """The dearest half-edge."""
        return int(self.csr.ticks.max(initial=0))

    @cached_property
    def csr_ahead(self) -> Csr:
        """Half-edges by node for searching ahead from where walks begin."""
        return self._half_edges(self.backward, self.forward)

    def _half_edges(self, into_last: NDArray[np.int32], into_first: NDArray[np.int32]) -> Csr:
        network = self.network
        ahead, back = np.flatnonzero(into_last >= 0), np.flatnonzero(into_first >= 0)
        at = np.concatenate([network.segment_to[ahead], network.segment_from[back]])
        far = np.concatenate([network.segment_from[ahead], network.segment_to[back]])
        ticks = np.concatenate([into_last[ahead], into_first[back]])
        segment = np.concatenate([ahead, back]).astype(np.int32)
        order = np.argsort(at, kind="stable")
        ptr = np.zeros(network.n_nodes + 1, np.int32)
        np.cumsum(np.bincount(at, minlength=network.n_nodes), out=ptr[1:])
        return Csr(ptr=ptr, node=far[order], ticks=ticks[order], segment=segment[order])

    def legs(self, points: SnappedPoints) -> Legs:
        """Return what the last or first stretch of a walk costs, between points and junctions."""
        connector, along, beyond = points.leg_ticks()
        if self._is_length:
            return _plain_legs(connector, along, beyond, points.has_foot)
        whole = np.maximum(along + beyond, 1)
        segment = points.segment
        forward, backward = self.forward[segment].astype(np.int64), self.backward[segment].astype(np.int64)
        join = np.rint(connector * self.connector_per_m).astype(np.int64)
        ahead, back = (forward >= 0) & points.has_foot, (backward >= 0) & points.has_foot
        return Legs(
            connector=join,
            along=along,
            to_first=_total(join, backward, along, whole, back),
            to_last=_total(join, forward, beyond, whole, ahead),
            from_first=_total(join, forward, along, whole, ahead),
            from_last=_total(join, backward, beyond, whole, back),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Legs:
    """Costs in ticks between points and the ends of their segments, connectors included.

    -1 where that way is closed or the point has no foot; all of shape (n_points,).

    Attributes
    ----------
    connector
        The connector alone.
    along
        Length in ticks from the first vertex of the segment to the foot.
    to_first, to_last
        From the point to the first or last vertex of its segment.
    from_first, from_last
        From there to the point.
    """

    connector: NDArray[np.int64]
    along: NDArray[np.int64]
    to_first: NDArray[np.int64]
    to_last: NDArray[np.int64]
    from_first: NDArray[np.int64]
    from_last: NDArray[np.int64]


def _plain_legs(
    connector: NDArray[np.int64],
    along: NDArray[np.int64],
    beyond: NDArray[np.int64],
    has_foot: NDArray[np.bool_],
) -> Legs:
    """Return legs that cost their length: the same answer as by dividing, ten times sooner."""
    first, last = (np.where(has_foot, connector + part, -1) for part in (along, beyond))
    return Legs(
        connector=connector, along=along, to_first=first, to_last=last, from_first=first, from_last=last
    )


def length_costs(network: WalkNetwork) -> Costs:
    """Return plain metres, both ways alike."""
    ticks = network.length_ticks
    return Costs(network=network, unit="m", forward=ticks, backward=ticks)


def _total(
    join: NDArray[np.int64],
    cost: NDArray[np.int64],
    part: NDArray[np.int64],
    whole: NDArray[np.int64],
    is_open: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """Connector and a part of a segment's cost, in whole numbers; exact where cost is length."""
    return np.where(is_open, join + (cost * part + whole // 2) // whole, -1)
