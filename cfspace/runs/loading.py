"""From a study file to a city in memory: network, units, homes and facilities."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from cfspace.config.cards import card
from cfspace.config.load import examine_study
from cfspace.config.study import Study
from cfspace.errors import Fault, InputError, LayerError, StudyError
from cfspace.facilities import Facilities, build_facilities
from cfspace.facilities.answers import Answers, join_audits
from cfspace.facilities.compounds import Compounds, find_compounds
from cfspace.homes import Homes, build_homes
from cfspace.io.cache import Cache, user_cache
from cfspace.io.fetch_kept import kept_place
from cfspace.io.frame import metric_crs, study_crs
from cfspace.io.layers import read_layer
from cfspace.io.osm import OsmData, OsmWays
from cfspace.io.reports import LayerReport
from cfspace.network.build import build_network
from cfspace.network.model import WalkNetwork
from cfspace.network.roads import NODE_KEYS, TaggedNodes
from cfspace.network.rules import load_walk_rules
from cfspace.runs.faults import study_faults
from cfspace.runs.keeping import kept_match, kept_network, kept_osm, kept_streets
from cfspace.runs.stages import Stages
from cfspace.units import Units, assign, read_units

logger = logging.getLogger(__name__)

TOLD_OF_NODES = frozenset(NODE_KEYS)
# A study whose middle lies further than this from that of its data gets a frame of its own.
RECENTRE_DEG = 0.1


@dataclass(frozen=True, eq=False, kw_only=True)
class City:
    """A city in memory. Every frame is in `crs` (metres).

    Attributes
    ----------
    study
        The study it was loaded from.
    crs
        Metric frame.
    network
        The walk network.
    units
        Unit polygons by level.
    homes
        Points: ``home_id``, ``children_<band>``, ``<level>_id``.
    facilities, entrances
        Places and where the walk to each ends.
    evidence
        By kind: ``municipal_complete``, ``municipal``, ``osm`` or ``none``.
    weights
        What ``children_<band>`` hold: ``children``, ``floor_area_m2`` or ``population``.
    position_m, placed_within
        How homes may be off, as in `cfspace.homes.Homes`.
    extent
        Where the data ends, a polygon.
    landuse
        Land-use, park and water polygons.
    all_units
        Units with those that only stand beside; None where there are none.
    homes_beside
        Homes in these: no number is told of them, but they share places with the study's own.
    found
        Places that OSM holds, before lists were merged with them.
    merges
        What was merged out of OSM and municipal lists.
    audits
        Answers to the city's checklists.
    reports
        What reading each layer did.
    notes
        What a reader of the results should know.
    counts
        Counts for ``run.json`` and the check.
    compounds, home_compound
        Gated compounds if the study asks for them, and the one that binds each home, -1 if none does
        (without compounds: empty).
    """

    study: Study
    crs: pyproj.CRS
    network: WalkNetwork
    units: Units
    homes: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame
    entrances: gpd.GeoDataFrame
    evidence: dict[str, str]
    weights: str
    extent: shapely.Geometry
    landuse: gpd.GeoDataFrame
    found: gpd.GeoDataFrame
    merges: pd.DataFrame
    audits: pd.DataFrame
    reports: tuple[LayerReport, ...] = ()
    notes: tuple[str, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    compounds: Compounds | None = None
    home_compound: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    position_m: float | None = None
    placed_within: str | None = None
    all_units: Units | None = None
    homes_beside: gpd.GeoDataFrame | None = None

    def _repr_html_(self) -> str:
        facts: dict[str, object] = {
            "units": ", ".join(f"{level} {len(frame):,}" for level, frame in self.units.frames.items()),
            "homes": len(self.homes),
            "weights": self.weights,
            "facilities": len(self.facilities),
            "entrances": len(self.entrances),
            "walk segments": self.network.n_segments,
            "junctions": self.network.n_nodes,
        }
        kinds = self.facilities["kind"].value_counts().sort_index()
        table = kinds.rename_axis("kind").rename("places").reset_index()
        table["evidence"] = table["kind"].map(self.evidence)
        return card(self.study.study.name, facts, more=table.to_html(index=False))


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
        area_m = None if area is None else _to_crs(area, crs)
    with stages("network"):
        network = _network(study, ways, osm, crs, cache)
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
            extent=_to_crs(extent, crs),
            match=partial(kept_match, cache=cache),
        )
        facilities = _with_mapped(facilities, study)
        answers = join_audits(study.audits, facilities=facilities.facilities, units=units)
        compounds = compounds_of(
            study, osm, facilities.facilities, facilities.evidence, network=network, crs=crs
        )
    city = _city(study, crs, network, units, (homes, frame), (facilities, answers), osm, extent, reports)
    city = _without_beside(city)
    return city if compounds is None else _gated(city, compounds)


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
    counts = {} if osm is None else {"missing_nodes": osm.n_missing_nodes, "broken_areas": osm.n_broken_areas}
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
        extent=_to_crs(extent, crs),
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
    if osm is None or not osm.n_broken_areas:
        return ()
    return (
        f"osm: {osm.n_broken_areas} areas (parks, schools, buildings, land) whose outlines cross themselves "
        "or are not closed are left out; mend them in OSM, or give them in a list",
    )


def compounds_of(
    study: Study,
    osm: OsmData | None,
    facilities: gpd.GeoDataFrame,
    evidence: Mapping[str, str],
    *,
    network: WalkNetwork,
    crs: pyproj.CRS,
) -> Compounds | None:
    """Return the gated compounds of a study, None where it does not ask for them."""
    if study.compounds is None:
        return None
    known = facilities[facilities["kind"] == "gate"]
    listed = known[~known["source"].str.startswith("osm").to_numpy(bool)]
    is_whole = evidence.get("gate") == "municipal_complete"
    return find_compounds(study.compounds, osm=osm, gates=listed, is_whole=is_whole, network=network, crs=crs)


def _gated(city: City, compounds: Compounds) -> City:
    """Return the city with the compounds that bind its homes, reports and notes of finding them included."""
    city = bound(city, compounds)
    return replace(
        city,
        reports=(*city.reports, *compounds.reports),
        notes=(*city.notes, *compounds.note(city.counts["homes_bound_by_gates"])),
    )


def bound(city: City, compounds: Compounds) -> City:
    """Return the city with these compounds and the homes that each binds."""
    home_compound = compounds.of_points(city.homes.geometry.to_numpy())
    gated = {
        "compounds": len(compounds.outline),
        "compounds_gated": int(compounds.is_gated.sum()),
        "homes_bound_by_gates": int((home_compound >= 0).sum()),
    }
    counts = {**city.counts, **gated}
    return replace(city, compounds=compounds, home_compound=home_compound, counts=counts)


def street_sources(
    study: Study, cache: Cache
) -> tuple[OsmData | None, OsmWays, shapely.Geometry, tuple[LayerReport, ...]]:
    """Return a study's OSM data, its ways, where they end, and what reading them did."""
    osm = None if study.osm is None or study.osm.file is None else kept_osm(study.osm.file, cache)
    if osm is not None and study.osm is not None and study.osm.extent is not None:
        osm = replace(osm, extent=_outline(study.osm.extent))
    if study.network is not None:
        ways, extent, report = kept_streets(study.network, cache)
        return osm, ways, extent, (report,)
    if osm is None:
        raise LayerError("the study: it has neither [osm] nor [network]; give one of them")
    return osm, osm.ways, osm.extent, ()


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


