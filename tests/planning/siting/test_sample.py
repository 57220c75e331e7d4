"""Siting on the sample town, whose planted district without childcare is to be found."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cfspace.access.pairs import pairs_within
from cfspace.planning.siting.ask import SiteOptions
from cfspace.planning.siting.problem import Model
from cfspace.runs.candidates import find_candidates
from cfspace.runs.siting import Sited
from cfspace.runs.siting_files import site


def test_most_sites_lie_in_the_district_without_childcare(sample_sites: Sited, project: Path) -> None:
    truth = json.loads((project / "data" / "sample" / "truth.json").read_text(encoding="utf-8"))
    (planted,) = truth["planted"]["district_without_childcare"]
    found = sample_sites.result.sites
    assert found["district_id"].tolist()[0] == planted["code"]
    assert (found["district_id"] == planted["code"]).sum() >= 3


def test_every_child_claimed_is_within_the_distance_and_was_not_before(sample_sites: Sited) -> None:
    result, ground = sample_sites.result, sample_sites.ground
    _, feet = find_candidates(sample_sites.city, sample_sites.where)
    rows = sample_sites.candidates.reset_index().set_index("candidate_id")["index"]
    chosen = rows[result.sites["candidate_id"]].to_numpy(np.int64)
    pairs = pairs_within(ground.network, ground.feet, feet.take(chosen), max_walk_m=300).to_frame()
    homes = ground.homes.reset_index(drop=True)
    walks = {
        (homes["home_id"][o], f"site-{t + 1}"): m
        for o, t, m in pairs[["origin", "target", "metres"]].itertuples(index=False)
    }
    assert len(result.claims) > 20
    for row in result.claims.itertuples():
        assert walks[(row.home_id, row.site_id)] == pytest.approx(row.metres, abs=1e-6)
        assert row.metres <= 300
    before = homes.set_index("home_id")["m_childcare"][result.claims["home_id"]]
    assert (before > 300).all()
    assert not result.claims["home_id"].duplicated().any()


def test_sites_children_and_totals_tell_the_same(sample_sites: Sited) -> None:
    result = sample_sites.result
    by_site = result.claims.groupby("site_id")["children_0_2"].sum()
    assert by_site[result.sites["site_id"]].to_numpy() == pytest.approx(result.sites["children_added"])
    for level in sample_sites.ground.levels:
        summed = result.children[result.children["unit_level"] == level]["children"].sum()
        assert summed == pytest.approx(result.totals["added"].sum())
    assert result.solution.value == pytest.approx(result.totals["added"].sum())
    assert result.sites["children_added"].is_monotonic_decreasing
    assert (result.sites["children_only_here"] <= result.sites["children_added"] + 1e-9).all()


def test_no_alternative_is_better_than_the_site(sample_sites: Sited) -> None:
    result = sample_sites.result
    assert (result.alternatives["value"] <= result.solution.value + 1e-6).all()
    assert result.alternatives.groupby("site_id").size().tolist() == [3, 3, 3, 3]
    assert (result.alternatives["away_m"] >= 75).all()


@pytest.mark.parametrize("model", ["cover_all", "p_median", "worst_first"])
def test_every_model_answers_on_the_town(sample_study: Path, model: Model) -> None:
    n = None if model == "cover_all" else 2
    options = SiteOptions(n=n, model=model, n_alternatives=1, time_limit_s=20, preview=model == "cover_all")
    found = site(sample_study, "childcare", options=options).result
    if model == "cover_all":
        assert found.totals["left_out"].tolist() == pytest.approx(found.totals["out_of_reach"])
    else:
        assert len(found.sites) == 2
        assert found.solution.is_exact


def test_two_kinds_share_one_budget(sample_study: Path) -> None:
    options = SiteOptions(n=None, budget=5.0, costs={"library": 2.0, "childcare": 1.0}, n_alternatives=0)
    found = site(sample_study, ["childcare", "library"], options=options).result
    assert found.sites["cost"].sum() <= 5.0
    assert set(found.sites["kind"]) == {"childcare", "library"}
    assert found.solution.is_exact


def test_places_have_room_for_no_more_than_they_say(sample_study: Path) -> None:
    options = SiteOptions(n=2, model="capacity", capacities={"childcare": 40.0}, n_alternatives=1)
    found = site(sample_study, "childcare", options=options).result
    assert found.sites["children_added"].tolist() == pytest.approx([40.0, 40.0], abs=1e-5)
    assert (found.claims["metres"] <= 300).all()
    assert isinstance(found.children, pd.DataFrame)
