"""The whole town, put together in the order in which it is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from sample.crossings import draw_crossings, draw_footbridges, draw_railway, draw_river
from sample.draft import Osm, Town
from sample.homes import draw_homes
from sample.people import Household, settle
from sample.placing import Placed, draw_places, school_zones
from sample.streets import draw_sidewalks, draw_streets
from sample.works import draw_works


@dataclass(frozen=True)
class Built:
    """What is known of the town once it is built: the OSM data, the true places, the people."""

    osm: Osm
    places: list[Placed]
    people: list[Household]


@cache
def build() -> Built:
    """Build the town."""
    town = Town()
    draw_streets(town, slow_at=school_zones())
    draw_sidewalks(town)
    draw_river(town)
    draw_railway(town)
    draw_footbridges(town)
    draw_crossings(town)
    streets = town.streets()
    houses = draw_homes(town, streets)
    placed = draw_places(town)
    draw_works(town, streets)
    return Built(town.finish(), placed, settle(houses))
