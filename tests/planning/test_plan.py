"""Plan files: every fault of one is told at once, with its place and what to do."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from cfspace.planning.edits import verbs
from cfspace.planning.plan import PlanError, load_plan, plan_of

GOOD = {"plan": {"name": "p"}, "edit": [{"do": "close_facility", "facility": "library/way/1"}]}


def faults(*edits: dict[str, object]) -> list[str]:
    return [str(fault) for fault in plan_of({"plan": {"name": "p"}, "edit": list(edits)})[1]]


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(
        """
        planet = 1
        [plan]
        nam = "x"
        [[edit]]
        do = "add_facility"
        kind = "library"
        at = [125.3, 43.9]
        attributes = { capacity = -5 }
        [[edit]]
        do = "demolish"
        [[edit]]
        do = "close_street"
        way = 3
        at = [1, 2]
        [[edit]]
        do = "add_path"
        line = [[125.3, 43.9]]
        colour = "red"
        """,
        encoding="utf-8",
    )
    with pytest.raises(PlanError) as caught:
        load_plan(path)
    told = [str(fault) for fault in caught.value.faults]
    for words in (
        "planet: unknown key; a plan holds [plan] and [[edit]]",
        "[plan], name: is missing; add it",
        "[plan], nam: unknown key; remove it, or correct its spelling",
        "[[edit]] 1, attributes, capacity: -5 is no amount, give a number of 0 or more",
        "[[edit]] 2, do: 'demolish' is no edit; use one of add_facility, close_facility",
        "[[edit]] 3: give way (an OSM id), at (a place on it) or id (of a line of this plan)",
        "[[edit]] 4, colour: unknown key",
    ):
        assert any(one.startswith(words) for one in told), (words, told)


def test_a_place_is_longitude_and_latitude() -> None:
    for place in ([125.3], "here", [43.9, 125.3], [True, 1.0]):
        told = faults({"do": "move_facility", "facility": "a", "at": place})
        assert len(told) == 1
        assert told[0].startswith("[[edit]] 1, at: ")


def test_a_plan_without_edits_is_none() -> None:
    assert faults() == ["[[edit]]: there is none; write at least one edit"]
    _, told = plan_of({"plan": {"name": "p"}, "edit": GOOD["edit"][0]})  # type: ignore[index]
    assert [str(fault) for fault in told] == ["[[edit]]: is written [edit]; write [[edit]] above each edit"]


WORDS = [
    (
        {"do": "move_facility", "facility": "a", "at": [43.9, 125.3]},
        "at: [43.9, 125.3] is [latitude, longitude]",
    ),
    ({"do": "add_path", "line": [[125.3, 43.9]]}, "line: holds 1; give 2 or more"),
    (
        {"do": "add_homes", "at": [1, 1], "children": {"0_3": 3}},
        "children, 0_3: found '0_3': input should be",
    ),
    ({"do": "add_homes", "at": [1, 1], "children": {"0_2": -3}}, "children, 0_2: found -3: input should be"),
]


@pytest.mark.parametrize(("edit", "words"), WORDS)
def test_a_fault_is_told_in_words_that_a_planner_reads(edit: dict[str, object], words: str) -> None:
    (told,) = faults(edit)
    assert told.startswith(f"[[edit]] 1, {words}")


def test_names_stand_once() -> None:
    home = {"do": "add_homes", "at": [1, 1], "children": {"0_2": 1}, "id": "a"}
    assert faults(home, home) == [
        "[[edit]] 2, id: 'a' is the name of edit 1 already; give each edit a name of its own"
    ]


def test_places_in_a_shifted_datum_are_shifted_back() -> None:
    # GCJ-02 moves a place in Changchun some 600 m east and 200 m north: the way back is as long.
    plan, _ = plan_of({**GOOD, "plan": {"name": "p", "datum": "gcj02"}})
    lon_deg, lat_deg = plan.lon_lat((125.3, 43.9))
    assert 0.004 < 125.3 - lon_deg < 0.008
    assert 0.001 < 43.9 - lat_deg < 0.004


def test_the_documentation_has_an_example_for_each_edit(project: Path) -> None:
    blocks = re.findall(
        r"```toml\n(.*?)```", (project / "docs" / "scenario.md").read_text("utf-8"), re.DOTALL
    )
    plan, faults = plan_of(tomllib.loads(blocks[0]))
    assert faults == []
    assert {edit.do for edit in plan.edits.values()} == set(verbs())