def _outline(file: Path) -> shapely.Geometry:
    layer = read_layer(file, layer="[osm] extent", shapes="polygon")
    return shapely.union_all(layer.frame.geometry.to_numpy())


def _with_mapped(facilities: Facilities, study: Study) -> Facilities:
    """Return facilities whose evidence knows what OSM maps in the region, even where none is here."""
    mapped = () if study.osm is None else study.osm.mapped
    evidence = facilities.evidence
    more = {kind: "osm" for kind in mapped if evidence.get(kind, "none") == "none"}
    return replace(facilities, evidence={**evidence, **more})


def where_homes_count(city: City) -> shapely.Geometry:
    """Return the study area in the city's frame; without one, its coarsest units."""
    area = study_area(city.study)
    if area is not None:
        return _to_crs(area, city.crs)
    return shapely.union_all(city.units.frames[city.units.levels[0]].geometry.to_numpy())


def study_area(study: Study) -> shapely.Geometry | None:
    """Return the outline that ``[area]`` names, EPSG:4326; None where the study names none."""
    if study.area is None:
        return None
    section = study.area
    layer = read_layer(
        section.file, layer="[area]", datum=section.datum, where=section.where, shapes="polygon"
    )
    return shapely.union_all(layer.frame.geometry.to_numpy())


