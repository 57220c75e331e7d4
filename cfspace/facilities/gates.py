"""Gates and entrances mapped in OSM, and whom they let in."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyproj

from cfspace.facilities.tagtable import Mask, TagTable

GATE_VALUES = (
    "gate",
    "kissing_gate",
    "swing_gate",
    "sliding_gate",
    "lift_gate",
    "wicket_gate",
    "turnstile",
    "full-height_turnstile",
    "entrance",
    "sally_port",
    "hampshire_gate",
    "stile",
    "cycle_barrier",
    "bollard",
)
FENCELESS = ("bollard", "cycle_barrier", "entrance")
"""Barriers that stand alone, with no fence to either side."""
NO_WAY_IN = ("no", "emergency", "exit", "fire_exit", "service", "garage", "staircase", "delivery")
_KEYS = ("entrance", "barrier", "railway", "access", "foot", "locked", "bollard")


@dataclass(frozen=True)
class Gates:
    """Points where one may pass a wall or an outline.

    Attributes
    ----------
    geometry
        Points in the metric CRS.
    rule
        ``entrance_tag`` or ``gate``.
    shut
        Which are locked, or closed to walkers.
    private
        Which let in only those who belong there: pupils, not strangers.
    subway
        Which are entrances of a metro station.
    fenced
        Which show that there is a fence or wall beside them.
    """

    geometry: npt.NDArray[np.object_]
    rule: npt.NDArray[np.object_]
    shut: Mask
    private: Mask
    subway: Mask
    fenced: Mask

    def barred(self, *, private_serves: bool) -> Mask:
        """Return which gates do not let children in, where private ones do or do not serve them."""
        return self.shut if private_serves else self.shut | self.private


def gate_points(features: gpd.GeoDataFrame, *, crs: pyproj.CRS) -> Gates:
    """Return the gates and entrances among OSM objects (columns ``tags``, geometry in EPSG:4326)."""
    table = TagTable(features["tags"].tolist(), _KEYS)
    is_point = features.geometry.geom_type.to_numpy() == "Point"
    entrance = table.has("entrance") & ~table.equals_any("entrance", NO_WAY_IN)
    subway = table.equals_any("railway", ("subway_entrance",))
    gate = table.equals_any("barrier", GATE_VALUES)
    chosen = is_point & (entrance | subway | gate)
    open_to_feet = table.equals_any("foot", ("yes", "permissive", "designated"))
    private = table.equals_any("access", ("private", "no", "permit", "customers")) & ~open_to_feet
    shut = table.equals_any("locked", ("yes",)) | table.equals_any("foot", ("no",))
    shut |= table.equals_any("access", ("no",)) & ~open_to_feet
    private |= table.equals_any("foot", ("private",))
    rule = np.where(entrance | subway, "entrance_tag", "gate").astype(object)
    return Gates(
        geometry=features.geometry[chosen].to_crs(crs).to_numpy(),
        rule=rule[chosen],
        shut=shut[chosen],
        private=private[chosen],
        subway=subway[chosen],
        fenced=(gate & ~table.equals_any("barrier", FENCELESS))[chosen],
    )
