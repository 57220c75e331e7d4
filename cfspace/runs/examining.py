"""What ``cfspace check`` finds out about a study, before anything is computed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from cfspace.config.rulebook import Rulebook
from cfspace.errors import Fault, InputError, StudyError
from cfspace.facilities.answers import join_zones
from cfspace.io.datum_check import DatumVerdict
from cfspace.io.reports import LayerReport
from cfspace.network.health import network_health
from cfspace.rulebooks import load_rulebook
from cfspace.runs.city import City
from cfspace.runs.completeness import completeness_rows
from cfspace.runs.datums import judge_datums
from cfspace.runs.faults import study_faults
from cfspace.runs.loading import load_city
from cfspace.runs.places import check_places_file, snapped, snapping_counts, write_places
from cfspace.runs.provenance import layer_record


def check(study: str | Path, *, places: str | Path | None = None) -> dict[str, Any]:
    """Read every input of a study and return what was found, before anything is computed.

    Parameters
    ----------
    study
        A study file.
    places
        GeoPackage to write what there is to look at to: dead ends, near-misses and islands of the
        network, homes and entrances that found no way onto it.

    Returns
    -------
    What ``cfspace check --json`` prints: ``faults``, ``warnings``, ``layers`` (a row each: rows, dropped,
    datum ``declared`` and the one that fits clearly ``better``, ``offset_m`` between them), ``network``,
    ``snapping``, ``homes``, ``units``, ``completeness``. With any fault, ``faults`` says all of them and
    the rest is empty, but for ``warnings`` of datums that may be wrong.

    Raises
    ------
    OutputError
        If the places cannot be written as asked.

    Examples
    --------
    >>> from cfspace.sample import sample_study
    >>> found = check(sample_study())
    >>> found["faults"], found["units"]
    ([], {'district': 2, 'street': 6, 'community': 18})
    >>> [fault.rsplit(": ", 1)[-1][:13] for fault in check("nowhere.toml")["faults"]]
    ['no such file;']
    """
    study, places = Path(study), None if places is None else Path(places)
    if places is not None:
        check_places_file(places)
    try:
        city = load_city(study)
    except StudyError as error:
        return _refused(study, error.faults)
    faults: list[Fault] = []
    book = _rulebook(city, faults)
    reports, notes = _zones(city, faults)
    if faults or book is None:
        return _refused(study, study_faults(city.study, known=faults), _suspected(judge_datums(city)))
    verdicts = judge_datums(city)
    health, feet = network_health(city.network), snapped(city)
    if places is not None:
        write_places(city, health, feet, places)
    return {
        "study": str(study),
        "name": city.study.study.name,
        "language": city.study.study.language,
        "faults": [],
        "warnings": [*_suspected(verdicts), *city.notes, *notes],
        "layers": _layers((*city.reports, *reports), verdicts),
        "network": {"file": _streets_file(city), **health.counts(), **city.counts},
        "snapping": snapping_counts(feet),
        "homes": {"count": len(city.homes), "weights": city.weights},
        "units": {level: len(frame) for level, frame in city.units.frames.items()},
        "completeness": completeness_rows(city, book),
    }


def _refused(study: Path, faults: Iterable[Fault], warnings: Iterable[str] = ()) -> dict[str, Any]:
    told = [str(fault) for fault in faults]
    return {"study": str(study), "faults": told, "warnings": list(warnings), "layers": [], "network": {},
            "completeness": []}  # fmt: skip


def _suspected(verdicts: Mapping[LayerReport, DatumVerdict]) -> list[str]:
    """Return what is to be said of datums that may be wrong; they may be what other faults come from."""
    return [str(one) for one in verdicts.values() if one.better]


def _rulebook(city: City, faults: list[Fault]) -> Rulebook | None:
    try:
        return load_rulebook(city.study.study.rulebook)
    except InputError as error:
        faults.append(Fault.of(error))
        return None


def _zones(city: City, faults: list[Fault]) -> tuple[tuple[LayerReport, ...], tuple[str, ...]]:
    """Read the attendance zones, each by itself, so that the faults of all are told."""
    reports: list[LayerReport] = []
    notes: list[str] = []
    for zone in city.study.zones:
        try:
            zones = join_zones([zone], facilities=city.facilities, crs=city.crs)
        except InputError as error:
            faults.append(Fault.of(error))
        else:
            reports += zones.reports
            notes += zones.notes
    return tuple(reports), tuple(notes)


def _layers(
    reports: tuple[LayerReport, ...], verdicts: Mapping[LayerReport, DatumVerdict]
) -> list[dict[str, Any]]:
    """Return a row per layer; the datum of one that nothing can be compared with stands as declared."""
    every = list(dict.fromkeys([*reports, *verdicts]))
    return [{**layer_record(report), **_datum_cells(report, verdicts.get(report))} for report in every]


def _datum_cells(report: LayerReport, verdict: DatumVerdict | None) -> dict[str, Any]:
    offset_m = None if verdict is None or verdict.offset_m is None else round(verdict.offset_m, 1)
    return {
        "declared": Path(report.declared).name or None,
        "better": None if verdict is None else verdict.better,
        "offset_m": offset_m,
        "compared": "" if verdict is None else verdict.evidence,
    }


def _streets_file(city: City) -> str:
    section = city.study.network or city.study.osm
    return "" if section is None or section.file is None else section.file.name
