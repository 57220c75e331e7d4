"""How numbers, dates, bands, tasks and kinds are written in each language."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping
from typing import Any

from babel.dates import format_date
from babel.numbers import format_decimal, format_percent
from babel.units import format_unit

from cfspace.indicators.city import WEIGHT_WORDS
from cfspace.present.messages import Catalogue

_BAND = re.compile(r"^(\d+)_(\d+)$")


def is_share(value_unit: str) -> bool:
    """Return whether values of this unit are parts of a whole, written as per cent.

    Examples
    --------
    >>> is_share("share of gates"), is_share("ratio")
    (True, False)
    """
    return value_unit.split(" ")[0] == "share"


def band_label(say: Catalogue, band: str) -> str:
    """Return an age band in words.

    Examples
    --------
    >>> from cfspace.present.messages import catalogue
    >>> band_label(catalogue("zh"), "6_11"), band_label(catalogue("en"), "")
    ('6–11岁', 'all ages')
    """
    match = _BAND.match(band)
    if match:
        return say("band.years", first=match[1], last=match[2])
    return say("band.all") if band in ("", "all") else say(f"band.{band}", default=band)


def kind_label(say: Catalogue, kind: str) -> str:
    """Return a facility kind in words; a kind of the study's own keeps its name."""
    return say(f"kind.{kind}", default=kind.replace("_", " "))


def target_label(say: Catalogue, target: str, rulebook: Mapping[str, Any]) -> str:
    """Return a target in words: its kinds and what narrows them.

    Examples
    --------
    >>> from cfspace.present.messages import catalogue
    >>> park = {"id": "park_large", "kinds": ["park"], "where": [{"attribute": "area_m2", "min": 5000}]}
    >>> target_label(catalogue("en"), "park_large", {"target": [park]})
    'Park (Area ≥ 5,000 m²)'
    """
    for entry in rulebook.get("target") or []:
        if entry.get("id") == target:
            kinds = say("list").join(kind_label(say, kind) for kind in entry.get("kinds") or [target])
            asked = say("list").join(_condition(say, part) for part in entry.get("where") or [])
            return f"{kinds} ({asked})" if asked else kinds
    return kind_label(say, target)


def _condition(say: Catalogue, part: Mapping[str, Any]) -> str:
    attribute = str(part.get("attribute", ""))
    name = say(f"attribute.{attribute}", default=attribute.replace("_", " "))
    low, high, equals = part.get("min"), part.get("max"), part.get("equals")
    if equals is not None:
        return f"{name}: {'/'.join(say(f'value.{item}', default=str(item)) for item in equals)}"
    write = square_metres if attribute.endswith("_m2") else number
    if low is None:
        return f"{name} < {write(say, float(high or 0))}"
    if high is None:
        return f"{name} ≥ {write(say, float(low))}"
    return f"{name} {number(say, float(low))}–{write(say, float(high))}"


def in_language(text: object, lang: str) -> str:
    """Return one language of a ``{zh, en}`` table, or plain text as it is."""
    if isinstance(text, Mapping):
        return str(text.get(lang) or next(iter(text.values()), ""))
    return str(text)


def reason_text(entry: Mapping[str, Any], lang: str) -> str:
    """Return why an indicator says nothing: in `lang` where the run keeps it so, else as it is kept.

    Examples
    --------
    >>> reason_text({"reason": {"en": "no list", "zh": "没有名单"}}, "zh")
    '没有名单'
    """
    return str(entry.get(f"reason_{lang}") or in_language(entry.get("reason", ""), lang))


def unit_label(say: Catalogue, value_unit: str) -> str:
    """Return the unit of a value in words, empty for shares and plain numbers."""
    if is_share(value_unit):
        return ""
    for suffix in filter(None, WEIGHT_WORDS.values()):
        # What homes weigh where they are not children; pages say so once, for all figures.
        value_unit = value_unit.removesuffix(suffix)
    return say(f"unit.{value_unit.replace(' ', '_')}", default=value_unit.replace("_", " "))


def task_label(say: Catalogue, task: int | str, rulebook: Mapping[str, Any]) -> str:
    """Return a task in words, with its number: the rulebook's title for it.

    Examples
    --------
    >>> from cfspace.present.messages import catalogue
    >>> libraries = {"number": 14, "title": {"en": "Libraries", "zh": "图书馆"}}
    >>> task_label(catalogue("en"), 14, {"task": [libraries]})
    '14 Libraries'
    """
    for entry in rulebook.get("task") or []:
        if str(entry.get("number")) == str(task):
            return f"{task} {in_language(entry['title'], say.lang)}"
    return say("task.other", task=task)


