"""What every indicator comes to: on the sample a value, on Las Palmas a value or the reason why not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import cfspace
from cfspace.indicators import evaluate
from cfspace.rulebooks import load_rulebook
from cfspace.scores import told_reasons
from tests.real import measured_study

BOOK = load_rulebook("jilin-2022")


def test_the_sample_fills_every_indicator_at_its_level(sample_run: cfspace.Run) -> None:
    """All 45, those told beside them and the audits; exceptions are units where hardly a child lives."""
    rows = sample_run.coverage
    told = {(one["unit_level"], one["unit_id"], one["indicator"]) for one in sample_run.record["reasons"]}
    assert len(BOOK.indicator) >= 45
    for rule in BOOK.indicator:
        own = rows[(rows["indicator"] == rule.id) & (rows["unit_level"] == rule.level)]
        own = own.groupby("unit_id").tail(1)
        # One of the two districts has no comprehensive park to ask of.
        least = 0.5 if rule.id == "PRK-5C" else 0.8
        assert (own["status"] == "ok").mean() >= least, rule.id
        for row in own[own["status"] != "ok"].itertuples(index=False):
            assert row.status in ("few_children", "no_data")
            assert row.status == "few_children" or (row.unit_level, row.unit_id, row.indicator) in told


@pytest.mark.real
def test_las_palmas_has_a_value_or_says_why_not(shared: Path) -> None:
    measured = measured_study(shared / "studies" / "las_palmas.toml")
    rows = evaluate(BOOK, measured.for_measures())
    at_level = rows[rows["status"] != "not_at_level"]
    assert set(at_level["status"]) == {"ok", "no_data"}
    silent = at_level[at_level["status"] == "no_data"]
    for name in ("reason_zh", "reason_en"):
        assert (silent[name].str.len() > 5).all()
    # English words stand in Chinese sentences in brackets alone, as the names of columns.
    for told_zh in {*silent["reason_zh"], *rows["note_zh"]}:
        assert not re.search("[A-Za-z]{2,}", re.sub("（[a-z0-9_]+）", "", told_zh)), told_zh
    told = {(one["unit_level"], one["unit_id"], one["indicator"]) for one in told_reasons(rows)}
    assert set(silent[["unit_level", "unit_id", "indicator"]].itertuples(index=False, name=None)) == told
    # In OSM alone: schools, parks, play, stops, care and streets have values.
    fine = set(at_level.loc[at_level["status"] == "ok", "indicator"])
    assert {"SCH-1", "SCH-2", "SCH-6", "PRK-1", "PRK-4", "PRK-5", "HOS-1", "BLK-3", "BLK-4", "BLK-7"} <= fine
    assert not {"NUR-1", "COM-1", "CC-1", "HOS-3"} & fine
