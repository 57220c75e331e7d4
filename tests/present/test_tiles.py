from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cfspace.cli.app import app
from cfspace.errors import ParameterError
from cfspace.present.maps import draw_map
from cfspace.present.tiles import tiles_of

KEY = "0123456789abcdef0123456789abcdef"


def test_none_is_asked_for_unless_named() -> None:
    assert tiles_of(None) is None


@pytest.mark.parametrize("name", ["amap", "gaode", "tencent", "baidu"])
def test_shifted_maps_are_refused(name: str) -> None:
    with pytest.raises(ParameterError, match="shifted"):
        tiles_of(name)


@pytest.mark.parametrize("key", [None, "", "a&b=c", "'; img-src *"])
def test_tianditu_needs_a_key_that_is_one(key: str | None) -> None:
    with pytest.raises(ParameterError, match="tianditu-key"):
        tiles_of("tianditu", key=key)


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(ParameterError, match="'moon' is unknown"):
        tiles_of("moon")


def test_tianditu_s_addresses_carry_the_key_and_a_grid_of_wgs84_degrees() -> None:
    tiles = tiles_of("tianditu", key=KEY)
    assert tiles is not None
    assert all(f"tk={KEY}" in url and "TILEMATRIXSET=w&" in url for url in tiles.urls)


def test_a_page_without_background_names_no_host(run_dir: Path) -> None:
    html = draw_map(run_dir, lang="en")
    assert "cf-show-tiles" not in html.split("<script")[0]
    assert re.search(r"img-src data: blob:;", html)
    assert "tile.openstreetmap.org" not in html


def test_a_page_with_background_may_ask_that_host_alone(run_dir: Path) -> None:
    html = draw_map(run_dir, lang="en", tiles=tiles_of("osm"))
    assert re.search(r"img-src data: blob: https://tile\.openstreetmap\.org;", html)
    core = re.search(r'id="cf-core">(.*?)</script>', html, re.DOTALL)
    assert core is not None
    assert json.loads(core[1])["tiles"]["credit"] == "© OpenStreetMap contributors"


def test_the_command_refuses_before_it_draws(run_dir: Path) -> None:
    done = CliRunner().invoke(app, ["map", str(run_dir), "--tiles", "amap"])
    assert isinstance(done.exception, ParameterError)
    assert not (run_dir / "map.html").exists()
