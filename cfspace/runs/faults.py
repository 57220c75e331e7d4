"""Examining everything a study points to, to tell all faults together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from cfspace.config.study import LayerSection, Study, UnitsSection
from cfspace.errors import Fault, InputError
from cfspace.io.layers import read_layer
from cfspace.io.osm import read_osm
from cfspace.io.streets import read_streets
from cfspace.io.tables import read_table
from cfspace.network.rules import load_walk_rules
from cfspace.rulebooks import load_rulebook, shipped_rulebooks


def study_faults(study: Study) -> list[Fault]:
    """Read each input of a study by itself, and return what is wrong with any of them.

    Files that are not there are left to `cfspace.config.load.examine_study`, which tells them.
    """
    faults = []
    for look in _looks(study):
        try:
            look()
        except InputError as error:
            faults.append(Fault.of(error))
    return list(dict.fromkeys(faults))


def _looks(study: Study) -> Iterator[Callable[[], object]]:
    book = study.study.rulebook
    if book in shipped_rulebooks() or Path(book).is_file():
        yield lambda: load_rulebook(book)
    section = study.network or study.osm
    if section is not None:
        yield lambda: load_walk_rules(section.walk_rules)
    if study.osm is not None and study.osm.file is not None and study.osm.file.is_file():
        file = study.osm.file
        yield lambda: read_osm(file)
    if study.network is not None and study.network.file.is_file():
        streets = study.network
        yield lambda: read_streets(streets)
    yield from _area_and_units(study)
    yield from _lists(study)


def _area_and_units(study: Study) -> Iterator[Callable[[], object]]:
    if study.area is not None and study.area.file.is_file():
        area = study.area
        yield lambda: read_layer(
            area.file, layer="[area]", datum=area.datum, where=area.where, shapes="polygon"
        )
    for unit in study.units:
        if unit.file is not None and unit.file.is_file():
            yield _unit_look(unit)


def _unit_look(unit: UnitsSection) -> Callable[[], object]:
    def look() -> object:
        return read_layer(
            unit.file or unit.level,  # type: ignore[arg-type]
            layer=unit.level,
            datum=unit.datum,
            crs=unit.crs,
            id=unit.id,
            name=unit.name,
            where=unit.where,
            shapes="polygon",
        )

    return look


def _lists(study: Study) -> Iterator[Callable[[], object]]:
    for layer in study.layers:
        if layer.file.is_file():
            yield _layer_look(layer)
    for table in study.tables:
        if table.file.is_file():
            yield lambda table=table: read_table(  # type: ignore[misc]
                table.file,
                table=f"{table.level} table",
                unit_id=table.unit_id,
                facility=None,
                columns=table.columns,
            )
    homes = study.homes
    if homes.polygons is not None and homes.polygons.file.is_file():
        spread = homes.polygons
        yield lambda: read_layer(
            spread.file, layer="[homes] polygons", datum=spread.datum, where=spread.where, shapes="polygon"
        )


def _layer_look(layer: LayerSection) -> Callable[[], object]:
    def look() -> object:
        return read_layer(
            layer.file,
            layer=layer.kind,
            datum=layer.datum,
            lon=layer.lon,
            lat=layer.lat,
            crs=layer.crs,
            columns=layer.columns,
            where=layer.where,
            name=layer.name,
            id=layer.id,
            allow_empty=layer.allow_empty,
        )

    return look
