"""``cfspace links``: which gate, crossing or bridge to open."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cfspace.cli import console


def links(
    study: Annotated[Path, typer.Argument(help="Study file (TOML).", show_default=False)],
    out: Annotated[Path, typer.Option("--out", help="Folder to make.", show_default=False)],
    run: Annotated[Path | None, typer.Option("--run", help="A finished run of this study.")] = None,
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
    lang: Annotated[str | None, typer.Option("--lang", help="zh or en; default: the study's.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a result that is there already.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say what is being done.")] = False,
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
