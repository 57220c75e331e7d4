"""Residential blocks: walled compounds, old open quarters, towers, villages and the great superblock."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

import shapely

from sample.draft import Tags, Town
from sample.frame import Point, area_m2, dice
from sample.lots import lots_on
from sample.plan import Block, blocks

RING_IN_M = 22.0
# How wide a slab is, and the gap to the next.
WALLED_SLABS = (64.0, 16.0)
OPEN_SLABS = (58.0, 13.0)
SHUT_GATE = (400.0, -650.0)
OPEN_GATE = (700.0, -1300.0)


@dataclass(frozen=True)
class House:
    """One residential building: its OSM way, its ground, its true levels and living floor."""

    way: int
    ground: shapely.Polygon
    levels: int
    block: str
    use: str

    @property
    def floor_m2(self) -> float:
        """Floor area on the ground's true size, all levels."""
        return area_m2(self.ground) * self.levels

    @property
    def spot(self) -> Point:
        """Its centroid on the board."""
        return self.ground.centroid.x, self.ground.centroid.y


@dataclass
class Quarter:
    """A block in the making: what must stay free of houses."""

    block: Block
    taken: shapely.Geometry
    front: shapely.Geometry
    houses: list[House] = field(default_factory=list)

    def keep_free(self, line: shapely.Geometry, by_m: float = 5.0) -> None:
        """Keep houses off a way."""
        self.taken = self.taken.union(line.buffer(by_m))


def draw_homes(town: Town, streets: shapely.Geometry) -> list[House]:
    """Draw every residential block and return its houses."""
    houses: list[House] = []
    fillers = {"R": _walled, "T": _walled, "G": _superblock, "O": _open, "V": _village}
    for block in blocks():
        if block.use in fillers:
            chance = dice(f"block {block.code}")
            town.area(_inside(block.ground, -1.0), {"landuse": "residential"})
            lots = [lot.ground for lot in lots_on(block)]
            taken = shapely.union_all([lot.buffer(5.0) for lot in lots]) if lots else shapely.Polygon()
            quarter = Quarter(block, taken, streets)
            fillers[block.use](town, quarter, chance)
            houses += quarter.houses
    return houses


def _inside(shape: shapely.Geometry, by_m: float) -> shapely.Polygon:
    inner = shape.buffer(-by_m, join_style="mitre")
    return max(inner.geoms, key=lambda part: part.area) if inner.geom_type == "MultiPolygon" else inner


def _walled(town: Town, quarter: Quarter, chance: Random) -> None:
    """Draw a compound: a wall, a ring road, paths between the houses, and gates to two streets or three."""
    block = quarter.block
    side_lots = [lot.ground.buffer(6.0, join_style="mitre") for lot in lots_on(block) if lot.side != "c"]
    site = _inside(block.ground.difference(shapely.union_all(side_lots)), 3.0)
    town.area(site, {"barrier": "wall"}, joined=True)
    ring = _inside(site, RING_IN_M)
    kind = "living_street" if block.use == "T" else "service"
    town.area(ring, {"highway": kind, "surface": "concrete"}, joined=True)
    quarter.keep_free(ring.exterior)
    for path in _spines(ring, 3 if block.use == "T" else _n_slabs(ring, WALLED_SLABS)):
        free = path.difference(quarter.taken.difference(ring.exterior.buffer(6.0)))
        for part in _long_parts(free):
            if part.distance(ring.exterior) < 0.1:
                town.line(_ends(part), {"highway": "footway"})
        quarter.keep_free(path, 3.0)
    _gates(town, quarter, ring, chance)
    if block.use == "T":
        _towers(town, quarter, ring, chance)
    else:
        _slabs(town, quarter, ring, chance, wide_gap_m=WALLED_SLABS, step_m=38.0, old=False)


def _spines(ring: shapely.Polygon, n: int) -> list[shapely.LineString]:
    """Return the paths between `n` columns of houses."""
    west, south, east, north = ring.bounds
    middle, lines = (west + east) / 2.0, []
    step = WALLED_SLABS[0] + WALLED_SLABS[1]
    for k in range(1, n):
        u = middle + (k - n / 2.0) * step
        lines += _long_parts(shapely.LineString([(u, south - 1), (u, north + 1)]).intersection(ring))
    return lines


