"""Profiles: the shipped files, costs worked by hand, one test per error."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from cfspace.config.bands import BANDS
from cfspace.errors import LayerError, ParameterError
from cfspace.io.osm_tags import is_feature
from cfspace.network.model import WalkNetwork
from cfspace.network.profiles import SHIPPED, load_profile, profile_costs
from cfspace.network.profiles.costing import closed_segments
from cfspace.network.profiles.kerbs import raised_kerbs
from cfspace.network.slope import Elevation
from cfspace.network.toy import toy_crs, toy_network


def street(tags: dict[str, str] | None = None) -> WalkNetwork:
    """Return one segment of 110 m."""
    return toy_network([(tags or {}, [(0, 0), (110, 0)])])


def is_closed(name: str, tags: dict[str, str], *asked: str) -> bool:
    return bool(closed_segments(street(tags), load_profile(name).closing(*asked))[0])


@pytest.mark.parametrize("name", SHIPPED)
def test_every_number_of_a_shipped_profile_has_a_source(name: str) -> None:
    text = resources.files("cfspace.network.profiles").joinpath(f"{name}.toml").read_text(encoding="utf-8")

    def check(here: object, has_source: bool) -> None:
        if isinstance(here, dict):
            told = has_source or bool(here.get("source"))
            for value in here.values():
                check(value, told)
        elif isinstance(here, list):
            for value in here:
                check(value, has_source)
        elif isinstance(here, int | float) and not isinstance(here, bool):
            assert has_source, f"{name}: {here} has no source"

    check(tomllib.loads(text), False)


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_profiles_are_titled_in_both_languages(name: str) -> None:
    profile = load_profile(name)
    assert set(profile.title) == {"en", "zh"}
    assert all(set(closure.why) == {"en", "zh"} for closure in profile.closed)


@pytest.mark.parametrize(
    ("band", "speed"), [("0_2", 0.9), ("3_5", 0.88), ("6_11", 1.1), ("12_14", 1.25), ("15_17", 1.25)]
)
def test_a_child_walks_at_the_speed_of_its_age(band: str, speed: float) -> None:
    costs = profile_costs(street(), load_profile("child"), view="s", band=band)
    assert costs.unit == "s"
    assert costs.forward[0] / 10_000 == pytest.approx(110 / speed, abs=1e-3)
    assert costs.connector_per_m == pytest.approx(1 / speed)


def test_metres_are_the_same_for_every_profile_where_nothing_is_closed() -> None:
    town = street()
    for name in ("child", "stroller", "wheelchair", "winter_cleared", "winter_ice"):
        costs = profile_costs(town, load_profile(name))
        assert (costs.unit, costs.connector_per_m) == ("m", 1.0)
        assert costs.forward.tolist() == costs.backward.tolist() == town.length_ticks.tolist()


def test_winter_adds_a_minute_a_kilometre_cleared_and_two_on_ice() -> None:
    # At 1.1 m/s a 10-minute walk of 660 m falls to 619 m cleared and 583 m on ice.
    cleared, ice = (load_profile(name).pace_s_per_m("6_11") for name in ("winter_cleared", "winter_ice"))
    assert (round(600 / cleared), round(600 / ice)) == (619, 583)


def test_the_child_factor_scales_the_extra_time_alone() -> None:
    profile = load_profile("winter_ice").with_child_factor(1.2, source="assumed: upper end")
    assert profile.pace_s_per_m("6_11") == pytest.approx(1 / 1.1 + 0.12 * 1.2)


def test_optional_closures_hold_where_asked_for() -> None:
    path = {"highway": "path", "lit": "no"}
    assert not is_closed("winter_ice", path)
    assert is_closed("winter_ice", path, "unlit_paths")
    assert not is_closed("winter_ice", {"highway": "path"}, "unlit_paths")
    assert is_closed("winter_cleared", {"winter_service": "no"}, "no_winter_service")
    assert is_closed("winter_cleared", {"highway": "steps"}, "steps")


@pytest.mark.parametrize(
    ("tags", "closed"),
    [
        ({"highway": "steps"}, True),
        ({"highway": "steps", "ramp": "yes"}, False),
        ({"highway": "steps", "ramp:stroller": "yes"}, False),
        ({"highway": "steps", "ramp:wheelchair": "yes"}, False),
        ({"highway": "steps", "ramp": "no"}, True),
        ({"highway": "footway", "stroller": "no"}, True),
        ({"highway": "footway"}, False),
        ({"highway": "footway", "kerb": "raised"}, False),
    ],
)
def test_where_a_stroller_does_not_go(tags: dict[str, str], closed: bool) -> None:
    assert is_closed("stroller", tags) is closed


@pytest.mark.parametrize(
    ("tags", "closed"),
    [
        ({"highway": "steps", "ramp:stroller": "yes"}, True),
        ({"highway": "steps", "ramp:wheelchair": "yes"}, False),
        ({"highway": "footway", "wheelchair": "no"}, True),
        ({"highway": "footway", "wheelchair": "limited"}, False),
        ({"highway": "footway", "kerb": "raised"}, True),
        ({"highway": "footway", "kerb": "lowered"}, False),
    ],
)
def test_where_a_wheelchair_does_not_go(tags: dict[str, str], closed: bool) -> None:
    assert is_closed("wheelchair", tags) is closed


RAISED = {"barrier": "kerb", "kerb": "raised"}


def test_a_raised_kerb_costs_a_stroller_seconds_and_no_metres() -> None:
    town = toy_network([({}, [(0, 0), (50, 0), (90, 0)])], nodes={(50.0, 0.0): RAISED})
    profile = load_profile("stroller")
    assert profile_costs(town, profile).forward[0] == town.length_ticks[0]
    seconds = profile_costs(town, profile, view="s", band="0_2").forward[0] / 10_000
    assert seconds == pytest.approx(90 / 0.9 + 5, abs=1e-3)


def test_a_kerb_at_a_junction_belongs_to_the_crossing() -> None:
    sidewalk = ({"highway": "footway"}, [(0, 0), (50, 0), (90, 0)])
    crossing = ({"highway": "footway", "footway": "crossing"}, [(50, 0), (50, 12)])
    town = toy_network([sidewalk, crossing], nodes={(50.0, 0.0): RAISED})
    assert town.attributes["footway"].eq("crossing").tolist() == (raised_kerbs(town) == 1).tolist()


def test_a_kerb_between_two_segments_belongs_to_the_shorter() -> None:
    ways = [({"highway": "footway"}, [(0, 0), (50, 0)]), ({"highway": "footway"}, [(50, 0), (60, 0)])]
    town = toy_network(ways, nodes={(50.0, 0.0): RAISED})
    assert raised_kerbs(town).tolist() == [0, 1]


def test_kerbs_are_read_from_osm() -> None:
    assert is_feature({"kerb": "raised"})


def test_a_kerb_that_hinders_no_one_in_particular_counts_for_none() -> None:
    lanes = [({}, [(0, 0), (50, 0), (90, 0)]), ({}, [(50, 0), (50, 12)])]
    assert raised_kerbs(toy_network(lanes, nodes={(50.0, 0.0): RAISED})).tolist() == [0, 0, 0]


def test_a_file_of_ones_own_is_read(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text(
        'title = { en = "Slow", zh = "慢行" }\nwho = ["3_5"]\n'
        '[speed_m_per_s]\n"3_5" = { value = 0.5, source = "assumed" }\n'
        '[[closed]]\nid = "narrow"\nwhy = { en = "narrow", zh = "狭窄" }\n'
        'when = { width_m = { above = 3 }, surface = { known = false } }\nsource = "assumed"\n',
        encoding="utf-8",
    )
    profile = load_profile(file)
    assert profile_costs(street(), profile, view="s").forward[0] == 2_200_000
    closed = [closed_segments(street(tags), profile)[0] for tags in ({"width": "4"}, {}, {"width": "3"})]
    assert closed == [True, False, False]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ('colour = "red"', "colour: Extra inputs"),
        ('child_factor = { value = 1.0, source = "assumed" }', "has nothing to scale"),
        ("raised_kerb_s = { value = 1.0 }", "raised_kerb_s.source: Field required"),
        ('raised_kerb_s = { value = -1.0, source = "assumed" }', "greater than or equal to 0"),
        ("who = 3", "Cannot overwrite a value"),
    ],
)
def test_a_file_at_fault_says_where(tmp_path: Path, change: str, message: str) -> None:
    file = tmp_path / "own.toml"
    head = 'title = { en = "Slow", zh = "慢行" }\nwho = ["3_5"]\n'
    speed = 'speed_m_per_s = { "3_5" = { value = 0.5, source = "assumed" } }\n'
    file.write_text(head + speed + change + "\n", encoding="utf-8")
    with pytest.raises(LayerError, match=message):
        load_profile(file)


def test_an_unknown_profile_is_refused() -> None:
    with pytest.raises(LayerError, match="no such profile; shipped are child, stroller"):
        load_profile("skater")


def test_a_closure_that_the_profile_does_not_have_is_refused() -> None:
    with pytest.raises(ParameterError, match="no closure 'mud'; it has no_winter_service, steps"):
        load_profile("winter_ice").closing("mud")


def test_seconds_need_an_age_where_speeds_differ() -> None:
    with pytest.raises(ParameterError, match="no speed for age band None"):
        profile_costs(street(), load_profile("child"), view="s")
    with pytest.raises(ParameterError, match="no speed for age band 15_17"):
        profile_costs(street(), load_profile("stroller"), view="s", band="15_17")


def test_a_factor_needs_a_winter_and_a_number() -> None:
    with pytest.raises(ParameterError, match="no winter"):
        load_profile("child").with_child_factor(1.1, source="assumed")
    with pytest.raises(ParameterError, match="not a number of 0 or more"):
        load_profile("winter_ice").with_child_factor(float("nan"), source="assumed")


def test_a_closure_by_an_attribute_that_segments_lack_is_refused(tmp_path: Path) -> None:
    town = street()
    bare = town.attributes.drop(columns="stroller")
    with pytest.raises(ParameterError, match="no attribute 'stroller'; they have way_id"):
        closed_segments(replace(town, attributes=bare), load_profile("stroller"))


def test_slope_has_no_part_in_metres() -> None:
    flat = Elevation(
        source=Path("flat.tif"), height_m=np.zeros((1, 1)), transform=(1, 0, 0, 0, -1, 0), crs=toy_crs()
    )
    with pytest.raises(ParameterError, match="slope has no part in metres"):
        profile_costs(street(), load_profile("child"), elevation=flat)


def test_a_child_alone_needs_both_sides_of_main_roads() -> None:
    with pytest.raises(ParameterError, match="both sides of main roads; call"):
        profile_costs(street(), load_profile("independent_child"))


def test_every_band_has_a_speed() -> None:
    assert load_profile("child").who == BANDS
