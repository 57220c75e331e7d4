"""A place out of an Overpass server: tile by tile, each kept until all are there, then one file."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import osmium
import shapely

from cfspace.errors import DownloadError, OsmError
from cfspace.io.fetch_pbf import SMALLEST_ADMIN_LEVEL, Box, header_of
from cfspace.io.fetch_web import Manners, TooMuchError, download_xml
from cfspace.io.osm_tags import AREA_KEYS, LINE_KEYS, POINT_KEYS

logger = logging.getLogger(__name__)

OVERPASS_URL: Final = "https://overpass-api.de/api/interpreter"

TILE_M: Final = 10_000.0
"""Edge of a tile: a dense city's fits into the memory that a public server grants. [assumed]"""

MOST_HALVINGS: Final = 3
"""A tile the server cannot manage is cut in four, at most so often."""

MEMORY_BYTES: Final = 512 << 20

M_PER_DEG: Final = 111_320.0

_STAMP: Final = re.compile(rb'osm_base="([^"]+)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Overpass:
    """A server, and how it is asked.

    Attributes
    ----------
    url
        Its interpreter.
    manners
        Patience.
    tile_m
        Edge of a tile, metres.
    admin_level
        Coarsest level of boundaries that are asked for.
    """

    url: str = OVERPASS_URL
    manners: Manners = field(default_factory=Manners)
    tile_m: float = TILE_M
    admin_level: int = SMALLEST_ADMIN_LEVEL


def question(box: Box, *, timeout_s: float, admin_level: int = SMALLEST_ADMIN_LEVEL) -> str:
    """Return the query for everything that :func:`cfspace.io.osm.read_osm` reads in a box.

    Parameters
    ----------
    box
        West, south, east and north, WGS-84 degrees.
    timeout_s
        Seconds the server may work on it.
    admin_level
        Coarsest level of boundaries that are asked for.

    Returns
    -------
    Overpass QL; the answer is XML, nodes before ways before relations, each complete.

    Examples
    --------
    >>> print(question((125.1, 43.8, 125.2, 43.9), timeout_s=60).splitlines()[0])
    [out:xml][timeout:60][maxsize:536870912][bbox:43.800000,125.100000,43.900000,125.200000];
    """
    west, south, east, north = box
    levels = "|".join(str(level) for level in range(admin_level, 13))
    points, areas = _any_of(POINT_KEYS), _any_of(AREA_KEYS)
    lines = _any_of({*LINE_KEYS, *AREA_KEYS, *POINT_KEYS})
    return "\n".join(
        [
            f"[out:xml][timeout:{timeout_s:.0f}][maxsize:{MEMORY_BYTES}]"
            f"[bbox:{south:.6f},{west:.6f},{north:.6f},{east:.6f}];",
            "(",
            f'  node[~"^({points})$"~"."];',
            f'  way[~"^({lines})$"~"."];',
            f'  relation["type"="multipolygon"]["boundary"!="administrative"][~"^({areas})$"~"."];',
            f'  relation["boundary"="administrative"]["admin_level"~"^({levels})$"];',
            ");",
            "(._;>;);",
            "out body;",
        ]
    )


def _any_of(keys: Iterable[str]) -> str:
    return "|".join(sorted(keys))


def tiles_of(box: Box, *, tile_m: float = TILE_M, within: shapely.Geometry | None = None) -> list[Box]:
    """Return the tiles of a box, row by row, of equal size and at most `tile_m` wide.

    Parameters
    ----------
    box
        West, south, east and north, WGS-84 degrees.
    tile_m
        Longest edge, metres.
    within
        Tiles that do not touch it are left out.

    Examples
    --------
    >>> len(tiles_of((125.0, 43.8, 125.2, 44.0), tile_m=10_000))
    6
    """
    west, south, east, north = box
    scale = float(np.cos(np.radians((south + north) / 2)))
    n_across = max(1, int(np.ceil((east - west) * scale * M_PER_DEG / tile_m)))
    n_up = max(1, int(np.ceil((north - south) * M_PER_DEG / tile_m)))
    lon = np.linspace(west, east, n_across + 1).round(6).tolist()
    lat = np.linspace(south, north, n_up + 1).round(6).tolist()
    tiles = [(lon[i], lat[j], lon[i + 1], lat[j + 1]) for j in range(n_up) for i in range(n_across)]
    return [tile for tile in tiles if within is None or shapely.box(*tile).intersects(within)]


def fetch_tiles(
    server: Overpass, tiles: Sequence[Box], parts: Path, *, tell: Callable[[int, int], None] | None = None
) -> list[Path]:
    """Download tiles that are not there yet.

    Parameters
    ----------
    server
        Whom to ask, and how.
    tiles
        Boxes, WGS-84 degrees.
    parts
        Folder that keeps them; it outlives a failure, and a second call goes on from there.
    tell
        Called with the number of tiles done and of all.

    Returns
    -------
    A complete file per tile, or more where a tile had to be cut smaller.

    Raises
    ------
    DownloadError
        If the server cannot be had, or gives up over the smallest tile.
    """
    files: list[Path] = []
    for n_done, tile in enumerate(tiles):
        if tell is not None:
            tell(n_done, len(tiles))
        files.extend(_fetch_tile(server, tile, parts, MOST_HALVINGS))
    return files


def _fetch_tile(server: Overpass, tile: Box, parts: Path, halvings: int) -> Iterator[Path]:
    asked = question(tile, timeout_s=server.manners.timeout_s, admin_level=server.admin_level)
    name = hashlib.sha256(f"{server.url}\n{asked}".encode()).hexdigest()[:20]
    whole, too_much = parts / f"{name}.osm", parts / f"{name}.too-much"
    silence_s = server.manners.timeout_s + server.manners.grace_s
    if not whole.is_file() and not too_much.is_file():
        try:
            server.manners.ask(
                server.url,
                lambda: download_xml(server.url, asked, whole, timeout_s=silence_s),
            )
        except TooMuchError as error:
            if not halvings:
                raise DownloadError(
                    f"{server.url}: the server gave up over a tile ({error}); choose a smaller --tile-km "
                    "or a longer --timeout, or cut the place out of a file with --pbf"
                ) from error
            logger.warning("%s: %s; asking for four smaller tiles", server.url, error)
            too_much.write_text(f"{error}\n", encoding="utf-8")
    if whole.is_file():
        yield whole
        return
    west, south, east, north = tile
    middle_lon, middle_lat = round((west + east) / 2, 6), round((south + north) / 2, 6)
    for lows, highs in (
        ((west, south), (middle_lon, middle_lat)),
        ((middle_lon, south), (east, middle_lat)),
        ((west, middle_lat), (middle_lon, north)),
        ((middle_lon, middle_lat), (east, north)),
    ):
        yield from _fetch_tile(server, (*lows, *highs), parts, halvings - 1)


def merge_tiles(files: Sequence[Path], out: Path, box: Box) -> None:
    """Put tiles together to one sorted file in which each object stands once.

    Parameters
    ----------
    files
        Complete OSM files.
    out
        The file to write; its ending says the format.
    box
        Where the data ends: west, south, east and north.

    Raises
    ------
    OsmError
        If a file is damaged.
    """
    merged = osmium.MergeInputReader()
    try:
        for file in files:
            merged.add_file(str(file))
        with osmium.SimpleWriter(str(out), header=header_of(box), overwrite=True) as writer:
            merged.apply(writer, simplify=True)
    except RuntimeError as error:
        raise OsmError(
            f"{out}: its parts cannot be put together ({error}); remove them and begin again"
        ) from error


def snapshot_of(files: Sequence[Path]) -> str | None:
    """Return the oldest date that Overpass answers name as theirs, ``YYYY-MM-DD``; None where none does."""
    dates = []
    for file in files:
        with file.open("rb") as start:
            if found := _STAMP.search(start.read(2000)):
                dates.append(found[1].decode("ascii", "replace")[:10])
    return min(dates, default=None)
