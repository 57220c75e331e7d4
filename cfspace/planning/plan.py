"""A plan: edits of a city as data, read and checked before anything is computed."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from cfspace.errors import Fault, StudyError
from cfspace.io.datums import bd09_to_wgs84, gcj02_to_wgs84
from cfspace.planning.edits import EDIT, OF_STREETS, Edit, OnStreet, Place, verbs


class PlanError(StudyError):
    """A plan has one or more faults; all are told at once."""


class PlanSection(BaseModel):
    """``[plan]``: what the plan is called and the datum of its places."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    note: str = ""
    datum: Literal["wgs84", "gcj02", "bd09"] = "wgs84"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A plan as far as it could be understood.

    Attributes
    ----------
    section
        Its name and datum.
    edits
        By number, counted from 1 as in the file; edits at fault are left out.
    source
        The file it was read from.
    raw
        What the file holds, for ``run.json``.
    """

    section: PlanSection
    edits: dict[int, Edit]
    source: Path
    raw: dict[str, Any] = field(default_factory=dict)

    @property
    def changes_streets(self) -> bool:
        """Whether any edit touches streets or gates."""
        return any(isinstance(edit, OF_STREETS) for edit in self.edits.values())

    def lon_lat(self, place: Place) -> tuple[float, float]:
        """Return a place of the plan in WGS-84 degrees."""
        shifts = {"gcj02": gcj02_to_wgs84, "bd09": bd09_to_wgs84}
        if self.section.datum not in shifts:
            return place
        lon_deg, lat_deg = shifts[self.section.datum](np.array([place[0]]), np.array([place[1]]))
        return float(lon_deg[0]), float(lat_deg[0])


def load_plan(path: str | Path) -> Plan:
    """Read a plan file.

    Parameters
    ----------
    path
        A TOML file, see ``docs/scenario.md``.

    Raises
    ------
    PlanError
        With all faults at once: no such file, not TOML, unknown keys or edits, values out of range.
    """
    plan, faults = examine_plan(Path(path))
    if plan is None or faults:
        raise PlanError(str(path), faults)
    return plan


def examine_plan(path: Path) -> tuple[Plan | None, list[Fault]]:
    """Return what can be understood of a plan file, and every fault in it."""
    raw, faults = _read(path)
    if raw is None:
        return None, faults
    return plan_of(raw, source=path)


def plan_of(raw: dict[str, Any], *, source: Path = Path("plan.toml")) -> tuple[Plan, list[Fault]]:
    """Return the plan that plain values tell, and every fault in them."""
    faults = [
        Fault(where=key, found="unknown key", remedy="a plan holds [plan] and [[edit]]")
        for key in raw
        if key not in ("plan", "edit")
    ]
    section = _section(raw.get("plan"), faults)
    edits: dict[int, Edit] = {}
    given = raw.get("edit", [])
    if not isinstance(given, list) or not given:
        is_one = isinstance(given, dict)
        found = "is written [edit]" if is_one else "there is none"
        remedy = "write [[edit]] above each edit" if is_one else "write at least one edit"
        faults.append(Fault(where="[[edit]]", found=found, remedy=remedy))
        given = []
    for number, one in enumerate(given, start=1):
        try:
            edits[number] = EDIT.validate_python(one)
        except ValidationError as error:
            faults += _told(f"[[edit]] {number}", error)
    faults += _repeated_names(edits)
    return Plan(section=section, edits=edits, source=source, raw=raw), faults


def _read(path: Path) -> tuple[dict[str, Any] | None, list[Fault]]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig")), []
    except FileNotFoundError:
        return None, [Fault(where=str(path), found="no such file", remedy="check the path of the plan")]
    except OSError as error:
        return None, [Fault(where=str(path), found=str(error.strerror), remedy="give a plan file (TOML)")]
    except UnicodeDecodeError:
        return None, [Fault(where=str(path), found="is not UTF-8 text", remedy="save it as UTF-8")]
    except tomllib.TOMLDecodeError as error:
        return None, [Fault(where=str(path), found=f"is not TOML: {error}", remedy="correct that line")]


def _section(raw: object, faults: list[Fault]) -> PlanSection:
    try:
        return PlanSection.model_validate({} if raw is None else raw)
    except ValidationError as error:
        faults += _told("[plan]", error)
        return PlanSection(name="-")


def _told(where: str, error: ValidationError) -> Iterable[Fault]:
    return [_fault(where, detail) for detail in error.errors()]


def _fault(where: str, detail: ErrorDetails) -> Fault:
    kinds = {model.__name__ for model in get_args(Edit)}
    steps = [str(part) for part in detail["loc"] if part not in kinds and part not in verbs()]
    place = ", ".join([where, *[step for step in steps if not step.startswith(("function-", "["))]])
    found, kind = detail["msg"].removeprefix("Value error, "), detail["type"]
    if kind == "extra_forbidden":
        return Fault(where=place, found="unknown key", remedy="remove it, or correct its spelling")
    if kind == "missing":
        return Fault(where=place, found="is missing", remedy="add it")
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        every = ", ".join(verbs())
        given = detail["input"].get("do") if isinstance(detail["input"], dict) else None
        told = "is missing" if given is None else f"{given!r} is no edit"
        return Fault(where=f"{where}, do", found=told, remedy=f"use one of {every}")
    if kind == "too_short":
        least = detail["ctx"]["min_length"]
        return Fault(
            where=place, found=f"holds {detail['ctx']['actual_length']}", remedy=f"give {least} or more"
        )
    given = detail.get("input")
    if isinstance(given, str | int | float | bool) and repr(given) not in found:
        found = f"found {given!r}: {found[0].lower()}{found[1:]}"
    return Fault(where=place, found=found, remedy="correct it")


def _repeated_names(edits: dict[int, Edit]) -> list[Fault]:
    seen: dict[str, int] = {}
    faults = []
    for number, edit in edits.items():
        name = getattr(edit, "id", None)
        if name is None or isinstance(edit, OnStreet):
            continue
        if name in seen:
            remedy = "give each edit a name of its own"
            found = f"{name!r} is the name of edit {seen[name]} already"
            faults.append(Fault(where=f"[[edit]] {number}, id", found=found, remedy=remedy))
        seen.setdefault(name, number)
    return faults
