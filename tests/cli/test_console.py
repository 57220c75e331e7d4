"""What a terminal says, and a pipe does not."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

COMPILES = """
from cfspace.cli.console import stages
with stages(verbose=False)("access"):
    from cfspace.access import kernels
    assert kernels.bucket_count(100, 2) == 32
"""


def said(cache: Path, *, is_terminal: bool) -> str:
    """Return what a process that compiles the smallest kernel writes to standard error."""
    environment = os.environ | {"CFSPACE_CACHE_DIR": str(cache), "TERM": "xterm", "COLUMNS": "120"}
    environment.pop("NUMBA_CACHE_DIR", None)
    command = [sys.executable, "-c", COMPILES]
    if not is_terminal:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert done.stdout == ""
        return done.stderr
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=theirs) as process:
        os.close(theirs)
        written = b""
        while True:
            try:
                part = os.read(ours, 4096)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            written += part
    os.close(ours)
    assert process.returncode == 0
    return written.decode()


def test_a_terminal_says_that_kernels_are_compiled_the_first_time_only(tmp_path: Path) -> None:
    first, again = (said(tmp_path, is_terminal=True) for _ in range(2))
    assert "walking to every target (kernels are compiled once)" in first
    assert list((tmp_path / "kernels").rglob("*bucket_count*.nbi"))
    assert "walking to every target" in again
    assert "compiled" not in again


def test_a_pipe_says_nothing(tmp_path: Path) -> None:
    assert said(tmp_path, is_terminal=False) == ""
    assert list((tmp_path / "kernels").rglob("*bucket_count*.nbi"))
