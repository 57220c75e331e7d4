"""``cfspace cache`` shows what is kept, and clears it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from cfspace.cli.caching import age


def call(folder: Path, *words: object) -> subprocess.CompletedProcess[str]:
    args = [sys.executable, "-m", "cfspace", *map(str, words)]
    env = {**os.environ, "CFSPACE_CACHE_DIR": str(folder / "cache"), "COLUMNS": "200"}
    return subprocess.run(args, capture_output=True, text=True, cwd=folder, env=env, check=False)


def test_a_run_fills_the_cache_and_clear_empties_it(sample_study: Path, tmp_path: Path) -> None:
    assert "nothing kept" in call(tmp_path, "cache").stdout
    assert call(tmp_path, "run", sample_study, "--out", "a", "--no-draw", "--no-cache").returncode == 0
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["kernels"]
    assert call(tmp_path, "run", sample_study, "--out", "b", "--no-draw").returncode == 0
    shown = call(tmp_path, "cache")
    assert shown.returncode == 0
    for word in ("osm", "network", "town.osm.pbf", "MB", "0 min ago", "2 entries"):
        assert word in shown.stdout
    cleared = call(tmp_path, "cache", "--clear")
    assert "removed 2 entries" in cleared.stdout
    assert list((tmp_path / "cache").iterdir()) == []
    assert (tmp_path / "a" / "coverage.csv").read_bytes() == (tmp_path / "b" / "coverage.csv").read_bytes()


def test_an_age_is_never_negative() -> None:
    assert age(-5) == "0 min"
    assert age(3599) == "59 min"
