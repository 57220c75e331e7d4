"""The set-up script says in one sentence what is missing, and starts at once when nothing is."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

NEEDED = ("cat", "cksum", "dirname", "grep", "rm", "sh")

# An interpreter that tells its version, and suits or has venv only if these exit with 0.
FAKE_PYTHON = """#!/bin/sh
case "$2" in
    *print*) echo {version} ;;
    *ensurepip*) exit {no_venv} ;;
    *) exit {unfit} ;;
esac
"""


@pytest.fixture
def checkout(project: Path, tmp_path: Path) -> Path:
    """Return a folder with what the script reads, and a bin/ that alone is on its path."""
    root = tmp_path / "a checkout"
    for part in ("scripts/setup.sh", "requirements/run.txt", "requirements/dev.txt", "pyproject.toml"):
        (root / part).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(project / part, root / part)
    (root / "bin").mkdir()
    for tool in NEEDED:
        found = shutil.which(tool)
        assert found
        (root / "bin" / tool).symlink_to(found)
    return root


def add_python(checkout: Path, name: str, version: str, *, unfit: int = 0, no_venv: int = 0) -> Path:
    path = checkout / "bin" / name
    path.write_text(FAKE_PYTHON.format(version=version, unfit=unfit, no_venv=no_venv), encoding="utf-8")
    path.chmod(0o755)
    return path


def set_up(checkout: Path, level: str = "run", **env: str) -> subprocess.CompletedProcess[str]:
    command = ["sh", str(checkout / "scripts" / "setup.sh"), level]
    return subprocess.run(
        command, env={"PATH": str(checkout / "bin"), **env}, capture_output=True, text=True, check=False
    )


def test_no_python_is_told_in_one_sentence(checkout: Path) -> None:
    done = set_up(checkout)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "cfspace needs Python 3.11, 3.12, 3.13 or 3.14, but found no Python at all" in done.stderr


def test_an_old_python_is_told_with_its_version(checkout: Path) -> None:
    add_python(checkout, "python3", "3.8.18", unfit=1)
    done = set_up(checkout)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "but found Python 3.8.18 as python3" in done.stderr


def test_a_python_without_venv_is_told_with_the_cure(checkout: Path) -> None:
    add_python(checkout, "python3", "3.12.1", no_venv=1)
    done = set_up(checkout)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "python3 (Python 3.12.1) has no venv module" in done.stderr
    assert not (checkout / ".venv").exists()


@pytest.mark.parametrize(
    ("version", "message"), [("3.9.1", "is Python 3.9.1"), (None, "does not start a Python")]
)
def test_an_unfit_choice_of_python_is_refused(checkout: Path, version: str | None, message: str) -> None:
    path = add_python(checkout, "mine", version, unfit=1) if version else checkout / "absent"
    done = set_up(checkout, PYTHON=str(path))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert message in done.stderr


def test_a_folder_in_the_way_is_left_alone(checkout: Path) -> None:
    add_python(checkout, "python3", "3.12.1")
    (checkout / ".venv").mkdir()
    done = set_up(checkout)
    assert done.returncode == 1
    assert "is in the way" in done.stderr
    assert (checkout / ".venv").is_dir()


def test_an_unknown_level_is_refused(checkout: Path) -> None:
    assert "must be run, dev or bench" in set_up(checkout, "everything").stderr


def test_a_finished_set_up_ends_at_once_until_the_pins_change(checkout: Path) -> None:
    interpreter = add_python(checkout, "python3", "3.12.1")
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").symlink_to(interpreter)
    inputs = [checkout / part for part in ("pyproject.toml", "scripts/setup.sh", "requirements/dev.txt")]
    text = b"".join(path.read_bytes() for path in inputs)
    checksum = subprocess.run(["cksum"], input=text, capture_output=True, check=True).stdout.decode().strip()
    (checkout / ".venv" / ".cfspace-dev").write_text(
        f"{os.path.realpath(checkout)}||{checksum}", encoding="utf-8"
    )

    ready = set_up(checkout, "run")  # what the checks need includes what the demo needs
    assert (ready.returncode, ready.stdout, ready.stderr) == (0, "", "")

    (checkout / "requirements" / "dev.txt").write_text("changed\n", encoding="utf-8")
    assert set_up(checkout, "run").returncode == 1