def number(say: Catalogue, value: float, *, digits: int = 0) -> str:
    """Return a number as the language writes it, or a dash where there is none.

    Examples
    --------
    >>> from cfspace.present.messages import catalogue
    >>> number(catalogue("en"), 12345.6), number(catalogue("zh"), float("nan"))
    ('12,346', '–')
    """
    if not math.isfinite(value):
        return "–"
    return str(format_decimal(value, format=f"#,##0.{'0' * digits}".rstrip("."), locale=say.locale))


def percent(say: Catalogue, share: float, *, digits: int = 0) -> str:
    """Return a share of 0-1 as per cent, or a dash where there is none.

    Examples
    --------
    >>> from cfspace.present.messages import catalogue
    >>> percent(catalogue("en"), 0.4567, digits=1)
    '45.7%'
    """
    if not math.isfinite(share):
        return "–"
    return str(format_percent(share, format=f"#,##0.{'0' * digits}".rstrip(".") + "%", locale=say.locale))


def metres(say: Catalogue, length_m: float) -> str:
    """Return a length in metres with its unit.

    Examples
    --------
    >>> from cfspace.present.messages import catalogue
    >>> metres(catalogue("zh"), 1500), metres(catalogue("en"), 1500)
    ('1,500米', '1,500 m')
    """
    return _with_unit(say, length_m, "length-meter")


def square_metres(say: Catalogue, area_m2: float) -> str:
    """Return an area in square metres with its unit, as `metres`."""
    return _with_unit(say, area_m2, "area-square-meter")


def _with_unit(say: Catalogue, value: float, unit: str) -> str:
    if not math.isfinite(value):
        return "–"
    return str(format_unit(value, unit, length="short", format="#,##0", locale=say.locale))


def value_text(say: Catalogue, value: float, value_unit: str) -> str:
    """Return a value with its unit.

    Examples
    --------
    >>> from cfspace.present.messages import catalogue
    >>> value_text(catalogue("en"), 0.4567, "share")
    '45.7%'
    """
    if not math.isfinite(value):
        return "–"
    if is_share(value_unit):
        return percent(say, value, digits=1)
    return f"{number(say, value, digits=_digits(value))} {unit_label(say, value_unit)}".strip()


def _digits(value: float) -> int:
    return 0 if abs(value) >= 100 else 2


def interval_text(say: Catalogue, low: float, high: float, value_unit: str) -> str:
    """Return an interval with its unit written once, empty where it has no width.

    Examples
    --------
    >>> from cfspace.present.messages import catalogue
    >>> interval_text(catalogue("en"), 0.654, 0.769, "share")
    '65.4–76.9%'
    """
    if not (math.isfinite(low) and math.isfinite(high) and high > low):
        return ""
    start = (
        number(say, low * 100, digits=1) if is_share(value_unit) else number(say, low, digits=_digits(low))
    )
    return f"{start}–{value_text(say, high, value_unit)}"


def date_text(say: Catalogue, day: str) -> str:
    """Return an ISO date in words; anything else stays as it is.

    Examples
    --------
    >>> from cfspace.present.messages import catalogue
    >>> date_text(catalogue("zh"), "2026-09-30"), date_text(catalogue("en"), "2026-09-30")
    ('2026年9月30日', '30 September 2026')
    """
    try:
        date = dt.date.fromisoformat(day[:10])
    except ValueError:
        return day
    return str(format_date(date, "long", locale=say.locale))


def source_label(say: Catalogue, source: str) -> str:
    """Return where a facility was found, in words.

    Examples
    --------
    >>> from cfspace.present.messages import catalogue
    >>> source_label(catalogue("en"), "osm+municipal:list.csv")
    'OpenStreetMap + list.csv'
    """
    from_osm, mark, listed = source.partition("+municipal:")
    if mark and from_osm == "osm":
        return f"{say('evidence.osm')} + {listed}"
    return say("evidence.osm") if source == "osm" else source.removeprefix("municipal:")


def rules_of(rulebook: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the indicators of a rulebook as it stands in ``run.json``."""
    return [dict(entry) for entry in rulebook.get("indicator") or []]


def rule_of(rulebook: Mapping[str, Any], indicator: str) -> dict[str, Any]:
    """Return the rulebook's entry of an indicator, empty if it has none."""
    entries = rulebook.get("indicator") or []
    return next((dict(entry) for entry in entries if entry.get("id") == indicator), {})
