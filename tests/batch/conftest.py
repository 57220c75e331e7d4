"""Towns and what computing them one after the other gives, once for all tests of the room."""

from __future__ import annotations

from pathlib import Path

import pytest

import cfspace
from tests.batch.towns import make_town
from tests.present.conftest import opened

__all__ = ["opened"]

NAMES = ("t1", "t2", "t3")


@pytest.fixture(scope="session")
def towns(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with three towns, each study in a folder of its name."""
    folder = tmp_path_factory.mktemp("towns")
    for seed, name in enumerate(NAMES, start=1):
        make_town(folder / name, seed=seed)
    return folder


@pytest.fixture(scope="session")
def serial(towns: Path, tmp_path_factory: pytest.TempPathFactory) -> cfspace.Batch:
    """Return the batch of the three towns, computed one after the other with one worker."""
    out = tmp_path_factory.mktemp("serial") / "out"
    return cfspace.run_batch(f"{towns}/*/*.toml", out, draw=False)
