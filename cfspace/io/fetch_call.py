"""`cfspace fetch` as one call."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cfspace.io.fetch import Servers, Wish
from cfspace.io.fetch import fetch as fetch_wish
from cfspace.io.fetch_overpass import OVERPASS_URL, Overpass
from cfspace.io.fetch_place import NOMINATIM_URL
from cfspace.io.fetch_study import MARGIN_M


def fetch(
    place: str | None = None,
    *,
    out: str | Path,
    box: tuple[float, float, float, float] | None = None,
    boundary: str | Path | None = None,
    datum: str = "wgs84",
    pbf: str | Path | None = None,
    name: str | None = None,
    margin_m: float = MARGIN_M,
    admin_level: int | None = None,
    lang: str = "zh",
    overpass: str = OVERPASS_URL,
    nominatim: str = NOMINATIM_URL,
    force: bool = False,
    tell: Callable[[str], None] | None = None,
) -> Path:
    """Fetch a place from OpenStreetMap, or cut it out of a large file, with a study file that runs.

    Exactly one of `place`, `box` and `boundary` says where.

    Parameters
    ----------
    place
        A name that Nominatim knows, such as ``南关区, 长春市``.
    out
        Folder to fill. One that a broken-off call left is gone on with.
    box
        West, south, east, north in WGS-84 degrees.
    boundary
        A layer of polygons, in `datum`; all of them together.
    datum
        Of the boundary: ``wgs84``, ``gcj02`` or ``bd09``.
    pbf
        A large OSM file to cut from, sorted by type and id; no map server is asked then.
    name
        What to call the place; default: the name it was found by.
    margin_m
        Metres around it that come along, 0 to 50,000.
    admin_level
        Level of OSM boundaries to be units besides the outline; None for the outline alone.
    lang
        ``zh`` or ``en``, language of the study.
    overpass, nominatim
        Addresses of the servers to ask.
    force
        Replace an earlier fetch.
    tell
        Called with what is being done, in words.

    Returns
    -------
    The path of the study file, ready for `cfspace.check` and `cfspace.run`.

    Raises
    ------
    ParameterError
        If none or several places are given, or a value is out of range.
    OutputError
        If the folder is taken.
    DownloadError
        If the place is unknown or a server cannot be had; what was downloaded is kept for the next call.
    OsmError, LayerError, CrsError
        If a file cannot be read, or there is no street in the place.

    Examples
    --------
    >>> import tempfile
    >>> from cfspace.sample import sample_study
    >>> town = sample_study().parent / "town.osm.pbf"
    >>> folder = Path(tempfile.mkdtemp()) / "centre"
    >>> fetch(box=(125.295, 43.895, 125.305, 43.905), pbf=town, out=folder, margin_m=500).name
    'study.toml'
    """
    wish = Wish(
        place=place,
        box=None if box is None else ",".join(map(repr, map(float, box))),
        boundary=None if boundary is None else Path(boundary),
        datum=datum,
        pbf=None if pbf is None else Path(pbf),
        name=name,
        margin_m=margin_m,
        admin_level=admin_level,
        language=lang,
    )
    servers = Servers(nominatim=nominatim, overpass=Overpass(url=overpass))
    if tell is None:
        return fetch_wish(wish, Path(out), servers=servers, force=force)
    return fetch_wish(wish, Path(out), servers=servers, force=force, tell=tell)
