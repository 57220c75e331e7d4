"""Online backgrounds for the map: none unless one is asked for, and then asked for only when switched on."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cfspace.errors import ParameterError

TIANDITU_KEY = re.compile(r"[0-9A-Za-z]{8,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiles:
    """Where a background comes from.

    Parameters
    ----------
    urls
        Address templates of one or more layers, lowest first.
    hosts
        Sources that the page may ask for pictures, as a Content-Security-Policy names them.
    subdomains
        What ``{s}`` stands for.
    max_zoom
        Deepest zoom that the server has.
    credit
        Line that its terms ask for.
    """

    urls: tuple[str, ...]
    hosts: tuple[str, ...]
    subdomains: str
    max_zoom: int
    credit: str


def tiles_of(name: str | None, *, key: str | None = None) -> Tiles | None:
    """Return the background of a name, None for none.

    Tianditu's tiles are in CGCS2000, which for a map is WGS-84. Those of AMap, Tencent and Baidu are shifted
    (GCJ-02, BD-09): everything drawn on them would lie hundreds of metres off, so they are refused.

    Parameters
    ----------
    name
        ``osm``, ``tianditu`` or None.
    key
        The key that Tianditu gave you.

    Raises
    ------
    ParameterError
        If the name is unknown or shifted, or the key is missing or none.

    Examples
    --------
    >>> tiles_of("osm").hosts
    ('https://tile.openstreetmap.org',)
    """
    if name is None:
        return None
    if name == "osm":
        return Tiles(
            urls=("https://tile.openstreetmap.org/{z}/{x}/{y}.png",),
            hosts=("https://tile.openstreetmap.org",),
            subdomains="",
            max_zoom=19,
            credit="© OpenStreetMap contributors",
        )
    if name == "tianditu":
        return _tianditu(key)
    if name in ("amap", "gaode", "tencent", "baidu"):
        raise ParameterError(
            f"--tiles: {name} draws its map shifted (GCJ-02 or BD-09), so nothing would lie in its place; "
            "use osm or tianditu"
        )
    raise ParameterError(f"--tiles: {name!r} is unknown; use osm or tianditu")


def _tianditu(key: str | None) -> Tiles:
    if not key or not TIANDITU_KEY.fullmatch(key):
        raise ParameterError(
            "--tianditu-key: tianditu needs the key it gave you (letters and digits); give it here or in "
            "CFSPACE_TIANDITU_KEY"
        )
    base = "https://t{s}.tianditu.gov.cn/"
    query = "?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles"
    query += f"&TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}&tk={key}"
    return Tiles(
        urls=tuple(f"{base}{layer}_w/wmts{query}&LAYER={layer}" for layer in ("vec", "cva")),
        hosts=tuple(f"https://t{n}.tianditu.gov.cn" for n in range(8)),
        subdomains="01234567",
        max_zoom=18,
        credit="天地图 © 国家地理信息公共服务平台",
    )
