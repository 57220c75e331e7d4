"""Two snapshots of the sample that differ in known ways: each difference is told for what it is."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path

import osmium
import pandas as pd
import pytest
from osmium.osm import mutable
from typer.testing import CliRunner

import cfspace
from cfspace.cli.app import app
from cfspace.config.rulebook import Rulebook
from cfspace.errors import RunError
from cfspace.present.rundata import read_run
from cfspace.runs.attributing import KEYS, _Again, _can_be_asked
from cfspace.runs.files import write_csv
from cfspace.runs.scenario import ScenarioRun
from cfspace.runs.trend import Trend, trend

LIST = "municipal/托育机构.csv"
BUILT = {"丰收托育中心", "东环少年活动中心"}
MAPPED = {"老书屋一", "老书屋二", "老书屋三", "老诊所", "老游乐场"}
CLOSED = "站前星贝托育园"


def later(sample: Path, folder: Path) -> Path:
    """Copy the sample a year on: two built, five that OSM mapped only now, one closed."""
    shutil.copytree(sample, folder)
    study = folder / "study.toml"
    study.write_text(
        study.read_text(encoding="utf-8").replace("snapshot = 2026-09-30", "snapshot = 2027-09-30"),
        encoding="utf-8",
    )
    path = folder / LIST
    encoding = "gb18030"
    header, *rows = csv.reader(io.StringIO(path.read_bytes().decode(encoding)))
    rows = [row for row in rows if CLOSED not in row]
    model = next(row for row in rows if row[-1] == "营业")
    new = dict(zip(header, model, strict=True))
    new |= {"机构编码": "02209999999", "机构名称": "丰收托育中心", "经度": "125.3260", "纬度": "43.9130"}
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([header, *rows, list(new.values())])
    path.write_bytes(text.getvalue().encode(encoding))
    _map_more(sample / "town.osm.pbf", folder / "town.osm.pbf")
    return study


def _map_more(source: Path, target: Path) -> None:
    library, clinic = {"amenity": "library"}, {"amenity": "clinic", "healthcare": "clinic"}
    dated = [
        ("老书屋一", (125.3000, 43.8860), {**library, "start_date": "1998"}),
        ("老书屋二", (125.2770, 43.9130), {**library, "start_date": "2011-05"}),
        ("老诊所", (125.3230, 43.9000), {**clinic, "start_date": "2003-09-01"}),
        ("东环少年活动中心", (125.3220, 43.9120), {"amenity": "community_centre",
         "community_centre:for": "youth", "start_date": "2027-06-01"}),
    ]  # fmt: skip
    tagged = {
        1001612: {**library, "name": "老书屋三"},
        1001650: {"leisure": "playground", "name": "老游乐场"},
    }
    target.unlink()
    with osmium.io.Reader(str(source)) as reader:
        header = osmium.io.Header()
        header.add_box(reader.header().box())
    with osmium.SimpleWriter(str(target), header=header) as writer:
        is_done = False
        for thing in osmium.FileProcessor(str(source)):
            if not thing.is_node() and not is_done:
                for number, (name, at, tags) in enumerate(dated):
                    node = mutable.Node(
                        id=9_000_000 + number, location=at, tags={**tags, "name": name}, version=1
                    )
                    writer.add_node(node)
                is_done = True
            is_retagged = thing.is_node() and thing.id in tagged
            writer.add(thing.replace(tags=tagged[thing.id]) if is_retagged else thing)


@pytest.fixture(scope="module")
def both(sample_study: Path, sample_run: cfspace.Run, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("later")
    study = later(sample_study.parent, folder / "sample")
    return [sample_run.folder, cfspace.run(study, folder / "run", draw=False).folder]


@pytest.fixture(scope="module")
def made(both: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Trend:
    return trend(both[::-1], tmp_path_factory.mktemp("trend") / "out")


def test_what_was_built_mapped_and_closed_is_told_apart(made: Trend) -> None:
    found = made.facilities
    names = {change: set(rows["name"]) for change, rows in found.groupby("change")}
    assert names == {"built": BUILT, "mapped": MAPPED, "closed": {CLOSED}}
    reasons = dict(zip(found["name"], found["reason"], strict=True))
    assert reasons["丰收托育中心"] == "new_on_complete_list"
    assert reasons["东环少年活动中心"] == "opened_between"
    assert reasons["老书屋三"] == reasons["老游乐场"] == "object_was_there"
    assert reasons["老诊所"] == "opened_before"


def test_what_mapping_adds_is_not_counted_as_built(made: Trend) -> None:
    rows = made.changes.query("indicator == 'LIB-1' and unit_level == 'district'")
    assert (rows["change"] > 0).any()
    # The only new libraries are old ones: all of the change is mapping, and nothing is left.
    assert rows["change_mapped"].to_numpy() == pytest.approx(rows["change"].to_numpy(), abs=1e-9)
    assert rows["change_rest"].to_numpy() == pytest.approx(0.0, abs=1e-9)


def test_counts_and_amounts_tell_built_from_mapped_too(made: Trend) -> None:
    """LIB-3 counts libraries: three more, all old. CC-1 counts childcare places: one built, one closed."""
    count = made.changes.query("indicator == 'LIB-3' and unit_level == 'district'")
    assert (count["change"] > 0).any()
    assert count["change_mapped"].to_numpy() == pytest.approx(count["change"].to_numpy(), abs=1e-9)
    assert count["change_rest"].to_numpy() == pytest.approx(0.0, abs=1e-9)
    places = made.changes.query("indicator == 'CC-1' and change.abs() > 1e-9")
    assert len(places)
    assert (places["change_mapped"] == 0).all()
    assert places["change_rest"].tolist() == places["change"].tolist()


def test_what_is_asked_again_of_files_is_what_the_run_says(both: list[Path]) -> None:
    """Without leaving anything out, every measure that can be asked again gives the run's own values."""
    run = read_run(both[1])
    book = Rulebook.model_validate(run.rulebook)
    rules = [rule for rule in book.indicator if _can_be_asked(rule)]
    found = _Again(run, book).values(rules, set())
    told = run.coverage.set_index(KEYS)["value"].reindex(found.index)
    assert len({rule.measure for rule in rules}) >= 8
    assert found.notna().sum() > 500
    assert found.to_numpy() == pytest.approx(told.to_numpy(), abs=1e-9, nan_ok=True)


