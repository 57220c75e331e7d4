"""Reasons in words, in both languages."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from cfspace.config.rulebook import Text
from cfspace.facilities import KindRules, load_kind_rules


def say(*, en: str, zh: str) -> Text:
    """Return a text in both languages."""
    return Text(en=en, zh=zh)


def joined(parts: Iterable[Text | None]) -> Text | None:
    """Return several texts as one, each once, None where there is none.

    Examples
    --------
    >>> joined([say(en="a", zh="甲"), None, say(en="b", zh="乙")])
    Text(zh='甲；乙', en='a; b')
    """
    told = list(dict.fromkeys(part for part in parts if part is not None))
    if not told:
        return None
    return Text(en="; ".join(part.en for part in told), zh="；".join(part.zh for part in told))


def kind_name(kind: str) -> Text:
    """Return what a kind of facility is called; a kind without a title is called by its id.

    Examples
    --------
    >>> kind_name("park").zh, kind_name("skate_barn").en
    ('公园', 'skate_barn')
    """
    rules = _kind_rules().kinds
    return Text(**rules[kind].title) if kind in rules else Text(zh=kind, en=kind)


def names_of(kinds: Iterable[str]) -> Text:
    """Return the names of several kinds in one line."""
    told = [kind_name(kind) for kind in kinds]
    return Text(en=", ".join(one.en for one in told), zh="、".join(one.zh for one in told))


@cache
def _kind_rules() -> KindRules:
    return load_kind_rules()
