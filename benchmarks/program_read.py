"""Read one extract by cfspace or by pyrosm, and tell the seconds: a process of its own for each reading.

What is read first is a small extract, so that imports and compiled kernels are there. The time ends when all
layers are in memory; letting go of them again is not counted. pyrosm's usual reader keeps what it has read in
the folder for temporary files: who wants to see it read must give it an empty one.
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
from cfspace.io.cache import Cache, user_cache
from cfspace.io.frame import metric_crs
from cfspace.network.build import build_network
from cfspace.network.rules import load_walk_rules
from cfspace.runs.keeping import kept_match, kept_network, kept_osm

Facts = dict[str, Any]
Layers = tuple[Any, ...]


def by_cfspace(study_file: Path, *, is_cached: bool) -> tuple[Facts, Layers]:
    """Read network, buildings and facilities of every kind as a run does; count and return them."""
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
    found = kept_match(osm, load_kind_rules(), crs, cache)
    facts = {
        "segments": network.n_segments,
        "buildings": len(osm.buildings),
        "facilities": len(found.facilities),
        "kinds": int(found.facilities["kind"].nunique()),
    }
    return facts, (osm, network, found)


def by_pyrosm(study_file: Path, engine: str = "out_of_core") -> tuple[Facts, Layers]:
    """Read the walking network, buildings, and the places of every kind in one call.

    Parameters
    ----------
    study_file
        Names the extract.
    engine
        ``out_of_core``, which is the usual one, reads the file for each layer and keeps the results;
        ``in_memory`` reads it once for all layers.
    """
    import pyrosm

    study = load_study(study_file)
    osm = pyrosm.OSM(str(study.osm.file if study.osm is not None else study_file), engine=engine)
    nodes, edges = osm.get_network("walking", nodes=True)
    buildings = osm.get_buildings()
    wanted = tags_of_kinds()
    places = osm.get_data_by_custom_criteria(custom_filter=wanted, filter_type="keep", keep_nodes=True)
    facts = {
        "segments": len(edges),
        "buildings": len(buildings),
        "facilities": len(places),
        "kinds": len(load_kind_rules().kinds),
    }
    return facts, (nodes, edges, buildings, places)


def tags_of_kinds() -> dict[str, list[str]]:
    """Return the tags that one has to ask for to get the places of every kind that cfspace knows.

    Places that nothing but their name gives away (any amenity called a children's home) are not asked for.
    """
    wanted: dict[str, set[str]] = {}
    for kind in load_kind_rules().kinds.values():
        for condition in kind.any_of:
            key, values = next(iter(condition.tags.items()))
            if "*" not in values:
                wanted.setdefault(key, set()).update(values)
    return {key: sorted(values) for key, values in wanted.items()}


READERS: dict[str, Callable[[Path], tuple[Facts, Layers]]] = {
    "cfspace": lambda file: by_cfspace(file, is_cached=False),
    "cache": lambda file: by_cfspace(file, is_cached=True),
    "pyrosm": by_pyrosm,
    "pyrosm-memory": lambda file: by_pyrosm(file, "in_memory"),
}


def main() -> None:
    """Read a small extract and then the one asked for; tell seconds and counts of the latter."""
    parser = argparse.ArgumentParser()
    parser.add_argument("reader", choices=tuple(READERS))
    parser.add_argument("warm", type=Path)
    parser.add_argument("study", type=Path)
    chosen = parser.parse_args()
    read = READERS[chosen.reader]
    warnings.simplefilter("ignore")
    read(chosen.warm)
    start = time.perf_counter(), time.process_time()
    facts, layers = read(chosen.study)
    seconds = time.perf_counter() - start[0], time.process_time() - start[1]
    del layers
    print(json.dumps({"seconds": seconds, **facts}))


if __name__ == "__main__":
    main()
