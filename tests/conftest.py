"""Fixtures that every room's tests share."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

import cfspace
from cfspace.planning.siting.ask import SiteOptions
from cfspace.runs.linking import Linked
from cfspace.runs.siting import Sited
from cfspace.runs.siting_files import site

# A busy machine is no fault of the code.
hypothesis.settings.register_profile("cfspace", deadline=None)
hypothesis.settings.load_profile("cfspace")

PROJECT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep what tests cache, also in processes that they start, out of the user's folder."""
    os.environ["CFSPACE_CACHE_DIR"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def project() -> Path:
    """Return the root of the checkout."""
    return PROJECT


@pytest.fixture(scope="session")
def sample_study() -> Path:
    """Return the study file of the sample city."""
    return PROJECT / "data" / "sample" / "study.toml"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of real data and real studies.

    It lies beside the checkout, or where CFSPACE_SHARED says. Too large to ship, it may be
    absent from a developer's machine; in CI its absence is a failure.
    """
    folder = Path(os.environ.get("CFSPACE_SHARED") or PROJECT.parent / "shared")
    if (folder / "studies").is_dir():
        return folder.resolve()
    message = f"no real studies in {folder}; set CFSPACE_SHARED to the folder that holds studies/ and data/"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def sample_run(sample_study: Path, tmp_path_factory: pytest.TempPathFactory) -> cfspace.Run:
    """Return a finished run of the sample city, drawn. Tests read it and change nothing in it."""
    return cfspace.run(sample_study, tmp_path_factory.mktemp("sample") / "run")


@pytest.fixture(scope="session")
def las_palmas_run(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> cfspace.Run:
    """Return a finished run of a whole real city, drawn. Tests read it and change nothing in it."""
    study = shared / "studies" / "las_palmas.toml"
    return cfspace.run(study, tmp_path_factory.mktemp("las_palmas") / "run")


@pytest.fixture(scope="session")
def sample_sites(sample_study: Path) -> Sited:
    """Return where four childcare places help most in the sample city."""
    return site(sample_study, "childcare", options=SiteOptions(n=4))


@pytest.fixture(scope="session")
def sample_links(sample_study: Path) -> Linked:
    """Return the missing links of the sample city."""
    return cfspace.links(sample_study)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Return headless Chromium; its absence is a failure in CI and a reason to skip elsewhere."""
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        message = "no Chromium on this machine; install it (Debian: apt-get install chromium)"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        yield opened
        opened.close()
