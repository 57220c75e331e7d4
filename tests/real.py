"""Real studies, each loaded and measured once for all tests that need it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from cfspace.rulebooks import load_rulebook
from cfspace.runs.loading import load_city
from cfspace.runs.measuring import Measured, measure


@cache
def measured_study(path: Path) -> Measured:
    """Load and measure a study."""
    city = load_city(path)
    return measure(city, load_rulebook(city.study.study.rulebook))
