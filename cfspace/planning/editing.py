"""A plan applied to a city in memory: every edit is checked against the city, then carried out in order."""

from __future__ import annotations

import shapely

from cfspace.errors import Fault
from cfspace.planning import places, street_edits
from cfspace.planning.edits import (
    AddFacility,
    AddHomes,
    AddLine,
    CloseFacility,
    CloseStreet,
    Edit,
    ImproveSegment,
    MoveFacility,
    OpenGate,
    ResizeFacility,
)
from cfspace.planning.plan import Plan
from cfspace.planning.step import Edited, Parts, Refused, Step

__all__ = ["Edited", "Parts", "apply_plan"]


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
            _carry_out(Step(plan, number, edited), edit)
        except Refused as refused:
            where = f"[[edit]] {number}" + (f", {refused.key}" if refused.key else "")
            edited.faults.append(Fault(where=where, found=refused.found, remedy=refused.remedy))
    return edited


def _carry_out(step: Step, edit: Edit) -> None:
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
            street_edits.open_gate(step, edit)
        case AddLine():
            street_edits.add_line(step, edit)
        case CloseStreet():
            street_edits.close_street(step, edit)
        case ImproveSegment():
            street_edits.improve(step, edit)


def _add_facility(step: Step, edit: AddFacility) -> None:
    if edit.kind not in step.parts.kinds:
        known = ", ".join(sorted(step.parts.kinds))
        raise Refused("kind", f"neither study nor rulebook knows {edit.kind!r}", f"use one of {known}")
    step.attributes(edit.attributes)
    own = places.facility_id(edit, step.number)
    if (step.parts.facilities["facility_id"] == own).any():
        raise Refused("id", f"there is a facility {own!r} already", "give it a name of its own")
    where = places.Where(step.xy(edit.at), step.gates(edit.gates))
    frame = places.with_facility(step.parts.facilities, edit, step.number, where, step.parts.units)
    step.set(facilities=frame)
    step.draw_facility(edit.do, own)


def _close_facility(step: Step, edit: CloseFacility) -> None:
    step.has_facility(edit.facility)
    step.draw_facility(edit.do, edit.facility)
    step.set(facilities=places.without_facility(step.parts.facilities, edit.facility))


def _move_facility(step: Step, edit: MoveFacility) -> None:
    step.has_facility(edit.facility)
    where = places.Where(step.xy(edit.at), step.gates(edit.gates))
    step.draw_facility("moved_from", edit.facility)
    step.set(facilities=places.with_moved(step.parts.facilities, edit, where, step.parts.units))
    step.draw_facility(edit.do, edit.facility)


def _resize_facility(step: Step, edit: ResizeFacility) -> None:
    step.has_facility(edit.facility)
    step.attributes(edit.attributes)
    step.set(facilities=places.with_resized(step.parts.facilities, edit))
    step.draw_facility(edit.do, edit.facility)


def _add_homes(step: Step, edit: AddHomes) -> None:
    parts = step.parts
    if edit.weighs(parts.weights) is None:
        wanted = {"children": "children", "floor_area_m2": "floor_area_m2"}.get(parts.weights, "residents")
        found = f"the study weighs homes by {parts.weights}"
        raise Refused(wanted, f"{found}, and the edit gives none", f"give {wanted}")
    at = step.xy(edit.at)
    if not shapely.intersects(parts.inside, shapely.points(*at)):
        raise Refused("at", "lies outside the study area", "homes there would not count; move it")
    frame = places.with_homes(parts.homes, edit, step.number, at, parts.units, weights=parts.weights)
    step.set(homes=frame)
    step.draw(edit.do, shapely.points(*at))
