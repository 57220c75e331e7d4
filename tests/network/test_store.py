"""A network written to files and read back is the same network."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from cfspace.errors import LayerError
from cfspace.network.model import WalkNetwork
from cfspace.network.roads import Roads
from cfspace.network.store import load_network, write_network
from cfspace.network.toy import line_network, toy_network

WAYS: list[tuple[dict[str, str], list[tuple[float, float]]]] = [
    ({"highway": "primary", "name": "人民大街", "oneway": "yes"}, [(0, 0), (50, 1 / 3), (100, 0)]),
    ({"highway": "footway", "width": "1.5", "lit": "yes"}, [(100, 0), (100, 80)]),
    ({"highway": "steps", "layer": "1", "bridge": "yes"}, [(100, 80), (200, 80)]),
]
SIGNALS = {(100.0, 0.0): {"highway": "traffic_signals"}}


@pytest.fixture
def town() -> WalkNetwork:
    return toy_network(WAYS, nodes=SIGNALS)


def same(one: object, other: object) -> None:
    """Check two networks, or parts of them, field by field, so that a new field is not forgotten."""
    if isinstance(one, WalkNetwork | Roads):
        for field in fields(one):
            same(getattr(one, field.name), getattr(other, field.name))
    elif isinstance(one, pd.DataFrame):
        pd.testing.assert_frame_equal(one, other, check_exact=True)
    elif isinstance(one, np.ndarray):
        assert isinstance(other, np.ndarray)
        assert one.dtype == other.dtype
        assert one.flags.writeable == other.flags.writeable
        assert one.tobytes() == other.tobytes()
    else:
        assert one == other


def test_every_field_comes_back_to_the_bit(town: WalkNetwork, tmp_path: Path) -> None:
    write_network(town, tmp_path)
    same(town, load_network(tmp_path, crs=town.crs))


def test_a_network_without_any_text_comes_back_too(tmp_path: Path) -> None:
    street = line_network(n_segments=3, segment_m=100.0)
    write_network(street, tmp_path)
    same(street, load_network(tmp_path, crs=street.crs))


def test_the_files_name_their_crs_and_any_gis_opens_them(town: WalkNetwork, tmp_path: Path) -> None:
    write_network(town, tmp_path)
    segments = gpd.read_parquet(tmp_path / "segments.parquet")
    assert segments.crs == town.crs
    assert segments["highway"].tolist() == ["primary", "footway", "steps"]
    assert segments.length.to_numpy() == pytest.approx(town.length_m)
    assert load_network(tmp_path).crs == town.crs


def test_barriers_are_those_given(town: WalkNetwork, tmp_path: Path) -> None:
    write_network(town, tmp_path)
    assert len(load_network(tmp_path).barriers) == 0
    assert load_network(tmp_path, barriers=town.lines[:1]).barriers[0] == town.lines[0]


def test_a_folder_that_holds_no_network_is_refused(town: WalkNetwork, tmp_path: Path) -> None:
    with pytest.raises(LayerError, match="not a walk network written by cfspace"):
        load_network(tmp_path)
    write_network(town, tmp_path)
    (tmp_path / "segments.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(LayerError, match="not a walk network written by cfspace"):
        load_network(tmp_path)
