"""A study under a plan equals the study with its files changed; what is planted in the sample is found."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import osmium
import pandas as pd
import pytest
from osmium.osm import mutable

import cfspace
from cfspace.errors import RunError
from cfspace.planning.plan import PlanError
from cfspace.runs.scenario import ScenarioRun, scenario

Plan = str
Make = Callable[..., ScenarioRun]
TICK_M = 2e-4
TABLES = (
    "coverage.csv",
    "scores.csv",
    "homes.parquet",
    "entrances.parquet",
    "facilities.parquet",
    "segments.parquet",
    "trips.parquet",
    "minutes.parquet",
    "merges.csv",
    "scenery.parquet",
    "units.gpkg",
)
BRIDGE = """
[[edit]]
do = "add_bridge"
id = "jiefang"
line = [[125.2985517, 43.9002756], [125.3013232, 43.9005854]]
"""
GATE = """
[[edit]]
do = "open_gate"
at = [125.3050626, 43.894828]
"""


@pytest.fixture(scope="module")
def truth(project: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((project / "data/sample/truth.json").read_text(encoding="utf-8"))
    return found["planted"]


@pytest.fixture(scope="module")
def under(sample_study: Path, sample_run: cfspace.Run, tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Return what runs the sample under some edits, tables alone."""

    def made(edits: str, **options: Any) -> ScenarioRun:
        folder = tmp_path_factory.mktemp("plan")
        plan = folder / "plan.toml"
        plan.write_text(f'[plan]\nname = "test"\n{edits}', encoding="utf-8")
        options = {"base": sample_run.folder, "draw": False, **options}
        return scenario(sample_study, plan, folder / "out", **options)

    return made


def walks(run: cfspace.Run) -> pd.DataFrame:
    homes = pd.DataFrame(run.homes).set_index("home_id")
    return homes[[name for name in homes if name.startswith("m_")]]


def rewritten(source: Path, target: Path, change: Callable[[str, int, dict[str, str]], dict[str, str] | None],
              ways: list[tuple[int, list[int], dict[str, str]]]) -> None:  # fmt: skip
    """Copy an extract with other tags and more ways; `change` returns the tags, None as they are."""
    target.unlink(missing_ok=True)
    with osmium.io.Reader(str(source)) as reader:
        header = osmium.io.Header()
        header.add_box(reader.header().box())
    with osmium.SimpleWriter(str(target), header=header) as writer:
        is_done = False
        for thing in osmium.FileProcessor(str(source)):
            if thing.is_relation() and not is_done:
                for way_id, nodes, tags in ways:
                    writer.add_way(mutable.Way(id=way_id, nodes=nodes, tags=tags, version=1))
                is_done = True
            tags_now = change(thing.type_str(), thing.id, dict(thing.tags))
            writer.add(thing if tags_now is None else thing.replace(tags=tags_now))


@pytest.fixture(scope="module")
def from_scratch(sample_study: Path, tmp_path_factory: pytest.TempPathFactory) -> cfspace.Run:
    """Return a run of the sample with a bridge, an open gate and a closed street in its OSM file."""
    folder = tmp_path_factory.mktemp("scratch") / "sample"
    shutil.copytree(sample_study.parent, folder)

    def change(kind: str, own: int, tags: dict[str, str]) -> dict[str, str] | None:
        if (kind, own) == ("n", 1000515):
            return {"barrier": "gate", "foot": "yes", "name": tags["name"]}
        if (kind, own) == ("w", 201457):
            return {**tags, "foot": "yes"}
        return {**tags, "foot": "no"} if (kind, own) == ("w", 200219) else None

    bridge = (299999, [1000191, 1000229], {"highway": "footway", "bridge": "yes", "layer": "1"})
    rewritten(sample_study.parent / "town.osm.pbf", folder / "town.osm.pbf", change, [bridge])
    return cfspace.run(folder / "study.toml", folder / "out", draw=False)


def test_a_plan_equals_the_study_with_its_files_changed(under: Make, from_scratch: cfspace.Run) -> None:
    made = under(BRIDGE + GATE + '[[edit]]\ndo = "close_street"\nway = 200219\n')
    ours, theirs = walks(made), walks(from_scratch)
    assert (ours.index == theirs.index).all()
    assert list(ours) == list(theirs)
    assert np.allclose(ours, theirs, rtol=0, atol=TICK_M, equal_nan=True)
    keys = ["unit_level", "unit_id", "indicator", "age_band"]
    pair = made.coverage.merge(from_scratch.coverage, on=keys, validate="1:1")
    assert len(pair) == len(made.coverage) == len(from_scratch.coverage)
    for name in ("value", "score", "numerator", "denominator"):
        assert np.allclose(pair[f"{name}_x"], pair[f"{name}_y"], rtol=1e-9, atol=1e-9, equal_nan=True), name
    assert (pair["status_x"] == pair["status_y"]).all()


