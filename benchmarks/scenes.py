"""What searches are measured on: a network, every junction of it a home, and facilities of some kinds."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.errors import PeerMissingError
from benchmarks.networks import REAL, Graph, at_nodes, facility_nodes, generated, graph_of, real
from benchmarks.peers_pandana import PandanaNetwork
from benchmarks.results import JobResult, Table
from benchmarks.settings import Settings
from cfspace.network.model import WalkNetwork
from cfspace.network.snap import SnappedPoints

PER_KIND_IN_A_CITY = 100
# Peers that take minutes a round are given fewer of them.
SLOW_ABOVE, ROUNDS_WHEN_SLOW = 200_000, 5


@dataclass(frozen=True, slots=True)
class Scene:
    """A network, every junction of it a home, and the facilities.

    Attributes
    ----------
    name
        How tables call it.
    network, graph
        The same streets, as cfspace and as its peers take them.
    facilities
        By kind, the junctions on which they lie.
    """

    name: str
    network: WalkNetwork
    graph: Graph
    facilities: dict[str, NDArray[np.int64]]

    def few(self, n_kinds: int) -> Scene:
        """Return the scene with the first kinds only."""
        return replace(self, facilities=dict(list(self.facilities.items())[:n_kinds]))

    @property
    def is_generated(self) -> bool:
        """Whether the network is made up: its name begins with its size."""
        return self.name[0].isdigit()

    def homes(self) -> SnappedPoints:
        """Return a home on every junction."""
        return at_nodes(self.network, np.arange(self.network.n_nodes))

    def targets(self, kind: str) -> SnappedPoints:
        """Return the facilities of a kind as points of the network."""
        return at_nodes(self.network, self.facilities[kind])

    def rounds(self, settings: Settings) -> int:
        """Return how often a slow peer is timed."""
        is_slow = self.graph.n_nodes > SLOW_ABOVE
        return min(settings.rounds, ROUNDS_WHEN_SLOW) if is_slow else settings.rounds


def scenes(settings: Settings, *, n_kinds: int, per_kind: int) -> Iterator[Scene]:
    """Yield generated networks of every size, then the real cities; the latter with fewer facilities."""
    for size in settings.sizes:
        yield scene(f"{size:,} nodes", generated(size), n_kinds=n_kinds, per_kind=per_kind)
    if settings.shared is None:
        return
    for city in REAL:
        network = real(city, settings.shared)
        few = min(per_kind, PER_KIND_IN_A_CITY)
        yield scene(f"{city}, {network.n_nodes:,} nodes", network, n_kinds=n_kinds, per_kind=few)


def scene(name: str, network: WalkNetwork, *, n_kinds: int, per_kind: int) -> Scene:
    """Return a network with facilities of some kinds."""
    facilities = facility_nodes(network, n_kinds=n_kinds, per_kind=per_kind)
    return Scene(name, network, graph_of(network), facilities)


class Hierarchies:
    """The peers' networks, built once each, and how long that took; it is told and not counted."""

    def __init__(self, result: JobResult) -> None:
        self._result = result
        self._rows: list[tuple[str, ...]] = []

    def build(self, peer: str, scene: Scene) -> PandanaNetwork | None:
        """Return the network of pandana or pandarm; None where it is missing, which the result then tells."""
        start = time.perf_counter()
        try:
            built = PandanaNetwork(peer, scene.graph)
        except PeerMissingError as error:
            if str(error) not in self._result.missing:
                self._result.missing.append(str(error))
            return None
        self._rows.append((scene.name, peer, f"{time.perf_counter() - start:.1f}"))
        return built

    def tell(self) -> None:
        """Write the seconds into the result."""
        if self._rows:
            columns = ("network", "peer", "seconds to build, not counted above")
            self._result.tables.append(
                Table(title="Building the peers' networks", columns=columns, rows=tuple(self._rows))
            )
