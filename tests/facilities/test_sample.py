"""Against the truth behind the sample town."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from cfspace.config.load import load_study
from cfspace.facilities import Facilities, build_facilities, load_kind_rules
from cfspace.facilities.municipal import read_list
from cfspace.io.frame import metric_crs, to_metric
from cfspace.io.osm import read_osm
from cfspace.network.build import build_network
from cfspace.network.rules import load_walk_rules

CRS = metric_crs(125.3, 43.9)


@pytest.fixture(scope="module")
def truth(project: Path) -> list[dict[str, Any]]:
    everything = json.loads((project / "data" / "sample" / "truth.json").read_text("utf-8"))
    return [place for place in everything["facilities"] if place["open"]]


@pytest.fixture(scope="module")
def sample(sample_study: Path) -> Facilities:
    study = load_study(sample_study)
    assert study.osm is not None
    assert study.osm.file is not None
    osm = read_osm(study.osm.file)
    network = build_network(osm.ways, load_walk_rules("cfspace"), crs=CRS)
    return build_facilities(study.layers, osm=osm, network=network, crs=CRS)


def osm_ids(source_id: str) -> set[str]:
    return {part for part in source_id.split("+") if part.split("/")[0] in ("node", "way", "relation")}


def test_merging_finds_every_true_pair_and_no_false_one(
    sample: Facilities, truth: list[dict[str, Any]], sample_study: Path
) -> None:
    rules = load_kind_rules()
    right: set[tuple[str, str]] = set()
    for section in load_study(sample_study).layers:
        listed = read_list(section, rules, crs=CRS).facilities
        entries = [place for place in truth if place["in_list"] == section.file.name]
        entries = [place for place in entries if place["kind"] == section.kind]
        for own, point in zip(listed["facility_id"], listed.geometry.representative_point(), strict=True):
            right |= {(own, osm_id) for place in _nearest(entries, point) for osm_id in _mapped(place, truth)}
    findable = {pair for pair in right if _is_found(sample, pair)}
    told = {
        (own, osm_id)
        for own, ids in sample.facilities[["facility_id", "source_id"]].itertuples(index=False)
        if own.split("/")[1] not in ("node", "way", "relation")
        for osm_id in osm_ids(ids)
    }
    assert len(findable) > 100
    assert len(told & right) / len(told) >= 0.98
    assert len(told & findable) / len(findable) >= 0.98


def _mapped(place: dict[str, Any], truth: list[dict[str, Any]]) -> list[str]:
    """Return the OSM objects of a place; a nursing room is mapped, if at all, as a tag of its host."""
    if place["kind"] != "nursing_room":
        return list(place["in_osm"])
    spot = (place["lon_deg"], place["lat_deg"])
    hosts = [host for host in truth if (host["lon_deg"], host["lat_deg"]) == spot]
    return [osm_id for host in hosts for osm_id in host["in_osm"]]


def _is_found(sample: Facilities, pair: tuple[str, str]) -> bool:
    """Return whether the tags of the OSM object make it a facility of the kind of the pair."""
    kind = pair[0].split("/")[0]
    ids = sample.facilities["source_id"][sample.facilities["kind"] == kind]
    left_out = sample.merges["facility_id"].dropna()
    return any(pair[1] in osm_ids(own) for own in ids) or f"{kind}/{pair[1]}" in set(left_out)


def _nearest(entries: list[dict[str, Any]], point: shapely.Point) -> list[dict[str, Any]]:
    if not entries:
        return []
    x_m, y_m = to_metric(
        CRS, np.array([e["lon_deg"] for e in entries]), np.array([e["lat_deg"] for e in entries])
    )
    far = np.hypot(x_m - point.x, y_m - point.y)
    return [entries[int(far.argmin())]] if far.min() < 120 else []


def test_every_open_school_counts_once_and_no_decoy_counts(
    sample: Facilities, truth: list[dict[str, Any]]
) -> None:
    counts = sample.facilities["kind"].value_counts()
    for kind in ("primary_school", "junior_school", "senior_school", "kindergarten", "hospital", "clinic"):
        assert counts[kind] == sum(place["kind"] == kind for place in truth), kind
    assert not sample.facilities["name"].str.contains("停办|撤并|小饭桌|辅导|宠物|口腔", na=False).any()


def test_gates_of_fenced_places_are_where_they_truly_are(
    sample: Facilities, truth: list[dict[str, Any]]
) -> None:
    places = sample.facilities[sample.facilities.geometry.geom_type != "Point"]
    checked = 0
    for place in truth:
        rows = places[(places["kind"] == place["kind"])]
        rows = rows[rows["source_id"].map(lambda ids, own=place: bool(osm_ids(ids) & set(own["in_osm"])))]
        if len(rows) and place.get("gates"):
            entrances = sample.entrances[sample.entrances["facility_id"] == rows["facility_id"].iloc[0]]
            assert _farthest(place["gates"], entrances) < 2.0, place["name"]
            checked += 1
    assert checked >= 50


def _farthest(gates: list[dict[str, float]], entrances: gpd.GeoDataFrame) -> float:
    """Return how far the worst of the true gates is from any entrance."""
    x_m, y_m = to_metric(
        CRS, np.array([g["lon_deg"] for g in gates]), np.array([g["lat_deg"] for g in gates])
    )
    points = entrances.geometry.to_numpy()
    return float(max(shapely.distance(points, gate).min() for gate in shapely.points(x_m, y_m)))
