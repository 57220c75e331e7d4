"""From a city in memory to the walks of its homes: what measures and files are made of."""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cfspace.access.pairs import Pairs
from cfspace.access.table import access_table
from cfspace.config.rulebook import Rulebook
from cfspace.facilities.answers import Zones, join_zones
from cfspace.indicators.city import City as MeasuredCity
from cfspace.indicators.measures.streets import OWN_AREA, own_area_m2
from cfspace.indicators.sums import representative_points, units_of_points
from cfspace.network.snap import SnapOutcome, SnappedPoints
from cfspace.rulebooks.targets import match_target
from cfspace.runs.city import City
from cfspace.runs.completeness import kinds_known
from cfspace.runs.joining import entrance_feet, join_homes
from cfspace.runs.stages import Stages
from cfspace.runs.walks import Walkers, minutes_of, profile_walks, trips_of
from cfspace.runs.zoned import catchment_pairs, zone_walks
from cfspace.units import Units


@dataclass(frozen=True, eq=False, kw_only=True)
class Measured:
    """A city with its walks.

    Attributes
    ----------
    city
        The city as loaded.
    rulebook
        What was asked.
    homes
        Its homes with ``connector_m`` (for one that leaves by a gate the straight way there included),
        ``foot_x_m``, ``foot_y_m``, ``edge_m`` (metres to where the
        data ends, straight; 0 outside), ``m_<target>`` and ``<profile>_m_<target>``.
    entrances
        Its entrances with ``connector_m``, ``foot_x_m``, ``foot_y_m``.
    limits_m
        By target, where its search stopped.
    trips
        Children's shortest ways to school in figures (`cfspace.runs.walks.trips_of`).
    zones
        Attendance zones with their schools.
    catchments
        Walks between homes (after them those beside) and places that are shared out, by target.
    minutes
        The lived view, no part of what is scored (`cfspace.runs.walks.minutes_of`).
    home_feet, entrance_feet
        The snapped points.
    homes_at
        Where the connector of each home begins, x and y: at the home, or at the gate it leaves by.
    """

    city: City
    rulebook: Rulebook
    homes: gpd.GeoDataFrame
    entrances: gpd.GeoDataFrame
    limits_m: dict[str, float]
    trips: pd.DataFrame
    minutes: pd.DataFrame
    zones: Zones
    catchments: dict[str, Pairs]
    home_feet: SnappedPoints
    entrance_feet: SnappedPoints
    homes_at: tuple[NDArray[np.float64], NDArray[np.float64]]

    def for_measures(self) -> MeasuredCity:
        """Return the city as the measures of the rulebook see it."""
        city = self.city
        return MeasuredCity(
            homes=pd.DataFrame(self.homes.drop(columns="geometry")),
            facilities=city.facilities,
            entrances=self.entrances,
            units=_with_own_areas(city),
            evidence=city.evidence,
            weights=city.weights,  # type: ignore[arg-type]
            segments=_with_units(segments_frame(city), city),
            residential=_with_units(_residential(city), city),
            trips=self.trips,
            audits=city.audits,
            catchments=self.catchments,
            homes_beside=city.homes_beside,
            home_m=city.position_m,
            placed_within=city.placed_within,
            completeness=kinds_known(city),
        )

    def counts(self) -> dict[str, int]:
        """Return how many homes and entrances found no foot, by reason, and how many an island."""
        outcome = {"homes": self.home_feet.outcome, "entrances": self.entrance_feet.outcome}
        return {
            f"{name}_{kind.name.lower()}": int((values == kind).sum())
            for name, values in outcome.items()
            for kind in SnapOutcome
        }


def measure(city: City, rulebook: Rulebook, *, jobs: int = 1, stages: Stages | None = None) -> Measured:
    """Snap homes and entrances, and walk from every home to every target.

    Parameters
    ----------
    city
        A loaded city.
    rulebook
        Names the targets and how far to search for each.
    jobs
        Targets searched at a time; changes no byte of the answer.
    stages
        Told what is being done.
    """
    stages = stages or Stages()
    with stages("snapping"):
        walkers = walkers_of(city, rulebook)
    with stages("access"):
        table = access_table(
            city.network,
            walkers.homes,
            walkers.entrances,
            walkers.masks,
            limits_m=walkers.limits_m,
            jobs=jobs,
        )
    with stages("trips"):
        trips = trips_of(walkers, rulebook)
    with stages("profiles"):
        profiled = profile_walks(walkers, rulebook, jobs=jobs)
        minutes = minutes_of(walkers, table, rulebook)
    with stages("zones"):
        return measured_of(
            walkers, rulebook, table=table, trips=trips, profiled=profiled, minutes=minutes, jobs=jobs
        )


