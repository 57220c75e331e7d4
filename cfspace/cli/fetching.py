"""``cfspace fetch``: a place by its name, as a folder with a study that runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cfspace.cli import console
from cfspace.io.fetch import Servers, Wish, fetch
from cfspace.io.fetch_overpass import Overpass
from cfspace.io.fetch_web import Manners


def fetch_place(
    wish: Wish,
    out: Path,
    *,
    overpass: str,
    nominatim: str,
    timeout_s: float,
    tries: int,
    tile_km: float,
    force: bool,
    verbose: bool,
) -> None:
    """Fetch, tell what is being done on a terminal or where asked to, and say what to do next."""
    manners = Manners(timeout_s=timeout_s, tries=tries)
    servers = Servers(
        nominatim=nominatim, overpass=Overpass(url=overpass, manners=manners, tile_m=tile_km * 1000.0)
    )
    study = fetch(wish, out, servers=servers, force=force, tell=_teller(verbose=verbose))
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
    def tell(words: str) -> None:
        if verbose or console.err.is_terminal:
            console.err.print(f"  {words} ...", markup=False)

    return tell
