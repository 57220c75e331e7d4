"""From an OSM extract to walk network, buildings and facilities: cfspace, its cache, and pyrosm."""

from __future__ import annotations

from benchmarks.errors import PeerMissingError
from benchmarks.peers import peer
from benchmarks.processes import PROJECT, Finished, inner, processes_in_turns
from benchmarks.profiles import profile
from benchmarks.program_read import by_cfspace
from benchmarks.results import Check, Comparison, JobResult, Table
from benchmarks.settings import Settings
from benchmarks.timing import check

READING_GOAL, CACHE_GOAL = 0.6, 0.1
SAMPLE = PROJECT / "data" / "sample" / "study.toml"
MOST_ROUNDS = 5
# pyrosm joins multipolygons by rules of its own, and an extract that is clipped has broken ones.
SAME_BUILDINGS = 0.01


def run(settings: Settings) -> JobResult:
    """Compare on Las Palmas (on the sample city where there is no real data)."""
    study = settings.shared / "studies" / "las_palmas.toml" if settings.shared else SAMPLE
    city = "Las Palmas" if settings.shared else "sample city"
    result = JobResult(job="reading", title=f"{city}: PBF to walk network, buildings and facilities")
    readers = ["cfspace", "cache"]
    try:
        peer("pyrosm")
        readers.append("pyrosm")
    except PeerMissingError as error:
        result.missing.append(str(error))
    commands = {
        reader: ["-m", "benchmarks.program_read", reader, str(SAMPLE), str(study)] for reader in readers
    }
    ended = processes_in_turns(commands, rounds=min(settings.rounds, MOST_ROUNDS))
    _tell(result, ended, city)
    if result.misses_a_goal:
        result.profiles.append(("reading, no cache", profile(lambda: by_cfspace(study, is_cached=False))))
    return result


def _tell(result: JobResult, ended: dict[str, list[Finished]], city: str) -> None:
    timings = {reader: inner(one) for reader, one in ended.items()}
    keys = ("segments", "buildings", "facilities", "kinds")
    rows = [(reader, *(f"{one[0].told[key]:,}" for key in keys)) for reader, one in ended.items()]
    result.tables.append(Table(title="What was read", columns=("by", *keys), rows=tuple(rows)))
    same = ended["cfspace"][0].told["buildings"], ended["cache"][0].told["buildings"]
    result.checks.append(
        Check(
            what="out of the cache comes the same",
            value=f"{same[1]:,}",
            goal=f"{same[0]:,}",
            is_met=same[0] == same[1],
        )
    )
    result.comparisons.append(Comparison.of(city, timings, "cache", "cfspace"))
    if "pyrosm" not in ended:
        return
    theirs = ended["pyrosm"][0].told["buildings"]
    check(abs(theirs - same[0]) <= SAME_BUILDINGS * same[0], f"{city}: buildings of pyrosm, {theirs}")
    result.comparisons.append(Comparison.of(city, timings, "cfspace", "pyrosm", goal=READING_GOAL))
    result.comparisons.append(Comparison.of(city, timings, "cache", "pyrosm", goal=CACHE_GOAL))
    result.notes.append(
        "cfspace reads every kind it knows, crossings, gates, land use, barriers and walls in the same pass; "
        "pyrosm is asked for thirteen kinds in one call. pyrosm counts edges between vertices, cfspace "
        "segments between junctions. The goals were set beside a pyrosm that took 6 s for these layers; "
        "since 0.25 its reader is compiled anew and takes a tenth of that."
    )
