"""Tags and node ids of pyosmium's objects, against pyosmium's own lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import osmium
import pytest
from hypothesis import given
from hypothesis import strategies as st
from osmium.filter import EmptyTagFilter

from cfspace.io.osm_objects import Plain, TagReader, held_of, is_ring, node_ids, origin_of


@pytest.mark.parametrize("ask", [held_of, Plain], ids=["held", "plain"])
def test_what_is_held_is_what_pyosmium_gives_by_its_own_lists(
    sample_study: Path, ask: Callable[[Any], Any]
) -> None:
    path = sample_study.parent / "town.osm.pbf"
    kinds, tags_of = Counter[str](), TagReader().tags_of
    stream = osmium.FileProcessor(str(path)).with_areas().with_filter(EmptyTagFilter())
    for thing in stream:
        held, tags = ask(thing), {tag.k: tag.v for tag in thing.tags}
        assert tags_of(held) == tags
        assert held.id() == thing.id
        if thing.is_way():
            assert node_ids(held) == [node.ref for node in thing.nodes]
            ring = thing.is_closed() and "highway" not in tags and tags.get("area") != "no"
            assert is_ring(held, ("highway",)) == ring
        if thing.is_area():
            assert origin_of(held) == ("way" if thing.from_way() else "relation", thing.orig_id())
        kinds[thing.type_str()] += 1
    assert min(kinds[kind] for kind in "nwa") > 100
    assert kinds["r"] > 0


class Held:
    """Tags as pyosmium holds them: in an order, and, in damaged data, a key more than once."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._pairs = pairs

    def tags_size(self) -> int:
        return len(self._pairs)

    def tags_get_value_by_key(self, key: str, default: str | None) -> str | None:
        return next((value for own, value in self._pairs if own == key), default)

    def tags_begin(self) -> list[tuple[str, str]]:
        return self._pairs.copy()

    @staticmethod
    def tags_next(left: list[tuple[str, str]]) -> tuple[str, str]:
        return left.pop(0)


PAIRS = st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(["", "yes", "no"])), max_size=5)


@given(st.lists(PAIRS, max_size=12))
def test_what_was_read_before_changes_no_tag(objects: list[list[tuple[str, str]]]) -> None:
    tags_of = TagReader().tags_of
    for pairs in objects:
        assert tags_of(Held(pairs)) == dict(pairs)


def test_keys_that_came_before_are_not_listed_again() -> None:
    tags_of = TagReader().tags_of
    tags_of(Held([("a", "1"), ("b", "2")]))
    again = Held([("b", "3"), ("a", "4")])
    again.tags_begin = None  # type: ignore[method-assign, assignment]
    assert tags_of(again) == {"a": "4", "b": "3"}


@pytest.mark.real
def test_real_tags_are_read_whole(shared: Path) -> None:
    path = shared / "data" / "helsinki" / "Helsinki.osm.pbf"
    tags_of = TagReader().tags_of
    for thing in osmium.FileProcessor(str(path)).with_filter(EmptyTagFilter()):
        assert tags_of(held_of(thing)) == {tag.k: tag.v for tag in thing.tags}
