"""``cfspace rulebook``: shown, compared, and copied to be changed."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cfspace.cli.app import app
from cfspace.cli.rulebook_pages import copy_to
from cfspace.errors import OutputError
from cfspace.rulebooks import load_rulebook

RUN = CliRunner()


def test_a_copy_is_the_rulebook_and_can_be_changed(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    assert RUN.invoke(app, ["rulebook", "sdg-who", "--copy", str(mine)]).exit_code == 0
    assert load_rulebook(mine) == load_rulebook("sdg-who")
    text = mine.read_text(encoding="utf-8")
    mine.write_text(text.replace('version = "1.0"', 'version = "1.1"', 1), encoding="utf-8")
    compared = RUN.invoke(app, ["rulebook", "sdg-who", str(mine)], env={"COLUMNS": "200"})
    assert "1.1" in compared.stdout


@pytest.mark.parametrize(
    ("name", "told"), [("mine.txt", "does not end in .toml"), ("there.toml", "exists already")]
)
def test_a_copy_overwrites_nothing(tmp_path: Path, name: str, told: str) -> None:
    (tmp_path / "there.toml").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match=told):
        copy_to("sdg-who", tmp_path / name)
    assert (tmp_path / "there.toml").read_text(encoding="utf-8") == "mine"
