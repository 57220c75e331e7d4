"""Tags and node ids of pyosmium's objects, asked for in as few steps as there are.

pyosmium's lists of tags and nodes take several steps through Python for each entry. What its objects hold
inside is asked directly; where a version of it holds nothing by that name, its lists are gone through.
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import repeat
from typing import Any

from cfspace.io.osm_tags import Tags

_NOTHING = repeat(None)


class TagReader:
    """Reads the tags of objects as dicts.

    pyosmium tells the tag of a key several times faster than it lists tags. Objects that stand beside each
    other in a file most often have the same keys: those of the last object with as many tags are asked for
    first, and where each of them is there, there is no other.
    """

    def __init__(self) -> None:
        self._last_keys: dict[int, tuple[str, ...]] = {}

    def tags_of(self, thing: Any) -> Tags:
        """Return the tags of an object."""
        try:
            held = thing._pyosmium_data  # noqa: SLF001 - there is no public way that is as quick
        except AttributeError:
            return dict(thing.tags)
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


def has_any_key(thing: Any, keys: Collection[str]) -> bool:
    """Tell whether an object has a tag with one of some keys."""
    held = getattr(thing, "_pyosmium_data", None)
    return any(map(thing.tags.__contains__ if held is None else held.tags_has_key, keys))


def node_ids(way: Any) -> list[int]:
    """Return the ids of the nodes of a way."""
    nodes = way.nodes
    held, own = getattr(nodes, "_pyosmium_data", None), getattr(nodes, "_list", None)
    if held is None or own is None:
        return [node.ref for node in nodes]
    return [node.ref for node in map(own.get, repeat(held), range(own.size(held)))]
