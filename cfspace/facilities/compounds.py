"""Gated residential compounds 封闭小区: walled land whose homes leave by the gates alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from cfspace.config.study import CompoundsSection
from cfspace.errors import LayerError
from cfspace.facilities.entrances import FENCES, street_crossings
from cfspace.facilities.gates import Gates, gate_points
from cfspace.io.layers import Layer, read_layer
from cfspace.io.osm import OsmData
from cfspace.io.reports import LayerReport
from cfspace.network.model import WalkNetwork

WALLED_SHARE = 0.5
"""Residential land of OSM is a compound where fences or walls run along this share of its outline."""

BESIDE_M = 5.0
"""Walls, and the gates that hang in them, are drawn up to so far beside the outline of the land."""

AT_HOUSE_M = 0.5

Objects = npt.NDArray[np.object_]
Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Compounds:
    """Gated compounds and the gates that one can leave each by, in a metric CRS.

    Attributes
    ----------
    outline
        Polygons, shape (n_compounds,).
    gate
        Points, shape (n_gates,); a gate of two compounds stands there twice.
    owner
        The compound of each gate.
    rule
        ``entrance_tag``, ``gate``, ``list`` (a municipal list), or ``path_crossing``: a street that leads
        over the outline.
    n_shut
        Gates on outlines that are locked or closed to walkers, and let nobody out.
    reports
        What reading the file of outlines did.
    """

    outline: Objects
    gate: Objects
    owner: Indices
    rule: Objects
    n_shut: int
    reports: tuple[LayerReport, ...] = ()

    @property
    def is_gated(self) -> npt.NDArray[np.bool_]:
        """Which compounds have a known gate that is open; the others bind nobody."""
        return np.bincount(self.owner, minlength=len(self.outline)) > 0

    def of_points(self, points: Objects) -> Indices:
        """Return the gated compound that each point lies in, the smallest of several; -1: none."""
        found = np.full(len(points), -1, np.int64)
        gated = np.flatnonzero(self.is_gated)
        area_m2 = shapely.area(self.outline[gated])
        largest_first = gated[np.lexsort((gated, -area_m2))]
        row, place = shapely.STRtree(points).query(self.outline[largest_first], predicate="intersects")
        for compound in range(len(largest_first)):  # a later, smaller one takes over
            found[place[row == compound]] = largest_first[compound]
        return found

    def note(self, n_homes: int) -> tuple[str, ...]:
        """Return what a reader should know: how many homes are bound, and what binds nobody."""
        if not len(self.outline):
            return ("compounds: no walled residential land is mapped here; no home is bound by gates",)
        gated, streets = int(self.is_gated.sum()), int((self.rule == "path_crossing").sum())
        told = (
            f"compounds: {n_homes} homes leave by gates alone: {gated} gated compounds have "
            f"{len(self.gate)} ways out, {streets} of them streets over the outline with no gate mapped"
        )
        notes = [told]
        if self.n_shut:
            notes.append(f"compounds: {self.n_shut} locked gates on outlines let nobody out")
        if gated < len(self.outline):
            notes.append(
                f"compounds: {len(self.outline) - gated} with no known gate bind nobody; "
                "their homes take the straight way to the network"
            )
        return tuple(notes)


def find_compounds(
    section: CompoundsSection,
    *,
    osm: OsmData | None,
    gates: gpd.GeoDataFrame,
    is_whole: bool,
    network: WalkNetwork,
    crs: pyproj.CRS,
) -> Compounds:
    """Return the gated compounds of a study.

    Parameters
    ----------
    section
        ``[compounds]`` of the study file.
    osm
        OSM data, EPSG:4326; the source of outlines unless the section names a file.
    gates
        Gates of municipal lists, points in `crs`.
    is_whole
        Whether those are all the gates there are: then neither gates of OSM nor streets over the outline
        count.
    network
        The walk network, in `crs`.
    crs
        Metric CRS.

    Raises
    ------
    LayerError
        If no outline can be had.
    """
    outline, reports = _outlines(section, osm, crs)
    rings, ring_of = _rings(outline)
    listed = _near(rings, ring_of, gates.geometry.to_numpy())
    found = [(*listed, np.full(len(listed[0]), "list", object))]
    n_shut = 0
    if not is_whole:
        mapped, shut = _mapped(rings, ring_of, osm, crs)
        streets = _streets(rings, ring_of, network, np.concatenate([mapped[1], shut]))
        n_shut = len(shut)
        found += [mapped, (*streets, np.full(len(streets[0]), "path_crossing", object))]
    owner, gate, rule = (np.concatenate([part[i] for part in found]) for i in range(3))
    order = _distinct(owner, gate)
    return Compounds(
        outline=outline,
        gate=gate[order],
        owner=owner[order],
        rule=rule[order],
        n_shut=n_shut,
        reports=reports,
    )


def read_outlines(section: CompoundsSection) -> Layer:
    """Return the outlines that ``[compounds] file`` holds, EPSG:4326.

    Raises
    ------
    LayerError, CrsError
        If the file does not hold polygons, or does not say where they lie.
    """
    return read_layer(
        section.file or Path(),
        layer="[compounds]",
        datum=section.datum,
        crs=section.crs,
        where=section.where,
        shapes="polygon",
    )


def _outlines(
    section: CompoundsSection, osm: OsmData | None, crs: pyproj.CRS
) -> tuple[Objects, tuple[LayerReport, ...]]:
    if section.file is not None:
        layer = read_outlines(section)
        return layer.frame.geometry.to_crs(crs).to_numpy(), (layer.report,)
    if osm is None:
        raise LayerError('[compounds] from = "osm": the study has no OSM data; give a file of outlines')
    return _walled_land(osm, crs), ()


def _walled_land(osm: OsmData, crs: pyproj.CRS) -> Objects:
    """Return residential land that carries a fence itself, or has fences along most of its outline."""
    land = osm.landuse[osm.landuse["landuse"] == "residential"]
    outline = land.geometry.to_crs(crs).to_numpy()
    own = np.array([tags.get("barrier") in FENCES for tags in land["tags"]], bool)
    rings, ring_of = _rings(outline)
    walls = osm.walls.geometry.to_crs(crs).to_numpy()
    walled_m, length_m = np.zeros(len(outline)), np.zeros(len(outline))
    np.add.at(length_m, ring_of, shapely.length(rings))
    ring, wall = shapely.STRtree(walls).query(rings, predicate="dwithin", distance=BESIDE_M)
    for place in np.unique(ring):
        strip = shapely.union_all(shapely.buffer(walls[wall[ring == place]], BESIDE_M))
        walled_m[ring_of[place]] += shapely.length(shapely.intersection(rings[place], strip))
    walled = walled_m >= WALLED_SHARE * np.maximum(length_m, 1e-9)
    chosen: Objects = shapely.make_valid(outline[own | walled])
    return chosen


def _rings(outline: Objects) -> tuple[Objects, Indices]:
    parts, owner = shapely.get_parts(outline, return_index=True)
    polygons = shapely.get_type_id(parts) == 3
    return shapely.get_exterior_ring(parts[polygons]), owner[polygons].astype(np.int64)


def _near(rings: Objects, ring_of: Indices, points: Objects) -> tuple[Indices, Objects]:
    ring, point = shapely.STRtree(points).query(rings, predicate="dwithin", distance=BESIDE_M)
    return ring_of[ring], points[point]


def _mapped(
    rings: Objects, ring_of: Indices, osm: OsmData | None, crs: pyproj.CRS
) -> tuple[tuple[Indices, Objects, Objects], Objects]:
    """Return the gates that OSM has at outlines: open ones with compound and rule, and shut ones."""
    none = (np.empty(0, np.int64), np.empty(0, object), np.empty(0, object))
    if osm is None:
        return none, none[1]
    gates = gate_points(osm.features, crs=crs)
    ring, gate = shapely.STRtree(gates.geometry).query(rings, predicate="dwithin", distance=BESIDE_M)
    keep = ~gates.subway[gate] & ~_is_door(gates, osm, crs)[gate]
    ring, gate = ring[keep], gate[keep]
    shut = gates.shut[gate]
    opened = (ring_of[ring[~shut]], gates.geometry[gate[~shut]], gates.rule[gate[~shut]])
    return opened, gates.geometry[np.unique(gate[shut])]


def _is_door(gates: Gates, osm: OsmData, crs: pyproj.CRS) -> npt.NDArray[np.bool_]:
    """Return which entrances are doors of houses: they may stand at an outline and let out only one house."""
    houses = shapely.STRtree(osm.buildings.geometry.to_crs(crs).to_numpy())
    doors = np.zeros(len(gates.geometry), bool)
    doors[houses.query(gates.geometry, predicate="dwithin", distance=AT_HOUSE_M)[0]] = True
    is_entrance: npt.NDArray[np.bool_] = gates.rule == "entrance_tag"
    return doors & is_entrance


def _streets(
    rings: Objects, ring_of: Indices, network: WalkNetwork, mapped: Objects
) -> tuple[Indices, Objects]:
    """Return where walkable streets lead over outlines, but for those at a mapped gate, open or shut."""
    place, points = street_crossings(rings, network.lines)
    if len(mapped) and len(points):
        near = shapely.STRtree(mapped).query(points, predicate="dwithin", distance=BESIDE_M)[0]
        free = np.setdiff1d(np.arange(len(points)), near)
        place, points = place[free], points[free]
    return ring_of[place], points


def _distinct(owner: Indices, gate: Objects) -> Indices:
    """Return rows in order of compound and rule, without ways out that are the same to a metre."""
    x_m, y_m = np.round(shapely.get_x(gate)), np.round(shapely.get_y(gate))
    key = np.column_stack([owner, x_m, y_m])
    first: Indices = np.sort(np.unique(key, axis=0, return_index=True)[1]).astype(np.int64)
    return first