def frame_and_units(
    study: Study, extent: shapely.Geometry, area: shapely.Geometry | None, osm: OsmData | None
) -> tuple[pyproj.CRS, Units]:
    """Return the metric frame of a study, and its units in it."""
    middle = shapely.centroid(extent if area is None else area)
    crs = metric_crs(middle.x, middle.y)
    within = None if area is None else _to_crs(area, crs)
    units = read_units(
        study.units, crs=crs, extent=_to_crs(extent, crs), area=within, osm=osm, tables=study.tables
    )
    wanted = _frame_of(study, units, crs, extent)
    return (crs, units) if wanted == crs else (wanted, units.to_crs(wanted))


def _frame_of(study: Study, units: Units, crs: pyproj.CRS, extent: shapely.Geometry) -> pyproj.CRS:
    """Return the frame that the study names, or one centred on its units as far as the data reaches."""
    coarse = shapely.union_all(units.frames[units.levels[0]].to_crs("EPSG:4326").geometry.to_numpy())
    covered = shapely.intersection(shapely.make_valid(coarse), extent)
    if study.study.crs is not None:
        return study_crs(study.study.crs, shapely.bounds(covered))
    middle, centre = shapely.centroid(covered), shapely.centroid(extent)
    far = max(abs(middle.x - centre.x), abs(middle.y - centre.y)) > RECENTRE_DEG
    return metric_crs(middle.x, middle.y) if far and study.area is None else crs


def _network(study: Study, ways: OsmWays, osm: OsmData | None, crs: pyproj.CRS, cache: Cache) -> WalkNetwork:
    section = study.network or study.osm
    rules = load_walk_rules(section.walk_rules if section is not None else "cfspace")
    nearest = study.osm is not None and study.osm.connectors == "nearest"
    barriers = None if osm is None or nearest else osm.barriers.to_crs(crs).geometry.to_numpy()

    def build() -> WalkNetwork:
        nodes = None if osm is None else street_nodes(osm)
        return build_network(ways, rules, crs, barriers=barriers, nodes=nodes)

    return kept_network(study, rules, crs, cache, barriers=barriers, build=build)


def street_nodes(osm: OsmData) -> TaggedNodes:
    """Return the tagged nodes that may tell of signals, crossings and kerbs."""
    points = osm.features[osm.features["osm_type"] == "node"]
    is_told = np.array([not TOLD_OF_NODES.isdisjoint(tags) for tags in points["tags"]], dtype=bool)
    told = points[is_told]
    return TaggedNodes(
        osm_id=told["osm_id"].to_numpy(np.int64),
        tags=told["tags"].tolist(),
        lon_deg=told.geometry.x.to_numpy(float),
        lat_deg=told.geometry.y.to_numpy(float),
    )


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


def _to_crs(shape: shapely.Geometry, crs: pyproj.CRS) -> shapely.Geometry:
    return gpd.GeoSeries([shape], crs="EPSG:4326").to_crs(crs).iloc[0]
