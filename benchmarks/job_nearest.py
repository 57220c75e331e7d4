"""Nearest facility of each kind for every junction of a network."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from benchmarks import peers_networkx, peers_scipy
from benchmarks.profiles import profile
from benchmarks.results import Comparison, JobResult
from benchmarks.scenes import SLOW_ABOVE, Hierarchies, Scene, scenes
from benchmarks.settings import LIMIT_M, Settings
from benchmarks.timing import Case, check, in_turns
from cfspace.access.nearest import nearest_many

SCIPY_GOAL, PANDANA_GOAL = 0.20, 0.02
WITH_GOAL = 50_000
MOST_FOR_NETWORKX = 10_000
# pandana and pandarm are given one kind on the largest network, and cfspace the same.
FEW_KINDS = 1

Answer = dict[str, NDArray[np.float64]]


def run(settings: Settings) -> JobResult:
    """Compare on generated networks of every size, then on the real cities."""
    result = JobResult(
        job="nearest",
        title=f"nearest of {settings.n_kinds} kinds x {settings.per_kind} facilities "
        "(100 in real cities) within 1,500 m of every junction",
    )
    hierarchies = Hierarchies(result)
    for one in scenes(settings, n_kinds=settings.n_kinds, per_kind=settings.per_kind):
        _against_scipy(one, settings, result)
        for peer in ("pandana", "pandarm") if one.is_generated else ():
            _against_pandana(one, peer, settings, result, hierarchies)
    hierarchies.tell()
    return result


def ours(scene: Scene, jobs: int) -> Callable[[], Answer]:
    """Return the public function on a scene; points are snapped before, as a run does."""
    homes, targets = scene.homes(), {kind: scene.targets(kind) for kind in scene.facilities}
    limits = dict.fromkeys(targets, LIMIT_M)

    def search() -> Answer:
        found = nearest_many(scene.network, homes, targets, max_walk_m=limits, jobs=jobs)
        return {kind: one.metres for kind, one in found.items()}

    return search


def _has_goal(scene: Scene) -> bool:
    return scene.is_generated and scene.graph.n_nodes >= WITH_GOAL


def _against_scipy(scene: Scene, settings: Settings, result: JobResult) -> None:
    lengths = peers_scipy.matrix(scene.graph)

    def by_scipy() -> Answer:
        places = scene.facilities.items()
        return {kind: peers_scipy.nearest_m(lengths, nodes, limit_m=LIMIT_M) for kind, nodes in places}

    many, one = f"{settings.jobs} threads", "1 thread"
    cases: dict[str, Case] = {many: ours(scene, settings.jobs), one: ours(scene, 1), "scipy": by_scipy}
    _check_same(scene, ours(scene, settings.jobs)(), by_scipy())
    _check_same(scene, ours(scene, 1)(), by_scipy())
    if scene.is_generated and scene.graph.n_nodes <= MOST_FOR_NETWORKX:
        by_networkx = _by_networkx(scene)
        _check_same(scene, ours(scene, 1)(), by_networkx())
        cases["networkx"] = by_networkx
    timings = in_turns(cases, rounds=settings.rounds)
    goal = SCIPY_GOAL if _has_goal(scene) else None
    against = Comparison.of(scene.name, timings, many, "scipy", goal=goal)
    result.comparisons.append(against)
    result.comparisons.append(Comparison.of(scene.name, timings, one, "scipy"))
    if "networkx" in cases:
        result.comparisons.append(Comparison.of(scene.name, timings, many, "networkx"))
    if against.is_missed:
        result.profiles.append((f"{scene.name}, 1 thread", profile(cases[one])))


def _by_networkx(scene: Scene) -> Callable[[], Answer]:
    graph = peers_networkx.graph_of_dicts(scene.graph)

    def search() -> Answer:
        places = scene.facilities.items()
        return {kind: peers_networkx.nearest_m(graph, nodes, limit_m=LIMIT_M) for kind, nodes in places}

    return search


def _against_pandana(
    scene: Scene, peer: str, settings: Settings, result: JobResult, hierarchies: Hierarchies
) -> None:
    built = hierarchies.build(peer, scene)
    if built is None:
        return
    chosen = scene.few(FEW_KINDS) if scene.graph.n_nodes > SLOW_ABOVE else scene
    for kind, nodes in chosen.facilities.items():
        built.place(kind, nodes, limit_m=LIMIT_M, most=1)

    def by_peer() -> Answer:
        return {kind: built.nearest_m(kind, limit_m=LIMIT_M) for kind in chosen.facilities}

    many = f"{settings.jobs} threads"
    cases: dict[str, Case] = {many: ours(chosen, settings.jobs), peer: by_peer}
    theirs = by_peer()
    for kind, metres in ours(chosen, settings.jobs)().items():
        # Where there is none the peer answers with the limit.
        reached = np.isfinite(metres)
        check(np.allclose(theirs[kind][reached], metres[reached], atol=0.01), f"{scene.name}, {kind}: {peer}")
        check(bool((theirs[kind][~reached] >= LIMIT_M - 0.01).all()), f"{scene.name}, {kind}: {peer} beyond")
    timings = in_turns(cases, rounds=scene.rounds(settings))
    what = scene.name if chosen is scene else f"{scene.name}, {FEW_KINDS} kind"
    goal = PANDANA_GOAL if _has_goal(scene) and peer == "pandana" else None
    result.comparisons.append(Comparison.of(what, timings, many, peer, goal=goal))


def _check_same(scene: Scene, ours: Answer, theirs: Answer) -> None:
    """Junctions without a street have no foot in cfspace (NaN); to a peer they are out of reach."""
    for kind, metres in ours.items():
        mine = np.where(np.isnan(metres), np.inf, metres)
        other = np.where(np.isnan(metres), np.inf, theirs[kind])
        check(np.allclose(mine, other, atol=0.001), f"{scene.name}, {kind}")
