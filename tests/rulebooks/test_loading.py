"""Finding rulebooks, and what is wrong with a file that is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from cfspace.errors import RulebookError
from cfspace.rulebooks import load_rulebook, shipped_rulebooks


def test_every_shipped_rulebook_can_be_read() -> None:
    assert [load_rulebook(name).name for name in shipped_rulebooks()] == list(shipped_rulebooks())


def test_a_rulebook_is_read_by_path(tmp_path: Path) -> None:
    from importlib.resources import files

    path = tmp_path / "own.toml"
    path.write_text((files("cfspace.rulebooks") / "sdg-who.toml").read_text("utf-8"), encoding="utf-8")
    assert load_rulebook(path) == load_rulebook("sdg-who")


def test_an_unknown_name_lists_those_there_are() -> None:
    with pytest.raises(RulebookError, match="'jilin-2035' is not shipped; use jilin-2022, sdg-who"):
        load_rulebook("jilin-2035")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(RulebookError, match="there is no such file"):
        load_rulebook(tmp_path / "none.toml")


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RulebookError, match="save it as UTF-8"):
        load_rulebook(path)


def test_broken_toml_is_told(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text("name = ", encoding="utf-8")
    with pytest.raises(RulebookError, match="not valid TOML"):
        load_rulebook(path)
