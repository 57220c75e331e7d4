"""Options of ``cfspace site``: what to build, by which model, within what limits, and where."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Kinds = Annotated[
    list[str],
    typer.Option(
        "--kind", help="Kind to build, such as childcare; may be given several times.", show_default=False
    ),
]
HowMany = Annotated[
    int | None,
    typer.Option("--n", min=1, help="How many, of all kinds together; default 5, or as a budget allows."),
]
Model = Annotated[
    str,
    typer.Option(
        "--model", help="max_coverage, cover_all, p_median, capacity or worst_first; see the documentation."
    ),
]
Budget = Annotated[float | None, typer.Option("--budget", min=0, help="What all may cost.")]
Costs = Annotated[
    list[str] | None, typer.Option("--cost", help="KIND=NUMBER, where a candidate has no cost; else 1.")
]
Capacities = Annotated[
    list[str] | None, typer.Option("--capacity", help="KIND=NUMBER of children that a new one holds.")
]
KnownCapacities = Annotated[
    list[str] | None, typer.Option("--known-capacity", help="The same for places whose own is not known.")
]
Importance = Annotated[
    list[str] | None, typer.Option("--importance", help="KIND=NUMBER, what a child of its ages counts.")
]
Spacing = Annotated[float, typer.Option("--spacing", min=0, help="Least metres between places of a kind.")]
Limit = Annotated[
    float | None, typer.Option("--limit", min=1, max=5000, help="For p_median: how far walks count.")
]
Indicators = Annotated[
    list[str] | None, typer.Option("--indicator", help="KIND=ID of the indicator to go by.")
]
Attributes = Annotated[list[str] | None, typer.Option("--with", help="KIND.ATTRIBUTE=VALUE of new places.")]
Candidates = Annotated[Path | None, typer.Option("--candidates", help="Layer of plots, buildings or points.")]
CandidatesDatum = Annotated[
    str, typer.Option("--datum", help="Of that layer: wgs84, gcj02, bd09 or a control-point file.")
]
InPlacesOf = Annotated[
    str | None, typer.Option("--at", help="Build in places of this kind, such as community_centre.")
]
StreetStep = Annotated[
    float | None, typer.Option("--street-step", min=20, help="Points along streets so far apart.")
]
Alternatives = Annotated[int, typer.Option("--alternatives", min=0, help="How many for each site.")]
Preview = Annotated[bool, typer.Option("--preview", help="Greedy instead of exact.")]
TimeLimit = Annotated[
    float, typer.Option("--time-limit", min=1, help="Seconds for an exact choice; then the best known.")
]
