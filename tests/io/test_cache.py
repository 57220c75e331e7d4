"""The cache: whole entries or none, shared by any number of runs, never in the way."""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cfspace.errors import OsmError, OutputError
from cfspace.io.cache import ENTRY_FILE, PLACES, UNUSED_DAYS, Cache, file_sha256, key_of, user_cache

KEY = "0" * 64


class Town:
    """Counts how often it is made."""

    def __init__(self) -> None:
        self.n_made = 0

    def make(self) -> str:
        self.n_made += 1
        return "南关区"

    def of(self, cache: Cache, key: str = KEY) -> str:
        return cache.get("osm", key, source="town.osm", make=self.make, write=write, read=read)


def write(text: str, folder: Path) -> None:
    (folder / "a.txt").write_text(text, encoding="utf-8")
    (folder / "b.txt").write_text(text * 1000, encoding="utf-8")


def read(folder: Path) -> str:
    return (folder / "a.txt").read_text(encoding="utf-8")


@pytest.fixture
def town() -> Town:
    return Town()


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


def entry(cache: Cache) -> Path:
    (one,) = cache.entries()
    return one.folder


def test_what_was_made_once_is_not_made_again(cache: Cache, town: Town) -> None:
    assert [town.of(cache), town.of(cache), town.of(Cache(cache.folder))] == ["南关区"] * 3
    assert town.n_made == 1
    assert entry(cache).name == f"osm-{KEY}"


def test_another_key_is_another_thing(cache: Cache, town: Town) -> None:
    town.of(cache)
    town.of(cache, "1" * 64)
    assert town.n_made == 2
    assert len(cache.entries()) == 2


def test_no_folder_is_no_cache(town: Town) -> None:
    assert town.of(Cache(None)) == town.of(Cache(None)) == "南关区"
    assert town.n_made == 2
    assert Cache(None).entries() == []
    assert Cache(None).clear() == 0


def flip_a_bit(folder: Path) -> None:
    content = bytearray((folder / "b.txt").read_bytes())
    content[1500] ^= 1
    (folder / "b.txt").write_bytes(content)


def cut_short(folder: Path) -> None:
    (folder / "a.txt").write_bytes((folder / "a.txt").read_bytes()[:-1])


def lose_a_file(folder: Path) -> None:
    (folder / "b.txt").unlink()


def lose_the_seal(folder: Path) -> None:
    (folder / ENTRY_FILE).unlink()


def break_the_seal(folder: Path) -> None:
    (folder / ENTRY_FILE).write_text("{", encoding="utf-8")


def seal_with_nothing(folder: Path) -> None:
    (folder / ENTRY_FILE).write_text("[]", encoding="utf-8")


def seal_with_a_list(folder: Path) -> None:
    (folder / ENTRY_FILE).write_text('{"source": "town.osm", "files": null}', encoding="utf-8")


@pytest.mark.parametrize(
    "damage",
    [flip_a_bit, cut_short, lose_a_file, lose_the_seal, break_the_seal, seal_with_nothing, seal_with_a_list],
)
def test_a_damaged_entry_is_made_anew(cache: Cache, town: Town, damage: object) -> None:
    town.of(cache)
    damage(entry(cache))  # type: ignore[operator]
    assert town.of(cache) == "南关区"
    assert town.n_made == 2
    assert town.of(cache) == "南关区"
    assert town.n_made == 2
    assert [path.name for path in cache.folder.iterdir()] == [f"osm-{KEY}"]  # type: ignore[union-attr]


def test_an_entry_that_cannot_be_read_is_made_anew(cache: Cache, town: Town) -> None:
    def refuse(_: Path) -> str:
        raise OsmError("of another making")

    town.of(cache)
    made = cache.get("osm", KEY, source="", make=town.make, write=write, read=refuse)
    assert made == "南关区"


def test_what_is_wrong_with_the_input_is_told_and_not_kept(cache: Cache) -> None:
    def fail() -> str:
        raise OsmError("town.osm: no such file; check the path")

    with pytest.raises(OsmError, match="no such file"):
        cache.get("osm", KEY, source="", make=fail, write=write, read=read)
    assert cache.entries() == []


def test_a_folder_that_cannot_be_written_changes_nothing(
    tmp_path: Path, town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    with caplog.at_level(logging.INFO, "cfspace.io.cache"):
        assert town.of(Cache(tmp_path / "file" / "cache")) == "南关区"
    assert [record.levelname for record in caplog.records] == ["INFO"]
    assert "is not kept" in caplog.text


def test_a_full_disk_leaves_nothing_behind(cache: Cache, town: Town) -> None:
    def run_out(text: str, folder: Path) -> None:
        write(text, folder)
        raise OSError(28, "No space left on device")

    assert cache.get("osm", KEY, source="", make=town.make, write=run_out, read=read) == "南关区"
    assert list(cache.folder.iterdir()) == []  # type: ignore[union-attr]


def test_an_entry_is_not_seen_before_it_is_whole(cache: Cache, town: Town) -> None:
    def look_meanwhile(text: str, folder: Path) -> None:
        write(text, folder)
        assert cache.entries() == []
        assert town.of(cache) == "南关区"  # another run, which is done first

    cache.get("osm", KEY, source="late", make=town.make, write=look_meanwhile, read=read)
    assert [one.source for one in cache.entries()] == ["town.osm"]
    assert len(list(cache.folder.iterdir())) == 1  # type: ignore[union-attr]


def test_many_runs_share_one_folder(cache: Cache) -> None:
    def use(_: int) -> str:
        town = Town()
        text = town.of(cache)
        if town.n_made == 0:
            shutil.rmtree(cache.folder / f"osm-{KEY}", ignore_errors=True)  # type: ignore[operator]
        return text

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(use, range(64))) == {"南关区"}


