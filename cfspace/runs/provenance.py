"""``run.json``: where the numbers of a run come from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
from shapely.geometry import mapping

from cfspace.config.rulebook import Rulebook
from cfspace.config.study import Study
from cfspace.io.reports import LayerReport
from cfspace.runs.files import OSM_CREDIT, input_record, versions
from cfspace.runs.measuring import Measured

PATHS = frozenset({"file", "datum", "extent", "kinds", "rulebook", "walk_rules"})
SHOWN_ROWS = 1000
SHOWN_REASONS = 50
FIRST_ROWS = 5


@dataclass(frozen=True, kw_only=True)
class Computed:
    """What a rulebook makes of a measured city.

    Attributes
    ----------
    coverage, scores
        The tables ``coverage.csv`` and ``scores.csv``.
    causes, ranks, ranges
        The tables ``uncertainty.csv``, ``ranks.csv`` and ``task_ranges.csv``.
    completeness
        By kind, the share of the places there are that the study knows, where two lists tell of it.
    reasons
        By unit and indicator, in both languages, why there is no value.
    cautions
        Likewise, what of a value is not known.
    counted
        What each gate, place, segment and piece of land adds (``counted.parquet``).
    land
        Pieces of residential land, where these are known.
    """

    coverage: pd.DataFrame
    scores: pd.DataFrame
    causes: pd.DataFrame
    ranks: pd.DataFrame
    ranges: pd.DataFrame
    completeness: dict[str, float]
    reasons: list[dict[str, Any]]
    cautions: list[dict[str, Any]]
    counted: pd.DataFrame
    land: gpd.GeoDataFrame | None


def run_record(measured: Measured, scored: Computed, *, language: str) -> dict[str, Any]:
    """Return what ``run.json`` holds, but for times and memory."""
    city = measured.city
    study = city.study
    return {
        **fingerprint(study, measured.rulebook, language=language),
        "crs": city.crs.to_wkt(),
        "limits_m": dict(sorted(measured.limits_m.items())),
        "weights": {"kind": city.weights, "are_children": city.weights == "children"},
        "homes": {"position_m": city.position_m, "placed_within": city.placed_within},
        "evidence": city.evidence,
        "completeness": scored.completeness,
        "reasons": scored.reasons,
        "cautions": scored.cautions,
        "counts": _counts(measured),
        "layers": [layer_record(report) for report in (*city.reports, *measured.zones.reports)],
        "notes": [*city.notes, *measured.zones.notes],
        "extent": mapping(_wgs84(measured)),
        "scenery": "scenery.parquet",
        "licences": licences(study),
    }


def study_record(study: Study) -> dict[str, Any]:
    """Return a study as ``run.json`` holds it: paths as the study file has them."""
    record: dict[str, Any] = _relative(study.as_toml_dict(), study.source.parent)
    return record


def fingerprint(study: Study, rulebook: Rulebook, *, language: str) -> dict[str, Any]:
    """Return what the tables of a run depend on and nothing else: where it is the same, so are they."""
    base = study.source.parent
    return {
        "cfspace": versions()["cfspace"],
        "versions": versions(),
        "language": language,
        "study": study_record(study),
        "rulebook": json.loads(rulebook.model_dump_json()),
        "inputs": [input_record(path, base) for path in input_files(study)],
    }


def input_files(study: Study) -> list[Path]:
    """Return every file that a study names, each once, in its order; a shapefile with its parts."""
    found = [study.source, *(Path(text) for text in _file_texts(study.as_toml_dict()))]
    parts = [part for path in found if path.is_file() for part in (path, *_parts_of(path))]
    return list(dict.fromkeys(parts))


def _parts_of(path: Path) -> list[Path]:
    """Return the other files of a shapefile: its table, its encoding, its projection."""
    if path.suffix.lower() != ".shp":
        return []
    return sorted(part for part in path.parent.glob(f"{path.stem}.*") if part.is_file() and part != path)


def licences(study: Study) -> list[str]:
    """Return the credit lines that maps and tables must carry."""
    lines = [OSM_CREDIT] if study.osm is not None else []
    names = [layer.file.name for layer in study.layers] + [
        unit.file.name for unit in study.units if unit.file
    ]
    names += [study.network.file.name] if study.network is not None else []
    return lines + list(dict.fromkeys(names))


def layer_record(report: LayerReport) -> dict[str, Any]:
    """Return what reading a layer did, the first rows of each list in full."""
    return {
        "layer": report.layer,
        "file": Path(report.file).name,
        "rows": report.rows,
        "kept": report.kept,
        "filtered": report.filtered,
        "dropped": len(report.dropped),
        "dropped_rows": [{"row": one.row, "reason": one.reason} for one in report.dropped[:SHOWN_ROWS]],
        "left_out": _counted((one.row, one.reason) for one in report.dropped),
        "n_repaired": len(report.repaired),
        "repaired": [{"row": one.row, "what": one.what} for one in report.repaired[:SHOWN_ROWS]],
        "mended": _counted((one.row, one.what) for one in report.repaired),
        "declared": report.declared,
        "crs": report.crs,
        "encoding": report.encoding,
        "notes": list(report.notes),
    }


def _counted(rows: Iterable[tuple[int, str]]) -> list[dict[str, Any]]:
    """Return how many rows each reason stands for and the first of them, the most frequent reason first."""
    by_reason: dict[str, list[int]] = {}
    for row, reason in rows:
        by_reason.setdefault(reason, []).append(row)
    told = sorted(by_reason.items(), key=lambda pair: -len(pair[1]))
    return [{"reason": why, "count": len(own), "rows": own[:FIRST_ROWS]} for why, own in told[:SHOWN_REASONS]]


def _counts(measured: Measured) -> dict[str, int]:
    city = measured.city
    facilities = city.facilities["kind"].value_counts().sort_index()
    return {
        "homes": len(city.homes),
        "homes_unmeasured": int(measured.homes["connector_m"].isna().sum()),
        "facilities": len(city.facilities),
        "entrances": len(city.entrances),
        "nodes": city.network.n_nodes,
        "segments": city.network.n_segments,
        **city.counts,
        **measured.counts(),
        **{f"facilities_{kind}": int(count) for kind, count in facilities.items()},
    }


def _wgs84(measured: Measured) -> Any:
    return (
        gpd.GeoSeries([measured.city.extent], crs=measured.city.crs)
        .to_crs("EPSG:4326")
        .iloc[0]
        .simplify(1e-4)
    )


def _file_texts(value: Any, key: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, item in value.items():
            if isinstance(item, str) and (name in PATHS or key.startswith("raster")):
                yield item
            else:
                yield from _file_texts(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from _file_texts(item, key)


def _relative(value: Any, base: Path) -> Any:
    """Write paths as the study file has them: no machine's folders end in a run."""
    if isinstance(value, dict):
        return {key: _relative(item, base) for key, item in value.items()}
    if isinstance(value, list):
        return [_relative(item, base) for item in value]
    if isinstance(value, str) and Path(value).is_absolute():
        path = Path(value)
        return path.relative_to(base).as_posix() if path.is_relative_to(base) else path.name
    return value
