"""All facilities of a study: OSM and municipal lists brought together, with entrances."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from cfspace.config.study import LayerSection
from cfspace.facilities.corrections import Corrections, read_corrections
from cfspace.facilities.duplicates import without_duplicates
from cfspace.facilities.entrances import place_entrances
from cfspace.facilities.evidence import evidence_of
from cfspace.facilities.kinds import KindRules, load_kind_rules
from cfspace.facilities.merge import MERGED, folded, merge, stacked
from cfspace.facilities.municipal import MIXED_KIND, MunicipalList, outside_notes, read_list
from cfspace.facilities.osm import OsmMatch, match_of
from cfspace.facilities.records import join
from cfspace.io.osm import OsmData
from cfspace.io.reports import LayerReport
from cfspace.network.model import WalkNetwork

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Facilities:
    """The facilities of a study.

    Attributes
    ----------
    facilities
        One row per place and kind in the metric CRS, sorted by kind and ``facility_id``; attributes are
        missing where nobody says.
    entrances
        Points in the metric CRS: ``facility_id``, ``kind``, ``rule``.
    evidence
        Per kind ``municipal_complete``, ``municipal``, ``osm`` or ``none``.
    merges
        What was put together, nearly so, and left over; see `cfspace.facilities.merge.MERGE_COLUMNS`.
    reports
        One per municipal list, in the order of the study file.
    notes
        Sentences for the report: what does not count, and why.
    found
        What OSM holds, each place once, before any list was merged with it; in the metric CRS.
    """

    facilities: gpd.GeoDataFrame
    entrances: gpd.GeoDataFrame
    evidence: dict[str, str]
    merges: pd.DataFrame
    reports: tuple[LayerReport, ...]
    notes: tuple[str, ...]
    found: gpd.GeoDataFrame


def build_facilities(
    layers: Sequence[LayerSection],
    *,
    osm: OsmData | None,
    network: WalkNetwork,
    crs: pyproj.CRS,
    area: shapely.Geometry | None = None,
    rules: KindRules | None = None,
    corrections: Path | None = None,
    extent: shapely.Geometry | None = None,
    match: Callable[[OsmData, KindRules, pyproj.CRS], OsmMatch] = match_of,
) -> Facilities:
    """Return all facilities of a study with their entrances.

    Parameters
    ----------
    layers
        The ``[[layers]]`` of the study file.
    osm
        The OSM extract, if the study has one.
    network
        The walk network, in `crs`.
    crs
        Metric CRS.
    area
        Study area in `crs`. A complete list speaks for it alone: beyond its edge OSM facilities still count.
        Default: everywhere.
    rules
        Kind rules; default the shipped ones.
    corrections
        A file of corrections made by hand; see `cfspace.facilities.corrections.read_corrections`.
    extent
        Where the data ends, in `crs`: lists far from it are refused, places outside are told.
    match
        Finds the facilities of the extract; by default anew.

    Raises
    ------
    LayerError, CrsError
        If a list or the corrections cannot be read as what the study says they are.
    """
    rules = rules or load_kind_rules()
    lists = [read_list(section, rules, crs=crs) for section in layers]
    outside = () if extent is None else outside_notes(lists, layers, extent)
    by_hand = Corrections() if corrections is None else read_corrections(corrections, crs=crs)
    found = _FromOsm(join([], crs), (), (), frozenset())
    if osm is not None:
        found = _from_osm(match(osm, rules, crs), rules, by_hand)
    ids = found.ids.union(*(one.facilities["facility_id"] for one in lists))
    lists = [replace(one, facilities=by_hand.applied_to(one.facilities)) for one in lists]
    facilities, merged = _merged(found.facilities, lists, rules, area, by_hand.followed(found.merges))
    merges = stacked([*found.merges, *merged])
    entrances = place_entrances(
        facilities,
        None if osm is None else osm.features,
        network.lines,
        network.takes_feet,
        rules=rules,
        walls=None if osm is None else osm.walls,
        is_island=network.is_island,
    )
    logger.info("facilities: %d with %d entrances", len(facilities), len(entrances.frame))
    return Facilities(
        facilities=facilities,
        entrances=entrances.frame,
        evidence=evidence_of(facilities, lists, rules.public_kinds),
        merges=merges,
        reports=tuple(municipal.report for municipal in lists),
        notes=(
            *found.notes,
            *outside,
            *by_hand.unmet(ids),
            *by_hand.unmerged(ids, merges[merges["status"].isin(MERGED)]),
            *_unknown_levels(facilities),
            *_left_out(merged),
            *entrances.notes,
        ),
        found=found.facilities[["facility_id", "kind", "name", "source_id", "geometry"]],
    )


@dataclass(frozen=True)
class _FromOsm:
    """Facilities of OSM, each once; and the ids of all that were found, those merged away among them."""

    facilities: gpd.GeoDataFrame
    notes: tuple[str, ...]
    merges: tuple[pd.DataFrame, ...]
    ids: frozenset[str]


def _from_osm(match: OsmMatch, rules: KindRules, by_hand: Corrections) -> _FromOsm:
    once = without_duplicates(by_hand.applied_to(match.facilities), rules, by_hand)
    told = (f"osm: {len(once.merges)} places mapped twice are counted once",) if len(once.merges) else ()
    ids = frozenset(match.facilities["facility_id"])
    return _FromOsm(once.facilities, (*match.notes, *told), (once.merges,), ids)


def _merged(
    found: gpd.GeoDataFrame,
    lists: Sequence[MunicipalList],
    rules: KindRules,
    area: shapely.Geometry | None,
    by_hand: Corrections,
) -> tuple[gpd.GeoDataFrame, list[pd.DataFrame]]:
    facilities, tables, substituted = found, [], set()
    rest = []
    for kind in _kinds_in_order(lists, rules):
        own = [municipal for municipal in lists if kind in municipal.kinds]
        lists_once = folded([m.facilities[m.facilities["kind"] == kind] for m in own], corrections=by_hand)
        replaced = _spoken_for(facilities, area) if any(m.complete for m in own) else None
        result = merge(
            facilities,
            lists_once.facilities,
            kind=kind,
            substitutes=rules.substitutes(kind),
            replaced=replaced,
            corrections=by_hand.followed([lists_once.merges]),
        )
        rest.append(result.facilities[result.facilities["kind"] == kind])
        facilities = result.facilities[result.facilities["kind"] != kind]
        tables += [lists_once.merges, result.merges]
        substituted |= set(result.substituted)
    joined = join([*rest, facilities], found.crs)
    return joined[~joined["facility_id"].isin(substituted)].reset_index(drop=True), tables


def _kinds_in_order(lists: Sequence[MunicipalList], rules: KindRules) -> list[str]:
    """Return the kinds of all lists; those that others may be drawn from come last."""
    kinds = sorted({kind for municipal in lists for kind in municipal.kinds})
    return sorted(kinds, key=lambda kind: kind in rules.kinds and bool(rules.kinds[kind].stands_for))


def _spoken_for(facilities: gpd.GeoDataFrame, area: shapely.Geometry | None) -> npt.NDArray[np.bool_]:
    if area is None:
        return np.ones(len(facilities), dtype=bool)
    shapely.prepare(area)
    inside: npt.NDArray[np.bool_] = shapely.intersects(area, facilities.geometry.to_numpy())
    return inside


def _unknown_levels(facilities: gpd.GeoDataFrame) -> tuple[str, ...]:
    n_unknown = int((facilities["kind"] == MIXED_KIND).sum())
    if not n_unknown:
        return ()
    return (f"schools: {n_unknown} of unknown level count for neither primary nor secondary school",)


def _left_out(tables: Sequence[pd.DataFrame]) -> tuple[str, ...]:
    table = stacked(tables)
    counts = table["kind"][table["status"] == "left_out"].value_counts().sort_index()
    return tuple(
        f"{kind}: {count} in OSM are not on the complete municipal list and do not count"
        for kind, count in counts.items()
    )
