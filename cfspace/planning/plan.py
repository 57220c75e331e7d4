"""A plan: edits of a city as data, read and checked before anything is computed."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import numpy as np
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from cfspace.config.bands import BANDS
from cfspace.errors import Fault, StudyError
from cfspace.io.datums import bd09_to_wgs84, gcj02_to_wgs84


class PlanError(StudyError):
    """A plan has one or more faults; all are told at once."""


def _is_place(place: object) -> object:
    parts = list(place) if isinstance(place, list | tuple) else []
    numbers = [float(part) for part in parts if isinstance(part, int | float) and not isinstance(part, bool)]
    if len(parts) != 2 or len(numbers) != 2:
        raise ValueError(f"{place!r} is no place, write [longitude, latitude]")
    if abs(numbers[0]) <= 90 < abs(numbers[1]) <= 180:
        raise ValueError(f"{numbers} is [latitude, longitude], write longitude first")
    if not (-180 <= numbers[0] <= 180 and -90 <= numbers[1] <= 90):
        raise ValueError(f"{numbers} is no longitude and latitude in degrees")
    return (numbers[0], numbers[1])


Place = Annotated[tuple[float, float], BeforeValidator(_is_place)]
"""Longitude and latitude in degrees, in the datum of the plan."""

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
Kind = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]


def _is_value(value: object) -> object:
    if isinstance(value, bool | str):
        return value
    if not isinstance(value, int | float):
        raise ValueError(f"{value!r} is neither a number, nor true or false, nor text")
    if not 0 <= value < float("inf"):
        raise ValueError(f"{value!r} is no amount, give a number of 0 or more")
    return float(value)


Attributes = dict[str, Annotated[Any, BeforeValidator(_is_value)]]


class _Edit(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    note: str = ""


class AddFacility(_Edit):
    """A new facility at a place, or entered by gates."""

    do: Literal["add_facility"]
    kind: Kind
    at: Place
    id: Name | None = None
    name: str | None = None
    gates: tuple[Place, ...] = ()
    attributes: Attributes = Field(default_factory=dict)


class CloseFacility(_Edit):
    """A facility that is there no longer."""

    do: Literal["close_facility"]
    facility: str


class MoveFacility(_Edit):
    """A facility at another place."""

    do: Literal["move_facility"]
    facility: str
    at: Place
    gates: tuple[Place, ...] = ()


class ResizeFacility(_Edit):
    """Other attributes of a facility: capacity, beds, area_m2 ..."""

    do: Literal["resize_facility"]
    facility: str
    attributes: Attributes = Field(min_length=1)


class OpenGate(_Edit):
    """A gate in OSM that is locked or private, and the closed ways through it, opened to walkers."""

    do: Literal["open_gate"]
    at: Place | None = None
    node: int | None = None
    line: tuple[Place, ...] = ()

    @model_validator(mode="after")
    def _one_place(self) -> OpenGate:
        if (self.at is None) == (self.node is None):
            raise ValueError("give either at (a place) or node (an OSM id)")
        if len(self.line) == 1:
            raise ValueError("line has one place, give two or more")
        return self


class AddLine(_Edit):
    """A new path, bridge or crossing, from street to street."""

    do: Literal["add_path", "add_bridge", "add_crossing"]
    line: tuple[Place, ...] = Field(min_length=2)
    id: Name | None = None
    name: str | None = None
    signals: bool = False
    join_m: float = Field(default=15.0, gt=0, le=100)
    tags: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _signals_at_crossings(self) -> AddLine:
        if self.signals and self.do != "add_crossing":
            raise ValueError("signals belong to add_crossing")
        if len(set(self.line)) < 2:
            raise ValueError("line does not lead anywhere, give two places that differ")
        return self


class _OnStreet(_Edit):
    way: int | None = None
    at: Place | None = None
    id: Name | None = None

    @model_validator(mode="after")
    def _one_street(self) -> _OnStreet:
        if sum(one is not None for one in (self.way, self.at, self.id)) != 1:
            raise ValueError("give way (an OSM id), at (a place on it) or id (of a line of this plan)")
        return self


class CloseStreet(_OnStreet):
    """A street closed to walkers: a whole way, or the piece between two junctions."""

    do: Literal["close_street"]


class ImproveSegment(_OnStreet):
    """A street with better sidewalks, a lower speed limit, light, ramps."""

    do: Literal["improve_segment"]
    sidewalk: Literal["both", "left", "right", "no"] | None = None
    sidewalk_width_m: float | None = Field(default=None, gt=0)
    maxspeed_kmh: float | None = Field(default=None, gt=0, le=150)
    lit: bool | None = None
    ramp: bool | None = None

    @model_validator(mode="after")
    def _something(self) -> ImproveSegment:
        asked = (self.sidewalk, self.sidewalk_width_m, self.maxspeed_kmh, self.lit, self.ramp)
        if all(value is None for value in asked):
            raise ValueError(
                "give what becomes better: sidewalk, sidewalk_width_m, maxspeed_kmh, lit or ramp"
            )
        return self


class AddHomes(_Edit):
    """New homes at a place, with the children who will live there."""

    do: Literal["add_homes"]
    at: Place
    id: Name | None = None
    children: dict[Literal["0_2", "3_5", "6_11", "12_14", "15_17"], Amount] = Field(default_factory=dict)
    floor_area_m2: float | None = Field(default=None, gt=0)
    residents: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _somebody(self) -> AddHomes:
        if not any(self.children.values()) and self.floor_area_m2 is None and self.residents is None:
            raise ValueError(
                f"give children (per age band: {', '.join(BANDS)}); where the study counts none, "
                "floor_area_m2 or residents"
            )
        return self

    def weighs(self, weights: str) -> dict[str, float] | None:
        """Return what the homes weigh in each age band of a study, None where the edit does not say.

        Where nobody counted children, floor area or residents stand in every band.
        """
        if weights == "children":
            own = {str(band): float(value) for band, value in self.children.items()}
            return {band: own.get(band, 0.0) for band in BANDS} if any(own.values()) else None
        value = self.floor_area_m2 if weights == "floor_area_m2" else self.residents
        return None if value is None else dict.fromkeys(BANDS, float(value))


Edit = (
    AddFacility
    | CloseFacility
    | MoveFacility
    | ResizeFacility
    | OpenGate
    | AddLine
    | CloseStreet
    | ImproveSegment
    | AddHomes
)
"""One change."""

_EDIT: TypeAdapter[Edit] = TypeAdapter(Annotated[Edit, Field(discriminator="do")])
OF_STREETS = (OpenGate, AddLine, CloseStreet, ImproveSegment)


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
            edits[number] = _EDIT.validate_python(one)
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


def verbs() -> tuple[str, ...]:
    """Return what an edit may ask to be done."""
    models: tuple[type[BaseModel], ...] = get_args(Edit)
    return tuple(verb for model in models for verb in get_args(model.model_fields["do"].annotation))


def _repeated_names(edits: dict[int, Edit]) -> list[Fault]:
    seen: dict[str, int] = {}
    faults = []
    for number, edit in edits.items():
        name = getattr(edit, "id", None)
        if name is None or isinstance(edit, _OnStreet):
            continue
        if name in seen:
            remedy = "give each edit a name of its own"
            found = f"{name!r} is the name of edit {seen[name]} already"
            faults.append(Fault(where=f"[[edit]] {number}, id", found=found, remedy=remedy))
        seen.setdefault(name, number)
    return faults
