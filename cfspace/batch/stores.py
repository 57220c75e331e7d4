"""Where a batch writes: a folder, or an address that fsspec knows."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from cfspace.errors import MissingExtraError, OutputError

RECORD: Final = "run.json"
"""The file that makes a run complete: it is the last one that is put into a store."""

IN_ONE_PROCESS: Final = frozenset({"memory"})
"""Stores that no other process sees."""


class Store(Protocol):
    """A place for runs and for what is told over all of them."""

    @property
    def address(self) -> str:
        """What people call it."""

    def place(self, name: str) -> contextlib.AbstractContextManager[Path]:
        """Give the folder that a run is to be computed into."""

    def put(self, name: str, folder: Path) -> None:
        """Keep a run that was computed into `folder`."""

    def record(self, name: str) -> dict[str, Any] | None:
        """Return the ``run.json`` of a run, None where none is complete."""

    def has(self, name: str, files: frozenset[str]) -> bool:
        """Return whether a run has these files, none of them empty."""

    def fetched(self, name: str, files: frozenset[str]) -> contextlib.AbstractContextManager[Path]:
        """Give a folder that holds these files of a run, for as long as it is open."""

    def read(self, file: str) -> bytes | None:
        """Return a file that stands beside the runs, None where it is missing."""

    def write(self, file: str, content: bytes) -> None:
        """Write a file beside the runs: whole or not at all, as far as the store allows."""

    def is_empty(self) -> bool:
        """Return whether nothing is there."""


def open_store(address: str) -> Store:
    """Return the store at a path or an address such as ``s3://bucket/folder``.

    Raises
    ------
    MissingExtraError
        If it is an address, and fsspec or what it needs for it is not installed.
    OutputError
        If fsspec does not know such addresses.
    """
    kind, mark, rest = address.partition("://")
    if not mark:
        return FolderStore(Path(address))
    if kind in ("file", "local"):
        return FolderStore(Path(rest))
    try:
        from fsspec.core import url_to_fs
    except ModuleNotFoundError as error:
        raise MissingExtraError("fsspec", "remote") from error
    try:
        system, path = url_to_fs(address)
    except ImportError as error:
        raise OutputError(f"--out: {address}: {error}; install it, or give a folder") from error
    except ValueError as error:
        raise OutputError(f"--out: {address}: {error}; give a folder, or an address fsspec knows") from error
    return RemoteStore(address.rstrip("/"), system, path.rstrip("/"))


@dataclass(frozen=True)
class FolderStore:
    """A folder, on a disk or shared: a run appears under its name when it is complete."""

    folder: Path

    @property
    def address(self) -> str:
        """The folder."""
        return str(self.folder)

    @contextmanager
    def place(self, name: str) -> Iterator[Path]:
        """Give the run's own folder; what attempts that were broken off left beside it goes."""
        left = re.compile(rf"\.{re.escape(name)}\.[^.]+\.(part|old)")
        for path in self.folder.iterdir() if self.folder.is_dir() else ():
            if left.fullmatch(path.name):
                shutil.rmtree(path, ignore_errors=True)
        yield self.folder / name

    def put(self, name: str, folder: Path) -> None:
        """Do nothing: the run was computed where it stands."""

    def record(self, name: str) -> dict[str, Any] | None:
        """Return ``run.json`` of a run, None where it is missing or damaged."""
        file = self.folder / name / RECORD
        return _json(file.read_bytes()) if file.is_file() else None

    def has(self, name: str, files: frozenset[str]) -> bool:
        """Return whether a run has these files, none of them empty."""
        paths = [self.folder / name / file for file in files]
        return all(path.is_file() and path.stat().st_size > 0 for path in paths)

    @contextmanager
    def fetched(self, name: str, files: frozenset[str]) -> Iterator[Path]:  # noqa: ARG002 - all are there
        """Give the run's folder."""
        yield self.folder / name

    def read(self, file: str) -> bytes | None:
        """Return a file that stands beside the runs, None where it is missing."""
        path = self.folder / file
        return path.read_bytes() if path.is_file() else None

    def write(self, file: str, content: bytes) -> None:
        """Write a file beside the runs, whole or not at all.

        Raises
        ------
        OutputError
            If it cannot be written.
        """
        from cfspace.io.atomic import atomic_file

        with atomic_file(self.folder / file) as part:
            part.write_bytes(content)

    def is_empty(self) -> bool:
        """Return whether the folder is missing or empty.

        Raises
        ------
        OutputError
            If there is a file of that name.
        """
        if self.folder.exists() and not self.folder.is_dir():
            raise OutputError(f"--out: {self.folder}: there is a file of this name; choose another folder")
        return not self.folder.is_dir() or not any(self.folder.iterdir())


@dataclass(frozen=True)
class RemoteStore:
    """A store that fsspec reaches. It cannot rename a folder at once, so a run is put there file by file.

    ``run.json`` goes first out and last in: a run without it is not complete, and nobody takes it for one.
    """

    address: str
    system: Any
    path: str

    @contextmanager
    def place(self, name: str) -> Iterator[Path]:
        """Give a folder on this machine, gone afterwards."""
        with tempfile.TemporaryDirectory(prefix="cfspace-") as scratch:
            yield Path(scratch) / name

    def put(self, name: str, folder: Path) -> None:
        """Copy a run, its ``run.json`` last; files of an earlier one that it lacks go."""
        there = f"{self.path}/{name}"
        if self.system.exists(f"{there}/{RECORD}"):
            self.system.rm_file(f"{there}/{RECORD}")
        files = sorted(path for path in folder.iterdir() if path.name != RECORD)
        self.system.makedirs(there, exist_ok=True)
        for old in self.system.ls(there, detail=False):
            if str(old).rpartition("/")[2] not in {path.name for path in files}:
                self.system.rm_file(old)
        for path in [*files, folder / RECORD]:
            self.system.put_file(str(path), f"{there}/{path.name}")

    def record(self, name: str) -> dict[str, Any] | None:
        """Return ``run.json`` of a run, None where it is missing or damaged."""
        content = self.read(f"{name}/{RECORD}")
        return None if content is None else _json(content)

    def has(self, name: str, files: frozenset[str]) -> bool:
        """Return whether a run has these files, none of them empty."""
        paths = [f"{self.path}/{name}/{file}" for file in files]
        return all(self.system.isfile(path) and self.system.size(path) for path in paths)

    @contextmanager
    def fetched(self, name: str, files: frozenset[str]) -> Iterator[Path]:
        """Give a folder on this machine with copies of these files."""
        with self.place(name) as folder:
            folder.mkdir(parents=True)
            for file in sorted(files):
                self.system.get_file(f"{self.path}/{name}/{file}", str(folder / file))
            yield folder

    def read(self, file: str) -> bytes | None:
        """Return a file that stands beside the runs, None where it is missing."""
        there = f"{self.path}/{file}"
        return bytes(self.system.cat_file(there)) if self.system.isfile(there) else None

    def write(self, file: str, content: bytes) -> None:
        """Write a file beside the runs in one piece; object stores show it when it is whole."""
        self.system.makedirs(self.path, exist_ok=True)
        self.system.pipe_file(f"{self.path}/{file}", content)

    def is_empty(self) -> bool:
        """Return whether nothing is there."""
        return not self.system.exists(self.path) or not self.system.ls(self.path, detail=False)


def _json(content: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(content)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
