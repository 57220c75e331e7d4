"""From an OSM extract to walk network, buildings and facilities: cfspace, its cache, and pyrosm."""

from __future__ import annotations

import tempfile
from pathlib import Path

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
OURS, OUR_CACHE = "cfspace", "cfspace, its cache"
PEER, PEER_IN_MEMORY, PEER_CACHE = "pyrosm", "pyrosm, in memory", "pyrosm, its cache"
READERS = {OURS: "cfspace", OUR_CACHE: "cache"}
PEERS = {PEER: "pyrosm", PEER_IN_MEMORY: "pyrosm-memory", PEER_CACHE: "pyrosm"}


def run(settings: Settings) -> JobResult:
    """Compare on Las Palmas (on the sample city where there is no real data)."""
    study = settings.shared / "studies" / "las_palmas.toml" if settings.shared else SAMPLE
    city = "Las Palmas" if settings.shared else "sample city"
    result = JobResult(job="reading", title=f"{city}: PBF to walk network, buildings and facilities")
    readers = dict(READERS)
    try:
        peer("pyrosm")
        readers |= PEERS
    except PeerMissingError as error:
        result.missing.append(str(error))
    commands = {
        name: ["-m", "benchmarks.program_read", reader, str(SAMPLE), str(study)]
        for name, reader in readers.items()
    }
    with tempfile.TemporaryDirectory() as kept:
        ended = processes_in_turns(
            commands, rounds=min(settings.rounds, MOST_ROUNDS), temporary={PEER_CACHE: Path(kept)}
        )
    _tell(result, ended, city)
    if result.misses_a_goal:
        result.profiles.append(("reading, no cache", profile(lambda: by_cfspace(study, is_cached=False))))
        result.profiles.append(("reading, cache", profile(lambda: by_cfspace(study, is_cached=True))))
    return result


def _tell(result: JobResult, ended: dict[str, list[Finished]], city: str) -> None:
    timings = {reader: inner(one) for reader, one in ended.items()}
    keys = ("segments", "buildings", "facilities", "kinds")
    rows = [(reader, *(f"{one[0].told[key]:,}" for key in keys)) for reader, one in ended.items()]
    result.tables.append(Table(title="What was read", columns=("by", *keys), rows=tuple(rows)))
    same = ended[OURS][0].told["buildings"], ended[OUR_CACHE][0].told["buildings"]
    result.checks.append(
        Check(
            what="out of the cache comes the same",
            value=f"{same[1]:,}",
            goal=f"{same[0]:,}",
            is_met=same[0] == same[1],
        )
    )
    result.comparisons.append(Comparison.of(city, timings, OUR_CACHE, OURS))
    if PEER not in ended:
        return
    theirs = ended[PEER][0].told["buildings"]
    check(abs(theirs - same[0]) <= SAME_BUILDINGS * same[0], f"{city}: buildings of pyrosm, {theirs}")
    for ours, goal in ((OURS, READING_GOAL), (OUR_CACHE, CACHE_GOAL)):
        for other in (PEER, PEER_IN_MEMORY):
            result.comparisons.append(Comparison.of(city, timings, ours, other, goal=goal))
    result.comparisons.append(Comparison.of(city, timings, OUR_CACHE, PEER_CACHE))
    result.notes.append(
        "cfspace reads every kind it knows, crossings, gates, land use, barriers and walls in the same pass. "
        "pyrosm is asked in one call for the tags of the same kinds, and for any object that has one: its "
        "facilities are objects, of which cfspace's rules keep fewer. pyrosm counts edges between vertices, "
        "cfspace segments between junctions. pyrosm reads in two ways: by its usual engine, which reads the "
        "file for each layer and keeps the results in the folder for temporary files, and in memory, where "
        "it reads the file once. Each process of the first two gets an empty folder; the third finds what "
        "the one before it has kept."
    )