def test_adding_then_removing_gives_the_first_run_back(under: Make, sample_run: cfspace.Run) -> None:
    added = (
        BRIDGE
        + """
[[edit]]
do = "add_facility"
kind = "library"
id = "new"
at = [125.3120, 43.9050]
attributes = { floor_area_m2 = 900, children_area = true }

[[edit]]
do = "add_path"
id = "path"
line = [[125.2985517, 43.9002756], [125.2985, 43.9015]]
"""
    )
    closed = [("close_facility", "facility", "library/plan/new")]
    closed += [("close_street", "id", name) for name in ("jiefang", "path")]
    removed = "".join(f'[[edit]]\ndo = "{do}"\n{key} = "{name}"\n' for do, key, name in closed)
    back = under(added + removed)
    differing = [
        name
        for name in TABLES
        if (back.folder / name).read_bytes() != (sample_run.folder / name).read_bytes()
    ]
    assert differing == []


def test_a_new_facility_never_lowers_a_coverage(under: Make, sample_run: cfspace.Run) -> None:
    places = [(125.3120, 43.9050), (125.2800, 43.8900), (125.3200, 43.9150)]
    kinds = ("childcare", "library", "park", "playground", "clinic", "primary_school", "bus_stop")
    edits = [
        f'[[edit]]\ndo = "add_facility"\nkind = "{kind}"\nat = [{lon}, {lat}]\n'
        for kind in kinds
        for lon, lat in places
    ]
    made = under("".join(edits))
    before, after = walks(sample_run), walks(made)
    assert ((after <= before) | before.isna()).all().all()
    assert (after.isna() == before.isna()).all().all()
    table = made.before_after
    walked = {rule["id"] for rule in made.data.rulebook["indicator"] if rule["measure"] == "coverage"}
    rows = table[table["indicator"].isin(walked)]
    assert len(rows) > 300
    assert not (rows["value_change"] < 0).any()
    assert (rows["value_change"] > 0).any()
    assert not (made.gains["losing"] > 0).any()
    assert not (made.gains["farther"] > 0).any()


def test_the_shut_gate_helps_the_superblock(under: Make, truth: dict[str, Any]) -> None:
    made = under(GATE)
    gains = made.gains.query("unit_level == 'community' and indicator == 'SCH-1'")
    better = gains[gains["gaining"] > 0]
    assert truth["shut_gate"]["superblock"] == "松苑小区"
    assert better["unit_name"].tolist() == ["松苑社区"]
    assert not (made.gains["losing"] > 0).any()
    # 临河小学 lies 190 m up the street from the gate; without it one walks around by the south gate.
    assert better["metres_saved"].sum() / better["nearer"].sum() > 500


def test_the_missing_bridge_brings_the_banks_together(under: Make) -> None:
    made = under(BRIDGE)
    totals = made.gains.query("unit_level == 'district'").groupby("indicator")[
        ["gaining", "losing", "nearer"]
    ]
    sums = totals.sum()
    assert sums.loc["LIB-1", "gaining"] > 100
    assert (sums["losing"] == 0).all()
    assert set(made.gains.query("nearer > 0 and unit_level == 'district'")["unit_id"]) == {"220191", "220192"}


def test_homes_that_are_built_count_by_themselves(under: Make, sample_run: cfspace.Run) -> None:
    homes = """
[[edit]]
do = "add_homes"
at = [125.3120, 43.9050]
children = { "0_2" = 40, "6_11" = 100 }
"""
    made = under(homes)
    rows = made.gains.query("unit_level == 'district' and age_band == '6_11' and indicator == 'SCH-1'")
    assert rows["new_children"].sum() == 100
    assert (rows["gaining"] + rows["losing"] == 0).all()
    assert len(made.homes) == len(sample_run.homes) + 1
    assert made.homes["home_id"].iloc[-1] == "plan/edit1"
    old = walks(made).iloc[:-1]
    assert old.equals(walks(sample_run))


