"""What the map says about service areas: outlines at the standard distances, drawn for the eye."""

from __future__ import annotations

from typing import Any

from cfspace.present.geometry import polygon_steps
from cfspace.present.messages import Catalogue
from cfspace.present.rundata import RunData
from cfspace.present.wording import metres, target_label

TOLERANCE_M = 3.0


def area_names(run: RunData, say: Catalogue) -> list[str]:
    """Return the names that the page offers, in the order of the run: target and distance."""
    if run.areas is None:
        return []
    return [
        say(
            "map.area_name",
            target=target_label(say, row.target, run.rulebook),
            metres=metres(say, row.metres),
        )
        for row in run.areas.itertuples()
    ]


def page_areas(run: RunData) -> list[dict[str, Any]]:
    """Return the outlines, in the same order: polygons as steps of 1e-5 degrees."""
    if run.areas is None:
        return []
    return [{"g": polygon_steps(shape, tolerance_m=TOLERANCE_M)} for shape in run.areas.geometry]
