"""What a rulebook takes for granted about how far its numbers may be off."""

from __future__ import annotations

from types import MappingProxyType
from typing import Annotated, Final

from pydantic import Field, model_validator

from cfspace.config.rulebook.base import Frozen, Name, Share

NotNegative = Annotated[float, Field(ge=0)]
Completeness = Annotated[float, Field(gt=0, le=1)]

ASSUMED: Final = "assumed"
OWN_SOURCES: Final = MappingProxyType(
    {
        "home_m": ASSUMED,
        "place_m": "haklay-2010",
        "network_share": ASSUMED,
        "connector_detour": "geometry: along two sides of a square instead of its diagonal",
        "home_spread": ASSUMED,
        "osm_completeness": ASSUMED,
        "municipal_completeness": ASSUMED,
    }
)
"""Where each number comes from, by its name: a key of docs/sources.md, geometry, or assumed."""


class Uncertainty(Frozen):
    """How far walks, homes and lists may be off, and how chances of ranks are drawn.

    Attributes
    ----------
    home_m
        How far the door where children leave may lie from the home's point, in metres; homes on a grid have
        their own figure, 0.3826 of its side.
    place_m
        How far an entrance may lie from its point, in metres.
    network_share
        Share by which the walk along the network may be longer or shorter.
    connector_detour
        Share by which the way to the network may be longer than the straight connector.
    home_spread
        Standard deviation of the children of a home over the number told, where homes share a total.
    osm_completeness, municipal_completeness
        Share of the places of a kind that a list holds, where no second list tells how many there are.
    draws, seed
        How often the scores are drawn anew, and from which start.
    interval
        Share of the draws that lies in an interval.
    sources
        Where each number comes from.
    """

    home_m: NotNegative = 10.0
    place_m: NotNegative = 6.0
    network_share: Share = 0.02
    connector_detour: NotNegative = 0.414
    home_spread: NotNegative = 1.0
    osm_completeness: Completeness = 0.7
    municipal_completeness: Completeness = 0.9
    draws: int = Field(default=400, ge=100, le=100_000)
    seed: int = Field(default=387, ge=0)
    interval: Annotated[float, Field(gt=0, lt=1)] = 0.9
    sources: dict[Name, str] = Field(default_factory=lambda: dict(OWN_SOURCES))

    @model_validator(mode="after")
    def _every_number_has_a_source(self) -> Uncertainty:
        lacking = sorted(set(OWN_SOURCES) - {name for name, text in self.sources.items() if text.strip()})
        strange = sorted(set(self.sources) - set(OWN_SOURCES))
        if strange:
            raise ValueError(f"sources: {strange[0]} is no number of this section, correct its spelling")
        if lacking:
            raise ValueError(f'{lacking[0]} has no entry in sources, name where it comes from, or "assumed"')
        return self
