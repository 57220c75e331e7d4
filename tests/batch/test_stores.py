from __future__ import annotations

from pathlib import Path

import fsspec
import pytest

import cfspace
from cfspace.batch.stores import RECORD, FolderStore, open_store
from cfspace.batch.tasks import DONE, UNCHANGED
from tests.batch.towns import contents


@pytest.fixture
def address(tmp_path: Path) -> str:
    return f"memory://province/{tmp_path.name}"


def test_a_batch_into_a_store_holds_the_same_bytes_as_one_into_a_folder(
    towns: Path, serial: cfspace.Batch, tmp_path: Path, address: str
) -> None:
    made = cfspace.run_batch(towns / "t1" / "t1.toml", address, draw=False)
    assert made.outcomes["t1"].state == DONE
    store = fsspec.filesystem("memory")
    store.get(address, str(tmp_path / "copy"), recursive=True)
    one = {name: one for name, one in contents(Path(serial.out)).items() if name.startswith("t1/")}
    got = contents(tmp_path / "copy")
    assert got.pop("summary.csv").startswith(b"\xef\xbb\xbfstudy,")
    assert got == one
    again = cfspace.run_batch(towns / "t1" / "t1.toml", address, resume=True, draw=False)
    assert again.outcomes["t1"].state == UNCHANGED


def test_a_run_without_its_record_is_not_complete(tmp_path: Path, address: str) -> None:
    made = tmp_path / "made"
    made.mkdir()
    (made / RECORD).write_text("{}")
    (made / "coverage.csv").write_text("a")
    store = open_store(address)
    assert store.is_empty()
    store.put("t1", made)
    assert store.record("t1") == {}
    assert store.has("t1", frozenset({"coverage.csv"}))
    assert not store.has("t1", frozenset({"coverage.csv", "scores.csv"}))
    (made / "coverage.csv").rename(made / "scores.csv")
    # The connection breaks while the next run is put there: what is left must not look complete.
    files = fsspec.filesystem("memory")
    put_file, files.put_file = files.put_file, _broken
    try:
        with pytest.raises(ConnectionError):
            store.put("t1", made)
    finally:
        files.put_file = put_file
    assert store.record("t1") is None
    store.put("t1", made)
    assert store.record("t1") == {}
    assert not store.has("t1", frozenset({"coverage.csv"}))


def _broken(*_: object) -> None:
    raise ConnectionError("gone")


def test_a_file_address_is_a_folder(tmp_path: Path) -> None:
    store = open_store(f"file://{tmp_path}/out")
    assert store == FolderStore(tmp_path / "out")
    assert store.is_empty()
    assert store.read("batch.json") is None
    store.write("batch.json", b"{}")
    assert store.read("batch.json") == b"{}"
    assert not store.is_empty()


def test_what_a_broken_attempt_left_goes_and_what_others_work_on_stays(tmp_path: Path) -> None:
    mine, others = tmp_path / ".a.x1y2.part", tmp_path / ".a.b.x1y2.part"
    for folder in (mine, others):
        folder.mkdir()
    with FolderStore(tmp_path).place("a") as place:
        assert place == tmp_path / "a"
    assert (mine.exists(), others.exists()) == (False, True)
