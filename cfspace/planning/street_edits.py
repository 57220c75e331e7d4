"""Edits of streets and gates, carried out on a draft of the streets."""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely

from cfspace.errors import ParameterError
from cfspace.planning.edits import AddLine, CloseStreet, ImproveSegment, OpenGate, Place
from cfspace.planning.gates import GateError, gate_point, opened_gate
from cfspace.planning.step import Refused, Step
from cfspace.planning.streets import FIND_M, Which

LINE_TAGS: Final = {
    "add_path": {"highway": "footway"},
    "add_bridge": {"highway": "footway", "bridge": "yes", "layer": "1"},
    "add_crossing": {"highway": "footway", "footway": "crossing"},
}
SIDEWALK_KEYS: Final = ("sidewalk", "sidewalk:both", "sidewalk:left", "sidewalk:right")


def open_gate(step: Step, edit: OpenGate) -> None:
    """Open a gate and the ways through it, and lay a line there if one is given."""
    features = step.parts.features
    if features is None:
        raise Refused("", "the study has no OSM data, so it knows of no gates", "use add_path")
    at = None if edit.at is None else step.xy(edit.at)
    try:
        node, opened, was_shut = opened_gate(
            features, crs=step.parts.crs, at=at, node=edit.node, within_m=FIND_M
        )
    except GateError as error:
        raise Refused("at" if edit.node is None else "node", error.found, error.remedy) from error
    step.draw(edit.do, gate_point(features, node, step.parts.crs))
    n_walkable, _ = step.streets.through(node)
    n_opened = step.streets.open_through(node)
    if edit.line:
        _lay(step, edit.line, LINE_TAGS["add_path"], name=f"gate{step.number}", join_m=FIND_M)
    elif not n_opened and not was_shut:
        raise Refused("", f"gate node/{node} is open already", "leave this edit out")
    elif not n_opened and not n_walkable:
        step.note(
            en=f"no way is mapped through gate node/{node}; it is open, but leads nowhere without a line",
            zh=f"大门 node/{node} 处没有测绘的道路；大门已打开，但不补充 line 则不通向任何地方",
        )
    step.set(features=opened)


def add_line(step: Step, edit: AddLine) -> None:
    """Lay a path, a bridge or a crossing."""
    tags = dict(LINE_TAGS[edit.do])
    if edit.do == "add_crossing":
        tags["crossing"] = "traffic_signals" if edit.signals else "uncontrolled"
    if edit.name:
        tags["name"] = edit.name
    tags |= edit.tags
    name = edit.id or f"edit{step.number}"
    _lay(step, edit.line, tags, name=name, join_m=edit.join_m, do=edit.do, signals=edit.signals)


def _lay(
    step: Step,
    line: tuple[Place, ...],
    tags: dict[str, str],
    *,
    name: str,
    join_m: float,
    do: str = "add_path",
    signals: bool | None = None,
) -> None:
    """Lay a line down, once it is sure that it meets streets."""
    xy = np.array([step.xy(place, "line") for place in line], float)
    gaps_m = [step.streets.gap_m((float(x), float(y))) for x, y in xy[[0, -1]]]
    far = [gap for gap in gaps_m if gap > join_m]
    if len(far) == 2 or (far and do == "add_bridge"):
        ends = "touches no street" if len(far) == 2 else "has an end that touches no street"
        told = f"the line {ends}: the nearest lies {min(far):,.0f} m away (join_m = {join_m:g})"
        raise Refused("line", told, "draw it to a street, or raise join_m")
    if do == "add_crossing" and not step.streets.crossed(xy):
        raise Refused("line", "the line crosses no street", "draw it across one, or use add_path")
    crossing = bool(signals) if do == "add_crossing" else None
    try:
        step.streets.add_line(xy, tags, name=name, join_m=join_m, signals=crossing)
    except ParameterError as error:
        raise Refused("tags", "they close the line to walkers", "leave them out") from error
    step.draw(do, shapely.linestrings(xy))
    if far:
        step.note(
            en="one end of the line joins no street: it is a dead end",
            zh="线的一端未与任何道路相接，是断头路",
        )
    if do != "add_bridge" and any(
        shapely.crosses(one, shapely.linestrings(xy)) for one in step.parts.barriers
    ):
        step.note(
            en="the line crosses a railway, a waterway or a motorway on the ground; a bridge is add_bridge",
            zh="该线在地面穿越铁路、水体或高速公路；若为桥梁请用 add_bridge",
        )


def close_street(step: Step, edit: CloseStreet) -> None:
    """Close a street to walkers."""
    for line in step.streets.close(_street(step, edit)):
        step.draw(edit.do, line)


def improve(step: Step, edit: ImproveSegment) -> None:
    """Give a street the tags of what becomes better."""
    change: dict[str, str | None] = {}
    if edit.sidewalk is not None:
        change |= {**dict.fromkeys(SIDEWALK_KEYS, None), "sidewalk": edit.sidewalk}
    numbers = {"sidewalk:width": edit.sidewalk_width_m, "maxspeed": edit.maxspeed_kmh}
    change |= {key: f"{value:g}" for key, value in numbers.items() if value is not None}
    flags = {"lit": edit.lit, "ramp": edit.ramp}
    change |= {key: "yes" if value else "no" for key, value in flags.items() if value is not None}
    for line in step.streets.retag(_street(step, edit), change):
        step.draw(edit.do, line)


def _street(step: Step, edit: CloseStreet | ImproveSegment) -> Which:
    """Return how to choose the street of an edit, once it is sure that there is one."""
    if edit.id is not None:
        if not step.streets.added(edit.id):
            raise Refused("id", f"no line of this plan is called {edit.id!r}", "name one added before")
        return Which(name=edit.id)
    if edit.way is not None:
        if not step.streets.has_way(edit.way):
            remedy = "segments.parquet of a run lists ways; or give at"
            raise Refused("way", f"the study has no way {edit.way}", remedy)
        if not step.streets.is_walkable(edit.way):
            raise Refused("way", f"way {edit.way} is not open to walkers", "leave this edit out")
        return Which(way_id=edit.way)
    place = step.xy(edit.at) if edit.at is not None else (np.inf, np.inf)
    gap_m = step.streets.gap_m(place, on_ground=False)
    if gap_m > FIND_M:
        found = f"no street lies within {FIND_M:g} m; the nearest is {gap_m:,.0f} m away"
        raise Refused("at", found, "give a place on the street")
    return Which(place=place)
