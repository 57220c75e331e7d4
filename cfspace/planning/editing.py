"""A plan applied to a city in memory: every edit is checked against the city, then carried out in order."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from cfspace.config.kinds import KINDS
from cfspace.config.rulebook import Text
from cfspace.errors import Fault, ParameterError
from cfspace.indicators.words import say
from cfspace.io.frame import to_metric
from cfspace.planning import places
from cfspace.planning.edits import (
    AddFacility,
    AddHomes,
    AddLine,
    Attributes,
    CloseFacility,
    CloseStreet,
    Edit,
    ImproveSegment,
    MoveFacility,
    OpenGate,
    Place,
    ResizeFacility,
)
from cfspace.planning.gates import GateError, gate_point, opened_gate
from cfspace.planning.plan import Plan
from cfspace.planning.streets import FIND_M, StreetDraft, Which
from cfspace.units import Units

LINE_TAGS: Final = {
    "add_path": {"highway": "footway"},
    "add_bridge": {"highway": "footway", "bridge": "yes", "layer": "1"},
    "add_crossing": {"highway": "footway", "footway": "crossing"},
}
SIDEWALK_KEYS: Final = ("sidewalk", "sidewalk:both", "sidewalk:left", "sidewalk:right")


@dataclass(frozen=True, eq=False, kw_only=True)
class Parts:
    """What a plan may change of a city; frames in its metric frame.

    Attributes
    ----------
    facilities, homes
        As `cfspace.runs.loading.City` has them.
    features
        Objects of OSM in EPSG:4326, gates among them; None where there is no OSM.
    streets
        Its ways, being edited; None where no edit touches them.
    units
        To place what is new.
    weights
        What homes weigh.
    crs
        The metric frame.
    inside
        Where the study lies.
    extent
        Where the data ends.
    barriers
        Railways, waterways and motorways on the ground.
    kinds
        Kinds that the study or its rulebook speaks of.
    """

    facilities: gpd.GeoDataFrame
    homes: gpd.GeoDataFrame
    features: gpd.GeoDataFrame | None
    streets: StreetDraft | None
    units: Units
    weights: str
    crs: pyproj.CRS
    inside: shapely.Geometry
    extent: shapely.Geometry
    barriers: tuple[shapely.Geometry, ...] = ()
    kinds: frozenset[str] = frozenset(KINDS)


@dataclass(kw_only=True)
class Edited:
    """A city's parts after a plan, and what there is to say of it.

    Attributes
    ----------
    parts
        After all edits that could be carried out.
    faults
        What is wrong with the others.
    notes
        What a reader should know of edits that were carried out.
    drawn
        What there is to see of each edit: its number, its verb, and a shape in metres. A facility that moves
        is drawn where it was (``moved_from``) and where it is.
    """

    parts: Parts
    drawn: list[tuple[int, str, shapely.Geometry]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notes: list[Text] = field(default_factory=list)


class _Refused(Exception):  # noqa: N818 - it never leaves this module
    """An edit cannot be carried out."""

    def __init__(self, key: str, found: str, remedy: str) -> None:
        super().__init__(found)
        self.key, self.found, self.remedy = key, found, remedy


def apply_plan(plan: Plan, parts: Parts) -> Edited:
    """Carry out a plan, edit by edit; an edit at fault is left out and told.

    Parameters
    ----------
    plan
        Its edits, in the order of the file: a later one may speak of what an earlier one added.
    parts
        The city; not changed, but for `parts.streets`, which is edited in place.
    """
    edited = Edited(parts=parts)
    for number, edit in plan.edits.items():
        try:
            _carry_out(_Step(plan, number, edited), edit)
        except _Refused as refused:
            where = f"[[edit]] {number}" + (f", {refused.key}" if refused.key else "")
            edited.faults.append(Fault(where=where, found=refused.found, remedy=refused.remedy))
    return edited


@dataclass
class _Step:
    """One edit being carried out."""

    plan: Plan
    number: int
    edited: Edited

    @property
    def parts(self) -> Parts:
        return self.edited.parts

    @property
    def streets(self) -> StreetDraft:
        if self.parts.streets is None:
            raise ParameterError("streets: the plan changes streets, and none were given; give a StreetDraft")
        return self.parts.streets

    def set(self, **changed: object) -> None:
        self.edited.parts = replace(self.parts, **changed)  # type: ignore[arg-type]

    def note(self, *, en: str, zh: str) -> None:
        self.edited.notes.append(say(en=f"Edit {self.number}: {en}", zh=f"第{self.number}项：{zh}"))

    def draw(self, do: str, shape: shapely.Geometry) -> None:
        self.edited.drawn.append((self.number, do, shape))

    def draw_facility(self, do: str, own: str) -> None:
        row = self.parts.facilities["facility_id"] == own
        self.draw(do, self.parts.facilities.geometry[row].representative_point().iloc[0])

    def xy(self, place: Place, key: str = "at") -> tuple[float, float]:
        """Return a place in metres; it must lie where the study has data."""
        lon_deg, lat_deg = self.plan.lon_lat(place)
        x_m, y_m = to_metric(self.parts.crs, np.array([lon_deg]), np.array([lat_deg]))
        point = (float(x_m[0]), float(y_m[0]))
        if not shapely.intersects(self.parts.extent, shapely.points(*point)):
            found = f"{list(place)} lies outside the data of the study"
            raise _Refused(key, found, "check order (longitude, latitude) and datum")
        return point

    def gates(self, gates: tuple[Place, ...]) -> tuple[tuple[float, float], ...]:
        return tuple(self.xy(gate, "gates") for gate in gates)

    def has_facility(self, own: str) -> None:
        ids = self.parts.facilities["facility_id"]
        if not (ids == own).any():
            edits = self.plan.edits.items()
            closed = [n for n, one in edits if isinstance(one, CloseFacility) and one.facility == own]
            if closed and closed[0] < self.number:
                found = f"{own!r} is closed by edit {closed[0]}"
                raise _Refused("facility", found, "leave one of the two edits out")
            tail = own.rsplit("/", 1)[-1]
            like = sorted(one for one in ids if one.rsplit("/", 1)[-1] == tail)[:3]
            hint = f"did you mean {', '.join(like)}?" if like else "facilities.parquet of a run lists them"
            raise _Refused("facility", f"the study has no facility {own!r}", hint)

    def attributes(self, given: Attributes) -> None:
        known = places.known_attributes(self.parts.facilities)
        for name, value in given.items():
            key = f"attributes, {name}"
            if name not in known:
                remedy = f"use one of {', '.join(sorted(known))}"
                raise _Refused(key, "no facility has this attribute", remedy)
            wanted = places.wanted_value(self.parts.facilities, name, value)
            if wanted is not None:
                raise _Refused(key, f"found {value!r}", f"give {wanted}")


def _carry_out(step: _Step, edit: Edit) -> None:
    match edit:
        case AddFacility():
            _add_facility(step, edit)
        case CloseFacility():
            _close_facility(step, edit)
        case MoveFacility():
            _move_facility(step, edit)
        case ResizeFacility():
            _resize_facility(step, edit)
        case AddHomes():
            _add_homes(step, edit)
        case OpenGate():
            _open_gate(step, edit)
        case AddLine():
            _add_line(step, edit)
        case CloseStreet():
            _close_street(step, edit)
        case ImproveSegment():
            _improve(step, edit)


def _add_facility(step: _Step, edit: AddFacility) -> None:
    if edit.kind not in step.parts.kinds:
        known = ", ".join(sorted(step.parts.kinds))
        raise _Refused("kind", f"neither study nor rulebook knows {edit.kind!r}", f"use one of {known}")
    step.attributes(edit.attributes)
    own = places.facility_id(edit, step.number)
    if (step.parts.facilities["facility_id"] == own).any():
        raise _Refused("id", f"there is a facility {own!r} already", "give it a name of its own")
    where = places.Where(step.xy(edit.at), step.gates(edit.gates))
    frame = places.with_facility(step.parts.facilities, edit, step.number, where, step.parts.units)
    step.set(facilities=frame)
    step.draw_facility(edit.do, own)


def _close_facility(step: _Step, edit: CloseFacility) -> None:
    step.has_facility(edit.facility)
    step.draw_facility(edit.do, edit.facility)
    step.set(facilities=places.without_facility(step.parts.facilities, edit.facility))


def _move_facility(step: _Step, edit: MoveFacility) -> None:
    step.has_facility(edit.facility)
    where = places.Where(step.xy(edit.at), step.gates(edit.gates))
    step.draw_facility("moved_from", edit.facility)
    step.set(facilities=places.with_moved(step.parts.facilities, edit, where, step.parts.units))
    step.draw_facility(edit.do, edit.facility)


def _resize_facility(step: _Step, edit: ResizeFacility) -> None:
    step.has_facility(edit.facility)
    step.attributes(edit.attributes)
    step.set(facilities=places.with_resized(step.parts.facilities, edit))
    step.draw_facility(edit.do, edit.facility)


def _add_homes(step: _Step, edit: AddHomes) -> None:
    parts = step.parts
    if edit.weighs(parts.weights) is None:
        wanted = {"children": "children", "floor_area_m2": "floor_area_m2"}.get(parts.weights, "residents")
        found = f"the study weighs homes by {parts.weights}"
        raise _Refused(wanted, f"{found}, and the edit gives none", f"give {wanted}")
    at = step.xy(edit.at)
    if not shapely.intersects(parts.inside, shapely.points(*at)):
        raise _Refused("at", "lies outside the study area", "homes there would not count; move it")
    frame = places.with_homes(parts.homes, edit, step.number, at, parts.units, weights=parts.weights)
    step.set(homes=frame)
    step.draw(edit.do, shapely.points(*at))


def _open_gate(step: _Step, edit: OpenGate) -> None:
    features = step.parts.features
    if features is None:
        raise _Refused("", "the study has no OSM data, so it knows of no gates", "use add_path")
    at = None if edit.at is None else step.xy(edit.at)
    try:
        node, opened, was_shut = opened_gate(
            features, crs=step.parts.crs, at=at, node=edit.node, within_m=FIND_M
        )
    except GateError as error:
        raise _Refused("at" if edit.node is None else "node", error.found, error.remedy) from error
    step.draw(edit.do, gate_point(features, node, step.parts.crs))
    n_walkable, _ = step.streets.through(node)
    n_opened = step.streets.open_through(node)
    if edit.line:
        _lay(step, edit.line, LINE_TAGS["add_path"], name=f"gate{step.number}", join_m=FIND_M)
    elif not n_opened and not was_shut:
        raise _Refused("", f"gate node/{node} is open already", "leave this edit out")
    elif not n_opened and not n_walkable:
        step.note(
            en=f"no way is mapped through gate node/{node}; it is open, but leads nowhere without a line",
            zh=f"大门 node/{node} 处没有测绘的道路；大门已打开，但不补充 line 则不通向任何地方",
        )
    step.set(features=opened)


def _add_line(step: _Step, edit: AddLine) -> None:
    tags = dict(LINE_TAGS[edit.do])
    if edit.do == "add_crossing":
        tags["crossing"] = "traffic_signals" if edit.signals else "uncontrolled"
    if edit.name:
        tags["name"] = edit.name
    tags |= edit.tags
    name = edit.id or f"edit{step.number}"
    _lay(step, edit.line, tags, name=name, join_m=edit.join_m, do=edit.do, signals=edit.signals)


def _lay(
    step: _Step,
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
        raise _Refused("line", told, "draw it to a street, or raise join_m")
    if do == "add_crossing" and not step.streets.crossed(xy):
        raise _Refused("line", "the line crosses no street", "draw it across one, or use add_path")
    crossing = bool(signals) if do == "add_crossing" else None
    try:
        step.streets.add_line(xy, tags, name=name, join_m=join_m, signals=crossing)
    except ParameterError as error:
        raise _Refused("tags", "they close the line to walkers", "leave them out") from error
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


def _close_street(step: _Step, edit: CloseStreet) -> None:
    for line in step.streets.close(_street(step, edit)):
        step.draw(edit.do, line)


def _improve(step: _Step, edit: ImproveSegment) -> None:
    change: dict[str, str | None] = {}
    if edit.sidewalk is not None:
        change |= {**dict.fromkeys(SIDEWALK_KEYS, None), "sidewalk": edit.sidewalk}
    numbers = {"sidewalk:width": edit.sidewalk_width_m, "maxspeed": edit.maxspeed_kmh}
    change |= {key: f"{value:g}" for key, value in numbers.items() if value is not None}
    flags = {"lit": edit.lit, "ramp": edit.ramp}
    change |= {key: "yes" if value else "no" for key, value in flags.items() if value is not None}
    for line in step.streets.retag(_street(step, edit), change):
        step.draw(edit.do, line)


def _street(step: _Step, edit: CloseStreet | ImproveSegment) -> Which:
    """Return how to choose the street of an edit, once it is sure that there is one."""
    if edit.id is not None:
        if not step.streets.added(edit.id):
            raise _Refused("id", f"no line of this plan is called {edit.id!r}", "name one added before")
        return Which(name=edit.id)
    if edit.way is not None:
        if not step.streets.has_way(edit.way):
            remedy = "segments.parquet of a run lists ways; or give at"
            raise _Refused("way", f"the study has no way {edit.way}", remedy)
        if not step.streets.is_walkable(edit.way):
            raise _Refused("way", f"way {edit.way} is not open to walkers", "leave this edit out")
        return Which(way_id=edit.way)
    place = step.xy(edit.at) if edit.at is not None else (np.inf, np.inf)
    gap_m = step.streets.gap_m(place, on_ground=False)
    if gap_m > FIND_M:
        found = f"no street lies within {FIND_M:g} m; the nearest is {gap_m:,.0f} m away"
        raise _Refused("at", found, "give a place on the street")
    return Which(place=place)
