"""Parsed inputs kept between runs, each in a folder named by what it was made from.

An entry appears under its name when it is whole, is never changed, and is checked when it is read;
one that is damaged is as good as none. So any number of runs can share the folder. Nothing in an
entry is code: tables are Parquet, facts are JSON.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import shutil
import time
import tomllib
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Final, TypeVar

from cfspace._version import __version__
from cfspace.errors import OutputError
from cfspace.io.atomic import part_folder
from cfspace.io.uncollected import uncollected

logger = logging.getLogger(__name__)

Made = TypeVar("Made")

FORMAT: Final = 1
"""Raised whenever entries are written in another way."""

FOLDER_VARIABLE: Final = "CFSPACE_CACHE_DIR"
PLACES: Final = "places"
"""The folder in the cache that downloaded places are kept in; see `cfspace.io.fetch_kept`."""

KERNELS: Final = "kernels"
"""The folder in the cache that compiled search kernels are kept in."""

ENTRY_FILE: Final = "entry.json"
ENTRY_NAME: Final = re.compile(r"[a-z]+-[0-9a-f]{64}")
PART_NAME: Final = re.compile(rf"\.{ENTRY_NAME.pattern}\..*\.part")
# What shapes and places are computed with: their bytes may change from one release to the next.
LIBRARIES: Final = ("geopandas", "numpy", "osmium", "pandas", "pyproj", "shapely")
UNUSED_DAYS: Final = 30
DAY_S: Final = 86_400.0
_BLOCK: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheEntry:
    """One thing kept.

    Attributes
    ----------
    kind
        What it is: ``osm``, ``streets``, ``network`` or ``places`` (found in OSM).
    source
        Name of the file it was made from.
    size_bytes
        Size on disk.
    made_s, used_s
        When it was made and last used, in seconds since 1970.
    folder
        Where it lies.
    """

    kind: str
    source: str
    size_bytes: int
    made_s: float
    used_s: float
    folder: Path


@dataclass(frozen=True, slots=True)
class Cache:
    """Where parsed inputs are kept; with no folder, nothing is.

    Attributes
    ----------
    folder
        Made when the first entry is written. Where that is not possible nothing is kept, and
        nothing else is different.
    """

    folder: Path | None

    def get(
        self,
        kind: str,
        key: str,
        *,
        source: str,
        make: Callable[[], Made],
        write: Callable[[Made, Path], None],
        read: Callable[[Path], Made],
    ) -> Made:
        """Return what is kept under a key; else make it, and keep it.

        Parameters
        ----------
        kind
            What it is, in one word.
        key
            Digest of everything that it depends on (:func:`key_of`).
        source
            Name of the file it is made from, for people.
        make
            Makes it anew; what it raises is raised.
        write
            Writes it into an empty folder.
        read
            Reads it back from there.
        """
        if self.folder is None:
            return make()
        entry = self.folder / f"{kind}-{key}"
        try:
            if entry.is_dir():
                with uncollected():
                    kept = read(checked(entry))
                _mark_used(entry)
                return kept
        except (OSError, ValueError, KeyError, TypeError) as error:  # Arrow's errors are among these
            logger.info("cache: %s is damaged and made anew (%s)", entry.name, error)
        made = make()
        try:
            self._keep(entry, source, lambda folder: write(made, folder))
        except OSError as error:
            logger.info("cache: %s is not kept (%s)", entry.name, error)
        return made

    def _keep(self, entry: Path, source: str, write: Callable[[Path], None]) -> None:
        part = part_folder(entry.parent, entry.name)
        try:
            write(part)
            _seal(part, source)
            _put_in_place(part, entry)
            self._forget_unused()
        finally:
            shutil.rmtree(part, ignore_errors=True)

    def entries(self) -> list[CacheEntry]:
        """Return everything kept, the largest first."""
        found = [_entry(folder) for folder in self._named(ENTRY_NAME)]
        return sorted((one for one in found if one), key=lambda one: (-one.size_bytes, one.folder.name))

    def places(self) -> list[tuple[str, int]]:
        """Return the places that were downloaded, by what their study file calls them, and their bytes.

        One whose study file cannot be read is called ``(damaged)``, one without it ``(part)``.
        """
        folder = None if self.folder is None else self.folder / PLACES
        if folder is None or not folder.is_dir():
            return []
        found = []
        for place in sorted(folder.iterdir()):
            n_bytes = sum(path.stat().st_size for path in place.rglob("*") if path.is_file())
            found.append((_name_of(place / "study.toml"), n_bytes))
        return found

    def clear(self) -> int:
        """Remove everything kept, and return how many entries that were; compiled kernels go too.

        What cfspace did not write into the folder stays.

        Raises
        ------
        OutputError
            If something cannot be removed; the rest is gone.
        """
        entries = self._named(ENTRY_NAME)
        kernels = [] if self.folder is None else [self.folder / KERNELS, self.folder / PLACES]
        every = [*entries, *self._named(PART_NAME), *(one for one in kernels if one.exists())]
        for folder in every:
            shutil.rmtree(folder, ignore_errors=True)
        stayed = [folder.name for folder in every if folder.exists()]
        if stayed:
            raise OutputError(
                f"{self.folder}: {len(stayed)} of {len(every)} folders in it cannot be removed "
                f"({', '.join(stayed[:2])}{', ...' if len(stayed) > 2 else ''}); "
                "see that you may write there, or remove them yourself"
            )
        return len(entries)

    def _named(self, pattern: re.Pattern[str]) -> list[Path]:
        if self.folder is None or not self.folder.is_dir():
            return []
        return sorted(
            path for path in self.folder.iterdir() if path.is_dir() and pattern.fullmatch(path.name)
        )

    def _forget_unused(self) -> None:
        """Remove what nobody has used for a month, and what a run that was killed left half-written."""
        now = time.time()
        old = [entry.folder for entry in self.entries() if now - entry.used_s > UNUSED_DAYS * DAY_S]
        old += [part for part in self._named(PART_NAME) if now - part.stat().st_mtime > DAY_S]
        for folder in old:
            shutil.rmtree(folder, ignore_errors=True)


def user_cache_folder() -> Path:
    """Return the folder that CFSPACE_CACHE_DIR names, else the system's place for caches."""
    import platformdirs

    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named) if named else Path(platformdirs.user_cache_dir("cfspace", appauthor=False))


