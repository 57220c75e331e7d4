"""The project's own files agree with each other."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

# What conda-forge calls by another name.
CONDA_NAMES = {"pyosmium": "osmium", "matplotlib-base": "matplotlib"}

# Extras of whoever works on cfspace; nobody who uses it needs them.
FOR_DEVELOPERS = {"bench", "dev", "docs"}

# Addresses of package indexes, mirrors and download hosts; spelt in parts so that this file holds none.
INDEX_HOSTS = ("pypi" + ".", "python" + "hosted.", "/sim" + "ple", "index" + "-url", "find" + "-links")

REQUIREMENT = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?\s*([<>=!~].*)?$")


def split(requirement: str) -> tuple[str, str]:
    """Return name and version range, spaces removed."""
    found = REQUIREMENT.match(requirement.strip())
    assert found, requirement
    return found[1].lower(), (found[2] or "").replace(" ", "")


@pytest.fixture(scope="module")
def settings(project: Path) -> dict[str, Any]:
    return tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))


def conda_requirements(project: Path) -> dict[str, str]:
    lines = (project / "environment.yml").read_text(encoding="utf-8").splitlines()
    entries = [line.split("- ", 1)[1] for line in lines[lines.index("dependencies:") + 1 :] if "- " in line]
    pairs = [
        split(entry) for entry in entries if not entry.startswith(("-e", "pip")) and not entry.endswith(":")
    ]
    return {CONDA_NAMES.get(name, name): versions for name, versions in pairs}


def test_conda_environment_names_the_same_dependencies(project: Path, settings: dict[str, Any]) -> None:
    extras = settings["project"]["optional-dependencies"]
    wanted = list(settings["project"]["dependencies"])
    wanted += [
        entry for name, entries in extras.items() if name not in FOR_DEVELOPERS | {"all"} for entry in entries
    ]
    expected = {"python": settings["project"]["requires-python"], **dict(split(entry) for entry in wanted)}
    assert conda_requirements(project) == expected


def test_extra_all_holds_every_extra_of_a_user(settings: dict[str, Any]) -> None:
    extras = settings["project"]["optional-dependencies"]
    (entry,) = extras["all"]
    named = entry.removeprefix("cfspace[").removesuffix("]").split(",")
    assert named == sorted(extras.keys() - FOR_DEVELOPERS - {"all"})


def pins(project: Path, name: str) -> dict[str, list[str]]:
    """Return each package's pinned versions, with the Pythons they are for."""
    text = (project / "requirements" / name).read_text(encoding="utf-8")
    found: dict[str, list[str]] = {}
    for package, version in re.findall(
        r"^([a-z0-9._-]+)==([^\\]+) \\\n    --hash=sha256:", text, re.MULTILINE
    ):
        found.setdefault(package, []).append(version)
    return found


@pytest.mark.parametrize("name", ["run.txt", "dev.txt", "bench.txt"])
def test_every_pin_has_a_version_and_a_hash(project: Path, name: str) -> None:
    text = (project / "requirements" / name).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    assert len(lines) > 50
    assert len(lines) == sum(len(versions) for versions in pins(project, name).values())


def test_pins_cover_every_dependency(project: Path, settings: dict[str, Any]) -> None:
    extras = settings["project"]["optional-dependencies"]
    run, dev, bench = (set(pins(project, name)) for name in ("run.txt", "dev.txt", "bench.txt"))
    assert {split(entry)[0] for entry in settings["project"]["dependencies"]} <= run
    for extra in extras.keys() - {"all", "bench", "notebooks"}:
        assert {split(entry)[0] for entry in extras[extra]} <= dev
    assert {split(entry)[0] for entry in extras["bench"]} <= bench


@pytest.mark.parametrize("name", ["dev.txt", "bench.txt"])
def test_demo_tests_and_benchmarks_use_the_same_versions(project: Path, name: str) -> None:
    run, other = pins(project, "run.txt"), pins(project, name)
    for package, versions in run.items():
        # What the demo needs on one platform alone, the others may need on all.
        everywhere = [version.partition(" ;")[0] for version in versions]
        assert other.get(package) in (versions, everywhere), package


def test_no_tracked_file_names_a_package_index(project: Path) -> None:
    patterns = [part for host in INDEX_HOSTS for part in ("-e", host)]
    done = subprocess.run(
        ["git", "grep", "-nIiF", *patterns, "--", "."],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == ""
    assert done.returncode == 1, done.stderr
