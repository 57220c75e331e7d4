"""What measures may ask: homes with their walks, places, streets, units and the city's own lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, Protocol

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cfspace.access.pairs import Pairs
from cfspace.config.bands import BANDS
from cfspace.config.rulebook import Target
from cfspace.errors import ParameterError
from cfspace.rulebooks.targets import TargetMatch, match_target
from cfspace.rulebooks.values import numbers

Floats = NDArray[np.float64]
Weights = Literal["children", "floor_area_m2", "population"]

WEIGHT_WORDS: dict[str, str] = {
    "children": "",
    "floor_area_m2": " of residential floor area",
    "population": " of population",
}
"""What is added to ``share`` where homes do not weigh children."""


class UnitLayers(Protocol):
    """Unit polygons by level, as `cfspace.units` reads them."""

    @property
    def levels(self) -> tuple[str, ...]:
        """Levels, coarse first."""

    @property
    def frames(self) -> Mapping[str, gpd.GeoDataFrame]:
        """Polygons in metres by level: `unit_id`, `unit_name`, `covered_share`, `area_m2`, table columns."""


AUDIT_COLUMNS: Final = ("kind", "facility_id", "level", "unit_id", "item", "value")


PATH_COLUMNS: Final = ("path_m", "known_m", "footway_m", "major_crossings")
"""Figures of a path to school."""


def _no_audits() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=object) for name in AUDIT_COLUMNS})


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """A city as measures see it. Nothing in it is changed by evaluating a rulebook.

    Attributes
    ----------
    homes
        One row per home: `home_id`, `children_<band>` for every band, `<level>_id` for every level (None
        outside), `connector_m` (NaN: not measured), `m_<target>` metres to the nearest entrance of every
        target of the rulebook (inf: none within reach, NaN: not measured), optional `stroller_m_<target>` for
        the stroller profile, and ``zone_m_<target>`` to the school of the home's attendance zone.
    facilities
        Geometry in the metric CRS: `facility_id`, `kind`, `name`, `source`, `source_id`, attributes, and
        `<level>_id` of its representative point (None outside).
    entrances
        Points in the metric CRS: `facility_id`, `kind`, `rule`.
    units
        Unit polygons by level, with the columns of the study's tables.
    evidence
        By kind: ``municipal_complete``, ``municipal``, ``osm`` or ``none``. A kind that is absent has none.
    weights
        What `children_<band>` hold. Where not children, nothing is said of numbers of children.
    segments
        LineStrings in the metric CRS, one per walk segment: `length_m` and street attributes. None: not
        known.
    residential
        Polygons of residential land in the metric CRS, not overlapping. None: not known.
    trips
        One row per home and kind of school that it walks to by the shortest path: `home_id`, `kind`, `path_m`
        along the network, `known_m` of it of which it is known whether there is a footway, `footway_m` of
        that with one, and `major_crossings`. None: not computed.
    audits
        Checklist answers: `item`, `value` (yes, no or unknown), and either `kind` and `facility_id`, or
        `level` and `unit_id`.
    catchments
        By target whose places are shared out, the walks between all homes (origins, in their order, and after
        them those of `homes_beside`) and all facilities (targets, in their order).
    homes_beside
        Homes outside the units that share places with those inside: `children_<band>`. None: there are none.
    home_m
        How far a home may lie from its point where homes are cells of a grid, in metres; None where the
        rulebook's figure holds.
    placed_within
        Level of the units whose children are spread over their homes, ``all`` where it is the whole study;
        None where each home has its own number.
    completeness
        By kind, the share of the places there are that the study knows, where two lists tell of it.
    """

    homes: pd.DataFrame
    facilities: gpd.GeoDataFrame
    entrances: gpd.GeoDataFrame
    units: UnitLayers
    evidence: Mapping[str, str]
    weights: Weights = "children"
    segments: gpd.GeoDataFrame | None = None
    residential: gpd.GeoDataFrame | None = None
    trips: pd.DataFrame | None = None
    audits: pd.DataFrame = field(default_factory=_no_audits)
    catchments: Mapping[str, Pairs] = field(default_factory=dict)
    homes_beside: pd.DataFrame | None = None
    home_m: float | None = None
    placed_within: str | None = None
    completeness: Mapping[str, float] = field(default_factory=dict)
    _matches: dict[Target, TargetMatch] = field(default_factory=dict, init=False, repr=False, compare=False)
    _once: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    _children: dict[tuple[str, ...], Floats] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        wanted = {
            "home_id",
            *(f"children_{band}" for band in BANDS),
            *(f"{level}_id" for level in self.units.levels),
        }
        missing = sorted(wanted - set(self.homes.columns))
        if missing:
            raise ParameterError(
                f"homes: column {missing[0]} is missing; give a row per home as City describes it"
            )

    def children(self, bands: tuple[str, ...]) -> Floats:
        """Return the children of `bands` at each home, all bands together where none is named."""
        if bands not in self._children:
            columns = [f"children_{band}" for band in bands or BANDS]
            total = self.homes[columns].to_numpy(dtype=np.float64).sum(axis=1)
            total.flags.writeable = False
            self._children[bands] = total
        return self._children[bands]

    def children_beside(self, bands: tuple[str, ...]) -> Floats:
        """Return the children of `bands` at each home of `homes_beside`."""
        if self.homes_beside is None:
            return np.zeros(0)
        columns = [f"children_{band}" for band in bands]
        total: Floats = self.homes_beside[columns].to_numpy(dtype=np.float64).sum(axis=1)
        return total

    def metres_to(self, target: str, *, profile: str = "") -> Floats:
        """Return the metres from each home to the nearest entrance of a target.

        Raises
        ------
        ParameterError
            If the access table has no column for the target.
        """
        column = f"{profile}_m_{target}" if profile else f"m_{target}"
        if column not in self.homes.columns:
            raise ParameterError(
                f"homes: column {column} is missing; compute access to every target of the rulebook"
            )
        return self.homes[column].to_numpy(dtype=np.float64)

    def paths_to(self, kind: str) -> pd.DataFrame:
        """Return the figures of each home's shortest path to a kind of school, NaN where it has none."""
        found: pd.DataFrame = self.once(f"paths to {kind}", lambda: self._paths_to(kind))
        return found

    def _paths_to(self, kind: str) -> pd.DataFrame:
        trips = pd.DataFrame(columns=["kind", "home_id", *PATH_COLUMNS]) if self.trips is None else self.trips
        own = trips[(trips["kind"] == kind).to_numpy(bool)]
        ids, homes = own["home_id"].to_numpy(object), self.homes["home_id"].to_numpy(object)
        figures = pd.DataFrame({name: own[name].to_numpy(np.float64) for name in PATH_COLUMNS})
        # In a run homes stand in the same order; to look each up by its id takes longer than all else.
        return figures if np.array_equal(ids, homes) else figures.set_axis(ids).reindex(homes)

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        """Return what `make` makes of all but walks and children; asked again by that name, the same."""
        if name not in self._once:
            self._once[name] = make()
        return self._once[name]

    def match(self, target: Target) -> TargetMatch:
        """Return which facilities belong to a target; asked again, the same answer."""
        if target not in self._matches:
            self._matches[target] = match_target(target, self.facilities)
        return self._matches[target]

    def with_homes(self, homes: pd.DataFrame) -> City:
        """Return the same city with other walks or children at its homes, in the same order."""
        other = replace(self, homes=homes)
        other._matches.update(self._matches)  # noqa: SLF001
        other._once.update(self._once)  # noqa: SLF001
        return other

    def fact(self, level: str, column: str) -> Floats:
        """Return a fact per unit of a level as its table gives it, NaN where it does not."""
        return numbers(self.units.frames[level], column)
