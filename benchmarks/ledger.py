"""What a long job has measured so far, kept line by line: a job that is stopped goes on where it was."""

from __future__ import annotations

import hashlib
import json
import platform
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[1]
PARTS = ("cfspace", "benchmarks")
SUFFIXES = frozenset({".py", ".toml"})


def code_digest() -> str:
    """Return a digest of all code and rulebooks: measurements of two versions are not put together."""
    digest = hashlib.sha256(platform.python_version().encode())
    files = sorted(path for part in PARTS for path in (PROJECT / part).rglob("*") if path.suffix in SUFFIXES)
    for path in files:
        digest.update(path.relative_to(PROJECT).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


class Ledger:
    """Rows by part and name, in a file as soon as they are known.

    Parameters
    ----------
    path
        The file; None keeps rows for the life of the process only.
    made_with
        What all rows must have in common; a file with other rows is begun anew.
    """

    def __init__(self, path: Path | None, made_with: str) -> None:
        self._path = path
        self._rows: dict[str, dict[str, dict[str, Any]]] = {}
        self._read(made_with)

    def _read(self, made_with: str) -> None:
        if self._path is None:
            return
        lines = self._path.read_text(encoding="utf-8").splitlines() if self._path.is_file() else []
        # The last line may have been cut off with the job.
        if not lines or lines[0] != made_with:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.write_text(made_with + "\n", encoding="utf-8")
            return
        kept = [line for line in lines[1:] if line.endswith("}")]
        self._path.write_text("\n".join([made_with, *kept]) + "\n", encoding="utf-8")
        for line in kept:
            row = json.loads(line)
            self._rows.setdefault(row.pop("part"), {})[row.pop("name")] = row

    def rows(self, part: str) -> dict[str, dict[str, Any]]:
        """Return the rows of a part by name."""
        return dict(self._rows.get(part, {}))

    def add(self, part: str, name: str, **row: Any) -> None:
        """Keep a row."""
        self._rows.setdefault(part, {})[name] = row
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"part": part, "name": name, **row}) + "\n")

    def close(self) -> None:
        """Forget the file: all is measured, and the next time begins anew."""
        if self._path is not None:
            self._path.unlink()