def test_what_cannot_be_told_is_blank_and_not_zero(made: Trend) -> None:
    rows = made.changes[made.changes["change"].notna()]
    # Residential blocks with a playground: one was mapped, and where people live is in no file of a run.
    assert rows.loc[rows["indicator"] == "BLK-1", "change_mapped"].isna().all()
    # Streets are no places.
    assert rows.loc[rows["indicator"] == "BLK-3", "change_mapped"].isna().all()
    # No school came or went.
    assert (rows.loc[rows["indicator"] == "SCH-4", "change_mapped"] == 0).all()


def test_nothing_is_claimed_of_a_width_that_nobody_computed(made: Trend) -> None:
    """CC-1 rests on complete lists alone: its interval has no width, and that proves nothing."""
    rows = made.changes.query("indicator == 'CC-1' and change.abs() > 1e-9")
    assert (rows["change_high"] - rows["change_low"]).to_numpy() == pytest.approx(0.0, abs=1e-12)
    assert set(rows["is_beyond_uncertainty"]) == {"unknown"}


def test_childcare_changed_by_building_alone(made: Trend) -> None:
    rows = made.changes.query("indicator == 'CC-2' and unit_level == 'district' and change != 0")
    assert len(rows)
    assert (rows["change_mapped"] == 0).all()
    assert rows["change_rest"].tolist() == rows["change"].tolist()


