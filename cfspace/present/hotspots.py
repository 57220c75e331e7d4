"""Hot spots: where the children that an indicator leaves out live close together."""

from __future__ import annotations

from typing import Any

import numpy as np

from cfspace.present.choropleth import rule_title
from cfspace.present.geometry import hexagon_of, local_metres, point_steps, polygon_steps
from cfspace.present.hot_areas import Ground, hot_areas
from cfspace.present.messages import Catalogue
from cfspace.present.rundata import RunData
from cfspace.present.shortfalls import Shortfall, bands_of, shortfalls
from cfspace.present.wording import band_label, rule_of

CELL_WIDTHS_M = (250.0, 500.0, 1000.0, 2000.0, 4000.0)
MOST_CELLS = 4000
N_PLACES = 5
"""Hexagons that the page names where no area is dense enough to be a hot spot."""

MOST_AREAS = 8
"""Hot spots that the page outlines and names."""


def page_hotspots(run: RunData, say: Catalogue) -> dict[str, Any]:
    """Return, for each coverage, the children left out summed to hexagons, and the places with most.

    Returns
    -------
    `width_m` of the hexagons; `xy`, the middle of the homes in each; per indicator `n`, hexagon and weight in
    turns, and `places`, the hexagons with most.
    """
    found = shortfalls(run)
    page: dict[str, Any] = {"width_m": CELL_WIDTHS_M[0], "xy": [], "names": [], "series": []}
    if not found or len(run.homes) == 0:
        return page
    x_deg, y_deg = run.homes.geometry.x.to_numpy(), run.homes.geometry.y.to_numpy()
    points_m, _ = local_metres(x_deg, y_deg)
    for width_m in CELL_WIDTHS_M:
        cells, inverse = np.unique(hexagon_of(points_m, width_m=width_m), axis=0, return_inverse=True)
        if len(cells) <= MOST_CELLS:
            break
    inverse = inverse.ravel()
    n_homes = np.bincount(inverse, minlength=len(cells))
    page["width_m"] = width_m
    page["xy"] = point_steps(np.bincount(inverse, x_deg) / n_homes, np.bincount(inverse, y_deg) / n_homes)
    page["names"] = _names(run, inverse, len(cells))
    ground = Ground(run)
    page["series"] = [_series(ground, say, one, inverse, len(cells)) for one in found]
    return page


def _series(ground: Ground, say: Catalogue, one: Shortfall, inverse: Any, n_cells: int) -> dict[str, Any]:
    rule = rule_of(ground.run.rulebook, one.indicator)
    bands = bands_of(rule)
    sums = np.rint(np.bincount(inverse, one.left_out, n_cells)).astype(np.int64)
    at = np.flatnonzero(sums)
    order = at[np.argsort(-sums[at], kind="stable")]
    return {
        "indicator": one.indicator,
        "title": rule_title(rule, say.lang),
        "task": str(rule.get("task", "")),
        "band": band_label(say, f"{bands[0].split('_')[0]}_{bands[-1].split('_')[1]}"),
        "full_m": one.full_m,
        "left_out": round(float(one.left_out.sum())),
        "total": round(one.total),
        "areas": _areas(ground, one),
        "n": [int(v) for pair in zip(at, sums[at], strict=True) for v in pair],
        "places": [int(k) for k in order[:N_PLACES]],
    }


def _areas(ground: Ground, one: Shortfall) -> list[dict[str, Any]]:
    """Return the areas in which most are left out close together, with their names, most first."""
    found = hot_areas(ground, one, most=MOST_AREAS)
    return [
        {"n": row.name, "c": round(float(row.children)), "g": polygon_steps(row.geometry, tolerance_m=4.0)}
        for row in found.rename_axis(None).itertuples(index=False)
    ]


def _names(run: RunData, inverse: Any, n_cells: int) -> list[str]:
    """Return the finest unit in which each hexagon's first home lies."""
    level, units = list(run.units.items())[-1]
    names = dict(zip(units["unit_id"], units["unit_name"], strict=True))
    _, first = np.unique(inverse, return_index=True)
    ids = run.homes[f"{level}_id"].to_numpy() if f"{level}_id" in run.homes else np.full(len(run.homes), "")
    return [str(names.get(ids[k], "")) for k in first[:n_cells]]
