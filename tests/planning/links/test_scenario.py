"""A link's figures, against ``cfspace scenario`` that builds this same link."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import cfspace
from cfspace.planning.toml import plan_text
from cfspace.runs.linking import Linked
from cfspace.runs.linking_files import edit_of
from cfspace.runs.scenario import ScenarioRun

FOUND_BY = ["indicator", "age_band", "unit_level", "unit_id"]


@pytest.fixture(scope="module")
def found(sample_study: Path) -> Linked:
    return cfspace.links(sample_study)


def built(found: Linked, place: int, study: Path, base: Path, folder: Path) -> ScenarioRun:
    """Return the study with one link built."""
    edit = edit_of(found, place, lang="zh")
    plan = folder / "plan.toml"
    plan.write_text(plan_text("one link", [edit]), encoding="utf-8")
    return cfspace.scenario(study, plan, folder / "out", base=base, draw=False)


def differences(found: Linked, place: int, made: ScenarioRun) -> pd.Series:
    """Return the children gained by unit, indicator and band: those told by the link less the scenario's."""
    own = found.gains[found.gains["link_id"] == found.links["link_id"].iloc[place]]
    told = own.set_index(FOUND_BY)["children"]
    counted = {rule.id for rule in found.rules}
    rows = made.gains[made.gains["indicator"].isin(counted)]
    truth = rows.set_index(FOUND_BY)["gaining"]
    assert (rows["losing"] == 0).all()
    every = told.index.union(truth.index)
    return told.reindex(every, fill_value=0.0) - truth.reindex(every, fill_value=0.0)


@pytest.mark.parametrize("what", ["gate", "bridge", "crossing"])
def test_a_link_brings_the_children_that_a_scenario_with_it_counts(
    found: Linked, sample_study: Path, sample_run: cfspace.Run, tmp_path: Path, what: str
) -> None:
    place = int(np.flatnonzero(found.links["what"] == what)[0])
    made = built(found, place, sample_study, sample_run.folder, tmp_path)
    off = differences(found, place, made)
    assert len(off) > 10
    assert off.abs().max() < 1e-6
    coarsest = made.gains["unit_level"] == found.city.units.levels[0]
    anybody = made.gains.loc[coarsest & (made.gains["indicator"] == "any"), "gaining"].sum()
    # Those who gain in anything at all, by targets that links do not go by too.
    assert found.links["children"].iloc[place] <= anybody + 1e-6
