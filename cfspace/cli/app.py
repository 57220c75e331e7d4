"""The commands of ``cfspace``, in the order in which its help tells them."""

from __future__ import annotations

from typing import Annotated

import typer

from cfspace._version import __version__
from cfspace.cli import console
from cfspace.cli.batching import batch
from cfspace.cli.caching import show_cache
from cfspace.cli.checking import check
from cfspace.cli.drawing import draw_map, draw_report
from cfspace.cli.explaining import explain_value
from cfspace.cli.fetching import fetch_place
from cfspace.cli.isochrones import isochrones
from cfspace.cli.linking import links
from cfspace.cli.piloting import pilots
from cfspace.cli.planning import run_scenario, run_trend
from cfspace.cli.rulebooks import rulebook
from cfspace.cli.running import demo, run
from cfspace.cli.siting import site
from cfspace.cli.splitting import split

app = typer.Typer(
    name="cfspace",
    help="Measure how well a city's space serves its children.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _show_version(value: bool) -> None:
    if value:
        console.out.print(f"cfspace {__version__}", markup=False)
        raise typer.Exit


@app.callback()
def cfspace(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    """Measure how well a city's space serves its children."""


app.command()(run)
app.command()(demo)
app.command("map")(draw_map)
app.command("report")(draw_report)
app.command("explain")(explain_value)
app.command("scenario")(run_scenario)
app.command("trend")(run_trend)
app.command()(check)
app.command("fetch")(fetch_place)
app.command()(isochrones)
app.command()(rulebook)
app.command()(batch)
app.command()(split)
app.command("cache")(show_cache)
app.command()(site)
app.command()(links)
app.command()(pilots)
