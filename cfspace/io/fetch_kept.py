"""The map of a place that a study names: downloaded once, and kept with what is cached."""

from __future__ import annotations

import hashlib
import logging
import os
from pathlib import Path

from cfspace.io.cache import PLACES, user_cache_folder
from cfspace.io.fetch import Servers, Wish, fetch
from cfspace.io.fetch_overpass import OVERPASS_URL, Overpass
from cfspace.io.fetch_place import NOMINATIM_URL

logger = logging.getLogger(__name__)

OVERPASS_VARIABLE = "CFSPACE_OVERPASS_URL"
NOMINATIM_VARIABLE = "CFSPACE_NOMINATIM_URL"


def servers() -> Servers:
    """Return whom to ask: the public servers, or those that the environment names."""
    overpass = os.environ.get(OVERPASS_VARIABLE) or OVERPASS_URL
    nominatim = os.environ.get(NOMINATIM_VARIABLE) or NOMINATIM_URL
    return Servers(nominatim=nominatim, overpass=Overpass(url=overpass))


def kept_place(place: str, *, language: str, admin_level: int | None = None) -> Path:
    """Return the OSM extract of a place; what is not there yet, or not whole, is downloaded.

    Parameters
    ----------
    place
        A name that Nominatim knows.
    language
        ``zh`` or ``en``, of the answer.
    admin_level
        Level of the coarsest OSM boundaries that are wanted.

    Raises
    ------
    DownloadError
        If the place is unknown or a server cannot be had; a later call goes on with what came.
    """
    whom = servers()
    key = "\n".join([place, language, str(admin_level), whom.nominatim, whom.overpass.url])
    folder = user_cache_folder() / PLACES / hashlib.sha256(key.encode()).hexdigest()[:20]
    if not (folder / "study.toml").is_file():
        wish = Wish(place=place, language=language, admin_level=admin_level)
        fetch(wish, folder, servers=whom, tell=logger.info)
    return folder / "city.osm"
