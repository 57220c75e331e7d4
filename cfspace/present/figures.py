"""Figures for the report as inline SVG: no fonts to find, no files to fetch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

import geopandas as gpd
import numpy as np
import shapely

from cfspace.present.geometry import M_PER_DEG, tolerance_deg
from cfspace.present.palettes import GOOD, HATCH_GROUND, HATCH_LINE, SCORE_BREAKS

HATCH = "hatch"
_HATCH_DEF = (
    '<defs><pattern id="{id}" width="6" height="6" patternUnits="userSpaceOnUse" '
    f'patternTransform="rotate(45)"><rect width="6" height="6" fill="{HATCH_GROUND}"/>'
    f'<rect width="1.6" height="6" fill="{HATCH_LINE}"/></pattern></defs>'
)


def score_colour(score: float) -> str:
    """Return the colour of a score's class.

    Examples
    --------
    >>> score_colour(0.0) == GOOD[0], score_colour(100.0) == GOOD[-1]
    (True, True)
    """
    return GOOD[int(np.searchsorted(SCORE_BREAKS, score, side="right"))]


def _svg(width: float, height: float, title: str, body: str, *, name: str) -> str:
    return (
        f'<svg class="figure" viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(title)}" '
        f'width="{width:g}" height="{height:g}">{_HATCH_DEF.format(id=f"{HATCH}-{name}")}{body}</svg>'
    )


def ladder(
    names: Sequence[str], scores: Sequence[float], *, title: str, name: str, why: Sequence[str] | None = None
) -> str:
    """Return a bar a unit, from 0 to 100, in the order given; a unit without a score is hatched and says why.

    Parameters
    ----------
    names
        Unit names.
    scores
        Scores; NaN for none.
    title
        What the figure shows, read out by screen readers.
    name
        Name of the figure within the page, unique.
    why
        What stands instead of a number where there is no score.
    """
    row, left, bar, right = 19.0, 160.0, 290.0, 84.0
    parts = []
    for tick in (0, 20, 40, 60, 80, 100):
        x = left + bar * tick / 100
        parts.append(f'<line x1="{x:g}" x2="{x:g}" y1="14" y2="{16 + row * len(names):g}" stroke="#d5dbe1"/>')
        parts.append(f'<text x="{x:g}" y="10" class="tick" text-anchor="middle">{tick}</text>')
    for k, (label, score) in enumerate(zip(names, scores, strict=True)):
        y = 17 + row * k
        parts.append(
            f'<text x="{left - 8:g}" y="{y + 11:g}" text-anchor="end">{escape(_short(label, 12.5))}</text>'
        )
        if math.isfinite(score):
            parts.append(_bar(left, y, max(bar * score / 100, 1.0), f"{score:.1f}", score_colour(score)))
        else:
            reason = escape(why[k]) if why else ""
            parts.append(_bar(left, y, bar, reason, f"url(#{HATCH}-{name})"))
    return _svg(left + bar + right, 20 + row * len(names), title, "".join(parts), name=name)


def _bar(x: float, y: float, width: float, text: str, fill: str) -> str:
    edge = "" if fill.startswith("url") else ' stroke="#39434d" stroke-width=".5"'
    rect = f'<rect x="{x:g}" y="{y:g}" width="{width:.1f}" height="14" fill="{fill}"{edge}/>'
    return f'{rect}<text x="{x + width + 5:.1f}" y="{y + 11:g}">{text}</text>'


def spread_bar(score: float, lowest: float, highest: float, *, title: str) -> str:
    """Return a bar from the lowest to the highest unit, a mark at the mean; empty without a score."""
    if not math.isfinite(score):
        return ""
    body = '<rect x="0" y="8" width="200" height="4" fill="#e3e6e9"/>'
    width = max((highest - lowest) * 2, 1)
    body += f'<rect x="{lowest * 2:.1f}" y="6" width="{width:.1f}" height="8" fill="#9db8d3"/>'
    body += f'<circle cx="{score * 2:.1f}" cy="10" r="5" fill="{score_colour(score)}" stroke="#1d2733"/>'
    return (
        f'<svg class="spread" viewBox="-6 0 212 20" width="212" height="20" role="img" '
        f'aria-label="{escape(title)}">{body}</svg>'
    )


def score_map(
    units: gpd.GeoDataFrame, scores: Sequence[float], *, title: str, name: str, width: float = 300.0
) -> str:
    """Return the units coloured by score, north up; a unit without a score is hatched.

    Parameters
    ----------
    units
        Polygons, EPSG:4326.
    scores
        A score per unit; NaN for none.
    title, name
        As for `ladder`.
    width
        Width in pixels; the height follows, at most 1.3 times as much.
    """
    west, south, east, north = (float(v) for v in units.total_bounds)
    squeeze = math.cos(math.radians((south + north) / 2))
    scale = min(width / ((east - west) * squeeze), width * 1.3 / (north - south))
    tolerance = tolerance_deg(0.4 / scale * M_PER_DEG)
    shapes = shapely.coverage_simplify(shapely.make_valid(units.geometry.to_numpy()), tolerance)
    parts = []
    for shape, score in zip(shapes, scores, strict=True):
        fill = score_colour(score) if math.isfinite(score) else f"url(#{HATCH}-{name})"
        path = "".join(_path(ring, west, north, scale, squeeze) for ring in _rings(shape))
        parts.append(
            f'<path d="{path}" fill="{fill}" fill-rule="evenodd" stroke="#39434d" stroke-width=".6"/>'
        )
    return _svg((east - west) * squeeze * scale, (north - south) * scale, title, "".join(parts), name=name)


def _rings(shape: shapely.Geometry) -> list[shapely.Geometry]:
    polygons = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    return [ring for part in polygons for ring in (part.exterior, *part.interiors)]


def _path(ring: shapely.Geometry, west: float, north: float, scale: float, squeeze: float) -> str:
    points = shapely.get_coordinates(ring)
    x, y = (points[:, 0] - west) * squeeze * scale, (north - points[:, 1]) * scale
    return "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x, y, strict=True)) + "Z"


def _short(text: str, most: float) -> str:
    """Return a text cut to so many full-width characters; a Latin letter takes a part of one."""
    width, kept = 0.0, ""
    for sign in text:
        width += 1.0 if ord(sign) > 0x2E7F else 0.72 if sign.isupper() else 0.56
        if width > most:
            return kept.rstrip() + "…"
        kept += sign
    return kept
