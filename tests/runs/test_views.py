"""What a notebook shows of results: escaped, small, and without any host."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

import cfspace
from cfspace.config.cards import LONGEST_TEXT, card
from tests.present import hostile


def test_a_card_escapes_and_cuts_every_text() -> None:
    html = card(hostile.SCRIPT, {hostile.CLOSING: hostile.QUOTES, "long": hostile.LONG})
    assert "<script" not in html
    assert "<img" not in html
    assert hostile.LONG[: LONGEST_TEXT + 1] not in html


def test_a_run_shows_its_name_and_the_scores_of_its_coarsest_level(sample_run: cfspace.Run) -> None:
    html = sample_run._repr_html_()
    assert "示例市" in html
    assert html.count("<tr") == 6 + 1 + 2  # facts, heading, districts


def test_a_study_a_city_and_a_network_show_themselves(sample_study: Path) -> None:
    study = cfspace.load_study(sample_study)
    assert "study.toml" in study._repr_html_()
    city = cfspace.load_city(study)
    html = city._repr_html_()
    assert "primary_school" in html
    assert "municipal_complete" in html
    assert f"{city.network.n_segments:,}" in city.network._repr_html_()


def test_an_explanation_shows_value_and_places(sample_run: cfspace.Run) -> None:
    top = next(iter(sample_run.units.values()))
    html = sample_run.explain(str(top["unit_id"].iloc[0]), "SCH-1")._repr_html_()
    assert "SCH-1" in html
    assert "numerator" in html


def test_a_plot_takes_the_finest_level_that_fits(sample_run: cfspace.Run) -> None:
    # Primary schools are judged down to street offices, of which the sample has six.
    axes = sample_run.plot("SCH-1", lang="en").axes[0]
    assert len(axes.get_yticks()) == 6
    assert axes.get_title(loc="left") == "SCH-1 Primary school reach"


def test_charts_take_a_run_as_it_is(sample_run: cfspace.Run) -> None:
    assert len(cfspace.tasks_side_by_side(sample_run, level="street", lang="en").axes) == 9
    assert len(cfspace.lorenz(sample_run, "SCH-1", level="street").axes) == 1


def test_a_run_without_pictures_draws_its_map_when_asked(sample_run: cfspace.Run, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    for path in sample_run.folder.iterdir():
        if path.name != "map.html":
            (folder / path.name).symlink_to(path)
    view = cfspace.open_run(folder).map(height_px=300)
    assert view.path.is_file()
    assert "height:300px" in view._repr_html_()


def test_exploring_a_study_leaves_nothing_behind(sample_study: Path) -> None:
    view = cfspace.load_study(sample_study).explore()
    path = view.path
    assert 'id="cf-area"' in path.read_text(encoding="utf-8")  # with service areas, as in a drawn run
    assert "srcdoc=" in view._repr_html_()
    del view
    gc.collect()
    assert not path.parent.parent.exists()


def test_a_plot_of_an_unknown_indicator_names_those_there_are(sample_run: cfspace.Run) -> None:
    with pytest.raises(cfspace.InputError, match="SCH-1"):
        sample_run.plot("NO-1")
