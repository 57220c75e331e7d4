"""``cfspace links``: a good run, the plan it writes, and wishes that make no sense."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

import cfspace
import cfspace.planning.plan
from cfspace.cli import main


def links(study: Path, out: Path, *more: str) -> int:
    """Run ``cfspace links`` and return its exit status."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["cfspace", "links", str(study), "--out", str(out), *more])
        with pytest.raises(SystemExit) as ended:
            main()
    return int(ended.value.code or 0)


def test_the_folder_holds_links_plan_and_page(
    sample_study: Path, sample_run: cfspace.Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "links"
    assert links(sample_study, out, "--run", str(sample_run.folder), "--most", "4", "--lang", "en") == 0
    told = capsys.readouterr().out
    table = pd.read_csv(out / "links.csv")
    assert len(table) == 4
    assert all(f"+{row.children:,.0f} children" in told for row in table.itertuples())
    assert list(gpd.list_layers(out / "links.gpkg")["name"]) == ["links"]
    assert table["children_per_m"].is_monotonic_decreasing
    record = json.loads((out / "links.json").read_text(encoding="utf-8"))
    assert record["links"] == 4
    assert sum(record["candidates"].values()) > 4
    assert "Gate to open" in (out / "links.html").read_text(encoding="utf-8")
    # Its plan is one that the sample can carry out: the best of each kind of link.
    plan, faults = cfspace.planning.plan.examine_plan(out / "plan.toml")
    assert plan is not None
    assert not faults
    assert len(plan.edits) == table["what"].nunique()


BAD = [
    (["--indicator", "XYZ-9"], "'XYZ-9' is no indicator of coverage; use one of"),
    (["--longest-bridge", "0"], "--longest-bridge"),
    (["--most", "0"], "--most"),
    (["--lang", "fr"], "zh or en"),
    (["--run", "nowhere"], "nowhere: no such folder"),
]


@pytest.mark.parametrize(("options", "message"), BAD, ids=[options[0] for options, _ in BAD])
def test_bad_wishes_get_one_clear_message_and_leave_nothing(
    sample_study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], message: str
) -> None:
    assert links(sample_study, tmp_path / "links", *options) == 2
    assert message in " ".join(capsys.readouterr().err.split())
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_and_a_study_that_is_not_are_refused(
    sample_study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there = tmp_path / "there"
    there.mkdir()
    (there / "mine.txt").write_text("mine", encoding="utf-8")
    assert links(sample_study, there) == 2
    assert "--force" in capsys.readouterr().err
    assert [path.name for path in there.iterdir()] == ["mine.txt"]
    assert links(tmp_path / "none.toml", tmp_path / "out") == 2
    assert "none.toml" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
