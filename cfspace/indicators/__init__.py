"""Measures, and evaluating a rulebook for a city."""

from cfspace.indicators.city import City, UnitLayers
from cfspace.indicators.evaluate import COVERAGE_COLUMNS, evaluate

__all__ = ["COVERAGE_COLUMNS", "City", "UnitLayers", "evaluate"]
