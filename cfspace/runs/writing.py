"""Writing the folder of a run: tables first, and pictures where they are asked for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cfspace.present.tiles import Tiles
from cfspace.runs import files
from cfspace.runs.counted import write_counted, write_land
from cfspace.runs.measuring import Measured
from cfspace.runs.provenance import Computed, run_record
from cfspace.runs.service_areas import service_areas
from cfspace.runs.stages import Stages


def write_run(
    measured: Measured,
    scored: Computed,
    folder: Path,
    *,
    lang: str,
    draw: bool,
    stages: Stages,
    areas: bool | None = None,
    tiles: Tiles | None = None,
    more: Mapping[str, Any] | None = None,
    compare: Callable[[Path], None] | None = None,
) -> None:
    """Write every file of a run into a folder; `more` is added to ``run.json``.

    `compare` writes what else the folder holds, once its tables are there and before it is drawn.

    Service areas are pictures: `areas` says whether they are kept, and is as `draw` if it is not given.
    """
    with stages("tables"):
        _write_tables(measured, scored, folder)
    more = dict(more or {})
    if draw if areas is None else areas:
        with stages("service areas"):
            files.write_areas(service_areas(measured), folder / "areas.parquet")
        more["areas"] = "areas.parquet"
    _write_record(measured, scored, stages, lang, folder, more)
    if compare is not None:
        compare(folder)
    if draw:
        draw_run(folder, lang=lang, tiles=tiles, stages=stages)
    if draw or compare is not None:
        _write_record(measured, scored, stages, lang, folder, more)


def draw_run(folder: Path, *, lang: str, tiles: Tiles | None = None, stages: Stages | None = None) -> None:
    """Draw spreadsheet, map and report of a finished run into its folder."""
    from cfspace.present.maps import draw_map
    from cfspace.present.report import draw_report
    from cfspace.present.tables import write_xlsx

    stages = stages or Stages()
    with stages("spreadsheet"):
        write_xlsx(folder, folder / "coverage.xlsx", lang=lang)
    with stages("map"):
        page = draw_map(folder, lang=lang, tiles=tiles)
        (folder / "map.html").write_text(page, encoding="utf-8", newline="\n")
    with stages("report"):
        (folder / "report.html").write_text(draw_report(folder, lang=lang), encoding="utf-8", newline="\n")


def _write_tables(measured: Measured, scored: Computed, folder: Path) -> None:
    files.write_csv(scored.coverage, folder / "coverage.csv")
    files.write_csv(scored.scores, folder / "scores.csv")
    files.write_csv(scored.causes, folder / "uncertainty.csv")
    files.write_csv(scored.ranks, folder / "ranks.csv")
    files.write_csv(scored.ranges, folder / "task_ranges.csv")
    write_counted(scored.counted, folder / "counted.parquet")
    write_land(scored.land, folder / "residential.parquet")
    files.write_homes(measured, folder / "homes.parquet")
    files.write_ways_out(measured, folder / "ways_out.parquet")
    files.write_entrances(measured, folder / "entrances.parquet")
    files.write_facilities(measured, folder / "facilities.parquet")
    files.write_segments(measured, folder / "segments.parquet")
    files.write_trips(measured, folder / "trips.parquet")
    files.write_pairs(measured, folder / "pairs.parquet")
    files.write_minutes(measured, folder / "minutes.parquet")
    files.write_merges(measured, folder / "merges.csv")
    files.write_scenery(measured, folder / "scenery.parquet")
    files.write_units(measured, scored.scores, folder / "units.gpkg")


def _write_record(
    measured: Measured,
    scored: Computed,
    stages: Stages,
    language: str,
    folder: Path,
    more: Mapping[str, Any],
) -> None:
    record = {**run_record(measured, scored, language=language), **more}
    record |= {"timings_s": stages.timings_s, "peak_memory_mb": peak_memory_mb()}
    record["files"] = sorted(path.name for path in folder.iterdir() if path.name != "run.json")
    files.write_json(record, folder / "run.json")


def peak_memory_mb() -> float | None:
    """Return the most memory this process has held, in megabytes; None where the system does not tell."""
    status = Path("/proc/self/status")
    if status.is_file():
        # Linux's other figure, that of getrusage, begins with what the process that started us held.
        lines = status.read_text(encoding="ascii", errors="replace").splitlines()
        held_kb = next((line.split()[1] for line in lines if line.startswith("VmHWM:")), None)
        if held_kb is not None:
            return round(int(held_kb) / 2**10, 1)
    try:
        import resource
    except ModuleNotFoundError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10), 1)
