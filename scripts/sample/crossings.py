"""Where people cross: signals, zebras, footbridges, underpasses; and what they cross: river and railway."""

from __future__ import annotations

from random import Random

import shapely

from sample.draft import Tags, Town
from sample.frame import Point, dice
from sample.plan import AVENUE_M, BRIDGES_M, DUAL_HALF_M, LEVEL_CROSSING_M, RAIL_M, WATER_M, Street
from sample.streets import Piece, arms, both_main, crossroads, sidewalk_sides

NORTH_M, SOUTH_M = 2850.0, -2850.0
PATH_M = -88.0
# Where the riverside path on the west bank is joined to the street beside it.
PATH_LINKS_M = (-1950.0, -1625.0, -975.0, -650.0, -325.0, 0.0, 325.0, 650.0, 975.0, 1625.0, 1950.0)


def draw_crossings(town: Town) -> None:
    """Draw crossings at the crossroads, as points and, between sidewalks of their own, as ways."""
    chance = dice("crossings")
    for ns, ew in crossroads():
        if abs(ns.at_m) > 2250.0 or abs(ew.at_m) > 1950.0:
            continue
        if both_main(ns, ew):
            town.point((ns.at_m, ew.at_m), {"highway": "traffic_signals"}, on_way=ns.at_m != AVENUE_M)
        for arm, spot in arms(ns, ew):
            tags = _crossing_tags(both_main(ns, ew), arm, chance)
            if tags:
                _draw_crossing(town, arm, spot, tags)


def _crossing_tags(signals: bool, arm: Street, chance: Random) -> Tags:
    if signals:
        tags = {"highway": "crossing", "crossing": "traffic_signals"}
    elif arm.highway == "residential":
        # Nobody maps a crossing over every side street.
        if chance.random() < 0.55:
            return {}
        tags = {"highway": "crossing", "crossing": chance.choice(["unmarked", "uncontrolled", "marked"])}
    elif chance.random() < 0.6:
        tags = {"highway": "crossing", "crossing": "uncontrolled"}
    else:
        return {}
    if chance.random() < 0.4:
        tags["kerb"] = chance.choice(["lowered", "lowered", "flush", "raised"])
    if chance.random() < 0.35:
        tags["tactile_paving"] = chance.choice(["yes", "yes", "no"])
    if arm.highway == "primary" and chance.random() < 0.4:
        tags["crossing:island"] = chance.choice(["yes", "no"])
    return tags


def _draw_crossing(town: Town, arm: Street, spot: Point, tags: Tags) -> None:
    along = spot[1] if arm.axis == "ns" else spot[0]
    sides = sidewalk_sides(Piece(arm, along, along))
    if len(sides) == 2:
        ends = [arm.spot(along, off_m=side) for side in sides]
        town.line(ends, {"highway": "footway", "footway": "crossing", "crossing": tags["crossing"]})
    offsets = (-DUAL_HALF_M, DUAL_HALF_M) if (arm.axis, arm.at_m) == ("ns", AVENUE_M) else (0.0,)
    for off in offsets:
        town.point(arm.spot(along, off_m=off), tags, on_way=True)


def draw_river(town: Town) -> None:
    """Draw the river, its water and the path along its west bank."""
    town.line([(0.0, SOUTH_M), (0.0, NORTH_M)], {"waterway": "river", "name": "示例河"}, joined=False)
    water = shapely.box(WATER_M[0], SOUTH_M, WATER_M[1], NORTH_M).segmentize(100.0)
    town.area(water, {"natural": "water", "water": "river", "name": "示例河"})
    tags = {"highway": "footway", "name": "滨河步道", "surface": "paving_stones", "lit": "yes", "width": "4"}
    town.line([(PATH_M, -2000.0), (PATH_M, 2000.0)], tags)
    for at in PATH_LINKS_M:
        town.line([(-110.0, at), (PATH_M, at)], {"highway": "footway", "surface": "paving_stones"})
    # The road that was to become a bridge ends above the water on both banks.
    town.line([(110.0, 0.0), (88.0, 0.0)], {"highway": "service", "noexit": "yes"})
    for at in BRIDGES_M:
        town.line([(RAIL_M - 80.0, at), (RAIL_M - 40.0, at)], {"highway": "service", "noexit": "yes"})


def draw_railway(town: Town) -> None:
    """Draw the railway with its station, its level crossing and its footbridge."""
    for off in (0.0, 5.0):
        line = [(RAIL_M + off, SOUTH_M), (RAIL_M + off, NORTH_M)]
        town.line(line, {"railway": "rail", "name": "长示线", "electrified": "contact_line", "gauge": "1435"})
        town.point((RAIL_M + off, LEVEL_CROSSING_M), {"railway": "level_crossing"}, on_way=True)
    deck = {"highway": "footway", "bridge": "yes", "layer": "1", "name": "站北天桥"}
    town.line([(-1605.0, 150.0), (-1495.0, 150.0)], deck, layer=1)
    for foot, top in ((-1612.0, -1605.0), (-1488.0, -1495.0)):
        town.line([(foot, 150.0), (top, 150.0)], {"highway": "steps", "step_count": "38"})
    town.line([(-1620.0, 150.0), (-1612.0, 150.0)], {"highway": "footway"})
    town.line([(-1480.0, 150.0), (-1488.0, 150.0)], {"highway": "footway"})


def draw_footbridges(town: Town) -> None:
    """Draw two footbridges over the avenue, one of them with ramps, and a subway under Linhe Street."""
    deck = {"highway": "footway", "bridge": "yes", "layer": "1"}
    ramps = {"ramp": "yes", "ramp:stroller": "yes"}
    _pass(town, AVENUE_M, 420.0, 22.0, deck | {"name": "百货大楼天桥"}, ramps)
    _pass(town, AVENUE_M, 1140.0, 22.0, deck | {"name": "三小天桥"}, {"handrail": "both"})
    subway = {"highway": "footway", "tunnel": "yes", "layer": "-1", "name": "临河街地下通道", "lit": "yes"}
    _pass(town, 820.0, 180.0, 16.0, subway, {})


def _pass(town: Town, at_m: float, along_m: float, half_m: float, tags: Tags, steps: Tags) -> None:
    """Draw a way over or under a north-south street, from sidewalk to sidewalk, with steps at both ends."""
    ends: list[Point] = []
    for sidewalk, out in ((at_m - half_m, -3.0), (at_m + half_m, 3.0)):
        top, foot = (sidewalk + out, along_m), (sidewalk + out, along_m + 12.0)
        ends.append(top)
        town.line([top, foot], {"highway": "steps", **steps})
        town.line([foot, (sidewalk, along_m + 12.0)], {"highway": "footway"})
    town.line(ends, tags, layer=int(tags["layer"]))
