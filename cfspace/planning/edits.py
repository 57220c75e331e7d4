"""Edits of a plan: what each may say, and what makes no sense."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, model_validator

from cfspace.config.bands import BANDS


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


class OnStreet(_Edit):
    """A change of a street that is there: a way, a place on it, or a line of the plan."""

    way: int | None = None
    at: Place | None = None
    id: Name | None = None

    @model_validator(mode="after")
    def _one_street(self) -> OnStreet:
        if sum(one is not None for one in (self.way, self.at, self.id)) != 1:
            raise ValueError("give way (an OSM id), at (a place on it) or id (of a line of this plan)")
        return self


class CloseStreet(OnStreet):
    """A street closed to walkers: a whole way, or the piece between two junctions."""

    do: Literal["close_street"]


class ImproveSegment(OnStreet):
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

EDIT: Final[TypeAdapter[Edit]] = TypeAdapter(Annotated[Edit, Field(discriminator="do")])
OF_STREETS = (OpenGate, AddLine, CloseStreet, ImproveSegment)


def verbs() -> tuple[str, ...]:
    """Return what an edit may ask to be done."""
    models: tuple[type[BaseModel], ...] = get_args(Edit)
    return tuple(verb for model in models for verb in get_args(model.model_fields["do"].annotation))
