"""Pages that ask no host for anything: Leaflet put inline, data made harmless, addresses refused."""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Sequence
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any

from cfspace.errors import CfspaceError

NAMESPACES: tuple[str, ...] = (
    "http://www.w3.org/2000/svg",
    "http://www.w3.org/1999/xlink",
    "http://www.w3.org/1999/xhtml",
)
"""Names of vocabularies that look like addresses and that no browser asks for."""

_ADDRESS = re.compile(r"""https?://[^\s"'<>)\\]*|(?<=["'`])//[a-z0-9][^\s"'`]*""", re.IGNORECASE)
_FETCHING = frozenset(
    {"src", "href", "srcset", "poster", "data", "action", "formaction", "background", "xlink:href"}
)
_STYLE_FETCH = re.compile(r"""@import|url\(\s*["']?(?!data:|#)[^)]*\)""", re.IGNORECASE)
_IMAGE_URL = re.compile(r"url\((images/[\w.-]+)\)")


class OutsideAddressError(CfspaceError):
    """A page that should stand alone would ask a host for something: a fault of the program."""


def page_json(value: Any) -> str:
    r"""Return compact JSON that is safe inside a script element, whatever texts it holds.

    NaN and infinities, which JSON lacks, are refused: say ``null`` where that is meant.

    Examples
    --------
    >>> page_json({"name": "</script><b>&"})
    '{"name":"\\u003c/script\\u003e\\u003cb\\u003e\\u0026"}'
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for mark in "<>&\u2028\u2029":
        text = text.replace(mark, f"\\u{ord(mark):04x}")
    return text


def plain(value: float, digits: int) -> float | int | None:
    """Return a number rounded for JSON, ``None`` where it is not finite.

    Examples
    --------
    >>> plain(2.0, 1), plain(2.345, 1), plain(float("nan"), 1)
    (2, 2.3, None)
    """
    if not math.isfinite(value):
        return None
    rounded = round(float(value), digits)
    return int(rounded) if rounded == int(rounded) else rounded


def page_file(name: str) -> str:
    """Return the text of one of the page's own scripts or styles."""
    return files("cfspace.present").joinpath("page", name).read_text("utf-8")


def leaflet_css() -> str:
    """Return Leaflet's style sheet with its images inside."""
    folder = _leaflet_folder()
    css = (folder / "leaflet.css").read_text("utf-8")
    # An old way of drawing in Internet Explorer; no browser that opens this page knows it.
    css = css.replace("behavior: url(#default#VML);", "")
    return _IMAGE_URL.sub(lambda match: f"url({_data_address(folder / match[1])})", css)


def leaflet_js() -> str:
    """Return Leaflet's script without links to its own site (its licence notice stays)."""
    script = (_leaflet_folder() / "leaflet.js").read_text("utf-8")
    script = re.sub(r"//# sourceMappingURL=\S+", "", script)
    return script.replace("https://leafletjs.com", "leafletjs.com")


def cluster_css() -> str:
    """Return the style sheet of Leaflet.markercluster: how rounds move."""
    return (_cluster_folder() / "MarkerCluster.css").read_text("utf-8")


def cluster_js() -> str:
    """Return the script of Leaflet.markercluster with its notice, which its small form lacks."""
    script = (_cluster_folder() / "leaflet.markercluster.js").read_text("utf-8")
    notice = "/* Leaflet.markercluster 1.4.1, (c) 2012-2017 Dave Leaver and others, MIT licence */\n"
    return notice + re.sub(r"//# sourceMappingURL=\S+", "", script)


def refuse_outside(html: str, *, page: str, beside: Sequence[str] = ()) -> None:
    """Raise if a browser opening `html` would ask a host for anything.

    Looked at are attributes that fetch or lead away, style sheets, and scripts; texts and data may
    name hosts.

    Parameters
    ----------
    html
        The whole page.
    page
        What the page is called in the message.
    beside
        Files in the folder of the page that a reader may be led to.

    Raises
    ------
    OutsideAddressError
        If an address is left.

    Examples
    --------
    >>> refuse_outside('<p>see https://a.example</p><img src="data:,">', page="map.html")
    """
    finder = _AddressFinder(beside)
    finder.feed(html)
    finder.close()
    if finder.found:
        raise OutsideAddressError(f"{page}: would ask for {finder.found[0]}; put it inside the page")


class _AddressFinder(HTMLParser):
    """Collects what a browser would fetch."""

    def __init__(self, beside: Sequence[str]) -> None:
        super().__init__(convert_charrefs=True)
        self._beside = beside
        self.found: list[str] = []
        self._inside = ""
        self._pieces: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        for name in _FETCHING & set(given):
            value = given[name].strip()
            is_beside = tag == "a" and value in self._beside
            if value and not is_beside and not value.startswith(("#", "data:")):
                self.found.append(f"{tag} {name}={value[:80]}")
        self._look_in_style(given.get("style", ""))
        is_data = given.get("type", "") == "application/json"
        self._inside = tag if tag in ("style", "script") and not is_data else ""
        self._pieces = []

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the parser names it so
        # A script comes in pieces, parted at every "</" in it.
        text = "".join(self._pieces)
        if self._inside == "style":
            self._look_in_style(text)
        elif self._inside == "script":
            for name in NAMESPACES:
                text = text.replace(name, "")
            self.found.extend(_ADDRESS.findall(text))
        self._inside, self._pieces = "", []

    def handle_data(self, data: str) -> None:
        if self._inside:
            self._pieces.append(data)

    def _look_in_style(self, style: str) -> None:
        self.found.extend(_STYLE_FETCH.findall(style))


def _leaflet_folder() -> Path:
    from xstatic.pkg import leaflet

    return Path(leaflet.BASE_DIR)


def _cluster_folder() -> Path:
    from xstatic.pkg import leaflet_markercluster

    return Path(leaflet_markercluster.BASE_DIR)


def _data_address(image: Path) -> str:
    return f"data:image/png;base64,{base64.b64encode(image.read_bytes()).decode('ascii')}"
