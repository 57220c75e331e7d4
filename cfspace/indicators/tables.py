"""Facts per unit, summed up to coarser levels where every finer unit has its fact."""

from __future__ import annotations

import numpy as np
import shapely

from cfspace.indicators.city import City, Floats
from cfspace.indicators.outcome import PerUnit
from cfspace.indicators.sums import units_of_points
from cfspace.indicators.words import attribute_names, say


def facts_per_unit(city: City, column: str, *, min_share: float) -> PerUnit | None:
    """Return a fact for the units of every level, None where no table of the study gives it.

    A level takes its own table where it has one. Else it sums the next finer level that has: a unit whose
    finer units leave out more than ``1 - min_share`` of its area, or one of which has no fact, stays unknown.
    Finer levels than the table's stay unknown: a total cannot be split without a guess.
    """
    given = {level: city.fact(level, column) for level in city.units.levels}
    if all(np.isnan(values).all() for values in given.values()):
        return None
    finer_first = list(reversed(city.units.levels))
    by_level: dict[str, Floats] = {}
    source: str | None = None
    for level in finer_first:
        if not np.isnan(given[level]).all():
            source, by_level[level] = level, given[level]
        elif source is None:
            by_level[level] = np.full(len(given[level]), np.nan)
        else:
            by_level[level] = _summed_up(
                city, by_level[source], fine=source, coarse=level, min_share=min_share
            )
    name = attribute_names([column])
    missing = say(
        en=f"the study's tables do not give {name.en} for all of this unit",
        zh=f"研究的统计表未给出本单元完整的{name.zh}",
    )
    ordered = {level: by_level[level] for level in city.units.levels}
    return PerUnit(by_level=ordered, missing=missing)


def _summed_up(city: City, facts: Floats, *, fine: str, coarse: str, min_share: float) -> Floats:
    parts, wholes = city.units.frames[fine], city.units.frames[coarse]
    codes = units_of_points(shapely.point_on_surface(np.asarray(parts.geometry.array)), wholes)
    inside = codes >= 0
    sums = np.bincount(codes[inside], weights=facts[inside], minlength=len(wholes)).astype(np.float64)
    areas = shapely.area(np.asarray(parts.geometry.array))
    covered = np.bincount(codes[inside], weights=areas[inside], minlength=len(wholes))
    whole_areas = shapely.area(np.asarray(wholes.geometry.array))
    return np.where(covered >= min_share * whole_areas, sums, np.nan)
