"""What is handed to a worker and what comes back: paths and words, never tables."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Final

from cfspace._version import __version__

DONE: Final = "done"
"""The study was computed."""
UNCHANGED: Final = "unchanged"
"""Its results were there already, made of the same inputs."""
AT_FAULT: Final = "at_fault"
"""The study, or what it points to, is at fault."""
TOO_LARGE: Final = "too_large"
"""It needs more memory than a worker may have."""
BUG: Final = "bug"
"""cfspace itself failed."""
DIED: Final = "died"
"""Its worker died; it is tried again."""
SET_ASIDE: Final = "set_aside"
"""Its worker died too often."""
WAITING: Final = "waiting"
"""Not yet begun, or broken off with the batch."""

GOOD: Final = frozenset({DONE, UNCHANGED})
"""States of a study whose results are there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One study to compute.

    Attributes
    ----------
    name
        What its folder is called: the name of the study file.
    study
        Path of the study file, as every worker sees it.
    out
        Folder or address that the study's folder stands in.
    lang
        ``zh`` or ``en``; None: the study's.
    draw, cache
        As `cfspace.run` takes them.
    resume
        Whether results that are there and made of the same inputs stay.
    memory_mb
        Most memory that computing it may take; None: no bound.
    version
        The cfspace that asks: a worker with another one would mix its numbers in.
    """

    name: str
    study: str
    out: str
    lang: str | None = None
    draw: bool = True
    cache: bool = True
    resume: bool = False
    memory_mb: float | None = None
    version: str = __version__

    def to_json(self) -> str:
        """Return the task as one line."""
        return json.dumps(asdict(self), ensure_ascii=True)

    @classmethod
    def from_json(cls, line: str) -> Task:
        """Return the task that a line tells."""
        return cls(**json.loads(line))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How it went with a study.

    Attributes
    ----------
    state
        ``done``, ``unchanged``, ``at_fault``, ``too_large``, ``bug``, ``died``, ``set_aside`` or ``waiting``.
    message
        Where it did not go well: what happened and what to do.
    seconds
        How long it took.
    peak_mb
        Most memory held; None where nobody could tell.
    worker
        Where it ran.
    deaths
        How many workers died over it.
    """

    state: str
    message: str = ""
    seconds: float = 0.0
    peak_mb: float | None = None
    worker: str = ""
    deaths: int = 0

    @property
    def is_good(self) -> bool:
        """Whether the study's results are there."""
        return self.state in GOOD

    def as_dict(self) -> dict[str, Any]:
        """Return the outcome as plain values."""
        return asdict(self)
