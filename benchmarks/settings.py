"""How large a benchmark is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.networks import shared_folder
from benchmarks.results import JobResult

LIMIT_M = 1500.05
"""A twentieth of a metre above the limit meant: lengths are whole decimetres, so that no sum of them
lies at the limit, where the last digit of a float would decide."""

BREAKS_M = (500.05, 1000.05, 1500.05)


def spread(n: int, smallest: int, largest: int) -> tuple[int, ...]:
    """Return `n` sizes, each larger than the one before by the same factor."""
    return tuple(round(smallest * (largest / smallest) ** (k / (n - 1))) for k in range(n))


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Sizes and rounds; the defaults are those of the goals, tests take smaller ones.

    Attributes
    ----------
    sizes
        Junctions of the generated networks.
    rounds
        How often each case is timed.
    n_kinds, per_kind
        Kinds of facilities, and facilities of each.
    n_counted, n_paired
        Facilities that are counted around homes, and paired with them.
    n_isochrones
        Facilities whose service areas are drawn.
    growth
        Junctions, smallest and largest, between which time a node is compared.
    province, drawn
        Junctions of the cities that `cfspace batch` computes, and of those that it also draws.
    split
        Junctions of the city that is split, and into how many parts.
    kept
        Folder in which long jobs keep what they have measured so far; None: nowhere.
    minutes
        After how many a long job stops until it is started again; None: when all is measured.
    jobs
        Threads that cfspace may use.
    shared
        Folder of real data; None leaves real cities out.
    """

    sizes: tuple[int, ...] = (10_000, 100_000, 1_000_000)
    rounds: int = 7
    n_kinds: int = 15
    per_kind: int = 500
    n_counted: int = 500
    n_paired: int = 2_000
    n_isochrones: int = 40
    growth: tuple[int, ...] = (100_000, 400_000, 1_000_000, 4_000_000)
    province: tuple[int, ...] = field(default_factory=lambda: spread(60, 20_000, 200_000))
    drawn: tuple[int, ...] = (20_000, 60_000, 200_000)
    split: tuple[int, int] = (1_000_000, 4)
    kept: Path | None = None
    minutes: float | None = None
    jobs: int = 2
    shared: Path | None = field(default_factory=shared_folder)


def tiny() -> Settings:
    """Return the smallest sizes at which every job still does all it does."""
    return Settings(
        sizes=(900,),
        rounds=1,
        n_kinds=2,
        per_kind=20,
        n_counted=20,
        n_paired=20,
        n_isochrones=3,
        growth=(900,),
        province=(400, 900),
        drawn=(),
        split=(900, 2),
        shared=None,
    )


Job = Callable[[Settings], JobResult]
