"""Where the time of a case goes, for goals that are missed."""

from __future__ import annotations

import cProfile
import io
import pstats
import re
from pathlib import PurePath

from benchmarks.timing import Case

N_LINES = 14
COLUMNS = re.compile(r"^\s*([\d/]+)\s+([\d.]+)\s+[\d.]+\s+([\d.]+)\s+[\d.]+\s+(.+)$")


def profile(case: Case) -> str:
    """Return the functions that take most of a case's time, a line each.

    Compiled kernels count to the function that calls them.
    """
    case()
    profiler = cProfile.Profile()
    profiler.runcall(case)
    text = io.StringIO()
    pstats.Stats(profiler, stream=text).sort_stats("tottime").print_stats(N_LINES)
    rows = [COLUMNS.match(line) for line in text.getvalue().splitlines()]
    lines = [f"{row[2]:>8} s {row[3]:>8} s {row[1]:>9}  {short(row[4])}" for row in rows if row]
    return "\n".join([f"{'itself':>10} {'with calls':>10} {'calls':>9}  function", *lines])


def short(place: str) -> str:
    """Return ``module.py:12(name)`` without the folders of this machine."""
    folder, _, name = place.rpartition("/")
    parent = PurePath(folder).name
    return f"{parent}/{name}" if folder else place
