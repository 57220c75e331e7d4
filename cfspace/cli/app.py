"""The commands of ``cfspace``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cfspace._version import __version__
from cfspace.cli import console
from cfspace.cli.batching import batch
from cfspace.cli.console import checked_language
from cfspace.cli.linking import links
from cfspace.cli.piloting import pilots
from cfspace.cli.siting import site
from cfspace.cli.splitting import split

app = typer.Typer(
    name="cfspace",
    help="Measure how well a city's space serves its children.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

StudyFile = Annotated[Path, typer.Argument(help="Study file (TOML).", show_default=False)]
OutFolder = Annotated[Path, typer.Option("--out", help="Folder to make.", show_default=False)]
Language = Annotated[str | None, typer.Option("--lang", help="zh or en; default: the study's.")]
Force = Annotated[bool, typer.Option("--force", help="Replace a run that is there already.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Say what is being done, also in a pipe.")]
Jobs = Annotated[
    int, typer.Option("--jobs", min=1, help="Searches at a time; changes no byte of the tables.")
]


TileName = Annotated[
    str | None,
    typer.Option("--tiles", help="osm or tianditu: an online background that readers may switch on."),
]
TiandituKey = Annotated[
    str | None,
    typer.Option(
        "--tianditu-key",
        envvar="CFSPACE_TIANDITU_KEY",
        help="The key that tianditu gave you.",
        show_default=False,
    ),
]


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


def run_study(
    study: Path,
    out: Path,
    *,
    lang: str | None,
    jobs: int,
    force: bool,
    draw: bool = True,
    cache: bool = True,
    tiles: tuple[str | None, str | None] = (None, None),
    verbose: bool,
) -> None:
    """Run a study and say where its results are; `tiles` are the name and key of an online background."""
    import time

    from cfspace.present.tiles import tiles_of
    from cfspace.runs.run import run

    background = tiles_of(tiles[0], key=tiles[1])

    console.set_up_logging(verbose=verbose)
    begun = time.perf_counter()
    run(
        study,
        out,
        lang=checked_language(lang),
        jobs=jobs,
        force=force,
        draw=draw,
        cache=cache,
        tiles=background,
        stages=console.stages(verbose=verbose),
    )
    if verbose or console.err.is_terminal:
        console.err.print(f"  done in {time.perf_counter() - begun:.1f} s", markup=False)
    console.tell_run(out)


@app.command()
def run(
    study: StudyFile,
    out: OutFolder,
    lang: Language = None,
    jobs: Jobs = 1,
    force: Force = False,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Read every input anew.")] = False,
    no_draw: Annotated[bool, typer.Option("--no-draw", help="Stop after the tables.")] = False,
    tiles: TileName = None,
    tianditu_key: TiandituKey = None,
    verbose: Verbose = False,
) -> None:
    """Do the whole job: from a study file to tables, map and report."""
    run_study(
        study,
        out,
        lang=lang,
        jobs=jobs,
        force=force,
        draw=not no_draw,
        cache=not no_cache,
        tiles=(tiles, tianditu_key),
        verbose=verbose,
    )


@app.command()
def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder to make.")] = Path("cfspace-demo"),
    lang: Language = None,
    jobs: Jobs = 1,
    force: Force = False,
    verbose: Verbose = False,
) -> None:
    """Run the sample study that ships with the project: a synthetic town."""
    from cfspace.sample import sample_study

    run_study(sample_study(), out, lang=lang, jobs=jobs, force=force, verbose=verbose)


@app.command("map")
def draw_map(
    folder: Annotated[Path, typer.Argument(help="Folder of a finished run.", show_default=False)],
    lang: Language = None,
    tiles: TileName = None,
    tianditu_key: TiandituKey = None,
) -> None:
    """Draw the map again from a finished run."""
    from cfspace.io.atomic import atomic_file
    from cfspace.present.maps import draw_map as draw
    from cfspace.present.rundata import read_run
    from cfspace.present.tiles import tiles_of

    background = tiles_of(tiles, key=tianditu_key)
    language = checked_language(lang) or read_run(folder).language
    with atomic_file(folder / "map.html") as draft:
        draft.write_text(draw(folder, lang=language, tiles=background), encoding="utf-8", newline="\n")
    console.out.print(str(folder / "map.html"), markup=False)


@app.command("report")
def draw_report(
    folder: Annotated[Path, typer.Argument(help="Folder of a finished run.", show_default=False)],
    lang: Language = None,
    pdf: Annotated[
        bool, typer.Option("--pdf", help="Print it to report.pdf too (extra pdf, and Chromium or Chrome).")
    ] = False,
) -> None:
    """Write the report again from a finished run."""
    from cfspace.io.atomic import atomic_file
    from cfspace.present.report import draw_report as draw
    from cfspace.present.rundata import read_run

    language = checked_language(lang) or read_run(folder).language
    with atomic_file(folder / "report.html") as draft:
        draft.write_text(draw(folder, lang=language), encoding="utf-8", newline="\n")
    console.out.print(str(folder / "report.html"), markup=False)
    if pdf:
        from cfspace.present.pdf import print_page

        with atomic_file(folder / "report.pdf") as draft:
            print_page(folder / "report.html", draft)
        console.out.print(str(folder / "report.pdf"), markup=False)


@app.command("explain")
def explain_value(
    folder: Annotated[Path, typer.Argument(help="Folder of a finished run.", show_default=False)],
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
    from cfspace.cli.explaining import tell_explanation

    tell_explanation(
        folder,
        unit,
        indicator,
        level=level,
        age_band=ages,
        homes=homes,
        table=table,
        lang=checked_language(lang),
        force=force,
    )


@app.command("scenario")
def run_scenario(
    study: StudyFile,
    plan: Annotated[Path, typer.Argument(help="Plan file (TOML).", show_default=False)],
    out: OutFolder,
    base: Annotated[
        Path | None, typer.Option("--run", help="Finished run of the study; default: run it first.")
    ] = None,
    lang: Language = None,
    jobs: Jobs = 1,
    force: Force = False,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Read every input anew.")] = False,
    no_draw: Annotated[bool, typer.Option("--no-draw", help="Stop after the tables.")] = False,
    verbose: Verbose = False,
) -> None:
    """Compare a study before and after a plan: child impact assessment."""
    from cfspace.cli import planning

    planning.run_scenario(
        study,
        plan,
        out,
        base=base,
        lang=checked_language(lang),
        jobs=jobs,
        force=force,
        draw=not no_draw,
        cache=not no_cache,
        verbose=verbose,
    )


@app.command("trend")
def run_trend(
    runs: Annotated[list[Path], typer.Argument(help="Folders of finished runs.", show_default=False)],
    out: OutFolder,
    lang: Language = None,
    force: Force = False,
) -> None:
    """Change between snapshots: built, closed, or only mapped."""
    from cfspace.cli import planning

    planning.run_trend(runs, out, lang=checked_language(lang), force=force)


@app.command()
def check(
    study: StudyFile,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a page.")] = False,
    html: Annotated[Path | None, typer.Option("--html", help="Write the page as HTML too (.html).")] = None,
    verbose: Verbose = False,
) -> None:
    """Validate every input before any computing; all faults at once."""
    from cfspace.cli.checking import check_study

    console.set_up_logging(verbose=verbose)
    raise typer.Exit(check_study(study, as_json=as_json, html=html))


@app.command("fetch")
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
    from cfspace.cli import fetching
    from cfspace.io.fetch import Wish

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
    fetching.fetch_place(
        wish,
        out,
        overpass=overpass,
        nominatim=nominatim,
        timeout_s=timeout,
        tries=tries,
        tile_km=tile_km,
        force=force,
        verbose=verbose,
    )


@app.command()
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


@app.command()
def rulebook(
    name: Annotated[str, typer.Argument(help="A shipped rulebook, or the path of one.")] = "jilin-2022",
    other: Annotated[str | None, typer.Argument(help="Another, to compare with.", show_default=False)] = None,
    copy: Annotated[
        Path | None, typer.Option("--copy", help="Write its TOML here, to be changed.", show_default=False)
    ] = None,
    wide: Annotated[bool, typer.Option("--wide", help="Every column, however narrow the window.")] = False,
    form: Annotated[
        str, typer.Option("--format", help="table, or csv or json with every column for programs.")
    ] = "table",
    lang: Language = None,
) -> None:
    """Show, validate, copy or compare rulebooks."""
    from cfspace.cli.rulebook_pages import compare, copy_to, show

    language = checked_language(lang) or "en"
    if copy is not None:
        copy_to(name, copy)
    elif other is None:
        show(name, language, form=form, wide=wide)
    else:
        compare(name, other)


app.command()(batch)
app.command()(split)


@app.command("cache")
def show_cache(
    clear: Annotated[bool, typer.Option("--clear", help="Remove everything kept.")] = False,
) -> None:
    """Show what earlier runs have kept of their inputs, or remove it."""
    from cfspace.cli.caching import clear_cache, list_cache

    if clear:
        clear_cache()
    else:
        list_cache()


app.command()(site)
app.command()(links)
app.command()(pilots)
