"""Where a place is: its outline from Nominatim, from a file, or a box."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely

from cfspace.errors import DownloadError, LayerError, ParameterError
from cfspace.io.fetch_pbf import Box
from cfspace.io.fetch_web import BUSY, USER_AGENT, BusyError, Manners, check_url, retry_after_s
from cfspace.io.frame import metric_crs
from cfspace.io.layers import read_layer

logger = logging.getLogger(__name__)

NOMINATIM_URL: Final = "https://nominatim.openstreetmap.org/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place with an outline.

    Attributes
    ----------
    name
        What it is called on tables.
    place_id
        What it is known by: ``relation/123``, or ``area`` where nobody gave it a number.
    outline
        Polygon or multipolygon, WGS-84 degrees.
    origin
        Where the outline came from, in words.
    """

    name: str
    place_id: str
    outline: shapely.Geometry
    origin: str

    def box(self, *, margin_m: float) -> Box:
        """Return west, south, east and north of the place and a margin around it, degrees."""
        west, south, east, north = self.with_margin(margin_m=margin_m).bounds
        return (round(west, 6), round(south, 6), round(east, 6), round(north, 6))

    def with_margin(self, *, margin_m: float) -> shapely.Geometry:
        """Return the outline, made larger by a margin in metres; WGS-84 degrees."""
        middle = shapely.box(*self.outline.bounds).centroid
        outlines = gpd.GeoSeries([self.outline], crs="EPSG:4326").to_crs(metric_crs(middle.x, middle.y))
        # A little more: a circle made of chords is narrower than it says.
        return outlines.buffer(margin_m * 1.005).to_crs("EPSG:4326").iloc[0]

    def frame(self) -> gpd.GeoDataFrame:
        """Return the outline as one row: ``id``, ``name`` and geometry, EPSG:4326."""
        return gpd.GeoDataFrame(
            {"id": [self.place_id], "name": [self.name]}, geometry=[self.outline], crs="EPSG:4326"
        )


def place_of_box(text: str, *, name: str | None = None) -> Place:
    """Return a place from ``W,S,E,N``.

    Parameters
    ----------
    text
        West, south, east and north, WGS-84 degrees.
    name
        What to call it.

    Raises
    ------
    ParameterError
        If it is not four numbers, or they are not in order or not on the globe.

    Examples
    --------
    >>> place_of_box("125.2,43.8,125.4,43.9").outline.bounds
    (125.2, 43.8, 125.4, 43.9)
    """
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError as error:
        raise ParameterError(
            f"--bbox: {text!r} is not four numbers; give west,south,east,north such as 125.2,43.8,125.4,43.9"
        ) from error
    if not (-180 <= west < east <= 180 and -90 < south < north < 90):
        raise ParameterError(
            f"--bbox: {text!r} is not west,south,east,north in degrees; "
            "put the smaller longitude and latitude first, longitude before latitude"
        )
    return Place(
        name=name or "area", place_id="area", outline=shapely.box(west, south, east, north), origin="a box"
    )


def place_of_file(path: Path, *, name: str | None = None, datum: str = "wgs84") -> Place:
    """Return a place from a layer of polygons, taken together.

    Parameters
    ----------
    path
        Any layer that a study may name.
    name
        What to call it; by default the file's name.
    datum
        The datum of the file.

    Raises
    ------
    LayerError, CrsError
        If the file cannot be read, or has no CRS.
    """
    layer = read_layer(path, layer="--boundary", datum=datum, shapes="polygon")
    outline = shapely.union_all(layer.frame.geometry.to_numpy())
    if not outline.area:
        raise LayerError(f"--boundary: {path} holds no polygon; give the outline of the place")
    return Place(name=name or path.stem, place_id="area", outline=outline, origin=path.name)


