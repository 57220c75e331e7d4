"""The measures that a rulebook entry can name, each a plain function in a small module."""

from __future__ import annotations

from typing import Final

from cfspace.indicators.measures.audit import audit
from cfspace.indicators.measures.coverage import bundle, coverage, profile_ratio
from cfspace.indicators.measures.equipped import equipped, land_coverage
from cfspace.indicators.measures.floating import floating_supply
from cfspace.indicators.measures.gates import gate_crossing, gate_speed
from cfspace.indicators.measures.ratio import presence, ratio
from cfspace.indicators.measures.route import route
from cfspace.indicators.measures.spacing import crossing_spacing
from cfspace.indicators.measures.streets import density, street_ratio
from cfspace.indicators.measures.supply import count_norm, supply
from cfspace.indicators.measures.zoned import zone_coverage
from cfspace.indicators.outcome import Measure

MEASURES: Final[dict[str, Measure]] = {
    "audit": audit,
    "bundle": bundle,
    "count_norm": count_norm,
    "coverage": coverage,
    "crossing_spacing": crossing_spacing,
    "density": density,
    "equipped": equipped,
    "floating_supply": floating_supply,
    "gate_crossing": gate_crossing,
    "gate_speed": gate_speed,
    "land_coverage": land_coverage,
    "presence": presence,
    "profile_ratio": profile_ratio,
    "ratio": ratio,
    "route": route,
    "street_ratio": street_ratio,
    "supply": supply,
    "zone_coverage": zone_coverage,
}
"""Measures by the name that a rulebook gives them."""
