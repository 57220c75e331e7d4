"""What examples in docstrings may use without saying how it was made."""

from __future__ import annotations

import pytest

import cfspace

WITH_A_RUN = "cfspace.present.charts."
"""Examples that begin with ``run``, a finished run of the sample study."""


@pytest.fixture(scope="session")
def finished_run(tmp_path_factory: pytest.TempPathFactory) -> cfspace.Run:
    """Return a finished run of the sample study, its tables alone."""
    return cfspace.run(cfspace.sample_study(), tmp_path_factory.mktemp("examples") / "run", draw=False)


@pytest.fixture(autouse=True)
def _names_of_examples(request: pytest.FixtureRequest) -> None:
    is_example = isinstance(request.node, pytest.DoctestItem) and request.node.name.startswith(WITH_A_RUN)
    if is_example:
        # Not in doctest_namespace: all examples share that, and `run` would hide the function of this name.
        request.node.dtest.globs["run"] = request.getfixturevalue("finished_run")