def find_place(
    query: str, *, url: str = NOMINATIM_URL, manners: Manners | None = None, language: str = "en"
) -> Place:
    """Return the place of a name, as Nominatim knows it.

    Parameters
    ----------
    query
        Such as ``"南关区, 长春市"``.
    url
        The server.
    manners
        Patience.
    language
        Of the name that is found.

    Raises
    ------
    ParameterError
        If the name is empty.
    DownloadError
        If no place of that name has an outline, or the server cannot be had.
    """
    manners = manners or Manners()
    check_url(url, option="--nominatim")
    if not query.strip():
        raise ParameterError("PLACE: it is empty; give the name of a district or city")
    row = manners.ask(url, lambda: _geocode(query.strip(), url, manners.timeout_s, language))
    name = str(row.get("name") or str(row.get("display_name") or query).split(",")[0])
    outline = _polygons(row["geometry"])
    if not outline.area:
        raise _no_outline(query, url)
    return Place(
        name=name,
        place_id=f"{row.get('osm_type', 'area')}/{row.get('osm_id', 0)}",
        outline=outline,
        origin=f"Nominatim: {row.get('display_name', query)}",
    )


def _polygons(outline: shapely.Geometry) -> shapely.Geometry:
    parts = shapely.get_parts(shapely.make_valid(outline))
    kept: Any = shapely.union_all(parts[np.isin(shapely.get_type_id(parts), (3, 6))])
    return kept


def _geocode(query: str, url: str, timeout_s: float, language: str) -> dict[str, Any]:
    """Ask once, through OSMnx."""
    import osmnx

    try:
        with _settings(url, timeout_s, language):
            found = osmnx.geocoder.geocode_to_gdf(query)
    except (TypeError, ValueError, KeyError) as error:
        raise _what_osmnx_says(query, url, error) from error
    except OSError as error:
        raise _what_failed(url, error, timeout_s) from error
    row: dict[str, Any] = found.iloc[0].to_dict()
    return row


def _no_outline(query: str, url: str) -> DownloadError:
    return DownloadError(
        f"PLACE: {query!r} is known to {url}, but with no outline; "
        "name the district or city around it, or give --bbox or --boundary"
    )


def _what_osmnx_says(query: str, url: str, error: Exception) -> Exception:
    """Tell an unknown place from an odd answer; OSMnx raises the same class for both."""
    if isinstance(error, TypeError):
        return _no_outline(query, url)
    if "returned 0 results" in str(error):
        return DownloadError(
            f"PLACE: {query!r} is unknown to {url}; write it as on openstreetmap.org, the larger name last "
            '("南关区, 长春市"), or give --bbox or --boundary'
        )
    if " responded: 200 OK [" in str(error):
        return BusyError("the answer breaks off")
    return DownloadError(f"{url}: did not answer as a Nominatim server does; check the address")


def _what_failed(url: str, error: OSError, timeout_s: float) -> Exception:
    """Tell silence, which may end, from an address that leads nowhere; requests names its errors so."""
    kind = type(error).__name__
    if "Timeout" in kind:
        return BusyError(f"no answer within {timeout_s:.0f} s")
    if kind in ("JSONDecodeError", "ChunkedEncodingError", "ContentDecodingError"):
        return BusyError("the answer breaks off")
    if "RemoteDisconnected" in str(error) or "reset" in str(error):
        return BusyError("the connection broke")
    return DownloadError(f"{url}: cannot be reached ({kind}); check the address and the network")


def _stop_when_busy(response: Any, *_: Any, **__: Any) -> None:
    """Raise before OSMnx begins to wait by itself, which it does without end."""
    if response.status_code in BUSY:
        wait_s = retry_after_s(response.headers.get("Retry-After"))
        raise BusyError(f"the server is busy (HTTP {response.status_code})", wait_s=wait_s)


@contextmanager
def _settings(url: str, timeout_s: float, language: str) -> Iterator[None]:
    """Let OSMnx ask another server for a while; its settings are global, and put back afterwards."""
    from osmnx import settings

    ours: dict[str, Any] = {
        "nominatim_url": url,
        "requests_timeout": timeout_s,
        "requests_kwargs": {"hooks": {"response": _stop_when_busy}},
        "http_user_agent": USER_AGENT,
        "http_accept_language": language,
        "use_cache": False,
    }
    theirs = {name: getattr(settings, name) for name in ours}
    try:
        for name, value in ours.items():
            setattr(settings, name, value)
        yield
    finally:
        for name, value in theirs.items():
            setattr(settings, name, value)
