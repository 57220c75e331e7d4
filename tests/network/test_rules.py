"""Walk rules: which ways can be walked."""

from __future__ import annotations

from pathlib import Path

import pytest

from cfspace.errors import LayerError
from cfspace.network.rules import load_walk_rules

KEPT = [
    {"highway": "residential"},
    {"highway": "cycleway", "foot": "designated"},
    {"highway": "service", "access": "private", "foot": "yes"},
    {"highway": "primary", "sidewalk:left": "separate"},
    {"highway": "steps"},
]
LEFT_OUT = [
    {"railway": "rail"},
    {"highway": "motorway"},
    {"highway": "motorway_link"},
    {"highway": "cycleway"},
    {"highway": "trunk", "motorroad": "yes"},
    {"highway": "service", "access": "private"},
    {"highway": "footway", "access": "no"},
    {"highway": "path", "foot": "no"},
    {"highway": "pedestrian", "area": "yes"},
    {"highway": "primary", "sidewalk": "separate"},
    {"highway": "primary", "sidewalk:left": "separate", "sidewalk:right": "separate"},
]


@pytest.mark.parametrize("tags", KEPT)
def test_these_can_be_walked(tags: dict[str, str]) -> None:
    assert load_walk_rules("cfspace").keeps(tags)


@pytest.mark.parametrize("tags", LEFT_OUT)
def test_these_cannot(tags: dict[str, str]) -> None:
    assert not load_walk_rules("cfspace").keeps(tags)


def test_a_rule_file_that_is_not_there_is_named() -> None:
    with pytest.raises(LayerError, match=r"nowhere\.toml"):
        load_walk_rules("nowhere.toml")


def test_a_faulty_pattern_is_told(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(
        'title = "x"\nsource = "y"\n[[rule]]\nwhy = "z"\nkeep = false\nwhen = { highway = "(" }\n'
    )
    with pytest.raises(LayerError, match="regular expression"):
        load_walk_rules(file)
