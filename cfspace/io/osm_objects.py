"""What pyosmium's objects hold, asked for in as few steps as there are.

Each list of tags or nodes of pyosmium, and each property of its objects, takes steps through Python. What
the objects hold inside is asked directly (`held_of`), which takes a third of the time; where a version of
pyosmium holds nothing by that name, `Plain` asks the object itself.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from itertools import repeat
from operator import attrgetter
from typing import Any

from osmium.osm.types import OSMObject

from cfspace.io.osm_tags import Tags

_NOTHING = repeat(None)


class Plain:
    """An object of pyosmium, asked by its public properties for what pyosmium holds inside."""

    def __init__(self, thing: Any) -> None:
        self._thing = thing
        self.id: Callable[[], int] = lambda: int(thing.id)
        self.is_closed, self.from_way, self.orig_id = (
            getattr(thing, name, None) for name in ("is_closed", "from_way", "orig_id")
        )

    def tags_size(self) -> int:
        """Return the number of tags."""
        return len(self._thing.tags)

    def tags_has_key(self, key: str) -> bool:
        """Tell whether there is a tag with a key."""
        return key in self._thing.tags

    def tags_get_value_by_key(self, key: str, default: str | None) -> str | None:
        """Return the value of a key."""
        value: str | None = self._thing.tags.get(key, default)
        return value

    def tags_begin(self) -> Any:
        """Return what goes through the tags."""
        return iter(self._thing.tags)

    @staticmethod
    def tags_next(tags: Any) -> Any:
        """Return the next tag."""
        return next(tags)

    def nodes(self) -> Plain:
        """Return what is asked for nodes."""
        return self

    def size(self, _: Any) -> int:
        """Return the number of nodes."""
        return len(self._thing.nodes)

    def get(self, _: Any, place: int) -> Any:
        """Return a node."""
        return self._thing.nodes[place]


held_of: Callable[[Any], Any] = (
    attrgetter("_pyosmium_data") if "_pyosmium_data" in OSMObject.__annotations__ else Plain
)
"""Return what an object holds inside."""


class TagReader:
    """Reads the tags of objects as dicts.

    pyosmium tells the tag of a key several times faster than it lists tags. Objects that stand beside each
    other in a file most often have the same keys: those of the last object with as many tags are asked for
    first, and where each of them is there, there is no other.
    """

    def __init__(self) -> None:
        self._last_keys: dict[int, tuple[str, ...]] = {}

    def tags_of(self, held: Any) -> Tags:
        """Return the tags of an object."""
        size = held.tags_size()
        keys = self._last_keys.get(size)
        if keys:
            values = [*map(held.tags_get_value_by_key, keys, _NOTHING)]
            if None not in values:
                return dict(zip(keys, values, strict=False))
        tags = dict(map(held.tags_next, repeat(held.tags_begin(), size)))
        if len(tags) == size:
            self._last_keys[size] = tuple(tags)
        return tags


def is_ring(way: Any, line_keys: Collection[str]) -> bool:
    """Tell whether a way is closed, and neither a key nor ``area=no`` says that it is a line."""
    return (
        way.is_closed()
        and not any(map(way.tags_has_key, line_keys))
        and way.tags_get_value_by_key("area", None) != "no"
    )


def origin_of(area: Any) -> tuple[str, int]:
    """Return type and id of the object that an area was put together from."""
    return "way" if area.from_way() else "relation", area.orig_id()


def node_ids(way: Any) -> list[int]:
    """Return the ids of the nodes of a way."""
    nodes = way.nodes()
    return [node.ref for node in map(nodes.get, repeat(way), range(nodes.size(way)))]
