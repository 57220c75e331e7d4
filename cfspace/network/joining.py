"""Which points found no proper place on the walk network, and why."""

from __future__ import annotations

from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cfspace.errors import ParameterError
from cfspace.network.snap import SnapOutcome, SnappedPoints

WHY: Final = {
    SnapOutcome.ISLAND: "only an island lies within the limit: ways of less than 2 km that join no other",
    SnapOutcome.TOO_FAR: "no street that takes feet lies within the limit",
    SnapOutcome.BARRED: "every street within the limit lies beyond a railway, a waterway or a motorway",
    SnapOutcome.NO_POSITION: "it has no position",
}
ID_COLUMNS: Final = ("home_id", "facility_id")


def snapping_report(
    points: gpd.GeoDataFrame, feet: SnappedPoints, *, id_column: str | None = None
) -> gpd.GeoDataFrame:
    """Return the points that joined an island or nothing, and why.

    Parameters
    ----------
    points
        Points, in the CRS of the network; homes, entrances or others.
    feet
        The same points snapped, in the same order.
    id_column
        Column that names them; by default ``home_id`` or ``facility_id``, else the row.

    Returns
    -------
    A row for each such point, in the order given: ``id``, ``outcome`` (island, too_far, barred or
    no_position), ``why`` in words, ``connector_m`` (NaN without foot) and the point.

    Raises
    ------
    ParameterError
        If there are not as many feet as points, or there is no such column.

    Examples
    --------
    >>> from cfspace.network.snap import snap
    >>> from cfspace.network.toy import toy_network
    >>> street = toy_network([({}, [(0, 0), (3000, 0)])])
    >>> homes = gpd.GeoDataFrame({"home_id": ["a", "b"]}, geometry=gpd.points_from_xy([0, 0], [10, 300]))
    >>> snapping_report(homes, snap(street, homes.geometry.x, homes.geometry.y))[["id", "outcome"]]
      id  outcome
    0  b  too_far
    """
    if len(points) != len(feet):
        raise ParameterError(
            f"snapping_report: {len(points)} points, {len(feet)} feet; snap these very points"
        )
    names = _ids(points, id_column)
    chosen = np.flatnonzero(feet.outcome != SnapOutcome.MAINLAND)
    outcomes = [SnapOutcome(value) for value in feet.outcome[chosen].tolist()]
    columns = {
        "id": names[chosen],
        "outcome": pd.Series([one.name.lower() for one in outcomes], dtype="str"),
        "why": pd.Series([WHY[one] for one in outcomes], dtype="str"),
        "connector_m": feet.connector_m[chosen],
    }
    shapes = points.geometry.to_numpy()[chosen]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=points.crs)


def outcome_counts(feet: SnappedPoints) -> dict[str, int]:
    """Return how many points had each outcome."""
    return {one.name.lower(): int((feet.outcome == one).sum()) for one in SnapOutcome}


def _ids(points: gpd.GeoDataFrame, column: str | None) -> NDArray[np.object_]:
    if column is not None and column not in points.columns:
        there = ", ".join(map(str, points.columns))
        raise ParameterError(f"snapping_report: no column {column!r}; name one of {there}")
    known = column or next((name for name in ID_COLUMNS if name in points.columns), None)
    return np.asarray(points.index if known is None else points[known], object)
