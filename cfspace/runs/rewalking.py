"""The walks of a finished run, walked again from its files: which place each home is nearest to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from cfspace.access.nearest import nearest
from cfspace.io.frame import to_metric
from cfspace.network.model import WalkNetwork
from cfspace.network.snap import OtherFeet, SnappedPoints, snap
from cfspace.present.rundata import RunData

FOOT_TOLERANCE_M = 0.5
"""Feet are written as degrees, and found again within this of their segment."""


class Walks:
    """The walk network of a finished run with the feet of its homes and entrances.

    Parameters
    ----------
    run
        A run whose ``segments.parquet``, ``homes.parquet`` and ``entrances.parquet`` are there.

    Notes
    -----
    The files hold degrees; the walks equal those in ``homes.parquet`` to a millimetre.
    """

    def __init__(self, run: RunData) -> None:
        self.run = run
        self.network = network_of(run)
        self._entrances = feet_of(self.network, run.entrances)

    def nearest(
        self, homes: gpd.GeoDataFrame, facility_ids: Iterable[str], *, max_walk_m: float
    ) -> pd.DataFrame:
        """Return, for each home, the nearest of some facilities.

        Parameters
        ----------
        homes
            Rows of the run's homes.
        facility_ids
            The facilities asked for.
        max_walk_m
            Where the search stops, in metres.

        Returns
        -------
        `facility_id` (None where none is reached) and `metres`, in the order of `homes`.
        """
        rows = np.flatnonzero(self.run.entrances["facility_id"].isin(list(facility_ids)).to_numpy())
        feet = self._with_ways_out(feet_of(self.network, homes), homes)
        found = nearest(self.network, feet, self._entrances.take(rows), max_walk_m=max_walk_m)
        names = [*self.run.entrances["facility_id"].iloc[rows], None]
        reached = pd.Series([names[row] for row in found.target], index=homes.index, dtype=object)
        return pd.DataFrame({"facility_id": reached, "metres": found.metres})

    def _with_ways_out(self, feet: SnappedPoints, homes: gpd.GeoDataFrame) -> SnappedPoints:
        """Return the feet of homes with those by the gates of their compounds, if the run has such homes."""
        path = self.run.run_dir / "ways_out.parquet"
        if not path.is_file():
            return feet
        ways = gpd.read_parquet(path)
        row = pd.Index(homes["home_id"]).get_indexer(ways["home_id"])
        ways = ways[row >= 0].reset_index(drop=True)
        total_m = ways["before_m"] + ways["connector_m"]
        x_m, y_m = to_metric(self.network.crs, ways.geometry.x.to_numpy(), ways.geometry.y.to_numpy())
        gates = feet_of(self.network, ways.assign(connector_m=total_m))
        return replace(feet, others=OtherFeet(owner=row[row >= 0], feet=gates, x_m=x_m, y_m=y_m))


def network_of(run: RunData) -> WalkNetwork:
    """Return the walk network that ``segments.parquet`` holds, in the metric frame of its run."""
    crs = pyproj.CRS.from_wkt(run.meta["crs"])
    segments = run.segments
    corners, of_line = shapely.get_coordinates(np.asarray(segments.geometry.array), return_index=True)
    x_m, y_m = to_metric(crs, corners[:, 0], corners[:, 1])
    ptr = np.zeros(len(segments) + 1, np.int64)
    np.cumsum(np.bincount(of_line, minlength=len(segments)), out=ptr[1:])
    ends = segments[["from_node_id", "to_node_id"]].to_numpy().T.ravel()
    node_id, place = np.unique(ends, return_inverse=True)
    corner = np.empty(len(node_id), np.int64)
    corner[place] = np.concatenate([ptr[:-1], ptr[1:] - 1])
    first, last = place.reshape(2, -1).astype(np.int32)
    own = ["from_node_id", "to_node_id", "length_m", "is_island", "takes_feet", "geometry"]
    return WalkNetwork(
        crs=crs,
        node_x_m=x_m[corner],
        node_y_m=y_m[corner],
        node_id=node_id,
        segment_from=first.copy(),
        segment_to=last.copy(),
        vertex_ptr=ptr,
        vertex_x_m=x_m,
        vertex_y_m=y_m,
        length_m=segments["length_m"].to_numpy(np.float64, copy=True),
        attributes=pd.DataFrame(segments.drop(columns=own)),
    )


def feet_of(network: WalkNetwork, points: gpd.GeoDataFrame) -> SnappedPoints:
    """Return the feet of homes or entrances as their file tells them, with their own connectors."""
    placed: list[Any] = [points[name].to_numpy(np.float64) for name in ("foot_lon_deg", "foot_lat_deg")]
    x_m, y_m = to_metric(network.crs, *placed)
    seen = np.isfinite(placed[0])
    feet = snap(
        network,
        np.where(seen, x_m, np.nan),
        np.where(seen, y_m, np.nan),
        max_connector_m=FOOT_TOLERANCE_M,
    )
    told = np.where(feet.has_foot, points["connector_m"].to_numpy(np.float64), np.nan)
    return replace(feet, connector_m=told)