def user_cache() -> Cache:
    """Return the cache of this user."""
    return Cache(user_cache_folder())


def key_of(files: Iterable[Path], *, rooms: Iterable[str], options: Iterable[str] = ()) -> str:
    """Return the SHA-256 of everything that a parsed input depends on.

    Parameters
    ----------
    files
        Input files; their content counts, not their names.
    rooms
        Packages of cfspace whose code makes it, such as ``io``.
    options
        What else makes a difference.
    """
    parts = [str(FORMAT), *versions(), *map(_code, rooms), *map(file_sha256, files), *options]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@cache
def versions() -> tuple[str, ...]:
    """Return the versions of cfspace and of the libraries that parse for it."""
    return (__version__, *(f"{name} {version(name)}" for name in LIBRARIES))


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's content, in hexadecimal."""
    state = path.stat()
    return _sha256(path, state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=256)
def _sha256(path: Path, size: int, changed_ns: int) -> str:  # noqa: ARG001 - a changed file is another key
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def _code(room: str) -> str:
    """Return a digest of a room's source: who changes the code gets no stale entry."""
    folder = Path(__file__).parents[1] / room
    files = sorted(path for path in folder.rglob("*") if path.suffix in (".py", ".toml"))
    digests = [(path.relative_to(folder).as_posix(), file_sha256(path)) for path in files]
    return hashlib.sha256(json.dumps(digests).encode()).hexdigest()


def checked(entry: Path) -> Path:
    """Return the folder of an entry if all that was written is still there, to the bit.

    Raises
    ------
    OSError, ValueError, KeyError, TypeError
        If it is not.
    """
    files = json.loads((entry / ENTRY_FILE).read_text(encoding="utf-8"))["files"]
    if not isinstance(files, dict):
        raise TypeError(f"{ENTRY_FILE} names no files")
    for name, crc in files.items():
        if _crc32(entry / name) != crc:
            raise ValueError(f"{name} is not what was written")
    return entry


def _seal(folder: Path, source: str) -> None:
    files = {path.name: _crc32(path) for path in sorted(folder.iterdir())}
    text = json.dumps(
        {"source": source, "cfspace": __version__, "files": files}, ensure_ascii=False, indent=1
    )
    (folder / ENTRY_FILE).write_text(text, encoding="utf-8")


def _crc32(path: Path) -> int:
    crc = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            crc = zlib.crc32(block, crc)
    return crc


def _put_in_place(part: Path, entry: Path) -> None:
    """Give an entry its name; a whole one that another run has put there meanwhile stays."""
    if entry.exists():
        try:
            checked(entry)
        except (OSError, ValueError, KeyError, TypeError):
            aside = part_folder(entry.parent, entry.name)
            entry.rename(aside / "entry")
            shutil.rmtree(aside, ignore_errors=True)
        else:
            return
    part.rename(entry)


def _mark_used(entry: Path) -> None:
    try:
        os.utime(entry / ENTRY_FILE)
    except OSError as error:  # read by one who may not write: an old entry is then forgotten sooner
        logger.info("cache: %s cannot be marked as used (%s)", entry.name, error)


def _name_of(study: Path) -> str:
    """Return what the study file of a downloaded place calls it."""
    if not study.is_file():
        return "(part)"
    try:
        return str(tomllib.loads(study.read_text(encoding="utf-8"))["study"]["name"])
    except (OSError, ValueError, KeyError, TypeError):
        return "(damaged)"


def _entry(folder: Path) -> CacheEntry | None:
    """Return what is known of an entry; None where another run is just removing it."""
    try:
        states = [path.stat() for path in [folder, *folder.iterdir()]]
    except OSError:
        return None
    try:
        sealed = json.loads((folder / ENTRY_FILE).read_text(encoding="utf-8"))
        source, used_s = str(sealed["source"]), (folder / ENTRY_FILE).stat().st_mtime
    except (OSError, ValueError, KeyError, TypeError):
        source, used_s = "(damaged)", states[0].st_mtime
    return CacheEntry(
        kind=folder.name.partition("-")[0],
        source=source,
        size_bytes=sum(state.st_size for state in states[1:]),
        made_s=states[0].st_mtime,
        used_s=used_s,
        folder=folder,
    )
