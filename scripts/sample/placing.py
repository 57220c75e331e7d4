"""Putting the places of the plan on the map: grounds, fences, gates, buildings, and what a mapper wrote."""

from __future__ import annotations

from dataclasses import dataclass

import shapely

from sample.draft import Tags, Town
from sample.frame import Point, dice
from sample.lots import INTO_M, Place, places
from sample.plan import AVENUE_M, DUAL_HALF_M, block

FENCED = {"primary_school", "junior_school", "senior_school", "kindergarten", "hospital"}


@dataclass(frozen=True, slots=True)
class Placed:
    """A true place and what OSM has of it."""

    place: Place
    osm: tuple[str, ...]
    gates: tuple[Point, ...]
    ground: shapely.Polygon | None
    kinds: tuple[str, ...]
    name: str
    spot: Point


def school_zones() -> list[Point]:
    """Return the points in the street before gates that lie in a 30 km/h zone."""
    return [p.kerb for p in places() if "zone" in p.door]


def draw_places(town: Town) -> list[Placed]:
    """Draw every place that OSM knows, and the ground and ways of those it does not name."""
    placed = []
    for place in places():
        if "big" in place.door:
            placed += _great_park(town, place)
        else:
            placed += _draw(town, place)
    return placed


def _draw(town: Town, place: Place) -> list[Placed]:
    ground = place.ground if place.size_m else None
    gates = _ways_in(town, place)
    refs = []
    if place.osm in ("area", "both"):
        fence = {"barrier": "fence"} if _is_fenced(place) else {}
        refs.append(f"way/{town.area(place.ground, _mapped(place) | fence, joined=True)}")
    elif ground is not None and _is_fenced(place):
        town.area(place.ground, {"barrier": "wall"}, joined=True)
    if place.osm in ("point", "both"):
        u, v = place.spot
        at = (u + 12.0, v - 9.0) if place.osm == "both" else (u, v)
        refs.append(f"node/{town.point(at, _mapped(place))}")
    _buildings(town, place)
    _crossing(town, place)
    found = [Placed(place, tuple(refs), tuple(gates), ground, place.kinds, place.name, place.spot)]
    if place.facts.get("playground") == "yes":
        found.append(_playground(town, place))
    return found


def _mapped(place: Place) -> Tags:
    name = place.osm_name or place.name
    return place.tags if name == "-" else place.tags | {"name": name}


def _is_fenced(place: Place) -> bool:
    return "fence" in place.door or (bool(FENCED & set(place.kinds)) and "open" not in place.door)


def _ways_in(town: Town, place: Place) -> list[Point]:
    """Draw the way from the street into a ground and return its gates."""
    if place.size_m is None or place.side not in "nesw":
        return []
    (u, v), (gate_u, gate_v) = place.kerb, place.gate
    depth = place.size_m[1] if "open" in place.door or "fence" in place.door else 2.0 * INTO_M
    step_u, step_v = _sign(gate_u - u), _sign(gate_v - v)
    end = (gate_u + step_u * depth / 2.0, gate_v + step_v * depth / 2.0)
    tags = {"highway": "service"} if place.kinds and place.kinds[0] == "hospital" else {"highway": "footway"}
    town.line([(u, v), end], tags)
    gates = [place.gate]
    if _is_fenced(place):
        town.point(place.gate, {"barrier": "gate"} | ({"entrance": "main"} if place.osm else {}))
    if place.kinds[:1] in (("park",), ("square",)) and min(place.size_m) > 35.0:
        gates += _park_paths(town, place, end)
    return gates


def _park_paths(town: Town, place: Place, middle: Point) -> list[Point]:
    """Draw a path on through a park to its other end, where it meets the edge again."""
    west, south, east, north = place.ground.bounds
    u, v = middle
    far = {"n": (u, south), "s": (u, north), "e": (west, v), "w": (east, v)}[place.side]
    loop = shapely.Point(middle).buffer(min(east - west, north - south) * 0.3, quad_segs=3).exterior
    town.line([(float(a), float(b)) for a, b in loop.coords], {"highway": "footway"})
    if "fence" in place.door:
        town.line([middle, far, _beyond(place, far)], {"highway": "footway"})
        town.point(far, {"barrier": "gate"})
        return [far]
    town.line([middle, far], {"highway": "footway"})
    return []


def _beyond(place: Place, far: Point) -> Point:
    """Return the street on the far side of a fenced park."""
    west, south, east, north = block(place.block).kerbs_m
    u, v = far
    return {"n": (u, south), "s": (u, north), "e": (west, v), "w": (east, v)}[place.side]


def _sign(value: float) -> float:
    return 0.0 if value == 0 else (1.0 if value > 0 else -1.0)


