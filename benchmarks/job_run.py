"""A whole city in one process each: `cfspace run`, and a script of pyrosm, pandana and geopandas."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import geopandas as gpd
import pandas as pd

from benchmarks.errors import PeerMissingError
from benchmarks.peers import peer
from benchmarks.processes import PROJECT, Finished, peak_mb, processes_in_turns, whole
from benchmarks.results import Check, Comparison, JobResult, Table
from benchmarks.settings import Settings
from benchmarks.timing import check

TABLES_GOAL, DRAWN_GOAL, MEMORY_GOAL = 0.5, 1.0, 0.5
MOST_ROUNDS = 5
# By hand one snaps to junctions and takes a park's middle: shares agree best on a library, one building.
SAME_SHARE = 0.05
TABLES, DRAWN, CACHED, BY_HAND = "up to the tables", "map and report", "tables, cached", "by hand"


def run(settings: Settings) -> JobResult:
    """Compare on Las Palmas (on the sample city, without peer, where there is no real data)."""
    study = settings.shared / "studies" / "las_palmas.toml" if settings.shared else None
    city = "Las Palmas" if study else "sample city"
    result = JobResult(job="run", title=f"{city}, whole processes, kernels compiled and files read before")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        commands = _ours(study or PROJECT / "data" / "sample" / "study.toml", out)
        if settings.shared is None:
            del commands[DRAWN]
            result.notes.append("The script by hand needs the extract of Las Palmas, which is absent.")
        elif _has_peers(result):
            data = settings.shared / "data" / "las_palmas"
            files = [data / "las_palmas_2023_osm_20230221.pbf", data / "secondary_school_catchments.geojson"]
            names = [str(file) for file in files]
            commands[BY_HAND] = ["-m", "benchmarks.program_by_hand", *names, "Codigo", str(out / "hand.csv")]
        ended = processes_in_turns(commands, rounds=min(settings.rounds, MOST_ROUNDS))
        _tell(result, ended, city)
        if BY_HAND in ended:
            _check_library(out)
        if result.misses_a_goal:
            result.profiles.append(("stages of a run up to the tables", _stages(out / "tables" / "run.json")))
    return result


def _ours(study: Path, out: Path) -> dict[str, list[str]]:
    base = ["-m", "cfspace", "run", str(study), "--force", "--jobs", "2"]
    return {
        TABLES: [*base, "--no-cache", "--no-draw", "--out", str(out / "tables")],
        DRAWN: [*base, "--no-cache", "--out", str(out / "drawn")],
        CACHED: [*base, "--no-draw", "--out", str(out / "cached")],
    }


def _has_peers(result: JobResult) -> bool:
    for name in ("pyrosm", "pandana"):
        try:
            peer(name)
        except PeerMissingError as error:
            result.missing.append(str(error))
    return not result.missing


def _tell(result: JobResult, ended: dict[str, list[Finished]], city: str) -> None:
    timings = {name: whole(one) for name, one in ended.items()}
    rows = [(name, f"{timings[name].median_s:.1f}", f"{peak_mb(one):.0f}") for name, one in ended.items()]
    columns = ("process", "seconds", "most memory, MB")
    result.tables.append(Table(title="Seconds and memory", columns=columns, rows=tuple(rows)))
    result.comparisons.append(Comparison.of(city, timings, CACHED, TABLES))
    if BY_HAND not in ended:
        return
    result.comparisons.append(Comparison.of(city, timings, TABLES, BY_HAND, goal=TABLES_GOAL))
    result.comparisons.append(Comparison.of(city, timings, DRAWN, BY_HAND, goal=DRAWN_GOAL))
    share = peak_mb(ended[TABLES]) / peak_mb(ended[BY_HAND])
    result.checks.append(
        Check(
            what="memory of a run up to the tables, by hand = 1",
            value=f"{share:.2f}",
            goal=f"<= {MEMORY_GOAL}",
            is_met=share <= MEMORY_GOAL,
        )
    )
    result.notes.append(
        "By hand: thirteen kinds at two distances, a share of buildings for each district, nothing else. A "
        "run evaluates the whole rulebook, with trips to school, minutes, entrances, islands, barriers, "
        "evidence, scores and intervals. The script reads in memory, pyrosm's fastest way for many layers; "
        "no process finds anything that another has left in the folder for temporary files. The goals were "
        "set beside an older pyrosm, with which the script took 20 s and 1.7 GB."
    )


def _check_library(out: Path) -> None:
    """Both give about the same share of homes with a library within 500 m."""
    homes = gpd.read_parquet(out / "tables" / "homes.parquet").dropna(subset=["m_library", "district_id"])
    ours = (homes["m_library"] <= 500).groupby(homes["district_id"].astype(str)).mean()
    hand = pd.read_csv(out / "hand.csv", dtype={0: str}, index_col=0)["library_500"]
    apart = (ours - hand).abs().mean()
    check(bool(apart <= SAME_SHARE), f"library within 500 m, mean difference of districts {apart:.3f}")


def _stages(record: Path) -> str:
    timings: dict[str, float] = json.loads(record.read_text(encoding="utf-8"))["timings_s"]
    rows = sorted(timings.items(), key=lambda one: -one[1])
    return "\n".join(f"{seconds:8.2f} s  {stage}" for stage, seconds in rows)
