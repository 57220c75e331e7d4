"""What scoring takes beside computing access: one city in memory, scored and walked in turns."""

from __future__ import annotations

from benchmarks.processes import PROJECT
from benchmarks.results import Comparison, JobResult
from benchmarks.settings import Settings
from benchmarks.timing import check, in_turns
from cfspace.access.table import access_table
from cfspace.rulebooks import load_rulebook
from cfspace.runs.loading import load_city
from cfspace.runs.measuring import measure, walkers_of
from cfspace.runs.run import compute

GOAL = 1.0
SCORING = "every indicator, with causes, scores and ranks"
ACCESS = "walks: snapping, access, trips, profiles"
TABLE = "snapping and the access table alone"


def run(settings: Settings) -> JobResult:
    """Compare on Las Palmas (on the sample city where there is no real data)."""
    study = settings.shared / "studies" / "las_palmas.toml" if settings.shared else None
    what = "Las Palmas" if study else "sample city"
    city = load_city(study or PROJECT / "data" / "sample" / "study.toml")
    rulebook = load_rulebook(city.study.study.rulebook)
    measured = measure(city, rulebook, jobs=settings.jobs)
    result = JobResult(job="scoring", title=f"{what}: scoring beside computing access, both in memory")
    first, again = (compute(measured, lang="en") for _ in range(2))
    check(first.coverage.equals(again.coverage), "scored twice")

    def table() -> object:
        walkers = walkers_of(city, rulebook)
        return access_table(
            city.network,
            walkers.homes,
            walkers.entrances,
            walkers.masks,
            limits_m=walkers.limits_m,
            jobs=settings.jobs,
        )

    cases = {
        SCORING: lambda: compute(measured, lang="en"),
        ACCESS: lambda: measure(city, rulebook, jobs=settings.jobs),
        TABLE: table,
    }
    timings = in_turns(cases, rounds=settings.rounds)
    result.comparisons.append(Comparison.of(what, timings, SCORING, ACCESS, goal=GOAL if study else None))
    result.comparisons.append(Comparison.of(what, timings, SCORING, TABLE))
    return result
