"""Every pair of a junction and a facility within 1,500 m of each other, as a sparse table."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from benchmarks import peers_scipy
from benchmarks.floors import search_floor
from benchmarks.profiles import profile
from benchmarks.results import Comparison, JobResult
from benchmarks.scenes import SLOW_ABOVE, Hierarchies, Scene, scenes
from benchmarks.settings import LIMIT_M, Settings
from benchmarks.timing import Case, check, in_turns
from cfspace.access.pairs import Pairs, pairs_within

SCIPY_GOAL, PANDANA_GOAL = 0.03, 0.2
WITH_GOAL = 50_000


def run(settings: Settings) -> JobResult:
    """Compare on generated networks up to 1e5 nodes (dense rows of 1e6 take scipy minutes), and on cities."""
    result = JobResult(
        job="pairs",
        title=f"pairs of every junction and {settings.n_paired} facilities (100 in real cities) "
        "within 1,500 m",
    )
    hierarchies = Hierarchies(result)
    for scene in scenes(settings, n_kinds=1, per_kind=settings.n_paired):
        if scene.graph.n_nodes > SLOW_ABOVE:
            continue
        _against_scipy(scene, settings, result)
        for peer in ("pandana", "pandarm") if scene.is_generated else ():
            _against_pandana(scene, peer, settings, result, hierarchies)
    hierarchies.tell()
    result.notes.append(
        "scipy searches 64 facilities at a time, whose dense answers fit the cache. The goal was set beside "
        "a scipy that took 48 times as long as the best kernel known; the table of parts tells what a "
        "search takes here, and what is left of the public function beside it."
    )
    return result


def ours(scene: Scene, jobs: int) -> Callable[[], Pairs]:
    """Return the public function on a scene."""
    homes, targets = scene.homes(), scene.targets("kind_00")
    return lambda: pairs_within(scene.network, homes, targets, max_walk_m=LIMIT_M, jobs=jobs)


def _goal(scene: Scene, goal: float) -> float | None:
    return goal if scene.is_generated and scene.graph.n_nodes >= WITH_GOAL else None


def _against_scipy(scene: Scene, settings: Settings, result: JobResult) -> None:
    lengths, nodes = peers_scipy.matrix(scene.graph), scene.facilities["kind_00"]
    many, one = f"{settings.jobs} threads", "1 thread"
    cases: dict[str, Case] = {
        many: ours(scene, settings.jobs),
        one: ours(scene, 1),
        "scipy": lambda: peers_scipy.pairs(lengths, nodes, limit_m=LIMIT_M),
    }
    target, origin, metres = peers_scipy.pairs(lengths, nodes, limit_m=LIMIT_M)
    for jobs in (1, settings.jobs):
        _check_same(scene, ours(scene, jobs)(), origin, target, metres)
    timings = in_turns(cases, rounds=settings.rounds)
    against = Comparison.of(scene.name, timings, many, "scipy", goal=_goal(scene, SCIPY_GOAL))
    result.comparisons.extend([against, Comparison.of(scene.name, timings, one, "scipy")])
    if against.goal is not None:
        result.tables.append(
            search_floor(
                scene.network,
                scene.homes(),
                scene.targets("kind_00"),
                max_walk_m=LIMIT_M,
                whole=cases[one],
            )
        )
    if against.is_missed:
        result.profiles.append((f"{scene.name}, 1 thread", profile(cases[one])))


def _check_same(
    scene: Scene,
    found: Pairs,
    origin: NDArray[np.int64],
    target: NDArray[np.int64],
    metres: NDArray[np.float64],
) -> None:
    mine, other = np.lexsort((found.origin, found.target)), np.lexsort((origin, target))
    is_same = (
        np.array_equal(found.origin[mine], origin[other])
        and np.array_equal(found.target[mine], target[other])
        and np.allclose(found.metres[mine], metres[other], atol=0.001)
    )
    check(is_same, f"{scene.name}: scipy")


def _against_pandana(
    scene: Scene, peer: str, settings: Settings, result: JobResult, hierarchies: Hierarchies
) -> None:
    built = hierarchies.build(peer, scene)
    if built is None:
        return
    found = ours(scene, settings.jobs)()
    # Asked for as many places as the best served home has, so that none is cut off.
    own = np.bincount(found.origin, minlength=scene.graph.n_nodes)
    most = int(own.max())
    built.place("kind_00", scene.facilities["kind_00"], limit_m=LIMIT_M, most=most)
    metres, _ = built.nearest_places("kind_00", limit_m=LIMIT_M, most=most)
    order = np.lexsort((found.metres, found.origin))
    rank = np.arange(len(found)) - np.repeat(np.cumsum(own) - own, own)
    theirs = metres[found.origin[order], rank]
    check(np.allclose(theirs, found.metres[order], atol=0.01), f"{scene.name}: {peer}")
    check(int((metres < LIMIT_M - 0.01).sum()) == len(found), f"{scene.name}: {peer} finds other pairs")
    many = f"{settings.jobs} threads"
    cases: dict[str, Case] = {
        many: ours(scene, settings.jobs),
        peer: lambda: built.nearest_places("kind_00", limit_m=LIMIT_M, most=most),
    }
    timings = in_turns(cases, rounds=settings.rounds)
    goal = _goal(scene, PANDANA_GOAL) if peer == "pandana" else None
    result.comparisons.append(Comparison.of(scene.name, timings, many, peer, goal=goal))
