"""Small OSM files, written for the tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import quoteattr

Tags = Mapping[str, str]


def tags_xml(tags: Tags) -> str:
    return "".join(f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in tags.items())


def node(node_id: int, lon: float, lat: float, tags: Tags | None = None) -> str:
    return f'<node id="{node_id}" version="1" lon="{lon}" lat="{lat}">{tags_xml(tags or {})}</node>'


def way(way_id: int, nodes: Sequence[int], tags: Tags) -> str:
    refs = "".join(f'<nd ref="{ref}"/>' for ref in nodes)
    return f'<way id="{way_id}" version="1">{refs}{tags_xml(tags)}</way>'


def multipolygon(relation_id: int, members: Sequence[tuple[int, str]], tags: Tags) -> str:
    ways = "".join(f'<member type="way" ref="{ref}" role="{role}"/>' for ref, role in members)
    return (
        f'<relation id="{relation_id}" version="1">{ways}'
        f"{tags_xml({'type': 'multipolygon', **tags})}</relation>"
    )


def write_osm(path: Path, *things: str, bounds: tuple[float, float, float, float] | None = None) -> Path:
    """Write objects, nodes first; `bounds` is west, south, east, north."""
    box = ""
    if bounds is not None:
        west, south, east, north = bounds
        box = f'<bounds minlon="{west}" minlat="{south}" maxlon="{east}" maxlat="{north}"/>'
    text = f'<?xml version="1.0"?><osm version="0.6">{box}{"".join(things)}</osm>'
    path.write_text(text, encoding="utf-8")
    return path


def square(first_node: int, lon: float, lat: float, size: float = 0.001) -> list[str]:
    """Return the four corner nodes of a square, numbered from `first_node`."""
    corners = [(lon, lat), (lon + size, lat), (lon + size, lat + size), (lon, lat + size)]
    return [node(first_node + i, *corner) for i, corner in enumerate(corners)]


def ring(first_node: int) -> list[int]:
    """Return the vertices of a way around that square."""
    return [first_node, first_node + 1, first_node + 2, first_node + 3, first_node]
