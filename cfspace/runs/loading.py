"""From a study file to a city in memory: network, units, homes and facilities."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import geopandas as gpd
import pyproj
import shapely

from cfspace.config.load import examine_study
from cfspace.config.study import Study
from cfspace.errors import Fault, InputError, StudyError
from cfspace.facilities import Facilities, build_facilities
from cfspace.facilities.answers import Answers, join_audits
from cfspace.homes import Homes, build_homes
from cfspace.io.cache import Cache, user_cache
from cfspace.io.fetch_kept import kept_place
from cfspace.io.osm import OsmData
from cfspace.io.osm_stream import BrokenArea
from cfspace.io.osm_tags import POINT_KEYS, is_feature
from cfspace.io.reports import LayerReport, some_names
from cfspace.network.model import WalkNetwork
from cfspace.runs.city import City
from cfspace.runs.compounds import compounds_of, gated
from cfspace.runs.faults import study_faults
from cfspace.runs.framing import frame_and_units, in_frame, study_area
from cfspace.runs.keeping import kept_match
from cfspace.runs.stages import Stages
from cfspace.runs.streets import kind_rules_of, street_network, street_sources
from cfspace.units import Units, assign


def load_city(study: Study | str | Path, *, stages: Stages | None = None, cache: bool = True) -> City:
    """Read everything a study points to.

    Parameters
    ----------
    study
        A study, or the path of its file.
    stages
        Told what is being done; for progress and timing.
    cache
        Whether OSM, streets and network may come out of the cache of an earlier run; changes no
        byte of the city.

    Returns
    -------
    The city, in the metric frame of the study.

    Raises
    ------
    StudyError
        If anything is wrong with the study or a file it points to; all faults are told at once.

    Examples
    --------
    >>> from cfspace.sample import sample_study
    >>> city = load_city(sample_study())
    >>> len(city.homes), city.weights, city.evidence["childcare"]
    (860, 'children', 'municipal_complete')
    """
    known = study if isinstance(study, Study) else _examined(Path(study))
    try:
        known = _with_place(known)
        return _load(known, stages or Stages(), user_cache() if cache else Cache(None))
    except StudyError:
        raise
    except InputError as error:
        raise StudyError(str(known.source), study_faults(known, known=[Fault.of(error)])) from error


def _examined(path: Path) -> Study:
    study, faults = examine_study(path)
    if study is None or faults:
        raise StudyError(
            str(path), faults if study is None else study_faults(study, known=faults, is_whole=False)
        )
    return study


def _with_place(study: Study) -> Study:
    """Return the study with the file of the place that it names, downloaded if need be."""
    osm = study.osm
    if osm is None or osm.place is None or osm.file is not None:
        return study
    levels = [unit.admin_level for unit in study.units if unit.admin_level is not None]
    file = kept_place(osm.place, language=study.study.language, admin_level=min(levels, default=None))
    return study.model_copy(update={"osm": osm.model_copy(update={"file": file})})


def _load(study: Study, stages: Stages, cache: Cache) -> City:
    with stages("streets"):
        osm, ways, extent, reports = street_sources(study, cache)
    with stages("units"):
        area = study_area(study)
        crs, units = frame_and_units(study, extent, area, osm)
        area_m = None if area is None else in_frame(area, crs)
    with stages("network"):
        network = street_network(study, ways, osm, crs, cache)
    with stages("homes"):
        homes = build_homes(study, osm=osm, units=units, crs=crs, area=area_m)
        frame = _placed(homes.frame, units, area_m)
    with stages("facilities"):
        facilities = build_facilities(
            study.layers,
            osm=osm,
            network=network,
            crs=crs,
            area=area_m,
            corrections=None if study.corrections is None else study.corrections.file,
            extent=in_frame(extent, crs),
            match=partial(kept_match, cache=cache),
            rules=kind_rules_of(study),
        )
        facilities = _with_mapped(facilities, study)
        answers = join_audits(study.audits, facilities=facilities.facilities, units=units)
        compounds = compounds_of(
            study, osm, facilities.facilities, facilities.evidence, network=network, crs=crs
        )
    city = _city(study, crs, network, units, (homes, frame), (facilities, answers), osm, extent, reports)
    city = _without_beside(city)
    return city if compounds is None else gated(city, compounds)


def _city(
    study: Study,
    crs: pyproj.CRS,
    network: WalkNetwork,
    units: Units,
    homes: tuple[Homes, gpd.GeoDataFrame],
    places: tuple[Facilities, Answers],
    osm: OsmData | None,
    extent: shapely.Geometry,
    reports: tuple[LayerReport, ...],
) -> City:
    built, frame = homes
    facilities, answers = places
    empty = gpd.GeoDataFrame({"landuse": []}, geometry=[], crs=crs)
    counts = (
        {} if osm is None else {"missing_nodes": osm.n_missing_nodes, "broken_areas": len(osm.broken_areas)}
    )
    return City(
        study=study,
        crs=crs,
        network=network,
        units=_with_unknown(units, built),
        homes=frame,
        facilities=_placed(facilities.facilities, units, None),
        entrances=facilities.entrances,
        evidence=dict(sorted(facilities.evidence.items())),
        weights=built.weights,
        position_m=built.position_m,
        placed_within=built.placed_within,
        extent=in_frame(extent, crs),
        landuse=empty if osm is None else osm.landuse[["landuse", "geometry"]].to_crs(crs),
        found=facilities.found,
        merges=facilities.merges,
        audits=answers.frame,
        reports=(*reports, *units.reports, *built.reports, *facilities.reports, *answers.reports),
        notes=(*units.notes, *built.notes, *_broken_areas(osm), *facilities.notes, *answers.notes),
        counts=counts,
    )


def _with_unknown(units: Units, homes: Homes) -> Units:
    """Return the units with a column of those whose children nobody has told, where there are any."""
    frames = {
        level: frame.assign(children_known=~frame["unit_id"].isin(homes.unknown[level]))
        for level, frame in units.frames.items()
        if homes.unknown.get(level)
    }
    return replace(units, frames={**units.frames, **frames})


def _broken_areas(osm: OsmData | None) -> tuple[str, ...]:
    if osm is None or not osm.broken_areas:
        return ()
    places = [_place(one) for one in osm.broken_areas if is_feature(one.tags)]
    named = f"; places among them: {some_names(places, most=10)}" if places else ""
    return (
        f"osm: {len(osm.broken_areas)} areas are left out, {len(places)} of them places, the rest buildings "
        "and land: their outlines cross themselves or are not closed, or the extract is cut there and lacks "
        f"parts of them{named}; mend them in OSM, take a wider extract, or give them in a list",
    )


def _place(area: BrokenArea) -> str:
    """Return id, name and the first tag that makes an object a place."""
    telling = next(f"{key}={value}" for key, value in area.tags.items() if key in POINT_KEYS)
    own = f"{area.osm_type}/{area.osm_id} {telling}"
    return f"{own} {area.tags['name']}" if "name" in area.tags else own


def _without_beside(city: City) -> City:
    """Return the city without the units that only stand beside, and with the homes in them set apart.

    Where units overlap a home belongs to the lower id, be it of a unit of this study or of one beside.
    """
    beside: dict[str, set[str]] = {unit.level: set(unit.beside) for unit in city.study.units}
    if not any(beside.values()):
        return city
    top = f"{city.units.levels[0]}_id"
    is_own = city.homes[top].notna() & ~city.homes[top].isin(beside[city.units.levels[0]])
    homes, others = (city.homes[rows].reset_index(drop=True) for rows in (is_own, ~is_own))
    frames = {
        level: frame[~frame["unit_id"].isin(beside[level])].reset_index(drop=True)
        for level, frame in city.units.frames.items()
    }
    own = replace(city.units, frames=frames)
    return replace(city, units=own, homes=homes, all_units=city.units, homes_beside=others)


def _with_mapped(facilities: Facilities, study: Study) -> Facilities:
    """Return facilities whose evidence knows what OSM maps in the region, even where none is here."""
    mapped = () if study.osm is None else study.osm.mapped
    evidence = facilities.evidence
    more = {kind: "osm" for kind in mapped if evidence.get(kind, "none") == "none"}
    return replace(facilities, evidence={**evidence, **more})


def _placed(frame: gpd.GeoDataFrame, units: Units, area: shapely.Geometry | None) -> gpd.GeoDataFrame:
    """Add a unit id per level; with an area, leave out what lies outside of it."""
    points = frame.geometry.representative_point() if len(frame) else frame.geometry
    if area is not None and len(frame):
        shapely.prepare(area)
        inside = shapely.intersects(area, points.to_numpy())
        frame, points = frame[inside].reset_index(drop=True), points[inside].reset_index(drop=True)
    placed: gpd.GeoDataFrame = frame.assign(
        **{str(name): column for name, column in assign(points, units).items()}
    )
    return placed
