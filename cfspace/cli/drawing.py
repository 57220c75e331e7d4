"""``cfspace map`` and ``cfspace report``: drawn again from a finished run."""

from __future__ import annotations

from typing import Annotated

import typer

from cfspace.cli import console
from cfspace.cli.options import Language, RunFolder, TiandituKey, TileName


def draw_map(
    folder: RunFolder,
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
    language = console.checked_language(lang) or read_run(folder).language
    with atomic_file(folder / "map.html") as draft:
        draft.write_text(draw(folder, lang=language, tiles=background), encoding="utf-8", newline="\n")
    console.out.print(str(folder / "map.html"), markup=False)


def draw_report(
    folder: RunFolder,
    lang: Language = None,
    pdf: Annotated[
        bool, typer.Option("--pdf", help="Print it to report.pdf too (extra pdf, and Chromium or Chrome).")
    ] = False,
) -> None:
    """Write the report again from a finished run."""
    from cfspace.io.atomic import atomic_file
    from cfspace.present.report import draw_report as draw
    from cfspace.present.rundata import read_run

    language = console.checked_language(lang) or read_run(folder).language
    with atomic_file(folder / "report.html") as draft:
        draft.write_text(draw(folder, lang=language), encoding="utf-8", newline="\n")
    console.out.print(str(folder / "report.html"), markup=False)
    if pdf:
        from cfspace.present.pdf import print_page

        with atomic_file(folder / "report.pdf") as draft:
            print_page(folder / "report.html", draft)
        console.out.print(str(folder / "report.pdf"), markup=False)
