"""Gated compounds of a city, and the homes that they bind to their gates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import geopandas as gpd
import pyproj

from cfspace.config.study import Study
from cfspace.facilities.compounds import Compounds, find_compounds
from cfspace.io.osm import OsmData
from cfspace.network.model import WalkNetwork
from cfspace.runs.city import City


def compounds_of(
    study: Study,
    osm: OsmData | None,
    facilities: gpd.GeoDataFrame,
    evidence: Mapping[str, str],
    *,
    network: WalkNetwork,
    crs: pyproj.CRS,
) -> Compounds | None:
    """Return the gated compounds of a study, None where it does not ask for them."""
    if study.compounds is None:
        return None
    known = facilities[facilities["kind"] == "gate"]
    listed = known[~known["source"].str.startswith("osm").to_numpy(bool)]
    is_whole = evidence.get("gate") == "municipal_complete"
    return find_compounds(study.compounds, osm=osm, gates=listed, is_whole=is_whole, network=network, crs=crs)


def gated(city: City, compounds: Compounds) -> City:
    """Return the city with the compounds that bind its homes, reports and notes of finding them included."""
    city = bound(city, compounds)
    return replace(
        city,
        reports=(*city.reports, *compounds.reports),
        notes=(*city.notes, *compounds.note(city.counts["homes_bound_by_gates"])),
    )


def bound(city: City, compounds: Compounds) -> City:
    """Return the city with these compounds and the homes that each binds."""
    home_compound = compounds.of_points(city.homes.geometry.to_numpy())
    gated = {
        "compounds": len(compounds.outline),
        "compounds_gated": int(compounds.is_gated.sum()),
        "homes_bound_by_gates": int((home_compound >= 0).sum()),
    }
    counts = {**city.counts, **gated}
    return replace(city, compounds=compounds, home_compound=home_compound, counts=counts)
