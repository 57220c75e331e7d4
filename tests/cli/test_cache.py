"""``cfspace cache`` shows what is kept, and clears it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from cfspace.cli.caching import age
from cfspace.io.cache import Cache


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
    for word in ("osm", "network", "places", "town.osm.pbf", "MB", "0 min ago", "3 entries"):
        assert word in shown.stdout
    cleared = call(tmp_path, "cache", "--clear")
    assert "removed 3 entries" in cleared.stdout
    assert list((tmp_path / "cache").iterdir()) == []
    assert (tmp_path / "a" / "coverage.csv").read_bytes() == (tmp_path / "b" / "coverage.csv").read_bytes()


def test_an_age_is_never_negative() -> None:
    assert age(-5) == "0 min"
    assert age(3599) == "59 min"


def test_two_runs_at_once_share_the_cache(sample_study: Path, tmp_path: Path) -> None:
    """Two processes begin together with nothing kept; a third reads what they left, and all agree."""
    script = (
        "import sys, hashlib; from cfspace.runs.loading import load_city; city = load_city(sys.argv[1]); "
        "print(city.network.n_segments, len(city.homes), hashlib.sha256(city.network.length_m.tobytes() + "
        "city.facilities.to_wkb().to_csv().encode()).hexdigest())"
    )
    env = {**os.environ, "CFSPACE_CACHE_DIR": str(tmp_path / "cache")}
    args = [sys.executable, "-c", script, str(sample_study)]
    pair = [subprocess.Popen(args, env=env, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate()[0] for process in pair]
    assert [process.returncode for process in pair] == [0, 0]
    third = subprocess.run(args, env=env, capture_output=True, text=True, check=True).stdout
    assert said[0] == said[1] == third
    cache = Cache(tmp_path / "cache")
    assert sorted(entry.kind for entry in cache.entries()) == ["network", "osm", "places"]
    assert not [path for path in (tmp_path / "cache").iterdir() if path.name.endswith(".part")]
