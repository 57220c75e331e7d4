"""Drawing the streets of the plan, piece by piece, with the tags that mappers gave and forgot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random

from sample.draft import Tags, Town
from sample.frame import Point, dice
from sample.plan import (
    ARM_M,
    AVENUE_M,
    BRIDGES_M,
    DUAL_ARM_M,
    DUAL_HALF_M,
    RAIL_GAP_M,
    RIVER_GAP_M,
    UNDERPASS_M,
    Street,
    is_main,
    streets,
)

CLASS_TAGS: dict[str, Tags] = {
    "primary": {"maxspeed": "60", "lanes": "6", "width": "24", "lit": "yes", "surface": "asphalt",
                "sidewalk": "both", "cycleway:both": "track", "sidewalk:both:width": "4"},
    "secondary": {"maxspeed": "50", "lanes": "4", "width": "18", "lit": "yes", "surface": "asphalt",
                  "sidewalk": "both", "cycleway:both": "lane", "sidewalk:both:width": "3"},
    "tertiary": {"maxspeed": "40", "lanes": "2", "width": "12", "lit": "yes", "surface": "asphalt",
                 "sidewalk": "both", "sidewalk:both:width": "2.5"},
    "residential": {"maxspeed": "30", "lanes": "2", "width": "8", "lit": "yes", "surface": "asphalt",
                    "sidewalk": "both", "sidewalk:both:width": "1.8"},
}  # fmt: skip
# How often a mapper of this town filled a tag in.
KNOWN_SHARE = {
    "maxspeed": 0.55, "lanes": 0.6, "width": 0.35, "lit": 0.45, "surface": 0.6, "sidewalk": 0.7,
    "cycleway:both": 0.6, "sidewalk:both:width": 0.3,
}  # fmt: skip
# Streets whose sidewalks are ways of their own: axis, line, from, to, and the sides, east or north (+) and
# west or south (-).
SIDEWALKS = (
    ("ns", AVENUE_M, -650.0, 1300.0, (-DUAL_ARM_M, DUAL_ARM_M)),
    ("ns", 820.0, -650.0, 650.0, (-ARM_M, ARM_M)),
    ("ew", 650.0, AVENUE_M, -110.0, (-ARM_M, ARM_M)),
    ("ns", 1530.0, -650.0, 0.0, (ARM_M,)),
)


@dataclass(frozen=True, slots=True)
class Piece:
    """One street between two others."""

    street: Street
    start_m: float
    end_m: float

    @property
    def middle_m(self) -> float:
        """Where its middle lies along the street."""
        return (self.start_m + self.end_m) / 2.0


def pieces() -> Iterator[Piece]:
    """Yield every street piece of the plan, in the plan's order."""
    for street in streets():
        cuts = {s.at_m for s in streets() if s.axis != street.axis and s.reaches(street.at_m)}
        for low, high in street.spans_m:
            stops = sorted({low, high, *(c for c in cuts if low < c < high)})
            for start, end in pairwise(stops):
                yield Piece(street, start, end)


def draw_streets(town: Town, *, slow_at: Sequence[Point]) -> None:
    """Draw all streets of the plan; pieces with a point of `slow_at` on them are school zones of 30 km/h."""
    chance = dice("streets")
    for piece in pieces():
        tags = _tags(piece, chance) | _structure(piece)
        if any(_touches(piece, spot) for spot in slow_at):
            tags |= {"maxspeed": "30", "hazard": "school_zone"}
        if piece.street.at_m == AVENUE_M and piece.street.axis == "ns":
            _draw_dual(town, piece, tags)
        else:
            layer = int(tags.get("layer", "0"))
            town.line([piece.street.spot(piece.start_m), piece.street.spot(piece.end_m)], tags, layer=layer)


def draw_sidewalks(town: Town) -> None:
    """Draw the sidewalks that are ways of their own."""
    for axis, at, start, end, sides in SIDEWALKS:
        street = next(s for s in streets() if s.axis == axis and s.at_m == at)
        for side in sides:
            low, high = start + _arm_m(axis, start), end - _arm_m(axis, end)
            tags = {"highway": "footway", "footway": "sidewalk", "surface": "paving_stones"}
            tags |= {"width": "4" if street.highway == "primary" else "3"}
            town.line([street.spot(low, off_m=side), street.spot(high, off_m=side)], tags)


def sidewalk_sides(piece: Piece) -> tuple[float, ...]:
    """Return where a street piece has sidewalks that are ways of their own, in metres east or north."""
    for axis, at, start, end, sides in SIDEWALKS:
        here = piece.street.axis == axis and piece.street.at_m == at
        if here and start <= piece.start_m and piece.end_m <= end:
            return sides
    return ()


def _arm_m(axis: str, crossed_m: float) -> float:
    return DUAL_ARM_M if axis == "ew" and crossed_m == AVENUE_M else ARM_M


