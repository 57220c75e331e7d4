"""The places of the town as planned, one row each in ``places.csv``, and where on its block each lies."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import shapely
from shapely.affinity import translate

from sample.draft import Tags
from sample.frame import Point
from sample.plan import Block, block

TABLE = Path(__file__).with_name("places.csv")
FRONT_M = 4.0
INTO_M = 14.0


@dataclass(frozen=True, slots=True)
class Place:
    """One true place of the town: what it is, where, and who knows of it.

    Attributes
    ----------
    key
        Short name within the plan.
    kinds
        The kinds of facility that it truly is; none for decoys that only look like one.
    name
        What it is truly called.
    block
        Code of the block it stands on.
    at
        Side of the block (n, e, s, w, or c for its middle) and how far along it (0-1); ``x<u>,<v>`` is a
        point of the board, ``@<key>`` the place that it is inside of.
    size_m
        Width and depth of its ground, or None for a point.
    osm
        What OSM has of it: ``area``, ``point``, ``both`` or nothing.
    osm_name, tags
        Its name (if not the true one) and tags there.
    listed
        Whether the municipal list of its kind holds it.
    list_name
        Its name there, if not the true one.
    status
        ``open`` or ``closed``.
    facts
        Attributes that the municipal list knows.
    door
        What is at its gate: ``zone`` (30 km/h), ``cross=<metres>:<crossing>``, ``open`` (no fence), ``shut``.
    """

    key: str
    kinds: tuple[str, ...]
    name: str
    block: str
    at: str
    size_m: tuple[float, float] | None
    osm: str
    osm_name: str
    tags: Tags
    listed: bool
    list_name: str
    status: str
    facts: Tags
    door: tuple[str, ...]

    @property
    def official_name(self) -> str:
        """What the city's own papers call it."""
        return self.list_name or self.name

    @property
    def side(self) -> str:
        """The side of its block that it faces, or ``c``."""
        return self.at[0]

    @property
    def ground(self) -> shapely.Polygon:
        """Its ground on the board; a square of a few metres for a point."""
        return _ground(self.key)

    @property
    def spot(self) -> Point:
        """The middle of its ground."""
        middle = self.ground.centroid
        return round(middle.x, 2), round(middle.y, 2)

    @property
    def gate(self) -> Point:
        """Where its ground is entered from the street; its middle for a point."""
        if self.size_m is None or self.side not in "nesw":
            return self.spot
        west, south, east, north = self.ground.bounds
        u, v = self.spot
        return {"n": (u, north), "s": (u, south), "e": (east, v), "w": (west, v)}[self.side]

    @property
    def kerb(self) -> Point:
        """The point in the middle of the street before its gate."""
        u, v = self.gate
        if self.side not in "nesw":
            return u, v
        west, south, east, north = block(self.block).kerbs_m
        return {"n": (u, north), "s": (u, south), "e": (east, v), "w": (west, v)}[self.side]


@cache
def places() -> tuple[Place, ...]:
    """Return all places of the plan, in its order."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return tuple(_place(row) for row in csv.DictReader(file, delimiter="|"))


def lots_on(b: Block) -> list[Place]:
    """Return the places with ground of their own on a block."""
    return [p for p in places() if p.size_m is not None and p.block == b.code and p.side in "nescw"]


def read_tags(text: str) -> Tags:
    """Return the pairs of ``key=value;key=value``; a ``,`` in a value stands for OSM's ``;``."""
    pairs = (part.split("=", 1) for part in text.split(";") if part)
    return {key.strip(): value.strip().replace(",", ";") for key, value in pairs}


def _place(row: dict[str, str]) -> Place:
    cells = {key.strip(): value.strip() for key, value in row.items()}
    size = cells["size"]
    width, _, depth = size.partition("x")
    return Place(
        key=cells["key"],
        kinds=tuple(cells["kinds"].split()),
        name=cells["name"],
        block=cells["block"],
        at=cells["at"],
        size_m=(float(width), float(depth)) if size else None,
        osm=cells["osm"],
        osm_name=cells["osm_name"],
        tags=read_tags(cells["tags"]),
        listed=cells["listed"] == "yes",
        list_name=cells["list_name"],
        status=cells["status"] or "open",
        facts=read_tags(cells["facts"]),
        door=tuple(cells["door"].split()),
    )


@cache
def _ground(key: str) -> shapely.Polygon:
    place = next(p for p in places() if p.key == key)
    if place.at[0] == "@":
        u, v = next(p for p in places() if p.key == place.at[1:]).spot
        return shapely.box(u - 3.0, v - 3.0, u + 3.0, v + 3.0)
    if place.at[0] == "x":
        u, v = (float(part) for part in place.at[1:].split(","))
        half_u, half_v = ((place.size_m or (6.0, 6.0))[i] / 2.0 for i in (0, 1))
        return shapely.box(u - half_u, v - half_v, u + half_u, v + half_v)
    west, south, east, north = block(place.block).ground.bounds
    share = float(place.at[1:] or 0.5)
    along, depth = place.size_m or (6.0, 6.0)
    front = FRONT_M if place.size_m else 8.0
    wide = place.side in "nsc"
    box = shapely.box(0, 0, along, depth) if wide else shapely.box(0, 0, depth, along)
    if wide:
        left = min(max(west + share * (east - west) - along / 2, west + FRONT_M), east - along - FRONT_M)
        low = {"s": south + front, "n": north - front - depth, "c": (south + north - depth) / 2}[place.side]
        return translate(box, left, low)
    low = min(max(south + share * (north - south) - along / 2, south + FRONT_M), north - along - FRONT_M)
    left = west + front if place.side == "w" else east - front - depth
    return translate(box, left, low)
