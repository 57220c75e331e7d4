"""Profile files: speeds, closures and crossings, each number with its source."""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from cfspace.errors import LayerError, ParameterError

SHIPPED = ("child", "stroller", "wheelchair", "winter_cleared", "winter_ice", "independent_child")
"""Names of the profiles that come with the package."""

Text = Annotated[str, Field(min_length=1)]
Band = Literal["0_2", "3_5", "6_11", "12_14", "15_17"]
Words = dict[Literal["en", "zh"], Text]
TagValues = dict[Text, tuple[Text, ...]]


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Sourced(_Frozen):
    """A number and where it comes from; `source` begins with ``assumed`` where it is our own choice."""

    value: float = Field(allow_inf_nan=False, ge=0)
    source: Text


class Speed(Sourced):
    """Metres a second; above zero."""

    value: float = Field(allow_inf_nan=False, gt=0)


class Above(_Frozen):
    """Holds for numbers above this one; an unknown number is not above anything."""

    above: float


class Known(_Frozen):
    """Holds where the attribute is known, or where it is not."""

    known: bool


Condition = bool | Text | tuple[Text, ...] | Above | Known


class Closure(_Frozen):
    """Segments that the profile does not walk.

    All of `when` must hold of a segment's attributes and none of `unless`; what is not known
    equals nothing. An `optional` closure holds only where the caller asks for it.
    """

    id: Text
    why: Words
    when: dict[Text, Condition] = Field(min_length=1)
    unless: dict[Text, Condition] = Field(default_factory=dict)
    source: Text
    optional: bool = False


class MainRoadRule(_Frozen):
    """Which roads are main roads and where they are crossed safely (`cfspace.network.mainroads`)."""

    classes: tuple[Text, ...] = Field(min_length=1)
    links: tuple[Text, ...] = ()
    with_signals: TagValues
    without_signals: TagValues
    signal_reach_m: Sourced
    carriageway_gap_m: Sourced
    source: Text


class Profile(_Frozen):
    """Who walks and when.

    Attributes
    ----------
    title
        In Chinese and English.
    who
        Age bands it is made for.
    speed_m_per_s
        On level ground, by age band.
    winter_s_per_m, child_factor
        Seconds that each metre takes longer, times the factor.
    raised_kerb_s
        Seconds that a raised kerb takes.
    closed
        Segments not walked.
    main_roads
        Where main roads may be crossed; such a profile needs a network with both sides of main roads.
    asked
        Optional closures that hold.
    """

    title: Words
    who: tuple[Band, ...] = Field(min_length=1)
    speed_m_per_s: dict[Band, Speed] = Field(min_length=1)
    winter_s_per_m: Sourced | None = None
    child_factor: Sourced | None = None
    raised_kerb_s: Sourced | None = None
    closed: tuple[Closure, ...] = ()
    main_roads: MainRoadRule | None = None
    asked: frozenset[str] = frozenset()

    @model_validator(mode="after")
    def _speeds_fit(self) -> Profile:
        if set(self.speed_m_per_s) != set(self.who):
            raise ValueError("speed_m_per_s: give one for each age band of who, and no other")
        ids = [closure.id for closure in self.closed]
        if len(set(ids)) < len(ids):
            raise ValueError(f"closed: id {max(ids, key=ids.count)!r} is used twice")
        if self.child_factor is not None and self.winter_s_per_m is None:
            raise ValueError("child_factor: without winter_s_per_m it has nothing to scale")
        return self

    def pace_s_per_m(self, band: str | None = None) -> float:
        """Return the seconds that a metre of level ground takes.

        Parameters
        ----------
        band
            Age band; may be left out where the profile has one speed alone.

        Raises
        ------
        ParameterError
            If the profile is not for that band, or has several speeds and none is named.

        Examples
        --------
        >>> round(load_profile("winter_ice").pace_s_per_m("6_11"), 3)
        1.029
        """
        chosen = self.who[0] if band is None else band
        speeds = {one.value for one in self.speed_m_per_s.values()}
        if chosen not in self.speed_m_per_s or (band is None and len(speeds) > 1):
            raise ParameterError(
                f"profile {self.title['en']!r}: no speed for age band {band}; it has {', '.join(self.who)}"
            )
        extra = 0.0 if self.winter_s_per_m is None else self.winter_s_per_m.value
        factor = 1.0 if self.child_factor is None else self.child_factor.value
        return 1.0 / self.speed_m_per_s[chosen].value + extra * factor

    def closing(self, *ids: str) -> Profile:
        """Return the profile with some of its optional closures in force.

        Raises
        ------
        ParameterError
            If it has no such closure.

        Examples
        --------
        >>> sorted(load_profile("winter_ice").closing("steps").asked)
        ['steps']
        """
        known = {closure.id for closure in self.closed}
        _refuse_unknown(self.title["en"], ids, known)
        return self.model_copy(update={"asked": self.asked | set(ids)})

    def with_child_factor(self, factor: float, *, source: str) -> Profile:
        """Return the profile with the extra time of winter scaled otherwise.

        Raises
        ------
        ParameterError
            If the profile has no winter, or the factor is negative or not finite.
        """
        if self.winter_s_per_m is None:
            raise ParameterError(f"profile {self.title['en']!r}: it has no winter for child_factor to scale")
        try:
            scaled = Sourced(value=factor, source=source)
        except ValidationError as error:
            raise ParameterError(f"child_factor: {factor} is not a number of 0 or more") from error
        return self.model_copy(update={"child_factor": scaled})

    def closures(self) -> tuple[Closure, ...]:
        """Return the closures in force."""
        return tuple(one for one in self.closed if not one.optional or one.id in self.asked)


def load_profile(name: str | Path) -> Profile:
    """Read a profile that comes with the package, or a file of one's own.

    Parameters
    ----------
    name
        One of ``child``, ``stroller``, ``wheelchair``, ``winter_cleared``, ``winter_ice`` and
        ``independent_child``, or the path of a TOML file.

    Returns
    -------
    The profile, for `profile_costs`.

    Raises
    ------
    LayerError
        If there is no such profile, or the file breaks the schema.

    Examples
    --------
    >>> load_profile("stroller").title["en"]
    'With a stroller'
    """
    if str(name) in SHIPPED:
        file = resources.files("cfspace.network.profiles").joinpath(f"{name}.toml")
        text = file.read_text(encoding="utf-8")
    else:
        path = Path(name)
        if path.suffix != ".toml" or not path.is_file():
            shipped = ", ".join(SHIPPED)
            raise LayerError(f"profile {name}: no such profile; shipped are {shipped}, or give a TOML file")
        text = path.read_text(encoding="utf-8")
    try:
        return Profile.model_validate(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise LayerError(f"profile {name}: {_first_fault(error)}; correct it") from error


def _first_fault(error: tomllib.TOMLDecodeError | ValidationError) -> str:
    if isinstance(error, tomllib.TOMLDecodeError):
        return str(error)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else str(first["msg"])


def _refuse_unknown(title: str, ids: Collection[str], known: Collection[str]) -> None:
    unknown = sorted(set(ids) - set(known))
    if unknown:
        has = ", ".join(sorted(known)) or "none"
        raise ParameterError(f"profile {title!r}: no closure {unknown[0]!r}; it has {has}")
