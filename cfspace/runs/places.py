"""Places of a study to look at: where its walk network is unsound, and what found no way onto it."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd

from cfspace.errors import OutputError
from cfspace.io.atomic import atomic_file
from cfspace.network.health import NetworkHealth
from cfspace.network.joining import outcome_counts, snapping_report
from cfspace.network.snap import SnappedPoints
from cfspace.runs.city import City
from cfspace.runs.joining import entrance_feet, join_homes


def snapped(city: City) -> dict[str, SnappedPoints]:
    """Return the homes and entrances of a city, joined to its walk network."""
    return {"homes": join_homes(city).feet, "entrances": entrance_feet(city)}


def snapping_counts(feet: dict[str, SnappedPoints]) -> dict[str, dict[str, int]]:
    """Return how many homes and how many entrances had each outcome."""
    return {name: outcome_counts(points) for name, points in feet.items()}


def check_places_file(path: Path) -> None:
    """Refuse a file that is no GeoPackage by its name.

    Raises
    ------
    OutputError
        If it does not end in .gpkg.
    """
    if path.suffix.lower() != ".gpkg":
        raise OutputError(f"{path}: places are written as a GeoPackage; give a name that ends in .gpkg")


def write_places(city: City, health: NetworkHealth, feet: dict[str, SnappedPoints], path: Path) -> None:
    """Write a GeoPackage, EPSG:4326: layer ``network`` (``what``) and layer ``snapping``.

    Parameters
    ----------
    city, health, feet
        A city, the health of its network, and its points as :func:`snapped` gives them.
    path
        File to write, ending in ``.gpkg``; one that is there is replaced.

    Raises
    ------
    OutputError
        If the file has another ending or cannot be written.
    """
    check_places_file(path)
    groups = {"homes": city.homes, "entrances": city.entrances}
    parts = [
        snapping_report(points, feet[name]).assign(layer=name.removesuffix("s"))
        for name, points in groups.items()
    ]
    lost = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), geometry="geometry", crs=city.crs)
    with atomic_file(path) as draft:
        health.places.to_crs("EPSG:4326").to_file(draft, layer="network", driver="GPKG")
        lost.to_crs("EPSG:4326").to_file(draft, layer="snapping", driver="GPKG")
