"""The interactive map: one page that opens with no network, by Folium and our own script."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from cfspace.present.areas import area_names, page_areas
from cfspace.present.basemap import page_basemap
from cfspace.present.choropleth import (
    EVIDENCE,
    legend_of_scores,
    page_cautions,
    page_levels,
    page_series,
)
from cfspace.present.hotspots import page_hotspots
from cfspace.present.messages import Catalogue, catalogue
from cfspace.present.offline import (
    cluster_css,
    cluster_js,
    leaflet_css,
    leaflet_js,
    page_file,
    page_json,
    refuse_outside,
)
from cfspace.present.points import page_facilities, page_homes
from cfspace.present.rundata import PARTIAL_BELOW, RunData, read_run
from cfspace.present.templates import page_template
from cfspace.present.tiles import Tiles
from cfspace.present.wording import date_text, in_language, task_label

SCRIPTS = (
    "decode.js",
    "paint.js",
    "canvas.js",
    "units.js",
    "homes.js",
    "gaps.js",
    "areas.js",
    "tiles.js",
    "facilities.js",
    "panel.js",
    "search.js",
    "start.js",
)
"""The page's own scripts, in the order in which they build on each other."""

MOST_CREDITS = 3
"""Licence lines that the corner of the map has room for."""

# The browser itself refuses to ask any host, even if a name in the data had found a way into the markup.
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:{hosts}; "
    "base-uri 'none'; form-action 'none'"
)


def draw_map(run_dir: Path, *, lang: str, tiles: Tiles | None = None) -> str:
    """Return ``map.html`` of a finished run: one file that asks no host for anything.

    Parameters
    ----------
    run_dir
        Folder of a finished run.
    lang
        Language of all labels, ``zh`` or ``en``.
    tiles
        An online background that a reader may switch on; the page then asks its hosts, and only then.

    Returns
    -------
    The page. The same run gives the same text.

    Raises
    ------
    RunError
        If the folder is not a finished run.
    ParameterError
        If `lang` is unknown.
    OutsideAddressError
        If the page would ask a host for something.
    """
    say = catalogue(lang)
    run = read_run(run_dir)
    blocks = {
        "cf-core": page_core(run, say) | {"tiles": None if tiles is None else _tiles(tiles)},
        "cf-places": page_facilities(run, say),
        "cf-homes": page_homes(run, say),
        "cf-gaps": page_hotspots(run, say),
        "cf-areas": page_areas(run),
        "cf-base": page_basemap(run),
    }
    html = _render(run, say, blocks, tiles)
    refuse_outside(html, page="map.html")
    return html


def _tiles(tiles: Tiles) -> dict[str, Any]:
    """Return what the page must know of its online background."""
    return {
        "urls": list(tiles.urls),
        "subdomains": tiles.subdomains,
        "max_zoom": tiles.max_zoom,
        "credit": tiles.credit,
    }


def page_core(run: RunData, say: Catalogue) -> dict[str, Any]:
    """Return what the page needs for its first paint: wordings, levels, units, series."""
    tasks = [{"id": task, "name": task_label(say, task, run.rulebook)} for task in run.tasks]
    bounds = np.vstack([units.total_bounds for units in run.units.values()])
    whole = (*bounds[:, :2].min(axis=0), *bounds[:, 2:].max(axis=0))
    return {
        "words": say.section("map"),
        "locale": say.tag,
        "weights": run.weights_kind,
        "n_homes": len(run.homes),
        "bounds": _corners(whole),
        "view": _corners(first_view(run, whole)),
        "attribution": attribution(run, say),
        "tasks": tasks,
        "score": legend_of_scores(),
        "series": page_series(run, say),
        "levels": page_levels(run, say),
        "evidence": [say(f"evidence.{name}") for name in EVIDENCE],
        "cautions": page_cautions(run, say),
    }


Bounds = tuple[float, float, float, float]
"""West, south, east, north in degrees."""


def first_view(run: RunData, whole: Bounds) -> Bounds:
    """Return what the map shows first: all units, or the homes if the data covers only some units."""
    top = next(iter(run.units.values()))
    if (top["covered_share"] >= PARTIAL_BELOW).all() or len(run.homes) == 0:
        return whole
    west, south, east, north = (float(v) for v in run.homes.total_bounds)
    wide, high = max(0.1 * (east - west), 0.005), max(0.1 * (north - south), 0.005)
    return west - wide, south - high, east + wide, north + high


