"""How many facilities lie within 500, 1,000 and 1,500 m of every junction."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from benchmarks import peers_scipy
from benchmarks.profiles import profile
from benchmarks.results import Comparison, JobResult
from benchmarks.scenes import SLOW_ABOVE, Hierarchies, Scene, scenes
from benchmarks.settings import BREAKS_M, Settings
from benchmarks.timing import Case, check, in_turns
from cfspace.access.pairs import count_within

SCIPY_GOAL = 0.12
WITH_GOAL = 50_000

Answer = NDArray[np.int32]


def run(settings: Settings) -> JobResult:
    """Compare on generated networks of every size, then on the real cities."""
    result = JobResult(
        job="counts",
        title=f"{settings.n_counted} facilities (100 in real cities) counted within 500, 1,000 and 1,500 m "
        "of every junction",
    )
    hierarchies = Hierarchies(result)
    for scene in scenes(settings, n_kinds=1, per_kind=settings.n_counted):
        _against_scipy(scene, settings, result)
        for peer in (
            ("pandana", "pandarm") if scene.is_generated and scene.graph.n_nodes <= SLOW_ABOVE else ()
        ):
            _against_pandana(scene, peer, settings, result, hierarchies)
    hierarchies.tell()
    return result


def ours(scene: Scene, jobs: int) -> Callable[[], Answer]:
    """Return the public function on a scene."""
    homes, targets = scene.homes(), scene.targets("kind_00")
    return lambda: count_within(scene.network, homes, targets, breaks_m=BREAKS_M, jobs=jobs)


def _against_scipy(scene: Scene, settings: Settings, result: JobResult) -> None:
    lengths, nodes = peers_scipy.matrix(scene.graph), scene.facilities["kind_00"]
    many, one = f"{settings.jobs} threads", "1 thread"
    cases: dict[str, Case] = {
        many: ours(scene, settings.jobs),
        one: ours(scene, 1),
        "scipy": lambda: peers_scipy.counts(lengths, nodes, breaks_m=BREAKS_M),
    }
    theirs = peers_scipy.counts(lengths, nodes, breaks_m=BREAKS_M)
    for jobs in (1, settings.jobs):
        _check_same(scene, ours(scene, jobs)(), theirs, "scipy")
    timings = in_turns(cases, rounds=scene.rounds(settings))
    goal = SCIPY_GOAL if scene.is_generated and scene.graph.n_nodes >= WITH_GOAL else None
    against = Comparison.of(scene.name, timings, many, "scipy", goal=goal)
    result.comparisons.extend([against, Comparison.of(scene.name, timings, one, "scipy")])
    if against.is_missed:
        result.profiles.append((f"{scene.name}, 1 thread", profile(cases[one])))


def _against_pandana(
    scene: Scene, peer: str, settings: Settings, result: JobResult, hierarchies: Hierarchies
) -> None:
    built = hierarchies.build(peer, scene)
    if built is None:
        return
    built.weigh(scene.facilities["kind_00"])
    _check_same(scene, ours(scene, settings.jobs)(), built.counts(BREAKS_M), peer)
    many = f"{settings.jobs} threads"
    cases: dict[str, Case] = {many: ours(scene, settings.jobs), peer: lambda: built.counts(BREAKS_M)}
    timings = in_turns(cases, rounds=settings.rounds)
    result.comparisons.append(Comparison.of(scene.name, timings, many, peer))


def _check_same(scene: Scene, ours: Answer, theirs: Answer, peer: str) -> None:
    """Junctions without a street have no foot in cfspace, where they get -1."""
    has_foot = ours[:, 0] >= 0
    check(np.array_equal(ours[has_foot], theirs[has_foot]), f"{scene.name}: {peer}")
