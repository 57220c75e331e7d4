"""Run folders to draw from."""

from __future__ import annotations

from pathlib import Path

import pytest

from cfspace.present.rundata import RunData, read_run
from tests.present.runmaker import make_run_folder


@pytest.fixture(scope="session")
def run_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run_folder(tmp_path_factory.mktemp("runs") / "sample")


@pytest.fixture(scope="session")
def run(run_dir: Path) -> RunData:
    return read_run(run_dir)
