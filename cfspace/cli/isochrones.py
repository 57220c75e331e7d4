"""``cfspace isochrones``: service areas as polygons."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cfspace.cli import console
from cfspace.cli.options import Force, StudyFile, Verbose


def isochrones(
    study: StudyFile,
    kind: Annotated[str, typer.Option("--kind", help="Facility kind, such as library.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", help="GeoPackage to write (.gpkg).", show_default=False)],
    metres: Annotated[str, typer.Option("--metres", help="Walks, such as 500,1000.")] = "500,1000",
    each: Annotated[
        bool, typer.Option("--each", help="An area per facility; else one for the kind.")
    ] = False,
    from_homes: Annotated[bool, typer.Option("--from-homes", help="Around homes, not facilities.")] = False,
    lines: Annotated[bool, typer.Option("--lines", help="Also a layer of the streets reached.")] = False,
    bands: Annotated[
        bool, typer.Option("--bands", help="Without overlap: each less the one before.")
    ] = False,
    exact: Annotated[
        bool, typer.Option("--exact", help="Buffers united, not a raster contoured: slower.")
    ] = False,
    force: Force = False,
    verbose: Verbose = False,
) -> None:
    """Write service areas as polygons."""
    from cfspace.cli.service_areas import write_isochrones

    console.set_up_logging(verbose=verbose)
    write_isochrones(
        study,
        out,
        kind=kind,
        metres=metres,
        each=each,
        from_homes=from_homes,
        lines=lines,
        bands=bands,
        method="exact" if exact else "fast",
        force=force,
        stages=console.stages(verbose=verbose),
    )