def walkers_of(city: City, rulebook: Rulebook) -> Walkers:
    """Return where the walks of a city begin and end: homes and entrances on the network, by target."""
    joined = join_homes(city)
    kinds = sorted(set(city.facilities["kind"]))
    return Walkers(
        city=city,
        homes=joined.feet,
        homes_at=(joined.x_m, joined.y_m),
        entrances=entrance_feet(city),
        masks={
            name: entrances_of(city, match_target(target, city.facilities).matches)
            for name, target in rulebook.targets(kinds).items()
        },
        limits_m=rulebook.limits_m(kinds),
    )


def measured_of(
    walkers: Walkers,
    rulebook: Rulebook,
    *,
    table: pd.DataFrame,
    trips: pd.DataFrame,
    profiled: pd.DataFrame,
    minutes: pd.DataFrame,
    jobs: int = 1,
) -> Measured:
    """Return a city with its walks, put together from the tables of them.

    Walks to the schools of zones and those of places shared out are made here.
    """
    city = walkers.city
    zones = join_zones(city.study.zones, facilities=city.facilities, crs=city.crs)
    zoned = zone_walks(walkers, rulebook, zones.frame, jobs=jobs)
    homes = _with_feet(city.homes, walkers.homes).assign(edge_m=_edge_m(city))
    homes = gpd.GeoDataFrame(
        pd.concat([homes, table, profiled, zoned], axis=1), geometry="geometry", crs=city.crs
    )
    return Measured(
        city=city,
        rulebook=rulebook,
        homes=homes,
        entrances=_with_feet(city.entrances, walkers.entrances),
        trips=trips,
        minutes=minutes,
        limits_m=dict(walkers.limits_m),
        home_feet=walkers.homes,
        entrance_feet=walkers.entrances,
        homes_at=walkers.homes_at,
        zones=zones,
        catchments=catchment_pairs(walkers, rulebook, jobs=jobs),
    )


def segments_frame(city: City) -> gpd.GeoDataFrame:
    """Return the walk segments with their attributes and ``length_m``, in the metric frame."""
    network = city.network
    table = network.attributes.assign(
        from_node_id=network.node_id[network.segment_from],
        to_node_id=network.node_id[network.segment_to],
        length_m=network.length_m,
        is_island=network.is_island,
        takes_feet=network.takes_feet,
    )
    return gpd.GeoDataFrame(table, geometry=network.lines, crs=city.crs)


def entrances_of(city: City, matches: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which entrances are those of the facilities that match."""
    facility_ids = city.facilities["facility_id"].to_numpy()[matches]
    matched: NDArray[np.bool_] = city.entrances["facility_id"].isin(facility_ids).to_numpy(bool)
    return matched


def _with_feet(frame: gpd.GeoDataFrame, feet: SnappedPoints) -> gpd.GeoDataFrame:
    placed: gpd.GeoDataFrame = frame.assign(
        connector_m=feet.leg_m, foot_x_m=feet.foot_x_m, foot_y_m=feet.foot_y_m
    )
    return placed


def _edge_m(city: City) -> NDArray[np.float64]:
    """Metres from each home to the edge of the data; 0 for homes beyond it."""
    points = city.homes.geometry.to_numpy()
    shapely.prepare(city.extent)
    inside = shapely.intersects(city.extent, points)
    return np.where(inside, shapely.distance(shapely.boundary(city.extent), points), 0.0)


def _with_own_areas(city: City) -> Units:
    """Return the units; where others stand beside, with what is theirs of the ground that both share."""
    if city.all_units is None:
        return city.units
    frames = {}
    for level, frame in city.units.frames.items():
        among = city.all_units.frames[level]
        own = among["unit_id"].isin(frame["unit_id"]).to_numpy()
        frames[level] = frame.assign(**{OWN_AREA: own_area_m2(among)[own]})
    return replace(city.units, frames=frames)


def _with_units(frame: gpd.GeoDataFrame | None, city: City) -> gpd.GeoDataFrame | None:
    """Add the unit of each thing where units stand beside the study's own: of two the lower id has it."""
    if frame is None or city.all_units is None:
        return frame
    points = representative_points(frame)
    placed = {}
    for level, units in city.all_units.frames.items():
        ids = np.array([*units["unit_id"], None], dtype=object)
        placed[f"{level}_id"] = ids[units_of_points(points, units)]
    found: gpd.GeoDataFrame = frame.assign(**placed)
    return found


def _residential(city: City) -> gpd.GeoDataFrame | None:
    """Residential land, in pieces that do not overlap; None where nothing tells it."""
    land = city.landuse[city.landuse["landuse"] == "residential"] if len(city.landuse) else city.landuse
    if not len(land):
        return None
    whole = shapely.union_all(shapely.make_valid(land.geometry.to_numpy()))
    pieces = [piece for piece in shapely.get_parts(whole) if piece.geom_type == "Polygon"]
    return gpd.GeoDataFrame(geometry=pieces, crs=city.crs)
