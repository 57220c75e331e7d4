"""Walks from homes to the school of their own attendance zone, and between homes and places shared out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cfspace.access.pairs import Pairs, pairs_within
from cfspace.config.rulebook import Rulebook
from cfspace.network.snap import SnappedPoints
from cfspace.runs.city import City
from cfspace.runs.compounds import bound
from cfspace.runs.joining import join_homes
from cfspace.runs.walks import Walkers


def zone_walks(
    walkers: Walkers, rulebook: Rulebook, zones: gpd.GeoDataFrame, *, jobs: int = 1
) -> pd.DataFrame:
    """Return the walk from each home to the school of its own zone.

    Parameters
    ----------
    walkers
        Homes and entrances, snapped.
    rulebook
        Names the kinds of school that are asked for.
    zones
        Polygons in the metric frame: ``kind``, ``facility_id`` (missing where the school is not known).
    jobs
        Searches at a time; changes no byte of the answer.

    Returns
    -------
    For each kind that has zones, ``zone_m_<kind>``: metres, ``inf`` where the school is beyond the
    search, ``NaN`` where the home has no foot or lies in no zone whose school is known; and
    ``zone_of_<kind>``, the school; where zones overlap, the nearest of theirs.
    """
    columns: dict[str, object] = {}
    for kind in rulebook.zone_targets():
        own = zones[(zones["kind"] == kind) & zones["facility_id"].notna()]
        if len(own):
            columns |= _to_own_school(walkers, kind, own, jobs=jobs)
    return pd.DataFrame(columns, index=walkers.city.homes.index)


def _to_own_school(walkers: Walkers, kind: str, zones: gpd.GeoDataFrame, *, jobs: int) -> dict[str, object]:
    city, n_homes = walkers.city, len(walkers.homes)
    schools = pd.Index(sorted(zones["facility_id"].unique()))
    home, zone = _inside(city.homes, zones)
    assigned = pd.DataFrame({"home": home, "school": schools.get_indexer(zones["facility_id"].iloc[zone])})
    rows = np.flatnonzero(city.entrances["facility_id"].isin(schools).to_numpy())
    pairs = pairs_within(
        city.network,
        walkers.homes,
        walkers.entrances.take(rows),
        max_walk_m=walkers.limits_m[kind],
        groups=schools.get_indexer(city.entrances["facility_id"].iloc[rows]),
        jobs=jobs,
    )
    walks = pairs.to_frame().rename(columns={"origin": "home", "target": "school"})
    found = assigned.drop_duplicates().merge(walks, on=["home", "school"], how="left")
    found = found.fillna({"metres": np.inf}).sort_values(["home", "metres", "school"], kind="stable")
    nearest = found.drop_duplicates("home")
    metres, school = np.full(n_homes, np.nan), np.full(n_homes, None, dtype=object)
    metres[nearest["home"]] = nearest["metres"]
    school[nearest["home"]] = schools.to_numpy(object)[nearest["school"]]
    return {
        f"zone_m_{kind}": np.where(walkers.homes.has_foot, metres, np.nan),
        f"zone_of_{kind}": school,
    }


def _inside(homes: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> tuple[np.ndarray, np.ndarray]:
    tree = shapely.STRtree(np.asarray(zones.geometry.array))
    home, zone = tree.query(np.asarray(homes.geometry.array), predicate="intersects")
    return home, zone


def catchment_pairs(walkers: Walkers, rulebook: Rulebook, *, jobs: int = 1) -> dict[str, Pairs]:
    """Return, by target whose places are shared out, the walks between all homes and all facilities.

    Origins are the homes and after them those beside, targets the facilities of the city, all in their
    order; only places of the target have pairs. None where homes do not weigh children: nobody is there to
    share.
    """
    city = walkers.city
    if city.weights != "children":
        return {}
    ids = pd.Index(city.facilities["facility_id"])
    found = {}
    limits_m = rulebook.catchments_m()
    origins = [walkers.homes, *(_feet_beside(city) if limits_m else ())]
    for target, limit_m in limits_m.items():
        rows = walkers.rows(target)
        groups = ids.get_indexer(city.entrances["facility_id"].iloc[rows])
        schools, own = np.unique(groups, return_inverse=True)
        ends = walkers.ends(target)
        parts = [
            pairs_within(city.network, homes, ends, max_walk_m=limit_m, groups=own, jobs=jobs)
            for homes in origins
        ]
        pairs = parts[0] if len(parts) == 1 else _together(parts)
        found[target] = Pairs(
            origin=pairs.origin,
            target=schools[pairs.target].astype(np.int32),
            metres=pairs.metres,
            n_origins=pairs.n_origins,
            n_targets=len(ids),
        )
    return found


def _feet_beside(city: City) -> list[SnappedPoints]:
    """Return the feet of homes that only stand beside; an empty list where there are none."""
    if city.homes_beside is None or not len(city.homes_beside):
        return []
    beside = replace(city, homes=city.homes_beside, home_compound=np.empty(0, np.int64))
    return [join_homes(beside if city.compounds is None else bound(beside, city.compounds)).feet]


def _together(parts: Sequence[Pairs]) -> Pairs:
    """Return the pairs of several lots of origins, the origins of each after those before it."""
    first = np.cumsum([0, *(part.n_origins for part in parts)])
    origin = np.concatenate([part.origin + n for part, n in zip(parts, first[:-1], strict=True)])
    target = np.concatenate([part.target for part in parts])
    order = np.argsort(target, kind="stable")
    return Pairs(
        origin=origin[order].astype(np.int32),
        target=target[order],
        metres=np.concatenate([part.metres for part in parts])[order],
        n_origins=int(first[-1]),
        n_targets=parts[0].n_targets,
    )