def test_a_closure_that_isolates_homes_is_told(under: Make, sample_study: Path) -> None:
    # 松苑环路 inside the superblock hangs on the street by 松苑南门 (way 201458) alone.
    made = under('[[edit]]\ndo = "close_street"\nway = 201458\n')
    told = [one["en"] for one in made.plan["consequences"]]
    assert len(told) == 1
    assert "are cut off from the rest of the streets" in told[0]
    assert (made.gains["losing"] > 0).any()


def test_everything_that_does_not_fit_the_study_is_told_at_once(under: Make) -> None:
    edits = """
[[edit]]
do = "close_facility"
facility = "library/way/404"
[[edit]]
do = "close_street"
way = 404
[[edit]]
do = "add_path"
line = [[125.32, 43.8838], [125.3201, 43.8838]]
join_m = 1
[[edit]]
do = "add_facility"
kind = "library"
at = [125.3, 43.9]
attributes = { capacity = -1 }
[[edit]]
do = "add_facility"
kind = "ice_rink"
at = [125.3, 43.9]
[[edit]]
do = "open_gate"
node = 404
[[edit]]
do = "add_homes"
at = [125.3, 43.9]
floor_area_m2 = 100
[[edit]]
do = "move_facility"
facility = "library/图书馆/row4"
at = [1.0, 43.9]
[[edit]]
do = "add_facility"
kind = "childcare"
at = [125.3, 43.9]
attributes = { capacity = "many", inclusive = 5 }
[[edit]]
do = "close_facility"
facility = "library/图书馆/row3"
[[edit]]
do = "resize_facility"
facility = "library/图书馆/row3"
attributes = { area_m2 = 50 }
"""
    with pytest.raises(PlanError) as caught:
        under(edits)
    told = "\n".join(map(str, caught.value.faults))
    for words in (
        "[[edit]] 1, facility: the study has no facility 'library/way/404'",
        "[[edit]] 2, way: the study has no way 404",
        "[[edit]] 3, line: the line touches no street",
        "[[edit]] 4, attributes, capacity: -1",
        "[[edit]] 5, kind: neither study nor rulebook knows 'ice_rink'",
        "[[edit]] 6, node: node 404 is no gate",
        "[[edit]] 7, children: the study weighs homes by children",
        "[[edit]] 8, at: [1.0, 43.9] lies outside the data",
        "[[edit]] 9, attributes, capacity: found 'many'; give a number",
        "[[edit]] 11, facility: 'library/图书馆/row3' is closed by edit 10; leave one of the two edits out",
    ):
        assert words in told, told


def test_a_run_of_something_else_is_not_reused(
    under: Make, sample_study: Path, sample_run: cfspace.Run, tmp_path: Path
) -> None:
    other = tmp_path / "sample"
    shutil.copytree(sample_study.parent, other)
    (other / "municipal" / "图书馆.csv").write_text("名称,类型,经度,纬度\n", encoding="utf-8")
    plan = tmp_path / "plan.toml"
    plan.write_text(f'[plan]\nname = "p"\n{GATE}', encoding="utf-8")
    out = tmp_path / "out"
    shutil.copytree(sample_run.folder, tmp_path / "run")
    meta = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    meta["inputs"][1]["sha256"] = "0" * 64
    (tmp_path / "run" / "run.json").write_text(json.dumps(meta), encoding="utf-8")
    with pytest.raises(RunError, match="has other content; run it again"):
        scenario(sample_study, plan, out, base=tmp_path / "run")
    assert not out.exists()


def test_the_plan_of_the_documentation_runs(
    sample_study: Path, sample_run: cfspace.Run, project: Path, tmp_path: Path
) -> None:
    text = (project / "docs" / "scenario.md").read_text(encoding="utf-8")
    plan = tmp_path / "plan.toml"
    plan.write_text(text.split("```toml\n")[1].split("```")[0], encoding="utf-8")
    made = scenario(sample_study, plan, tmp_path / "out", base=sample_run.folder)
    names = {path.name for path in made.folder.iterdir()}
    assert {"map.html", "report.html", "before_after.html", "statement.html", "statement.en.html"} <= names
    assert set(made.record["files"]) == names - {"run.json"}
    report = (made.folder / "report.html").read_text(encoding="utf-8")
    assert 'href="statement.html"' in report
    assert 'href="before_after.html"' in report
    page = (made.folder / "statement.html").read_text(encoding="utf-8")
    assert "儿童影响评价" in page
    assert "Child impact statement" in (made.folder / "statement.en.html").read_text(encoding="utf-8")
    assert (made.gains["gaining"] > 0).any()
