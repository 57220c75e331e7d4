"""``cfspace rulebook``: shown, compared, and copied to be changed."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest
from rich.cells import cell_len
from typer.testing import CliRunner

from cfspace.cli import console
from cfspace.cli.app import app
from cfspace.cli.rulebook_pages import copy_to, show
from cfspace.errors import OutputError, ParameterError
from cfspace.rulebooks import load_rulebook, rulebook_table

RUN = CliRunner()


def test_a_copy_is_the_rulebook_and_can_be_changed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    assert RUN.invoke(app, ["rulebook", "sdg-who", "--copy", str(mine)]).exit_code == 0
    assert load_rulebook(mine) == load_rulebook("sdg-who")
    text = mine.read_text(encoding="utf-8")
    mine.write_text(text.replace('version = "1.0"', 'version = "1.1"', 1), encoding="utf-8")
    monkeypatch.setattr(console.out, "_width", 200)
    compared = RUN.invoke(app, ["rulebook", "sdg-who", str(mine)])
    assert "1.1" in compared.stdout


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_table_fits_80_columns(monkeypatch: pytest.MonkeyPatch, lang: str) -> None:
    monkeypatch.setattr(console.out, "_width", 80)
    shown = RUN.invoke(app, ["rulebook", "jilin-2022", "--lang", lang])
    assert shown.exit_code == 0
    lines = shown.stdout.splitlines()
    assert max(cell_len(line) for line in lines) <= 80
    # Folded to few lines, each id whole at the beginning of its own.
    assert len(lines) < 3 * len(load_rulebook("jilin-2022").indicator)
    ids = [line.split()[0] for line in lines if line.strip()]
    assert {rule.id for rule in load_rulebook("jilin-2022").indicator} <= set(ids)
    first = next(line for line in lines if line.split()[:1] == ["SCH-1"])
    assert all(word in first for word in ("coverage", "500/1000 m", "0.9"))


def test_programs_read_every_column(monkeypatch: pytest.MonkeyPatch) -> None:
    book = load_rulebook("jilin-2022")
    monkeypatch.setattr(console.out, "_width", 80)
    by_csv = RUN.invoke(app, ["rulebook", "--format", "csv"]).stdout
    table = pd.read_csv(StringIO(by_csv), keep_default_na=False)
    assert table["id"].tolist() == [rule.id for rule in book.indicator]
    assert table.columns.tolist() == rulebook_table(book).columns.tolist()
    by_json = json.loads(RUN.invoke(app, ["rulebook", "--format", "json", "--lang", "zh"]).stdout)
    assert [one["title"] for one in by_json] == [rule.title.zh for rule in book.indicator]
    with pytest.raises(ParameterError, match="--format: 'yaml' is unknown; use table, csv, json"):
        show("jilin-2022", "en", form="yaml")


@pytest.mark.parametrize("name", ["sdg-who", "jilin-2022"])
@pytest.mark.parametrize("columns", [80, 400])
def test_wide_shows_sources_too(monkeypatch: pytest.MonkeyPatch, name: str, columns: int) -> None:
    monkeypatch.setattr(console.out, "_width", columns)
    shown = RUN.invoke(app, ["rulebook", name, "--wide"]).stdout
    assert all(head in shown for head in ("confidence", "source", "needs"))


@pytest.mark.parametrize(
    ("name", "told"), [("mine.txt", "does not end in .toml"), ("there.toml", "exists already")]
)
def test_a_copy_overwrites_nothing(tmp_path: Path, name: str, told: str) -> None:
    (tmp_path / "there.toml").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match=told):
        copy_to("sdg-who", tmp_path / name)
    assert (tmp_path / "there.toml").read_text(encoding="utf-8") == "mine"
