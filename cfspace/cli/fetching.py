"""``cfspace fetch``: a place by its name, as a folder with a study that runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from cfspace.cli import console
from cfspace.cli.options import Force, OutFolder, Verbose


def fetch_place(
    out: OutFolder,
    place: Annotated[str | None, typer.Argument(help="Name of a place.", show_default=False)] = None,
    bbox: Annotated[str | None, typer.Option("--bbox", help="W,S,E,N in degrees, instead of a name.")] = None,
    boundary: Annotated[Path | None, typer.Option("--boundary", help="Outline, instead of a name.")] = None,
    datum: Annotated[str, typer.Option("--datum", help="Of the outline: wgs84, gcj02 or bd09.")] = "wgs84",
    pbf: Annotated[Path | None, typer.Option("--pbf", help="Cut it out of this large OSM file.")] = None,
    name: Annotated[str | None, typer.Option("--name", help="What to call the place.")] = None,
    margin: Annotated[float, typer.Option("--margin", help="Metres around it.")] = 3000.0,
    admin_level: Annotated[
        int | None, typer.Option("--admin-level", help="Units from OSM boundaries of this level.")
    ] = None,
    lang: Annotated[str, typer.Option("--lang", help="zh or en.")] = "zh",
    overpass: Annotated[
        str, typer.Option("--overpass", envvar="CFSPACE_OVERPASS_URL", help="Overpass interpreter.")
    ] = "https://overpass-api.de/api/interpreter",
    nominatim: Annotated[
        str, typer.Option("--nominatim", envvar="CFSPACE_NOMINATIM_URL", help="Nominatim server.")
    ] = "https://nominatim.openstreetmap.org/",
    timeout: Annotated[float, typer.Option("--timeout", min=1, help="Seconds for one answer.")] = 180.0,
    tries: Annotated[int, typer.Option("--tries", min=1, help="How often to ask.")] = 6,
    tile_km: Annotated[float, typer.Option("--tile-km", min=0.5, help="Edge of one request's tile.")] = 10.0,
    force: Force = False,
    verbose: Verbose = False,
) -> None:
    """Fetch a place from OpenStreetMap, with a study file that runs."""
    from cfspace.io.fetch import Servers, Wish, fetch
    from cfspace.io.fetch_overpass import Overpass
    from cfspace.io.fetch_web import Manners

    console.set_up_logging(verbose=verbose)
    wish = Wish(
        place=place,
        box=bbox,
        boundary=boundary,
        datum=datum,
        pbf=pbf,
        name=name,
        margin_m=margin,
        admin_level=admin_level,
        language=lang,
    )
    manners = Manners(timeout_s=timeout, tries=tries)
    servers = Servers(
        nominatim=nominatim, overpass=Overpass(url=overpass, manners=manners, tile_m=tile_km * 1000.0)
    )
    _tell_fetched(fetch(wish, out, servers=servers, force=force, tell=_teller(verbose=verbose)))


def _tell_fetched(study: Path) -> None:
    """Print what was written, and what to do next."""
    for path in sorted(study.parent.iterdir()):
        if not path.name.startswith("."):
            console.out.print(str(path), markup=False)
    console.out.print(origin_of(study), markup=False)
    console.out.print(f"Next: cfspace check {study}", markup=False)
    console.out.print("Map data © OpenStreetMap contributors, ODbL", markup=False)


def origin_of(study: Path) -> str:
    """Return what was taken for the place, as its study file tells: several may share one name."""
    lines = study.read_text(encoding="utf-8").splitlines()
    return lines[1].removeprefix("# ")


def _teller(*, verbose: bool) -> Callable[[str], None]:
    """Return what tells of each step, on a terminal or where asked to."""

    def tell(words: str) -> None:
        if verbose or console.err.is_terminal:
            console.err.print(f"  {words} ...", markup=False)

    return tell
