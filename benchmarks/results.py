"""What a job finds out, as it travels from the job's process to the report."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks.timing import Ratio, Timing


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Time of cfspace over time of a peer, in one process, in turns.

    Attributes
    ----------
    what
        The job and its size.
    ours, peer
        What was called.
    ours_s, peer_s
        Median seconds of each.
    ratio
        Ours over the peer's, by the clock.
    cpu
        The same by processor time, threads added up: what a busy machine changes less.
    goal
        Largest ratio that meets the goal; None where none is set.
    """

    what: str
    ours: str
    peer: str
    ours_s: float
    peer_s: float
    ratio: Ratio
    cpu: Ratio
    goal: float | None = None

    @classmethod
    def of(
        cls, what: str, timings: dict[str, Timing], ours: str, peer: str, *, goal: float | None = None
    ) -> Comparison:
        """Compare two cases that were timed in turns."""
        mine, other = timings[ours], timings[peer]
        return cls(
            what=what,
            ours=ours,
            peer=peer,
            ours_s=mine.median_s,
            peer_s=other.median_s,
            ratio=Ratio.of(mine.wall_s, other.wall_s),
            cpu=Ratio.of(mine.cpu_s, other.cpu_s),
            goal=goal,
        )

    @property
    def is_missed(self) -> bool:
        """Whether there is a goal and the ratio is above it."""
        return self.goal is not None and self.ratio.median > self.goal


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A goal that is no ratio of times: memory, growth, agreement."""

    what: str
    value: str
    goal: str
    is_met: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Figures beside the comparisons."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobResult:
    """Everything a job found out.

    Attributes
    ----------
    job, title
        Its name, and what it measures.
    comparisons, checks, tables
        The figures.
    notes
        What a reader should know about them.
    missing
        Peers that were not there, with the reason.
    profiles
        Title and text: where the time of a goal that is missed goes.
    environment
        Machine and versions.
    """

    job: str
    title: str
    comparisons: list[Comparison] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    profiles: list[tuple[str, str]] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def misses_a_goal(self) -> bool:
        """Whether any comparison or check misses its goal."""
        return any(one.is_missed for one in self.comparisons) or not all(one.is_met for one in self.checks)


def save(result: JobResult, path: Path) -> None:
    """Write a result as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(result), indent=1, ensure_ascii=False), encoding="utf-8")


def load(path: Path) -> JobResult:
    """Read a result that `save` wrote."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    comparisons = [
        Comparison(**{**one, "ratio": Ratio(**one["ratio"]), "cpu": Ratio(**one["cpu"])})
        for one in raw["comparisons"]
    ]
    tables = [
        Table(title=one["title"], columns=tuple(one["columns"]), rows=tuple(map(tuple, one["rows"])))
        for one in raw["tables"]
    ]
    return JobResult(
        job=raw["job"],
        title=raw["title"],
        comparisons=comparisons,
        checks=[Check(**one) for one in raw["checks"]],
        tables=tables,
        notes=raw["notes"],
        missing=raw["missing"],
        profiles=[(title, text) for title, text in raw["profiles"]],
        environment=raw["environment"],
    )
