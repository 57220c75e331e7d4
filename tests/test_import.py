"""`import cfspace` is silent and light."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HEAVY = {"folium", "geopandas", "matplotlib", "networkx", "numba", "osmnx", "pandas", "pyarrow", "sklearn"}

LIST_MODULES = "import sys, cfspace; print(*sys.modules)"

TIME_BOTH = """
import time, numpy
start = time.perf_counter()
import cfspace
print(time.perf_counter() - start)
"""

LIST_SIDE_EFFECTS = """
import logging, warnings
before = list(warnings.filters)
import cfspace
print(logging.getLogger().handlers, logging.getLogger("cfspace").handlers, warnings.filters == before)
"""


def run_python(code: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], cwd=cwd, capture_output=True, text=True, check=True)


def test_importing_prints_nothing(project: Path) -> None:
    done = run_python("import cfspace", project)
    assert done.stdout == done.stderr == ""


def test_importing_loads_nothing_heavy(project: Path) -> None:
    loaded = set(run_python(LIST_MODULES, project).stdout.split())
    assert "cfspace" in loaded
    assert sorted(loaded & HEAVY) == []


def test_importing_takes_under_half_a_second_more_than_numpy(project: Path) -> None:
    # The best of three: a busy machine slows any one of them.
    seconds = min(float(run_python(TIME_BOTH, project).stdout) for _ in range(3))
    assert seconds < 0.5


def test_importing_starts_no_log_handler_and_no_warning_filter(project: Path) -> None:
    assert run_python(LIST_SIDE_EFFECTS, project).stdout.split() == ["[]", "[]", "True"]
