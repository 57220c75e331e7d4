"""``[compounds]``: homes of the sample's walled blocks leave by their gates, to the last centimetre."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import cfspace
from cfspace.access.nearest import nearest
from cfspace.network.snap import snap
from cfspace.present.rundata import read_run
from cfspace.rulebooks import load_rulebook
from cfspace.runs.joining import join_homes
from cfspace.runs.loading import load_city
from cfspace.runs.measuring import Measured, measure
from cfspace.runs.rewalking import Walks


@pytest.fixture(scope="module")
def study(sample_study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gated") / "sample"
    shutil.copytree(sample_study.parent, folder)
    path = folder / "study.toml"
    path.write_text(path.read_text(encoding="utf-8") + '\n[compounds]\nfrom = "osm"\n', encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def gated(study: Path) -> Measured:
    city = load_city(study)
    return measure(city, load_rulebook(city.study.study.rulebook))


def test_most_homes_of_walled_blocks_are_bound_and_told(gated: Measured) -> None:
    city, bound = gated.city, gated.city.home_compound >= 0
    assert city.compounds is not None
    assert city.counts["homes_bound_by_gates"] == bound.sum() > 300
    assert any(f"{bound.sum()} homes leave by gates alone" in note for note in city.notes)
    outlines = city.compounds.outline[city.home_compound[bound]]
    assert shapely.intersects(outlines, city.homes.geometry.to_numpy()[bound]).all()


def test_the_sum_over_the_best_gate_is_the_walk(gated: Measured) -> None:
    """Every walk again, gate by gate: home to gate in a straight line, then as if one lived at the gate."""
    city, compounds = gated.city, gated.city.compounds
    assert compounds is not None
    gates = snap(city.network, shapely.get_x(compounds.gate), shapely.get_y(compounds.gate))
    for target in ("primary_school", "kindergarten", "park"):
        rows = np.flatnonzero(city.entrances["kind"] == target)
        limit = gated.limits_m[target]
        from_gate = nearest(city.network, gates, gated.entrance_feet.take(rows), max_walk_m=limit).metres
        told = gated.homes[f"m_{target}"].to_numpy()
        for home in np.flatnonzero(city.home_compound >= 0)[::7]:
            own = np.flatnonzero(compounds.owner == city.home_compound[home])
            legs = shapely.distance(city.homes.geometry.iloc[home], compounds.gate[own])
            sums = legs + from_gate[own]
            best = np.nanmin(sums) if np.isfinite(from_gate[own]).any() else np.inf
            expected = best if best <= limit else np.inf
            assert told[home] == pytest.approx(expected, abs=0.001)


def test_only_bound_homes_walk_another_way(gated: Measured, sample_run: cfspace.Run) -> None:
    plain = sample_run.homes.set_index("home_id").loc[gated.homes["home_id"]]
    free = gated.city.home_compound < 0
    for target in ("m_primary_school", "m_park", "m_childcare"):
        assert np.allclose(gated.homes[target][free], plain[target][free], atol=1e-9, equal_nan=True)
        assert not np.allclose(gated.homes[target][~free], plain[target][~free], atol=1.0, equal_nan=True)


def test_the_superblock_leaves_by_its_open_gate_alone(gated: Measured, sample_study: Path) -> None:
    truth = json.loads((sample_study.parent / "truth.json").read_text(encoding="utf-8"))
    shut = truth["planted"]["shut_gate"]
    city, compounds = gated.city, gated.city.compounds
    assert compounds is not None
    at = [shapely.Point(one["lon_deg"], one["lat_deg"]) for one in (shut, shut["only_gate"])]
    spots = dict(zip(("shut", "open"), gpd.GeoSeries(at, crs=4326).to_crs(city.crs), strict=True))
    block = int(np.argmin(shapely.distance(compounds.outline, spots["shut"])))
    own = compounds.gate[compounds.owner == block]
    assert len(own)
    assert shapely.distance(own, spots["shut"]).min() > 100
    assert shapely.distance(own, spots["open"]).min() < 50


def test_trips_and_minutes_take_the_same_gate(gated: Measured) -> None:
    for kind, own in gated.trips.groupby("kind"):
        walks = gated.homes.set_index("home_id").loc[own["home_id"], f"m_{kind}"]
        assert own["walk_m"].to_numpy() == pytest.approx(walks.to_numpy(), abs=0.001)
    minutes = gated.minutes["min_6_11_primary_school"].to_numpy()
    alone = gated.minutes["min_alone_6_11_primary_school"].to_numpy()
    both = np.isfinite(minutes) & np.isfinite(alone)
    assert both.sum() > 800
    assert (alone[both] >= minutes[both] - 0.011).all()


def test_a_finished_run_is_walked_again_the_same(study: Path, gated: Measured, tmp_path: Path) -> None:
    folder = cfspace.run(study, tmp_path / "run", draw=False).folder
    record: dict[str, Any] = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert record["counts"]["homes_bound_by_gates"] == gated.city.counts["homes_bound_by_gates"]
    ways = pd.read_parquet(folder / "ways_out.parquet")
    assert set(ways["home_id"]) == set(gated.homes["home_id"][gated.city.home_compound >= 0])
    run = read_run(folder)
    schools = run.facilities.loc[run.facilities["kind"] == "primary_school", "facility_id"]
    again = Walks(run).nearest(run.homes, schools, max_walk_m=gated.limits_m["primary_school"])
    told = run.homes["m_primary_school"].to_numpy()
    finite = np.isfinite(told)
    assert np.isfinite(again["metres"].to_numpy()[finite]).mean() > 0.999
    assert np.abs(again["metres"].to_numpy()[finite] - told[finite]).max() < 0.01


def test_without_the_section_nothing_is_bound(sample_run: cfspace.Run, sample_study: Path) -> None:
    assert not (sample_run.folder / "ways_out.parquet").exists()
    assert "homes_bound_by_gates" not in sample_run.record["counts"]
    city = load_city(sample_study)
    assert city.compounds is None
    assert join_homes(city).feet.others is None
