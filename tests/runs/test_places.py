"""The layer of places to look at, as ``cfspace check --places`` writes it."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
import shapely

from cfspace.errors import OutputError
from cfspace.network.health import network_health
from cfspace.runs.city import City
from cfspace.runs.examining import check
from cfspace.runs.loading import load_city
from cfspace.runs.places import snapped, snapping_counts, write_places


@pytest.fixture(scope="module")
def town(sample_study: Path) -> City:
    return load_city(sample_study)


def test_counts_and_places_tell_the_same(town: City, sample_study: Path, tmp_path: Path) -> None:
    found = check(sample_study, places=tmp_path / "look.gpkg")
    assert sorted(pyogrio.list_layers(tmp_path / "look.gpkg")[:, 0]) == ["network", "snapping"]
    network = gpd.read_file(tmp_path / "look.gpkg", layer="network")
    counts = network["what"].value_counts().to_dict()
    assert counts.get("dead_end", 0) == found["network"]["n_dead_ends"]
    assert counts.get("near_miss", 0) == found["network"]["n_near_misses"]
    assert counts.get("island", 0) == found["network"]["n_islands"]
    assert network.crs == "EPSG:4326"
    lost = gpd.read_file(tmp_path / "look.gpkg", layer="snapping")
    for layer, name in (("home", "homes"), ("entrance", "entrances")):
        told = lost[lost["layer"] == layer]["outcome"].value_counts().to_dict()
        counted = {key: n for key, n in found["snapping"][name].items() if n and key != "mainland"}
        assert told == counted
    assert sum(found["snapping"]["homes"].values()) == len(town.homes)


def test_places_lie_in_the_data(town: City, tmp_path: Path) -> None:
    write_places(town, network_health(town.network), snapped(town), tmp_path / "look.gpkg")
    network = gpd.read_file(tmp_path / "look.gpkg", layer="network").to_crs(town.crs)
    assert shapely.dwithin(town.extent, network.geometry.to_numpy(), 100.0).all()


def test_with_nothing_to_look_at_the_layers_are_there_and_empty(town: City, tmp_path: Path) -> None:
    health = network_health(town.network)
    nothing = health.places.iloc[:0]
    feet = {name: points.take(points.has_foot.nonzero()[0][:0]) for name, points in snapped(town).items()}
    bare = City(**{**vars(town), "homes": town.homes.iloc[:0], "entrances": town.entrances.iloc[:0]})
    write_places(bare, type(health)(**{**vars(health), "places": nothing}), feet, tmp_path / "look.gpkg")
    assert len(gpd.read_file(tmp_path / "look.gpkg", layer="network")) == 0
    assert snapping_counts(feet)["homes"]["mainland"] == 0


def test_another_ending_is_refused_before_any_reading(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"give a name that ends in \.gpkg"):
        check(tmp_path / "nowhere.toml", places=tmp_path / "look.shp")
