"""What one puts together by hand: pyrosm, pandana and geopandas, to a table of coverage by district.

Thirteen kinds at two distances, homes at the middle of buildings, weighted by nothing; no report, no map, no
checks. Each library is called once with all it needs, as its documentation advises; pyrosm reads the extract
once for all layers.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import warnings
from pathlib import Path

import geopandas as gpd
import pandana
import pandas as pd
import pyrosm

# Thirteen kinds as plain OSM tags; pyrosm reads them in one call, and the rows are told apart after.
KINDS: dict[str, dict[str, list[str]]] = {
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

DISTANCES_M = (500, 1000)


def coverage(extract: Path, districts_file: Path, district_id: str) -> pd.DataFrame:
    """Return the share of buildings of each district that have each kind within each distance."""
    osm = pyrosm.OSM(str(extract), engine="in_memory")
    nodes, edges = osm.get_network("walking", nodes=True)
    buildings = osm.get_buildings()
    wanted: dict[str, list[str]] = {}
    for tags in KINDS.values():
        for key, values in tags.items():
            wanted.setdefault(key, []).extend(values)
    places = osm.get_data_by_custom_criteria(custom_filter=wanted, filter_type="keep", keep_nodes=True)
    metric = nodes.estimate_utm_crs()
    nodes, edges, buildings, places = (one.to_crs(metric) for one in (nodes, edges, buildings, places))
    nodes = nodes.drop_duplicates("id").set_index("id")
    lengths = pd.DataFrame({"metres": edges.length.to_numpy()})
    network = pandana.Network(
        nodes.geometry.x,
        nodes.geometry.y,
        edges["u"],
        edges["v"],
        lengths.set_index(edges.index),
        twoway=True,
    )
    homes = buildings.geometry.centroid
    home_node = network.get_node_ids(homes.x.to_numpy(), homes.y.to_numpy()).to_numpy()
    districts = gpd.read_file(districts_file).to_crs(metric)[[district_id, "geometry"]]
    points = gpd.GeoDataFrame({"node": home_node}, geometry=homes.to_numpy(), crs=metric)
    points = gpd.sjoin(points, districts, predicate="within")
    for kind, tags in KINDS.items():
        key, values = next(iter(tags.items()))
        own = places[places[key].isin(values)].geometry.centroid
        if own.empty:
            points[[f"{kind}_{distance_m}" for distance_m in DISTANCES_M]] = False
            continue
        network.set_pois(category=kind, maxdist=max(DISTANCES_M), maxitems=1, x_col=own.x, y_col=own.y)
        metres = network.nearest_pois(max(DISTANCES_M), kind, num_pois=1)[1]
        for distance_m in DISTANCES_M:
            # Beyond the limit pandana answers with the limit itself.
            is_within = (metres < max(DISTANCES_M)) & (metres <= distance_m)
            points[f"{kind}_{distance_m}"] = is_within.reindex(points["node"]).to_numpy()
    columns = [column for column in points if column.rpartition("_")[0] in KINDS]
    shares: pd.DataFrame = points.groupby(district_id)[columns].mean()
    return shares


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("extract", type=Path)
    parser.add_argument("districts", type=Path)
    parser.add_argument("id")
    parser.add_argument("out", type=Path)
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")
    with contextlib.redirect_stdout(io.StringIO()):
        table = coverage(chosen.extract, chosen.districts, chosen.id)
    table.to_csv(chosen.out)
    print()
    print(json.dumps({"rows": len(table), "library_500": table["library_500"].round(6).to_dict()}))


if __name__ == "__main__":
    main()
