"""What every entry of a rulebook has in common: texts, targets, who counts, goal and source."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from cfspace.config.bands import BANDS
from cfspace.config.study import Level

Band = Literal["0_2", "3_5", "6_11", "12_14", "15_17"]
Confidence = Literal["original", "secondary", "unverified", "design"]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]


class Frozen(BaseModel):
    """A frozen section that refuses unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(Frozen):
    """A text in Chinese and in English, both required."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def in_language(self, lang: str) -> str:
        """Return the text in `lang`, ``zh`` or ``en``.

        Examples
        --------
        >>> Text(zh="公园", en="Parks").in_language("en")
        'Parks'
        """
        return self.zh if lang == "zh" else self.en


class Condition(Frozen):
    """One narrowing by an attribute: ``min <= value < max``, or equal to one of `equals`."""

    attribute: Name
    min: float | None = None
    max: float | None = None
    equals: tuple[str | float | bool, ...] | None = None

    @model_validator(mode="after")
    def _asks_something(self) -> Condition:
        if self.equals is None and self.min is None and self.max is None:
            raise ValueError(f"{self.attribute} has no condition, give min, max or equals")
        if self.equals is not None and (self.min is not None or self.max is not None):
            raise ValueError(f"{self.attribute} has both equals and a range, give one of them")
        if self.min is not None and self.max is not None and self.min >= self.max:
            raise ValueError(f"{self.attribute}: min {self.min:g} is not below max {self.max:g}")
        return self


class Target(Frozen):
    """What an indicator measures the way to: kinds, narrowed by attributes that all must hold.

    Where an attribute of `where` is not known of a place, `otherwise` decides instead: a park by the city's
    class, else by its area.
    """

    id: Name
    kinds: tuple[Name, ...] = Field(min_length=1)
    where: tuple[Condition, ...] = ()
    otherwise: tuple[Condition, ...] = ()

    @model_validator(mode="after")
    def _otherwise_than_something(self) -> Target:
        if self.otherwise and not self.where:
            raise ValueError(f"{self.id}: otherwise stands alone, give where")
        return self


def _both_languages(source: object) -> object:
    return {"zh": source, "en": source} if isinstance(source, str) else source


def _bands_of(who: object) -> object:
    if who == "none" or who == "all":
        return ()
    return (who,) if isinstance(who, str) else who


class Indicator(Frozen):
    """The facts that every indicator carries, whatever its measure."""

    id: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]*(-[A-Z0-9]+)+$")]
    task: int = Field(ge=1, le=99)
    title: Text
    meaning: Text
    measure: str
    who: Annotated[tuple[Band, ...], BeforeValidator(_bands_of)]
    level: Level
    value_unit: str
    goal: float | None = None
    goal_basis: Literal["norm", "design"] | None = None
    better: Literal["more", "less"] = "more"
    zero: float | None = None
    weight: float = Field(default=1.0, gt=0)
    report_only: bool = False
    source: Annotated[Text, BeforeValidator(_both_languages)]
    confidence: Confidence
    design: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    note: Text | None = None

    @model_validator(mode="after")
    def _goal_fits(self) -> Indicator:
        if self.goal is None and not self.report_only:
            raise ValueError(f"{self.id} is scored and has no goal, give goal or report_only = true")
        if (self.goal is None) != (self.goal_basis is None):
            raise ValueError(f"{self.id}: give goal and goal_basis together")
        if self.goal_basis == "norm" and self.confidence == "design":
            raise ValueError(f"{self.id}: goal_basis is norm and confidence design, only one can be true")
        self._check_direction()
        return self

    def _check_direction(self) -> None:
        if self.better == "more":
            if self.zero is not None:
                raise ValueError(f'{self.id}: zero belongs to better = "less"')
            if self.goal is not None and self.goal <= 0:
                raise ValueError(f"{self.id}: goal is {self.goal:g}, more than zero is needed")
        elif self.goal is not None and (self.zero is None or self.zero <= self.goal):
            raise ValueError(f"{self.id}: less is better, so give zero, greater than goal")

    @model_validator(mode="after")
    def _bands_follow_each_other(self) -> Indicator:
        order = [BANDS.index(band) for band in self.who]
        if any(b - a != 1 for a, b in pairwise(order)):
            raise ValueError(f"{self.id}: who must name neighbouring age bands once, youngest first")
        return self

    @property
    def age_label(self) -> str:
        """The age band that all its bands make together, ``all`` where age plays no part."""
        return age_label(self.who)

    def uses(self) -> tuple[str, ...]:
        """Return the targets that the indicator names, repeats removed."""
        return ()

    def reaches(self) -> dict[str, float]:
        """Return the largest distance in metres that it asks of each target it walks to."""
        return {}


def age_label(bands: tuple[str, ...]) -> str:
    """Return the label of neighbouring age bands taken together.

    Examples
    --------
    >>> age_label(("6_11", "12_14"))
    '6_14'
    >>> age_label(())
    'all'
    """
    if not bands:
        return "all"
    return f"{bands[0].split('_')[0]}_{bands[-1].split('_')[1]}"
