"""Output appears whole or not at all."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

import pytest

from cfspace.errors import OutputError
from cfspace.io.atomic import atomic_file, atomic_folder, check_output


def make_run(out: Path, text: str, *, force: bool = False) -> None:
    with atomic_folder(out, force=force) as folder:
        (folder / "run.json").write_text(text, encoding="utf-8")


def test_the_folder_appears_when_the_work_is_done(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "run"
    with atomic_folder(out) as folder:
        assert not out.exists()
        assert folder.parent == out.parent
        (folder / "run.json").write_text("{}", encoding="utf-8")
    assert [path.name for path in out.iterdir()] == ["run.json"]
    assert [path.name for path in out.parent.iterdir()] == ["run"]


def fail_halfway(out: Path, *, force: bool) -> None:
    with atomic_folder(out, force=force) as folder:
        (folder / "run.json").write_text("half", encoding="utf-8")
        raise KeyboardInterrupt


@pytest.mark.parametrize("force", [False, True])
def test_work_that_fails_leaves_nothing_behind(tmp_path: Path, *, force: bool) -> None:
    with pytest.raises(KeyboardInterrupt):
        fail_halfway(tmp_path / "run", force=force)
    assert list(tmp_path.iterdir()) == []


def test_work_that_fails_leaves_the_earlier_run_as_it_was(tmp_path: Path) -> None:
    make_run(tmp_path / "run", "first")
    with pytest.raises(KeyboardInterrupt):
        fail_halfway(tmp_path / "run", force=True)
    assert (tmp_path / "run" / "run.json").read_text(encoding="utf-8") == "first"
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_force_replaces_an_earlier_run_whole(tmp_path: Path) -> None:
    make_run(tmp_path / "run", "first")
    (tmp_path / "run" / "left.over").touch()
    make_run(tmp_path / "run", "second", force=True)
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["run.json"]
    assert (tmp_path / "run" / "run.json").read_text(encoding="utf-8") == "second"
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_taken_folder_is_refused_before_any_work(tmp_path: Path) -> None:
    make_run(tmp_path / "run", "first")
    with pytest.raises(OutputError, match=r"already there; choose another name, or add --force"):
        make_run(tmp_path / "run", "second")


def test_force_never_replaces_a_folder_that_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").touch()
    with pytest.raises(OutputError, match="was not written by cfspace"):
        make_run(tmp_path, "{}", force=True)
    assert (tmp_path / "thesis.docx").exists()


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run").touch()
    with pytest.raises(OutputError, match="there is a file of this name"):
        check_output(tmp_path / "run", force=True)


def test_an_empty_folder_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    make_run(tmp_path / "run", "{}")
    assert (tmp_path / "run" / "run.json").exists()


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"):
        make_run(tmp_path / "file" / "run", "{}")


def test_a_file_is_replaced_only_when_whole(tmp_path: Path) -> None:
    path = tmp_path / "map.html"
    path.write_text("first", encoding="utf-8")

    def fail() -> None:
        with atomic_file(path) as part:
            part.write_text("half", encoding="utf-8")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert path.read_text(encoding="utf-8") == "first"
    with atomic_file(path) as part:
        part.write_text("second", encoding="utf-8")
    assert path.read_text(encoding="utf-8") == "second"
    assert [file.name for file in tmp_path.iterdir()] == ["map.html"]


def test_a_folder_is_not_replaced_by_a_file(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="there is a folder of this name"), atomic_file(tmp_path):
        pass


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), RuntimeError("SQLite")])
def test_a_full_disk_is_told_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=100))
    with pytest.raises(OutputError, match=r"run: cannot be written, the disk is full .*make room"):
        fill(tmp_path / "run", error)
    with pytest.raises(OutputError, match="disk is full"), atomic_file(tmp_path / "map.html"):
        raise error
    assert list(tmp_path.iterdir()) == []


def test_what_fails_with_room_left_is_no_full_disk(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="a bug"):
        fill(tmp_path / "run", RuntimeError("a bug"))


def fill(out: Path, error: Exception) -> None:
    with atomic_folder(out) as folder:
        (folder / "run.json").write_text("{}")
        raise error
