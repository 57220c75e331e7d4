"""Siting, links and pilots on a whole real city, each claim checked by another way to it."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import cfspace
from cfspace.access.nearest import nearest
from cfspace.network.snap import snap
from cfspace.planning.siting.ask import SiteOptions
from cfspace.planning.toml import plan_text
from cfspace.runs.linking_files import edit_of
from cfspace.runs.rewalking import Walks, feet_of

pytestmark = pytest.mark.real


def test_five_libraries_go_where_homes_have_none(las_palmas_run: cfspace.Run, shared: Path) -> None:
    study = shared / "studies" / "las_palmas.toml"
    found = cfspace.site(study, "library", options=SiteOptions(n=5), base=las_palmas_run.folder)
    result = found.result
    assert len(result.sites) == 5
    assert result.solution.is_exact

    # Nobody is claimed who had a library, and everybody who is lies within a walk of a site: walked anew from
    # the files of the run, by plain search.
    homes = las_palmas_run.homes.set_index("home_id")
    claimed = result.claims["home_id"]
    assert not claimed.duplicated().any()
    assert (homes["m_library"][claimed] > 1000.0).all()
    network = Walks(las_palmas_run.data).network
    at = result.sites.geometry.to_crs(network.crs)
    feet = snap(network, at.x.to_numpy(), at.y.to_numpy(), max_connector_m=200.0)
    own = feet_of(network, las_palmas_run.homes.set_index("home_id").loc[claimed].reset_index())
    metres = nearest(network, own, feet, max_walk_m=1500.0).metres
    assert (metres <= 1000.0 + 0.1).all()
    assert metres == pytest.approx(result.claims["metres"].to_numpy(), abs=0.5)

    # What it tells is floor area, once: all homes newly served, and no more than there is.
    floor = homes["floor_area_m2"][claimed].sum()
    assert result.sites["children_added"].sum() == pytest.approx(floor)
    row = result.totals.iloc[0]
    inside = homes["m_library"].notna()
    assert row["children"] == pytest.approx(homes["floor_area_m2"][inside].sum())
    assert row["served_after"] == pytest.approx(row["served_before"] + floor)
    # On the ground: sites lie in the city, a kilometre and more from each other.
    city = gpd.read_file(shared / "data" / "las_palmas" / "municipality_boundary_wgs84.geojson")
    assert result.sites.to_crs(city.crs).within(shapely.union_all(city.geometry.to_numpy())).all()
    apart = shapely.distance(at.to_numpy()[:, None], at.to_numpy()[None, :])
    assert apart[np.triu_indices(5, 1)].min() > 500.0


def test_the_worst_off_come_first_and_it_is_proven(las_palmas_run: cfspace.Run, shared: Path) -> None:
    # Tiers of millions of square metres: what the solver's tolerance makes of them must not bind later tiers.
    study, options = shared / "studies" / "las_palmas.toml", SiteOptions(n=5, model="worst_first")
    worst = cfspace.site(study, "library", options=options, base=las_palmas_run.folder).result.solution
    assert worst.is_exact
    assert worst.gap == 0.0
    most = cfspace.site(study, "library", options=SiteOptions(n=5), base=las_palmas_run.folder)
    assert worst.by_tier[0] >= most.result.solution.by_tier[0] - 1.0


def test_the_best_link_brings_what_a_scenario_with_it_counts(
    las_palmas_run: cfspace.Run, shared: Path, tmp_path: Path
) -> None:
    study = shared / "studies" / "las_palmas.toml"
    found = cfspace.links(study, base=las_palmas_run.folder)
    assert len(found.links) == 20
    assert set(found.links["what"]) <= {"gate", "crossing", "bridge"}
    assert (found.links["length_m"] >= found.links.length - 0.1).all()

    plan = tmp_path / "plan.toml"
    plan.write_text(plan_text("one link", [edit_of(found, 0, lang="en")]), encoding="utf-8")
    made = cfspace.scenario(study, plan, tmp_path / "out", base=las_palmas_run.folder, draw=False)
    keys = ["indicator", "age_band", "unit_level", "unit_id"]
    told = found.gains[found.gains["link_id"] == "link-1"].set_index(keys)["children"]
    rows = made.gains[made.gains["indicator"].isin([rule.id for rule in found.rules])]
    truth = rows.set_index(keys)["gaining"]
    every = told.index.union(truth.index)
    assert told.sum() > 0
    off = told.reindex(every, fill_value=0.0) - truth.reindex(every, fill_value=0.0)
    assert off.abs().max() < 1e-6
    assert not rows["losing"].any()


def test_pilots_of_a_city_without_counts_are_ranked_by_floor_area(
    las_palmas_run: cfspace.Run, tmp_path: Path
) -> None:
    ranking = cfspace.pilots(las_palmas_run.folder, tmp_path / "out")
    assert set(ranking["homes_weigh"]) == {"floor_area_m2"}
    assert ranking["children"].isna().all()
    ranked = ranking[ranking["rank"].notna()].set_index("unit_id")
    assert len(ranked) > 20
    homes = pd.DataFrame(las_palmas_run.homes)
    floor = homes.groupby("district_id")["floor_area_m2"].sum()
    assert ranked["weight"].to_numpy() == pytest.approx(floor[ranked.index].to_numpy())
    page = (tmp_path / "out" / "pilots.html").read_text(encoding="utf-8")
    assert "Nobody counted children in this study" in page
    assert "m² of residential floor area; children not counted" in page
    assert page.count('class="candidate"') == 3
