"""``cfspace links``: which gate, crossing or bridge to open."""

from __future__ import annotations

from typing import Annotated

import typer

from cfspace.cli import console
from cfspace.cli.options import BaseRun, ForceResult, Language, OutFolder, StudyFile, Verbose


def links(
    study: StudyFile,
    out: OutFolder,
    run: BaseRun = None,
    indicator: Annotated[
        str | None, typer.Option("--indicator", help="Go by this one; default: all that are scored.")
    ] = None,
    longest_bridge: Annotated[
        float, typer.Option("--longest-bridge", min=1, max=2000, help="Metres.")
    ] = 300.0,
    longest_crossing: Annotated[
        float, typer.Option("--longest-crossing", min=1, max=200, help="Metres.")
    ] = 45.0,
    most: Annotated[int, typer.Option("--most", min=1, help="How many links to tell.")] = 20,
    lang: Language = None,
    force: ForceResult = False,
    verbose: Verbose = False,
) -> None:
    """Find which gate to open, crossing to make or bridge to build for most children per metre."""
    from cfspace.runs.linking import LinkOptions
    from cfspace.runs.linking_files import links as find
    from cfspace.runs.linking_files import placed

    console.set_up_logging(verbose=verbose)
    options = LinkOptions(
        indicator=indicator,
        longest_bridge_m=longest_bridge,
        longest_crossing_m=longest_crossing,
        most=most,
    )
    found = find(
        study,
        out,
        options=options,
        base=run,
        lang=console.checked_language(lang),
        force=force,
        stages=console.stages(verbose=verbose),
    )
    unit = console.WEIGHED[found.city.weights]
    for row in placed(found).to_dict("records"):
        where = f"{row['over']} {row['lon_deg']:.5f},{row['lat_deg']:.5f}"
        console.out.print(
            f"{row['link_id']:<8} {row['what']:<9} {row['length_m']:5.0f} m  +{row['children']:,.0f} {unit}, "
            f"{row['children_per_m']:,.1f} per metre  {where}",
            markup=False,
        )
    counts = ", ".join(f"{n} {what}s" for what, n in found.n_candidates.items())
    console.out.print(f"computed     {counts}", markup=False)
    console.out.print(f"written      {out}", markup=False)
