"""Facilities with entrances, merged from OSM and municipal lists."""

from __future__ import annotations

from cfspace.facilities.build import Facilities, build_facilities
from cfspace.facilities.entrances import place_entrances
from cfspace.facilities.kinds import KindRules, load_kind_rules

__all__ = ["Facilities", "KindRules", "build_facilities", "load_kind_rules", "place_entrances"]
