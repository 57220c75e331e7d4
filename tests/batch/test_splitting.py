from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import cfspace
from benchmarks.cities import write_city
from cfspace.batch.splitting import margin_m, split_study
from cfspace.errors import OutputError, ParameterError
from cfspace.rulebooks import load_rulebook
from cfspace.runs.loading import load_city
from cfspace.runs.measuring import measure
from cfspace.runs.run import compute
from tests.batch.towns import make_town
from tests.real import measured_study

KEY = ["unit_level", "unit_id", "indicator", "age_band"]
SAME = ["unit_name", "value_unit", "goal", "scored", "status", "n_facilities", "n_unmeasured", "evidence"]
CLOSE = ["value", "numerator", "denominator", "score", "children", "covered_share"]


def rows_of(study: Path) -> pd.DataFrame:
    city = load_city(study, cache=False)
    measured = measure(city, load_rulebook(city.study.study.rulebook))
    return compute(measured, lang="en").coverage


def assert_same_numbers(whole: pd.DataFrame, parts: list[Path]) -> None:
    """Assert that parts give every row of the whole, and none besides."""
    one = whole.set_index(KEY).sort_index()
    joined = pd.concat([rows_of(path) for path in parts]).set_index(KEY).sort_index()
    assert joined.index.is_unique
    pd.testing.assert_frame_equal(joined[SAME], one[SAME], check_dtype=False)
    for column in CLOSE:
        ours, other = joined[column].to_numpy(float), one[column].to_numpy(float)
        np.testing.assert_allclose(ours, other, rtol=1e-9, atol=1e-9, err_msg=column)


@pytest.mark.real
def test_las_palmas_in_four_parts_gives_the_numbers_of_las_palmas_in_one(
    shared: Path, tmp_path: Path
) -> None:
    # With searches of 3 km the margin is 5.4 km, and every part is a real cut.
    text = (shared / "studies" / "las_palmas.toml").read_text("utf-8")
    study = tmp_path / "city.toml"
    study.write_text(
        text.replace("../data", str(shared / "data")).replace("jilin-2022", "sdg-who"), encoding="utf-8"
    )
    parts = split_study(study, tmp_path / "parts", parts=4)
    assert len(parts) == 4
    sizes = [path.with_suffix(".osm.pbf").stat().st_size for path in parts]
    assert min(sizes) < 0.95 * max(sizes)
    assert_same_numbers(rows_of(study), parts)


@pytest.mark.real
def test_las_palmas_in_four_by_the_full_rulebook_gives_the_numbers_of_las_palmas_in_one(
    shared: Path, tmp_path: Path
) -> None:
    # With a library to be found within 9 km every part reads nearly all of it: what is tested are the units.
    study = shared / "studies" / "las_palmas.toml"
    whole = compute(measured_study(study), lang="en").coverage
    assert set(whole["status"]) == {"ok", "no_data"}
    assert_same_numbers(whole, split_study(study, tmp_path / "parts", parts=4))


def test_the_sample_in_two_parts_gives_its_numbers(sample_study: Path, tmp_path: Path) -> None:
    parts = split_study(sample_study, tmp_path / "parts", parts=2)
    assert_same_numbers(rows_of(sample_study), parts)


def test_children_of_other_parts_share_the_places_that_they_walk_to(tmp_path: Path) -> None:
    study = write_city(tmp_path / "city", 2_500, seed=3, n_districts=4)
    parts = split_study(study, tmp_path / "parts", parts=4)
    whole = rows_of(study)
    assert whole.loc[whole["indicator"] == "CC-1F", "value"].gt(0).any()
    assert_same_numbers(whole, parts)
    city = load_city(parts[0], cache=False)
    walks = measure(city, load_rulebook("jilin-2022")).catchments["childcare"]
    assert walks.n_origins > len(city.homes)
    assert (walks.origin >= len(city.homes)).any()


def test_the_margin_is_the_longest_search_and_what_a_cut_may_change() -> None:
    # 3,000 m of search, 2,000 m below which a component is an island, two connectors of 200 m.
    assert margin_m(load_rulebook("sdg-who"), 200.0) == 5400.0


def test_what_cannot_be_split_is_told(tmp_path: Path, shared: Path) -> None:
    town = make_town(tmp_path / "town")
    with pytest.raises(ParameterError, match="give at least 2"):
        split_study(town, tmp_path / "parts", parts=1)
    text = town.read_text("utf-8").replace("[[units]]\n", '[[units]]\nwhere = { code = "01" }\n')
    town.write_text(text, encoding="utf-8")
    with pytest.raises(ParameterError, match="it stays whole"):
        split_study(town, tmp_path / "parts", parts=2)
    with pytest.raises(ParameterError, match="only studies whose streets are an OSM file can be split"):
        split_study(shared / "studies" / "changchun_core.toml", tmp_path / "parts", parts=2)
    assert not (tmp_path / "parts").exists()


def test_the_command_names_the_studies_and_does_not_write_over_them(tmp_path: Path) -> None:
    town = make_town(tmp_path / "town")
    words = [sys.executable, "-m", "cfspace", "split", town, "--parts", "2", "--out", tmp_path / "parts"]
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0].endswith("town-1.toml")
    assert cfspace.load_study(tmp_path / "parts" / "town-2.toml").units[0].beside
    with pytest.raises(OutputError, match="already there"):
        split_study(town, tmp_path / "parts", parts=2)
