"""Writing that is whole or not there: folders and files appear under their name only when complete."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from cfspace.errors import CfspaceError, OutputError

MARKERS: Final = ("run.json", ".cfspace")
"""A folder that holds one of these was written by cfspace, and ``force`` may replace it."""

FULL: Final = (errno.ENOSPC, errno.EDQUOT)
NO_ROOM_BYTES: Final = 1 << 20
"""With less than this free, whatever failed is taken to have failed for want of room: SQLite gives back what
it took before it fails, and neither it nor GDAL says why."""


def _refusal(out: Path, *, force: bool) -> str | None:
    """Return why `out` cannot become the result's folder, or None."""
    if not out.is_symlink() and not out.exists():
        return None
    if not out.is_dir() or out.is_symlink():
        return f"{out}: there is a file of this name; choose another name for the output folder"
    if not any(out.iterdir()):
        return None
    if not force:
        return f"{out}: the output folder is already there; choose another name, or add --force to replace it"
    if not any((out / marker).is_file() for marker in MARKERS):
        return (
            f"{out}: the folder is not empty and was not written by cfspace (no {MARKERS[0]} in it); "
            "choose another name, or remove it yourself"
        )
    return None


def check_output(out: Path, *, force: bool) -> None:
    """Refuse an output folder that is taken, before any work is done for it.

    Parameters
    ----------
    out
        Where the results are to stand.
    force
        Whether an earlier result there may be replaced. Another's folder never is.

    Raises
    ------
    OutputError
        If `out` is a file, a folder with something in it (and `force` is not given), or a folder
        that cfspace did not write.
    """
    refusal = _refusal(out, force=force)
    if refusal is not None:
        raise OutputError(refusal)


def part_folder(parent: Path, name: str) -> Path:
    """Return a new, empty folder for work that is to become `name` in `parent`.

    Raises
    ------
    OSError
        If it cannot be made.
    """
    parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{name}.", suffix=".part", dir=parent))
    # mkdtemp allows the owner alone; results are to be read by whom the user's umask allows.
    umask = os.umask(0)
    os.umask(umask)
    part.chmod(0o777 & ~umask)
    return part


def _make_beside(out: Path) -> Path:
    """Return a new, empty folder on the file system of `out`."""
    try:
        return part_folder(out.parent, out.name)
    except OSError as error:
        raise OutputError(f"{out}: cannot be written ({error.strerror}); choose another folder") from error


@contextmanager
def _told_of_full_disks(made: Path, out: Path) -> Iterator[None]:
    """Turn what a library raises when the disk is full, by whatever name, into a message to the user."""
    try:
        yield
    except CfspaceError:
        raise
    except Exception as error:
        is_named = isinstance(error, OSError) and error.errno in FULL
        if is_named or shutil.disk_usage(made).free < NO_ROOM_BYTES:
            raise OutputError(
                f"{out}: cannot be written, the disk is full or your share of it used up; "
                "make room, or choose a folder on another disk"
            ) from error
        raise


def _put_in_place(made: Path, out: Path, *, force: bool) -> None:
    """Give `made` the name `out`; what stood there is set aside first and removed afterwards."""
    check_output(out, force=force)  # something may have come while we worked
    if not out.exists():
        made.rename(out)
        return
    aside = Path(tempfile.mkdtemp(prefix=f".{out.name}.", suffix=".old", dir=out.parent))
    out.rename(aside / "old")
    try:
        made.rename(out)
    except OSError:
        (aside / "old").rename(out)
        raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


@contextmanager
def atomic_folder(out: Path, *, force: bool = False) -> Iterator[Path]:
    """Yield an empty folder that becomes `out` when the block ends well, and vanishes when it does not.

    Parameters
    ----------
    out
        The folder to be; parents are made. An empty folder of that name is taken over.
    force
        Replace an earlier result of cfspace.

    Raises
    ------
    OutputError
        On entering, before any work, if `out` is taken or its place cannot be written; later, if the disk
        is full.

    Examples
    --------
    >>> import tempfile
    >>> out = Path(tempfile.mkdtemp()) / "run"
    >>> with atomic_folder(out) as folder:
    ...     _ = (folder / "run.json").write_text("{}")
    ...     out.exists()
    False
    >>> [path.name for path in out.iterdir()]
    ['run.json']
    """
    out = Path(os.path.abspath(out))  # noqa: PTH100 - a link at the end is not to be followed
    check_output(out, force=force)
    made = _make_beside(out)
    try:
        with _told_of_full_disks(made, out):
            yield made
        _put_in_place(made, out, force=force)
    finally:
        shutil.rmtree(made, ignore_errors=True)


@contextmanager
def atomic_file(path: Path) -> Iterator[Path]:
    """Yield a path to write to, with the same suffix; it replaces `path` when the block ends well.

    Raises
    ------
    OutputError
        If the place cannot be written, the disk is full, or a folder has that name.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "map.html"
    >>> with atomic_file(path) as part:
    ...     _ = part.write_text("whole")
    >>> path.read_text()
    'whole'
    """
    if path.is_dir():
        raise OutputError(f"{path}: there is a folder of this name; choose another name for the file")
    made = _make_beside(path)
    try:
        part = made / path.name
        with _told_of_full_disks(made, path):
            yield part
        part.replace(path)
    finally:
        shutil.rmtree(made, ignore_errors=True)