def test_a_run_that_was_killed_leaves_no_entry(cache: Cache, town: Town) -> None:
    code = (
        "import os, sys; from pathlib import Path; from cfspace.io.cache import Cache\n"
        "def write(text, folder): (folder / 'a.txt').write_text('half'); os._exit(9)\n"
        f"Cache(Path(sys.argv[1])).get('osm', '{KEY}', source='', make=str, write=write, read=str)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(cache.folder)], check=False)
    assert done.returncode == 9
    assert cache.entries() == []
    assert town.of(cache) == "南关区"
    assert cache.clear() == 1
    assert list(cache.folder.iterdir()) == []  # type: ignore[union-attr]


def test_what_nobody_used_for_a_month_is_forgotten(cache: Cache, town: Town) -> None:
    town.of(cache)
    town.of(cache, "1" * 64)
    long_ago = time.time() - (UNUSED_DAYS + 1) * 86_400
    for name in (KEY, "1" * 64):
        os.utime(cache.folder / f"osm-{name}" / ENTRY_FILE, (long_ago, long_ago))  # type: ignore[operator]
    town.of(cache)  # used again
    town.of(cache, "2" * 64)
    assert sorted(one.folder.name[4] for one in cache.entries()) == ["0", "2"]


def test_clearing_leaves_what_is_not_ours(cache: Cache, town: Town) -> None:
    town.of(cache)
    (cache.folder / "thesis").mkdir()  # type: ignore[operator]
    (cache.folder / "notes.txt").touch()  # type: ignore[operator]
    assert cache.clear() == 1
    assert sorted(path.name for path in cache.folder.iterdir()) == ["notes.txt", "thesis"]  # type: ignore[union-attr]


def test_clearing_says_what_it_cannot_remove(
    cache: Cache, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.of(cache)
    monkeypatch.setattr(shutil, "rmtree", lambda *_, **__: None)  # as in a folder of another user
    with pytest.raises(OutputError, match=r"1 of 1 folders in it cannot be removed \(osm-0+\); see that you"):
        cache.clear()


@pytest.mark.parametrize("text", [b"[study\n", b"[other]\n", b"\xff\xfe", b"study = 3\n"])
def test_a_downloaded_place_whose_study_file_is_damaged_is_shown_as_such(cache: Cache, text: bytes) -> None:
    place = cache.folder / PLACES / "南关区"  # type: ignore[operator]
    place.mkdir(parents=True)
    (place / "study.toml").write_bytes(text)
    assert cache.places() == [("(damaged)", len(text))]


def test_entries_tell_what_they_are(cache: Cache, town: Town) -> None:
    begun = time.time()
    town.of(cache)
    (one,) = cache.entries()
    assert (one.kind, one.source) == ("osm", "town.osm")
    # 9 bytes, 9,000 bytes and the seal
    assert one.size_bytes == 9_009 + (one.folder / ENTRY_FILE).stat().st_size
    assert begun - 1 < one.made_s <= time.time() + 1
    break_the_seal(one.folder)
    assert cache.entries()[0].source == "(damaged)"


def test_nothing_in_an_entry_is_code(cache: Cache, town: Town) -> None:
    town.of(cache)
    sealed = json.loads((entry(cache) / ENTRY_FILE).read_text(encoding="utf-8"))
    assert sorted(sealed["files"]) == ["a.txt", "b.txt"]


def test_the_key_follows_content_code_and_options(tmp_path: Path) -> None:
    one, other = tmp_path / "one.osm", tmp_path / "other.osm"
    one.write_text("<osm/>", encoding="utf-8")
    other.write_text("<osm/>", encoding="utf-8")
    key = key_of([one], rooms=["io"])
    assert len(key) == 64
    assert key == key_of([other], rooms=["io"])
    assert key != key_of([one], rooms=["io"], options=["gcj02"])
    assert key != key_of([one], rooms=["io", "network"])
    other.write_text("<osm></osm>", encoding="utf-8")
    assert key != key_of([other], rooms=["io"])


def test_a_digest_is_that_of_the_content(tmp_path: Path) -> None:
    (tmp_path / "abc").write_bytes(b"abc")
    # FIPS 180-2, appendix B.1
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert file_sha256(tmp_path / "abc") == expected


def test_the_users_folder_is_named_by_the_environment_or_the_system(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CFSPACE_CACHE_DIR", str(tmp_path))
    assert user_cache().folder == tmp_path
    monkeypatch.delenv("CFSPACE_CACHE_DIR")
    found = user_cache().folder
    assert found is not None
    assert found.name.lower() == "cfspace" or "cfspace" in found.parts
