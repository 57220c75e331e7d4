"""A city in memory: what a study points to, read and put together."""

from __future__ import annotations

from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from cfspace.config.cards import card
from cfspace.config.study import Study
from cfspace.facilities.compounds import Compounds
from cfspace.io.reports import LayerReport
from cfspace.network.model import WalkNetwork
from cfspace.units import Units


@dataclass(frozen=True, eq=False, kw_only=True)
class City:
    """A city in memory. Every frame is in `crs` (metres).

    Attributes
    ----------
    study
        The study it was loaded from.
    crs
        Metric frame.
    network
        The walk network.
    units
        Unit polygons by level.
    homes
        Points: ``home_id``, ``children_<band>``, ``<level>_id``.
    facilities, entrances
        Places and where the walk to each ends.
    evidence
        By kind: ``municipal_complete``, ``municipal``, ``osm`` or ``none``.
    weights
        What ``children_<band>`` hold: ``children``, ``floor_area_m2`` or ``population``.
    position_m, placed_within
        How homes may be off, as in `cfspace.homes.Homes`.
    extent
        Where the data ends, a polygon.
    landuse
        Land-use, park and water polygons.
    all_units
        Units with those that only stand beside; None where there are none.
    homes_beside
        Homes in these: no number is told of them, but they share places with the study's own.
    found
        Places that OSM holds, before lists were merged with them.
    merges
        What was merged out of OSM and municipal lists.
    audits
        Answers to the city's checklists.
    reports
        What reading each layer did.
    notes
        What a reader of the results should know.
    counts
        Counts for ``run.json`` and the check.
    compounds, home_compound
        Gated compounds if the study asks for them, and the one that binds each home, -1 if none does
        (without compounds: empty).
    """

    study: Study
    crs: pyproj.CRS
    network: WalkNetwork
    units: Units
    homes: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame
    entrances: gpd.GeoDataFrame
    evidence: dict[str, str]
    weights: str
    extent: shapely.Geometry
    landuse: gpd.GeoDataFrame
    found: gpd.GeoDataFrame
    merges: pd.DataFrame
    audits: pd.DataFrame
    reports: tuple[LayerReport, ...] = ()
    notes: tuple[str, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    compounds: Compounds | None = None
    home_compound: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    position_m: float | None = None
    placed_within: str | None = None
    all_units: Units | None = None
    homes_beside: gpd.GeoDataFrame | None = None

    def _repr_html_(self) -> str:
        facts: dict[str, object] = {
            "units": ", ".join(f"{level} {len(frame):,}" for level, frame in self.units.frames.items()),
            "homes": len(self.homes),
            "weights": self.weights,
            "facilities": len(self.facilities),
            "entrances": len(self.entrances),
            "walk segments": self.network.n_segments,
            "junctions": self.network.n_nodes,
        }
        kinds = self.facilities["kind"].value_counts().sort_index()
        table = kinds.rename_axis("kind").rename("places").reset_index()
        table["evidence"] = table["kind"].map(self.evidence)
        return card(self.study.study.name, facts, more=table.to_html(index=False))
