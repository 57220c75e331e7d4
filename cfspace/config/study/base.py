"""What sections of a study file have in common: levels, filters, datums, columns of age bands."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

from cfspace.config.bands import BAND_YEARS

Level = Literal["district", "street", "community", "block"]
"""The levels that results are summed to, coarse first."""

LEVELS: tuple[Level, ...] = ("district", "street", "community", "block")

Value = str | int | float | bool
Where = dict[str, Value | list[Value]]


def _known_bands(columns: dict[str, str]) -> dict[str, str]:
    unknown = sorted(set(columns) - set(BAND_YEARS))
    if unknown:
        raise ValueError(f"age band {unknown[0]!r} is unknown, the bands are {', '.join(BAND_YEARS)}")
    return columns


def _known_datum(datum: object) -> object:
    known = ("wgs84", "gcj02", "bd09")
    if isinstance(datum, str) and (datum in known or datum.lower().endswith(".csv")):
        return datum
    raise ValueError(f"datum {datum!r} is unknown, use {', '.join(known)} or a control-point .csv file")


Datum = Annotated[str, BeforeValidator(_known_datum)]
BandColumns = Annotated[dict[str, str], BeforeValidator(_known_bands)]


class Section(BaseModel):
    """A frozen section that refuses unknown keys; ``from``, a word of Python, is `origin` in it."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
