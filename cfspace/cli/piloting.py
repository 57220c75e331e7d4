"""``cfspace pilots``: which units to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cfspace.cli import console
from cfspace.cli.options import ForceResult, OutFolder, RunFolder


def pilots(
    folder: RunFolder,
    out: OutFolder,
    weights: Annotated[
        Path | None, typer.Option("--weights", help="File of weights (TOML); default: the shipped one.")
    ] = None,
    most: Annotated[int, typer.Option("--most", min=1, help="Candidates of each level with a sheet.")] = 3,
    lang: Annotated[str | None, typer.Option("--lang", help="zh or en; default: the run's.")] = None,
    force: ForceResult = False,
) -> None:
    """Rank units as pilot candidates and draft an evidence sheet for each."""
    from cfspace.planning.pilots import candidates
    from cfspace.runs.piloting import pilots as rank

    ranking = rank(folder, out, weights=weights, most=most, lang=console.checked_language(lang), force=force)
    for row in candidates(ranking, most=most).to_dict("records"):
        firm = "firm" if row["is_firm"] else f"ranks {row['rank_low']}-{row['rank_high']}"
        console.out.print(
            f"{row['unit_level']:<10} {row['rank']:>2}  {row['unit_name']} ({row['unit_id']})  "
            f"{row['score']:.1f}  {firm}",
            markup=False,
        )
    weighs = set(ranking["homes_weigh"]) - {"children"}
    if weighs:
        by = ", ".join(sorted(console.WEIGHED[one] for one in weighs))
        console.out.print(
            f"! nobody counted children in this study: units are ranked by {by} instead; counts of "
            "children ([homes] in the study file) may change the ranking",
            markup=False,
        )
    n_silent = int(ranking["rank"].isna().sum())
    if n_silent:
        why = ", ".join(sorted(set(ranking.loc[ranking["rank"].isna(), "why_not"])))
        console.out.print(f"not ranked   {n_silent} units ({why})", markup=False)
    console.out.print(f"written      {out}", markup=False)
