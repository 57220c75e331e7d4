"""The measures that a rulebook entry can name, each a plain function in a small module."""

from __future__ import annotations

from typing import Final

from cfspace.indicators.measures.audit import audit
from cfspace.indicators.measures.coverage import bundle, coverage, profile_ratio
from cfspace.indicators.measures.equipped import equipped, land_coverage
from cfspace.indicators.measures.ratio import presence, ratio
from cfspace.indicators.measures.supply import count_norm, supply
from cfspace.indicators.outcome import Measure

MEASURES: Final[dict[str, Measure]] = {
    "audit": audit,
    "bundle": bundle,
    "count_norm": count_norm,
    "coverage": coverage,
    "equipped": equipped,
    "land_coverage": land_coverage,
    "presence": presence,
    "profile_ratio": profile_ratio,
    "ratio": ratio,
    "supply": supply,
}
"""Measures by the name that a rulebook gives them."""
