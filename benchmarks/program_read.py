"""Read one extract by cfspace or by pyrosm, and tell the seconds: a process of its own for each reading.

A second reading in one process would come out of pyrosm's memory. What is read first is a small extract, so
that imports and compiled kernels are there.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cfspace.config.load import load_study
from cfspace.facilities.kinds import load_kind_rules
from cfspace.facilities.osm import match_osm
from cfspace.io.cache import Cache, user_cache
from cfspace.io.frame import metric_crs
from cfspace.network.build import build_network
from cfspace.network.rules import load_walk_rules
from cfspace.runs.keeping import kept_network, kept_osm

Facts = dict[str, Any]

# Thirteen kinds as plain OSM tags; pyrosm reads them in one call, and the rows are told apart after.
KINDS: dict[str, dict[str, list[str] | bool]] = {
    "school": {"amenity": ["school"]},
    "kindergarten": {"amenity": ["kindergarten"]},
    "childcare": {"amenity": ["childcare"]},
    "library": {"amenity": ["library"]},
    "clinic": {"amenity": ["clinic", "doctors"]},
    "hospital": {"amenity": ["hospital"]},
    "park": {"leisure": ["park"]},
    "playground": {"leisure": ["playground"]},
    "pitch": {"leisure": ["pitch"]},
    "sports_centre": {"leisure": ["sports_centre"]},
    "museum": {"tourism": ["museum"]},
    "community_centre": {"amenity": ["community_centre"]},
    "bus_stop": {"highway": ["bus_stop"]},
}


def by_cfspace(study_file: Path, *, is_cached: bool) -> Facts:
    """Read network, buildings and facilities of every kind as a run does."""
    study = load_study(study_file)
    extract = study.osm.file if study.osm is not None else None
    if extract is None:
        raise SystemExit(f"{study_file}: names no OSM extract")
    cache = user_cache() if is_cached else Cache(None)
    osm = kept_osm(extract, cache)
    crs = metric_crs(osm.extent.centroid.x, osm.extent.centroid.y)
    rules = load_walk_rules("cfspace")
    network = kept_network(
        study, rules, crs, cache, barriers=None, build=lambda: build_network(osm.ways, rules, crs)
    )
    found = match_osm(osm.features, load_kind_rules(), crs=crs)
    return {
        "segments": network.n_segments,
        "buildings": len(osm.buildings),
        "facilities": len(found.facilities),
        "kinds": int(found.facilities["kind"].nunique()),
    }


def by_pyrosm(study_file: Path) -> Facts:
    """Read the walking network, buildings, and thirteen kinds in one call."""
    import pyrosm

    study = load_study(study_file)
    osm = pyrosm.OSM(str(study.osm.file if study.osm is not None else study_file))
    _, edges = osm.get_network("walking", nodes=True)
    buildings = osm.get_buildings()
    wanted: dict[str, list[str]] = {}
    for tags in KINDS.values():
        for key, values in tags.items():
            wanted.setdefault(key, []).extend(values if isinstance(values, list) else [])
    places = osm.get_data_by_custom_criteria(custom_filter=wanted, filter_type="keep", keep_nodes=True)
    found = {kind: _of_kind(places, tags) for kind, tags in KINDS.items()}
    return {
        "segments": len(edges),
        "buildings": len(buildings),
        "facilities": sum(len(one) for one in found.values()),
        "kinds": sum(len(one) > 0 for one in found.values()),
    }


def _of_kind(places: Any, tags: dict[str, Any]) -> Any:
    ((key, values),) = tags.items()
    return places[places[key].isin(values)] if key in places else places[:0]


def main() -> None:
    """Read a small extract and then the one asked for; tell seconds and counts of the latter."""
    parser = argparse.ArgumentParser()
    parser.add_argument("reader", choices=("cfspace", "cache", "pyrosm"))
    parser.add_argument("warm", type=Path)
    parser.add_argument("study", type=Path)
    chosen = parser.parse_args()
    read: Callable[[Path], Facts] = {
        "cfspace": lambda file: by_cfspace(file, is_cached=False),
        "cache": lambda file: by_cfspace(file, is_cached=True),
        "pyrosm": by_pyrosm,
    }[chosen.reader]
    warnings.simplefilter("ignore")
    read(chosen.warm)
    start = time.perf_counter(), time.process_time()
    facts = read(chosen.study)
    seconds = time.perf_counter() - start[0], time.process_time() - start[1]
    print(json.dumps({"seconds": seconds, **facts}))


if __name__ == "__main__":
    main()
