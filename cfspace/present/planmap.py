"""A page that shows what is proposed on a map: sites or links, whom they help, and a table beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np

from cfspace.present.geometry import line_steps, point_steps, polygon_steps
from cfspace.present.messages import Catalogue
from cfspace.present.offline import leaflet_css, leaflet_js, page_file, page_json, refuse_outside
from cfspace.present.palettes import PLANNED
from cfspace.present.templates import page_template

STREETS_TOLERANCE_M = 6.0
UNITS_TOLERANCE_M = 4.0

_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; "
    "base-uri 'none'; form-action 'none'"
)


@dataclass(frozen=True, eq=False, kw_only=True)
class PlanPage:
    """What a page of proposals shows; frames in EPSG:4326.

    Attributes
    ----------
    title, subtitle
        Its heading.
    proposals
        Points or lines, numbered from 1 in their order.
    popups
        What is told of each when it is chosen.
    others
        Further points: alternatives.
    places
        What is there already, points.
    homes, states
        Homes, and for each 0 (nothing changes for it), 1 (newly within reach) or 2 (left out).
    streets, units
        Lines and polygons behind it.
    head, rows
        The table.
    notes
        What a reader should know.
    licences
        Credit lines.
    legend
        Words for newly within reach, left out, there already, alternatives; empty ones are not shown.
    """

    title: str
    subtitle: str
    proposals: gpd.GeoDataFrame
    popups: Sequence[str]
    homes: gpd.GeoDataFrame
    states: Sequence[int]
    streets: gpd.GeoSeries
    units: gpd.GeoSeries
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str]
    licences: Sequence[str]
    legend: Mapping[str, str]
    others: gpd.GeoSeries = field(default_factory=lambda: gpd.GeoSeries([], crs=4326))
    places: gpd.GeoSeries = field(default_factory=lambda: gpd.GeoSeries([], crs=4326))


def draw_plan_page(page: PlanPage, say: Catalogue, *, name: str) -> str:
    """Return the page: one file that asks no host for anything.

    Parameters
    ----------
    page
        What it shows.
    say
        Its language.
    name
        What the file is called in messages.

    Raises
    ------
    OutsideAddressError
        If the page would ask a host for something.
    """
    from markupsafe import Markup

    colours = f":root {{ {' '.join(f'--{key}: {colour};' for key, colour in PLANNED.items())} }}\n"
    html = page_template("plan.html.j2").render(
        lang=say.tag,
        policy=_POLICY,
        title=page.title,
        subtitle=page.subtitle,
        css=Markup(leaflet_css() + colours + page_file("plan.css")),
        leaflet=Markup(leaflet_js()),
        script=Markup(page_file("plan.js")),
        data=Markup(page_json(_data(page))),
        head=page.head,
        rows=page.rows,
        notes=page.notes,
        licences=page.licences,
        legend=page.legend,
        about=say("about.distance"),
    )
    refuse_outside(html, page=name)
    return html


def _data(page: PlanPage) -> dict[str, Any]:
    homes = page.homes.geometry
    states = np.asarray(page.states, np.int64)
    west, south, east, north = (round(float(v), 5) for v in _bounds(page))
    return {
        "bounds": [[south, west], [north, east]],
        "units": [polygon_steps(one, tolerance_m=UNITS_TOLERANCE_M) for one in page.units],
        "streets": line_steps(page.streets, tolerance_m=STREETS_TOLERANCE_M),
        "homes": [_points(homes[states == state]) for state in range(3)],
        "others": _points(page.others),
        "places": _points(page.places),
        "proposals": [_shape(one) for one in page.proposals.geometry],
        "popups": list(page.popups),
        "colours": PLANNED,
        "credit": page.licences[0].split(" · ")[0] if page.licences else "",
    }


def _bounds(page: PlanPage) -> tuple[float, ...]:
    shown = page.proposals if len(page.proposals) else page.homes
    bounds = shown.total_bounds
    wide, high = max(0.15 * (bounds[2] - bounds[0]), 0.004), max(0.15 * (bounds[3] - bounds[1]), 0.004)
    return bounds[0] - wide, bounds[1] - high, bounds[2] + wide, bounds[3] + high


def _points(points: gpd.GeoSeries) -> list[int]:
    return point_steps(points.x.to_numpy(float), points.y.to_numpy(float)) if len(points) else []


def _shape(shape: Any) -> list[list[float]]:
    """Return a point or line as latitude and longitude of its corners."""
    return [[round(y, 6), round(x, 6)] for x, y in shape.coords]
