"""Where to build: from a study to chosen sites, and to a folder that tells of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from cfspace.access.nearest import nearest_many
from cfspace.config.rulebook import Rulebook
from cfspace.config.study import Study
from cfspace.errors import ParameterError
from cfspace.network.snap import SnapOutcome, SnappedPoints
from cfspace.planning.siting.ask import Asked, Ground, SiteOptions, ask
from cfspace.planning.siting.demand import Wish, wish_of
from cfspace.planning.siting.models import choose_sites
from cfspace.planning.siting.result import Sites, sites_of
from cfspace.rulebooks import load_rulebook, match_target
from cfspace.runs.candidates import Where, find_candidates
from cfspace.runs.city import City
from cfspace.runs.joining import entrance_feet, join_homes
from cfspace.runs.loading import load_city
from cfspace.runs.stages import Stages


@dataclass(frozen=True, eq=False, kw_only=True)
class Sited:
    """Chosen sites, and what they were chosen from.

    Attributes
    ----------
    city
        The city.
    rulebook
        Its rulebook.
    wishes
        What was to be built.
    options
        How it was chosen.
    where
        Where candidates were looked for.
    candidates
        All candidates with ``has_foot``, in the metric CRS.
    result
        The sites.
    ground
        The city as siting sees it.
    notes
        What a reader should know: keys of messages and their values.
    """

    city: City
    rulebook: Rulebook
    wishes: tuple[Wish, ...]
    options: SiteOptions
    where: Where
    candidates: gpd.GeoDataFrame
    result: Sites
    ground: Ground
    notes: tuple[tuple[str, Mapping[str, Any]], ...] = field(default=())


def sited(
    study: Study | str | Path,
    kinds: Sequence[str],
    *,
    options: SiteOptions,
    where: Where | None = None,
    indicators: Mapping[str, str] | None = None,
    attributes: Mapping[str, Mapping[str, float | str | bool]] | None = None,
    jobs: int = 1,
    stages: Stages | None = None,
) -> Sited:
    """Choose sites for a study. Arguments and errors as for `site`."""
    stages = stages or Stages()
    if not kinds or len(set(kinds)) < len(kinds):
        raise ParameterError("--kind: name each kind to build once, at least one")
    city = load_city(study, stages=stages)
    rulebook = load_rulebook(city.study.study.rulebook)
    spots = where or Where()
    named, like = indicators or {}, attributes or {}
    wishes = tuple(
        wish_of(rulebook, kind, indicator=named.get(kind), attributes=like.get(kind)) for kind in kinds
    )
    with stages("candidates"):
        candidates, feet = find_candidates(city, spots)
    with stages("walks"):
        ground = ground_of(city, rulebook, wishes, jobs=jobs)
        asked = ask(ground, wishes, candidates, feet, options, jobs=jobs)
    with stages("choosing"):
        solution = choose_sites(
            asked.problem, model=options.model, preview=options.preview, time_limit_s=options.time_limit_s
        )
    with stages("effects"):
        result = sites_of(ground, wishes, candidates, asked, solution, options)
    return Sited(
        city=city,
        rulebook=rulebook,
        wishes=wishes,
        options=options,
        where=spots,
        candidates=candidates,
        result=result,
        ground=ground,
        notes=_notes(city, rulebook, wishes, feet, asked),
    )


def ground_of(city: City, rulebook: Rulebook, wishes: tuple[Wish, ...], *, jobs: int = 1) -> Ground:
    """Return a city as siting sees it: walks of its homes to what the indicators of the wishes ask for."""
    feet, doors = join_homes(city).feet, entrance_feet(city)
    kinds = sorted({*city.facilities["kind"], *(wish.kind for wish in wishes)})
    targets, limits_m = rulebook.targets(kinds), rulebook.limits_m(kinds)
    asked = sorted({way.target for wish in wishes for way in wish.rule.ways()})
    ids = city.facilities["facility_id"]
    matches = {name: set(ids[match_target(targets[name], city.facilities).matches]) for name in asked}
    of_door = city.entrances["facility_id"]
    ends = {name: doors.take(np.flatnonzero(of_door.isin(own).to_numpy())) for name, own in matches.items()}
    found = nearest_many(
        city.network, feet, ends, max_walk_m={name: limits_m[name] for name in asked}, jobs=jobs
    )
    homes = city.homes.assign(**{f"m_{name}": found[name].metres for name in asked})
    places, own_doors = _places(city, doors, wishes, matches)
    return Ground(
        network=city.network,
        homes=homes,
        feet=feet,
        places=places,
        doors=own_doors,
        levels=city.units.levels,
        weighs_children=city.weights == "children",
    )


def _places(
    city: City, doors: SnappedPoints, wishes: tuple[Wish, ...], matches: Mapping[str, set[str]]
) -> tuple[gpd.GeoDataFrame, SnappedPoints]:
    """Return the entrances of what serves each wish already, and their feet."""
    one = city.facilities.drop_duplicates("facility_id").set_index("facility_id")
    parts, rows = [], []
    for wish in wishes:
        own = {name for way in wish.rule.ways() if way.credit == 1.0 for name in matches[way.target]}
        row = np.flatnonzero(city.entrances["facility_id"].isin(own).to_numpy())
        frame = city.entrances.iloc[row]
        capacity = pd.to_numeric(one["capacity"], errors="coerce") if "capacity" in one else None
        known = (
            np.full(len(row), np.nan) if capacity is None else capacity[frame["facility_id"]].to_numpy(float)
        )
        columns = {"facility_id": frame["facility_id"].to_numpy(object), "kind": wish.kind, "capacity": known}
        parts.append(gpd.GeoDataFrame(columns, geometry=frame.geometry.to_numpy(), crs=city.crs))
        rows.append(row)
    joined = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=city.crs)
    return joined, doors.take(np.concatenate(rows))


def _notes(
    city: City, rulebook: Rulebook, wishes: tuple[Wish, ...], feet: SnappedPoints, asked: Asked
) -> tuple[tuple[str, Mapping[str, Any]], ...]:
    """Return what a reader should know, as keys of messages and their values."""
    notes: list[tuple[str, Mapping[str, Any]]] = []
    if city.weights != "children":
        notes.append((f"about.weights.{city.weights}", {}))
    for wish in wishes:
        kinds = {
            kind
            for way in wish.rule.ways()
            if way.credit == 1.0
            for kind in rulebook.targets([wish.kind])[way.target].kinds
        }
        if any(city.evidence.get(kind, "none") != "municipal_complete" for kind in kinds):
            notes.append(("site.note.evidence", {"kind": wish.kind}))
        if asked.n_too_near[wish.kind]:
            notes.append(("site.note.near", {"kind": wish.kind, "n": asked.n_too_near[wish.kind]}))
    lost = int((feet.outcome > SnapOutcome.ISLAND).sum())
    if lost:
        notes.append(("site.note.lost", {"n": lost, "all": len(feet)}))
    return tuple(notes)
