"""Measures, and evaluating a rulebook for a city."""

from cfspace.indicators.city import City, UnitLayers
from cfspace.indicators.evaluate import (
    CAUSE_COLUMNS,
    COVERAGE_COLUMNS,
    Evaluated,
    evaluate,
    evaluate_with_causes,
)

__all__ = [
    "CAUSE_COLUMNS",
    "COVERAGE_COLUMNS",
    "City",
    "Evaluated",
    "UnitLayers",
    "evaluate",
    "evaluate_with_causes",
]
