"""Compiled kernels: kept in the user's folder, numba's own setting left alone."""

from __future__ import annotations

import errno
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numba
import pytest

from cfspace.access import jit
from cfspace.io.cache import FOLDER_VARIABLE


def test_the_folder_is_the_users_unless_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    assert jit.kernel_folder() == tmp_path / "kernels"
    monkeypatch.delenv(FOLDER_VARIABLE)
    assert "cfspace" in jit.kernel_folder().parts


def test_a_kernel_is_compiled_into_the_folder_and_found_there_again(tmp_path: Path) -> None:
    code = (
        "from cfspace.access import jit, kernels\n"
        "before = jit.are_compiled()\n"
        "assert kernels.bucket_count(100, 2) == 32\n"
        "print(before, jit.are_compiled(), kernels.bucket_count.stats.cache_hits)"
    )
    environment = {"CFSPACE_CACHE_DIR": str(tmp_path), "PATH": "/usr/bin:/bin"}
    told = [
        subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
        ).stdout.split()
        for _ in range(2)
    ]
    assert list((tmp_path / "kernels").rglob("*bucket_count*.nbi"))
    assert told[0] == ["False", "True", "Counter()"]
    assert told[1][:2] == ["True", "True"]
    assert "1" in "".join(told[1][2:])


def test_kernels_are_compiled_anew_when_one_of_any_module_changes(tmp_path: Path) -> None:
    # numba alone would go on with the old one inside those of other modules that call it.
    (tmp_path / "access").mkdir()
    for name in ("kernels.py", "kernels_pairs.py"):
        (tmp_path / "access" / name).write_text("ONE = 1\n")
    before = jit.sources_stamp(tmp_path)
    assert before == jit.sources_stamp(tmp_path)
    (tmp_path / "access" / "kernels.py").write_text("ONE = 2\n")
    assert before != jit.sources_stamp(tmp_path)
    assert jit.compiled_folder().name == jit.sources_stamp(Path(jit.__file__).parents[1])


def test_numbas_own_setting_is_left_as_it_was() -> None:
    before = numba.config.CACHE_DIR
    jit.njit(cache=True)(jit.are_compiled)
    assert before == numba.config.CACHE_DIR


CODE = """
from cfspace.access import jit, kernels
assert kernels.bucket_count(100, 2) == 32
"""


@pytest.mark.parametrize("ending", ["nbi", "nbc"])
def test_a_damaged_kernel_is_compiled_anew(tmp_path: Path, ending: str) -> None:
    environment = {"CFSPACE_CACHE_DIR": str(tmp_path), "PATH": "/usr/bin:/bin"}
    subprocess.run([sys.executable, "-c", CODE], env=environment, check=True)
    (kept,) = (tmp_path / "kernels").rglob(f"*bucket_count*.{ending}")
    before = kept.read_bytes()
    kept.write_bytes(b"garbage")
    subprocess.run([sys.executable, "-c", CODE], env=environment, check=True)
    assert len(kept.read_bytes()) > len(before) // 2


def test_a_kernel_that_finds_no_room_is_used_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("numba.core.caching.IndexDataCacheFile._save_data", full)
    kernel: Callable[[int], int] = jit.njit(cache=True)(_doubled)
    assert kernel(21) == 42


def _doubled(number: int) -> int:
    return 2 * number
