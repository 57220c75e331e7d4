"""Cutting a place out of a large OSM file, in memory that grows with the place and not with the file."""

from __future__ import annotations

import datetime as dt
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import osmium
from osmium.osm import NODE, RELATION, WAY

from cfspace.errors import OsmError
from cfspace.io.osm_tags import AREA_KEYS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ids = NDArray[np.int64]

Box = tuple[float, float, float, float]
"""West, south, east and north, degrees."""

BATCH_REFS: Final = 500_000
"""References looked at together: what bounds the memory of a pass."""

SMALLEST_ADMIN_LEVEL: Final = 6
"""Outlines of provinces and countries would bring half the file along."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """What was cut out.

    Attributes
    ----------
    nodes, ways, relations
        How many objects were written.
    newest
        When the youngest of them was edited; None where the file does not say.
    """

    nodes: int
    ways: int
    relations: int
    newest: dt.datetime | None


@dataclass(slots=True)
class _Chosen:
    """Ids of what is to be written."""

    ways: array[int] = field(default_factory=lambda: array("q"))
    relations: array[int] = field(default_factory=lambda: array("q"))
    nodes: list[Ids] = field(default_factory=list)
    members: array[int] = field(default_factory=lambda: array("q"))


def cut_osm(source: Path, out: Path, box: Box, *, admin_level: int = SMALLEST_ADMIN_LEVEL) -> Cut:
    """Write what lies in a box to a file of its own.

    Nodes in the box; every way that has one of them, whole; multipolygons and administrative
    boundaries that have one of those ways, with all their ways. The box is declared in the header.

    Parameters
    ----------
    source
        A sorted OSM file, such as a province's ``.osm.pbf``; read three times.
    out
        The file to write; its ending says the format.
    box
        West, south, east and north, WGS-84 degrees.
    admin_level
        Coarsest level of boundaries that are kept whole; 0: everything that the reader makes an area of.

    Returns
    -------
    How much was written, and how young it is.

    Raises
    ------
    OsmError
        If the source is missing, damaged or not sorted, or holds no street in the box.
    """
    if not source.is_file():
        raise OsmError(f"{source}: no such file; check the path after --pbf")
    try:
        chosen = _choose(source, box, admin_level)
        if not chosen.ways:
            raise OsmError(f"{source}: holds nothing in the box {_label(box)}; give a file that covers it")
        _complete(source, chosen)
        return _write(source, out, box, chosen)
    except (RuntimeError, osmium.InvalidLocationError) as error:
        raise OsmError(f"{source}: not a complete OSM file ({error}); download it again") from error


def _label(box: Box) -> str:
    return ", ".join(f"{edge:.4f}" for edge in box)


def _choose(source: Path, box: Box, admin_level: int) -> _Chosen:
    """Choose nodes in the box, ways that have one of them, and areas that have one of those."""
    chosen = _Chosen()
    west, south, east, north = (round(edge * 1e7) for edge in box)
    inside = array("q")
    last: int | None = None
    ways = _WayBatch(chosen)
    thing: Any
    for thing in osmium.FileProcessor(str(source), NODE | WAY | RELATION):
        if thing.is_node():
            last = _after(last, thing.id, source)
            place = thing.location
            if west <= place.x <= east and south <= place.y <= north and place.valid():
                inside.append(thing.id)
        elif thing.is_way():
            ways.inside = _ids(inside) if ways.inside is None else ways.inside
            ways.add(thing.id, [node.ref for node in thing.nodes])
        elif thing.is_relation() and _is_area(thing.tags, admin_level):
            ways.close()
            members = _way_members(thing)
            if _has_any(_ids(chosen.ways), members):
                chosen.relations.append(thing.id)
                chosen.members.extend(members)
    ways.close()
    chosen.nodes.append(_ids(inside))
    return chosen


class _WayBatch:
    """Ways on their way to being chosen: many are compared with the nodes in the box at once."""

    def __init__(self, chosen: _Chosen) -> None:
        self.inside: Ids | None = None
        self._chosen = chosen
        self._ids = array("q")
        self._sizes = array("q")
        self._refs = array("q")

    def add(self, way_id: int, refs: list[int]) -> None:
        """Take a way."""
        if refs:
            self._ids.append(way_id)
            self._sizes.append(len(refs))
            self._refs.extend(refs)
        if len(self._refs) >= BATCH_REFS:
            self.close()

    def close(self) -> None:
        """Choose among the ways taken so far."""
        if not self._ids or self.inside is None:
            return
        refs, sizes = _ids(self._refs), _ids(self._sizes)
        starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        is_chosen = np.logical_or.reduceat(_among(self.inside, refs), starts)
        self._chosen.ways.extend(_ids(self._ids)[is_chosen].tolist())
        self._chosen.nodes.append(np.unique(refs[np.repeat(is_chosen, sizes)]))
        self._ids, self._sizes, self._refs = array("q"), array("q"), array("q")


def _ids(ids: array[int]) -> Ids:
    return np.frombuffer(ids, np.int64).copy() if ids else np.empty(0, np.int64)


def _among(sorted_ids: Ids, asked: Ids) -> NDArray[np.bool_]:
    if not sorted_ids.size:
        return np.zeros(asked.size, np.bool_)
    at = np.minimum(np.searchsorted(sorted_ids, asked), sorted_ids.size - 1)
    found: NDArray[np.bool_] = sorted_ids[at] == asked
    return found


def _has_any(sorted_ids: Ids, asked: list[int]) -> bool:
    return bool(_among(sorted_ids, np.array(asked, np.int64)).any())


def _is_area(tags: Any, admin_level: int) -> bool:
    """Tell whether a relation is one that the reader makes a polygon of."""
    kind = tags.get("type")
    if admin_level == 0:
        return kind in ("multipolygon", "boundary") and any(key in tags for key in AREA_KEYS)
    if kind == "boundary" or tags.get("boundary") == "administrative":
        level = tags.get("admin_level", "")
        return tags.get("boundary") == "administrative" and level.isdecimal() and int(level) >= admin_level
    return kind == "multipolygon" and any(key in tags for key in AREA_KEYS)


def _way_members(relation: Any) -> list[int]:
    return [member.ref for member in relation.members if member.type == "w"]


def _complete(source: Path, chosen: _Chosen) -> None:
    """Add the ways that the chosen areas still lack, and their nodes."""
    missing = np.setdiff1d(_ids(chosen.members), _ids(chosen.ways))
    if not missing.size:
        return
    more = array("q")
    for way in _only(source, WAY, missing):
        more.append(way.id)
        chosen.nodes.append(np.array([node.ref for node in way.nodes], np.int64))
    chosen.ways = array("q", np.union1d(_ids(chosen.ways), _ids(more)).tolist())


def _only(source: Path, entity: Any, sorted_ids: Ids) -> Iterator[Any]:
    """Yield the objects of one type that have the given ids; the file is sorted by id.

    Raises
    ------
    OsmError
        If it is not.
    """
    wanted = iter(sorted_ids.tolist())
    following = next(wanted, None)
    last: int | None = None
    for thing in osmium.FileProcessor(str(source), entity):
        last = _after(last, thing.id, source)
        while following is not None and following < thing.id:
            following = next(wanted, None)  # the file does not hold it
        if following == thing.id:
            yield thing
        elif following is None:
            return


def _after(last: int | None, osm_id: int, source: Path) -> int:
    if last is not None and osm_id <= last:
        raise OsmError(f"{source}: its objects are not sorted by rising id; sort them: osmium sort")
    return osm_id


def _write(source: Path, out: Path, box: Box, chosen: _Chosen) -> Cut:
    nodes = np.unique(np.concatenate(chosen.nodes))
    counts = [0, 0, 0]
    newest: dt.datetime | None = None
    with osmium.SimpleWriter(str(out), header=header_of(box), overwrite=True) as writer:
        choices = ((NODE, nodes), (WAY, _ids(chosen.ways)), (RELATION, _ids(chosen.relations)))
        for position, (entity, ids) in enumerate(choices):
            for thing in _only(source, entity, ids):
                writer.add(thing)
                counts[position] += 1
                edited = thing.timestamp
                newest = edited if newest is None or edited > newest else newest
    if newest is not None and newest.year <= 1970:
        newest = None  # the file holds no times
    return Cut(nodes=counts[0], ways=counts[1], relations=counts[2], newest=newest)


def header_of(box: Box) -> osmium.io.Header:
    """Return the header of an extract: who wrote it, and where it ends."""
    west, south, east, north = box
    header = osmium.io.Header()
    header.set("generator", "cfspace")
    header.add_box(osmium.osm.Box(west, south, east, north))
    return header
