"""Tags and node ids of pyosmium's objects, against pyosmium's own lists."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import osmium
import pytest
from hypothesis import given
from hypothesis import strategies as st
from osmium.filter import EmptyTagFilter

from cfspace.io.osm_objects import TagReader, has_any_key, node_ids


def test_tags_and_node_ids_are_those_that_pyosmium_gives_by_its_own_lists(sample_study: Path) -> None:
    path = sample_study.parent / "town.osm.pbf"
    n_compared, tags_of = 0, TagReader().tags_of
    for thing in osmium.FileProcessor(str(path)).with_filter(EmptyTagFilter()):
        tags = {tag.k: tag.v for tag in thing.tags}
        assert tags_of(thing) == tags
        assert has_any_key(thing, ("highway", "amenity")) == (
            not tags.keys().isdisjoint({"highway", "amenity"})
        )
        if thing.is_way():
            assert node_ids(thing) == [node.ref for node in thing.nodes]
        n_compared += 1
    assert n_compared > 1000


def test_another_version_of_pyosmium_is_read_by_its_lists() -> None:
    plain = SimpleNamespace(tags={"highway": "path"}, nodes=[SimpleNamespace(ref=7)])
    assert (TagReader().tags_of(plain), node_ids(plain)) == ({"highway": "path"}, [7])
    assert has_any_key(plain, ("railway", "highway"))
    assert not has_any_key(plain, ("railway",))


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
        assert tags_of(SimpleNamespace(_pyosmium_data=Held(pairs))) == dict(pairs)


def test_keys_that_came_before_are_not_listed_again() -> None:
    tags_of = TagReader().tags_of
    tags_of(SimpleNamespace(_pyosmium_data=Held([("a", "1"), ("b", "2")])))
    again = Held([("b", "3"), ("a", "4")])
    again.tags_begin = None  # type: ignore[method-assign, assignment]
    assert tags_of(SimpleNamespace(_pyosmium_data=again)) == {"a": "4", "b": "3"}


@pytest.mark.real
def test_real_tags_are_read_whole(shared: Path) -> None:
    path = shared / "data" / "helsinki" / "Helsinki.osm.pbf"
    tags_of = TagReader().tags_of
    for thing in osmium.FileProcessor(str(path)).with_filter(EmptyTagFilter()):
        assert tags_of(thing) == {tag.k: tag.v for tag in thing.tags}
