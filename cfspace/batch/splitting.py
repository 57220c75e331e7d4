"""A study larger than memory as several that are not: by unit, each with a margin, the same numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyproj

from cfspace.batch.pieces import Piece, pieces_of
from cfspace.config.load import load_study
from cfspace.config.rulebook import CrossingSpacingRule, Rulebook
from cfspace.config.study import Study
from cfspace.errors import ParameterError
from cfspace.facilities.kinds import KindRules
from cfspace.facilities.osm import match_osm
from cfspace.homes.totals import find_level, read_totals
from cfspace.io.atomic import atomic_folder
from cfspace.io.fetch_pbf import cut_osm
from cfspace.io.osm_survey import OsmSurvey, survey_osm
from cfspace.network.model import ISLAND_LENGTH_M
from cfspace.rulebooks import load_rulebook
from cfspace.runs.framing import frame_and_units, study_area
from cfspace.runs.streets import kind_rules_of
from cfspace.units import Units


def split_study(study: str | Path, out: str | Path, *, parts: int, force: bool = False) -> list[Path]:
    """Write a study as several smaller ones, which together give its numbers.

    Each has whole units of the coarsest level and all finer ones in them, an OSM extract of its own with a
    margin, and what it must know of the whole: the metric frame, where the data ends, what OSM maps at all.
    Run them with `cfspace.run_batch`, on one machine or many; its summary ranks all units together. Values,
    numerators, denominators, scores and statuses of a unit are those of the whole study; what is estimated
    over a whole study (how complete lists are, how sure ranks are) is estimated over each part.

    Parameters
    ----------
    study
        A study file with an OSM extract on disk and units from files.
    out
        Folder to make: a study file and an extract per part.
    parts
        How many; fewer come where there are fewer units.
    force
        Replace an earlier split.

    Returns
    -------
    The study files.

    Raises
    ------
    ParameterError
        If it cannot be split: one unit, units from OSM, or streets from a layer.
    StudyError, OsmError, LayerError
        If the study, or what it points to, is at fault.
    OutputError
        If the folder is taken.

    Examples
    --------
    >>> import tempfile
    >>> from cfspace.sample import sample_study
    >>> [path.name for path in split_study(sample_study(), tempfile.mkdtemp(), parts=2)]
    ['study-1.toml', 'study-2.toml']
    """
    whole = load_study(study)
    file = _checked(whole, parts)
    survey = survey_osm(file)
    area = study_area(whole)
    crs, units = frame_and_units(whole, survey.extent, area, None)
    rulebook = load_rulebook(whole.study.rulebook)
    pieces = pieces_of(
        units,
        parts,
        margin_m=margin_m(rulebook, whole.max_connector_m),
        shared_m=2.0 * max(rulebook.catchments_m().values(), default=0.0),
        counted=_counted(whole, units),
    )
    mapped = _kinds(survey, kind_rules_of(whole), crs)
    name, folder = whole.source.stem, Path(out)
    with atomic_folder(folder, force=force) as draft:
        gpd.GeoDataFrame(geometry=[survey.extent], crs="EPSG:4326").to_file(draft / "extent.geojson")
        for number, piece in enumerate(pieces, start=1):
            stem = f"{name}-{number}"
            cut_osm(file, draft / f"{stem}.osm.pbf", piece.box, admin_level=0)
            text = toml_text(_part_of(whole, piece, stem, crs=crs.to_wkt(), mapped=mapped))
            (draft / f"{stem}.toml").write_text(text, encoding="utf-8", newline="\n")
        (draft / ".cfspace").write_text("This folder was made by cfspace split.\n", encoding="utf-8")
    return [folder / f"{name}-{number}.toml" for number in range(1, len(pieces) + 1)]


def margin_m(rulebook: Rulebook, max_connector_m: float) -> float:
    """Return how far beyond its units a part must see for every number of theirs to be that of the whole.

    A walk of the longest search ends no further off than it is long, both connectors included. Beyond it, a
    component that the cut makes smaller must still show that it is no island, and gaps between crossings are
    followed along main streets.
    """
    searched = max(rulebook.limits_m().values())
    gaps = [rule.max_gap_m for rule in rulebook.indicator if isinstance(rule, CrossingSpacingRule)]
    return searched + ISLAND_LENGTH_M + 2.0 * max_connector_m + max(gaps, default=0.0)


def _counted(study: Study, units: Units) -> str | None:
    """Return the level whose units have counted children, None where no total is spread over homes."""
    totals = study.homes.totals
    return None if totals is None else find_level(read_totals(totals)[0].index.tolist(), units, totals)


def _checked(study: Study, parts: int) -> Path:
    """Return the OSM extract of a study that can be split.

    Raises
    ------
    ParameterError
        If it cannot.
    """
    where = study.source
    if parts < 2:
        raise ParameterError(f"--parts: {parts}; give at least 2")
    if study.osm is None or study.osm.file is None or study.network is not None:
        raise ParameterError(
            f"{where}: only studies whose streets are an OSM file can be split; give [osm] file"
        )
    if any(unit.origin == "osm" for unit in study.units):
        raise ParameterError(f'{where}: its units are from = "osm"; give them as a file to split it')
    return study.osm.file


def _kinds(survey: OsmSurvey, rules: KindRules, crs: pyproj.CRS) -> list[str]:
    """Return the kinds that OSM maps anywhere in the whole study."""
    found = match_osm(survey.features, rules, crs=crs).facilities
    return sorted(set(found["kind"]))


def _part_of(study: Study, piece: Piece, stem: str, *, crs: str, mapped: list[str]) -> dict[str, Any]:
    """Return the study of one part as plain values."""
    part = study.as_toml_dict()
    part["study"] |= {"name": f"{study.study.name} ({stem.rpartition('-')[2]})", "crs": crs}
    part["osm"] |= {"file": f"{stem}.osm.pbf", "extent": "extent.geojson", "mapped": mapped}
    part["units"] = [
        {
            **unit,
            "where": {
                **unit.get("where", {}),
                unit["id"]: [*piece.ids[unit["level"]], *piece.beside[unit["level"]]],
            },
            "beside": list(piece.beside[unit["level"]]),
        }
        for unit in part["units"]
        if unit["level"] in piece.ids
    ]
    return part


def toml_text(study: Mapping[str, Any]) -> str:
    """Return a study as TOML.

    Examples
    --------
    >>> print(toml_text({"study": {"name": "town"}, "units": [{"level": "street", "where": {"id": ["1"]}}]}))
    [study]
    name = "town"
    <BLANKLINE>
    [[units]]
    level = "street"
    where = { "id" = ["1"] }
    <BLANKLINE>
    """
    lines: list[str] = []
    for section, content in study.items():
        if not content:
            continue
        entries = content if isinstance(content, list) else [content]
        head = f"[[{section}]]" if isinstance(content, list) else f"[{section}]"
        for entry in entries:
            lines += [head, *(f"{key} = {_toml(value)}" for key, value in entry.items()), ""]
    return "\n".join(lines)


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        inside = ", ".join(
            f"{json.dumps(key, ensure_ascii=False)} = {_toml(item)}" for key, item in value.items()
        )
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False)