def _n_slabs(ground: shapely.Polygon, wide_gap_m: tuple[float, float]) -> int:
    west, _, east, _ = ground.bounds
    return max(1, int((east - west - 12.0 + wide_gap_m[1]) // sum(wide_gap_m)))


def _gates(town: Town, quarter: Quarter, ring: shapely.Polygon, chance: Random) -> None:
    sides = [side for side in "nesw" if _gate_way(quarter, ring, side, 0.5) is not None]
    chance.shuffle(sides)
    for side in sides[: chance.choice([2, 2, 3])]:
        share = chance.choice([0.35, 0.42, 0.5, 0.58, 0.65])
        path = _gate_way(quarter, ring, side, share) or _gate_way(quarter, ring, side, 0.5)
        if path is not None:
            tags = {"highway": chance.choice(["service", "service", "footway"])}
            town.line(_ends(path), tags)


def _gate_way(quarter: Quarter, ring: shapely.Polygon, side: str, share: float) -> shapely.LineString | None:
    """Return the way from the street to the ring through a gate, or None without a street or room."""
    b = quarter.block
    u, v = b.west_m + share * (b.east_m - b.west_m), b.south_m + share * (b.north_m - b.south_m)
    west, south, east, north = b.kerbs_m
    start = {"n": (u, north), "s": (u, south), "e": (east, v), "w": (west, v)}[side]
    middle = (u, (b.south_m + b.north_m) / 2) if side in "ns" else ((b.west_m + b.east_m) / 2, v)
    if quarter.front.distance(shapely.Point(start)) > 0.1:
        return None
    hit = shapely.LineString([start, middle]).intersection(ring.exterior)
    if hit.is_empty:
        return None
    near = min(getattr(hit, "geoms", [hit]), key=lambda p: p.distance(shapely.Point(start)))
    path = shapely.LineString([start, (near.centroid.x, near.centroid.y)])
    lots = [lot.ground.buffer(4.0) for lot in lots_on(b)]
    return None if any(path.intersects(lot) for lot in lots) else path


def _slabs(
    town: Town, quarter: Quarter, ground: shapely.Polygon, chance: Random,
    *, wide_gap_m: tuple[float, float], step_m: float, old: bool,
) -> None:  # fmt: skip
    west, south, east, north = ground.bounds
    (wide_m, gap_m), n = wide_gap_m, _n_slabs(ground, wide_gap_m)
    left = (west + east - n * wide_m - (n - 1) * gap_m) / 2.0
    v = south + 14.0
    while v + 13.0 < north - 6.0:
        for k in range(n):
            u = left + k * (wide_m + gap_m) + chance.uniform(-2.0, 2.0)
            levels = chance.choice([4, 5, 6, 6]) if old else chance.choice([6, 6, 7, 11])
            if chance.random() > (0.5 if old else 0.05):
                shape = shapely.box(u, v, u + wide_m - chance.choice([0.0, 0.0, 14.0]), v + 12.5)
                _house(town, quarter, shape, levels, chance, within=ground)
        v += step_m


def _towers(town: Town, quarter: Quarter, ring: shapely.Polygon, chance: Random) -> None:
    west, south, east, north = ring.bounds
    for row in range(3):
        for column in range(3):
            u = west + (east - west) * (column + 0.5) / 3 + chance.uniform(-6.0, 6.0)
            v = south + (north - south) * (row + 0.5) / 3 + chance.uniform(-8.0, 8.0)
            shape = shapely.box(u - 15, v - 9, u + 15, v + 9).union(shapely.box(u - 6, v - 12, u + 6, v + 9))
            _house(town, quarter, shape, chance.choice([18, 22, 26, 33]), chance, within=ring)


def _house(
    town: Town, quarter: Quarter, shape: shapely.Polygon, levels: int, chance: Random,
    *, within: shapely.Geometry,
) -> None:  # fmt: skip
    if shape.intersects(quarter.taken) or not within.buffer(-3.0).contains(shape):
        return
    use = quarter.block.use
    tags: Tags = {"building": chance.choice(["apartments", "apartments", "residential", "yes"])}
    if use == "V":
        tags = {"building": chance.choice(["house", "yes", "house"])}
    if chance.random() < (0.45 if use == "V" else 0.76):
        tags["building:levels"] = str(levels)
    if chance.random() < 0.3:
        tags["addr:housenumber"] = f"{len(quarter.houses) + 1}号楼"
    way = town.area(shape, tags)
    quarter.houses.append(House(way, shape, levels, quarter.block.code, use))


def _open(town: Town, quarter: Quarter, chance: Random) -> None:
    """Draw an old quarter: alleys from street to street, rows of slabs with no wall round them."""
    b, (west, south, east, north) = quarter.block, quarter.block.ground.bounds
    middle = (west + east) / 2.0
    spine = shapely.LineString([(middle, b.south_m), (middle, b.north_m)])
    lanes = [_level(b, south + (north - south) * share) for share in (0.333, 0.667)]
    kept = _alleys(town, quarter, [spine, *lanes], chance)
    quarter.keep_free(shapely.union_all(kept), 4.0)
    _slabs(town, quarter, b.ground, chance, wide_gap_m=OPEN_SLABS, step_m=46.0, old=True)


def _level(b: Block, v: float) -> shapely.LineString:
    west, _, east, _ = b.kerbs_m
    return shapely.LineString([(west, v), (east, v)])


def _alleys(
    town: Town, quarter: Quarter, lines: list[shapely.LineString], chance: Random
) -> list[shapely.LineString]:
    """Draw those parts of the alleys that no lot blocks and that hang together with the streets."""
    lots = [lot.ground.buffer(4.0) for lot in lots_on(quarter.block)]
    blocked = shapely.union_all(lots) if lots else shapely.Polygon()
    parts = [part for line in lines for part in _long_parts(_to_street(line, quarter).difference(blocked))]
    joined: list[shapely.LineString] = []
    reached = quarter.front
    for _ in lines:
        new = [p for p in parts if p not in joined and p.distance(reached) < 0.1]
        joined += new
        reached = shapely.union_all([reached, *new])
    for part in joined:
        tags = {"highway": chance.choice(["service", "living_street", "residential", "footway"])}
        if chance.random() < 0.4:
            tags["surface"] = chance.choice(["concrete", "concrete", "unpaved"])
        if tags["highway"] == "residential" and chance.random() < 0.5:
            tags["sidewalk"] = chance.choice(["no", "no", "left"])
        town.line(_ends(part), tags)
    return joined


def _to_street(line: shapely.LineString, quarter: Quarter) -> shapely.Geometry:
    """Cut a line back to the building line at an end where there is no street."""
    near = [quarter.front.distance(shapely.Point(end)) < 0.1 for end in line.coords]
    return line if all(near) else line.intersection(quarter.block.ground.union(_halves(line, near)))


def _halves(line: shapely.LineString, near: list[bool]) -> shapely.Geometry:
    ends = [
        shapely.Point(end).buffer(40.0) for end, is_near in zip(line.coords, near, strict=True) if is_near
    ]
    return shapely.union_all(ends) if ends else shapely.Polygon()


def _village(town: Town, quarter: Quarter, chance: Random) -> None:
    """Draw a village: narrow lanes and rows of low houses."""
    b, (_, south, _, north) = quarter.block, quarter.block.ground.bounds
    west, _, east, _ = b.ground.bounds
    spine = shapely.LineString([((west + east) / 2.0, b.south_m), ((west + east) / 2.0, b.north_m)])
    lanes = [_level(b, south + (north - south) * share) for share in (0.25, 0.5, 0.75)]
    kept = _alleys(town, quarter, [spine, *lanes], chance)
    quarter.keep_free(shapely.union_all(kept), 3.0)
    v = south + 22.0
    while v + 10.0 < north - 30.0:
        u = west + 24.0 + chance.uniform(0.0, 12.0)
        while u + 14.0 < east - 20.0:
            if chance.random() < 0.42:
                _house(town, quarter, shapely.box(u, v, u + 14.0, v + 8.5), 1, chance, within=b.ground)
            u += 34.0 + chance.uniform(0.0, 12.0)
        v += 34.0


def _superblock(town: Town, quarter: Quarter, chance: Random) -> None:
    """Draw the great walled superblock: one gate open to the south, the one to the school shut."""
    b = quarter.block
    site = _inside(b.ground, 3.0)
    town.area(site, {"barrier": "wall", "name": "松苑小区围墙"}, joined=True)
    town.area(_inside(b.ground, 1.0), {"landuse": "residential", "name": "松苑小区"})
    ring = _inside(site, RING_IN_M)
    west, south, east, north = ring.bounds
    town.area(ring, {"highway": "living_street", "name": "松苑环路"}, joined=True)
    # Between the columns of slabs, of which there are seven.
    inner = [[(u, south), (u, north)] for u in ((west + east) / 2 - 120.0, (west + east) / 2 + 120.0)]
    inner += [
        [(west, v), (east, v)] for v in (south + 0.35 * (north - south), south + 0.68 * (north - south))
    ]
    for line in inner:
        town.line(line, {"highway": "living_street"})
        quarter.keep_free(shapely.LineString(line))
    quarter.keep_free(ring.exterior)
    shut = {"highway": "footway", "access": "private"}
    town.line([SHUT_GATE, (SHUT_GATE[0], north)], shut)
    wall_v = site.bounds[3]
    gate = {"barrier": "gate", "access": "private", "locked": "yes", "name": "松苑小区北门（封闭）"}
    town.point((SHUT_GATE[0], wall_v), gate)
    town.line([OPEN_GATE, (OPEN_GATE[0], south)], {"highway": "service", "name": "松苑南门"})
    _slabs(town, quarter, ring, chance, wide_gap_m=WALLED_SLABS, step_m=40.0, old=False)


def _ends(part: shapely.LineString) -> list[Point]:
    return [(float(u), float(v)) for u, v in part.coords]


def _long_parts(shape: shapely.Geometry) -> list[shapely.LineString]:
    parts = getattr(shape, "geoms", [shape])
    return [p for p in parts if p.geom_type == "LineString" and p.length > 12.0]
