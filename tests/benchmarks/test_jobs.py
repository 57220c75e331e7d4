"""Every job runs at its smallest size, with the peers that are there, and tells of those that are not."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from benchmarks.errors import AnswersDifferError, BenchmarkError
from benchmarks.networks import generated
from benchmarks.registry import job_named, job_names
from benchmarks.report import report
from benchmarks.results import JobResult, load, save
from benchmarks.scenes import Hierarchies, scene
from benchmarks.settings import tiny
from benchmarks.timing import check


@pytest.mark.parametrize("name", job_names())
def test_a_job_runs_at_its_smallest_size_and_is_reported(name: str, tmp_path: Path) -> None:
    result = job_named(name)(tiny())
    assert result.job == name
    assert result.comparisons or result.checks or result.missing
    for one in result.comparisons:
        assert 0 < one.ratio.low <= one.ratio.median <= one.ratio.high
    absent = {peer for peer in ("pandana", "pandarm", "pyrosm", "spopt") if find_spec(peer) is None}
    assert {told.partition(":")[0].partition(".")[0] for told in result.missing} <= absent
    save(result, tmp_path / f"{name}.json")
    assert load(tmp_path / f"{name}.json") == result
    page = report([result])
    assert f"## {name}: {result.title}" in page
    assert all(f"Not compared: {reason}" in page for reason in result.missing)


def test_a_peer_that_is_not_there_is_told_once() -> None:
    result = JobResult(job="some", title="some")
    small = scene("100 nodes", generated(100), n_kinds=1, per_kind=3)
    for _ in range(2):
        assert Hierarchies(result).build("no_such_peer", small) is None
    assert result.missing == ["no_such_peer: No module named 'no_such_peer'"]


def test_answers_that_differ_are_not_timed() -> None:
    with pytest.raises(AnswersDifferError, match="a city, scipy: the answers differ"):
        check(False, "a city, scipy")


def test_an_unknown_job_is_refused_with_those_there_are() -> None:
    with pytest.raises(BenchmarkError, match="swimming: no such job; there are counts"):
        job_named("swimming")
