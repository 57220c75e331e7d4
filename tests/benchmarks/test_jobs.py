"""Every job runs at its smallest size, with the peers that are there, and tells of those that are not."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from benchmarks import job_province
from benchmarks.errors import AnswersDifferError, BenchmarkError
from benchmarks.ledger import Ledger
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


def test_a_province_that_was_stopped_goes_on_with_the_cities_that_are_missing(tmp_path: Path) -> None:
    settings = replace(tiny(), province=(900, 2_500, 10_000), kept=tmp_path, minutes=0.0)
    nothing = job_province.run(settings)
    assert [one.value for one in nothing.checks] == ["0 of 3 cities"] * 2
    assert nothing.misses_a_goal
    file = tmp_path / "province.partial.jsonl"
    head = file.read_text("utf-8")
    lines = [
        {"part": part, "name": name, "size": size, "clock_s": 4.0 + size / 5_000, "span_s": 5.0}
        | {"cpu_s": 3.0 + size / 10_000, "peak_mb": 300.0 + size / 100, "numbers": name}
        for part in ("one", "two")
        for name, size in job_province._names(settings.province).items()
    ]
    text = "\n".join(json.dumps(line) for line in lines)
    file.write_text(head + text + '\n{"part": "drawn", "na', encoding="utf-8")  # cut off in mid-line
    whole = job_province.run(settings)
    assert [one.value for one in whole.checks] == ["3 of 3 cities"] * 2
    assert not whole.misses_a_goal
    assert not file.exists()
    told = {table.title.partition(":")[0]: table.rows for table in whole.tables}
    assert told["All cities"][1][:5] == ("2", "3", "15", "10", "720")
    # 2,800 counties of 40,000 junctions, each 4 s and 8 s more; 16 workers.
    assert told["Reckoned, not measured"][0][2] == f"{2_800 * 12 / 3600:.2f} h"
    assert told["Reckoned, not measured"][2][2] == f"{2_800 * 12 / 16 / 3600:.2f} h"
    assert told["Reckoned, not measured"][-1][1] == "0.5 GB"
    assert "takes 3.0 s of processor and 0.100 s more" in whole.notes[0]
    assert "300 MB of memory and 10.0 MB more" in whole.notes[0]


def test_measurements_of_other_code_are_not_gone_on_with(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    Ledger(file, "old").add("one", "a", size=1)
    assert Ledger(file, "old").rows("one") == {"a": {"size": 1}}
    assert Ledger(file, "new").rows("one") == {}
    assert file.read_text("utf-8") == "new\n"
