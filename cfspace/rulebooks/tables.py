"""A rulebook as a table, and two of them side by side."""

from __future__ import annotations

from typing import Any

import pandas as pd

from cfspace.config.rulebook import Rule, Rulebook

_FACTS = (
    "id",
    "task",
    "title",
    "meaning",
    "measure",
    "who",
    "level",
    "thresholds",
    "goal",
    "goal_basis",
    "value_unit",
    "better",
    "scored",
    "weight",
    "confidence",
    "source",
    "needs",
)


def rulebook_table(rulebook: Rulebook, lang: str = "en") -> pd.DataFrame:
    """Return one row per indicator with everything a reader checks: thresholds, goal, source.

    Parameters
    ----------
    rulebook
        The rulebook to show.
    lang
        Language of titles and meanings, ``zh`` or ``en``.

    Examples
    --------
    >>> from cfspace.rulebooks import load_rulebook
    >>> table = rulebook_table(load_rulebook("sdg-who"), "en")
    >>> table.loc[table["id"] == "SDG-11-7-1", "thresholds"].item()
    'open_space: 400 m'
    """
    rows = [_facts(rule, lang) for rule in rulebook.indicator]
    return pd.DataFrame(rows, columns=list(_FACTS))


def _facts(rule: Rule, lang: str) -> dict[str, Any]:
    return {
        **{name: getattr(rule, name) for name in _FACTS if hasattr(rule, name)},
        "title": rule.title.in_language(lang),
        "meaning": rule.meaning.in_language(lang),
        "source": rule.source.in_language(lang),
        "who": rule.age_label,
        "thresholds": thresholds(rule),
        "scored": not rule.report_only,
        "needs": ", ".join(rule.needs),
    }


def thresholds(rule: Rule) -> str:
    """Return the distances and other numbers of a rule in one line."""
    ways = rule.ways() if hasattr(rule, "ways") else getattr(rule, "reach", ())
    if ways:
        return "; ".join(_way(way) for way in ways)
    own = rule.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    shared = {*_FACTS, "design", "note", "zero", "report_only", "value_unit"}
    return "; ".join(f"{name} {_plain(own[name])}" for name in sorted(own) if name not in shared)


def distances(rule: Rule) -> str:
    """Return full and zero distance of each way of a rule, each once; empty where it has none.

    Examples
    --------
    >>> from cfspace.rulebooks import load_rulebook
    >>> distances(load_rulebook("sdg-who").rule("SDG-11-7-1"))
    '400 m'
    """
    ways = rule.ways() if hasattr(rule, "ways") else getattr(rule, "reach", ())
    if not ways and hasattr(rule, "full_m"):
        ways = (rule,)
    found = [f"{way.full_m:g}" + (f"/{way.zero_m:g}" if way.zero_m is not None else "") for way in ways]
    return ", ".join(f"{one} m" for one in dict.fromkeys(found))


def _way(way: Any) -> str:
    until = f"-{way.zero_m:g}" if way.zero_m is not None else ""
    extra = [f"ages {way.who[0].split('_')[0]}-{way.who[-1].split('_')[1]}"] if way.who else []
    extra += [f"credit {way.credit:g}"] if way.credit < 1 else []
    return f"{way.target}: {way.full_m:g}{until} m" + (f" ({', '.join(extra)})" if extra else "")


def _plain(value: Any) -> str:
    """Write a parameter as people do: lists with +, tables as key and value."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {_plain(item)}" for name, item in value.items())
    if isinstance(value, list):
        return " + ".join(_plain(item) for item in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def compare_rulebooks(before: Rulebook, after: Rulebook) -> pd.DataFrame:
    """Return every difference between two rulebooks, one row per changed key.

    Parameters
    ----------
    before, after
        Rulebooks, of any two names or versions.

    Returns
    -------
    Columns `what` (``rulebook``, ``task 13``, ``target park_large``, ``indicator SCH-1``), `key`, `before`,
    `after`; an entry that only one of them has is one row with an empty key.

    Examples
    --------
    >>> from cfspace.rulebooks import load_rulebook
    >>> book = load_rulebook("sdg-who")
    >>> compare_rulebooks(book, book).empty
    True
    """
    old, new = _entries(before), _entries(after)
    rows: list[tuple[str, str, str, str]] = []
    for what in dict.fromkeys([*old, *new]):
        if what not in new or what not in old:
            rows.append((what, "", "there" if what in old else "", "there" if what in new else ""))
            continue
        keys = dict.fromkeys([*old[what], *new[what]])
        rows += [
            (what, key, _shown(old[what].get(key)), _shown(new[what].get(key)))
            for key in keys
            if old[what].get(key) != new[what].get(key)
        ]
    return pd.DataFrame(rows, columns=["what", "key", "before", "after"])


def _entries(book: Rulebook) -> dict[str, dict[str, Any]]:
    data = book.model_dump(mode="json")
    lists = {name: data.pop(name) for name in ("task", "target", "indicator")}
    found: dict[str, dict[str, Any]] = {"rulebook": data}
    found |= {f"task {entry['number']}": entry for entry in lists["task"]}
    found |= {f"target {entry['id']}": entry for entry in lists["target"]}
    return found | {f"indicator {entry['id']}": entry for entry in lists["indicator"]}


def _shown(value: Any) -> str:
    return "" if value is None else _plain(value)
