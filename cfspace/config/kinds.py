"""Facility kinds known from the start; a rulebook may declare targets over kinds of its own."""

from __future__ import annotations

from typing import Final

KINDS: Final[tuple[str, ...]] = (
    "primary_school",
    "junior_school",
    "senior_school",
    "kindergarten",
    "childcare",
    "library",
    "bookcase",
    "clinic",
    "hospital",
    "paediatric_hospital",
    "park",
    "playground",
    "pitch",
    "square",
    "nursing_room",
    "venue",
    "children_home",
    "community_centre",
    "youth_place",
    "museum",
    "sports_centre",
    "toilet",
    "bus_stop",
    "rail_station",
    "gate",
    "crossing",
)
"""The kinds that need no declaration: each is a target of its own name."""