def test_a_change_within_its_uncertainty_is_called_so(made: Trend, both: list[Path]) -> None:
    rows = made.changes[made.changes["change"].abs() > 1e-9]
    told = rows["is_beyond_uncertainty"]
    holds_0 = (rows["change_low"] <= 0) & (rows["change_high"] >= 0)
    known = rows["change_low"].notna() & (rows["change_high"] - rows["change_low"] > 1e-12)
    assert known.sum() > 50
    assert set(told[known & holds_0]) <= {"no"}
    assert set(told[known & ~holds_0]) <= {"yes"}
    # Without a width only what was walked again, or placed otherwise, in either run says anything.
    causes = pd.concat([pd.read_csv(folder / "uncertainty.csv", dtype={"unit_id": str}) for folder in both])
    moved = causes[causes["cause"].isin(["walks", "placement"])]
    looked_at = {tuple(row) for row in moved[KEYS].astype(str).to_numpy()}
    walked = pd.Series([tuple(row) in looked_at for row in rows[KEYS].astype(str).to_numpy()])
    walked.index = rows.index
    assert (~known & ~walked).sum() > 5
    assert set(told[~known & ~walked]) <= {"unknown"}
    assert set(told[~known & walked & ~holds_0]) <= {"yes"}


def test_the_page_says_it_and_asks_no_host(made: Trend) -> None:
    page = (made.folder / "trend.html").read_text(encoding="utf-8")
    for words in ("新建", "仅新增测绘", "丰收托育中心", "老书屋三"):
        assert words in page
    assert len(made.completeness["snapshot"].unique()) == 2
    row = made.changes.query("indicator == 'CC-1' and unit_level == 'district'").iloc[0]
    assert f"{row['value_before']:.2f} → {row['value_after']:.2f}" in page
    # 东环少年活动中心 is one place that serves as two kinds.
    assert f"<b>{len(BUILT)}</b><span>新建</span>" in page


def test_texts_that_a_spreadsheet_would_compute_are_read_as_they_were(tmp_path: Path) -> None:
    texts = ["=HYPERLINK(1)", "-2+3", "'=1", "'quoted'", "和平小学"]
    table = pd.DataFrame({"unit_id": ["0101"] * 5, "unit_name": texts, "name": texts, "kind": "x"})
    names = ("trend.csv", "facility_changes.csv", "completeness.csv", "before_after.csv", "gains.csv")
    for name in names:
        write_csv(table, tmp_path / name)
    ours, theirs = Trend(tmp_path), ScenarioRun(tmp_path)
    for read in (ours.changes, ours.facilities, ours.completeness, theirs.before_after, theirs.gains):
        assert read["unit_name"].tolist() == read["name"].tolist() == texts
        assert read["unit_id"].tolist() == ["0101"] * 5


def test_the_lines_of_the_documentation_run(both: list[Path], project: Path, tmp_path: Path) -> None:
    text = (project / "docs" / "trend.md").read_text(encoding="utf-8")
    command = text.split("```sh\n")[1].split("\n```")[0]
    folders = {"out/2025": str(both[0]), "out/2026": str(both[1]), "out/trend": str(tmp_path / "shell")}
    program, *words = [folders.get(word, word) for word in command.split()]
    runs, out = both, tmp_path / "shell"
    result = CliRunner().invoke(app, words)
    assert program == "cfspace"
    assert result.exit_code == 0, result.output
    told = ("trend.html", "trend.csv", "facility_changes.csv", "completeness.csv")
    assert all(f"`{name}`" in text and (out / name).exists() for name in told)
    assert '`cfspace.trend([...], "out")`' in text
    assert len(cfspace.trend(runs, tmp_path / "out").changes)


def test_what_cannot_be_compared_is_refused(both: list[Path], tmp_path: Path) -> None:
    with pytest.raises(RunError, match="give the folders of two or more"):
        trend(both[:1], tmp_path / "a")
    with pytest.raises(RunError, match="give snapshots of different dates"):
        trend([both[0], both[0]], tmp_path / "b")
    assert not (tmp_path / "a").exists()