def _corners(bounds: Bounds) -> list[list[float]]:
    """Return the south-west and north-east corners as Leaflet wants them."""
    west, south, east, north = (round(float(v), 5) for v in bounds)
    return [[south, west], [north, east]]


def licence_lines(run: RunData) -> list[str]:
    """Return the licence lines of the data: what pages must carry."""
    return [str(line) for line in run.meta.get("licences") or []]


def attribution(run: RunData, say: Catalogue) -> list[str]:
    """Return the licence lines for the corner of the map, where only a few have room."""
    lines = licence_lines(run)
    if len(lines) <= MOST_CREDITS:
        return lines
    return [*lines[: MOST_CREDITS - 1], say("about.more_sources", n=len(lines) - MOST_CREDITS + 1)]


def about_lines(run: RunData, say: Catalogue) -> list[str]:
    """Return what a reader should know of any page: weights, distances, unknowns, who made it."""
    return [
        say(f"about.weights.{run.weights_kind}"),
        say("about.distance"),
        say("about.unknown"),
        say(
            "about.made",
            version=run.meta.get("cfspace", ""),
            rulebook=run.rulebook.get("name", ""),
            rulebook_version=run.rulebook.get("version", ""),
        ),
    ]


def _shell(run: RunData, say: Catalogue, tiles: Tiles | None) -> str:
    """Return the page's fixed markup; texts are escaped by the template."""
    return page_template("shell.html.j2").render(
        title=say("map.title", study=run.study.get("name", "")),
        subtitle=subtitle(run, say, "map.subtitle"),
        m=say.section("map"),
        areas=None if run.areas is None else json.dumps(area_names(run, say), ensure_ascii=False),
        tiles=None if tiles is None else tiles.credit,
        about=about_lines(run, say),
        licences=licence_lines(run),
    )


def subtitle(run: RunData, say: Catalogue, key: str) -> str:
    """Return date and rulebook in words."""
    rulebook = in_language(run.rulebook.get("title") or run.rulebook.get("name", ""), say.lang)
    return say(key, date=date_text(say, str(run.study.get("snapshot", ""))), rulebook=rulebook)


def _render(run: RunData, say: Catalogue, blocks: Mapping[str, Any], tiles: Tiles | None) -> str:
    """Let Folium make the page, with everything inside it."""
    import folium
    from branca.element import Element

    page = folium.Map(tiles=None, prefer_canvas=True, zoom_snap=0.25, world_copy_jump=False)
    page._id = "cfspace"  # noqa: SLF001 - a name drawn by lot would change the page from run to run
    page.default_js, page.default_css = [], []  # each of these names a host
    figure: Any = page.get_root()
    data = "\n".join(
        f'<script type="application/json" id="{name}">{page_json(block)}</script>'
        for name, block in blocks.items()
    )
    for part, name, text in (
        (figure.header, "head", _head(run, say, tiles)),
        (figure.html, "shell", _shell(run, say, tiles)),
        (figure.html, "data", data),
    ):
        # The text goes in as a value: as a template, a name holding "{{" would be run.
        element = Element("{{ this.text }}")
        setattr(element, "text", text)  # noqa: B010 - branca declares no such attribute
        part.add_child(element, name=name)
    code = "\n".join(page_file(name) for name in SCRIPTS)
    start = f"(function () {{\n'use strict';\n{code}\nwindow.cfspace = cf;\ncf.start(map_cfspace);\n}})();"
    html = figure.render()
    return _finish(html, say, start)


def _head(run: RunData, say: Catalogue, tiles: Tiles | None) -> str:
    from markupsafe import escape

    title = escape(say("map.title", study=run.study.get("name", "")))
    policy = _POLICY.format(hosts="".join(f" {host}" for host in tiles.hosts) if tiles else "")
    return (
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n<title>{title}</title>\n'
        f"<style>{leaflet_css()}{cluster_css()}</style>\n<script>{leaflet_js()}</script>\n"
        f"<script>{cluster_js()}</script>\n<style>{page_file('map.css')}</style>"
    )


def _finish(html: str, say: Catalogue, start: str) -> str:
    """Name the page's language, and start our script after Folium has made its map."""
    head, mark, rest = html.partition("<html>")
    html = f'{head}<html lang="{say.tag}">{rest}' if mark else html
    # Folium forbids zooming the page with two fingers; those who see little need it.
    html = html.replace("maximum-scale=1.0, user-scalable=no", "maximum-scale=5.0")
    body, _, tail = html.rpartition("</script>")
    return f"{body}\n{start}\n</script>{tail}"