def _tags(piece: Piece, chance: Random) -> Tags:
    street = piece.street
    tags = {"highway": street.highway, "name": street.name}
    usual = CLASS_TAGS[street.highway]
    tags |= {key: value for key, value in usual.items() if chance.random() < KNOWN_SHARE[key]}
    if street.highway == "residential":
        tags |= _side_street(tags, chance)
    if street.highway in ("secondary", "tertiary") and "sidewalk" in tags:
        tags["sidewalk"] = chance.choice(["both", "both", "both", "right", "left", "no"])
    if abs(piece.middle_m) > 1950.0:
        tags = {k: v for k, v in tags.items() if k in ("highway", "name", "surface")}
    return _with_separate(tags, sidewalk_sides(piece))


def _side_street(tags: Tags, chance: Random) -> Tags:
    found: Tags = {
        "highway": chance.choice(["residential", "residential", "residential", "tertiary", "living_street"])
    }
    if "sidewalk" in tags:
        found["sidewalk"] = chance.choice(["both", "both", "right", "left", "no", "no"])
    if found["highway"] == "living_street":
        found["maxspeed"] = "20"
    return found


def _with_separate(tags: Tags, sides: tuple[float, ...]) -> Tags:
    if not sides:
        return tags
    kept = {k: v for k, v in tags.items() if not k.startswith("sidewalk")}
    if len(sides) == 2:
        return kept | {"sidewalk": "separate"}
    return kept | {"sidewalk:right": "separate", "sidewalk:left": "no"}


def _structure(piece: Piece) -> Tags:
    street, ends = piece.street, (piece.start_m, piece.end_m)
    if street.axis == "ew" and street.at_m in BRIDGES_M and ends == RIVER_GAP_M:
        name = "北安大桥" if street.at_m > 0 else "自由大桥"
        return {"bridge": "yes", "layer": "1", "bridge:name": name, "sidewalk": "both"}
    if street.axis == "ew" and street.at_m == UNDERPASS_M and ends == RAIL_GAP_M:
        return {"tunnel": "yes", "layer": "-1", "sidewalk": "both"}
    return {}


def _touches(piece: Piece, spot: Point) -> bool:
    at, along = spot if piece.street.axis == "ns" else (spot[1], spot[0])
    return abs(at - piece.street.at_m) < 10.0 and piece.start_m <= along <= piece.end_m


def _draw_dual(town: Town, piece: Piece, tags: Tags) -> None:
    one_way = tags | {"oneway": "yes", "lanes": "3", "width": "11"}
    if one_way.get("sidewalk") == "separate":
        del one_way["sidewalk"]
        one_way |= {"sidewalk:right": "separate", "sidewalk:left": "no"}
    elif "sidewalk" in one_way:
        one_way["sidewalk"] = "right"
    if "cycleway:both" in one_way:
        one_way["cycleway:right"] = one_way.pop("cycleway:both")
    one_way.pop("sidewalk:both:width", None)
    north = [piece.street.spot(at, off_m=DUAL_HALF_M) for at in (piece.start_m, piece.end_m)]
    south = [piece.street.spot(at, off_m=-DUAL_HALF_M) for at in (piece.end_m, piece.start_m)]
    town.line(north, one_way)
    town.line(south, one_way)


def crossroads() -> Iterator[tuple[Street, Street]]:
    """Yield every pair of streets that cross or meet, north-south first."""
    for ns in streets():
        for ew in streets():
            if ns.axis == "ns" and ew.axis == "ew" and ns.reaches(ew.at_m) and ew.reaches(ns.at_m):
                yield ns, ew


def arms(ns: Street, ew: Street) -> Iterator[tuple[Street, Point]]:
    """Yield the arms of a crossroads, each with the point on it where people cross."""
    for step in (-1.0, 1.0):
        if ns.reaches(ew.at_m + step * 50.0):
            yield ns, ns.spot(ew.at_m + step * ARM_M)
        across = DUAL_ARM_M if ns.at_m == AVENUE_M else ARM_M
        if ew.reaches(ns.at_m + step * 50.0) and not _covered(ns, ew, step):
            yield ew, ew.spot(ns.at_m + step * across)


def _covered(ns: Street, ew: Street, step: float) -> bool:
    """Tell whether an arm starts on a bridge or in a tunnel."""
    to_river = ew.at_m in BRIDGES_M and (ns.at_m, step) in ((-110.0, 1.0), (110.0, -1.0))
    under_rail = ew.at_m == UNDERPASS_M and (ns.at_m, step) in ((-1620.0, 1.0), (-1480.0, -1.0))
    return to_river or under_rail


def both_main(ns: Street, ew: Street) -> bool:
    """Tell whether a crossroads joins two main streets."""
    return is_main(ns) and is_main(ew)
