"""``before_after.html``: every home before and after a plan, on one page that opens with no network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from cfspace.present.basemap import page_basemap
from cfspace.present.geometry import line_steps, point_steps, polygon_steps
from cfspace.present.impact import Impact, edit_text, indicator_title, read_impact
from cfspace.present.maps import about_lines, attribution, licence_lines, subtitle
from cfspace.present.messages import Catalogue, catalogue
from cfspace.present.offline import leaflet_css, leaflet_js, page_file, page_json, plain, refuse_outside
from cfspace.present.palettes import CHANGED
from cfspace.present.shortfalls import weights_of
from cfspace.present.templates import page_template

STATES = ("", "served", "left_out", "gains", "loses", "new_served", "new_left_out", "unmeasured")
"""What becomes of a home; in the page a digit each."""
MOST_INDICATORS = 12
MOST_UNITS = 400


def draw_change_map(folder: Path, *, lang: str) -> str:
    """Return the before/after map of a finished scenario: one file that asks no host for anything.

    Parameters
    ----------
    folder
        Folder that ``cfspace scenario`` wrote.
    lang
        ``zh`` or ``en``.

    Returns
    -------
    The page. The same scenario gives the same text.

    Raises
    ------
    RunError
        If the folder is not a scenario.
    ParameterError
        If `lang` is unknown.
    OutsideAddressError
        If the page would ask a host for something.
    """
    from markupsafe import Markup

    say = catalogue(lang)
    impact = read_impact(folder)
    blocks = {"cf-core": _core(impact, say), "cf-base": page_basemap(impact.run)}
    scripts = "\n".join(page_file(name) for name in ("decode.js", "change.js"))
    html = page_template("change.html.j2").render(
        lang=say.tag,
        title=say("change.title", plan=str(impact.plan["name"])),
        subtitle=f"{impact.run.study.get('name', '')} · {subtitle(impact.run, say, 'map.subtitle')}",
        say=say,
        css=Markup(leaflet_css() + page_file("change.css")),
        leaflet=Markup(leaflet_js()),
        about=about_lines(impact.run, say),
        licences=licence_lines(impact.run),
        data=[(name, Markup(page_json(block))) for name, block in blocks.items()],
        code=Markup(f"(function () {{\n'use strict';\n{scripts}\ncf.startChange();\n}})();"),
    )
    refuse_outside(html, page="before_after.html")
    return html


def _core(impact: Impact, say: Catalogue) -> dict[str, Any]:
    run = impact.run
    units = next(
        (u for u in reversed([*run.units.values()]) if len(u) <= MOST_UNITS), run.units[next(iter(run.units))]
    )
    bounds = _view(impact)
    changes = impact.home_changes
    totals = impact.totals()
    shown = [str(name) for name in changes.columns if name != "home_id"]
    moved = totals.loc[[name for name in shown if name in totals.index]]
    order = (-(moved["gaining"] + moved["losing"])).sort_values(kind="stable").index[:MOST_INDICATORS]
    homes = run.homes
    return {
        "words": say.section("change"),
        "colours": CHANGED,
        "who": say(f"weights.{run.weights_kind}"),
        "locale": say.tag,
        "bounds": bounds,
        "attribution": attribution(run, say),
        "homes": {
            "at": point_steps(homes.geometry.x.to_numpy(), homes.geometry.y.to_numpy()),
            "weight": [plain(float(value), 1) for value in weights_of(run)],
        },
        "series": [
            {
                "id": name,
                "name": indicator_title(impact, str(name), say),
                "codes": "".join(str(STATES.index(state)) for state in changes[str(name)]),
                "gaining": plain(float(moved.loc[name, "gaining"]), 0),
                "losing": plain(float(moved.loc[name, "losing"]), 0),
            }
            for name in order
        ],
        "units": [
            {"name": str(unit_name), "shape": polygon_steps(shape, tolerance_m=3.0)}
            for unit_name, shape in zip(units["unit_name"], units.geometry, strict=True)
        ],
        "edits": _edits(impact, say),
    }


def _edits(impact: Impact, say: Catalogue) -> list[dict[str, Any]]:
    found = []
    for number, edit in enumerate(impact.edits, start=1):
        shapes = impact.drawn[impact.drawn["edit"] == number]
        parts = []
        for row in shapes.itertuples():
            if row.geometry.geom_type == "Point":
                parts.append(
                    {"do": row.do, "at": point_steps(*(np.array([v]) for v in row.geometry.coords[0][:2]))}
                )
            else:
                parts.extend(
                    {"do": row.do, "line": one} for one in line_steps([row.geometry], tolerance_m=0.5)
                )
        found.append({"text": edit_text(impact, edit, say), "parts": parts})
    return found


def _view(impact: Impact) -> list[list[float]]:
    """Return what the map shows first: the edits and all homes that change."""
    changes = impact.home_changes.drop(columns="home_id")
    moved = changes.isin(["gains", "loses", "new_served", "new_left_out"]).any(axis=1).to_numpy(bool)
    boxes = [impact.drawn.total_bounds]
    if moved.any():
        boxes.append(impact.run.homes[moved].total_bounds)
    west, south, east, north = (
        float(v) for v in (*np.min([b[:2] for b in boxes], axis=0), *np.max([b[2:] for b in boxes], axis=0))
    )
    wide, high = max(0.08 * (east - west), 0.002), max(0.08 * (north - south), 0.002)
    return [[round(south - high, 5), round(west - wide, 5)], [round(north + high, 5), round(east + wide, 5)]]
