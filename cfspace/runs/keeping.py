"""Inputs that are read once and kept for the next run: OSM, street layers, the walk network, places."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyproj
from numpy.typing import NDArray

from cfspace.config.study import NetworkSection, Study
from cfspace.facilities.kinds import KindRules
from cfspace.facilities.osm import OsmMatch, match_osm
from cfspace.facilities.osm_store import load_match, write_match
from cfspace.io.cache import Cache, key_of
from cfspace.io.osm import OsmData, read_osm
from cfspace.io.osm_store import load_osm, write_osm
from cfspace.io.streets import Streets, load_streets, read_streets, write_streets
from cfspace.network.model import WalkNetwork
from cfspace.network.rules import WalkRules
from cfspace.network.store import load_network, write_network


def kept_osm(path: Path, cache: Cache) -> OsmData:
    """Return an OSM extract, out of the cache where it was read before."""
    if cache.folder is None or not path.is_file():
        return read_osm(path)
    return cache.get(
        "osm",
        key_of([path], rooms=["io"]),
        source=path.name,
        make=lambda: read_osm(path),
        write=write_osm,
        read=lambda folder: load_osm(folder, path),
    )


def kept_match(osm: OsmData, rules: KindRules, crs: pyproj.CRS, cache: Cache) -> OsmMatch:
    """Return the facilities of an OSM extract, out of the cache where they were found before."""
    if cache.folder is None:
        return match_osm(osm.features, rules, crs=crs)
    return cache.get(
        "places",
        key_of([osm.source], rooms=["io", "facilities"], options=[rules.model_dump_json(), crs.to_wkt()]),
        source=osm.source.name,
        make=lambda: match_osm(osm.features, rules, crs=crs),
        write=write_match,
        read=lambda folder: load_match(folder, crs),
    )


def kept_streets(section: NetworkSection, cache: Cache) -> Streets:
    """Return a line layer of streets, out of the cache where it was read before."""
    if cache.folder is None or not section.file.is_file():
        return read_streets(section)
    return cache.get(
        "streets",
        key_of(_layer_files(section), rooms=["io"], options=[_asked(section)]),
        source=section.file.name,
        make=lambda: read_streets(section),
        write=write_streets,
        read=lambda folder: load_streets(folder, section.file),
    )


def kept_network(
    study: Study,
    rules: WalkRules,
    crs: pyproj.CRS,
    cache: Cache,
    *,
    barriers: NDArray[np.object_] | None,
    build: Callable[[], WalkNetwork],
) -> WalkNetwork:
    """Return the walk network of a study, out of the cache where it was built before.

    Parameters
    ----------
    study
        Names the files that it is built from.
    rules, crs
        What it is built by.
    cache
        Where it may be kept.
    barriers
        Lines that no connector may cross; not kept, they depend on the study's choice.
    build
        Builds it anew.
    """
    if cache.folder is None:
        return build()
    files = [] if study.osm is None or study.osm.file is None else [study.osm.file]
    options = [rules.model_dump_json(), crs.to_wkt()]
    if study.network is not None:
        files += _layer_files(study.network)
        options.append(_asked(study.network))
    return cache.get(
        "network",
        key_of(files, rooms=["io", "network", "runs"], options=options),
        source=files[-1].name,
        make=build,
        write=write_network,
        read=lambda folder: load_network(folder, crs=crs, barriers=barriers),
    )


def _layer_files(section: NetworkSection) -> list[Path]:
    """Return the files of a layer: a shapefile has several, a city's own grid has control points."""
    file, control = section.file, Path(section.datum)
    parts = file.parent.glob(f"{file.stem}.*") if file.suffix.lower() == ".shp" else []
    others = sorted(path for path in parts if path != file)
    return [file, *others, *([control] if control.is_file() else [])]


def _asked(section: NetworkSection) -> str:
    return (
        section.model_dump_json(exclude={"file", "datum", "walk_rules", "max_connector_m"})
        + Path(section.datum).name
    )
