"""Examining everything a study points to, to tell all faults together."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import pyproj

from cfspace.config.study import LEVELS, HomesSection, Study
from cfspace.errors import Fault, InputError, LayerError
from cfspace.facilities.answers import read_audit
from cfspace.facilities.corrections import read_corrections
from cfspace.facilities.kinds import load_kind_rules
from cfspace.homes.points import check_bands, homes_from_points
from cfspace.homes.rasters import band_shares, homes_from_rasters
from cfspace.homes.totals import read_totals
from cfspace.io.osm import read_osm
from cfspace.io.streets import read_streets
from cfspace.io.tables import read_table
from cfspace.network.rules import load_walk_rules
from cfspace.rulebooks import load_rulebook, shipped_rulebooks
from cfspace.runs.inputs import MapLayer, map_layers

Look = Callable[[], object]
ANY_CRS = pyproj.CRS(3857)  # what is only looked at, and not measured, may lie in any
PLACING = ("[area]", *LEVELS)  # the layers that say where a study lies
LABEL_AND_FILE = re.compile(r"(?P<label>.*) \((?P<file>[^()]+)\)")


def study_faults(study: Study, *, known: Iterable[Fault] = (), is_whole: bool = True) -> list[Fault]:
    """Read each input of a study by itself, and return what is wrong with any of them.

    Files that are not there are left to `cfspace.config.load.examine_study`, which tells them.

    Parameters
    ----------
    study
        What can be understood of a study file.
    known
        Faults found already; they come first and are not told again.
    is_whole
        Whether nothing was at fault in the study file itself. Else parts may be left out of `study`, and
        nothing is said of what fits together.
    """
    faults = list(known)
    for look in (*_looks(study), *(_level_looks(study) if is_whole else ())):
        try:
            look()
        except InputError as error:
            faults.append(Fault.of(error))
    return told_once(faults)


def told_once(faults: Iterable[Fault]) -> list[Fault]:
    """Return faults without repeats; one that several layers of a file share is told with all their names.

    Examples
    --------
    >>> park = Fault(where="park (x.shp)", found="no CRS", remedy="")
    >>> clinic = Fault(where="clinic (x.shp)", found="no CRS", remedy="")
    >>> [str(fault) for fault in told_once([park, clinic, park])]
    ['park, clinic (x.shp): no CRS']
    """
    labels: dict[tuple[str, str, str], list[str]] = {}
    for fault in faults:
        parts = LABEL_AND_FILE.fullmatch(fault.where)
        label, file = (parts["label"], parts["file"]) if parts else (fault.where, "")
        known = labels.setdefault((file or fault.where, fault.found, fault.remedy), [])
        if label not in known:
            known.append(label)
    return [
        Fault(
            where=named[0] if named == [file] else f"{', '.join(named)} ({file})", found=found, remedy=remedy
        )
        for (file, found, remedy), named in labels.items()
    ]


def _looks(study: Study) -> Iterator[Look]:
    book = study.study.rulebook
    if book in shipped_rulebooks() or Path(book).is_file():
        yield partial(load_rulebook, book)
    section = study.network or study.osm
    if section is not None and not _is_missing(section.walk_rules):
        yield partial(load_walk_rules, section.walk_rules)
    if study.osm is not None and study.osm.kinds is not None and study.osm.kinds.is_file():
        yield partial(load_kind_rules, study.osm.kinds)
    if study.osm is not None and study.osm.file is not None and study.osm.file.is_file():
        yield partial(read_osm, study.osm.file)
    if study.network is not None and study.network.file.is_file() and not _is_missing(study.network.datum):
        yield partial(read_streets, study.network)
    layers = [layer for layer in map_layers(study) if layer.is_there]
    yield from (layer.read for layer in layers)
    yield from _homes_looks(study.homes, layers)
    yield from _table_looks(study)


def _is_missing(text: str) -> bool:
    """Return whether a setting names a file that is not there."""
    return text.lower().endswith((".toml", ".csv")) and not Path(text).is_file()


def _homes_looks(homes: HomesSection, layers: list[MapLayer]) -> Iterator[Look]:
    if homes.points is not None and homes.origin == "points" and homes.points.file.is_file():
        has_totals = homes.totals is not None
        yield partial(homes_from_points, homes.points, has_totals=has_totals, crs=ANY_CRS)
    rasters = homes.raster or homes.raster_classes
    if homes.origin == "raster" and rasters is not None:
        yield partial(_look_at_rasters, rasters, are_classes=homes.raster is None, layers=layers)
    if homes.totals is not None and homes.totals.file.is_file():
        yield partial(read_totals, homes.totals)


def _look_at_rasters(rasters: dict[str, Path], *, are_classes: bool, layers: list[MapLayer]) -> None:
    """Read population rasters where the study lies, if its area or units tell where that is."""
    if are_classes:
        band_shares(rasters)
    else:
        check_bands(rasters, where="[homes] raster")
    if not all(path.is_file() for path in rasters.values()):
        return
    for layer in (one for one in layers if one.label in PLACING):
        try:
            west, south, east, north = map(float, layer.read()[0].total_bounds)
        except InputError:
            continue  # told by the look at that layer
        homes_from_rasters(
            rasters, are_classes=are_classes, bounds_deg=(west, south, east, north), crs=ANY_CRS
        )
        return


def _table_looks(study: Study) -> Iterator[Look]:
    for table in study.tables:
        if table.file.is_file():
            yield partial(
                read_table,
                table.file,
                table=f"{table.level} table",
                unit_id=table.unit_id,
                columns=table.columns,
                numbers=tuple(table.columns),
            )
    yield from (partial(read_audit, audit) for audit in study.audits if audit.file.is_file())
    if study.corrections is not None and study.corrections.file.is_file():
        yield partial(read_corrections, study.corrections.file, crs=ANY_CRS)


def _level_looks(study: Study) -> Iterator[Look]:
    """Look whether tables, audits and totals speak of levels that the study has."""
    levels = [str(unit.level) for unit in study.units]
    named = [(f"{one.level} table ({one.file.name})", str(one.level)) for one in study.tables]
    named += [(f"{one.level} audit ({one.file.name})", one.level) for one in study.audits if one.level]
    for where, level in named:
        if level not in levels:
            yield partial(_refuse_level, where, levels)


def _refuse_level(where: str, levels: list[str]) -> None:
    raise LayerError(f"{where}: the study has no such units; use one of {', '.join(levels)}")
