"""``cfspace isochrones``."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd

from cfspace.access.areas import Method, polygonal
from cfspace.access.isochrones import isochrone_lines, isochrones
from cfspace.cli import console
from cfspace.errors import OutputError, ParameterError
from cfspace.io.atomic import atomic_file
from cfspace.runs.city import City
from cfspace.runs.joining import entrance_feet, join_homes
from cfspace.runs.loading import load_city
from cfspace.runs.stages import Stages


def write_isochrones(
    study: Path,
    out: Path,
    *,
    kind: str,
    metres: str,
    each: bool,
    from_homes: bool,
    lines: bool,
    bands: bool,
    method: Method,
    force: bool,
    stages: Stages,
) -> None:
    """Write the service areas of a study's facilities or homes to a GeoPackage, EPSG:4326.

    Raises
    ------
    ParameterError, OutputError, StudyError
        If the breaks, the kind, the file or the study are at fault.
    """
    breaks_m = parsed_breaks(metres)
    if out.suffix.lower() != ".gpkg":
        raise OutputError(f"--out: {out} does not end in .gpkg; give the name of a GeoPackage")
    if out.exists() and not force:
        raise OutputError(f"--out: {out} exists already; choose another name, or add --force")
    city = load_city(study, stages=stages)
    if from_homes:
        points, feet = city.homes, join_homes(city).feet
    else:
        points = _entrances(city, kind)
        feet = entrance_feet(city).take(points.index.to_numpy())
        points = points.reset_index(drop=True)
    names = points["home_id" if from_homes else "facility_id"].astype(str)
    groups = names.tolist() if each else None
    with stages("service areas"), console.progress("drawing service areas") as tick:
        areas = isochrones(
            city.network, feet, breaks_m=breaks_m, groups=groups, method=method, bands=bands, progress=tick
        )
        layers = {"isochrones": areas}
        if lines:
            layers["lines"] = isochrone_lines(
                city.network, feet, breaks_m=breaks_m, groups=groups, progress=tick
            )
    about = "home" if from_homes else kind
    named = {name: _named(frame, city, about, each=each) for name, frame in layers.items()}
    with atomic_file(out) as draft:
        for name, frame in named.items():
            frame.to_file(draft, layer=name, driver="GPKG")
    n_lost = int((~feet.has_foot).sum())
    n_areas = len(named["isochrones"])
    console.out.print(f"{out}: {n_areas} areas; {n_lost} of {len(feet)} points found no street", markup=False)


def parsed_breaks(metres: str) -> list[float]:
    """Return the breaks of ``--metres``.

    Examples
    --------
    >>> parsed_breaks("500,1000")
    [500.0, 1000.0]
    """
    try:
        breaks_m = [float(part) for part in metres.split(",")]
    except ValueError as error:
        raise ParameterError(f"--metres: {metres!r} is not a list of numbers; write 500,1000") from error
    if not all(0 < break_m <= 20_000 for break_m in breaks_m):
        raise ParameterError(f"--metres: {metres} must lie above 0 and at most at 20000; write 500,1000")
    return breaks_m


def _entrances(city: City, kind: str) -> gpd.GeoDataFrame:
    there = sorted(set(city.facilities["kind"]))
    if kind not in there:
        raise ParameterError(
            f"--kind: the study has no {kind!r}; it has {', '.join(there) or 'no facilities'}"
        )
    return city.entrances[city.entrances["kind"] == kind]


def _named(frame: gpd.GeoDataFrame, city: City, kind: str, *, each: bool) -> gpd.GeoDataFrame:
    frame = frame.assign(kind=kind)
    if each and kind == "home":
        frame = frame.rename(columns={"group": "home_id"})
    elif each:
        names = city.facilities.drop_duplicates("facility_id").set_index("facility_id")["name"]
        frame = frame.rename(columns={"group": "facility_id"})
        frame = frame.assign(name=frame["facility_id"].map(names))
    return in_degrees(frame)


def in_degrees(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return areas or lines in EPSG:4326, areas valid there too.

    The rims of two bands lie so close that rounding to degrees may turn what is between them inside out.
    """
    wgs84: gpd.GeoDataFrame = frame.to_crs("EPSG:4326")
    is_area = wgs84.geom_type.isin(["Polygon", "MultiPolygon"]).to_numpy()
    mended = [polygonal(area) if known else area for area, known in zip(wgs84.geometry, is_area, strict=True)]
    return wgs84.set_geometry(gpd.GeoSeries(mended, index=wgs84.index, crs=wgs84.crs))
