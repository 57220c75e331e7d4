"""Stages of a job: what is being done, and how long each took."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Stages:
    """Times the stages of a job and tells a listener of each.

    Attributes
    ----------
    listener
        Called with the stage's name when it begins, and with its seconds when it ends.
    timings_s
        Seconds by stage, in the order they were begun.

    Examples
    --------
    >>> stages = Stages()
    >>> with stages("units"):
    ...     pass
    >>> list(stages.timings_s)
    ['units']
    """

    listener: Callable[[str, float | None], None] | None = None
    timings_s: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        """Time what happens inside."""
        if self.listener is not None:
            self.listener(name, None)
        begun = time.perf_counter()
        yield
        took = time.perf_counter() - begun
        self.timings_s[name] = self.timings_s.get(name, 0.0) + took
        if self.listener is not None:
            self.listener(name, took)
