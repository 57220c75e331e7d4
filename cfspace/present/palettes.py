"""Colours and classes: safe for colour-blind readers, and in order of lightness for grey print."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

GOOD: tuple[str, ...] = ("#fff3b8", "#a8d8b0", "#4fb3bf", "#2878b0", "#1c2f7c")
"""Low to high of what one wants much of: pale yellow to dark blue (after ColorBrewer YlGnBu)."""

FAR: tuple[str, ...] = ("#fde9cf", "#f9bd83", "#ea7f45", "#bf4420", "#6b1a10")
"""Near to far: pale orange to dark brown (after ColorBrewer OrRd)."""

SCORE_BREAKS: tuple[float, ...] = (20.0, 40.0, 60.0, 80.0)
"""Where the five classes of a score (0-100) part."""

SHARE_BREAKS: tuple[float, ...] = (0.2, 0.4, 0.6, 0.8)
"""Where the five classes of a share (0-1) part."""

GREYED: tuple[str, ...] = ("no_data", "partial_extract", "few_children", "not_at_level")
"""Statuses that are hatched, never coloured."""

HATCH_GROUND, HATCH_LINE = "#d2d6da", "#6f747a"
"""Greys of the hatching; dark enough that with no colour vision type they pass for a class."""

PLANNED: dict[str, str] = {
    "none": "#9aa5b0",
    "new": "#1660b8",
    "left": "#cc6a12",
    "there": "#111827",
    "proposed": "#9c2f6d",
}
"""On maps of proposals: homes for which nothing changes, newly within reach, left out; places; proposals."""

CHANGED: dict[str, str] = {
    "served": "#8fb8d8",
    "left": "#d9b98f",
    "gains": "#0b4f9c",
    "loses": "#b4381c",
    "unknown": "#c9ccd0",
}
"""On the map of before and after: homes within and beyond reach, coming, going, not measured."""


@dataclass(frozen=True, slots=True)
class Classes:
    """Five classes of a quantity.

    Parameters
    ----------
    breaks
        Four rising numbers; a value equal to a break belongs to the class above it.
    colours
        Five colours, lowest class first.
    """

    breaks: tuple[float, ...]
    colours: tuple[str, ...]


def luminance(colour: str) -> float:
    """Return the relative luminance of ``#rrggbb``, 0 (black) to 1 (white), as WCAG defines it.

    Examples
    --------
    >>> luminance("#ffffff"), luminance("#000000")
    (1.0, 0.0)
    """
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21, as WCAG defines it.

    Examples
    --------
    >>> round(contrast("#000000", "#ffffff"))
    21
    """
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def classes_of(
    values: Sequence[float], *, is_share: bool, goal: float | None, zero: float | None = None
) -> Classes:
    """Return classes for the values of an indicator: dark is always better.

    A share parts at every fifth. Anything else parts at quarters of the way to its goal, so that the
    darkest class has reached it; without a goal, at round numbers up to the largest value.

    Parameters
    ----------
    values
        Values over all units of all levels; NaN is ignored.
    is_share
        Whether values run 0-1.
    goal
        Value that earns full score; None or NaN for report-only indicators.
    zero
        Value that earns nothing, where less is better; else None.

    Examples
    --------
    >>> classes_of([0.2, 0.9], is_share=True, goal=0.9).breaks
    (0.2, 0.4, 0.6, 0.8)
    >>> classes_of([1.0, 9.0], is_share=False, goal=8.0).breaks
    (2.0, 4.0, 6.0, 8.0)
    """
    has_goal = goal is not None and math.isfinite(goal)
    if zero is not None and has_goal and zero > goal:  # type: ignore[operator]
        step = (zero - goal) / 4  # type: ignore[operator]
        return Classes(tuple(goal + step * k for k in range(1, 5)), GOOD[::-1])  # type: ignore[operator]
    if is_share:
        return Classes(SHARE_BREAKS, GOOD)
    if has_goal and goal > 0:  # type: ignore[operator]
        return Classes(tuple(goal * k / 4 for k in range(1, 5)), GOOD)  # type: ignore[operator]
    top = max((v for v in values if math.isfinite(v)), default=1.0)
    step = _round_up(top / 5) if top > 0 else 1.0
    return Classes(tuple(step * k for k in range(1, 5)), GOOD)


def _round_up(number: float) -> float:
    """Return the next of 1, 2, 2.5, 5, 10 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(number))
    return next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= number * (1 - 1e-9))
