"""Everything that is not housing: shops, factories, the college, fields, margins, bus stops."""

from __future__ import annotations

from random import Random

import shapely

from sample.draft import Town
from sample.frame import dice
from sample.lots import lots_on, places
from sample.plan import Block, blocks, is_main, streets

BUS_STEP_M = 430.0


def draw_works(town: Town, front: shapely.Geometry) -> None:
    """Draw all blocks that are not housing, the fields, the villages outside and the bus stops."""
    fillers = {"C": _shops, "I": _works, "E": _college}
    landuse = {
        "C": "commercial",
        "I": "industrial",
        "E": "education",
        "F": "farmland",
        "W": "grass",
        "H": "institutional",
    }
    for block in blocks():
        if block.use in landuse:
            town.area(block.ground.buffer(1.0, join_style="mitre"), {"landuse": landuse[block.use]})
        if block.use in fillers:
            fillers[block.use](town, block, front, dice(f"block {block.code}"))
    _outskirts(town)
    _bus_stops(town)


def _free(block: Block) -> shapely.Geometry:
    lots = [lot.ground.buffer(6.0) for lot in lots_on(block)]
    return block.ground.difference(shapely.union_all(lots)) if lots else block.ground


def _way_in(town: Town, block: Block, front: shapely.Geometry, highway: str) -> shapely.Geometry:
    """Draw a way straight across a block where the streets allow it, and return what it takes up."""
    middle_u, middle_v = (block.west_m + block.east_m) / 2, (block.south_m + block.north_m) / 2
    west, south, east, north = block.kerbs_m
    across = [[(middle_u, south), (middle_u, north)], [(west, middle_v), (east, middle_v)]]
    lots = shapely.union_all([lot.ground.buffer(3.0) for lot in lots_on(block)] or [shapely.Polygon()])
    for line in across:
        for start, end in (line, line[::-1]):
            path = shapely.LineString([start, end]).difference(lots)
            part = min(getattr(path, "geoms", [path]), key=lambda p: p.distance(shapely.Point(start)))
            if front.distance(shapely.Point(start)) < 0.1 and part.distance(shapely.Point(start)) < 0.1:
                clear = part.intersection(block.ground.union(shapely.Point(start).buffer(40.0)))
                if clear.geom_type == "LineString" and clear.length > 60.0:
                    town.line([(float(u), float(v)) for u, v in clear.coords], {"highway": highway})
                    return clear.buffer(5.0)
    return shapely.Polygon()


def _row(
    town: Town,
    block: Block,
    taken: shapely.Geometry,
    size_m: tuple[float, float],
    chance: Random,
    tags: dict[str, str],
) -> None:
    free = _free(block).difference(taken)
    west, south, east, north = block.ground.bounds
    wide, deep = size_m
    v = south + 8.0
    while v + deep < north:
        u = west + 8.0
        while u + wide < east:
            shape = shapely.box(u, v, u + wide - chance.choice([0.0, 8.0]), v + deep)
            if free.contains(shape) and chance.random() < 0.55:
                extra = {"building:levels": str(chance.choice([1, 2, 3, 5]))} if chance.random() < 0.5 else {}
                town.area(shape, tags | extra)
            u += wide + 22.0
        v += deep + 38.0


def _shops(town: Town, block: Block, front: shapely.Geometry, chance: Random) -> None:
    taken = _way_in(town, block, front, "service")
    kind = chance.choice(["retail", "commercial", "office", "commercial"])
    _row(town, block, taken, (52.0, 26.0), chance, {"building": kind})


def _works(town: Town, block: Block, front: shapely.Geometry, chance: Random) -> None:
    site = block.ground.buffer(-4.0, join_style="mitre")
    town.area(site, {"barrier": "fence"}, joined=True)
    taken = _way_in(town, block, front, "service")
    _row(town, block, taken, (88.0, 40.0), chance, {"building": "industrial"})


def _college(town: Town, block: Block, front: shapely.Geometry, chance: Random) -> None:
    if not lots_on(block):
        name = "示例市职业技术学院" + ("" if block.code == "I3" else "（东区）")
        town.area(block.ground.buffer(-2.0, join_style="mitre"), {"amenity": "college", "name": name})
    taken = _way_in(town, block, front, "footway")
    _row(town, block, taken, (60.0, 18.0), chance, {"building": "college"})


def _outskirts(town: Town) -> None:
    """Draw what lies beyond the districts: fields and two villages along the roads."""
    fields = [
        (-3050.0, -2800.0, -2300.0, -2000.0),
        (2320.0, -2800.0, 3050.0, -700.0),
        (-3050.0, 2020.0, -1700.0, 2800.0),
        (900.0, 2020.0, 3050.0, 2800.0),
    ]
    for west, south, east, north in fields:
        town.area(shapely.box(west, south, east, north).segmentize(150.0), {"landuse": "farmland"})
    chance = dice("villages outside")
    for west, south, road in ((-1060.0, -2460.0, -1120.0), (2480.0, 470.0, 2250.0)):
        _hamlet(town, west, south, road, chance)


def _hamlet(town: Town, west: float, south: float, road: float, chance: Random) -> None:
    town.area(shapely.box(west - 10, south - 10, west + 250, south + 180), {"landuse": "residential"})
    for k in range(3):
        v = south + 20.0 + 60.0 * k
        town.line([(west - 8.0, v), (west + 245.0, v)], {"highway": "residential"})
        for i in range(6):
            if chance.random() < 0.7:
                left = west + 38.0 * i + chance.uniform(0.0, 8.0)
                town.area(shapely.box(left, v + 8.0, left + 14.0, v + 17.0), {"building": "house"})
    town.line([(west - 8.0, south + 20.0), (west - 8.0, south + 180.0)], {"highway": "residential"})
    # The lane out to the main road of the plan.
    end = (-760.0, south + 80.0) if road < 0 else (road, south + 80.0)
    town.line([(west + 245.0 if road < 0 else west - 8.0, south + 80.0), end], {"highway": "unclassified"})
    if road < 0:
        town.line([(west - 8.0, south + 140.0), (west + 245.0, south + 140.0)], {"highway": "track"})


def _bus_stops(town: Town) -> None:
    """Draw bus stops along the main streets, both sides; the far east of the town has none."""
    chance = dice("bus stops")
    river, far_east = 110.0, 1600.0
    for street in streets():
        if not is_main(street) or street.highway == "tertiary":
            continue
        for low, high in street.spans_m:
            along = low + 210.0
            while along < high:
                u, v = street.spot(along)
                if u < far_east and abs(v) < 2400.0 and not abs(u) < river and not -1640.0 < u < -1470.0:
                    _stop(town, street.spot(along, off_m=13.0), street.name, chance)
                    _stop(town, street.spot(along + 40.0, off_m=-13.0), street.name, chance)
                along += BUS_STEP_M


def _stop(town: Town, spot: tuple[float, float], name: str, chance: Random) -> None:
    near = [
        p
        for p in places()
        if p.name and p.kinds and abs(p.spot[0] - spot[0]) + abs(p.spot[1] - spot[1]) < 260.0
    ]
    tags = {"highway": "bus_stop", "name": near[0].name if near and chance.random() < 0.5 else name}
    if chance.random() < 0.5:
        tags |= {"public_transport": "platform", "bus": "yes"}
    if chance.random() < 0.3:
        tags["wheelchair"] = chance.choice(["yes", "limited", "no"])
    if chance.random() < 0.2:
        tags["tactile_paving"] = chance.choice(["yes", "no"])
    if chance.random() < 0.15:
        tags["kerb"] = chance.choice(["raised", "lowered"])
    town.point(spot, tags)
