"""Where the walk ends: gates, paths over the edge, the open outline; never the middle of an area."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from cfspace.facilities.gates import Gates, gate_points
from cfspace.facilities.kinds import KindRules
from cfspace.facilities.records import is_area

RULES = ("entrance_tag", "gate", "path_crossing", "outline_20m", "outline_nearest", "point")
OUTLINE_STEP_M = 20.0
SAMPLING_SLACK = 0.01  # an outline of 400.1 m is 20 steps, not 21
NETWORK_REACH_M = 30.0
ON_OUTLINE_M = 1.0
ON_MUNICIPAL_OUTLINE_M = 5.0
WALL_M = 2.0
BESIDE_M = 5.0
INTO_AREA_M = 2.0
BARRED_GATE_M = 5.0
SUBWAY_ENTRANCE_M = 400.0
DETOUR_M = 300.0
MAINLAND_M = 200.0
FENCES = ("fence", "wall", "city_wall", "retaining_wall", "hedge", "yes")

Objects = npt.NDArray[np.object_]
Indices = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Entrances:
    """Entrances of facilities, and what was passed over.

    Attributes
    ----------
    frame
        Points in the metric CRS: ``facility_id``, ``kind``, ``rule`` (one of `RULES`), sorted.
    notes
        Sentences for the report.
    """

    frame: gpd.GeoDataFrame
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Found:
    """Entrance points and the facility row that each belongs to."""

    row: Indices
    point: Objects
    rule: str | Objects

    def rules(self) -> Objects:
        return np.broadcast_to(np.asarray(self.rule, dtype=object), self.row.shape)


@dataclass(frozen=True)
class _Outlines:
    """Outer rings of areas (and lines that are facilities), each with its facility row."""

    ring: Objects
    row: Indices


def place_entrances(
    facilities: gpd.GeoDataFrame,
    features: gpd.GeoDataFrame | None,
    lines: Objects,
    takes_feet: Mask,
    *,
    rules: KindRules,
    walls: gpd.GeoDataFrame | None = None,
    is_island: Mask | None = None,
) -> Entrances:
    """Return the entrances of every facility, each with the rule that gave it.

    Parameters
    ----------
    facilities
        Facilities in a metric CRS.
    features
        OSM objects in EPSG:4326 with their ``tags``, among them gates; ``None`` where there is no OSM.
    lines
        Walk segments, LineStrings in the CRS of `facilities`.
    takes_feet
        Which of them one can step onto: no bridges, no tunnels. One can only enter from these.
    rules
        Kind rules; they tell open places from walled ones.
    walls
        Fence and wall lines in EPSG:4326, if known.
    is_island
        Which segments hang together with few others only: a path that nobody has joined to the streets does
        not draw an entrance to a back wall. Default: none.

    Returns
    -------
    For an area: mapped entrances and gates on its outline that are not locked, nor private where strangers
    must get in; points where a path leads over its edge; for an open place with no gate and no fence also
    the points every 20 m of its outline within 30 m of a segment, but for those with a wall there or on the
    way to it, up to 5 m beside the outline. Where none of these exist, the point of the outline that is
    nearest to the network. For a point, the point.

    Notes
    -----
    A place has gates because it has a fence: one mapped gate, open or shut, ends the open outline.
    """
    crs = pyproj.CRS.from_user_input(facilities.crs)
    geometry = facilities.geometry.to_numpy()
    network = shapely.STRtree(lines[takes_feet])
    gates = None if features is None else gate_points(features, crs=crs)
    outlines = _outlines(geometry)
    found, gated, n_barred, barred = _at_gates(facilities, outlines, gates, rules)
    crossing = _at_paths(facilities, outlines, network, geometry, rules, barred)
    open_rows = _open_rows(facilities, rules) & ~gated
    wall_lines = np.array([], dtype=object) if walls is None else walls.geometry.to_crs(crs).to_numpy()
    around = _along_outlines(outlines, open_rows, network, shapely.STRtree(wall_lines))
    parts = [_at_points(geometry), *found, crossing, around]
    mainland = network if is_island is None else shapely.STRtree(lines[takes_feet & ~is_island])
    parts.append(_nearest(facilities, outlines, (mainland, network), geometry, parts))
    notes = (f"entrances: {n_barred} locked or private gates on outlines let nobody in",) if n_barred else ()
    return Entrances(_frame(facilities, parts, crs), notes)


def _outlines(geometry: Objects) -> _Outlines:
    """Return the outer rings of all polygons, and lines as they are."""
    parts, row = shapely.get_parts(geometry, return_index=True)
    types = shapely.get_type_id(parts)
    keep = np.isin(types, (1, 2, 3))
    parts, row, types = parts[keep], row[keep], types[keep]
    rings = parts.copy()
    rings[types == 3] = shapely.get_exterior_ring(parts[types == 3])
    return _Outlines(rings, row.astype(np.int64))


def _at_points(geometry: Objects) -> _Found:
    row = np.flatnonzero(np.isin(shapely.get_type_id(geometry), (0, 4)))
    parts, place = shapely.get_parts(geometry[row], return_index=True)
    return _Found(row[place], parts, "point")


def _open_rows(facilities: gpd.GeoDataFrame, rules: KindRules) -> Mask:
    """Return which facilities can be stepped onto anywhere: open kinds that carry no fence themselves."""
    outline = {kind: rules.outline_of(kind) == "open" for kind in facilities["kind"].unique()}
    fenced = (
        facilities["barrier"].isin(FENCES).to_numpy() if "barrier" in facilities else np.zeros(1, dtype=bool)
    )
    opened: Mask = facilities["kind"].map(outline).to_numpy(dtype=bool) & ~fenced
    return opened


def _at_gates(
    facilities: gpd.GeoDataFrame, outlines: _Outlines, gates: Gates | None, rules: KindRules
) -> tuple[list[_Found], Mask, int, _Found]:
    """Return entrances at gates, which rows have any gate at all, and the gates that are barred."""
    gated = np.zeros(len(facilities), dtype=bool)
    none = _Found(np.array([], dtype=np.int64), np.array([], dtype=object), "gate")
    if gates is None or not len(gates.geometry):
        return [], gated, 0, none
    municipal = ~facilities["source"].str.startswith("osm", na=False).to_numpy(dtype=bool)
    reach_m = np.where(municipal[outlines.row], ON_MUNICIPAL_OUTLINE_M, ON_OUTLINE_M)
    ring, gate = shapely.STRtree(gates.geometry).query(outlines.ring, predicate="dwithin", distance=reach_m)
    row = outlines.row[ring]
    private_serves = facilities["kind"].map(rules.keeps_private).to_numpy(dtype=bool)
    shut = np.where(
        private_serves[row], gates.barred(private_serves=True)[gate], gates.barred(private_serves=False)[gate]
    )
    gated[row[gates.fenced[gate]]] = True
    entered = _Found(row[~shut], gates.geometry[gate[~shut]], gates.rule[gate[~shut]])
    barred = _Found(row[shut], gates.geometry[gate[shut]], "gate")
    return [entered, _subway_entrances(facilities, gates)], gated, len(np.unique(gate[shut])), barred


def _subway_entrances(facilities: gpd.GeoDataFrame, gates: Gates) -> _Found:
    """Return metro entrances as entrances of the nearest station within 400 m."""
    stations = np.flatnonzero((facilities["kind"] == "rail_station").to_numpy())
    stairs = gates.geometry[gates.subway & ~gates.shut]
    if not len(stations) or not len(stairs):
        return _Found(np.array([], dtype=np.int64), np.array([], dtype=object), "entrance_tag")
    tree = shapely.STRtree(facilities.geometry.to_numpy()[stations])
    stair, station = tree.query_nearest(stairs, max_distance=SUBWAY_ENTRANCE_M, all_matches=False)
    return _Found(stations[station], stairs[stair], "entrance_tag")


def _at_paths(
    facilities: gpd.GeoDataFrame,
    outlines: _Outlines,
    network: shapely.STRtree,
    geometry: Objects,
    rules: KindRules,
    barred: _Found,
) -> _Found:
    """Return where segments lead over outlines; a walled place is entered only by those that go inside."""
    ring, line = network.query(outlines.ring, predicate="intersects")
    row = outlines.row[ring]
    areas = is_area(geometry)[row]
    ring, line, row = ring[areas], line[areas], row[areas]
    paths = network.geometries[line]
    walled = ~_open_rows(facilities, rules)[row]
    inside_m = np.full(len(row), np.inf)
    inside_m[walled] = shapely.length(shapely.intersection(_valid(geometry[row[walled]]), paths[walled]))
    goes_in = inside_m > INTO_AREA_M
    met = shapely.intersection(outlines.ring[ring[goes_in]], paths[goes_in])
    points, place = _as_points(met)
    found = _Found(row[goes_in][place], points, "path_crossing")
    return _Found(*_away_from(found, barred), "path_crossing")


def street_crossings(rings: Objects, lines: Objects) -> tuple[Indices, Objects]:
    """Return where walk segments meet rings: the ring of each place, and the point.

    Of a stretch that runs along a ring both ends are told.
    """
    ring, line = shapely.STRtree(lines).query(rings, predicate="intersects")
    points, place = _as_points(shapely.intersection(rings[ring], lines[line]))
    return ring[place], points


def _valid(geometry: Objects) -> Objects:
    fixed = geometry.copy()
    broken = ~shapely.is_valid(fixed)
    fixed[broken] = shapely.make_valid(fixed[broken])
    return fixed


def _as_points(met: Objects) -> tuple[Objects, Indices]:
    """Return intersections as points: points as they are, stretches by their two ends."""
    parts, place = shapely.get_parts(met, return_index=True)
    stretch = shapely.get_type_id(parts) == 1
    ends = [shapely.get_point(parts[stretch], end) for end in (0, -1)]
    points = np.concatenate([parts[~stretch], *ends])
    places = np.concatenate([place[~stretch], place[stretch], place[stretch]])
    filled = ~shapely.is_empty(points)
    return points[filled], places[filled].astype(np.int64)


def _away_from(found: _Found, barred: _Found) -> tuple[Indices, Objects]:
    """Return the points that are not at a barred gate of the same facility."""
    if not len(barred.row) or not len(found.row):
        return found.row, found.point
    place, gate = shapely.STRtree(barred.point).query(
        found.point, predicate="dwithin", distance=BARRED_GATE_M
    )
    blocked = np.zeros(len(found.row), dtype=bool)
    blocked[place[barred.row[gate] == found.row[place]]] = True
    return found.row[~blocked], found.point[~blocked]


def _along_outlines(
    outlines: _Outlines, open_rows: Mask, network: shapely.STRtree, walls: shapely.STRtree
) -> _Found:
    """Return outline points every 20 m, within 30 m of the network, with no wall there or close before it."""
    chosen = open_rows[outlines.row]
    row, points = _sampled(outlines.ring[chosen], outlines.row[chosen])
    near, line = network.query(points, predicate="dwithin", distance=NETWORK_REACH_M)
    legs = shapely.shortest_line(points[near], network.geometries[line])
    open_legs = np.setdiff1d(np.arange(len(legs)), walls.query(legs, predicate="intersects")[0])
    behind = np.setdiff1d(near, near[open_legs])
    beside = np.intersect1d(behind, walls.query(points, predicate="dwithin", distance=BESIDE_M)[0])
    at = walls.query(points, predicate="dwithin", distance=WALL_M)[0]
    free = np.setdiff1d(near, np.union1d(at, beside))
    return _Found(row[free], points[free], "outline_20m")


def _sampled(rings: Objects, rows: Indices) -> tuple[Indices, Objects]:
    length_m = shapely.length(rings)
    counts = np.maximum(np.ceil(length_m / OUTLINE_STEP_M - SAMPLING_SLACK).astype(np.int64), 1)
    place = np.repeat(np.arange(len(rings)), counts)
    step = np.arange(len(place)) - np.repeat(np.cumsum(counts) - counts, counts)
    along_m = step * (length_m / counts)[place]
    return rows[place], shapely.line_interpolate_point(rings[place], along_m)


def _nearest(
    facilities: gpd.GeoDataFrame,
    outlines: _Outlines,
    networks: tuple[shapely.STRtree, shapely.STRtree],
    geometry: Objects,
    parts: list[_Found],
) -> _Found:
    """Return the outline's point nearest to the network for rows that have no entrance yet.

    To the first network, the mainland, if it is within reach; else to the second, all of it.
    """
    missing = np.ones(len(facilities), dtype=bool)
    for part in parts:
        missing[part.row] = False
    chosen = missing[outlines.row]
    rings, rows = outlines.ring[chosen], outlines.row[chosen]
    if not len(rings):
        return _Found(rows, rings, "outline_nearest")
    mainland, network = networks
    if not len(network.geometries):
        return _Found(*_sampled(rings, rows), "outline_nearest")
    legs = _legs(rings, geometry[rows], mainland if len(mainland.geometries) else network)
    far = shapely.length(legs) > MAINLAND_M
    legs[far] = _legs(rings[far], geometry[rows[far]], network)
    order = np.lexsort((np.arange(len(rows)), shapely.length(legs), rows))
    first = order[np.unique(rows[order], return_index=True)[1]]
    return _Found(rows[first], shapely.get_point(legs[first], 0), "outline_nearest")


def _legs(rings: Objects, areas: Objects, network: shapely.STRtree) -> Objects:
    """Return the shortest lines from rings to the network."""
    line = _outside(network.nearest(rings), rings, areas, network)
    legs: Objects = shapely.shortest_line(rings, network.geometries[line])
    return legs


def _outside(line: Indices, rings: Objects, areas: Objects, network: shapely.STRtree) -> Indices:
    """Return the nearest segments, another one for each that lies wholly within the area it leads to."""
    chosen = line.copy()
    within = np.flatnonzero(shapely.contains_properly(areas, network.geometries[line]))
    for place in within:
        around = np.sort(network.query(rings[place], predicate="dwithin", distance=DETOUR_M))
        outer = around[~shapely.contains_properly(areas[place], network.geometries[around])]
        if len(outer):
            chosen[place] = outer[np.argmin(shapely.distance(network.geometries[outer], rings[place]))]
    return chosen


def _frame(facilities: gpd.GeoDataFrame, parts: list[_Found], crs: pyproj.CRS) -> gpd.GeoDataFrame:
    row = np.concatenate([part.row for part in parts])
    points = np.concatenate([part.point for part in parts])
    rule = np.concatenate([part.rules() for part in parts])
    rank = np.array([RULES.index(name) for name in rule], dtype=np.int64)
    x_m, y_m = shapely.get_x(points), shapely.get_y(points)
    table = pd.DataFrame({"row": row, "rank": rank, "x": np.round(x_m, 1), "y": np.round(y_m, 1)})
    table = table.sort_values(["row", "rank", "x", "y"], kind="stable")
    order = table.drop_duplicates(["row", "x", "y"]).index.to_numpy()
    ids, kinds = facilities["facility_id"].to_numpy(), facilities["kind"].to_numpy()
    columns = {"facility_id": ids[row[order]], "kind": kinds[row[order]], "rule": rule[order]}
    frame = pd.DataFrame(columns).astype("str")
    return gpd.GeoDataFrame(frame, geometry=points[order], crs=crs)
