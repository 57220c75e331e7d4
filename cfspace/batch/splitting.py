"""A study larger than memory as several that are not: by unit, each with a margin, the same numbers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from cfspace.config.load import load_study
from cfspace.config.rulebook import CrossingSpacingRule, Rulebook
from cfspace.config.study import Study
from cfspace.errors import ParameterError
from cfspace.facilities.kinds import load_kind_rules
from cfspace.facilities.osm import match_osm
from cfspace.homes.totals import find_level, read_totals
from cfspace.io.atomic import atomic_folder
from cfspace.io.fetch_pbf import Box, cut_osm
from cfspace.io.osm_survey import OsmSurvey, survey_osm
from cfspace.network.model import ISLAND_LENGTH_M
from cfspace.rulebooks import load_rulebook
from cfspace.runs.framing import frame_and_units, study_area
from cfspace.units import Units

HOME_IN_M: Final = 500.0
"""How far a building may stick out of the unit that its middle lies in."""

STRADDLES_SHARE: Final = 0.001
"""A finer unit of which more than this lies in a second coarse one ties the two together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of a study.

    Attributes
    ----------
    ids, beside
        Its units by level, and those that touch them, or share places with them, and belong to other parts.
    box
        West, south, east and north of what it reads, degrees.
    """

    ids: Mapping[str, tuple[str, ...]]
    beside: Mapping[str, tuple[str, ...]]
    box: Box


def split_study(study: str | Path, out: str | Path, *, parts: int, force: bool = False) -> list[Path]:
    """Write a study as several smaller ones, which together give its numbers.

    Each has whole units of the coarsest level and all finer ones in them, an OSM extract of its own with a
    margin, and what it must know of the whole: the metric frame, where the data ends, what OSM maps at all.
    Run them with `cfspace.run_batch`, on one machine or many; its summary ranks all units together. Values,
    numerators, denominators, scores and statuses of a unit are those of the whole study; what is estimated
    over a whole study (how complete lists are, how sure ranks are) is estimated over each part.

    Parameters
    ----------
    study
        A study file with an OSM extract on disk and units from files.
    out
        Folder to make: a study file and an extract per part.
    parts
        How many; fewer come where there are fewer units.
    force
        Replace an earlier split.

    Returns
    -------
    The study files.

    Raises
    ------
    ParameterError
        If it cannot be split: one unit, units from OSM, or streets from a layer.
    StudyError, OsmError, LayerError
        If the study, or what it points to, is at fault.
    OutputError
        If the folder is taken.

    Examples
    --------
    >>> import tempfile
    >>> from cfspace.sample import sample_study
    >>> [path.name for path in split_study(sample_study(), tempfile.mkdtemp(), parts=2)]
    ['study-1.toml', 'study-2.toml']
    """
    whole = load_study(study)
    file = _checked(whole, parts)
    survey = survey_osm(file)
    area = study_area(whole)
    crs, units = frame_and_units(whole, survey.extent, area, None)
    rulebook = load_rulebook(whole.study.rulebook)
    pieces = _pieces(
        units,
        parts,
        margin_m=margin_m(rulebook, whole.max_connector_m),
        shared_m=2.0 * max(rulebook.catchments_m().values(), default=0.0),
        counted=_counted(whole, units),
    )
    mapped = _kinds(survey, crs)
    name, folder = whole.source.stem, Path(out)
    with atomic_folder(folder, force=force) as draft:
        gpd.GeoDataFrame(geometry=[survey.extent], crs="EPSG:4326").to_file(draft / "extent.geojson")
        for number, piece in enumerate(pieces, start=1):
            stem = f"{name}-{number}"
            cut_osm(file, draft / f"{stem}.osm.pbf", piece.box, admin_level=0)
            text = toml_text(_part_of(whole, piece, stem, crs=crs.to_wkt(), mapped=mapped))
            (draft / f"{stem}.toml").write_text(text, encoding="utf-8", newline="\n")
        (draft / ".cfspace").write_text("This folder was made by cfspace split.\n", encoding="utf-8")
    return [folder / f"{name}-{number}.toml" for number in range(1, len(pieces) + 1)]


def margin_m(rulebook: Rulebook, max_connector_m: float) -> float:
    """Return how far beyond its units a part must see for every number of theirs to be that of the whole.

    A walk of the longest search ends no further off than it is long, both connectors included. Beyond it, a
    component that the cut makes smaller must still show that it is no island, and gaps between crossings are
    followed along main streets.
    """
    searched = max(rulebook.limits_m().values())
    gaps = [rule.max_gap_m for rule in rulebook.indicator if isinstance(rule, CrossingSpacingRule)]
    return searched + ISLAND_LENGTH_M + 2.0 * max_connector_m + max(gaps, default=0.0)


def _counted(study: Study, units: Units) -> str | None:
    """Return the level whose units have counted children, None where no total is spread over homes."""
    totals = study.homes.totals
    return None if totals is None else find_level(read_totals(totals)[0].index.tolist(), units, totals)


def _checked(study: Study, parts: int) -> Path:
    """Return the OSM extract of a study that can be split.

    Raises
    ------
    ParameterError
        If it cannot.
    """
    where = study.source
    if parts < 2:
        raise ParameterError(f"--parts: {parts}; give at least 2")
    if study.osm is None or study.osm.file is None or study.network is not None:
        raise ParameterError(
            f"{where}: only studies whose streets are an OSM file can be split; give [osm] file"
        )
    if any(unit.origin == "osm" for unit in study.units):
        raise ParameterError(f'{where}: its units are from = "osm"; give them as a file to split it')
    return study.osm.file


def _kinds(survey: OsmSurvey, crs: pyproj.CRS) -> list[str]:
    """Return the kinds that OSM maps anywhere in the whole study."""
    found = match_osm(survey.features, load_kind_rules(), crs=crs).facilities
    return sorted(set(found["kind"]))


def _pieces(
    units: Units, parts: int, *, margin_m: float, shared_m: float, counted: str | None
) -> list[Piece]:
    level = units.levels[0]
    coarse = units.frames[level]
    within = {finer: _coarse_of(units.frames[finer], coarse) for finer in units.levels[1:]}
    tied = _tied(len(coarse), [pairs for _, pairs in within.values()])
    groups = _groups(coarse, tied, parts)
    if len(groups) < 2:
        raise ParameterError(f"--parts: the study has one {level} or units that straddle all; it stays whole")
    return [
        _piece(units, within, group, margin_m=margin_m, shared_m=shared_m, counted=counted)
        for group in groups
    ]


def _coarse_of(
    finer: gpd.GeoDataFrame, coarse: gpd.GeoDataFrame
) -> tuple[NDArray[np.int64], list[tuple[int, int]]]:
    """Return the coarse unit that holds most of each finer one, and pairs that a finer one straddles."""
    shapes, around = (
        shapely.make_valid(finer.geometry.to_numpy()),
        shapely.make_valid(coarse.geometry.to_numpy()),
    )
    one, other = shapely.STRtree(around).query(shapes, predicate="intersects")
    shared = shapely.area(shapely.intersection(shapes[one], around[other])) / shapely.area(shapes)[one]
    home = np.full(len(finer), -1, dtype=np.int64)
    order = np.lexsort((-shared, one))
    firsts = order[np.unique(one[order], return_index=True)[1]]
    home[one[firsts]] = other[firsts]
    alone = home < 0
    if alone.any():
        home[alone] = shapely.STRtree(around).nearest(shapes[alone])
    told = shared > STRADDLES_SHARE
    return home, [(int(home[a]), int(b)) for a, b in zip(one[told], other[told], strict=True)]


def _tied(n: int, pairs: Iterable[Sequence[tuple[int, int]]]) -> NDArray[np.int64]:
    """Return for each coarse unit the first of those that it is tied to."""
    first = np.arange(n)
    for a, b in (pair for some in pairs for pair in some):
        first[first == max(first[a], first[b])] = min(first[a], first[b])
    return first


def _groups(coarse: gpd.GeoDataFrame, tied: NDArray[np.int64], parts: int) -> list[list[int]]:
    """Return contiguous groups of about equal area inside the data, none of which parts what is tied."""
    bundles = [np.flatnonzero(tied == first) for first in np.unique(tied)]
    size = (coarse.geometry.area * coarse["covered_share"]).to_numpy(float)
    x_m, y_m = coarse.geometry.centroid.x.to_numpy(), coarse.geometry.centroid.y.to_numpy()
    weight = np.array([size[bundle].sum() for bundle in bundles])
    at = np.array([(x_m[bundle].mean(), y_m[bundle].mean()) for bundle in bundles])
    found = _bisected(np.arange(len(bundles)), at, weight, min(parts, len(bundles)))
    return [sorted(int(k) for one in group for k in bundles[one]) for group in found]


def _bisected(
    members: NDArray[np.int64], at: NDArray[np.float64], weight: NDArray[np.float64], parts: int
) -> list[NDArray[np.int64]]:
    if parts < 2:
        return [members]
    axis = int(np.argmax(np.ptp(at[members], axis=0)))
    order = members[np.lexsort((members, at[members, axis]))]
    left = parts // 2
    total = np.cumsum(weight[order])
    cut = int(np.searchsorted(total, total[-1] * left / parts)) + 1
    cut = min(max(cut, left), len(order) - (parts - left))
    return _bisected(order[:cut], at, weight, left) + _bisected(order[cut:], at, weight, parts - left)


def _piece(
    units: Units,
    within: Mapping[str, tuple[NDArray[np.int64], Any]],
    group: list[int],
    *,
    margin_m: float,
    shared_m: float,
    counted: str | None,
) -> Piece:
    level = units.levels[0]
    own = {level: np.isin(np.arange(len(units.frames[level])), group)}
    own |= {finer: np.isin(home, group) for finer, (home, _) in within.items()}
    near = {one: _near(units.frames[one], mask, shared_m) for one, mask in own.items() if mask.any()}
    bounds = [_outer(units.frames[one][mask], margin_m) for one, mask in own.items() if mask.any()]
    if shared_m > 0.0 and counted in near and len(near[counted]):
        # Their children are spread over all of their homes, so all of these must be seen.
        bounds.append(_outer(units.frames[counted].iloc[near[counted]], HOME_IN_M))
    west, south, east, north = np.array(bounds).T
    around = shapely.box(west.min(), south.min(), east.max(), north.max())
    crs = units.frames[level].crs
    # A box of the frame has bent sides in degrees: its edge is followed every kilometre.
    degrees = gpd.GeoSeries([shapely.segmentize(around, 1000.0)], crs=crs).to_crs("EPSG:4326")
    box = tuple(round(float(edge), 7) for edge in degrees.total_bounds)
    ids = {one: tuple(units.frames[one]["unit_id"][mask]) for one, mask in own.items() if mask.any()}
    beside = {one: tuple(units.frames[one]["unit_id"].to_numpy()[rows]) for one, rows in near.items()}
    return Piece(ids=ids, beside=beside, box=box)  # type: ignore[arg-type]


def _outer(frame: gpd.GeoDataFrame, margin_m: float) -> NDArray[np.float64]:
    """Return west, south, east and north of units and a margin around them."""
    bounds: NDArray[np.float64] = frame.total_bounds + margin_m * np.array([-1.0, -1.0, 1.0, 1.0])
    return bounds


def _near(frame: gpd.GeoDataFrame, own: NDArray[np.bool_], shared_m: float) -> NDArray[np.int64]:
    """Return the rows of other units that touch own ones, or hold homes that share places with own homes.

    A home in two units may be theirs; two homes that walk to one place lie no further apart than both walks.
    """
    shapes = frame.geometry.to_numpy()
    found = np.unique(shapely.STRtree(shapes).query(shapes[own], predicate="dwithin", distance=shared_m)[1])
    others: NDArray[np.int64] = found[~own[found]]
    return others


def _part_of(study: Study, piece: Piece, stem: str, *, crs: str, mapped: list[str]) -> dict[str, Any]:
    """Return the study of one part as plain values."""
    part = study.as_toml_dict()
    part["study"] |= {"name": f"{study.study.name} ({stem.rpartition('-')[2]})", "crs": crs}
    part["osm"] |= {"file": f"{stem}.osm.pbf", "extent": "extent.geojson", "mapped": mapped}
    part["units"] = [
        {
            **unit,
            "where": {
                **unit.get("where", {}),
                unit["id"]: [*piece.ids[unit["level"]], *piece.beside[unit["level"]]],
            },
            "beside": list(piece.beside[unit["level"]]),
        }
        for unit in part["units"]
        if unit["level"] in piece.ids
    ]
    return part


def toml_text(study: Mapping[str, Any]) -> str:
    """Return a study as TOML.

    Examples
    --------
    >>> print(toml_text({"study": {"name": "town"}, "units": [{"level": "street", "where": {"id": ["1"]}}]}))
    [study]
    name = "town"
    <BLANKLINE>
    [[units]]
    level = "street"
    where = { "id" = ["1"] }
    <BLANKLINE>
    """
    lines: list[str] = []
    for section, content in study.items():
        if not content:
            continue
        entries = content if isinstance(content, list) else [content]
        head = f"[[{section}]]" if isinstance(content, list) else f"[{section}]"
        for entry in entries:
            lines += [head, *(f"{key} = {_toml(value)}" for key, value in entry.items()), ""]
    return "\n".join(lines)


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        inside = ", ".join(
            f"{json.dumps(key, ensure_ascii=False)} = {_toml(item)}" for key, item in value.items()
        )
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False)
