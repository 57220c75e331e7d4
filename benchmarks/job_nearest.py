"""Nearest facility of each kind for every junction of a network."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks import peers_networkx, peers_scipy
from benchmarks.errors import PeerMissing
from benchmarks.networks import REAL, Graph, at_nodes, facility_nodes, generated, graph_of, real
from benchmarks.peers_pandana import PandanaNetwork
from benchmarks.profiles import profile
from benchmarks.results import Comparison, JobResult, Table
from benchmarks.settings import LIMIT_M, Settings
from benchmarks.timing import Case, Timing, check, in_turns
from cfspace.access.nearest import nearest_many
from cfspace.network.model import WalkNetwork

SCIPY_GOAL, PANDANA_GOAL = 0.20, 0.02
WITH_GOAL = 100_000
# Peers that take minutes are given fewer kinds and rounds, and cfspace the same, apart from the rest.
MOST_FOR_NETWORKX = 10_000
FEW_KINDS_ABOVE, FEW_KINDS = 200_000, 1

Answer = dict[str, NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Scene:
    """A network, every junction of it a home, and the facilities."""

    name: str
    network: WalkNetwork
    graph: Graph
    facilities: dict[str, NDArray[np.int64]]

    def few(self, n_kinds: int) -> Scene:
        """Return the scene with the first kinds only."""
        chosen = dict(list(self.facilities.items())[:n_kinds])
        return Scene(self.name, self.network, self.graph, chosen)

    def ours(self, jobs: int) -> Callable[[], Answer]:
        """Return the public function on this scene; points are snapped before, as a run does."""
        homes = at_nodes(self.network, np.arange(self.network.n_nodes))
        targets = {kind: at_nodes(self.network, nodes) for kind, nodes in self.facilities.items()}
        limits = dict.fromkeys(targets, LIMIT_M)

        def search() -> Answer:
            found = nearest_many(self.network, homes, targets, max_walk_m=limits, jobs=jobs)
            return {kind: one.metres for kind, one in found.items()}

        return search


def run(settings: Settings) -> JobResult:
    """Compare on generated networks of every size, then on the real cities."""
    result = JobResult(
        job="nearest",
        title=f"Nearest of {settings.n_kinds} kinds x {settings.per_kind} facilities within 1,500 m",
    )
    hierarchies: list[tuple[str, ...]] = []
    for size in settings.sizes:
        network = generated(size)
        scene = _scene(f"{size:,} nodes", network, settings, settings.per_kind)
        goal = SCIPY_GOAL if size >= WITH_GOAL else None
        _against_scipy(scene, settings, result, goal=goal)
        for peer in ("pandana", "pandarm"):
            _against_pandana(scene, peer, settings, result, hierarchies, has_goal=size >= WITH_GOAL)
    for city in REAL if settings.shared else ():
        network = real(city, settings.shared) if settings.shared else generated(100)
        _against_scipy(_scene(city, network, settings, 100), settings, result, goal=None)
    if hierarchies:
        columns = ("network", "peer", "seconds to build, not counted above")
        result.tables.append(
            Table(title="Building the peers' networks", columns=columns, rows=tuple(hierarchies))
        )
    return result


def _scene(name: str, network: WalkNetwork, settings: Settings, per_kind: int) -> Scene:
    facilities = facility_nodes(network, n_kinds=settings.n_kinds, per_kind=per_kind)
    return Scene(name, network, graph_of(network), facilities)


def _against_scipy(scene: Scene, settings: Settings, result: JobResult, *, goal: float | None) -> None:
    lengths = peers_scipy.matrix(scene.graph)

    def by_scipy() -> Answer:
        places = scene.facilities.items()
        return {kind: peers_scipy.nearest_m(lengths, nodes, limit_m=LIMIT_M) for kind, nodes in places}

    many, one = f"cfspace, {settings.jobs} threads", "cfspace, 1 thread"
    cases: dict[str, Case] = {many: scene.ours(settings.jobs), one: scene.ours(1), "scipy": by_scipy}
    if scene.graph.n_nodes <= MOST_FOR_NETWORKX and scene.name[0].isdigit():
        dicts = peers_networkx.graph_of_dicts(scene.graph)
        places = scene.facilities.values()
        cases["networkx"] = lambda: [
            peers_networkx.nearest_m(dicts, nodes, limit_m=LIMIT_M) for nodes in places
        ]
        _check_same(scene, scene.ours(1)(), dict(zip(scene.facilities, cases["networkx"](), strict=True)))  # type: ignore[call-overload]
    _check_same(scene, scene.ours(settings.jobs)(), by_scipy())
    timings = in_turns(cases, rounds=settings.rounds)
    result.comparisons.append(Comparison.of(scene.name, timings, many, "scipy", goal=goal))
    result.comparisons.append(Comparison.of(scene.name, timings, one, "scipy"))
    if "networkx" in cases:
        result.comparisons.append(Comparison.of(scene.name, timings, many, "networkx"))
    if goal is not None and result.comparisons[-2].is_missed:
        result.profiles.append((f"{scene.name}, 1 thread", profile(cases[one])))


def _against_pandana(
    scene: Scene,
    peer: str,
    settings: Settings,
    result: JobResult,
    hierarchies: list[tuple[str, ...]],
    *,
    has_goal: bool,
) -> None:
    chosen = scene.few(FEW_KINDS) if scene.graph.n_nodes > FEW_KINDS_ABOVE else scene
    start = time.perf_counter()
    try:
        built = PandanaNetwork(peer, scene.graph)
    except PeerMissing as error:
        if str(error) not in result.missing:
            result.missing.append(str(error))
        return
    hierarchies.append((scene.name, peer, f"{time.perf_counter() - start:.1f}"))
    for kind, nodes in chosen.facilities.items():
        built.place(kind, nodes, limit_m=LIMIT_M, most=1)
    ours = f"cfspace, {settings.jobs} threads"
    cases: dict[str, Case] = {
        ours: chosen.ours(settings.jobs),
        peer: lambda: [built.nearest_m(kind, limit_m=LIMIT_M) for kind in chosen.facilities],
    }
    for kind, metres in chosen.ours(settings.jobs)().items():
        theirs = built.nearest_m(kind, limit_m=LIMIT_M)
        reached = np.isfinite(metres)
        check(np.allclose(theirs[reached], metres[reached], atol=0.01), f"{scene.name}, {kind}: {peer}")
        check(bool((theirs[~reached] >= LIMIT_M - 0.01).all()), f"{scene.name}, {kind}: {peer} beyond")
    timings: dict[str, Timing] = in_turns(cases, rounds=settings.rounds)
    what = scene.name if chosen is scene else f"{scene.name}, {FEW_KINDS} kind"
    goal = PANDANA_GOAL if has_goal and peer == "pandana" else None
    result.comparisons.append(Comparison.of(what, timings, ours, peer, goal=goal))


def _check_same(scene: Scene, ours: Answer, theirs: Answer) -> None:
    """Junctions without a street have no foot in cfspace (NaN); to a peer they are out of reach."""
    for kind, metres in ours.items():
        mine = np.where(np.isnan(metres), np.inf, metres)
        other = np.where(np.isnan(metres), np.inf, theirs[kind])
        check(np.allclose(mine, other, atol=0.001), f"{scene.name}, {kind}")
