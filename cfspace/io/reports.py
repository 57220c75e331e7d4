"""What reading a file did to it: counts, rows left out and why, rows repaired and how."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Dropped:
    """One row left out: its number as a person counts in the file, and why."""

    row: int
    reason: str


@dataclass(frozen=True, slots=True)
class Repaired:
    """One row kept after a repair: its number as a person counts in the file, and what was done."""

    row: int
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerReport:
    """What reading one layer did.

    ``rows`` = ``kept`` + ``filtered`` + the number of ``dropped``.
    """

    layer: str
    file: str
    rows: int
    kept: int
    filtered: int = 0
    dropped: tuple[Dropped, ...] = ()
    repaired: tuple[Repaired, ...] = ()
    declared: str = "wgs84"
    crs: str | None = None
    encoding: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Notebook:
    """Collects what happens while one layer is read; made into a report at the end."""

    layer: str
    path: Path
    dropped: list[Dropped] = field(default_factory=list)
    repaired: list[Repaired] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def where(self) -> str:
        """How messages begin: the layer and its file."""
        return f"{self.layer} ({self.path.name})"

    def drop(self, rows: Iterable[int], reason: str) -> None:
        """Note rows left out for one reason."""
        self.dropped.extend(Dropped(int(row), reason) for row in rows)

    def repair(self, rows: Iterable[int], what: str) -> None:
        """Note rows repaired in one way."""
        self.repaired.extend(Repaired(int(row), what) for row in rows)

    def report(
        self, *, rows: int, kept: int, filtered: int, declared: str, crs: str | None, encoding: str | None
    ) -> LayerReport:
        """Return the report, rows in the file's order."""
        return LayerReport(
            layer=self.layer,
            file=str(self.path),
            rows=rows,
            kept=kept,
            filtered=filtered,
            dropped=tuple(sorted(self.dropped, key=lambda drop: drop.row)),
            repaired=tuple(sorted(self.repaired, key=lambda repair: repair.row)),
            declared=declared,
            crs=crs,
            encoding=encoding,
            notes=tuple(self.notes),
        )


def some_rows(rows: Sequence[int], *, most: int = 5) -> str:
    """Return row numbers for a message: the first few, and how many there are.

    Examples
    --------
    >>> some_rows([7])
    'row 7'
    >>> some_rows([2, 3, 5, 7, 11, 13, 17])
    'rows 2, 3, 5, 7, 11 and 2 more'
    """
    shown = ", ".join(str(row) for row in rows[:most])
    more = f" and {len(rows) - most} more" if len(rows) > most else ""
    return f"row{'s' if len(rows) > 1 else ''} {shown}{more}"


def some_names(names: Iterable[str], *, most: int = 30) -> str:
    """Return names for a message: the first many, and how many there are.

    Examples
    --------
    >>> some_names(["名称", "经度", "纬度"])
    '名称, 经度, 纬度'
    """
    listed = [str(name) for name in names]
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more if listed else "none"
