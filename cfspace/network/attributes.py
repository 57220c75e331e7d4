"""Street-quality attributes of walk segments, out of OSM tags."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

Tags = Mapping[str, str]

MPH_IN_KMH = 1.609344
NUMBER = re.compile(r"^\s*(\d+(?:[.,]\d+)?)\s*(m|km/h|kmh|kph|mph|'|ft)?\s*$")
# `none` is the old spelling of `no` [osm-sidewalk].
NO_SIDEWALK = frozenset({"no", "none"})
TEXTS = (
    "highway",
    "name",
    "footway",
    "crossing",
    "lit",
    "surface",
    "wheelchair",
    "stroller",
    "access",
    "foot",
    "kerb",
    "tactile_paving",
    "incline",
    "service",
    "area",
    "winter_service",
)
NUMBER_TAGS = {"width": "width_m", "sidewalk:width": "sidewalk_width_m", "maxspeed": "maxspeed_kmh"}
RENAMED_TAGS = {
    "sidewalk:left": "sidewalk_left",
    "sidewalk:right": "sidewalk_right",
    "cycleway": "cycleway",
    "ramp": "ramp",
    "ramp:wheelchair": "ramp_wheelchair",
}
FLAG_TAGS = {
    ("hazard", "school_zone"): "school_zone",
    ("oneway", "yes"): "oneway",
    ("bridge", "yes"): "bridge",
    ("tunnel", "yes"): "tunnel",
}
RAMP_KEYS = ("ramp", "ramp:stroller", "ramp:wheelchair")
CYCLEWAY_KEYS = ("cycleway", "cycleway:both", "cycleway:left", "cycleway:right")
SIDEWALK_KEYS = frozenset({"sidewalk", "sidewalk:both", "sidewalk:left", "sidewalk:right"})
WIDTH_KEYS = frozenset({"width"})
SIDEWALK_WIDTH_KEYS = frozenset(f"{key}:width" for key in SIDEWALK_KEYS)
SPEED_KEYS = frozenset({"maxspeed", "zone:maxspeed", "maxspeed:type"})
ASKED = (
    SIDEWALK_KEYS
    | WIDTH_KEYS
    | SIDEWALK_WIDTH_KEYS
    | SPEED_KEYS
    | {*TEXTS, *CYCLEWAY_KEYS, *RAMP_KEYS, "hazard", "oneway", "bridge", "tunnel", "layer"}
)
CYCLE_ORDER = ("track", "lane", "separate")


def way_attributes(way_ids: Sequence[int], tags: Sequence[Tags]) -> pd.DataFrame:
    """Return one row of attributes a way.

    Columns: ``way_id``; texts as tagged (``highway``, ``name``, ``footway``, ``crossing``, ``lit``,
    ``surface``, ``wheelchair``, ``stroller``, ``access``, ``foot``, ``kerb``, ``tactile_paving``,
    ``incline``, ``service``); ``sidewalk_left`` and ``sidewalk_right`` (yes, no, separate);
    ``width_m``, ``sidewalk_width_m`` and ``maxspeed_kmh``; ``cycleway``; ``school_zone``, ``steps``,
    ``ramp``, ``ramp_wheelchair``, ``oneway``, ``bridge`` and ``tunnel``; ``layer``. What is not
    tagged is missing, never false, but for ``steps``, ``bridge``, ``tunnel``, ``school_zone``,
    ``oneway`` and ``layer``, whose absence says no.
    """
    told = _Told(tags)
    sided = told.rows(SIDEWALK_KEYS)
    sides = [sidewalks(tags[row]) for row in sided]
    cycled = sorted({*told.rows(CYCLEWAY_KEYS), *told.rows_with("highway", {"cycleway"})})
    columns: dict[str, object] = {"way_id": np.asarray(way_ids, np.int64)}
    columns |= {key: told.text(key) for key in TEXTS}
    columns["sidewalk_left"] = told.texts(sided, [left for left, _ in sides])
    columns["sidewalk_right"] = told.texts(sided, [right for _, right in sides])
    columns["width_m"] = told.numbers(WIDTH_KEYS, lambda one: length_m(one.get("width")))
    columns["sidewalk_width_m"] = told.numbers(SIDEWALK_WIDTH_KEYS, _sidewalk_width_m)
    columns["maxspeed_kmh"] = told.numbers(SPEED_KEYS, speed_kmh)
    columns["cycleway"] = told.texts(cycled, [_cycleway(tags[row]) for row in cycled])
    ramped = told.rows(RAMP_KEYS)
    columns["ramp"] = told.texts(ramped, [_ramp(tags[row]) for row in ramped])
    columns["ramp_wheelchair"] = told.text("ramp:wheelchair")
    columns["school_zone"] = told.flags("hazard", {"school_zone"}.__contains__)
    columns["oneway"] = told.flags("oneway", {"yes", "1", "true", "-1"}.__contains__)
    columns["steps"] = told.flags("highway", {"steps"}.__contains__)
    columns["bridge"] = told.flags("bridge", lambda value: value != "no")
    columns["tunnel"] = told.flags("tunnel", lambda value: value != "no")
    columns["layer"] = np.nan_to_num(told.numbers({"layer"}, layer_of)).astype(np.int8)
    return pd.DataFrame(columns)


class _Told:
    """Which ways tell which of the keys that are asked for: the few tags of each are gone through once."""

    def __init__(self, tags: Sequence[Tags]) -> None:
        self._tags = tags
        self._rows: dict[str, list[int]] = {key: [] for key in ASKED}
        self._values: dict[str, list[str]] = {key: [] for key in ASKED}
        for row, one in enumerate(tags):
            for key, value in one.items():
                if key in self._rows:
                    self._rows[key].append(row)
                    self._values[key].append(value)

    def rows(self, keys: Iterable[str]) -> list[int]:
        """Return which ways have one of some keys."""
        return sorted({row for key in keys for row in self._rows[key]})

    def rows_with(self, key: str, wanted: Container[str]) -> list[int]:
        """Return of which ways a key has one of the values wanted."""
        return [row for row, value in zip(self._rows[key], self._values[key], strict=True) if value in wanted]

    def text(self, key: str) -> pd.Categorical:
        """Return the values of a key."""
        return _categories(self._rows[key], self._values[key], len(self._tags))

    def texts(self, rows: Sequence[int], values: Sequence[str | None]) -> pd.Categorical:
        """Return a column that holds, in some rows, texts of which some are unknown."""
        known = [(row, value) for row, value in zip(rows, values, strict=True) if value is not None]
        return _categories([row for row, _ in known], [value for _, value in known], len(self._tags))

    def flags(self, key: str, holds: Callable[[str], bool]) -> NDArray[np.bool_]:
        """Return of which ways the value of a key holds; of none without the key."""
        flags = np.zeros(len(self._tags), bool)
        flags[self._rows[key]] = [holds(value) for value in self._values[key]]
        return flags

    def numbers(self, keys: Iterable[str], read: Callable[[Tags], float | None]) -> NDArray[np.float32]:
        """Return what is read in the tags of the ways that have one of some keys; NaN for all others."""
        numbers = np.full(len(self._tags), np.nan, np.float32)
        rows = self.rows(keys)
        values = (read(self._tags[row]) for row in rows)
        numbers[rows] = [np.nan if value is None else value for value in values]
        return numbers


def segment_tags(attributes: pd.DataFrame) -> list[dict[str, str]]:
    """Return OSM tags that say what a table of attributes says: the reverse of :func:`way_attributes`.

    Examples
    --------
    >>> segment_tags(way_attributes([7], [{"highway": "steps", "width": "2.5 m", "sidewalk": "no"}]))
    [{'highway': 'steps', 'width': '2.5', 'sidewalk:left': 'no', 'sidewalk:right': 'no'}]
    """
    columns: dict[str, list[str | None]] = {key: _known(attributes[key]) for key in TEXTS}
    columns |= {key: _digits(attributes[name]) for key, name in NUMBER_TAGS.items()}
    columns |= {key: _known(attributes[name]) for key, name in RENAMED_TAGS.items()}
    for (key, value), name in FLAG_TAGS.items():
        columns[key] = [value if flag else None for flag in attributes[name].tolist()]
    columns["layer"] = [str(layer) if layer else None for layer in attributes["layer"].tolist()]
    rows = zip(*columns.values(), strict=True)
    return [{key: text for key, text in zip(columns, row, strict=True) if text is not None} for row in rows]


def _known(column: pd.Series) -> list[str | None]:
    return column.astype(object).where(column.notna(), None).tolist()


def _digits(column: pd.Series) -> list[str | None]:
    return [None if number != number else np.format_float_positional(number, trim="-") for number in column]


def texts(values: Sequence[str | None]) -> pd.Categorical:
    """Return texts that repeat much; a column in which nothing is known is of the same type."""
    rows = [row for row, value in enumerate(values) if value is not None]
    return _categories(rows, [value for value in values if value is not None], len(values))


def _categories(rows: Sequence[int], values: Sequence[str], size: int) -> pd.Categorical:
    """Return a column that holds `values` in `rows` and nothing in all others."""
    known = sorted(set(values))
    code = {value: place for place, value in enumerate(known)}
    codes = np.full(size, -1, np.int32)
    codes[rows] = [code[value] for value in values]
    return pd.Categorical.from_codes(codes, categories=pd.Index(known, dtype="str"))


def sidewalks(tags: Tags) -> tuple[str | None, str | None]:
    """Return what is known of the left and the right sidewalk: yes, no, separate or None.

    Examples
    --------
    >>> sidewalks({"sidewalk": "left"})
    ('yes', 'no')
    >>> sidewalks({"sidewalk:right": "separate"})
    (None, 'separate')
    """
    whole = tags.get("sidewalk:both", tags.get("sidewalk"))
    left = {"both": "yes", "yes": "yes", "left": "yes", "right": "no", "separate": "separate"}
    right = {**left, "left": "no", "right": "yes"}
    if whole in NO_SIDEWALK:
        both: tuple[str | None, str | None] = ("no", "no")
    else:
        both = (left.get(whole or ""), right.get(whole or ""))
    return _side(tags.get("sidewalk:left"), both[0]), _side(tags.get("sidewalk:right"), both[1])


def length_m(text: str | None) -> float | None:
    """Read a tagged length in metres; None where it is not a plain number.

    Examples
    --------
    >>> length_m("2.5 m")
    2.5
    >>> length_m("narrow") is None
    True
    """
    found = NUMBER.match(text or "")
    return None if found is None or found[2] not in (None, "m") else float(found[1].replace(",", "."))


def _side(own: str | None, other: str | None) -> str | None:
    if own in NO_SIDEWALK:
        return "no"
    return own if own in ("yes", "separate") else other


def _sidewalk_width_m(tags: Tags) -> float | None:
    widths = [width for key in SIDEWALK_WIDTH_KEYS if (width := length_m(tags.get(key))) is not None]
    return min(widths) if widths else None


def speed_kmh(tags: Tags) -> float | None:
    """Return the speed limit, of the way itself or of its zone; None where it is not known."""
    found = NUMBER.match(tags.get("maxspeed", ""))
    if found is not None and found[2] in (None, "km/h", "kmh", "kph", "mph"):
        return float(found[1].replace(",", ".")) * (MPH_IN_KMH if found[2] == "mph" else 1.0)
    zone = re.search(r":(?:zone:?)?(\d+)$", tags.get("zone:maxspeed", tags.get("maxspeed:type", "")))
    return float(zone[1]) if zone else None


def _cycleway(tags: Tags) -> str:
    if tags.get("highway") == "cycleway":
        return "track"
    return min((tags[key] for key in CYCLEWAY_KEYS if key in tags), key=_cycle_rank)


def _cycle_rank(value: str) -> tuple[int, str]:
    return (CYCLE_ORDER.index(value) if value in CYCLE_ORDER else len(CYCLE_ORDER), value)


def _ramp(tags: Tags) -> str:
    values = [tags[key] for key in RAMP_KEYS if key in tags]
    return "no" if all(value == "no" for value in values) else "yes"


def layer_of(tags: Tags) -> int:
    """Return the tagged layer, 0 where there is none or it is no whole number."""
    try:
        return min(max(int(tags.get("layer", "0")), -10), 10)
    except ValueError:
        return 0