def _buildings(town: Town, place: Place) -> None:
    if place.size_m is None or "building" in place.tags or not place.kinds:
        return
    west, south, east, north = place.ground.bounds
    kind = place.kinds[0]
    if kind.endswith("school"):
        _school_yard(town, place)
    elif kind in ("kindergarten", "clinic", "childcare", "venue", "sports_centre", "youth_place", "library"):
        tags = {"kindergarten": "kindergarten", "clinic": "yes"}.get(kind, "public")
        inner = place.ground.buffer(-min(east - west, north - south) * 0.22, join_style="mitre")
        town.area(inner, {"building": tags, "building:levels": "3"})
    elif kind == "hospital":
        for share, levels in ((0.25, "12"), (0.6, "6")):
            u = west + share * (east - west)
            wing = shapely.box(u, south + 0.3 * (north - south), u + 0.22 * (east - west), north - 12.0)
            town.area(wing, {"building": "hospital", "building:levels": levels})


def _school_yard(town: Town, place: Place) -> None:
    west, south, east, north = place.ground.bounds
    u, v = (east - west), (north - south)
    for low in (0.68, 0.86):
        hall = shapely.box(west + 0.15 * u, south + low * v, west + 0.62 * u, south + (low + 0.1) * v)
        town.area(hall, {"building": "school", "building:levels": "4"})
    pitch = shapely.box(west + 0.12 * u, south + 0.28 * v, west + 0.66 * u, south + 0.62 * v)
    town.area(pitch, {"leisure": "pitch", "sport": "soccer", "access": "private"})


def _crossing(town: Town, place: Place) -> None:
    """Draw the crossing near a gate, so many metres along the street from it."""
    chance = dice(f"crossing {place.key}")
    for word in place.door:
        if word.startswith("cross="):
            metres, kind = word.removeprefix("cross=").split(":")
            (u, v), off = place.kerb, float(metres)
            spot = (u + off, v) if place.side in "ns" else (u, v + off)
            tags = {"highway": "crossing", "crossing": kind}
            if chance.random() < 0.5:
                tags |= {
                    "kerb": chance.choice(["lowered", "flush", "raised"]),
                    "tactile_paving": chance.choice(["yes", "no"]),
                }
            for line_spot in _lanes(place, spot):
                town.point(line_spot, tags, on_way=True)


def _lanes(place: Place, spot: Point) -> list[Point]:
    if place.side in "ew" and abs(spot[0] - AVENUE_M) < 2.0 * DUAL_HALF_M:
        return [(AVENUE_M - DUAL_HALF_M, spot[1]), (AVENUE_M + DUAL_HALF_M, spot[1])]
    return [spot]


def _playground(town: Town, place: Place) -> Placed:
    west, south, east, north = place.ground.bounds
    # Off the paths through the middle, near the corner towards the south-west.
    u, v = west + 0.24 * (east - west), south + 0.24 * (north - south)
    half = 8.0 if east - west < 150.0 else 14.0
    ground = shapely.box(u - half, v - 0.7 * half, u + half, v + 0.7 * half)
    refs: tuple[str, ...] = ()
    if place.osm:
        refs = (f"way/{town.area(ground, {'leisure': 'playground'})}",)
    return Placed(place, refs, (), ground, ("playground",), f"{place.name}儿童活动区", (u, v))


def _great_park(town: Town, place: Place) -> list[Placed]:
    """Draw the great park: a relation with a lake left out, paths over every edge, play and skating."""
    west, south, east, north = place.ground.bounds
    u, v = place.spot
    lake = shapely.Point(u + 90.0, v + 60.0).buffer(95.0, quad_segs=6)
    outer = town.area(place.ground.segmentize(70.0), {}, joined=True)
    inner = town.area(lake, {"natural": "water", "name": "示例湖"})
    members = [("w", outer, "outer"), ("w", inner, "inner")]
    relation = town.relation(members, {"type": "multipolygon", "name": place.name, **place.tags})
    lines = [
        [(820.0, v - 90.0), (u - 60.0, v - 90.0), (1530.0, v - 90.0)],
        [(u - 90.0, 650.0), (u - 90.0, v - 90.0), (u - 90.0, 1300.0)],
        [(u - 90.0, v + 190.0), (u + 220.0, v + 190.0), (1530.0, v + 190.0)],
        [(u + 220.0, v - 90.0), (u + 220.0, v + 190.0), (u + 220.0, 1300.0)],
    ]
    for k, line in enumerate(lines):
        lit = {"lit": "yes"} if k < 2 else {"lit": "no", "winter_service": "no"}
        town.line(line, {"highway": "footway" if k else "pedestrian", "surface": "asphalt", **lit})
    town.line([(u - 90.0, v + 100.0), (u - 150.0, v + 100.0)], {"highway": "steps", "step_count": "24"})
    crossings = [
        (west, v - 90.0),
        (east, v - 90.0),
        (u - 90.0, south),
        (u - 90.0, north),
        (east, v + 190.0),
        (u + 220.0, north),
    ]
    skate = shapely.box(u - 200.0, v - 150.0, u - 170.0, v - 125.0)
    skate_way = town.area(skate, {"leisure": "pitch", "sport": "skateboard", "name": "示例公园滑板场"})
    ground = place.ground.difference(lake)
    whole = Placed(
        place, (f"relation/{relation}",), tuple(crossings), ground, place.kinds, place.name, place.spot
    )
    skating = Placed(
        place, (f"way/{skate_way}",), (), skate, ("pitch",), "示例公园滑板场", (u - 185.0, v - 137.5)
    )
    return [whole, _playground(town, place), skating]
