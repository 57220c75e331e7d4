"""``cfspace explain``: how one number of a finished run came about."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cfspace.cli import console
from cfspace.cli.options import Force, Language, RunFolder
from cfspace.errors import OutputError, ParameterError

if TYPE_CHECKING:
    import geopandas as gpd


def explain_value(
    folder: RunFolder,
    unit: Annotated[str, typer.Option("--unit", help="Id or name of a unit.", show_default=False)],
    indicator: Annotated[str, typer.Option("--indicator", help="Such as LIB-1.", show_default=False)],
    level: Annotated[str | None, typer.Option("--level", help="The unit's level, if names repeat.")] = None,
    ages: Annotated[str | None, typer.Option("--ages", help="An age band; default: all together.")] = None,
    homes: Annotated[Path | None, typer.Option("--homes", help="Homes left out, as GeoJSON.")] = None,
    table: Annotated[Path | None, typer.Option("--list", help="Homes left out, as CSV.")] = None,
    lang: Language = None,
    force: Force = False,
) -> None:
    """Say how one number of a finished run came about."""
    from cfspace.cli.explanation_lines import lines
    from cfspace.present.rundata import read_run
    from cfspace.runs.explaining import explain

    language = console.checked_language(lang)
    for option, path, suffix in (("--homes", homes, ".geojson"), ("--list", table, ".csv")):
        _check_file(option, path, suffix, force=force)
    run = read_run(folder)
    found = explain(run, unit, indicator, level=level, age_band=ages)
    out = found.left_out
    if out is None and (homes or table):
        raise ParameterError(
            f"{found.rule.id}: its measure {found.rule.measure} asks no homes; leave out --homes and --list"
        )
    for line in lines(found, language or run.language):
        console.out.print(line, markup=False)
    if out is not None and homes is not None:
        write_homes(out, homes)
    if out is not None and table is not None:
        write_list(out, table)


def write_homes(homes: gpd.GeoDataFrame, path: Path) -> None:
    """Write homes left out as GeoJSON; a walk that reached nothing is null, and `why` says so."""
    import numpy as np

    from cfspace.io.atomic import atomic_file

    plain = homes.replace({np.inf: np.nan})
    with atomic_file(path) as draft:
        plain.to_file(draft, driver="GeoJSON", engine="pyogrio")


def write_list(homes: gpd.GeoDataFrame, path: Path) -> None:
    """Write homes left out as CSV, with their longitude and latitude."""
    from cfspace.io.atomic import atomic_file

    table = homes.assign(lon_deg=homes.geometry.x.round(7), lat_deg=homes.geometry.y.round(7))
    with atomic_file(path) as draft:
        table.drop(columns="geometry").to_csv(draft, index=False, encoding="utf-8-sig", lineterminator="\n")


def _check_file(option: str, path: Path | None, suffix: str, *, force: bool) -> None:
    if path is None:
        return
    if path.suffix.lower() != suffix:
        raise OutputError(f"{option}: {path} does not end in {suffix}; give such a name")
    if path.exists() and not force:
        raise OutputError(f"{option}: {path} exists already; choose another name, or add --force")
